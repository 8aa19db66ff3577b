"""One threshold judged whole: errors, workload and money with intervals, the optimum beside it, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.deciding.capacity import Workload, workload
from riskcore.services.deciding.grids import pushed
from riskcore.services.deciding.prior import reweighted
from riskcore.services.deciding.resampling import Intervals, intervals
from riskcore.services.judging.estimates import FEW_POSITIVES, Metric
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, exact, joint, movable, sweep


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a threshold.  `threshold` None: the one in force; `band` None: the mildest above the first."""

    band: int | None = None
    threshold: float | None = None
    capacity: float | None = None  # alerts a day that people can work
    prior: float | None = None  # share of attacks in production
    seed: int = 0
    replicates: int | None = None

    def to_mapping(self) -> dict[str, Any]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class Answer:
    """The outcome at one threshold, and the sweep of all others it can be compared with.

    Both are re-weighted and under the capacity, where there are such; `numbers` is what surfaces show.
    """

    policy: Policy
    swept: Sweep
    spread: Intervals
    numbers: Mapping[str, Any]


def answer(
    scored: Scored, policy: Policy, costs: Costs, labels: NDArray[np.integer] | None, question: Question
) -> Answer:
    """Judge the threshold that is asked about.

    `numbers`: `threshold`, `n`, `positives`, `recall`, `precision`, `false_alarm_rate` and `cost` (each with `value`,
    `low`, `high`), `alerts_per_day` (without those that nobody gets to), `optimum`, `capacity`, `prior`,
    `policy_hash`, `model_version`; None where not defined.  Where two cut-offs move together, thresholds are by
    measure.  `n` and `positives` count the events as they are, before re-weighting.
    """
    asked = policy if question.threshold is None else at_threshold(scored, policy, question)
    point = exact(scored, asked, costs, labels)
    one, load, workers = _judge(point, scored, labels, question)
    spread = intervals(point, scored, labels, question.prior, workers, question.replicates, question.seed)
    raw = sweep(scored, policy, costs, labels, question.band)
    swept, _, served = _judge(raw, scored, labels, question)
    wide = intervals(raw, scored, labels, question.prior, served, question.replicates, question.seed)
    told = spread.at(one, 0)
    numbers: dict[str, Any] = {
        "threshold": _threshold(asked, swept),
        "n": swept.n,
        "positives": None if labels is None else int((labels > 0).sum()),
    }
    numbers |= {name: _plain(told.get(name)) for name in ("recall", "precision", "false_alarm_rate")}
    alerts = told["alerts_per_day"]
    numbers["alerts_per_day"] = None if alerts is None else alerts.value
    cost = told.get("cost")
    numbers["cost"] = None if cost is None else cost.to_mapping() | {"currency": costs.currency}
    numbers["optimum"] = _optimum(swept, wide)
    numbers["capacity"] = None if load is None else load.at(0)
    numbers["prior"] = question.prior
    numbers |= {"policy_hash": asked.fingerprint(), "model_version": scored.version}
    return Answer(asked, swept, wide, numbers)


def caveats(found: Answer, labels: NDArray[np.integer] | None) -> list[str]:
    """What a person should know of these numbers before trusting them, as sentences."""
    if labels is None:
        return ["These events carry no labels: alerts are counted, and recall, precision and cost are not known."]
    attacks = int((labels > 0).sum())
    if attacks in (0, len(labels)):
        only = found.swept.classes[0] if not attacks else "attacks"
        return [
            f"All {len(labels):,} events are {only}, so recall or false alarms have nothing to be a share of, "
            "precision says nothing of the model, and no threshold is cheapest."
        ]
    said = []
    if found.swept.costs.free:
        said.append("Every outcome costs nothing, so no threshold is cheapest. Enter what outcomes cost.")
    elif found.spread.optimum is None:
        said.append("Every threshold costs the same, so none is cheapest.")
    if attacks < FEW_POSITIVES:
        noun = "attack is" if attacks == 1 else "attacks are"
        said.append(f"Only {attacks} {noun} among these events: read the intervals, not the values.")
    return said


def at_threshold(scored: Scored, policy: Policy, question: Question) -> Policy:
    """The policy with one edge at the threshold, the others pushed along where they would cross."""
    bands = movable(policy)
    threshold = question.threshold
    if threshold is None or not bands:
        return policy
    band = bands[0] if question.band is None else question.band
    if band not in bands:
        raise DataError(f"Band {band} cannot be moved; these can: {', '.join(map(str, bands))}.")
    if not 0 < threshold <= 1:
        raise DataError(f"The threshold is {threshold:g}; it must be above 0 and at most 1.")
    if joint(policy):
        return policy.with_edges({band: threshold})
    value = np.asarray(scored.measures[policy.bands[band].measure])
    _, edges = pushed(policy, band, np.array([float(threshold)]), value.dtype)
    if not len(edges):
        raise DataError(f"At {threshold:g} there is no room for the harsher bands above it; choose less.")
    return policy.with_edges({i: float(e) for i, e in enumerate(edges[0]) if i})


def _judge(
    raw: Sweep, scored: Scored, labels: NDArray[np.integer] | None, question: Question
) -> tuple[Sweep, Workload | None, NDArray[np.float64] | None]:
    """A sweep re-weighted and under the capacity, its workload, and the share of outcomes that people get to."""
    if question.capacity is None:
        return reweighted(raw, question.prior), None, None
    found = workload(raw, scored, labels, question.capacity, question.prior)
    return found.swept, found, found.served


def _threshold(asked: Policy, swept: Sweep) -> Any:
    edges = {axis.measure: asked.bands[axis.band].edge for axis in swept.axes}
    return edges if len(edges) > 1 else next(iter(edges.values()))


def _optimum(swept: Sweep, spread: Intervals) -> dict[str, Any] | None:
    if spread.optimum is None:
        return None
    parts = {"threshold": "value", "low": "low", "high": "high"}
    told = {name: [getattr(best, part) for best in spread.optimum] for name, part in parts.items()}
    if len(swept.axes) == 1:
        return {name: values[0] for name, values in told.items()}
    measures = [axis.measure for axis in swept.axes]
    return {name: dict(zip(measures, values, strict=True)) for name, values in told.items()}


def _plain(metric: Metric | None) -> dict[str, float] | None:
    return None if metric is None else metric.to_mapping()
