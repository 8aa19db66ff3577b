"""Declared scenarios as files: read back as written, and every mistake with file, line, path, value and rule."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from riskcore.core.errors import ConflictError, RiskcoreError, ScenarioError
from riskcore.services.catalogue import Catalogue
from riskcore.stores.scenario_files import ScenarioFiles, to_yaml

SPEC: dict[str, Any] = {
    "key": "shop",
    "title": "Shop",
    "fields": [
        {"name": "amount", "kind": "number", "usual": [0, 100]},
        {"name": "place", "kind": "category", "choices": ["no", "Ulm", "other"], "optional": True},
    ],
    "roles": {"amount": "amount"},
    "target": {"name": "fraud", "classes": ["no", "yes"], "delay": "7d"},
    "models": {"boosted": {"rounds": 20}, "logistic": {}},
    "presets": {"small": {"amount": 3, "place": "Ulm"}, "large": {"amount": 90}},
    "twin": {
        "shares": [0.9, 0.1],
        "fields": {
            "amount": {"cells": [[0, 9.99], [10, 100]], "step": 0.01, "shares": [[0.8, 0.2, 0], [0.3, 0.7, 0]]},
            "place": {"shares": [[0.5, 0.3, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1]]},
        },
    },
}


@pytest.fixture
def files(tmp_path: Path) -> ScenarioFiles:
    return ScenarioFiles(tmp_path / "scenarios")


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    said = deepcopy(SPEC)
    part: Any = said
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return said


def why_broken(files: ScenarioFiles, said: dict[str, Any]) -> list[str]:
    files.write(said)
    (error,) = Catalogue(files).served().broken.values()
    return str(error).splitlines()


def test_a_spec_is_read_back_as_it_was_written(files: ScenarioFiles) -> None:
    path = files.write(SPEC)
    assert files.all()[0].read() == SPEC
    assert path == files.path("shop")


def test_a_file_is_not_replaced_unless_asked(files: ScenarioFiles) -> None:
    files.write(SPEC)
    with pytest.raises(ConflictError, match="exists already"):
        files.write(SPEC)
    files.write({**SPEC, "title": "Other"}, replace=True)
    assert files.all()[0].read()["title"] == "Other"


def test_a_declared_scenario_is_served_beside_those_of_the_program(files: ScenarioFiles) -> None:
    files.write(SPEC)
    served = Catalogue(files).served()
    assert not served.broken
    assert list(served.scenarios)[-1] == "shop"
    assert served.scenarios["shop"].title == "Shop"


def test_a_file_that_changes_is_served_as_it_is_now(files: ScenarioFiles) -> None:
    catalogue = Catalogue(files)
    assert "shop" not in catalogue.served().scenarios
    files.write(SPEC)
    first = catalogue.served().scenarios["shop"]
    assert catalogue.served().scenarios["shop"] is first
    files.write({**SPEC, "title": "A longer title"}, replace=True)
    assert catalogue.served().scenarios["shop"].title == "A longer title"
    files.path("shop").unlink()
    assert "shop" not in catalogue.served().scenarios


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("fields", 0, "kindd"), "number", "fields[0].kindd is an unknown key. Did you mean 'kind'?"),
        (("roles", "tme"), "x", "roles.tme is an unknown key. Did you mean 'time'?"),
        (("fields", 0, "kind"), "numbr", "Did you mean 'number'?"),
        (("fields", 0, "optional"), "perhaps", "fields[0].optional is 'perhaps'; it must be a boolean"),
        (("title",), 5, "title is 5; it must be a string. Put it in quotes."),
        (("target", "classes"), [False, True], "target.classes[0] is False; it must be a string. Put it in quotes."),
        (("target", "delay"), "a week", "target.delay is 'a week'; it must be a number and d, h, m or s, such as 30d."),
        (("roles", "amount"), "amout", "roles.amount is 'amout', which is no field. Did you mean 'amount'?"),
        (("entities",), ["card"], "entities[0] is 'card', which is no field."),
        (("fields", 1, "choices"), ["Ulm"], "fields[1].choices has no 'other', which an open category must have."),
        (("fields", 1, "name"), "amount", "fields[1].name is 'amount', as an earlier field is."),
        (("target", "name"), "place", "target.name is 'place', which is a field too and would give it away."),
        (("models", "boosted"), {"round": 9}, "models.boosted: No setting 'round'. Did you mean 'rounds'?"),
        (("models", "bosted"), {}, "models.bosted is no family of models. Did you mean 'boosted'?"),
        (("models", "boosted"), {"rounds": 0}, "models.boosted: Knob rounds is 0.0; it must be from 1 to 5000."),
        (("twin", "shares"), [1.0], "twin.shares has 1 shares for 2 classes."),
        (("twin", "fields", "amount", "shares", 0), [1, 0], "has 2 shares; it must have 3: its cells and missing."),
        (("twin", "fields", "amount", "cells", 0), [5, 1], "twin.fields.amount.cells[0] is from 5 to 1"),
        (("twin", "fields", "amount", "shares", 1), [0.3, 0.6, 0.1], "but field 'amount' is not optional."),
        (("presets", "small"), {"amout": 3}, "presets.small.amout is no field. Did you mean 'amount'?"),
    ],
)
def test_every_mistake_is_told_with_file_line_and_remedy(
    files: ScenarioFiles, path: tuple[str | int, ...], value: object, said: str
) -> None:
    sentences = why_broken(files, changed(path, value))
    assert any(s.startswith(f"{files.path('shop')}, line ") and said in s for s in sentences), sentences


def test_the_line_is_that_of_the_part_that_is_wrong(files: ScenarioFiles) -> None:
    (said,) = why_broken(files, changed(("target", "delay"), "a week"))
    line = next(
        i for i, row in enumerate(to_yaml(changed(("target", "delay"), "a week")).splitlines(), 1) if "delay" in row
    )
    assert said.startswith(f"{files.path('shop')}, line {line}: ")


def test_all_mistakes_of_form_are_told_at_once(files: ScenarioFiles) -> None:
    said = changed(("fields", 0, "kind"), "numbr") | {"titel": "x"}
    assert len(why_broken(files, said)) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("key: [", "is not YAML"),
        ("- a\n- b\n", "must hold a mapping"),
        ("key: shop\n", "declares key 'shop'; it must be 'bad', as its name"),
        ("key: !!python/object/apply:os.getcwd []\n", "is not YAML"),
    ],
)
def test_a_broken_file_takes_no_other_one_down(files: ScenarioFiles, content: str, why: str) -> None:
    files.write(SPEC)
    files.path("bad").write_text(content)
    catalogue = Catalogue(files)
    assert "shop" in catalogue.served().scenarios
    assert why in str(catalogue.served().broken["bad"])
    with pytest.raises(RiskcoreError, match=why):
        catalogue.scenario("bad")


def test_a_file_with_the_key_of_a_coded_scenario_is_refused(files: ScenarioFiles) -> None:
    files.write({**SPEC, "key": "card_fraud"})
    served = Catalogue(files).served()
    assert served.scenarios["card_fraud"].title == "Card fraud"
    assert "belongs to a scenario of the program" in str(served.broken["card_fraud"])


def test_nothing_is_written_where_anything_is_wrong(files: ScenarioFiles) -> None:
    with pytest.raises(ScenarioError):
        Catalogue(files).declare(changed(("fields", 0, "kind"), "numbr"))
    assert not files.all()
