"""What every page works on: the workspace, and the scenario, data set, model and policy chosen in the sidebar."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from riskcore.core.errors import ModelIntegrityError, RiskcoreError, StoreError, UnknownKeyError
from riskcore.core.scenario import Scenario
from riskcore.core.settings import read_settings
from riskcore.core.trained import Trained
from riskcore.services.entities import recorded
from riskcore.services.scoring import Scored, score
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.datasets import Dataset
from riskcore.stores.policies import Applied
from riskcore.ui.bound_choice import bound_choice
from riskcore.ui.progress import progress_bar, was_cancelled

SAMPLE_ROWS, SAMPLE_SEED = 20_000, 1  # not the seed that default models are trained with
SAMPLE = "Sample"
CHAMPION = "champion"
OPEN = "open"
READ = "recorded"  # session: scenario key -> how many events were recorded when its data set was read
DIALOG = "dialog:"  # begins the session's names of what waits for an answer on a page


@st.cache_resource
def workspace() -> Workspace:
    """The one workspace of this server."""
    return open_workspace(read_settings())


@contextmanager
def user_errors() -> Iterator[None]:
    """Show a mistake that a person can put right as its sentence, and end the page there; bugs stay bugs."""
    try:
        yield
    except RiskcoreError as error:
        show_error(error)
        st.stop()


def show_error(error: RiskcoreError) -> None:
    """The sentences of an error, as text: nothing uploaded is rendered as markup."""
    st.error("That did not work.", icon=":material/error:")
    st.text(str(error))


def context_bar() -> None:
    """Sidebar: scenario → data set → model → policy, always in this order.  All but uploads are part of the link."""
    house = workspace()
    for key, value in st.session_state.pop("chosen", {}).items():
        st.session_state[key] = value
    # A link within the app asks by `open`: what widgets are bound to, a link does not change once they are drawn.
    if (asked := st.query_params.get(OPEN)) is not None:
        del st.query_params[OPEN]
        st.session_state["scenario"] = asked if asked in house.scenarios else current_scenario().key
    with st.sidebar:
        for error in house.broken.values():  # the others are served
            show_error(error)
        titles = {key: scenario.title for key, scenario in house.scenarios.items()}
        bound_choice("Scenario", list(titles), "scenario", titles)
        scenario = current_scenario()
        sample, *others = dataset_names(scenario)
        bound_choice("Data set", [sample, *_recorded_names(scenario), *others], "dataset")
        _offer_to_read_again(scenario)
        versions = [CHAMPION, *newest_first(house.registry.versions(scenario.key))]
        champion = house.registry.champion(scenario.key)
        bound_choice("Model", versions, "model")
        st.caption(f"Champion `{champion}`" if champion else "No champion: not trained yet.")
        try:
            applied = house.applied(scenario)
        except RiskcoreError as error:  # pages that need the policy stop; the others go on
            show_error(error)
            return
        st.caption(f"Policy `{applied.policy.fingerprint()}` · {'default' if applied.model is None else 'yours'}")
        mark_dry_run(applied)
        if applied.model and champion and not applied.suits(champion):
            st.warning(
                f"The thresholds in force were chosen on {applied.model}. Look at them again on Thresholds.",
                icon=":material/sync_problem:",
            )


def understand_keys(page: StreamlitPage) -> None:
    """Links carry a scenario's title; one with its key, which the command line uses, leads to the same view."""
    house = workspace()
    asked = st.query_params.get("scenario", "")
    if asked in house.scenarios:
        st.switch_page(page, query_params=st.query_params.to_dict() | {"scenario": house.scenario(asked).title})


def close_dialogs(page: StreamlitPage) -> None:
    """What waits for an answer belongs to its page and scenario: whoever left, by the browser's Back too, is not asked.

    To be called once the scenario is chosen.
    """
    now = page.url_path, current_scenario().key
    before, st.session_state["page"] = st.session_state.get("page"), now
    if before != now:
        for key in [key for key in st.session_state if str(key).startswith(DIALOG)]:
            del st.session_state[key]


def newest_first(versions: list[str]) -> list[str]:
    """Versions by the time in their names, whatever family comes before it."""
    return sorted(versions, key=lambda version: version.partition("-")[2], reverse=True)


def choose(**chosen: str) -> None:
    """Choose `scenario`, `dataset` or `model` in the sidebar as of the next run; a page cannot set what is drawn."""
    st.session_state["chosen"] = chosen


def current_scenario() -> Scenario:
    """The scenario chosen in the sidebar."""
    house = workspace()
    return house.scenario(st.session_state.get("scenario") or next(iter(house.scenarios)))


def dataset_names(scenario: Scenario) -> list[str]:
    """The sample, saved sets, and this session's uploads."""
    uploads = [d.name for d in session_datasets().values() if d.scenario == scenario.key]
    return [SAMPLE, *workspace().datasets.names(scenario.key), *uploads]


def _recorded_names(scenario: Scenario) -> list[str]:
    """The recorded events of a scenario, where there are any and no set has their name.

    A database that fails is told, and the rest goes on.
    """
    try:
        free = recorded.RECORDED not in dataset_names(scenario)
        return [recorded.RECORDED] if free and recorded.any_of(workspace(), scenario) else []
    except StoreError as error:
        show_error(error)
        return []


def _offer_to_read_again(scenario: Scenario) -> None:
    """Recorded events stay as they were read, whatever comes in, until a person asks for them again."""
    if not _recorded_chosen(scenario):
        return
    if st.button("Read again", icon=":material/refresh:", help="With what was recorded since this session read them."):
        st.session_state.get(READ, {}).pop(scenario.key, None)


def _recorded_chosen(scenario: Scenario) -> bool:
    """Whether recorded events are looked at; a set that has their name comes first."""
    return st.session_state.get("dataset") == recorded.RECORDED and recorded.RECORDED not in dataset_names(scenario)


def session_datasets() -> dict[str, Dataset]:
    """Data sets that belong to this session only, and are gone with it, by name."""
    found: dict[str, Dataset] = st.session_state.setdefault("session_datasets", {})
    return found


def current_dataset() -> Dataset:
    """The data set chosen in the sidebar; the sample is synthetic, seeded, and unseen by the default model."""
    scenario = current_scenario()
    name = st.session_state.get("dataset") or SAMPLE
    if name in session_datasets():
        return session_datasets()[name]
    if _recorded_chosen(scenario):
        read = st.session_state.setdefault(READ, {})
        if scenario.key not in read:
            read[scenario.key] = workspace().history(scenario).count()
        return _recorded(scenario.key, edition(scenario), read[scenario.key])
    return _dataset(scenario.key, edition(scenario), name)


def edition(scenario: Scenario) -> str:
    """Part of the key of whatever is kept beyond a run: a declared scenario may be edited while the app runs."""
    return workspace().catalogue.edition(scenario.key)


@st.cache_resource(max_entries=12, show_spinner=False)
def _dataset(key: str, edition: str, name: str) -> Dataset:
    house = workspace()
    if name != SAMPLE:
        return house.datasets.load(name)
    return house.generate(house.scenario(key), SAMPLE_ROWS, SAMPLE_SEED, name=SAMPLE)


@st.cache_resource(max_entries=2, show_spinner="Reading the recorded events")
def _recorded(key: str, edition: str, count: int) -> Dataset:
    """Once per count, by which sessions share it: recorded events are never rewritten, and none is taken away."""
    house = workspace()
    return recorded.latest(house, house.scenario(key))


def current_trained() -> Trained:
    """The model chosen in the sidebar; the default one is trained first, with progress, where there is none."""
    scenario = current_scenario()
    chosen = st.session_state.get("model") or CHAMPION
    return trained(scenario, None if chosen == CHAMPION else chosen)


def trained(scenario: Scenario, version: str | None = None) -> Trained:
    """A verified model of a scenario, loaded once per server."""
    house = workspace()
    version = version or house.registry.champion(scenario.key)
    if version is None:
        title = f"Training the first model of {scenario.title}"
        _respect_a_cancel(scenario, title)
        with _training_lock(scenario.key), progress_bar(title) as progress:
            version = house.trained(scenario, progress=progress).version
        st.rerun()  # so that the sidebar names it
    try:
        return _load(scenario.key, edition(scenario), version)
    except (ModelIntegrityError, UnknownKeyError) as error:  # damaged, or removed by hand
        show_error(error)
        _offer_a_new_champion(scenario, version)
        st.stop()


def _offer_a_new_champion(scenario: Scenario, version: str) -> None:
    """A champion that cannot be used is replaced at one click; it stays in its folder."""
    house = workspace()
    title = f"Training a new model of {scenario.title}"
    if house.registry.champion(scenario.key) != version:
        return
    if st.button("Train a new champion", type="primary", icon=":material/model_training:"):
        with _training_lock(scenario.key), progress_bar(title) as progress:
            house.keep(house.train_default(scenario, progress), promote=True, expected=version)
        st.rerun()


def _respect_a_cancel(scenario: Scenario, title: str) -> None:
    """Do not begin again by itself what was cancelled in this session; the page ends here until it is asked for."""
    cancelled: set[str] = st.session_state.setdefault("cancelled", set())
    if was_cancelled(title):
        cancelled.add(scenario.key)
    if scenario.key not in cancelled:
        return
    st.info(f"{scenario.title} has no model yet: its training was cancelled, and nothing was kept.")
    if not st.button("Train it now", type="primary", icon=":material/model_training:"):
        st.stop()
    cancelled.discard(scenario.key)


@st.cache_resource
def _training_lock(key: str) -> Lock:
    """Two sessions that open a new scenario at once train one model, not two."""
    return Lock()


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(key: str, edition: str, version: str) -> Trained:
    house = workspace()
    return house.registry.load(house.scenario(key), version)


def applied_policy(scenario: Scenario) -> Applied:
    """The policy in force, read anew: another tab may have changed it."""
    return workspace().applied(scenario)


def mark_dry_run(applied: Applied) -> None:
    """A mark, where the policy in force is only tried; for wherever its decisions are shown."""
    if applied.dry_run:
        st.badge("Dry run: nobody acts on its decisions", icon=":material/science:", color="orange")


def scored_dataset(model: Trained, dataset: Dataset) -> Scored:
    """Risks of a data set, scored once per model and content."""
    kept = model.scenario.key, edition(model.scenario), model.version, str(dataset.origin["fingerprint"])
    return _scored(*kept, model, dataset)


@st.cache_resource(max_entries=8, show_spinner="Scoring the data set")
def _scored(key: str, edition: str, version: str, fingerprint: str, _model: Trained, _dataset: Dataset) -> Scored:
    return score(_model, _dataset.events, _dataset.before)
