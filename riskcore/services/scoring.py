"""The one scoring path: validate → features → risk → decision, for one event or millions."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.model import Output, measures
from riskcore.core.policy import Decisions, Policy
from riskcore.core.repeats import RISK_SCORE, Repeated, columns_read, met
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Validated
from riskcore.core.trained import Trained
from riskcore.core.validation import contradicting

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Scored:
    """Risks of the accepted rows of a table.  Arrays are (k,), k the accepted rows, in the table's order."""

    scenario: Scenario
    validated: Validated
    features: pd.DataFrame  # (k, columns): what the model saw
    output: Output
    version: str
    past: pd.DataFrame | None = None  # earlier events with their `risk_score`; only rules over time read it
    among: "tuple[Scored, NDArray[np.intp]] | None" = None  # where they are rows of others, which count with them

    @property
    def events(self) -> pd.DataFrame:
        return self.validated.events

    @property
    def kept(self) -> NDArray[np.bool_]:
        return self.validated.kept

    @property
    def risk(self) -> NDArray[np.floating]:
        return self.output.risk

    @cached_property
    def measures(self) -> dict[str, NDArray[np.floating]]:
        """What bands are compared with: risk and, with classes, P(class or worse)."""
        return measures(self.output, self.scenario.target.classes)

    def met(self, condition: Repeated) -> NDArray[np.bool_]:
        """Which events (k,) complete a condition over time, as of each of them; worked out once."""
        if self.among is not None:
            whole, rows = self.among
            return whole.met(condition)[rows]
        if condition not in self._met:
            self._met[condition] = met(condition, self.scenario.event, self.events, self.risk, self.past)
        return self._met[condition]

    @cached_property
    def _met(self) -> dict[Repeated, NDArray[np.bool_]]:
        return {}

    def prediction(self) -> NDArray[np.intp]:
        """Most probable class number (k,)."""
        if self.output.probabilities is None:
            return (self.risk >= 0.5).astype(np.intp)
        return np.asarray(self.output.probabilities.argmax(axis=1))


@dataclass(frozen=True)
class Decided:
    """Scored rows with the action of each and the rule that led there."""

    scored: Scored
    policy: Policy
    decisions: Decisions

    def action_keys(self) -> NDArray[np.object_]:
        """Key of the action of each accepted row."""
        return np.array([a.key for a in self.policy.actions], dtype=object)[self.decisions.actions]

    def counts(self) -> dict[str, int]:
        """How many accepted rows got each action, mildest first, zeros included."""
        found = np.bincount(self.decisions.actions, minlength=len(self.policy.actions))
        return {a.key: int(c) for a, c in zip(self.policy.actions, found, strict=True)}


def score(trained: Trained, events: pd.DataFrame, history: pd.DataFrame | None = None) -> Scored:
    """Risks of a table of events; rows that break a rule are left out and told in `validated`.

    Pure: nothing is written, the input is not changed, and a row's risk does not depend on its neighbours.  Raises
    `DataError` where the table as a whole cannot be used.
    """
    return score_validated(trained, trained.scenario.event.validate(events), history)


def score_validated(trained: Trained, validated: Validated, history: pd.DataFrame | None = None) -> Scored:
    """Risks of the accepted rows of a table that is validated already."""
    scenario = trained.scenario
    features = scenario.features(validated.events, history)
    return Scored(scenario, validated, features, trained.model.predict(features), trained.version)


def decide(scored: Scored, policy: Policy, history: pd.DataFrame | None = None) -> Decided:
    """Actions under a policy.  Trying another policy needs no re-scoring.

    Rules over time read `history`, earlier events with their `risk_score`, beside the scored events themselves.
    """
    if history is not None:
        scored = replace(scored, past=history, among=None)
    return Decided(scored, policy, policy.decide(scored.measures, scored.events, scored.met))


class InTurn:
    """Decides about chunk after chunk as about all in one piece.

    Where the policy has rules over time, each chunk sees the risks of all before it that a window reaches, and of
    `history`.  Chunks must then come in order of time (`DataError`), or one would miss what belongs to its past.
    """

    def __init__(self, policy: Policy, history: pd.DataFrame | None = None) -> None:
        self.policy = policy
        self._past: pd.DataFrame | None = history
        self._done: pd.DataFrame | None = None

    def __call__(self, scored: Scored) -> Decided:
        """Actions for the next chunk."""
        reach = self.policy.reach
        if reach is None:
            return decide(scored, self.policy)
        timed, past = _timed(scored, self.policy), self._past
        if len(timed):
            _check_order(scored.scenario, self._done, timed, "the policy has a rule over time")
            known = timed if past is None else pd.concat([past, timed], join="inner", ignore_index=True)
            self._past, self._done = _within(scored.scenario, known, timed, reach), timed
        return decide(scored, self.policy, past)


def remembered(
    trained: Trained, policy: Policy, events: pd.DataFrame, pool: pd.DataFrame, known: pd.DataFrame | None = None
) -> pd.DataFrame | None:
    """Of a pool of typed events those that the policy's rules over time may count before `events`, with their risks.

    None where it has no such rule.  Features of the pool look at `known`, or at the pool itself.
    """
    if policy.reach is None:
        return None
    scenario = trained.scenario
    asked = _before(scenario, events, pool, policy.reach, {r.of for r in policy.repeats}).reset_index(drop=True)
    return with_risks(trained, asked, related(scenario, asked, pool if known is None else known))


def _timed(scored: Scored, policy: Policy) -> pd.DataFrame:
    """What rules over time will read of these events: those that have a time, with their risks."""
    event = scored.scenario.event
    table = scored.events[columns_read(event, policy.repeats)].assign(**{RISK_SCORE: np.asarray(scored.risk)})
    return table[table[event.time].notna()]


def with_risks(trained: Trained, events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """Validated events with the `risk_score` that the model gives each as of its own time: a past for `decide`."""
    scored = score(trained, events, history)
    return scored.events.assign(**{RISK_SCORE: np.asarray(scored.risk, dtype=np.float64)})


class InProcess(Executor):
    """Runs each task when it is submitted, in the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def score_stream(
    trained: Trained,
    chunks: Iterable[pd.DataFrame],
    executor: Executor | None = None,
    ahead: int = 2,
    history: pd.DataFrame | None = None,
) -> Iterator[Scored]:
    """Scored chunks in the order of the input, at most `ahead` of them in memory; the same numbers as in one piece.

    `executor` is anything with `submit`: threads, processes, later a cluster.  Without one, chunks are scored in turn.

    Where features look at past events, chunks are scored in turn, each with `history` (validated events) and all
    earlier chunks that its lookback reaches; they must then come in order of time (`DataError`), or one would miss what
    belongs to its past.  A row that bears the name of an event of `history` and differs from it is bad.
    """
    if trained.scenario.stateful:
        yield from _score_in_turn(trained, chunks, history)
        return
    executor = executor or InProcess()
    waiting: deque[Future[Scored]] = deque()
    work = partial(_score_beside, trained, history, past=None)
    for chunk in chunks:
        waiting.append(executor.submit(work, chunk))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _score_in_turn(trained: Trained, chunks: Iterable[pd.DataFrame], history: pd.DataFrame | None) -> Iterator[Scored]:
    """Chunks in order of (time, identifier), each scored with what came before."""
    scenario, past, done = trained.scenario, history, None
    for chunk in chunks:
        scored = _score_beside(trained, history, chunk, past)
        if len(scored.events):
            assert scenario.lookback is not None
            _check_order(scenario, done, scored.events, f"{scenario.title} looks at past events")
            past = scored.events if past is None else pd.concat([past, scored.events], ignore_index=True)
            past, done = _within(scenario, past, scored.events, scenario.lookback), scored.events
        yield scored


def _score_beside(
    trained: Trained, history: pd.DataFrame | None, chunk: pd.DataFrame, past: pd.DataFrame | None
) -> Scored:
    """A chunk scored with a past; rows that bear the name of an event of `history` and differ from it are bad."""
    event = trained.scenario.event
    validated = event.validate(chunk)
    if history is not None and event.id is not None:
        differs = contradicting(validated.events, history, event.id)
        validated = validated.without(differs, event.id, "names an event of the history that differs")
    return score_validated(trained, validated, past)


def _check_order(scenario: Scenario, past: pd.DataFrame | None, events: pd.DataFrame, why: str) -> None:
    """Raise a `DataError` where an event precedes one of the chunk before, and why that matters."""
    if past is None:
        return
    order = [name for name in (scenario.event.time, scenario.event.id) if name]
    time = order[0]
    last = past.loc[past[time] == past[time].max(), order].max()
    first = events.loc[events[time] == events[time].min(), order].min()
    if tuple(first) < tuple(last):
        raise DataError(
            f"An event of {first[time]} comes after one of {last[time]}, and {why}. "
            f"Sort the rows by {' and '.join(order)}."
        )


def _within(scenario: Scenario, past: pd.DataFrame, done: pd.DataFrame, span: timedelta) -> pd.DataFrame:
    """The events that others, later than those that are done, can still see."""
    time = scenario.event.time
    seen: pd.DataFrame = past[past[time] >= scenario.event.earlier(done[time].max(), span)]
    return seen


def related(scenario: Scenario, events: pd.DataFrame, pool: pd.DataFrame) -> pd.DataFrame | None:
    """Of a pool of typed events those that features of `events` may look at: of their entities, within the lookback.

    None for scenarios that look at no past.
    """
    if scenario.lookback is None or scenario.event.time is None:
        return None
    return _before(scenario, events, pool, scenario.lookback, scenario.entities)


def _before(
    scenario: Scenario, events: pd.DataFrame, pool: pd.DataFrame, span: timedelta, names: Iterable[str]
) -> pd.DataFrame:
    """Of a pool the events that some others may look back at: within the span, and with a value of theirs in one of
    these fields, or whatever their values where one of the names is empty.  No rows where `events` have no time."""
    time = scenario.event.time
    assert time is not None  # or there were no lookback, and `check_policy` had refused a rule over time
    first, last = scenario.event.earlier(events[time].min(), span), events[time].max()
    near = ((pool[time] >= first) & (pool[time] <= last)).to_numpy(dtype=bool)
    alike: NDArray[np.bool_] = np.zeros(len(pool), dtype=bool)
    for name in names:
        alike |= pool[name].isin(events[name].dropna()).to_numpy(dtype=bool) if name else near
    found: pd.DataFrame = pool[near & alike]
    return found
