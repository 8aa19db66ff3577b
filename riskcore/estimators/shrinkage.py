"""How far to trust few observations of one entity: empirical Bayes, the prior's strength estimated by moments.

All functions take sufficient statistics by entity, arrays (k,) or (k, j); entities without observations count for
nothing.  What is counted is for the caller to say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_VARIANCE = 1e-6  # in the column's unit squared: below it, a spread is a rounding error and no scale to divide by
LEAST_SHARE = 1e-4  # of the pooled variance: an entity that never varied so far may yet do so
MOST_FREEDOM = 1e6  # degrees of freedom of a prior that is as good as certain
STRENGTHS = (0.1, 1e6)  # of a prior on rates, in observations


@dataclass(frozen=True)
class Population:
    """What is known of a number before anything is known of the entity."""

    mean: float
    within: float  # variance of an entity's observations about its own mean, pooled
    between: float  # variance of the entities' means
    freedom: float  # degrees of freedom that the pooled variance is worth beside an entity's own


def population(n: Floats, total: Floats, squares: Floats) -> Population:
    """Variance components of k entities from counts, sums and sums of squares about one common origin.

    Within and between by the analysis of variance for unequal groups (Searle, Casella & McCulloch, "Variance
    Components", 1992, section 3.6).  The mean weighs each entity by its credibility (Bühlmann & Straub 1970), so that
    the busiest do not speak for all.
    """
    seen = n > 0
    n, total, squares = n[seen], total[seen], squares[seen]
    if not len(n):
        return Population(0.0, 1.0, 0.0, MOST_FREEDOM)
    mean, rows, k = total / n, n.sum(), len(n)
    inner = np.maximum(squares - total * mean, 0.0)
    middle = total.sum() / rows
    outer = float((n * (mean - middle) ** 2).sum())
    if rows == k or k == 1:  # one observation each, or one entity: the two variances cannot be told apart
        within = max(float(inner.sum() + outer) / max(rows - 1, 1), LEAST_VARIANCE)
        return Population(float(middle), within, 0.0, MOST_FREEDOM)
    within = max(float(inner.sum() / (rows - k)), LEAST_VARIANCE)
    between = max(0.0, (outer - (k - 1) * within) / float(rows - (n**2).sum() / rows))
    weight = n / (n * between + within)
    return Population(float((weight * mean).sum() / weight.sum()), within, between, prior_freedom(n, inner, within))


def prior_freedom(n: Floats, inner: Floats, pooled: float) -> float:
    """How many degrees of freedom the pooled variance is worth, from sums of squares (k,) about own means.

    The less the entities' variances differ beyond chance, the more.  Source: Smyth, "Linear models and empirical Bayes
    methods", 2004, section 6.2: the spread of log variances is trigamma(d/2) of the sample and of the prior.
    """
    from scipy.special import digamma, polygamma

    enough = n >= 3
    if enough.sum() < 2:
        return MOST_FREEDOM
    half = (n[enough] - 1) / 2
    logs = np.log(np.maximum(inner[enough] / (2 * half), LEAST_SHARE * pooled)) - digamma(half) + np.log(half)
    excess = float(logs.var(ddof=1) - polygamma(1, half).mean())
    return min(2 * _inverse_trigamma(excess), MOST_FREEDOM) if excess > 0 else MOST_FREEDOM


def _inverse_trigamma(x: float) -> float:
    """y with trigamma(y) = x, by the Newton steps of Smyth 2004, appendix, which rise to it."""
    from scipy.special import polygamma

    y = 0.5 + 1 / x
    for _ in range(50):
        t = float(polygamma(1, y))
        step = t * (1 - t / x) / float(polygamma(2, y))
        y += step
        if -step < 1e-8 * y:
            break
    return y


def standardised(
    x: NDArray[np.floating], n: Floats, total: Floats, squares: Floats, prior: Population
) -> NDArray[np.floating]:
    """Signed distance (n,) of each x from what its entity leads one to expect, in predictive standard deviations.

    The mean is drawn to the population's by the credibility between / (n·between + within) (Bühlmann 1967), the
    variance to the pooled one by its degrees of freedom; what is left unsure of the mean is added.  An entity never
    seen gets the population's mean, and the variance within and between.
    """
    credit = prior.between / (n * prior.between + prior.within)
    mean = prior.mean + credit * (total - n * prior.mean)
    inner = np.maximum(squares - total**2 / np.maximum(n, 1), 0.0)
    variance = (inner + prior.freedom * prior.within) / (np.maximum(n - 1, 0) + prior.freedom)
    return np.asarray((x - mean) / np.sqrt(variance + credit * prior.within))


def prior_strength(counts: Floats, share: Floats) -> float:
    """How many observations the population's shares (j,) are worth beside an entity's counts (k, j).

    The concentration a of a Dirichlet prior, from overdispersion: with r = 1 / (1 + a), Pearson's statistic of entity i
    has the mean (j − 1)(1 + (n_i − 1) r) (Brier, "Analysis of contingency tables under cluster sampling", 1980).

    >>> alike = np.full((40, 2), 50.0)
    >>> prior_strength(alike, np.array([0.5, 0.5]))  # everybody is like everybody else
    1000000.0
    >>> apart = np.array([[100.0, 0.0], [0.0, 100.0]] * 20)
    >>> prior_strength(apart, np.array([0.5, 0.5]))  # everybody is of one kind or the other
    0.1
    """
    n = counts.sum(axis=1, keepdims=True)
    seen = n[:, 0] > 0
    expected = n[seen] * share
    excess = float(((counts[seen] - expected) ** 2 / expected).sum() / max(len(share) - 1, 1) - seen.sum())
    pairs = float((n[seen] - 1).sum())
    if excess <= 0 or pairs <= 0:
        return STRENGTHS[1]
    alike = min(excess / pairs, 1.0)
    return float(np.clip((1 - alike) / alike, *STRENGTHS))
