"""What is wrong, or may be, with a policy: from its text alone, and on the events that it would decide about."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import EFFECTS, Costs
from riskcore.core.errors import DataError, PolicyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy, measure_in_words, policy_from_mapping
from riskcore.core.scenario import Scenario
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.prior import UNKNOWN
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import exact

Level = Literal["error", "warning"]
CLOSEST = 3  # distinct scores that a band must hold, or its two edges cannot be told apart by this model


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at.  An error keeps the policy from being applied."""

    level: Level
    rule: str  # "never hit", "loosens a block", …
    where: str  # "bands[1]", "overrides[0]"; empty for the whole
    sentence: str


@dataclass(frozen=True)
class Judged:
    """A policy on n events: what bands alone would decide, and which events each override matches and decides."""

    policy: Policy
    scored: Scored
    banded: NDArray[np.int8]  # (n,) action by bands alone
    place: NDArray[np.int16]  # (n,) place of the band
    matched: tuple[NDArray[np.bool_], ...]  # by override
    decided: tuple[NDArray[np.bool_], ...]  # by override: it is the first to match


def lint_text(said: object, scenario: Scenario, where: str = "policy") -> tuple[Policy | None, tuple[Finding, ...]]:
    """A policy from parsed YAML or JSON, None where it cannot be one, and every finding from its text alone."""
    try:
        policy = policy_from_mapping(said, where)
        scenario.check_policy(policy)
    except PolicyError as error:
        return None, tuple(Finding("error", "unsound", "", problem) for problem in error.problems)
    return policy, lint(policy, scenario=scenario)


def lint(
    policy: Policy,
    scored: Scored | None = None,
    costs: Costs | None = None,
    capacity: float | None = None,
    scenario: Scenario | None = None,
    *,
    labels: NDArray[np.integer] | None = None,
    prior: float | None = None,
) -> tuple[Finding, ...]:
    """Findings of a policy: from its text and, with scored events, from what it does to them.

    Order, gaps and unknown actions are refused when a policy is made (see `lint_text`).  `costs` and `capacity` (alerts
    a day) say which days have more alerts than fit, at the share of attacks `prior` where `labels` (n,) tell the data's
    own; `DataError` where they are missing.  `scenario`: whose policy it is, where no scored events tell.
    """
    found = [finding for rule in TEXT_RULES for finding in rule(policy)]
    whose = scenario or (scored.scenario if scored is not None else None)
    if whose is not None:
        found += _keeps_no_past(policy, whose)
    if scored is not None and len(scored.events):
        judged = _judge(policy, scored)
        found += [finding for rule in EVENT_RULES for finding in rule(judged)]
        if costs is not None and capacity is not None:
            if prior is not None and labels is None:
                raise DataError(UNKNOWN)
            found += _overflow(policy, scored, costs, capacity, labels, prior)
    return tuple(found)


def _judge(policy: Policy, scored: Scored) -> Judged:
    bands_only = Policy(actions=policy.actions, bands=policy.bands)
    banded = bands_only.decide(scored.measures, scored.events)
    matched = tuple(o.matches(scored.events, scored.met) for o in policy.overrides)
    taken, decided = np.zeros(len(scored.events), dtype=bool), []
    for hits in matched:
        decided.append(hits & ~taken)
        taken |= hits
    return Judged(policy, scored, banded.actions, banded.rules, matched, tuple(decided))


def _warn(rule: str, where: str, sentence: str) -> Finding:
    return Finding("warning", rule, where, sentence)


def _severity_falls(policy: Policy) -> Iterator[Finding]:
    """An action listed as more severe may not have a milder effect."""
    for milder, harsher in pairwise(policy.actions):
        if EFFECTS.index(harsher.effect) < EFFECTS.index(milder.effect):
            yield _warn(
                "severity falls",
                "actions",
                f"'{harsher.key}' is listed as more severe than '{milder.key}', but its effect is {harsher.effect} and "
                f"not {milder.effect}: severity would fall while risk rises.",
            )


def _same_name(policy: Policy) -> Iterator[Finding]:
    names = [o.name for o in policy.overrides]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield _warn("same name", f"overrides[{i}]", f"'{name}' is the name of an earlier override as well.")


def _unreachable(policy: Policy) -> Iterator[Finding]:
    """An override whose every event an earlier one takes."""
    for i, override in enumerate(policy.overrides):
        for earlier in policy.overrides[:i]:
            if covers(earlier, override):
                yield _warn(
                    "unreachable",
                    f"overrides[{i}]",
                    f"'{override.name}' is never reached: every event that it matches is taken by '{earlier.name}' "
                    "before it. Put it first, or remove it.",
                )
                break


def _keeps_no_past(policy: Policy, scenario: Scenario) -> Iterator[Finding]:
    """A rule over time where events are not stored: files are decided by it, and recording one event is refused."""
    if scenario.stateful:
        return
    for i, override in enumerate(policy.overrides):
        if override.repeated is not None:
            yield _warn(
                "keeps no past",
                f"overrides[{i}]",
                f"'{override.name}' looks at past events, and those of {scenario.title} are not stored: files are "
                "decided by it, but recording (--record) is refused.",
            )


def covers(wide: Override, narrow: Override) -> bool:
    """Whether every event that meets `narrow` must meet `wide`, by their conditions alone."""
    if wide.repeated is not None and (narrow.repeated is None or not narrow.repeated.implies(wide.repeated)):
        return False
    return all(column in narrow.when and _within(narrow.when[column], wanted) for column, wanted in wide.when.items())


def _within(inner: Any, outer: Any) -> bool:
    """Whether every value that meets one condition meets the other."""
    if isinstance(outer, Mapping):
        low, high = outer.get("at_least", -np.inf), outer.get("below", np.inf)
        if isinstance(inner, Mapping):
            return bool(inner.get("at_least", -np.inf) >= low and inner.get("below", np.inf) <= high)
        values = inner if isinstance(inner, list) else [inner]
        return all(isinstance(v, (int, float)) and low <= v < high for v in values)
    if isinstance(inner, Mapping):
        return False
    allowed = outer if isinstance(outer, list) else [outer]
    return all(v in allowed for v in (inner if isinstance(inner, list) else [inner]))


def _never_hit(judged: Judged) -> Iterator[Finding]:
    n = len(judged.banded)
    for i, band in enumerate(judged.policy.bands):
        if not (judged.place == i).any():
            yield _warn(
                "never hit",
                f"bands[{i}]",
                f"None of {n:,} events ends in '{band.action}' from {measure_in_words(band.measure)} >= {band.edge:g}.",
            )
    for i, (override, hits) in enumerate(zip(judged.policy.overrides, judged.matched, strict=True)):
        if not hits.any():
            yield _warn(
                "never hit",
                f"overrides[{i}]",
                f"None of {n:,} events meets '{override.name}' ({override.conditions}).",
            )


def _shadowed(judged: Judged) -> Iterator[Finding]:
    """An override that matches, but decides nothing on these events."""
    for i, override in enumerate(judged.policy.overrides):
        matched = int(judged.matched[i].sum())
        covered = any(covers(earlier, override) for earlier in judged.policy.overrides[:i])
        if matched and not judged.decided[i].any() and not covered:
            yield _warn(
                "unreachable",
                f"overrides[{i}]",
                f"'{override.name}' decides none of the {matched:,} events that it matches: earlier ones take them.",
            )


def _loosens(judged: Judged) -> Iterator[Finding]:
    """An override that lets through what the bands would stop."""
    policy = judged.policy
    stops = np.array([a.effect == "stop" for a in policy.actions])
    for i, override in enumerate(policy.overrides):
        loosened = int((judged.decided[i] & stops[judged.banded]).sum())
        if loosened and policy.action(override.action).effect != "stop":
            yield _warn(
                "loosens a block",
                f"overrides[{i}]",
                f"'{override.name}' gives '{override.action}' to {loosened:,} events that the bands would stop.",
            )


def _too_thin(judged: Judged) -> Iterator[Finding]:
    """A band that ends before the score can take a few values in it.

    The topmost one ends where the score does.  A few events there are rare and no sign of it, only ties among them.
    """
    bands = judged.policy.bands
    for measure in judged.policy.measures:
        places = [i for i, b in enumerate(bands) if b.measure == measure and b.edge > 0]
        values, often = np.unique(judged.scored.measures[measure], return_counts=True)
        ends = [*(bands[i].edge for i in places[1:]), np.inf]
        for i, high in zip(places, ends, strict=True):
            low = bands[i].edge
            first, last = np.searchsorted(values, np.asarray([low, high], dtype=values.dtype))
            between = int(last - first)
            tied = high < np.inf or often[first:].sum() >= CLOSEST
            if 0 < between < CLOSEST and tied:
                span = f"from {low:g} to {high:g}" if high < np.inf else f"from {low:g} upwards"
                yield _warn(
                    "too thin",
                    f"bands[{i}]",
                    f"'{bands[i].action}' {span} holds {between} of the {len(values):,} values that "
                    f"{measure_in_words(measure)} takes on these events: it is thinner than the score's resolution.",
                )


def _overflow(
    policy: Policy,
    scored: Scored,
    costs: Costs,
    capacity: float,
    labels: NDArray[np.integer] | None,
    prior: float | None,
) -> Iterator[Finding]:
    known = None if prior is None else labels
    found = workload(exact(scored, policy, costs, known), scored, known, capacity, prior)
    over = int(found.over[0])
    if over:
        busiest = float(found.per_24h[:, 0].max())
        yield _warn(
            "capacity overflow",
            "",
            f"On {over:,} of {len(found.worked) + found.days.empty:,} days there are more alerts than the {capacity:g} "
            f"that fit, up to {busiest:,.0f} in 24 h; {float(found.overflow.sum()):,.0f} would not be worked.",
        )


TEXT_RULES: tuple[Callable[[Policy], Iterator[Finding]], ...] = (_severity_falls, _same_name, _unreachable)
EVENT_RULES: tuple[Callable[[Judged], Iterator[Finding]], ...] = (_never_hit, _shadowed, _loosens, _too_thin)
