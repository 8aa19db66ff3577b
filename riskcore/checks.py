"""What every scenario promises, as checks that run it: in the tests, and by `riskcore check KEY`.

A check's docstring is the promise.  It raises `BrokenPromise` with what it saw; the tests hold a broken twin of a
scenario for each check, which it must reject.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError, RiskcoreError
from riskcore.core.scenario import Generated, Scenario
from riskcore.core.trained import Trained
from riskcore.services import explaining, scoring, training
from riskcore.services.evaluation import evaluate, rank_key, score_groups
from riskcore.stores.registry import CARD, Registry

ROWS = 6_000  # of the sample that checks look at
FEW = 40  # rows scored one by one
SEED = 11
RISK_TOLERANCE = 1e-6  # float32 sums depend on how many rows a library takes at a time
EXPLANATION_TOLERANCE = 1e-5  # float32 margins
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


class BrokenPromise(AssertionError):  # noqa: N818  (it is a finding, not an error of the program)
    """What a check saw, as a sentence."""


@dataclass(frozen=True)
class Outcome:
    """Result of one check: `ok` is also true for a failure that the scenario declares as an exception."""

    check: str
    promise: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Subject:
    """A scenario under check; data and models are made when first needed, and shared between checks."""

    scenario: Scenario

    @cached_property
    def sample(self) -> Generated:
        return self.scenario.synthesize(ROWS, SEED)

    @cached_property
    def training(self) -> training.Training:
        made = self.scenario.synthesize(self.scenario.training_rows, seed=0)
        events = self.scenario.event.accept(made.events)
        return training.train(self.scenario, events, made.labels, training.Plan(), {}, WRITTEN)

    @cached_property
    def trained(self) -> Trained:
        return self.training.trained

    def risks(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> NDArray[np.floating]:
        return scoring.score(self.trained, events, history).risk

    @cached_property
    def typed(self) -> pd.DataFrame:
        """The sample as history would hold it."""
        return self.scenario.event.accept(self.sample.events)


Check = Callable[[Subject], None]


def same_seed_same_rows(subject: Subject) -> None:
    """The same seed gives the same events and labels, another seed gives others."""
    again, other = (subject.scenario.synthesize(ROWS, seed) for seed in (SEED, SEED + 1))
    _promise(subject.sample.events.equals(again.events), "the same seed gave other events")
    _promise(np.array_equal(subject.sample.labels.label, again.labels.label), "the same seed gave other labels")
    _promise(not subject.sample.events.equals(other.events), "another seed gave the same events")


def generated_events_are_valid(subject: Subject) -> None:
    """Every generated event passes the scenario's own schema, and there are as many as were asked for."""
    events = subject.sample.events
    _promise(len(events) == ROWS == len(subject.sample.labels.label), f"{len(events)} events for {ROWS} asked for")
    rejects = subject.scenario.event.validate(events).rejects()
    _promise(rejects.empty, f"{len(rejects)} problems, the first: {rejects.head(1).to_dict('records')}")


def generated_events_are_unique(subject: Subject) -> None:
    """No two generated events are equal in every field."""
    twice = int(subject.sample.events.duplicated().sum())
    _promise(twice == 0, f"{twice} of {ROWS} events stand twice")


def labels_stay_apart(subject: Subject) -> None:
    """Generated events carry declared fields only: no label, kind of attack or true probability."""
    extra = sorted(set(subject.sample.events.columns) - set(subject.scenario.event.names))
    _promise(not extra, f"undeclared columns travel with the events: {', '.join(extra)}")


def undeclared_columns_reach_no_feature(subject: Subject) -> None:
    """Columns that are not fields, the label among them, change no risk."""
    events = subject.sample.events.head(FEW)
    target = subject.scenario.target
    named = [name for name in (target.name, *target.aliases) if name]
    extra = dict.fromkeys((*named, "attack", "p_true"), subject.sample.labels.label[:FEW])
    _promise(
        np.array_equal(subject.risks(events), subject.risks(events.assign(**extra))), "a label column changed the risk"
    )


def true_probabilities_are_true(subject: Subject) -> None:
    """In every decile of `p_true` the labels' mean is within 4 standard errors of it, for each class."""
    p, y = subject.sample.labels.p_true, subject.sample.labels.label
    if p is None:
        return
    _promise(bool(np.allclose(p.sum(axis=1), 1, atol=1e-9)), "true probabilities do not sum to 1")
    for c in range(p.shape[1]):
        for part in np.array_split(np.argsort(p[:, c], kind="stable"), 10):
            said, seen = p[part, c], y[part] == c
            error = np.sqrt((said * (1 - said)).sum()) / len(part)
            off = abs(seen.mean() - said.mean())
            # A handful of expected events is no normal distribution; one event more or less is always allowed.
            _promise(
                off <= 4 * error + 1 / len(part),
                f"class {c}: p_true says {said.mean():.4f}, {seen.mean():.4f} was seen (standard error {error:.4f})",
            )


def data_is_worth_learning_from(subject: Subject) -> None:
    """At least 10 % of the rows have no class with a true probability of 0.9 or more: classes overlap."""
    p = subject.sample.labels.p_true
    if p is None:
        return
    unclear = float((p.max(axis=1) < 0.9).mean())
    _promise(unclear >= 0.1, f"only {unclear:.1%} of the rows are unclear")


def no_single_feature_gives_the_label_away(subject: Subject) -> None:
    """No feature alone ranks harmful above harmless events with an AUC above the scenario's limit."""
    X = subject.scenario.features(subject.scenario.event.accept(subject.sample.events))
    harmful = subject.sample.labels.label > 0
    limit = subject.scenario.floors.single_field_auc
    for name in X.columns:
        values = _ranked(X[name], harmful)
        if values is None or harmful.all() or not harmful.any():
            continue
        auc = _auc(values, harmful)
        _promise(max(auc, 1 - auc) <= limit, f"{name} alone reaches an AUC of {max(auc, 1 - auc):.3f}, limit {limit}")


def features_change_nothing(subject: Subject) -> None:
    """Making features does not change the events, and gives numbers, categories or keys, one row per event."""
    events = subject.scenario.event.accept(subject.sample.events)
    before = events.copy()
    X = subject.scenario.features(events)
    _promise(events.equals(before), "the events were changed")
    _promise(len(X) == len(events), f"{len(X)} rows of features for {len(events)} events")
    sound = (pd.CategoricalDtype, pd.StringDtype)
    others = sorted({str(t) for t in X.dtypes if t != np.float32 and not isinstance(t, sound)})
    _promise(not others, f"features hold {', '.join(others)}")


def batch_size_cannot_be_seen(subject: Subject) -> None:
    """Scored alone with its past, in chunks or together, an event gets the same risk."""
    events = subject.sample.events.head(10 * FEW)
    together = subject.risks(events)
    chunks = [events.iloc[i : i + 7] for i in range(0, len(events), 7)]
    cut = np.concatenate([part.risk for part in scoring.score_stream(subject.trained, chunks)])
    rows = np.linspace(0, len(events) - 1, FEW).astype(np.int64)
    past = subject.typed.head(len(events)) if subject.scenario.stateful else None
    alone = np.concatenate([subject.risks(events.iloc[[i]], past) for i in rows])
    _same(together, cut, "chunks of 7 rows give other risks")
    _same(together[rows], alone, "single events get other risks")


def only_its_own_past_is_seen(subject: Subject) -> None:
    """Later events, and those of other entities, change no risk."""
    scenario, typed = subject.scenario, subject.typed
    if not scenario.stateful:
        return
    events = typed.iloc[len(typed) // 2 :][: 10 * FEW]
    time = scenario.event.time
    before = typed[typed[time] <= events[time].max()]
    own = subject.risks(events, scoring.related(scenario, events, before))
    _same(own, subject.risks(events, before), "events of other entities changed the risk")
    _same(own, subject.risks(events, typed), "later events changed the risk")


def names_of_entities_carry_nothing(subject: Subject) -> None:
    """Where past events are looked at, renaming every entity changes no risk: its name says nothing."""
    scenario = subject.scenario
    if not scenario.stateful:
        return
    events = subject.sample.events.head(50 * FEW)
    renamed = events.copy()
    for entity in scenario.entities:
        names = events[entity].dropna().unique()
        words = np.random.default_rng(SEED).permutation(len(names))
        renamed[entity] = events[entity].map(dict(zip(names, [f"renamed-{w}" for w in words], strict=True)))
    _same(subject.risks(events), subject.risks(renamed), "renamed entities get other risks")


def row_order_changes_nothing(subject: Subject) -> None:
    """Shuffled events get the same risks, in their new order."""
    events = subject.sample.events.head(10 * FEW)
    order = np.random.default_rng(SEED).permutation(len(events))
    _same(subject.risks(events)[order], subject.risks(events.iloc[order]), "shuffled events get other risks")


def bad_rows_disturb_no_others(subject: Subject) -> None:
    """A row that breaks a rule is told with its place, and the others are scored as without it."""
    schema = subject.scenario.event
    events = subject.sample.events.head(FEW).reset_index(drop=True)
    spoilable = [f.name for f in schema.fields if (f.numeric or f.kind == "time") and not f.derived]
    if not spoilable:  # anything is a good value of an open category
        return
    broken = spoilable[0]
    spoiled = events.astype({broken: object})
    spoiled.loc[3, broken] = "broken"
    scored = scoring.score(subject.trained, spoiled)
    told = [(v.field, v.rows.tolist()) for v in scored.validated.violations]
    _promise(told == [(broken, [3])], f"a bad {broken} in row 3 was told as {told}")
    _same(scored.risk, subject.risks(events.drop(index=3)), "other rows got other risks beside a bad one")


def every_problem_is_told(subject: Subject) -> None:
    """One row with every numeric field infinite has each of them told, not just the first."""
    schema = subject.scenario.event
    numeric = [f.name for f in schema.fields if f.numeric and not f.derived]
    event = subject.sample.events.head(1).astype(dict.fromkeys(numeric, "float64"))
    event[numeric] = np.inf
    told = {v.field for v in schema.validate(event).violations}
    _promise(told >= set(numeric), f"not told: {', '.join(sorted(set(numeric) - told))}")


def risks_are_probabilities(subject: Subject) -> None:
    """Risks lie in [0, 1], class probabilities sum to 1, and higher is riskier."""
    scored = scoring.score(subject.trained, subject.sample.events)
    risk, p = scored.risk, scored.output.probabilities
    _promise(bool(((risk >= 0) & (risk <= 1)).all()), f"risks run from {risk.min():g} to {risk.max():g}")
    _promise(p is None or bool(np.allclose(p.sum(axis=1), 1, atol=1e-5)), "class probabilities do not sum to 1")
    harmful = subject.sample.labels.label > 0
    if harmful.any() and not harmful.all():
        auc = _auc(rank_key(scored.output), harmful)
        _promise(auc > 0.5, f"harmful events get lower risks (AUC {auc:.3f})")


def explanations_add_up(subject: Subject) -> None:
    """Base and contributions add up to the raw output, every feature comes from a declared field."""
    explanation = explaining.explain(subject.trained, subject.sample.events.head(FEW))
    _promise(explanation.error() <= EXPLANATION_TOLERANCE, f"the parts miss the output by {explanation.error():.2g}")
    fields, _ = explanation.by_field()
    unknown = sorted(set(fields) - set(subject.scenario.event.names))
    _promise(not unknown, f"features are told as {', '.join(unknown)}, which are no fields")


def training_repeats(subject: Subject) -> None:
    """The same events, plan and seed give a model with the same risks."""
    events = subject.scenario.event.accept(subject.sample.events)
    first, second = (
        training.train(subject.scenario, events, subject.sample.labels, training.Plan(seed=3), {}, WRITTEN)
        for _ in range(2)
    )
    risks = [scoring.score(t.trained, events.head(FEW)).risk for t in (first, second)]
    _promise(bool(np.abs(risks[0] - risks[1]).max() <= 1e-12), "the second training gives other risks")


def models_survive_storage(subject: Subject) -> None:
    """A stored model loads with the same risks, and no file of it is a pickle."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        stored = registry.save(subject.trained, subject.training.probe)
        loaded = registry.load(subject.scenario, stored.version)
        events = subject.sample.events.head(FEW)
        _same(subject.risks(events), scoring.score(loaded, events).risk, "the loaded model gives other risks")
        for name in stored.card.files:
            head = (Path(folder) / subject.scenario.key / stored.version / name).read_bytes()[:2]
            # Protocols 2 and later of pickle begin so; joblib's files do, too.
            _promise(not (head[:1] == b"\x80" and head[1:2] <= b"\x05"), f"{name} is a pickle")


def changed_models_are_refused(subject: Subject) -> None:
    """A stored model with one byte changed, in any of its files, is refused with the file's name."""
    with TemporaryDirectory() as folder:
        registry = Registry(Path(folder))
        stored = registry.save(subject.trained, subject.training.probe)
        registry.promote(subject.scenario.key, stored.version)
        for name in (*stored.card.files, CARD):
            path = Path(folder) / subject.scenario.key / stored.version / name
            content = path.read_bytes()
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
            try:
                registry.load(subject.scenario)
            except ModelIntegrityError as error:
                _promise(name in str(error), f"the refusal of {name} does not name it: {error}")
            else:
                raise BrokenPromise(f"{name} with a changed byte was loaded.")
            path.write_bytes(content)


def presets_are_good_events(subject: Subject) -> None:
    """There are presets, each a valid event, and the default policy answers at least two of them differently."""
    scenario = subject.scenario
    _promise(len(scenario.presets) >= 2, "there are fewer than two presets")
    actions = set()
    for name, event in scenario.presets.items():
        table = scenario.event.accept(scenario.event.frame(event))
        scored = scoring.score(subject.trained, table, scenario.past(name))
        actions.add(scoring.decide(scored, scenario.policy).action_keys()[0])
    _promise(len(actions) > 1, f"every preset is answered with {', '.join(actions)}")


def knobs_are_checked(subject: Subject) -> None:
    """Named recipes are valid, an unknown knob and a value out of range are refused."""
    scenario = subject.scenario
    for recipe in scenario.recipes.values():
        scenario.turn(recipe)
    bad = {"no such knob": 1} | {k.key: k.high + 1 for k in scenario.knobs if k.kind != "shares"}
    for key, value in bad.items():
        try:
            scenario.synthesize(10, SEED, {key: value})
        except DataError:
            continue
        raise BrokenPromise(f"Knob {key} = {value} was accepted.")


def quality_reaches_its_floors(subject: Subject) -> None:
    """The default model, trained on the default recipe, reaches every declared floor on fresh events."""
    fresh = subject.scenario.synthesize(subject.scenario.training_rows, seed=SEED)
    scored = scoring.score(subject.trained, fresh.events)
    found = evaluate(scored.output, fresh.labels.label, subject.scenario.target.classes)
    for name, floor in subject.scenario.floors.metrics.items():
        _promise(name in found, f"there is no metric {name}")
        _promise(found[name].value >= floor, f"{name} is {found[name].value:.4f}, floor {floor}")


CHECKS: tuple[Check, ...] = (
    same_seed_same_rows,
    generated_events_are_valid,
    generated_events_are_unique,
    labels_stay_apart,
    undeclared_columns_reach_no_feature,
    true_probabilities_are_true,
    data_is_worth_learning_from,
    no_single_feature_gives_the_label_away,
    features_change_nothing,
    batch_size_cannot_be_seen,
    only_its_own_past_is_seen,
    names_of_entities_carry_nothing,
    row_order_changes_nothing,
    bad_rows_disturb_no_others,
    every_problem_is_told,
    risks_are_probabilities,
    explanations_add_up,
    training_repeats,
    models_survive_storage,
    changed_models_are_refused,
    presets_are_good_events,
    knobs_are_checked,
    quality_reaches_its_floors,
)


def outcome(subject: Subject, check: Check) -> Outcome:
    """Run one check.  A declared exception must still fail: once it passes, the exception has to go."""
    promise = (check.__doc__ or "").strip()
    excuse = subject.scenario.exceptions.get(check.__name__)
    try:
        check(subject)
    except (BrokenPromise, RiskcoreError) as error:
        return Outcome(check.__name__, promise, excuse is not None, f"{error} {f'Excused: {excuse}' if excuse else ''}")
    if excuse is not None:
        return Outcome(check.__name__, promise, False, f"It passes now; remove the exception '{excuse}'.")
    return Outcome(check.__name__, promise, True)


def run(scenario: Scenario) -> Iterator[Outcome]:
    """All checks of a scenario, as they end; an exception for a check that does not exist is a failure itself."""
    names = {check.__name__ for check in CHECKS}
    for name in sorted(set(scenario.exceptions) - names):
        yield Outcome(name, "", False, "An exception is declared for a check that does not exist.")
    subject = Subject(replace(scenario))
    for check in CHECKS:
        yield outcome(subject, check)


def _ranked(values: pd.Series, harmful: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """A feature as numbers that can be ranked: categories by their share of harm, missing values lowest; no keys."""
    if isinstance(values.dtype, pd.StringDtype):
        return None
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy() + 1
        shares = np.bincount(codes, weights=harmful) / np.maximum(np.bincount(codes), 1)
        return np.asarray(shares[codes], dtype=np.float64)
    ranked: NDArray[np.float64] = np.nan_to_num(values.to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    return ranked


def _promise(kept: bool, seen: str) -> None:
    if not kept:
        raise BrokenPromise(f"{seen[0].upper()}{seen[1:]}.")


def _same(a: NDArray[np.floating], b: NDArray[np.floating], seen: str) -> None:
    off = float(np.abs(a - b).max(initial=0.0)) if len(a) == len(b) else np.inf
    _promise(off <= RISK_TOLERANCE, f"{seen}, by up to {off:.2g}")


def _auc(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    pos, neg = score_groups(score, positive)
    below = len(positive) - int(positive.sum()) - np.cumsum(neg)
    return float((pos * (below + neg / 2)).sum() / (pos.sum() * neg.sum()))
