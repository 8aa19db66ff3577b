"""The same cut-off for different people: gaps between segments, thresholds of their own, and the price of parity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.fields import in_digits
from riskcore.core.policy import Decisions, Policy
from riskcore.services.deciding.cell_draws import MOST_GROUPS, REPLICATES, entity_of, joined, picked
from riskcore.services.deciding.prior import by_bayes, odds_ratio
from riskcore.services.deciding.replay import Movement, compare
from riskcore.services.deciding.resampling import intervals
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Decided, Scored, decide
from riskcore.services.thresholds import movable, sweep

Rate = Literal["recall", "false_alarm_rate"]
RATES: tuple[Rate, ...] = ("recall", "false_alarm_rate")
FEWEST = 30  # events that a share must be of; below, even a share of one half is known to ±18 points only
MOST_SEGMENTS = 20
PARTS = 4  # a column of many numbers is cut into so many parts of equal size


@dataclass(frozen=True)
class Segment:
    """One segment under one way of deciding.  A share of fewer than 30 events is refused: it and its gap are None.

    `gaps`: by how much each share is above that of all other events, with a paired interval.
    """

    name: str
    n: int
    attacks: int
    rates: Mapping[str, Metric | None]  # recall, false_alarm_rate
    gaps: Mapping[str, Metric | None]

    @property
    def refused(self) -> str:
        """Why a share is not told, or nothing."""
        honest = self.n - self.attacks
        few = [f"{count:,} {noun}" for count, noun in ((self.attacks, "attacks"), (honest, "honest")) if count < FEWEST]
        return f"Too few: {' and '.join(few)}; a share needs {FEWEST}." if few else ""


def split_by(scored: Scored, column: str) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """The segment of each event (n,), and the segments' names: a column's values, or its quarters if it is of numbers.

    Missing values are a segment of their own.  Raises `DataError` for a column of too many values.
    """
    if column not in scored.scenario.event.names:
        raise UnknownKeyError("field", column, scored.scenario.event.names)
    values = scored.events[column]
    if scored.scenario.event[column].kind == "time":
        raise DataError(f"{column} is a time; choose another column to make segments of.")
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_SEGMENTS:
        values = _parted(values)
    if values.nunique() > MOST_SEGMENTS:
        raise DataError(f"{column} has {values.nunique():,} values; segments are made of at most {MOST_SEGMENTS}.")
    code, names = pd.factorize(values, sort=True)
    told = [str(name) for name in names]
    if (code < 0).any():
        code, told = np.where(code < 0, len(told), code), [*told, "missing"]
    return code.astype(np.intp), tuple(told)


def _parted(values: pd.Series) -> pd.Series:
    """Which of four equally large parts each number is in, by name, in their order."""
    parts = pd.qcut(values, PARTS, duplicates="drop")
    ends = [in_digits(part.right) for part in parts.cat.categories]
    names = [f"above {a}, up to {b}" for a, b in pairwise(ends[:-1])]
    names = [f"up to {ends[0]}", *names, *(f"above {end}" for end in ends[-2:-1])]
    return parts.cat.rename_categories(names)


def segments(decided: Decided, labels: NDArray[np.integer], column: str, seed: int = 0) -> tuple[Segment, ...]:
    """Recall and false-alarm rate in each segment of a column, and how far each is from all others.

    Intervals draw entities where there are any, and are never narrower than Wilson's.
    """
    code, names = split_by(decided.scored, column)
    attack, alert = labels > 0, decided.decisions.actions > 0
    # Four counts of each segment: honest, false alarms, attacks, caught.
    kind = 2 * attack + alert
    unit, _ = entity_of(decided.scored)
    rng = np.random.default_rng(seed)
    group, groups = joined(np.arange(len(code)) if unit is None else unit, MOST_GROUPS, rng)
    size = 4 * len(names)
    sums = np.bincount(group * size + code * 4 + kind, minlength=groups * size).reshape(groups, size)
    drawn = (picked(groups, REPLICATES, rng) @ sums).reshape(REPLICATES, len(names), 4)
    counts = sums.sum(axis=0).reshape(len(names), 4)
    return tuple(_segment(i, name, counts, drawn) for i, name in enumerate(names))


def _segment(place: int, name: str, counts: NDArray[Any], drawn: NDArray[np.float64]) -> Segment:
    others, drawn_others = counts.sum(axis=0) - counts[place], drawn.sum(axis=1) - drawn[:, place]
    rates: dict[str, Metric | None] = {}
    gaps: dict[str, Metric | None] = {}
    for rate, first in (("recall", 2), ("false_alarm_rate", 0)):
        own, rest = (c[first : first + 2] for c in (counts[place], others))
        if own.sum() < FEWEST:
            rates[rate] = gaps[rate] = None
            continue
        share, other = proportion(int(own[1]), int(own.sum())), proportion(int(rest[1]), int(rest.sum()))
        spread, spread_others = (_share(d[:, first : first + 2]) for d in (drawn[:, place], drawn_others))
        rates[rate] = _wider(share.value, spread, share.low, share.high)
        if rest.sum() < FEWEST:
            gaps[rate] = None
            continue
        gap = share.value - other.value
        # Newcombe's interval (1998) of the difference of two independent shares is the least it can be.
        low = gap - np.hypot(share.value - share.low, other.high - other.value)
        high = gap + np.hypot(share.high - share.value, other.value - other.low)
        gaps[rate] = _wider(gap, spread - spread_others, low, high)
    return Segment(name, int(counts[place].sum()), int(counts[place, 2:].sum()), rates, gaps)


def _share(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(drawn[:, 1] / np.maximum(drawn.sum(axis=1), 1))


def _wider(value: float, drawn: NDArray[np.float64], low: float, high: float) -> Metric:
    least, most = np.quantile(drawn, [0.025, 0.975])
    return Metric(value, min(float(least), low), max(float(most), high))


@dataclass(frozen=True)
class Own:
    """The cheapest threshold of one segment alone; None where it is not defined or the segment is too small."""

    name: str
    n: int
    attacks: int
    threshold: Metric | None


def own_thresholds(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer],
    column: str,
    band: int | None = None,
    *,
    prior: float | None = None,
) -> tuple[Own, ...]:
    """The threshold of least cost in each segment, with its interval; segments with under 30 attacks are refused.

    `prior` is of all events together: attacks become as much rarer in every segment, so that segments keep their
    differences.  No capacity is looked at, as people work for all segments together.
    """
    code, names = split_by(scored, column)
    odds = odds_ratio(labels, prior)
    found = []
    for place, name in enumerate(names):
        rows = np.flatnonzero(code == place)
        attacks, threshold = int((labels[rows] > 0).sum()), None
        if attacks >= FEWEST:
            part = rows_of(scored, rows)
            swept = sweep(part, policy, costs, labels[rows], band)
            real = None if prior is None or attacks == len(rows) else by_bayes(attacks / len(rows), odds)
            best = intervals(swept, part, labels[rows], real).optimum
            threshold = None if best is None else best[0]
        found.append(Own(name, len(rows), attacks, threshold))
    return tuple(found)


@dataclass(frozen=True)
class Parity:
    """Thresholds by segment that give all of them the same rate, and what that costs.

    `movement` compares the common threshold (A) with these (B); its `cost` is the price of parity.  Segments that are
    too small, and those `held` by a neighbouring band's edge, do not reach the rate.
    """

    rate: Rate
    value: float  # that all segments should have
    thresholds: Mapping[str, float]
    kept: tuple[str, ...]  # segments too small to have a threshold of their own
    held: tuple[str, ...]
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]
    movement: Movement


def parity(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer],
    column: str,
    rate: Rate = "false_alarm_rate",
    band: int | None = None,
    *,
    capacity: float | None = None,
    prior: float | None = None,
) -> Parity:
    """Thresholds of one band by segment, so that each has the rate that the common one gives to all events together.

    The rate is of events that reach the band (`measure >= edge`); ties keep it from being met exactly.  `capacity` and
    `prior` are those that the price is told under, see `replay.compare`.
    """
    if rate not in RATES:
        raise UnknownKeyError("rate", rate, RATES)
    band = movable(policy)[0] if band is None else band
    code, names = split_by(scored, column)
    value = np.asarray(scored.measures[policy.bands[band].measure])
    base = (labels > 0) == (rate == "recall")
    if base.sum() < FEWEST:
        raise DataError(f"Only {base.sum()} events count towards the {rate}; parity needs {FEWEST}.")
    common = float((value[base] >= policy.bands[band].edge).mean())
    low, high = _room(policy, band, value.dtype)
    thresholds, kept, held = {}, [], []
    common_way = decide(scored, policy)
    actions, rules = common_way.decisions.actions.copy(), common_way.decisions.rules.copy()
    for place, name in enumerate(names):
        rows = np.flatnonzero(code == place)
        ours = np.sort(value[rows][base[rows]])[::-1]
        if len(ours) < FEWEST:
            kept.append(name)
            thresholds[name] = policy.bands[band].edge
            continue
        k = round(common * len(ours))
        wanted = float(ours[k - 1]) if k else float(np.nextafter(ours[0], value.dtype.type(2)))
        thresholds[name] = min(max(wanted, low), high)
        if thresholds[name] != wanted:
            held.append(name)
        moved = decide(rows_of(scored, rows), policy.with_edges({band: thresholds[name]})).decisions
        actions[rows], rules[rows] = moved.actions, moved.rules
    after = Decided(scored, policy, Decisions(actions, rules))
    return Parity(
        rate,
        common,
        thresholds,
        tuple(kept),
        tuple(held),
        segments(common_way, labels, column),
        segments(after, labels, column),
        compare(common_way, after, costs, labels, capacity=capacity, prior=prior),
    )


def _room(policy: Policy, band: int, dtype: np.dtype[Any]) -> tuple[float, float]:
    """The lowest and highest edge that a band may have between its neighbours on the same measure."""
    measure = policy.bands[band].measure
    below = max((b.edge for b in policy.bands[:band] if b.measure == measure), default=0.0)
    above = min((b.edge for b in policy.bands[band + 1 :] if b.measure == measure), default=2.0)
    low = float(np.nextafter(dtype.type(below), dtype.type(2)))
    return low, min(1.0, float(np.nextafter(dtype.type(above), dtype.type(0))))


def rows_of(scored: Scored, rows: NDArray[np.intp]) -> Scored:
    """Some of the scored events, by position; rules over time still count all of them."""
    output = scored.output
    sliced: dict[str, Any] = {
        name: None if (values := getattr(output, name)) is None else values[rows]
        for name in ("raw", "risk", "probabilities", "sums")
    }
    validated = replace(
        scored.validated,
        events=scored.events.iloc[rows].reset_index(drop=True),
        kept=np.ones(len(rows), dtype=bool),
        violations=(),
    )
    features = scored.features.iloc[rows] if len(scored.features) else scored.features
    return replace(
        scored, validated=validated, features=features, output=replace(output, **sliced), among=(scored, rows)
    )
