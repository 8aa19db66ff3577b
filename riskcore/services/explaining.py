"""Why: contributions of chosen events, told by field, in numbers and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import Explanation
from riskcore.core.policy import Action, Policy, measure_in_words
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event, Field, told
from riskcore.core.trained import Trained
from riskcore.services.scoring import Scored, decide, score
from riskcore.services.telling import tell_column, tell_signal

MOST_COUNTING = 3  # further reasons that list the past events behind them, weaker than the strongest
SMALLEST = 0.01  # share of the summed contributions below which a field is not worth a sentence
CANDIDATES = 40  # values of a field that are tried for another decision


@dataclass(frozen=True)
class Reason:
    """One field's part in a risk: positive contributions raise it."""

    field: str
    label: str
    value: Any
    contribution: float
    sentence: str


def explain(trained: Trained, events: pd.DataFrame, history: pd.DataFrame | None = None) -> Explanation:
    """Exact contributions for a few events, all of which must be valid (`DataError` otherwise)."""
    scenario = trained.scenario
    return trained.model.explain(scenario.features(scenario.event.accept(events), history))


def explain_scored(trained: Trained, scored: Scored) -> Explanation:
    """Exact contributions for all rows that were accepted; nothing is validated or prepared again."""
    return trained.model.explain(scored.features, scored.output)


def reasons(
    trained: Trained,
    event: Event,
    explanation: Explanation,
    row: int = 0,
    most: int = 5,
    output: int = -1,
    history: pd.DataFrame | None = None,
) -> list[Reason]:
    """The fields, or signals, that moved one output for one event most, strongest first, each as a sentence.

    With classes the output is the number of one, by default the worst.  Signals and columns over the past say what they
    measured, and given the history that the event was scored with, when the events were that they counted.  What can be
    shown is worth more than what is merely strong, so up to `MOST_COUNTING` weaker signals follow that counted some.
    """
    signals, phrases = bool(trained.scenario.signals), trained.scenario.phrases
    apart = replace(explanation, source={**explanation.source, **{name: name for name in phrases}})
    names, parts = by_signal(explanation, output) if signals else apart.by_field(output)
    part = parts[row].tolist()
    least = SMALLEST * sum(map(abs, part))
    ordered = sorted(range(len(part)), key=lambda i: -abs(part[i]))
    felt = [i for i in ordered if abs(part[i]) >= least and part[i]]
    strongest = felt[:most]
    if signals and history is not None:
        counting = {s.name for s in trained.scenario.signals if s.counted is not None}
        strongest += [i for i in felt[most:] if names[i] in counting and part[i] > 0][:MOST_COUNTING]
    worst = output in (-1, len(explanation.outputs) - 1)
    moved = "the risk" if worst else f"the score of '{explanation.outputs[output]}'"
    return [_reason(trained, event, explanation, row, names[i], part[i], moved, history) for i in strongest]


def by_signal(explanation: Explanation, output: int = -1) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Signals and their contributions (n, s) to one output."""
    return explanation.features, explanation.contributions[:, :, output]


def _reason(
    trained: Trained,
    event: Event,
    explanation: Explanation,
    row: int,
    name: str,
    part: float,
    moved: str,
    history: pd.DataFrame | None,
) -> Reason:
    scenario, label = trained.scenario, name
    if scenario.signals:
        label, value, said = tell_signal(scenario, explanation, row, name, event, history)
    elif name in scenario.phrases:
        value, said = tell_column(scenario, explanation, row, name, event, history)
    else:
        label, value, said = _tell_field(trained, event, name)
    sentence = f"{said[0].upper()}{said[1:]} {'raises' if part > 0 else 'lowers'} {moved}."
    return Reason(explanation.source.get(name, name), label, value, part, sentence)


def _tell_field(trained: Trained, event: Event, name: str) -> tuple[str, Any, str]:
    """A field's label and value, and both in words beside what is typical."""
    declared, value = trained.scenario.event[name], event.get(name)
    typical = trained.card.typical.get(name)
    beside = "" if typical is None else f" (typically {in_words(declared, typical)})"
    return declared.label, value, f"{declared.label}: {in_words(declared, value)}{beside}"


def in_words(declared: Field, value: Any) -> str:
    """A field's value as a person reads it, with its unit.

    >>> from riskcore.core.schema import number, flag
    >>> in_words(number("d", "Duration", unit="s"), 180.0), in_words(flag("r", "Revoked"), 1)
    ('180 s', 'yes')
    """
    if declared.kind == "flag":
        return "yes" if value in (1, "1", True) else "no"
    if isinstance(value, (int, float, np.number)) and declared.numeric:
        shown = f"{float(value):,.4g}" if abs(float(value)) < 1e4 else f"{float(value):,.0f}"
        return f"{shown} {declared.unit}".strip()
    return told(value) or "not given"


def reason_text(trained: Trained, events: pd.DataFrame, explanation: Explanation, most: int) -> list[str]:
    """The strongest reasons of each explained event on one line, for files."""
    return [
        "; ".join(r.sentence.rstrip(".") for r in reasons(trained, event, explanation, row, most))
        for row, event in enumerate(_rows(events))
    ]


def _rows(events: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [{str(k): v for k, v in event.items()} for event in events.to_dict("records")]


@dataclass(frozen=True)
class Step:
    """One band's lower edge and where an event stands: `value >= edge` means that it was reached."""

    action: Action
    measure: str  # in words: "risk", or "P(high or worse)"
    value: float
    edge: float

    @property
    def reached(self) -> bool:
        return self.value >= self.edge

    @property
    def sentence(self) -> str:
        """How far it is.

        >>> Step(Action("review", "Review", "review"), "risk", 0.26, 0.3).sentence
        '0.04 below Review (risk 0.26, from 0.3)'
        """
        side = "above the edge of" if self.reached else "below"
        stands = f"{self.measure} {self.value:.2g}, from {self.edge:g}"
        return f"{abs(self.value - self.edge):.2g} {side} {self.action.label} ({stands})"


def steps(scored: Scored, policy: Policy, row: int = 0) -> list[Step]:
    """Every band that begins above 0, in order of severity, and where the event stands to it."""
    return [
        Step(policy.action(b.action), measure_in_words(b.measure), float(scored.measures[b.measure][row]), b.edge)
        for b in policy.bands
        if b.edge > 0
    ]


def neighbours(scored: Scored, policy: Policy, row: int = 0) -> list[Step]:
    """The steps next to where an event stands: the last that it reached, and the first one after it."""
    ladder = steps(scored, policy, row)
    reached = max((i for i, step in enumerate(ladder) if step.reached), default=-1)
    return ladder[max(0, reached) : reached + 2]


@dataclass(frozen=True)
class Change:
    """One field with another value, and the decision that would follow."""

    field: Field
    before: Any
    after: Any
    action: Action
    risk: float

    @property
    def sentence(self) -> str:
        """The change in words, with the risk that would follow."""
        return (
            f"{self.field.label} {in_words(self.field, self.after)} instead of {in_words(self.field, self.before)} "
            f"would lead to {self.action.label} (risk {self.risk:.2g})."
        )


def smallest_change(trained: Trained, event: Event, policy: Policy, pool: pd.DataFrame) -> Change | None:
    """The smallest change of one field after which a valid event gets a milder action; None where there is none.

    Tried are values that occur in `pool` (validated events), and distance is the share of the pool that lies between.
    One call scores all candidates, so it costs milliseconds.  None also where features or rules look at a past:
    candidates of one moment would be each other's, and a timeline says more.
    """
    if trained.scenario.stateful or policy.repeats:
        return None
    tried = list(_candidates(trained, event, pool))
    changed = [{**_given(trained, event), f.name: value} for f, value, _ in tried]
    frame = trained.scenario.event.frame(_given(trained, event), *changed)
    scored = score(trained, frame)
    actions = decide(scored, policy).decisions.actions
    kept = np.flatnonzero(scored.kept)
    if not len(kept) or kept[0] != 0:
        return None
    better = [(tried[row - 1][2], place) for place, row in enumerate(kept) if row and actions[place] < actions[0]]
    if not better:
        return None
    place = min(better)[1]
    f, value, _ = tried[kept[place] - 1]
    return Change(f, event.get(f.name), value, policy.actions[actions[place]], float(scored.risk[place]))


def _given(trained: Trained, event: Event) -> dict[str, Any]:
    """The event without what follows from other fields, so that a change cannot contradict it."""
    return {f.name: event.get(f.name) for f in trained.scenario.event.fields if not f.follows}


def _candidates(trained: Trained, event: Event, pool: pd.DataFrame) -> Iterator[tuple[Field, Any, float]]:
    """Fields, other values for them, and how far those are from the event's own."""
    for f in trained.scenario.event.fields:
        if f.follows or f.kind in ("text", "time") or f.name == trained.scenario.event.time:
            continue
        column = pool[f.name].dropna()
        if f.kind != "category" and pd.isna(event.get(f.name)):
            continue  # no value is near to none
        if f.kind == "category":
            yield from ((f, choice, 1.0) for choice in f.choices if choice != event.get(f.name))
            continue
        ordered = np.sort(column.to_numpy(dtype=np.float64))
        values = np.unique(np.quantile(ordered, np.linspace(0, 1, CANDIDATES), method="nearest"))
        own = np.searchsorted(ordered, float(event[f.name]))
        for value in values[values != float(event[f.name])]:
            between = abs(int(np.searchsorted(ordered, value)) - int(own)) / max(1, len(ordered))
            yield f, int(value) if f.kind != "number" else float(value), between


def draw(
    events: pd.DataFrame, rng: np.random.Generator, labels: NDArray[np.int64] | None = None, label: int | None = None
) -> int:
    """Place of a random event, of one class if `label` names it; a `DataError` says when there is none."""
    places = np.arange(len(events)) if labels is None or label is None else np.flatnonzero(labels == label)
    if not len(places):
        raise DataError("The data set has no such event.")
    return int(rng.choice(places))


def with_derived(scenario: Scenario, event: Event, scored: Scored) -> dict[str, Any]:
    """A scored event together with the fields that follow from its others."""
    derived = [f.name for f in scenario.event.fields if f.derived]
    return {**event, **{name: _plain(scored.events[name].iloc[0]) for name in derived}}


def event_at(events: pd.DataFrame, row: int) -> dict[str, Any]:
    """One row of a table as an event with plain Python values; missing ones are None."""
    found = {str(name): events[name].iloc[row] for name in events.columns}
    return {name: None if pd.isna(value) else _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
