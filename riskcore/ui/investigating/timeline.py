"""The timeline of the entity on Score one's form: lanes, map, the events that reasons counted, and what if."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from riskcore.charts.places import journey_map
from riskcore.charts.timeline import ALL, SPANS, Drawn, opening_span, said, timeline_figure
from riskcore.core.policy import Policy
from riskcore.core.schema import told
from riskcore.core.trained import Trained
from riskcore.services import explaining
from riskcore.services.entities import timelines
from riskcore.services.entities.journeys import journeys, places
from riskcore.services.entities.openings import Openings, behind
from riskcore.services.entities.past import Past
from riskcore.services.entities.timelines import Edit, Timeline
from riskcore.services.funnel import kind_field
from riskcore.stores.datasets import Dataset
from riskcore.ui.investigating import copy_as, entities
from riskcore.ui.investigating.decision import plain, risk_in_words
from riskcore.ui.investigating.desk import Asked

MOST_COLUMNS = 4  # groups of lanes
MOST_WAYS = 8  # changes of place on the map, the latest
SMALLEST_PART = 0.02  # of the strongest signal's, below which another is not worth a ring
MOST_REASONS = 6  # that can be highlighted
STEPS = {"5 minutes": 5, "1 hour": 60, "6 hours": 360, "1 day": 1440, "1 week": 10_080}


@dataclass(frozen=True)
class Scene:
    """Whose past is looked at, and what was changed in it."""

    past: Past
    value: str
    lead: tuple[Edit, ...]  # what the start itself adds or stands for
    edits: tuple[Edit, ...]  # what the visitor changed
    history: pd.DataFrame | None  # what the event on the form can look back at; None where it cannot be scored yet
    chosen: str  # who is chosen above; the event on the form can be another's
    risks: pd.DataFrame | None = None  # what the policy's rules over time count before it; None without such rules

    @property
    def all(self) -> tuple[Edit, ...]:
        return self.lead + self.edits


def scene(
    trained: Trained, policy: Policy, dataset: Dataset, openings: Openings, asked: Asked, key: str
) -> Scene | None:
    """The past of the event on the form; None while nobody is named on it."""
    scenario, main = trained.scenario, openings.past.main
    value = asked.event.get(main)
    if value in (None, ""):
        return None
    past = openings.past
    if scenario.stateful and asked.preset is not None and asked.preset in scenario.presets:
        past = entities.preset_past(scenario.key, asked.preset, past)
    lead = openings.lead(asked.preset) if asked.row is None else (Edit("delete", row=asked.row),)
    about = (openings.value, asked.preset, asked.row, dataset.origin["fingerprint"])  # edits name rows of this set
    kept = st.session_state.get(f"{key}.edits")
    edits = kept[1] if kept and kept[0] == about else ()
    st.session_state[f"{key}.edits"] = (about, edits)
    validated = scenario.event.validate(scenario.event.frame(asked.event))
    if validated.rejected:
        return Scene(past, str(value), lead, edits, None, openings.value)
    past = entities.with_all_recorded(past, dataset, validated.events)
    risks = timelines.risks_before(trained, policy, past, value, lead + edits, validated.events)
    if not scenario.stateful:
        return Scene(past, str(value), lead, edits, past.events.iloc[:0], openings.value, risks)
    history = timelines.known(past, value, lead + edits, validated.events)
    return Scene(past, str(value), lead, edits, history, openings.value, risks)


def show(trained: Trained, policy: Policy, scene: Scene, asked: Asked, key: str) -> None:
    """Everything below the desk: timeline, map and what if."""
    if scene.history is None:
        return
    st.subheader(f"Timeline of {plain(scene.value)}", anchor=False)
    if scene.value != scene.chosen:
        st.caption(f"The event on the form is {plain(scene.value)}'s; chosen above is {plain(scene.chosen)}.")
    timed = asked.event.get(str(scene.past.scenario.event.time)) not in (None, "")
    event = asked.event if timed else None
    if not len(timelines.edited(scene.past, scene.value, scene.all, event).rows):
        st.caption("Nothing is known of this one in the data set, so there is no past to draw.")
        return
    if not timed:
        st.caption("The event on the form has no time, so it has no place here.")
    timeline = timelines.tell(trained, policy, scene.past, scene.value, scene.all, event)
    reasons = _counted(trained, scene, asked)
    schema, told = trained.scenario.event, timeline.story.events
    chosen = _highlight(reasons, set(told[schema.id].astype("str")) if schema.id else set(), key)
    drawn = _drawn(scene, timeline, reasons.get(chosen or "", set()))
    st.markdown(f"**{plain(said(drawn, policy))}**")
    span = _span(drawn, key)
    picked = st.plotly_chart(
        timeline_figure(drawn, policy, chosen or "", span),
        key=f"{key}.timeline",
        on_select="rerun",
        selection_mode="points",
        config={"scrollZoom": True, "displaylogo": False},
        alt=f"Timeline of {scene.value}: {said(drawn, policy)}.",
    )
    st.caption(_caption(timeline))
    points = picked["selection"]["points"]
    place = int(points[0]["customdata"]) if points and "customdata" in points[0] else None
    what_if(scene, timeline, asked, place, key)
    if scene.edits:
        was = timelines.tell(trained, policy, scene.past, scene.value, scene.lead, event)
        _consequences(scene, was, timeline)
    if scene.past.scenario.event.place:
        _map(scene, timeline)
    _download(scene, key)


def _download(scene: Scene, key: str) -> None:
    """What the event on the form looked back at, edits included, for the command line and Python."""
    scenario, history = scene.past.scenario, scene.history
    if not scenario.stateful or history is None or history.empty:
        return
    st.download_button(
        f"Past of the event on the form ({_events(len(history))}, CSV)",
        lambda: history.to_csv(index=False).encode(),
        file_name=copy_as.history_file(scenario),
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"{key}.past",
        help="With it, Python and the command line give the same risk: see Copy as.",
    )


def _caption(timeline: Timeline) -> str:
    n = len(timeline.story.rows)
    older = " Older ones count as its past and are not drawn." if n >= timelines.MOST else ""
    return (
        f"{_events(n)} in UTC; drag to move, scroll to zoom, click an event to change it. The star is the event on "
        f"the form, triangles did not happen.{older}"
    )


def _events(n: int) -> str:
    return f"{n:,} {'event' if n == 1 else 'events'}"


def _span(drawn: Drawn, key: str) -> str:
    """How much of the past is shown: at first as much as holds what the chosen reason counts."""
    first = opening_span(drawn)
    found = st.segmented_control(
        "Show before the event on the form",
        [*SPANS, ALL],
        default=first,
        required=True,
        key=f"{key}.span.{first}",
        label_visibility="collapsed",
    )
    return found or first


def _drawn(scene: Scene, timeline: Timeline, counted: set[str]) -> Drawn:
    schema, story = scene.past.scenario.event, timeline.story
    columns = {schema[name].label: _words(story.events[name]) for name in lanes(scene.past)}
    ids = story.events[schema.id].astype("str") if schema.id else pd.Series([""] * len(story.rows))
    return Drawn(
        time=pd.Series(pd.to_datetime(schema.seconds(story.events), unit="s", utc=True)),
        risk=[float(r) for r in timeline.risk],
        actions=[int(a) for a in timeline.decided.decisions.actions],
        origin=[str(o) for o in story.origin],
        columns=columns,
        counted=[i in counted for i in ids],
    )


def _words(column: pd.Series) -> Sequence[str]:
    return [told(value) or "not given" for value in column.astype("object").where(column.notna(), None)]


def lanes(past: Past) -> list[str]:
    """Fields with lanes: what happened, where, the other entities, and further categories that are always given."""
    scenario = past.scenario
    found = [kind_field(scenario), *scenario.event.place[-1:], *scenario.entities[1:]]
    found += [f.name for f in scenario.event.fields if f.kind == "category" and not f.optional]
    return [name for name in dict.fromkeys(found) if name][:MOST_COLUMNS]


def _counted(trained: Trained, scene: Scene, asked: Asked) -> dict[str, set[str]]:
    """The strongest features that count past events, with the identifiers of those; empty where none do."""
    if trained.scenario.evidence is None or scene.history is None:
        return {}
    events = trained.scenario.event.accept(trained.scenario.event.frame(asked.event))
    explanation = explaining.explain(trained, events, scene.history)
    names, parts = explaining.by_signal(explanation)
    labels = {signal.name: signal.label for signal in trained.scenario.signals}
    found: dict[str, set[str]] = {}
    for i in np.argsort(-parts[0]):
        if parts[0, i] <= SMALLEST_PART * parts[0].max() or len(found) == MOST_REASONS:
            break
        if ids := behind(scene.past, scene.history, events, names[i]):
            found[labels.get(names[i], names[i])] = ids
    return found


def _highlight(reasons: dict[str, set[str]], told: set[str], key: str) -> str | None:
    """The reason whose events are ringed; at first the strongest that counts events of this timeline, not others'."""
    if not reasons:
        return None
    first = next((name for name, ids in reasons.items() if ids & told), next(iter(reasons)))
    return st.pills(
        "Ring the events that a reason counted",
        list(reasons),
        format_func=lambda name: f"{name} ({len(reasons[name])})",
        default=first,
        key=f"{key}.highlight.{'|'.join(reasons)}",
    )


def _map(scene: Scene, timeline: Timeline) -> None:
    scenario = scene.past.scenario
    events = timeline.story.events
    ways = journeys(scenario, events).tail(MOST_WAYS)
    since = int(ways["since"].min()) if len(ways) else 0
    own = places(scenario, events.iloc[since:].reset_index(drop=True))
    if own.empty:
        st.caption("No map: none of these events has coordinates.")
        return
    new = next((i for i, origin in enumerate(timeline.story.origin) if origin == timelines.FRESH), None)
    st.altair_chart(journey_map(ways, own, places(scenario, scene.past.events), new), width="stretch")
    st.caption(
        f"Places of addresses, coarse, since the {MOST_WAYS}th last change of place; other places of the data set in "
        "grey. Speeds are those that the model counts. Drag and scroll to zoom."
    )


def what_if(scene: Scene, timeline: Timeline, asked: Asked, place: int | None, key: str) -> None:
    """Move, delete or add an event, with undo; what follows is scored anew."""
    st.markdown("**What if**")
    if not scene.past.scenario.stateful:
        st.caption("This model looks at no past: moving, adding or deleting events would change no other's risk.")
        return
    story = timeline.story
    names = [_name(scene, timeline, i) for i in range(len(story.rows))]
    choices = [i for i, row in enumerate(story.rows) if row != timelines.NEW][::-1]
    if choices:
        index = choices.index(place) if place in choices else 0
        i = st.selectbox(
            "Event", choices, index=index, format_func=names.__getitem__, key=f"{key}.whatif.{scene.value}.{place}"
        )
        row = int(story.rows[choices[0] if i is None else i])
        bar = st.container(horizontal=True, vertical_alignment="bottom")
        step = bar.selectbox("By", list(STEPS), index=1, key=f"{key}.whatif.step", width=130)
        by = timedelta(minutes=STEPS[step or "1 hour"])
        _edit_button(bar, "Earlier", ":material/fast_rewind:", scene, key, Edit("move", row, by=-by))
        _edit_button(bar, "Later", ":material/fast_forward:", scene, key, Edit("move", row, by=by))
        _edit_button(bar, "Delete", ":material/delete:", scene, key, Edit("delete", row))
    bar = st.container(horizontal=True, vertical_alignment="center")
    added = Edit("add", event=_added(scene, asked))
    _edit_button(bar, "Let the event on the form have happened", ":material/add:", scene, key, added)
    if scene.edits:
        last = (key, scene.edits[:-1])
        bar.button("Undo the last change", icon=":material/undo:", key=f"{key}.undo", on_click=_keep, args=last)
        bar.button("As it was", icon=":material/restart_alt:", key=f"{key}.reset", on_click=_keep, args=(key, ()))
    if not scene.edits:
        st.caption("Nothing is changed yet. The data set itself stays as it is.")


def _added(scene: Scene, asked: Asked) -> dict[str, object]:
    """The event on the form a little earlier, under an identifier of its own."""
    schema = scene.past.scenario.event
    event = dict(asked.event)
    if schema.id is not None:
        event[schema.id] = f"{event[schema.id]}-{len(scene.edits) + 1}"
    return event


def _edit_button(bar: DeltaGenerator, label: str, icon: str, scene: Scene, key: str, edit: Edit) -> None:
    bar.button(label, icon=icon, key=f"{key}.{label}", on_click=_keep, args=(key, (*scene.edits, edit)))


def _keep(key: str, edits: Sequence[Edit]) -> None:
    about, _ = st.session_state[f"{key}.edits"]
    st.session_state[f"{key}.edits"] = (about, tuple(edits))


def _name(scene: Scene, timeline: Timeline, i: int) -> str:
    """An event in a list: when, what, and how risky."""
    schema, events = scene.past.scenario.event, timeline.story.events
    kind = kind_field(scene.past.scenario)
    when = pd.Timestamp(round(schema.seconds(events.iloc[[i]])[0] * 1e6), unit="us")
    what = f" {events[kind].iloc[i]}" if kind else ""
    origin = "" if timeline.story.origin[i] == timelines.PAST else f", {timeline.story.origin[i]}"
    return f"{when:%d %b %H:%M:%S}{what}, risk {risk_in_words(float(timeline.risk[i]))}{origin}"


def _consequences(scene: Scene, was: Timeline, now: Timeline) -> None:
    """What the visitor's edits did to other events."""
    moved = timelines.consequences(was, now)
    n = f"{len(scene.edits)} {'change' if len(scene.edits) == 1 else 'changes'}"
    if moved.empty:
        st.caption(f"{n}; no other event's risk moves.")
        return
    st.caption(f"{n}; the risk of {len(moved):,} {'event moves' if len(moved) == 1 else 'events moves'}.")
    table = moved.assign(event=[_name(scene, now, i) for i in moved["place"].tolist()])[["event", "before", "now"]]
    bar = {n: st.column_config.ProgressColumn(n, min_value=0, max_value=1, format="%.3f") for n in ("before", "now")}
    st.dataframe(table, hide_index=True, height="content" if len(table) < 8 else 300, column_config=bar)
