"""YAML that people write: a key stands once, wherever it is read."""

from pathlib import Path

import pytest

from riskcore.core.errors import DataError, PolicyError, ScenarioError
from riskcore.services.data.recipes import read_recipe
from riskcore.stores.plain import read_mapping
from riskcore.stores.policies import Applied, from_yaml, to_yaml
from riskcore.stores.scenario_files import ScenarioFile
from riskcore.stores.yaml_text import parsed
from tests.deciding import CARDS, POLICY


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(DataError) as caught:
        parsed(text, "p.yaml")
    return caught.value.problems


def test_every_repeated_key_is_told_with_file_line_path_and_remedy() -> None:
    assert problems("a: 1\nb:\n- {c: 1, c: 2}\n- d:\n    e: 1\n    e: 1\na: 3\na: 4\n") == (
        "p.yaml, line 3: b[0].c is given again, line 3 has it already. Keep one.",
        "p.yaml, line 6: b[1].d.e is given again, line 5 has it already. Keep one.",
        "p.yaml, line 7: a is given again, line 1 has it already. Keep one.",
        "p.yaml, line 8: a is given again, line 1 has it already. Keep one.",
    )


def test_the_same_key_in_two_mappings_and_what_aliases_share_is_read() -> None:
    assert parsed("a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2}\n1: a\n'1': b\n", "p.yaml") == {
        "a": {"k": 1},
        "b": {"k": 1},
        "c": {"k": 2},
        1: "a",
        "1": "b",
    }
    assert parsed("", "p.yaml") is None


@pytest.mark.parametrize("text", ["a: [", "a: 2026-13-45", "a: \x00", "? [1]\n: 2", "!!python/name:os.getcwd"])
def test_what_is_no_yaml_is_told(text: str) -> None:
    assert problems(text)[0].startswith("p.yaml is not YAML: ")


def test_what_is_nested_too_deeply_is_told() -> None:
    assert problems("[" * 5_000 + "]" * 5_000) == ("p.yaml is nested too deeply.",)


def test_a_policy_that_says_its_bands_twice_is_refused() -> None:
    text = to_yaml(Applied(POLICY, None))
    line = text.splitlines().index("bands:") + 1
    again = text + text[text.index("bands:") :]
    with pytest.raises(PolicyError) as caught:
        from_yaml(again, "p.yaml")
    last = len(text.splitlines()) + 1
    assert caught.value.problems == (
        f"p.yaml, line {last}: bands is given again, line {line} has it already. Keep one.",
    )


@pytest.mark.parametrize(
    ("name", "text"), [("c.yaml", "minute: 1\nminute: 2\n"), ("c.json", '{"minute": 1,\n"minute": 2}')]
)
def test_costs_that_say_a_key_twice_are_refused_as_yaml_and_as_json(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=rf"{name}, line 2: minute is given again, line 1 has it already. Keep one."):
        read_mapping(tmp_path / name)


def test_a_recipe_and_a_scenario_that_say_a_key_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r\.yaml, line 2: rows is given again"):
        read_recipe(CARDS, b"rows: 100\nrows: 200\n", "r.yaml")
    path = tmp_path / "shop.yaml"
    path.write_text("key: shop\nkey: shop\n")
    with pytest.raises(ScenarioError, match="line 2: key is given again"):
        ScenarioFile(path).read()
