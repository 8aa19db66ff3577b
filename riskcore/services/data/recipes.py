"""Recipes of synthetic data in their three forms: a file, a link and a command; and what the columns of a set mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import yaml

from riskcore import __version__
from riskcore.core.errors import DataError, did_you_mean
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.scenario import Scenario
from riskcore.services.data.pacing import MOST_ROWS
from riskcore.services.generating import MISSING, knobs_of, turned
from riskcore.stores.datasets import Dataset
from riskcore.stores.yaml_text import parsed

DEFAULT_ROWS, LEAST_ROWS, DEFAULT_SEED, MOST_SEED = 20_000, 100, 7, 2**31 - 1
LIMIT, COMPLETE_LIMIT = "Limit", "Limit with complete data"
MOST_YAML = 100_000  # characters of a recipe; ours have a thousand
ABOUT = ("fingerprint", "riskcore")  # what our files say beside the recipe


@dataclass(frozen=True)
class Recipe:
    """What is to be made, every knob checked."""

    rows: int = DEFAULT_ROWS
    seed: int = DEFAULT_SEED
    knobs: Knobs = field(default_factory=dict)


def checked(scenario: Scenario, said: Mapping[str, Any]) -> Recipe:
    """A recipe from `rows`, `seed` and knobs by name; what is not said is at its default, all problems in one error."""
    given, problems = dict(said), list[str]()
    rows = _whole("rows", given.pop("rows", DEFAULT_ROWS), LEAST_ROWS, MOST_ROWS, problems)
    seed = _whole("seed", given.pop("seed", DEFAULT_SEED), 0, MOST_SEED, problems)
    try:
        knobs = turned(scenario, given)
    except DataError as error:
        problems += error.problems
    if problems:
        raise DataError(problems)
    return Recipe(rows, seed, knobs)


def _whole(name: str, value: Any, low: int, high: int, problems: list[str]) -> int:
    try:
        if float(value) == int(float(value)) and low <= int(float(value)) <= high and not isinstance(value, bool):
            return int(float(value))
    except (TypeError, ValueError, OverflowError):
        pass
    problems.append(f"{name} is '{value}'; it must be a whole number from {low:,} to {high:,}.")
    return low


def link_text(scenario: Scenario, recipe: Recipe) -> str:
    """What of a recipe is not at its default, as one word of a link; empty where all is.

    Weights are parted by colons: `rows=5000,noise=0.3,balance=1:1:2`.
    """
    said: dict[str, str] = {}
    said |= {"rows": str(recipe.rows)} if recipe.rows != DEFAULT_ROWS else {}
    said |= {"seed": str(recipe.seed)} if recipe.seed != DEFAULT_SEED else {}
    said |= {key: text.replace(",", ":") for key, text in _changed(scenario, recipe.knobs).items()}
    return ",".join(f"{key}={text}" for key, text in said.items())


def read_link(scenario: Scenario, text: str) -> Recipe:
    """The inverse of `link_text`; a `DataError` says all that is wrong with it."""
    pairs = [part.partition("=") for part in text.split(",") if part]
    broken = [key for key, sign, _ in pairs if not sign]
    if broken:
        raise DataError([f"The link's recipe says '{k}'; every part must be a name, =, and a value." for k in broken])
    return checked(scenario, {key: value.replace(":", ",") for key, _, value in pairs})


def recipe_text(scenario: Scenario, dataset: Dataset) -> str:
    """The recipe of a synthetic set as YAML, with the command that makes the same rows."""
    knobs: dict[str, Any] = {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataset.origin["recipe"].items()
    }
    said = {
        "scenario": scenario.key,
        "rows": dataset.origin["rows"],
        "seed": dataset.origin["seed"],
        "knobs": knobs,
        "fingerprint": dataset.origin["fingerprint"],
        "riskcore": __version__,
    }
    command = command_line(scenario, dataset.origin["rows"], dataset.origin["seed"], dataset.origin["recipe"])
    return f"# {command}\n{yaml.safe_dump(said, sort_keys=False, allow_unicode=True)}"


def read_recipe(scenario: Scenario, content: bytes, name: str) -> Recipe:
    """The recipe in a YAML file as `recipe_text` writes it.

    Raises one `DataError` with every unknown key and wrong value, each with the file, or that it is another scenario's.
    """
    try:
        text = content.decode()[:MOST_YAML]
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not YAML: {error}.") from None
    said = parsed(text, name)
    if not isinstance(said, dict) or not isinstance(said.get("knobs", {}), dict):
        raise DataError(f"{name} is no recipe; it must hold scenario, rows, seed and knobs.")
    if said.get("scenario", scenario.key) != scenario.key:
        raise DataError(
            f"{name}: scenario is '{said['scenario']}', and {scenario.key} is chosen. Choose {said['scenario']} first."
        )
    known = ("scenario", "rows", "seed", "knobs", *ABOUT)
    problems = [f"{name} has a key '{key}'. {did_you_mean(key, known)}" for key in said if key not in known]
    try:
        recipe = checked(scenario, {**said.get("knobs", {}), **{k: said[k] for k in ("rows", "seed") if k in said}})
    except DataError as error:
        problems += [f"{name}: {problem}" for problem in error.problems]
    if problems:
        raise DataError(problems)
    return recipe


def limit_name(dataset: Dataset) -> str:
    """What the probabilities that a set was drawn with are a limit of."""
    return COMPLETE_LIMIT if dataset.origin.get("recipe", {}).get(MISSING) else LIMIT


def command_line(scenario: Scenario, rows: int, seed: int, knobs: Knobs) -> str:
    """The command that makes the rows of a recipe; knobs at their defaults are left out."""
    words = [f"--set {key}={text}" for key, text in _changed(scenario, knobs).items()]
    return " ".join(["riskcore generate", scenario.key, f"--rows {rows}", f"--seed {seed}", *words, "--out data.csv"])


def _changed(scenario: Scenario, knobs: Knobs) -> dict[str, str]:
    """Knobs that are not at their defaults, each as the text that turns it so."""
    values = turned(scenario, knobs)
    return {k.key: _spelled(k, values[k.key]) for k in knobs_of(scenario) if values[k.key] != k.accept(k.default)}


def _spelled(knob: Knob, value: Any) -> str:
    """The shortest text that turns the knob to exactly this value."""
    parts = value if isinstance(value, tuple) else (value,)
    short = ",".join(f"{v:g}" for v in parts)
    return short if knob.accept(short) == value else ",".join(repr(v) for v in parts)


def data_dictionary(scenario: Scenario) -> pd.DataFrame:
    """What each column of a file means: `column`, `meaning`, `kind`, `unit`, `rule`, `required`, `help`.

    After the events' own come those that only synthetic files have.
    """
    rows: list[tuple[str, ...]] = [
        (f.name, f.label, f.kind, f.unit, f"must be {f.rule}", "no" if f.optional or f.derived else "yes", f.help)
        for f in scenario.event.fields
    ]
    classes = ", ".join(f"{i} ({name})" for i, name in enumerate(scenario.target.classes))
    rows.append(
        ("label", "What the event turned out to be", "integer", "", f"must be {classes}", "no", "Never a feature.")
    )
    rows += [
        (name, meaning, kind, "", rule, "no", "Where it is defined, in synthetic files only. Never a feature.")
        for name, meaning, kind, rule in (
            ("attack", "Kind of attack", "text", "is empty for none"),
            ("attack_id", "Which attack the event is part of", "text", "is empty for none"),
            *((name, meaning, "number", "is from 0 to 1") for name, meaning in _probabilities(scenario)),
        )
    ]
    return pd.DataFrame(rows, columns=["column", "meaning", "kind", "unit", "rule", "required", "help"])


def _probabilities(scenario: Scenario) -> list[tuple[str, str]]:
    classes = scenario.target.classes
    if len(classes) == 2:
        return [("p_true", f"True probability of {classes[1]}, given the event")]
    return [(f"p_true_{name}", f"True probability of {name}, given the event") for name in classes]


def dictionary_text(scenario: Scenario) -> str:
    """The data dictionary as a Markdown table."""
    told = data_dictionary(scenario)
    lines = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in told.to_numpy()]
    head = [list(told.columns), ["---"] * len(told.columns)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in [*head, *lines])
    return f"# {scenario.title}\n\n{scenario.summary}\n\n{table}\n"
