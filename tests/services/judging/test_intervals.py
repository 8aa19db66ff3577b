"""Bootstrap draws keep units whole and strata full, and pair what is compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from riskcore.core.model import Output
from riskcore.services.evaluation import ERRORS, evaluate, paired_differences, statistic
from riskcore.services.judging.intervals import central, draws, grouping, spread
from riskcore.services.judging.ranking import ranking
from tests.judging import THREE, TWO, three_class, two_class


@given(n=st.integers(2, 60), units=st.integers(1, 20), seed=st.integers(0, 9))
def test_every_draw_takes_whole_units_and_as_many_of_each_stratum_as_there_are(n, units, seed) -> None:
    rng = np.random.default_rng(seed)
    y, unit = rng.integers(0, 2, n), rng.integers(0, units, n)
    drawn = draws(y, unit, replicates=7, seed=seed)
    weights = np.concatenate(list(drawn.blocks()))
    assert weights.shape == (7, n)
    for one in np.unique(unit):
        of_unit = weights[:, unit == one]
        assert (of_unit == of_unit[:, :1]).all()
    worst = {one: y[unit == one].max() for one in np.unique(unit)}
    first = {one: int(np.flatnonzero(unit == one)[0]) for one in worst}
    for stratum in set(worst.values()):
        members = [first[one] for one in worst if worst[one] == stratum]
        assert (weights[:, members].sum(axis=1) == len(members)).all()


def test_rows_whose_unit_is_missing_are_drawn_for_themselves() -> None:
    unit = np.array(["a", None, "a", None, None], dtype=object)
    drawn = draws(np.zeros(5, dtype=np.int64), unit, replicates=50)
    assert drawn.units == 4
    weights = np.concatenate(list(drawn.blocks()))
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] != weights[:, 3]).any()


def test_draws_repeat_by_their_seed_and_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.arange(40) % 2
    whole = np.concatenate(list(draws(y, replicates=30, seed=3).blocks()))
    assert (whole == np.concatenate(list(draws(y, replicates=30, seed=3).blocks()))).all()
    assert (whole != np.concatenate(list(draws(y, replicates=30, seed=4).blocks()))).any()
    monkeypatch.setattr("riskcore.services.judging.intervals.BLOCK", 200)
    blocks = list(draws(y, replicates=30, seed=3).blocks())
    assert [len(b) for b in blocks] == [5] * 6


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=40))
def test_sums_by_group_equal_those_of_a_loop(rows) -> None:
    group = np.array([g for g, _ in rows])
    weights = np.array([[w for _, w in rows], [1.0] * len(rows)], dtype=np.float32)
    expected = [[row[group == g].sum() for g in range(7)] for row in weights]
    assert grouping(group, 7).summed(weights).tolist() == expected
    some = np.flatnonzero(group % 2 == 0)
    expected = [[row[some][group[some] == g].sum() for g in range(7)] for row in weights]
    assert grouping(group, 7, some).summed(weights).tolist() == expected


@pytest.mark.parametrize(("make", "classes"), [(two_class, TWO), (three_class, THREE)])
def test_weighted_statistics_of_all_rows_once_are_the_metrics(make, classes) -> None:
    output, y = make(900, 1)
    found = statistic(output, y, classes)(np.ones((1, 900), dtype=np.float32))
    expected = {name: m.value for name, m in evaluate(output, y, classes).items()}
    assert {name: values[0] for name, values in found.items()} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("make", "classes"), [(two_class, TWO), (three_class, THREE)])
def test_weighted_statistics_equal_those_of_repeated_rows(make, classes) -> None:
    output, y = make(300, 2)
    times = np.random.default_rng(0).integers(0, 4, 300)
    rows = np.repeat(np.arange(300), times)
    p = None if output.probabilities is None else output.probabilities[rows]
    repeated = evaluate(Output(output.raw[rows], output.risk[rows], p), y[rows], classes)
    found = statistic(output, y, classes)(times[None].astype(np.float32))
    expected = {name: m.value for name, m in repeated.items() if name != "calibration_error"}  # its bins would move
    assert {name: found[name][0] for name in expected} == pytest.approx(expected, abs=1e-9)
    if p is None:
        assert found["roc_auc"][0] == pytest.approx(sk.roc_auc_score(y[rows], output.risk[rows]), abs=1e-9)


def test_intervals_by_unit_are_wider_where_rows_repeat_their_person() -> None:
    output, y = two_class(400, 3)
    rows, person = np.repeat(np.arange(400), 5), np.repeat(np.arange(400), 5)
    copied = Output(output.raw[rows], output.risk[rows])
    alone = evaluate(copied, y[rows], TWO)
    together = evaluate(copied, y[rows], TWO, units=person)
    for name in ("roc_auc", "average_precision", "log_loss", "brier", "accuracy"):
        assert together[name].value == alone[name].value
        assert together[name].high - together[name].low > 1.5 * (alone[name].high - alone[name].low)


def test_intervals_by_unit_cover_the_true_auc_where_rows_depend_on_their_person() -> None:
    # Persons, five rows each, share their score but for a little noise: d' = 1.5, so the AUC is Φ(1.5 / √2) = 0.8555.
    rng, hits, repeats = np.random.default_rng(4), 0, 100
    for _ in range(repeats):
        person = np.repeat(np.arange(120), 5)
        positive = person < 40
        score = rng.normal(np.where(np.arange(120) < 40, 1.5, 0.0), 1)[person] + rng.normal(0, 1e-3, 600)
        found = ranking(score, positive, rng, person)["roc_auc"]
        hits += found.low <= 0.855578 <= found.high
    assert hits / repeats >= 0.87


def test_all_of_few_found_does_not_mean_that_the_next_would_be() -> None:
    score, positive = np.r_[np.zeros(200), np.ones(6)], np.r_[np.zeros(200, bool), np.ones(6, bool)]
    for units in (None, np.arange(206)):
        found = ranking(score, positive, np.random.default_rng(0), units)["recall_at_1pct_fpr"]
        assert found.value == 1
        assert found.low < 0.7


def test_a_percentile_is_ranked_and_never_called_a_probability() -> None:
    output, y = two_class(500, 5)
    percentile = Output(output.raw, output.risk, likelihood=False)
    for units in (None, np.arange(500) // 2):
        found = evaluate(percentile, y, TWO, units=units)
        assert set(found) == {"roc_auc", "average_precision", "recall_at_1pct_fpr", "recall_at_5pct_fpr"}


def test_an_anomaly_score_among_three_classes_is_judged_on_the_worst_one() -> None:
    _, y = three_class(600, 6)
    score = np.random.default_rng(0).random(600)
    found = evaluate(Output(score, score, likelihood=False), y, THREE)
    assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(y == 2, score), abs=1e-12)


def test_a_paired_difference_sees_what_two_intervals_would_hide() -> None:
    rng = np.random.default_rng(11)
    y = (rng.random(3_000) < 0.2).astype(np.int64)
    good = rng.normal(2.0 * y, 1)
    worse = good + rng.normal(0, 0.5, 3_000)
    outputs = [Output(s, 1 / (1 + np.exp(-s))) for s in (good, worse)]
    found = paired_differences({"good": outputs[0]}, outputs[1], y, TWO)["good"]
    assert 0 < found["roc_auc"].low < found["roc_auc"].value < found["roc_auc"].high
    apart = [evaluate(o, y, TWO)["roc_auc"] for o in outputs]
    assert apart[0].low < apart[1].high  # each interval alone reaches into the other's


def test_nothing_differs_from_itself_and_differences_turn_with_their_order() -> None:
    (one, y), (other, _) = two_class(800, 7), two_class(800, 8)
    same = paired_differences({"same": one}, one, y, TWO)["same"]
    assert all((m.value, m.low, m.high) == (0, 0, 0) for m in same.values())
    there = paired_differences({"x": one}, other, y, TWO)["x"]
    back = paired_differences({"x": other}, one, y, TWO)["x"]
    for name in there:
        assert (there[name].value, there[name].low) == pytest.approx((-back[name].value, -back[name].high))
    assert set(ERRORS) < set(there)


def test_a_model_is_compared_in_what_both_are_judged_by() -> None:
    output, y = two_class(400, 9)
    percentile = Output(output.raw, output.risk, likelihood=False)
    found = paired_differences({"x": output}, percentile, y, TWO)["x"]
    assert set(found) == set(evaluate(percentile, y, TWO))


def test_spread_gives_one_value_for_each_draw_and_the_middle_of_them() -> None:
    output, y = two_class(300, 10)
    found = spread(draws(y, replicates=64), {"x": statistic(output, y, TWO)})["x"]
    assert {len(values) for values in found.values()} == {64}
    assert central(np.arange(1, 1_000.0)) == pytest.approx((25.95, 974.05))
