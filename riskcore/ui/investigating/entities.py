"""The entity whose next event is scored: picked by its name, at random, or because it was attacked."""

import numpy as np
import pandas as pd
import streamlit as st

from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event
from riskcore.services.entities.openings import Openings, own_past, spoken
from riskcore.services.entities.past import Past, why_not
from riskcore.services.entities.recorded import completed
from riskcore.services.entities.staging import Stage
from riskcore.stores.datasets import Dataset
from riskcore.ui import context

LISTED = 1_000  # the busiest; others can be typed in
ENTITY = "entity"  # in the address
ANYBODY = "anybody"
FOLLOWED = "entity.followed"  # in the session: whose event was drawn
STAGED = "entity.stage"  # in the session: the data set that the entity was chosen in


def past(scenario: Scenario, dataset: Dataset) -> Past:
    """The data set, indexed by who its events belong to; once per content."""
    return _stage(scenario.key, dataset.name, str(dataset.origin["fingerprint"]), dataset).past


@st.cache_resource(max_entries=8, show_spinner="Indexing the data set")
def _stage(key: str, name: str, fingerprint: str, _dataset: Dataset) -> Stage:
    scenario = context.workspace().scenario(key)
    return Stage(Past(scenario, _dataset.events), _dataset.labels)


@st.cache_resource(max_entries=64, show_spinner=False)
def preset_past(key: str, preset: str, _past: Past) -> Past:
    """What a preset says went before it."""
    return own_past(_past, preset)


def with_all_recorded(past: Past, dataset: Dataset, events: pd.DataFrame) -> Past:
    """The past of validated events; of recorded ones all that is stored now, be it older or newer than the set."""
    return completed(context.workspace(), past, events) if dataset.recorded else past


def picker(scenario: Scenario, dataset: Dataset) -> Openings | None:
    """The chosen entity and what can be scored next of it; None, with the reason said, where there is nobody."""
    why = why_not(scenario, dataset.events)
    if why:
        if scenario.entities:  # others need not be told what they are not for
            st.caption(f"No timeline: {why}")
        return None
    stage = _stage(scenario.key, dataset.name, str(dataset.origin["fingerprint"]), dataset)
    counts = stage.past.counts
    label = scenario.event[stage.past.main].label
    if counts.empty:
        st.caption(f"No timeline: these events name no {label.lower()}.")
        return None
    _choose_drawn(stage, f"{scenario.key} {dataset.name}")
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    value = bar.selectbox(
        label,
        list(counts.index[:LISTED]),
        key=ENTITY,
        bind="query-params",
        accept_new_options=True,
        width=320,
        help=f"{len(counts):,} in {dataset.name}, the busiest first. Type to search.",
    )
    kinds = [ANYBODY, *stage.kinds]
    if stage.kinds:
        bar.selectbox("Draw among those hit by", kinds, format_func=spoken, key="entity.kind", width=260)
    bar.button("Draw one", icon=":material/casino:", key="entity.draw")
    n = counts.get(value, 0)
    bar.caption(
        f"{n:,} {'event' if n == 1 else 'events'} · {dataset.name}{' (synthetic)' if dataset.synthetic else ''}"
    )
    if dataset.recorded and dataset.origin["recorded"] > len(dataset.events):
        st.caption(
            f"Shown are the latest {len(dataset.events):,} of {dataset.origin['recorded']:,} recorded events; older "
            "ones count for them all the same. Rules over time count those shown."
        )
    return _openings(stage, str(value))


def out_of_step(openings: Openings, event: Event) -> str | None:
    """Whose event it is, where that is not the chosen entity but one of the data set; the next run then chooses it."""
    value = event.get(openings.past.main)
    if value is None or str(value) == openings.value or not len(openings.past.of(value)):
        return None
    st.session_state[FOLLOWED] = str(value)
    return str(value)


def _choose_drawn(stage: Stage, where: str) -> None:
    """Put a drawn entity, or that of a drawn event, before the box is drawn; one of another data set is let go."""
    before, st.session_state[STAGED] = st.session_state.get(STAGED), where
    if before not in (None, where) and st.session_state.get(ENTITY) not in stage.past.counts.index:
        st.session_state[ENTITY] = stage.past.counts.index[0]
    if FOLLOWED in st.session_state:
        st.session_state[ENTITY] = st.session_state.pop(FOLLOWED)
    if st.session_state.pop("entity.draw", False):
        kind = st.session_state.get("entity.kind") or ANYBODY
        pool = list(stage.past.counts.index) if kind == ANYBODY else stage.victims(kind)
        st.session_state[ENTITY] = str(np.random.default_rng().choice(pool))


def _openings(stage: Stage, value: str) -> Openings:
    """Kept while the same entity is looked at, for an attack takes a while to stage."""
    kept = st.session_state.get("entity.openings")
    if kept is None or kept.value != value or kept.stage is not stage:
        kept = st.session_state["entity.openings"] = Openings(stage.past, stage, value)
    found: Openings = kept
    return found
