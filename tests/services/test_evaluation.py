"""Metrics equal scikit-learn's, ties included, and intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from riskcore.core.errors import DataError
from riskcore.core.scenario import Output
from riskcore.services.evaluation import (
    GROUPS,
    calibration_error,
    evaluate,
    mean,
    proportion,
    rank_key,
    ranking,
    score_groups,
)
from riskcore.services.judging.curves import MOST_POINTS, card_curves, reliability, roc_and_pr

TWO = ("good", "bad")
THREE = ("safe", "medium", "high")


def two_class(n: int, seed: int, rate: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rate).astype(np.int64)
    return 1 / (1 + np.exp(-rng.normal(2 * y - 2, 1.3))), y


@given(st.lists(st.tuples(st.sampled_from((0.0, 0.1, 0.1001, 0.5, 0.9, 1.0)), st.booleans()), min_size=2, max_size=80))
def test_ranking_metrics_equal_scikit_learns_whatever_ties(rows) -> None:
    score = np.array([s for s, _ in rows])
    positive = np.array([p for _, p in rows])
    if positive.all() or not positive.any():
        return
    found = ranking(score, positive, np.random.default_rng(0))
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(positive, score), abs=1e-12)
    assert found["average_precision"].value == pytest.approx(sk.average_precision_score(positive, score), abs=1e-12)
    fpr, tpr, _ = sk.roc_curve(positive, score, drop_intermediate=False)
    for limit in (1, 5):
        expected = tpr[fpr <= limit / 100].max()
        assert found[f"recall_at_{limit}pct_fpr"].value == pytest.approx(expected, abs=1e-12)


def test_two_class_metrics_equal_scikit_learns() -> None:
    risk, y = two_class(3_000, seed=1)
    found = evaluate(Output(risk, risk), y, TWO)
    expected = {
        "roc_auc": sk.roc_auc_score(y, risk),
        "average_precision": sk.average_precision_score(y, risk),
        "accuracy": sk.accuracy_score(y, risk >= 0.5),
        "log_loss": sk.log_loss(y, risk),
        "brier": sk.brier_score_loss(y, risk),
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    for name, metric in found.items():
        assert metric.low <= metric.high
        if name != "calibration_error":  # biased upwards, so its bootstrap may lie above it
            assert metric.low <= metric.value <= metric.high


def test_three_class_metrics_equal_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    p = rng.dirichlet((1, 1, 1), 2_000)
    y = np.array([rng.choice(3, p=row) for row in p])
    severity = p @ np.array([0, 0.5, 1])
    found = evaluate(Output(severity, severity, p), y, THREE)
    said = p.argmax(axis=1)
    recalls = sk.recall_score(y, said, average=None)
    expected = {
        "accuracy": sk.accuracy_score(y, said),
        "log_loss": sk.log_loss(y, p),
        "brier": float(((p - np.eye(3)[y]) ** 2).sum(axis=1).mean()),
        "roc_auc": sk.roc_auc_score(y == 2, p[:, 2]),
        "average_precision": sk.average_precision_score(y == 2, p[:, 2]),
    } | {f"recall_{name}": recalls[c] for c, name in enumerate(THREE)}
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)


def test_float32_probabilities_are_judged_as_they_are() -> None:
    risk, y = two_class(500, seed=3)
    narrow = risk.astype(np.float32)
    found = evaluate(Output(narrow, narrow), y, TWO)
    assert found["log_loss"].value == pytest.approx(sk.log_loss(y, narrow.astype(np.float64)), abs=1e-7)


def test_many_distinct_scores_are_grouped_without_moving_the_metrics() -> None:
    risk, y = two_class(40_000, seed=4, rate=0.5)
    assert len(np.unique(risk[y == 1])) > 4 * GROUPS
    found = ranking(risk, y > 0, np.random.default_rng(0))
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(y, risk), abs=1e-4)
    assert found["average_precision"].value == pytest.approx(sk.average_precision_score(y, risk), abs=1e-4)


def test_groups_keep_every_row() -> None:
    risk, y = two_class(5_000, seed=5)
    pos, neg = score_groups(np.round(risk, 2), y > 0)
    assert (pos.sum(), neg.sum()) == ((y > 0).sum(), (y == 0).sum())


def test_equal_risks_are_ranked_by_the_raw_output() -> None:
    output = Output(raw=np.array([0.3, 0.1, 0.2, 0.9]), risk=np.array([0.5, 0.5, 0.5, 0.1]))
    assert np.argsort(rank_key(output)).tolist() == [3, 1, 2, 0]
    distinct = Output(raw=np.array([9.0, 1.0]), risk=np.array([0.1, 0.2]))
    assert rank_key(distinct).tolist() == [0.1, 0.2]


def test_one_class_only_is_refused_with_its_name() -> None:
    with pytest.raises(DataError, match="All 4 rows have the label 'bad'"):
        evaluate(Output(np.ones(4), np.ones(4)), np.ones(4, dtype=np.int64), TWO)


def test_the_same_seed_repeats_the_intervals() -> None:
    risk, y = two_class(800, seed=6)
    assert evaluate(Output(risk, risk), y, TWO, seed=1) == evaluate(Output(risk, risk), y, TWO, seed=1)


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


@pytest.mark.parametrize(("share", "n"), [(0.5, 40), (0.05, 200), (0.95, 60)])
def test_wilson_intervals_cover_the_true_share(share: float, n: int) -> None:
    hits = np.random.default_rng(8).binomial(n, share, 4_000)
    found = [proportion(int(h), n) for h in hits]
    covered = np.mean([p.low <= share <= p.high for p in found])
    assert 0.93 <= covered <= 0.985


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


def test_calibration_error_is_small_for_honest_risks_and_large_for_others() -> None:
    rng = np.random.default_rng(10)
    risk = rng.random(20_000)
    positive = rng.random(20_000) < risk
    assert calibration_error(risk, positive, rng).value < 0.02
    assert calibration_error(risk**3, positive, rng).value > 0.2


def test_curves_pass_through_scikit_learns_points_and_are_thinned() -> None:
    risk, y = two_class(400, seed=12)
    found = roc_and_pr(np.round(risk, 1), y > 0)
    fpr, tpr, _ = sk.roc_curve(y, np.round(risk, 1), drop_intermediate=False)
    points = set(zip(found["fpr"].round(12), found["recall"].round(12), strict=True))
    assert set(zip(fpr.round(12), tpr.round(12), strict=True)) <= points
    many = roc_and_pr(*two_class(50_000, seed=13, rate=0.5)[:1], two_class(50_000, seed=13, rate=0.5)[1] > 0)
    assert len(many) <= MOST_POINTS
    assert many.iloc[[0, -1]][["fpr", "recall"]].to_numpy().tolist() == [[0, 0], [1, 1]]


def test_reliability_bins_hold_equal_numbers_of_rows_and_all_of_them() -> None:
    risk, y = two_class(1_200, seed=14)
    found = reliability(risk, y > 0)
    assert found["n"].tolist() == [100] * 12
    assert (found["seen"] * found["n"]).sum() == pytest.approx(y.sum())
    assert (found["said"].diff().dropna() > 0).all()


def test_reliability_of_a_rare_class_looks_closest_at_the_highest_risks() -> None:
    risk, y = two_class(4_000, seed=15, rate=0.02)
    found = reliability(risk, y > 0)
    assert found["n"].sum() == 4_000
    assert (found["seen"] * found["n"]).sum() == pytest.approx(y.sum())
    assert found["n"].iloc[0] == 2_000
    assert found["n"].iloc[-1] >= 25
    assert found["n"].is_monotonic_decreasing


def test_a_card_keeps_curves_as_lists_and_no_reliability_of_a_percentile() -> None:
    risk, y = two_class(1_000, seed=16)
    found = card_curves(Output(risk, risk), y, TWO)
    assert set(found) == {"ranking", "reliability"}
    assert len(found["ranking"]["fpr"]) <= 100
    assert (found["ranking"]["fpr"][-1], found["ranking"]["recall"][-1]) == (1.0, 1.0)
    assert set(card_curves(Output(risk, risk, likelihood=False), y, TWO)) == {"ranking"}
    assert card_curves(Output(risk, risk), y * 0, TWO) == {}
