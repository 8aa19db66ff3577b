"""Ranking metrics equal scikit-learn's, ties included, and their intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics as sk

from riskcore.core.model import Output
from riskcore.services.judging.ranking import GROUPS, rank_key, ranking, score_groups
from tests.judging import two_class


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.1, 0.1001, 0.5, 0.9, 1.0)), st.booleans()), min_size=2, max_size=80))
def test_ranking_metrics_equal_scikit_learns_whatever_ties(rows) -> None:
    score = np.array([s for s, _ in rows])
    positive = np.array([p for _, p in rows])
    assume(positive.any() and not positive.all())
    found = ranking(score, positive, np.random.default_rng(0))
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(positive, score), abs=1e-12)
    assert found["average_precision"].value == pytest.approx(sk.average_precision_score(positive, score), abs=1e-12)
    fpr, tpr, _ = sk.roc_curve(positive, score, drop_intermediate=False)
    for limit in (1, 5):
        expected = tpr[fpr <= limit / 100].max()
        assert found[f"recall_at_{limit}pct_fpr"].value == pytest.approx(expected, abs=1e-12)


def test_many_distinct_scores_are_grouped_without_moving_the_metrics() -> None:
    output, y = two_class(40_000, seed=4, rate=0.5)
    assert len(np.unique(output.risk[y == 1])) > 4 * GROUPS
    found = ranking(output.risk, y > 0, np.random.default_rng(0))
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(y, output.risk), abs=1e-4)
    assert found["average_precision"].value == pytest.approx(sk.average_precision_score(y, output.risk), abs=1e-4)


def test_groups_keep_every_row() -> None:
    output, y = two_class(5_000, seed=5)
    pos, neg = score_groups(np.round(output.risk, 2), y > 0)
    assert (pos.sum(), neg.sum()) == ((y > 0).sum(), (y == 0).sum())


def test_equal_risks_are_ranked_by_the_raw_output() -> None:
    output = Output(raw=np.array([0.3, 0.1, 0.2, 0.9]), risk=np.array([0.5, 0.5, 0.5, 0.1]))
    assert np.argsort(rank_key(output)).tolist() == [3, 1, 2, 0]
    distinct = Output(raw=np.array([9.0, 1.0]), risk=np.array([0.1, 0.2]))
    assert rank_key(distinct).tolist() == [0.1, 0.2]


def test_ranking_intervals_cover_the_true_auc_about_95_times_in_100() -> None:
    # For normal scores with unit spread, d apart, the AUC is Φ(d / √2): 0.8555… at d = 1.5.
    truth, hits, draws = 0.855578, 0, 300
    rng = np.random.default_rng(7)
    for _ in range(draws):
        score = np.concatenate([rng.normal(1.5, 1, 80), rng.normal(0, 1, 300)])
        positive = np.arange(380) < 80
        found = ranking(score, positive, rng)["roc_auc"]
        hits += found.low <= truth <= found.high
    assert 0.91 <= hits / draws <= 0.985  # 4 standard errors below, and not trivially wide
