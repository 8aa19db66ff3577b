"""Curves of ranking and reliability pass through the right points, and few of them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from riskcore.services.judging.curves import MOST_POINTS, card_curves, reliability, roc_and_pr
from tests.judging import TWO, two_class


def test_curves_pass_through_scikit_learns_points_and_are_thinned() -> None:
    output, y = two_class(400, seed=12)
    found = roc_and_pr(np.round(output.risk, 1), y > 0)
    fpr, tpr, _ = sk.roc_curve(y, np.round(output.risk, 1), drop_intermediate=False)
    points = set(zip(found["fpr"].round(12), found["recall"].round(12), strict=True))
    assert set(zip(fpr.round(12), tpr.round(12), strict=True)) <= points
    output, y = two_class(50_000, seed=13, rate=0.5)
    many = roc_and_pr(output.risk, y > 0)
    assert len(many) <= MOST_POINTS
    assert many.iloc[[0, -1]][["fpr", "recall"]].to_numpy().tolist() == [[0, 0], [1, 1]]


def test_reliability_bins_hold_equal_numbers_of_rows_and_all_of_them() -> None:
    output, y = two_class(1_200, seed=14)
    found = reliability(output.risk, y > 0)
    assert found["n"].tolist() == [100] * 12
    assert (found["seen"] * found["n"]).sum() == pytest.approx(y.sum())
    assert (found["said"].diff().dropna() > 0).all()


def test_reliability_of_a_rare_class_looks_closest_at_the_highest_risks() -> None:
    output, y = two_class(4_000, seed=15, rate=0.02)
    found = reliability(output.risk, y > 0)
    assert found["n"].sum() == 4_000
    assert (found["seen"] * found["n"]).sum() == pytest.approx(y.sum())
    assert found["n"].iloc[0] == 2_000
    assert found["n"].iloc[-1] >= 25
    assert found["n"].is_monotonic_decreasing


def test_a_card_keeps_curves_as_lists_and_no_reliability_of_a_percentile() -> None:
    output, y = two_class(1_000, seed=16)
    found = card_curves(output, y, TWO)
    assert set(found) == {"ranking", "reliability"}
    assert len(found["ranking"]["fpr"]) <= 100
    assert (found["ranking"]["fpr"][-1], found["ranking"]["recall"][-1]) == (1.0, 1.0)
    assert set(card_curves(replace(output, likelihood=False), y, TWO)) == {"ranking"}
    assert card_curves(output, y * 0, TWO) == {}
