"""Intervals of shares and means hold what they promise."""

import numpy as np
import pytest

from riskcore.services.judging.estimates import Z, mean, proportion, wilson


@pytest.mark.parametrize(("share", "n"), [(0.5, 40), (0.05, 200), (0.95, 60)])
def test_wilson_intervals_cover_the_true_share(share: float, n: int) -> None:
    hits = np.random.default_rng(8).binomial(n, share, 4_000)
    found = [proportion(int(h), n) for h in hits]
    covered = np.mean([p.low <= share <= p.high for p in found])
    assert 0.93 <= covered <= 0.985


def test_wilson_of_many_shares_is_wilson_of_each_and_ends_where_the_score_test_does() -> None:
    counts = [(0, 10), (3, 10), (9, 10), (10, 10), (0, 0)]
    low, high = wilson(*(np.array(column) for column in zip(*counts, strict=True)))
    for (hits, n), *ends in zip(counts, low, high, strict=True):
        alone = proportion(hits, n)
        assert ends == pytest.approx([alone.low, alone.high])
        for end in ends if n else ():
            assert (hits / n - end) ** 2 == pytest.approx(Z * Z * end * (1 - end) / n, abs=1e-12)
    assert (low[-1], high[-1]) == (0.0, 1.0)


def test_a_share_of_nothing_says_nothing() -> None:
    found = proportion(0, 0)
    assert np.isnan(found.value)
    assert (found.low, found.high) == (0.0, 1.0)
    assert proportion(0, 10).low == 0.0
    assert proportion(10, 10).high == pytest.approx(1.0, abs=1e-12)


def test_mean_intervals_cover_the_true_mean() -> None:
    rng = np.random.default_rng(9)
    found = [mean(rng.exponential(2.0, 200)) for _ in range(2_000)]
    assert 0.92 <= np.mean([m.low <= 2.0 <= m.high for m in found]) <= 0.97
