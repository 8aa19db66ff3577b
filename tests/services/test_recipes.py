"""Recipes: told before they are made, and written so that anyone can make the same rows."""

import shlex
from itertools import pairwise

import pytest
import yaml

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.core.settings import Settings
from riskcore.scenarios import coded
from riskcore.services.recipes import (
    Pace,
    command_line,
    data_dictionary,
    estimate,
    free_memory,
    measure_pace,
    recipe_text,
)
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
        turned, asked = scenario.turn(said), scenario.turn(given)
        assert set(said) <= set(given)
        assert turned == asked


def test_the_data_dictionary_explains_every_column_of_a_file(scenario: Scenario) -> None:
    told = data_dictionary(scenario)
    assert list(told["column"]) == [*scenario.event.names, "label"]
    assert told["meaning"].str.len().min() > 0
    required = set(told.loc[told["required"] == "yes", "column"])
    assert required == set(scenario.event.required)
