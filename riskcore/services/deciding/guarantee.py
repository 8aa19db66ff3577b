"""A threshold that keeps a promise: recall of at least r with confidence 1 − δ, exact whatever the scores' shape.

With n independent attacks the k-th smallest of their risks is a distribution-free tolerance limit (Wilks 1941): it
misses at most the share 1 − r with probability P(Bin(n, 1 − r) >= k).  k follows from n, r and δ alone, before any risk
is looked at, so nothing is tested many times and nothing has to be corrected.  It is the cut that a sequence of
one-sided Clopper-Pearson tests from the loosest threshold upwards ends at (Angelopoulos et al. 2021, "learn then
test").  Ties count for the threshold (`risk >= threshold`), which can only raise recall.  What is promised is about
attacks like these: drift breaks it.
"""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from riskcore.core.errors import DataError
from riskcore.services.judging.estimates import Metric


@dataclass(frozen=True)
class Guarantee:
    """The highest threshold that keeps the promise, or how many more attacks it would take.

    `allowed`: attacks among these that the threshold may miss.  `recall` is the share found here, with its two-sided
    Clopper-Pearson interval at 95 %.  `threshold` and `recall` are None where the promise cannot be kept: then `more`
    labelled attacks are missing to it, at least.
    """

    wanted: float  # recall
    confidence: float
    attacks: int
    threshold: float | None
    allowed: int | None
    recall: Metric | None
    false_alarm_rate: Metric | None
    alert_rate: float | None
    more: int
    sentence: str


def guarantee(
    measure: NDArray[np.floating],
    attack: NDArray[np.bool_],
    wanted: float,
    confidence: float = 0.95,
    group: NDArray[np.generic] | None = None,
    weight: NDArray[np.float64] | None = None,
) -> Guarantee:
    """The highest cut-off on a measure (n,) whose recall of attacks is at least `wanted` with this confidence.

    `group` (n,): which attack or person an event belongs to.  Then groups are promised, not events: one counts as found
    if any of its events reaches the threshold, and only groups need be independent of one another.  `weight` (n,): how
    much each event counts towards the share that alarms, see `prior.event_weights`; the promise is the same.
    """
    for name, value in (("recall", wanted), ("confidence", confidence)):
        if not 0 < value < 1:
            raise DataError(f"The {name} is {value:g}; it must be above 0 and below 1.")
    risks = _of_groups(np.asarray(measure)[attack], None if group is None else np.asarray(group)[attack])
    n, noun = len(risks), "attacks" if group is None else "groups of attacks"
    needed = attacks_needed(wanted, confidence)
    if n < needed:
        said = (
            f"{n:,} {noun} are too few to promise a recall of {wanted:.4g} with {confidence:.4g} confidence, at any "
            f"threshold: {needed:,} must be known, {needed - n:,} more."
        )
        return Guarantee(wanted, confidence, n, None, None, None, None, None, needed - n, said)
    k = misses_allowed(n, wanted, confidence) + 1
    threshold = float(np.sort(risks)[k - 1])
    cut = np.asarray(measure).dtype.type(threshold)
    alert = np.asarray(measure) >= cut
    found, honest = int((risks >= cut).sum()), int((~attack).sum())
    false = int((alert & ~attack).sum())
    said = (
        f"From {threshold:.6g} upwards at least {wanted:.1%} of all {noun} like these are found, with {confidence:.1%} "
        f"confidence: {found:,} of {n:,} here."
    )
    return Guarantee(
        wanted,
        confidence,
        n,
        threshold,
        k - 1,
        clopper_pearson(found, n),
        clopper_pearson(false, honest) if honest else None,
        float(np.average(alert, weights=weight)),
        0,
        said,
    )


def attacks_needed(wanted: float, confidence: float) -> int:
    """Fewest attacks with which any threshold can promise a recall: none of them may be missed then.

    >>> attacks_needed(0.9, 0.95), attacks_needed(0.99, 0.95)
    (29, 299)
    """
    return ceil(log(_risk(confidence)) / log(wanted))


def misses_allowed(n: int, wanted: float, confidence: float) -> int:
    """How many of n attacks a threshold may miss and still keep the promise; -1 where n is too small.

    >>> [misses_allowed(n, 0.9, 0.95) for n in (28, 29, 46, 120)]
    [-1, 0, 1, 6]
    """
    # Greatest k with P(Bin(n, 1 − wanted) <= k) <= δ.
    delta = _risk(confidence)
    k = int(binom.ppf(delta, n, 1 - wanted)) + 1
    while k >= 0 and binom.cdf(k, n, 1 - wanted) > delta:
        k -= 1
    return k


def _risk(confidence: float) -> float:
    """δ = 1 − confidence, a billionth more: what is lost in the subtraction must not cost an attack."""
    return (1 - confidence) * (1 + 1e-9)


def clopper_pearson(hits: int, n: int, level: float = 0.95) -> Metric:
    """A share and its exact binomial interval (Clopper & Pearson 1934).

    >>> p = clopper_pearson(20, 20); round(p.low, 4), p.high
    (0.8316, 1.0)
    """
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
    high = 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))
    return Metric(hits / n, low, high)


def _of_groups(risks: NDArray[np.floating], group: NDArray[np.generic] | None) -> NDArray[np.floating]:
    """Risks of attacks, or the highest of each group."""
    if group is None or not len(risks):
        return risks
    _, code = np.unique(group.astype(str), return_inverse=True)
    highest = np.zeros(int(code.max()) + 1, dtype=risks.dtype)
    np.maximum.at(highest, code, risks)
    return highest
