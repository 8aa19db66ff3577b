"""Selective labels: what production would see of these events, where a stopped event shows no outcome.

An honest event that was stopped never proves its honesty, and an attack that was stopped never its guilt (Lakkaraju et
al. 2017).  What is then measured, and any threshold chosen on it, is of the events that were let through.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.deciding.prior import odds_ratio, reweighted, share_of_attacks
from riskcore.services.deciding.segments import rows_of
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Scored, decide
from riskcore.services.thresholds import joint, sweep


@dataclass(frozen=True)
class Selective:
    """What is true of n labelled events beside what would be seen, with Wilson intervals.

    `optimum` and `seen_optimum` are the thresholds of least cost of the first movable band, on all events and on those
    that show an outcome; `trust_costs` is the money lost by using the second.  None where they are not defined.
    All but recall and what is hidden, which is counted as it is, are told at the prior.
    """

    hidden: int  # events that show no outcome
    hidden_attacks: int
    attack_rate: Metric
    seen_attack_rate: Metric
    recall: Metric
    seen_recall: Metric
    precision: Metric
    seen_precision: Metric
    optimum: float | None
    seen_optimum: float | None
    trust_costs: float | None

    @property
    def sentence(self) -> str:
        """In words."""
        return (
            f"{self.hidden:,} stopped events show no outcome, {self.hidden_attacks:,} attacks among them: the rate "
            f"looks like {self.seen_attack_rate.value:.3%} instead of {self.attack_rate.value:.3%}, and recall like "
            f"{self.seen_recall.value:.1%} instead of {self.recall.value:.1%}."
        )


def selective(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer],
    band: int | None = None,
    *,
    prior: float | None = None,
) -> Selective:
    """What a policy hides of its own effect.  Raises `DataError` where it stops nothing, so that all is seen.

    `prior`: share of attacks in production, see `prior.reweighted`.  Every alert is taken to be worked.
    """
    actions = decide(scored, policy).decisions.actions
    stopping = [policy.code(a.key) for a in policy.actions if a.effect == "stop"]
    seen = np.flatnonzero(~np.isin(actions, stopping))
    if len(seen) == len(labels):
        raise DataError("The policy stops none of these events, so every outcome would be seen.")
    attack, alert = labels > 0, actions > 0
    both = (np.arange(len(labels)), seen)
    odds = odds_ratio(labels, prior)
    rate, seen_rate = (share_of_attacks(int(attack[rows].sum()), len(rows), odds) for rows in both)
    if prior is not None:
        rate = Metric(prior, prior, prior)  # as stated, not estimated
    caught = attack & alert
    recall, seen_recall = (proportion(int(caught[rows].sum()), int(attack[rows].sum())) for rows in both)
    precision, seen_precision = (
        share_of_attacks(int(caught[rows].sum()), int(alert[rows].sum()), odds) for rows in both
    )
    priors = (None, None) if prior is None else (prior, seen_rate.value)
    optimum, seen_optimum, trust_costs = _optima(scored, policy, costs, labels, seen, band, priors)
    return Selective(
        hidden=len(labels) - len(seen),
        hidden_attacks=int(attack.sum() - attack[seen].sum()),
        attack_rate=rate,
        seen_attack_rate=seen_rate,
        recall=recall,
        seen_recall=seen_recall,
        precision=precision,
        seen_precision=seen_precision,
        optimum=optimum,
        seen_optimum=seen_optimum,
        trust_costs=trust_costs,
    )


def _optima(
    scored: Scored,
    policy: Policy,
    costs: Costs,
    labels: NDArray[np.integer],
    seen: NDArray[np.intp],
    band: int | None,
    priors: tuple[float | None, float | None],  # of all, and of those that are seen
) -> tuple[float | None, float | None, float | None]:
    if joint(policy) or not len(seen):
        return None, None, None
    whole = sweep(scored, policy, costs, labels, band)
    part = sweep(rows_of(scored, seen), policy, costs, labels[seen], band)
    if whole.optimum() is None or part.optimum() is None:
        return None, None, None
    whole, part = (reweighted(swept, prior) for swept, prior in zip((whole, part), priors, strict=True))
    best, chosen = whole.optimum(), part.optimum()
    if best is None or chosen is None or whole.cost is None:
        return None, None, None
    threshold = float(part.axes[0].thresholds[chosen])
    lost = whole.cost[whole.axes[0].nearest(threshold)] - whole.cost[best]
    return float(whole.axes[0].thresholds[best]), threshold, float(lost)
