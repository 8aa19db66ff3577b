"""How good the model families of a scenario are: learned from one period, judged on a later one and on strangers.

The first 60 % of the time are learned from, the last 30 % are judged, the 10 % in between keep them apart.  Entities
are drawn that no model learns from, so that the later period holds users never seen.  Judged is what users run: score,
then decide under the default policy, with everything that happened before as history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.labels import Labels
from riskcore.core.model import Output
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.estimators.single_field import SingleField
from riskcore.services.judging.detectability import Point, detectability
from riskcore.services.judging.detection import Detected, Truth, detect, truth_of
from riskcore.services.judging.firing import Firing, firing
from riskcore.services.judging.friction import Friction, friction, newcomers
from riskcore.services.judging.judged import in_order, labels_at
from riskcore.services.judging.ranking import rank_key
from riskcore.services.judging.splitting import default_split
from riskcore.services.scoring import Scored, decide, score
from riskcore.services.training import Plan, train
from riskcore.stores.datasets import Dataset

LEARNED, JUDGED = 0.6, 0.3  # shares of the time, at its beginning and at its end
HELD_OUT = 0.3  # of the entities: never learned from
LATER, STRANGERS = "later period", "users never seen"

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """Row numbers of what is learned from, what is only history, and what is judged; each in order of time."""

    how: str  # time or random
    learn: Rows
    between: Rows
    judge: Rows


def cut(scenario: Scenario, events: pd.DataFrame, seed: int) -> Cut:
    """By time where all events have one, less what was not labelled yet when the judged period began; else at random,
    which is called so."""
    how = default_split(scenario, events)
    if how != "time":
        rows = np.random.default_rng(seed).permutation(len(events))
        first, last = round(LEARNED * len(rows)), round((1 - JUDGED) * len(rows))
        return Cut(how, np.sort(rows[:first]), np.sort(rows[first:last]), np.sort(rows[last:]))
    at, order = scenario.event.seconds(events), in_order(scenario, events)
    begin, span = at[order[0]], at[order[-1]] - at[order[0]]
    begins = begin + (1 - JUDGED) * span
    ends = min(begin + LEARNED * span, begins - scenario.target.delay.total_seconds())
    places = np.searchsorted(at[order], [ends, begins])
    learn, between, judge = np.split(order, places)
    if not len(learn) or not len(judge):
        raise DataError(f"{len(events):,} events do not hold an earlier and a later period. Use more of them.")
    return Cut(how, learn, between, judge)


@dataclass(frozen=True)
class Judgement:
    """One model or baseline on one cohort; a baseline decides nothing, so it has no friction."""

    name: str
    role: str  # model or baseline
    detected: tuple[Detected, ...]
    friction: Friction | None
    curve: tuple[Point, ...]

    def to_mapping(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "role": self.role,
            "attacks": [one.to_mapping() for one in self.detected],
            "policy": None if self.friction is None else self.friction.to_mapping(),
            "detectability": [point.to_mapping() for point in self.curve],
        }


@dataclass(frozen=True)
class Cohort:
    """Judged events: all of the later period, or those of entities that no model learned from."""

    name: str
    events: int
    benign: int
    entities: int | None
    judgements: tuple[Judgement, ...]
    firing: tuple[Firing, ...]

    def to_mapping(self) -> dict[str, Any]:
        counts = {"name": self.name, "events": self.events, "benign": self.benign, "entities": self.entities}
        told = {"judged": [j.to_mapping() for j in self.judgements], "signals": [f.to_mapping() for f in self.firing]}
        return counts | told


@dataclass(frozen=True)
class Benchmark:
    """Everything a benchmark found, as values; `to_mapping` is what its JSON holds."""

    scenario: Scenario
    data: Mapping[str, Any]  # rows, seed, knobs, fingerprint
    split: Mapping[str, Any]
    cohorts: tuple[Cohort, ...]

    def to_mapping(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.key,
            "data": dict(self.data),
            "split": dict(self.split),
            "policy": self.scenario.policy.to_mapping(),
            "cohorts": [cohort.to_mapping() for cohort in self.cohorts],
        }


def benchmark(
    scenario: Scenario,
    dataset: Dataset,
    models: Sequence[str],
    seed: int,
    now: datetime,
    progress: Progress = silent,
) -> Benchmark:
    """Train the named families (all of them where none is named) and judge them beside two baselines.

    Nothing is stored.  Raises `DataError` where the events tell no kinds of attack, or too few of them.
    """
    names = list(models) or list(scenario.models)
    unknown = [name for name in names if name not in scenario.models]
    if unknown:
        raise DataError([str(UnknownKeyError("model", name, scenario.models)) for name in unknown])
    if dataset.labels is None or dataset.labels.attack is None:
        raise DataError(f"{scenario.title} does not tell kinds of attack, so there is nothing to compare by them.")
    events, labels = dataset.events, dataset.labels
    parts = cut(scenario, events, seed)
    learned = _Part(events.iloc[parts.learn].reset_index(drop=True), labels_at(labels, parts.learn))
    judged = _Part(events.iloc[parts.judge].reset_index(drop=True), labels_at(labels, parts.judge))
    before = events.iloc[np.concatenate([parts.learn, parts.between])]
    scored: dict[str, Scored] = {}
    completed = pd.DataFrame()
    fit = np.arange(len(learned.events))
    for place, name in enumerate(names):
        progress(0.7 * place / len(names), f"training {name}")
        trained, fit = _trained(scenario, learned, name, seed, dataset, now)
        scored[name] = score(trained, judged.events, before if scenario.stateful else None)
        if not place:  # all that learn a signal learn the same
            completed = trained.model.completed(scored[name].features)
    progress(0.7, "judging")
    told = _Told(scored, _baselines(scenario, learned, fit, next(iter(scored.values()))), completed)
    first = newcomers(scenario, before, judged.events)
    cohorts = [_cohort(LATER, scenario, judged, told, first, np.arange(len(judged.events)), seed)]
    progress(0.9, "judging users never seen")
    if scenario.entities:
        unseen = _strangers(scenario, learned.events, fit, judged.events, seed)
        cohorts.append(_cohort(STRANGERS, scenario, judged, told, first, unseen, seed))
    split = {"how": parts.how, "learned": len(fit), "history": len(before), "judged": len(parts.judge)}
    split |= {"held_out_entities": HELD_OUT if scenario.entities else None}
    progress(1.0, "done")
    return Benchmark(scenario, {"name": dataset.name, **dataset.origin}, split, tuple(cohorts))


@dataclass(frozen=True)
class _Part:
    events: pd.DataFrame
    labels: Labels


@dataclass(frozen=True)
class _Told:
    """What is said of the judged rows by models and by baselines."""

    models: Mapping[str, Scored]
    baselines: Mapping[str, Output]
    features: pd.DataFrame  # completed by the first model


def _trained(
    scenario: Scenario, learned: _Part, name: str, seed: int, dataset: Dataset, now: datetime
) -> tuple[Trained, Rows]:
    """A family trained on the earlier period without the entities that are held out, and the rows it saw."""
    how, share = ("entity", HELD_OUT) if scenario.entities else ("random", 0.0)
    plan = Plan(model=name, seed=seed, split=how, holdout=share)
    training = train(scenario, learned.events, learned.labels, plan, dict(dataset.origin), now)
    return training.trained, np.sort(np.concatenate([training.split.fit, training.split.calibrate]))


def _strangers(scenario: Scenario, learned: pd.DataFrame, fit: Rows, judged: pd.DataFrame, seed: int) -> Rows:
    """Judged rows of a like share of all entities: those held out, and as large a part of those that came later."""
    name = scenario.entities[0]
    early, seen = set(learned[name].dropna()), set(learned[name].iloc[fit].dropna())
    late = sorted(set(judged[name].dropna()) - early)
    drawn = np.random.default_rng(seed).random(len(late)) < HELD_OUT
    chosen = (early - seen) | {who for who, hit in zip(late, drawn, strict=True) if hit}
    return np.flatnonzero(judged[name].isin(chosen))


def _baselines(scenario: Scenario, learned: _Part, fit: Rows, scored: Scored) -> dict[str, Output]:
    """The best rule over one feature, and the share of attacks for everybody."""
    X, y = scenario.features(learned.events).iloc[fit], learned.labels.label[fit]
    rule = SingleField(0).fit(X, y)
    n = len(scored.risk)
    constant = np.full(n, float((y > 0).mean()))
    return {
        f"best single field ({rule.feature_})": rule.predict(scored.features),
        "prevalence": Output(constant, constant),
    }


def _cohort(
    name: str,
    scenario: Scenario,
    judged: _Part,
    told: _Told,
    first: Mapping[str, NDArray[np.bool_]],
    rows: Rows,
    seed: int,
) -> Cohort:
    events = judged.events.iloc[rows].reset_index(drop=True)
    truth = truth_of(scenario, events, labels_at(judged.labels, rows), seed)
    here = {what: mask[rows] for what, mask in first.items()}
    judgements = [_of_model(model, scored, scenario, rows, truth, here) for model, scored in told.models.items()]
    judgements += [_of_baseline(title, output, rows, truth) for title, output in told.baselines.items()]
    entities = int(events[scenario.entities[0]].nunique()) if scenario.entities else None
    fires = firing(scenario, told.features.iloc[rows], truth)
    return Cohort(name, len(rows), len(truth.benign), entities, tuple(judgements), fires)


def _of_model(
    name: str, scored: Scored, scenario: Scenario, rows: Rows, truth: Truth, first: Mapping[str, NDArray[np.bool_]]
) -> Judgement:
    ranked = rank_key(scored.output)[rows]
    met = friction(decide(scored, scenario.policy), rows, truth, first)
    return Judgement(name, "model", detect(truth, ranked), met, detectability(truth, ranked))


def _of_baseline(name: str, output: Output, rows: Rows, truth: Truth) -> Judgement:
    ranked = rank_key(output)[rows]
    return Judgement(name, "baseline", detect(truth, ranked), None, ())
