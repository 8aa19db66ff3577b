"""What a rule over time does to events: beside the single-event cut at the same risk, and as part of a policy."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.core.repeats import Repeated
from riskcore.services.deciding.days import events_per_day
from riskcore.services.deciding.prior import UNKNOWN, odds_ratio, share_of_attacks
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Scored


@dataclass(frozen=True)
class WindowOutcome:
    """A rule over minutes beside the single-event cut at the same risk: alerts, and what they find where known.

    Alert rates and precision are at the prior where there is one.
    """

    rule: Repeated
    alert_rate: Metric
    alone_rate: Metric  # alert rate of `risk >= rule.risk` alone
    recall: Metric | None
    alone_recall: Metric | None
    precision: Metric | None
    alone_precision: Metric | None
    events_per_day: float

    def alerts_per_day(self, rate: Metric) -> Metric:
        """How many alerts come in a day at an alert rate."""
        return Metric(*(share * self.events_per_day for share in (rate.value, rate.low, rate.high)))


def judge_window(
    scored: Scored, rule: Repeated, labels: NDArray[np.integer] | None = None, prior: float | None = None
) -> WindowOutcome:
    """What a rule over minutes does to these events, with Wilson intervals.

    `prior`: share of attacks in production, which needs labels: `DataError` without.
    """
    found = scored.met(rule)
    risk = np.asarray(scored.risk)
    alone = risk >= risk.dtype.type(rule.risk)
    per_day, _ = events_per_day(scored)
    rate, alone_rate = (proportion(int(x.sum()), len(x)) for x in (found, alone))
    if labels is None:
        if prior is not None:
            raise DataError(UNKNOWN)
        return WindowOutcome(rule, rate, alone_rate, None, None, None, None, per_day)
    attack, odds = labels > 0, odds_ratio(labels, prior)
    recall, alone_recall = (proportion(int((x & attack).sum()), int(attack.sum())) for x in (found, alone))
    precision, alone_precision = (share_of_attacks(int((x & attack).sum()), int(x.sum()), odds) for x in (found, alone))
    if prior is not None:
        rate, alone_rate = (_mixed(x, attack, prior) for x in (found, alone))
    return WindowOutcome(rule, rate, alone_rate, recall, alone_recall, precision, alone_precision, per_day)


def _mixed(alert: NDArray[np.bool_], attack: NDArray[np.bool_], prior: float) -> Metric:
    """The alert rate where attacks have the share `prior`: two independent shares, mixed (Zou & Donner 2008)."""
    parts = ((prior, attack), (1 - prior, ~attack))
    shares = [(weight, proportion(int(alert[of].sum()), int(of.sum()))) for weight, of in parts]
    value = sum(weight * share.value for weight, share in shares)
    below, above = (
        float(np.hypot(*(weight * (getattr(share, end) - share.value) for weight, share in shares)))
        for end in ("low", "high")
    )
    return Metric(value, value - below, value + above)


def with_rule(policy: Policy, rule: Repeated, action: str) -> Policy:
    """A policy that tries one more rule over time, after its other overrides."""
    whose = f"of one {rule.of}" if rule.of else "together"
    count = f"{rule.events}" if rule.among is None else f"{rule.events} of {rule.among}"
    name = f"{count} {whose} in {rule.minutes:g} min"
    return replace(policy, overrides=(*policy.overrides, Override(name=name, when={}, action=action, repeated=rule)))
