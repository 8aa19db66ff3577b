"""Metrics of two and of more classes equal scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as sk

from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.probabilities import calibration_error
from tests.judging import THREE, TWO, three_class, two_class


def test_two_class_metrics_equal_scikit_learns() -> None:
    output, y = two_class(3_000, seed=1)
    found = evaluate(output, y, TWO)
    expected = {
        "roc_auc": sk.roc_auc_score(y, output.risk),
        "average_precision": sk.average_precision_score(y, output.risk),
        "accuracy": sk.accuracy_score(y, output.risk >= 0.5),
        "log_loss": sk.log_loss(y, output.risk),
        "brier": sk.brier_score_loss(y, output.risk),
    }
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    for name, metric in found.items():
        assert metric.low <= metric.high
        if name != "calibration_error":  # biased upwards, so its bootstrap may lie above it
            assert metric.low <= metric.value <= metric.high


def test_three_class_metrics_equal_scikit_learns() -> None:
    output, y = three_class(2_000, seed=2)
    p = output.probabilities
    found = evaluate(output, y, THREE)
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
    output, y = two_class(500, seed=3)
    narrow = output.risk.astype(np.float32)
    found = evaluate(Output(narrow, narrow), y, TWO)
    assert found["log_loss"].value == pytest.approx(sk.log_loss(y, narrow.astype(np.float64)), abs=1e-7)


def test_one_class_only_is_refused_with_its_name() -> None:
    with pytest.raises(DataError, match="All 4 rows have the label 'bad'"):
        evaluate(Output(np.ones(4), np.ones(4)), np.ones(4, dtype=np.int64), TWO)


def test_the_same_seed_repeats_the_intervals() -> None:
    output, y = two_class(800, seed=6)
    assert evaluate(output, y, TWO, seed=1) == evaluate(output, y, TWO, seed=1)


def test_calibration_error_is_small_for_honest_risks_and_large_for_others() -> None:
    rng = np.random.default_rng(10)
    risk = rng.random(20_000)
    positive = rng.random(20_000) < risk
    assert calibration_error(risk, positive, rng).value < 0.02
    assert calibration_error(risk**3, positive, rng).value > 0.2
