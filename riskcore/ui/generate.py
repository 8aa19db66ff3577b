"""The recipe of synthetic data as a form built from a scenario's knobs, with a live preview."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import dataclass
from time import monotonic
from typing import Any

import streamlit as st

from riskcore.charts.data import share
from riskcore.core.errors import RiskcoreError
from riskcore.core.scenario import Knob, Knobs, Scenario
from riskcore.services.recipes import (
    MOST_ROWS,
    Estimate,
    Pace,
    command_line,
    duration,
    estimate,
    free_memory,
    measure_pace,
    size,
)
from riskcore.stores.datasets import Dataset
from riskcore.ui.context import choose, show_error, workspace
from riskcore.ui.progress import progress_bar
from riskcore.ui.session_data import free_name, keep_in_session, note

PREVIEW_ROWS = 2_000
DEFAULT_ROWS, LEAST_ROWS, DEFAULT_SEED = 20_000, 1_000, 7
OWN = "Defaults"
MANY_STEPS = 100  # a slider of more steps cannot be set exactly
LOOK_S = 0.1  # between looks at work in another thread
SESSION, SAVED = "This session", "Saved"


@dataclass(frozen=True)
class Recipe:
    """What is to be made, the knobs checked."""

    rows: int
    seed: int
    knobs: Knobs


def recipe_form(scenario: Scenario) -> Recipe:
    """Rows, seed and every knob, starting from a named recipe.  Raises `DataError` with what is wrong with a knob."""
    names = [OWN, *scenario.recipes]
    st.pills(
        "Start from",
        names,
        default=OWN,
        required=True,
        format_func=str.capitalize,
        key=_key(scenario, "recipe"),
        on_change=_start_from,
        args=(scenario,),
    )
    left, right = st.columns(2)
    rows = left.number_input("Rows", LEAST_ROWS, MOST_ROWS, step=1_000, key=_begun("lab_rows", DEFAULT_ROWS))
    seed = right.number_input(
        "Seed", 0, 2**31 - 1, step=1, key=_begun("lab_seed", DEFAULT_SEED), help="The same seed gives the same rows."
    )
    given = {knob.key: _knob(scenario, knob) for knob in scenario.knobs}
    return Recipe(int(rows), int(seed), scenario.turn(given))


def _begun(key: str, start: Any) -> str:
    """The key, its value begun: a widget with a value of its own would quarrel with a recipe that turns it."""
    st.session_state.setdefault(key, start)
    return key


def _knob(scenario: Scenario, knob: Knob) -> Any:
    if knob.kind == "shares":
        return _shares(scenario, knob)
    key = _key(scenario, knob.key)
    if knob.kind == "integer":
        _begun(key, int(knob.default))
        return st.number_input(knob.label, int(knob.low), int(knob.high), step=1, key=key, help=knob.help or None)
    _begun(key, float(knob.default))
    low, high = float(knob.low), float(knob.high)
    step = knob.step or (high - low) / 20
    if (high - low) / step <= MANY_STEPS:
        return st.slider(knob.label, low, high, step=step, key=key, help=knob.help or None)
    help = f"{knob.help} From {low:g} to {high:g}.".strip()
    return st.number_input(knob.label, low, high, step=step, format="%g", key=key, help=help)


def _shares(scenario: Scenario, knob: Knob) -> tuple[float, ...]:
    st.markdown(knob.label, help=knob.help or None)
    columns = st.columns(3 if len(knob.parts) == 3 else 2)
    weights = []
    for i, (part, start) in enumerate(zip(knob.parts, knob.default, strict=True)):
        key = _begun(_key(scenario, knob.key, part), float(start))
        with columns[i % len(columns)]:
            weights.append(st.number_input(part.replace("_", " "), 0.0, step=0.05, format="%g", key=key))
    total = sum(weights)
    if total > 0 and abs(total - 1) > 1e-6:
        scaled = ", ".join(f"{part} {share(w / total)}" for part, w in zip(knob.parts, weights, strict=True))
        st.caption(f"Scaled to add up to 100 %: {scaled}.")
    return tuple(weights)


def _start_from(scenario: Scenario) -> None:
    """Turn all knobs to a named recipe; those it does not mention to their defaults."""
    given = scenario.recipes.get(st.session_state[_key(scenario, "recipe")], {})
    for knob in scenario.knobs:
        value = given.get(knob.key, knob.default)
        if knob.kind == "shares":
            for part, weight in zip(knob.parts, value, strict=True):
                st.session_state[_key(scenario, knob.key, part)] = float(weight)
        else:
            st.session_state[_key(scenario, knob.key)] = int(value) if knob.kind == "integer" else float(value)


def _key(scenario: Scenario, *words: str) -> str:
    return "_".join(("lab", scenario.key, *words))


def preview(scenario: Scenario, seed: int = 0, knobs: Knobs | None = None) -> Dataset:
    """The first look at a recipe: 2,000 rows, made once per recipe."""
    return _preview(scenario.key, seed, tuple(scenario.turn(knobs).items()))


@st.cache_resource(max_entries=64, show_spinner=False)
def _preview(key: str, seed: int, knobs: tuple[tuple[str, Any], ...]) -> Dataset:
    house = workspace()
    return house.generate(house.scenario(key), PREVIEW_ROWS, seed, dict(knobs), name="preview")


@st.cache_resource(show_spinner=False)
def _pace(key: str) -> Pace:
    return measure_pace(workspace().scenario(key))


def generate_panel(scenario: Scenario, recipe: Recipe) -> None:
    """What the recipe will take, a name, and the button that makes the rows and puts them to use."""
    expected = estimate(_pace(scenario.key), recipe.rows)
    st.caption(f"About {duration(expected.seconds)} and {size(expected.peak_bytes)} of memory while they are made.")
    name = st.text_input(
        "Name",
        free_name(f"{scenario.key} {recipe.rows} seed {recipe.seed}"),
        max_chars=80,
        key=_name_key(scenario, recipe),
    )
    kept = st.segmented_control(
        "Keep it",
        [SESSION, SAVED],
        default=SESSION,
        required=True,
        key="lab_keep",
        help="A session's data is gone when the session ends; saved data stays, for everyone on this machine.",
    )
    if st.button("Generate", type="primary", icon=":material/bolt:", width="stretch", key="lab_generate"):
        # Made by `make_asked`, outside this fragment: a click inside a fragment does not interrupt it.
        st.session_state["lab_asked"] = (recipe, expected, name, kept == SAVED)
        st.rerun()
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(command_line(scenario, recipe.rows, recipe.seed, recipe.knobs), language="bash", wrap_lines=True)


def _name_key(scenario: Scenario, recipe: Recipe) -> str:
    return _key(scenario, "name", str(recipe.rows), str(recipe.seed))


def make_asked(scenario: Scenario) -> None:
    """Make what the button asked for, once, with progress and a way out; a mistake is shown in place."""
    asked = st.session_state.pop("lab_asked", None)
    if asked:
        _make(scenario, *asked)


def _make(scenario: Scenario, recipe: Recipe, expected: Estimate, name: str, save: bool) -> None:
    try:
        expected.check(free_memory())
        dataset = _generated(scenario, recipe, expected, name)
        if save:
            workspace().datasets.save(dataset)
        else:
            keep_in_session(dataset)
    except RiskcoreError as error:
        show_error(error)
        return
    st.session_state.pop(_name_key(scenario, recipe), None)  # the next one gets a name of its own
    note(f"{len(dataset.events):,} synthetic rows are ready as {name}, and chosen in the sidebar.")
    choose(dataset=name)
    st.session_state["lab_next"] = "Inspect"
    st.rerun()


def _generated(scenario: Scenario, recipe: Recipe, expected: Estimate, name: str) -> Dataset:
    """Made in a thread, so that progress is told and Cancel is heard; a cancelled draw ends unseen."""
    pool = ThreadPoolExecutor(1)
    began = monotonic()
    try:
        with progress_bar(f"Generating {recipe.rows:,} rows") as tell:
            made = pool.submit(workspace().generate, scenario, recipe.rows, recipe.seed, recipe.knobs, name)
            while not _finished(made):
                tell(min(0.97, (monotonic() - began) / max(expected.seconds, 0.5)), "drawing events and their labels")
        return made.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _finished(work: "Future[Dataset]") -> bool:
    try:
        work.exception(LOOK_S)
    except StillRunning:
        return False
    return True
