"""What a rule over time does to events: beside the single-event cut at the same risk, and as part of a policy."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.core.repeats import Repeated
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.scoring import Scored


@dataclass(frozen=True)
class WindowOutcome:
    """A rule over minutes beside the single-event cut at the same risk: alerts, and what they find where known."""

    rule: Repeated
    alert_rate: Metric
    alone_rate: Metric  # alert rate of `risk >= rule.risk` alone
    recall: Metric | None
    alone_recall: Metric | None
    precision: Metric | None
    alone_precision: Metric | None


def judge_window(scored: Scored, rule: Repeated, labels: NDArray[np.integer] | None = None) -> WindowOutcome:
    """What a rule over minutes does to these events, with Wilson intervals."""
    found = scored.met(rule)
    risk = np.asarray(scored.risk)
    alone = risk >= risk.dtype.type(rule.risk)
    rate, alone_rate = (proportion(int(x.sum()), len(x)) for x in (found, alone))
    if labels is None:
        return WindowOutcome(rule, rate, alone_rate, None, None, None, None)
    attack = labels > 0
    recall, alone_recall = (proportion(int((x & attack).sum()), int(attack.sum())) for x in (found, alone))
    precision, alone_precision = (proportion(int((x & attack).sum()), int(x.sum())) for x in (found, alone))
    return WindowOutcome(rule, rate, alone_rate, recall, alone_recall, precision, alone_precision)


def with_rule(policy: Policy, rule: Repeated, action: str) -> Policy:
    """A policy that tries one more rule over time, after its other overrides."""
    name = f"{rule.events} {f'of one {rule.of}' if rule.of else 'together'} in {rule.minutes:g} min"
    return replace(policy, overrides=(*policy.overrides, Override(name=name, when={}, action=action, repeated=rule)))
