"""What a recipe makes: a live preview, what the whole will cost, and the making of it, with progress and a way out."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from time import monotonic
from typing import Any

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.knobs import Knobs
from riskcore.core.scenario import Scenario
from riskcore.services.data.pacing import Estimate, Pace, duration, estimate, free_memory, measure_pace, size
from riskcore.services.data.recipes import Recipe, command_line
from riskcore.services.generating import turned
from riskcore.stores.datasets import Dataset
from riskcore.ui.context import choose, edition, show_error, workspace
from riskcore.ui.progress import progress_bar
from riskcore.ui.session_data import free_name, keep_in_session, note, refuse_name

PREVIEW_ROWS = 2_000
LOOK_S = 0.1  # between looks at work in another thread
SESSION, SAVED = "This session", "Saved"


def preview(scenario: Scenario, seed: int = 0, knobs: Knobs | None = None) -> Dataset:
    """The first look at a recipe: 2,000 rows, made once per recipe."""
    return _preview(scenario.key, edition(scenario), seed, tuple(turned(scenario, knobs).items()))


@st.cache_resource(max_entries=64, show_spinner=False)
def _preview(key: str, edition: str, seed: int, knobs: tuple[tuple[str, Any], ...]) -> Dataset:
    house = workspace()
    return house.generate(house.scenario(key), PREVIEW_ROWS, seed, dict(knobs), name="preview")


@st.cache_resource(show_spinner=False)
def _pace(key: str, edition: str) -> Pace:
    return measure_pace(workspace().scenario(key))


def generate_panel(scenario: Scenario, recipe: Recipe) -> None:
    """What the recipe will take, a name, and the button that makes the rows and puts them to use."""
    expected = estimate(_pace(scenario.key, edition(scenario)), recipe.rows)
    takes = duration(expected.seconds)
    takes = takes.capitalize() if expected.seconds < 1 else f"About {takes}"
    st.caption(f"{takes} and about {size(expected.peak_bytes)} of memory while they are made.")
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
    return f"lab_name_{scenario.key}_{recipe.rows}_{recipe.seed}"


def make_asked(scenario: Scenario) -> None:
    """Make what the button asked for, once, with progress and a way out; a mistake is shown in place."""
    asked = st.session_state.pop("lab_asked", None)
    if asked:
        _make(scenario, *asked)


def _make(scenario: Scenario, recipe: Recipe, expected: Estimate, name: str, save: bool) -> None:
    try:
        expected.check(free_memory())
        if save:
            workspace().datasets.refuse(name)
        else:
            refuse_name(name, scenario.key)
        dataset = _generated(scenario, recipe, expected, name)
        if save:
            with st.spinner("Saving; it is there as a whole or not at all"):
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
