"""The one scoring path: validate → features → risk → decision, for one event or millions."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.policy import Decisions, Policy
from riskcore.core.scenario import Output, Scenario, measures
from riskcore.core.schema import Validated
from riskcore.core.trained import Trained

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


def decide(scored: Scored, policy: Policy) -> Decided:
    """Actions under a policy.  Trying another policy needs no re-scoring."""
    return Decided(scored, policy, policy.decide(scored.measures, scored.events))


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
    belongs to its past.
    """
    if trained.scenario.stateful:
        yield from _score_in_turn(trained, chunks, history)
        return
    executor = executor or InProcess()
    waiting: deque[Future[Scored]] = deque()
    work = partial(score, trained)
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
        scored = score(trained, chunk, past)
        if len(scored.events):
            _check_order(scenario, done, scored.events)
            past = scored.events if past is None else pd.concat([past, scored.events], ignore_index=True)
            past, done = _within(scenario, past, scored.events), scored.events
        yield scored


def _check_order(scenario: Scenario, past: pd.DataFrame | None, events: pd.DataFrame) -> None:
    """Raise a `DataError` where an event precedes one of the chunk before."""
    if past is None:
        return
    order = [name for name in (scenario.event.time, scenario.event.id) if name]
    time = order[0]
    last = past.loc[past[time] == past[time].max(), order].max()
    first = events.loc[events[time] == events[time].min(), order].min()
    if tuple(first) < tuple(last):
        raise DataError(
            f"An event of {first[time]} comes after one of {last[time]}, and {scenario.title} looks at past events. "
            f"Sort the rows by {' and '.join(order)}."
        )


def _within(scenario: Scenario, past: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """The events that others, later than those that are done, can still see."""
    assert scenario.lookback is not None
    time = scenario.event.time
    seen: pd.DataFrame = past[past[time] >= scenario.event.earlier(done[time].max(), scenario.lookback)]
    return seen


def related(scenario: Scenario, events: pd.DataFrame, pool: pd.DataFrame) -> pd.DataFrame | None:
    """Of a pool of typed events those that features of `events` may look at: of their entities, within the lookback.

    None for scenarios that look at no past.
    """
    if scenario.lookback is None or scenario.event.time is None:
        return None
    time = scenario.event.time
    first = scenario.event.earlier(events[time].min(), scenario.lookback)
    near = (pool[time] >= first) & (pool[time] <= events[time].max())
    mine: NDArray[np.bool_] = np.zeros(len(pool), dtype=bool)
    for entity in scenario.entities:
        mine |= pool[entity].isin(events[entity].dropna()).to_numpy(dtype=bool)
    found: pd.DataFrame = pool[near.to_numpy(dtype=bool) & mine]
    return found
