"""The recipe of synthetic data as a form built from a scenario's knobs; it travels in the link and as a file."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from riskcore.charts.data import share
from riskcore.core.errors import RiskcoreError
from riskcore.core.knobs import Knob
from riskcore.core.scenario import Scenario
from riskcore.services.data.pacing import MOST_ROWS
from riskcore.services.data.recipes import (
    DEFAULT_ROWS,
    DEFAULT_SEED,
    LEAST_ROWS,
    MOST_SEED,
    Recipe,
    link_text,
    read_link,
    read_recipe,
)
from riskcore.services.generating import knobs_of, turned
from riskcore.ui.context import show_error
from riskcore.ui.investigating.decision import plain

OWN = "Defaults"
LINK = "recipe"  # query parameter
ROWS, SEED, LINKED = "lab_rows", "lab_seed", "lab_linked"
MANY_STEPS = 100  # a slider of more steps cannot be set exactly
DIGITS = 6  # of a weight
EXACT = 1e-5  # how far weights may be from adding up to 1
HALF, THIRD = 2, 3  # weights in a line


def recipe_form(scenario: Scenario) -> Recipe:
    """Rows, seed and every knob, starting from a named recipe, a link or a file.  Raises `DataError` with what is wrong
    with a knob."""
    _follow_link(scenario)
    _open_file(scenario)
    for knob in knobs_of(scenario):
        _begin(scenario, knob)
    st.session_state.setdefault(ROWS, DEFAULT_ROWS)
    st.session_state.setdefault(SEED, DEFAULT_SEED)
    _named(scenario)
    left, right = st.columns(2)
    rows = left.number_input("Rows", LEAST_ROWS, MOST_ROWS, step=1_000, key=ROWS)
    seed = right.number_input("Seed", 0, MOST_SEED, step=1, key=SEED, help="The same seed gives the same rows.")
    given = {knob.key: _widget(scenario, knob) for knob in knobs_of(scenario)}
    recipe = Recipe(int(rows), int(seed), turned(scenario, given))
    _tell_link(scenario, recipe)
    return recipe


def _key(scenario: Scenario, *words: str) -> str:
    return "_".join(("lab", scenario.key, *words))


def _begin(scenario: Scenario, knob: Knob) -> None:
    """A knob's value begun: a widget with a value of its own would quarrel with a recipe that turns it."""
    for name, value in _states(scenario, knob, knob.accept(knob.default)).items():
        st.session_state.setdefault(name, value)


def _states(scenario: Scenario, knob: Knob, value: Any) -> dict[str, Any]:
    """What the widgets of a knob hold for a value of it, by widget key."""
    if knob.kind == "shares":
        return {_key(scenario, knob.key, p): round(float(w), DIGITS) for p, w in zip(knob.parts, value, strict=True)}
    return {_key(scenario, knob.key): int(value) if knob.kind == "integer" else float(value)}


def _turn_to(scenario: Scenario, knobs: Mapping[str, Any]) -> None:
    """Turn every knob, those that are not mentioned to their defaults.  Before the widgets are drawn only."""
    values = turned(scenario, knobs)
    for knob in knobs_of(scenario):
        st.session_state.update(_states(scenario, knob, values[knob.key]))


def _named(scenario: Scenario) -> None:
    """The named recipes; the one that the knobs stand at is marked."""
    key, here = _key(scenario, "recipe"), _standing(scenario)
    st.session_state[key] = next((name for name, at in _recipes(scenario).items() if _alike(at, here)), None)
    st.pills(
        "Start from",
        list(_recipes(scenario)),
        format_func=str.capitalize,
        key=key,
        on_change=_start_from,
        args=(scenario,),
    )


def _recipes(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Widget states of each named recipe."""
    found = {}
    for name, given in {OWN: {}, **scenario.recipes}.items():
        values = turned(scenario, given)
        states = [_states(scenario, knob, values[knob.key]) for knob in knobs_of(scenario)]
        found[name] = {key: value for state in states for key, value in state.items()}
    return found


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(abs(one[key] - other[key]) <= EXACT for key in one)


def _standing(scenario: Scenario) -> dict[str, Any]:
    keys = [key for knob in knobs_of(scenario) for key in _states(scenario, knob, knob.default)]
    return {key: st.session_state[key] for key in keys}


def _start_from(scenario: Scenario) -> None:
    name = st.session_state[_key(scenario, "recipe")]
    if name is not None:
        _turn_to(scenario, scenario.recipes.get(name, {}))


def _widget(scenario: Scenario, knob: Knob) -> Any:
    if knob.kind == "shares":
        return _shares(scenario, knob)
    key, help = _key(scenario, knob.key), knob.help or None
    if knob.kind == "integer":
        return st.number_input(knob.label, int(knob.low), int(knob.high), step=1, key=key, help=help)
    low, high = float(knob.low), float(knob.high)
    step = knob.step or (high - low) / 20
    if (high - low) / step <= MANY_STEPS:
        return st.slider(knob.label, low, high, step=step, key=key, help=help)
    help = f"{knob.help} From {low:g} to {high:g}.".strip()
    return st.number_input(knob.label, low, high, step=step, format="%g", key=key, help=help)


def _shares(scenario: Scenario, knob: Knob) -> tuple[float, ...]:
    """A weight for each part.  What is typed is taken as it is: it is told where it cannot be meant, with a button."""
    told = "A kind of weight 0 is absent." if knob.may_lack else "Every class needs a weight above 0."
    st.markdown(knob.label, help=f"{knob.help} {told}".strip())
    columns = st.columns(THIRD if len(knob.parts) == THIRD else HALF)
    weights = []
    for i, part in enumerate(knob.parts):
        with columns[i % len(columns)]:
            key = _key(scenario, knob.key, part)
            weights.append(st.number_input(_part(part), step=0.05, format="%g", key=key))
    total = sum(max(w, 0.0) for w in weights)
    if total > 0 and (min(weights) < 0 or abs(total - 1) > EXACT):
        _offer_to_normalise(scenario, knob, weights, total)
    return tuple(weights)


def _part(name: str) -> str:
    """A class or a kind in words; those of a custom scenario come from uploaded cells."""
    return plain(name.replace("_", " "))


def _offer_to_normalise(scenario: Scenario, knob: Knob, weights: list[float], total: float) -> None:
    if min(weights) < 0:
        st.caption("A weight is below 0, which nothing can be.")
    else:
        counts = [f"{_part(p)} {share(w / total)}" for p, w in zip(knob.parts, weights, strict=True)]
        st.caption(f"The weights add up to {total:g}. They count as {', '.join(counts)}.")
    st.button(
        "Make them add up to 1",
        icon=":material/balance:",
        key=_key(scenario, knob.key, "normalise"),
        on_click=_normalise,
        args=(scenario, knob, total),
    )


def _normalise(scenario: Scenario, knob: Knob, total: float) -> None:
    for part in knob.parts:
        key = _key(scenario, knob.key, part)
        st.session_state[key] = round(max(0.0, st.session_state[key]) / total, DIGITS)


def _follow_link(scenario: Scenario) -> None:
    """Turn the knobs to the recipe of a link that was opened, and back to it where the form was away for a while."""
    said = st.query_params.get(LINK, "")
    key, text = st.session_state.get(LINKED, ("", ""))
    returned = key == scenario.key and ROWS not in st.session_state
    if not said or (said == text and not returned):
        return
    st.session_state[LINKED] = scenario.key, said
    try:
        _use(scenario, read_link(scenario, said))
    except RiskcoreError as error:
        show_error(error)


def _use(scenario: Scenario, recipe: Recipe) -> None:
    st.session_state[ROWS], st.session_state[SEED] = recipe.rows, recipe.seed
    _turn_to(scenario, recipe.knobs)


def _tell_link(scenario: Scenario, recipe: Recipe) -> None:
    """The recipe in the address bar, so that a link rebuilds it."""
    text = link_text(scenario, recipe)
    st.session_state[LINKED] = scenario.key, text
    if text and st.query_params.get(LINK) != text:
        st.query_params[LINK] = text
    elif not text and LINK in st.query_params:
        del st.query_params[LINK]


def _open_file(scenario: Scenario) -> None:
    """A recipe file turns the knobs once; they can be turned on from there."""
    with st.popover("Open a recipe", icon=":material/file_open:"):
        file = st.file_uploader("A recipe as it was downloaded (YAML)", type=["yaml", "yml"], key="lab_recipe_file")
    if file is None:
        st.session_state.pop("lab_recipe_id", None)
        return
    opened = (scenario.key, file.file_id)
    if st.session_state.get("lab_recipe_id") == opened:
        return
    st.session_state["lab_recipe_id"] = opened
    try:
        _use(scenario, read_recipe(scenario, file.getvalue(), file.name))
    except RiskcoreError as error:
        show_error(error)
