"""Recipes: told before they are made, and written so that anyone can make the same rows."""

import shlex
from itertools import pairwise

import pytest
import yaml

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.core.settings import Settings
from riskcore.scenarios import coded
from riskcore.services.data.pacing import Pace, estimate, free_memory, measure_pace
from riskcore.services.data.recipes import (
    COMPLETE_LIMIT,
    LIMIT,
    checked,
    command_line,
    data_dictionary,
    dictionary_text,
    limit_name,
    link_text,
    read_link,
    read_recipe,
    recipe_text,
)
from riskcore.services.generating import knobs_of, turned
from riskcore.services.workspace import open_workspace


@pytest.fixture(params=sorted(coded()))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return coded()[request.param]


def test_more_rows_than_memory_are_refused_with_the_most_that_fit() -> None:
    with pytest.raises(DataError, match=r"Ask for at most 200,000 rows"):
        estimate(Pace(0.1, 1e-6, 100), 1_000_000).check(free=100e6)
    estimate(Pace(0.1, 1e-6, 100), 200_000).check(free=100e6)


def test_an_estimate_grows_with_the_rows(scenario: Scenario) -> None:
    pace = measure_pace(scenario)
    assert estimate(pace, 2_000_000).seconds > estimate(pace, 1_000).seconds
    assert estimate(pace, 2_000_000).peak_bytes > 2_000_000 * 8 * len(scenario.event.fields) / 2
    assert free_memory() > 0


def test_the_recipe_file_makes_the_same_rows_again(scenario: Scenario) -> None:
    house = open_workspace(Settings())
    made = house.generate(scenario, 500, 3, scenario.recipes["nasty"])
    said = yaml.safe_load(recipe_text(scenario, made))
    again = house.generate(scenario, said["rows"], said["seed"], said["knobs"])
    assert again.origin["fingerprint"] == made.origin["fingerprint"] == said["fingerprint"]


def test_the_command_says_only_what_differs_from_the_defaults(scenario: Scenario) -> None:
    assert "--set" not in command_line(scenario, 10, 1, {})
    for given in scenario.recipes.values():
        words = shlex.split(command_line(scenario, 10, 1, given))
        said = dict(word.split("=", 1) for before, word in pairwise(words) if before == "--set")
        assert set(said) <= set(given)
        assert turned(scenario, said) == turned(scenario, given)


def test_the_data_dictionary_explains_every_column_of_a_file(scenario: Scenario) -> None:
    told = data_dictionary(scenario)
    columns = list(told["column"])
    assert columns[: len(scenario.event.names) + 3] == [*scenario.event.names, "label", "attack", "attack_id"]
    assert told["meaning"].str.len().min() > 0
    required = set(told.loc[told["required"] == "yes", "column"])
    assert required == set(scenario.event.required)


def test_a_link_rebuilds_the_recipe_and_says_nothing_of_defaults(scenario: Scenario) -> None:
    assert link_text(scenario, checked(scenario, {})) == ""
    for given in scenario.recipes.values():
        recipe = checked(scenario, {**given, "rows": 5_000, "seed": 3})
        text = link_text(scenario, recipe)
        assert text.startswith("rows=5000,seed=3")
        assert read_link(scenario, text) == recipe


def test_a_recipe_file_is_read_as_it_was_written(scenario: Scenario) -> None:
    recipe = checked(scenario, {**scenario.recipes["nasty"], "rows": 300, "seed": 5})
    made = open_workspace(Settings()).generate(scenario, recipe.rows, recipe.seed, recipe.knobs)
    assert read_recipe(scenario, recipe_text(scenario, made).encode(), "recipe.yaml") == recipe


def test_every_mistake_of_a_recipe_file_is_told_with_file_value_and_rule(scenario: Scenario) -> None:
    shares = next((k for k in scenario.knobs if k.kind == "shares"), None)
    text = f"scenario: {scenario.key}\nrows: many\ncolour: red\nknobs:\n  nose: 1\n"
    text += f"  {shares.key}: {[-1] * len(shares.parts)}\n" if shares else ""
    with pytest.raises(DataError) as refused:
        read_recipe(scenario, text.encode(), "mine.yaml")
    said = refused.value.problems
    assert all(problem.startswith("mine.yaml") for problem in said)
    assert any("rows is 'many'; it must be a whole number" in problem for problem in said)
    assert any("'colour'" in problem for problem in said)
    assert any("No knob 'nose'" in problem for problem in said)
    assert shares is None or any("every weight must be" in problem for problem in said)


@pytest.mark.parametrize("content", [b"[", b"- 1", b"\xff\xfe", b"knobs: 3"], ids=["broken", "list", "bytes", "knobs"])
def test_what_is_no_recipe_is_refused_as_such(content: bytes, scenario: Scenario) -> None:
    with pytest.raises(DataError, match=r"mine\.yaml is no"):
        read_recipe(scenario, content, "mine.yaml")


def test_a_recipe_of_another_scenario_says_which_to_choose(scenario: Scenario) -> None:
    with pytest.raises(DataError, match=r"scenario is 'another', and .* is chosen"):
        read_recipe(scenario, b"scenario: another", "mine.yaml")


def test_a_broken_link_is_told_and_not_guessed_at(scenario: Scenario) -> None:
    with pytest.raises(DataError, match="every part must be a name, =, and a value"):
        read_link(scenario, "rows=100,nonsense")


def test_with_cells_missing_the_limit_is_that_of_complete_data(scenario: Scenario) -> None:
    house = open_workspace(Settings())
    assert limit_name(house.generate(scenario, 200, 1)) == LIMIT
    if any(knob.key == "missing" for knob in knobs_of(scenario)):
        assert limit_name(house.generate(scenario, 200, 1, {"missing": 0.5})) == COMPLETE_LIMIT


def test_the_dictionary_as_markdown_has_a_row_for_each_column(scenario: Scenario) -> None:
    lines = [line for line in dictionary_text(scenario).splitlines() if line.startswith("|")]
    assert len(lines) == len(data_dictionary(scenario)) + 2
