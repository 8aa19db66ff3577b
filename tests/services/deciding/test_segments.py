"""Gaps between segments, and the price of closing them."""

import numpy as np
import pytest

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.services.deciding.segments import FEWEST, own_thresholds, parity, rows_of, segments, split_by
from riskcore.services.deciding.selective import selective
from riskcore.services.scoring import decide
from riskcore.services.thresholds import exact
from tests.deciding import COSTS, POLICY, drawn, scored, three_class


def unequal(n: int = 6_000, seed: int = 0):
    """The French look riskier than they are."""
    rows, labels = drawn(n, rate=0.15, seed=seed)
    country = rows.events["country"].to_numpy()
    risk = np.clip(np.asarray(rows.risk) + 0.25 * (country == "FR"), 0, 1)
    return scored(risk, {c: rows.events[c] for c in rows.events}), labels


def test_segments_count_every_event_once_and_tell_its_rates() -> None:
    rows, labels = unequal()
    found = segments(decide(rows, POLICY), labels, "country")
    assert [s.name for s in found] == ["DE", "FR", "IT"]
    assert sum(s.n for s in found) == len(labels)
    for s in found:
        inside = (rows.events["country"] == s.name).to_numpy()
        honest = inside & (labels == 0)
        rate = s.rates["false_alarm_rate"]
        assert rate is not None
        assert rate.value == pytest.approx((np.asarray(rows.risk)[honest] >= 0.3).mean())
        assert rate.low < rate.value < rate.high


def test_a_gap_is_beyond_zero_where_there_is_one() -> None:
    rows, labels = unequal()
    french = segments(decide(rows, POLICY), labels, "country")[1].gaps["false_alarm_rate"]
    assert french is not None
    assert french.low > 0.1
    fair, fair_labels = drawn(6_000, rate=0.15)
    gap = segments(decide(fair, POLICY), fair_labels, "country")[1].gaps["false_alarm_rate"]
    assert gap is not None
    assert gap.low < 0 < gap.high


def test_small_segments_are_refused_with_the_reason() -> None:
    rows = scored([0.5] * 200, {"country": ["DE"] * 190 + ["FR"] * 10})
    labels = np.array([1] * 60 + [0] * 140)
    german, french = segments(decide(rows, POLICY), labels, "country")
    assert german.refused == ""
    assert german.gaps["recall"] is None  # there are no attacks elsewhere to compare with
    assert french.rates == {"recall": None, "false_alarm_rate": None}
    assert "0 attacks and 10 honest" in french.refused


def test_a_column_of_numbers_is_cut_into_quarters_and_missing_values_stand_apart() -> None:
    rows, _ = drawn(400)
    code, names = split_by(rows, "Amount")
    assert np.bincount(code).tolist() == [100] * 4
    ends = np.quantile(rows.events["Amount"], [0.25, 0.5, 0.75])
    assert [float(end) for name in names[:3] for end in name.split("up to ")[1:]] == pytest.approx(ends, rel=1e-2)
    assert names[1].startswith(f"above {names[0].removeprefix('up to ')}, up to ")
    assert names[3] == f"above {names[2].partition('up to ')[2]}"
    often = scored([0.1] * 1_000, {"Amount": np.r_[np.zeros(940), np.arange(1.0, 61.0)]})
    assert split_by(often, "Amount")[1] == ("up to 60",)
    gone = scored([0.1] * 3, {"country": ["DE", None, "FR"]})
    assert split_by(gone, "country")[1] == ("DE", "FR", "missing")


def test_a_column_that_makes_no_segments_is_refused() -> None:
    rows, _ = drawn(100)
    with pytest.raises(DataError, match="100 values"):
        split_by(rows, "user")
    with pytest.raises(UnknownKeyError, match="Did you mean 'country'"):
        split_by(rows, "contry")


def test_parity_gives_every_segment_the_common_rate_and_tells_its_price() -> None:
    rows, labels = unequal()
    found = parity(rows, POLICY, COSTS, labels, "country")
    assert found.thresholds["FR"] > found.thresholds["DE"]
    common = ((np.asarray(rows.risk) >= 0.3) & (labels == 0)).sum() / (labels == 0).sum()
    assert found.value == pytest.approx(common)
    for s in found.after:
        rate = s.rates["false_alarm_rate"]
        assert rate is not None
        assert rate.value == pytest.approx(common, abs=2 / s.n * 10)
    assert found.movement.cost is not None
    assert found.movement.cost.low < found.movement.cost.value < found.movement.cost.high
    assert (found.kept, found.held) == ((), ())


def test_parity_of_recall_is_of_the_attacks() -> None:
    rows, labels = unequal()
    found = parity(rows, POLICY, COSTS, labels, "country", rate="recall")
    shares = [s.rates["recall"].value for s in found.after if s.rates["recall"]]
    before = [s.rates["recall"].value for s in found.before if s.rates["recall"]]
    assert np.ptp(shares) < np.ptp(before)


def test_segments_too_small_for_parity_keep_the_common_threshold() -> None:
    rows, labels = unequal(900)
    few = np.asarray(rows.events["country"].to_numpy(), dtype=object)
    few[np.flatnonzero(few == "IT")[FEWEST - 2 :]] = "DE"
    rows = scored(rows.risk, {"country": few})
    found = parity(rows, POLICY, COSTS, labels, "country")
    assert found.kept == ("IT",)
    assert found.thresholds["IT"] == 0.3


def test_a_threshold_is_held_by_the_band_above_it() -> None:
    rows = scored([0.9] * 100 + [0.1] * 100, {"country": ["DE"] * 100 + ["FR"] * 100})
    found = parity(rows, POLICY, COSTS, np.zeros(200, dtype=np.int64), "country")
    assert "DE" in found.held
    assert found.thresholds["DE"] < 0.8


def test_each_segment_has_a_cheapest_threshold_of_its_own() -> None:
    rows, labels = unequal()
    german, french, _ = own_thresholds(rows, POLICY, COSTS, labels, "country")
    assert german.threshold is not None
    assert french.threshold is not None
    assert french.threshold.value > german.threshold.value
    assert own_thresholds(rows, POLICY, COSTS, np.zeros(len(labels), dtype=np.int64), "country")[0].threshold is None


def test_rarer_attacks_raise_every_segments_own_threshold_and_the_datas_rate_changes_none() -> None:
    rows, labels = unequal()
    plain, own, rare = (
        [s.threshold.value for s in own_thresholds(rows, POLICY, COSTS, labels, "country", prior=prior) if s.threshold]
        for prior in (None, float(labels.mean()), 0.01)
    )
    assert own == pytest.approx(plain)
    assert all(high > low for high, low in zip(rare, plain, strict=True))


def test_some_rows_of_scored_events_are_decided_as_among_all() -> None:
    rows, _ = three_class(60)
    picks = np.array([3, 50, 7])
    policy = rows.scenario.policy
    some, every = decide(rows_of(rows, picks), policy), decide(rows, policy)
    assert some.decisions.actions.tolist() == every.decisions.actions[picks].tolist()


def test_production_sees_fewer_attacks_than_there_are() -> None:
    rows, labels = drawn(5_000, rate=0.2)
    found = selective(rows, POLICY, COSTS, labels)
    stopped = np.asarray(rows.risk) >= 0.8
    assert (found.hidden, found.hidden_attacks) == (stopped.sum(), labels[stopped].sum())
    assert found.attack_rate.value == pytest.approx(labels.mean())
    assert found.seen_attack_rate.value == pytest.approx(labels[~stopped].mean())
    assert found.seen_recall.value < found.recall.value
    assert found.seen_precision.value < found.precision.value
    assert found.trust_costs is not None
    assert found.trust_costs >= 0
    assert "stopped events show no outcome" in found.sentence


def test_what_production_sees_at_a_real_rate_follows_bayes_rule() -> None:
    rows, labels = drawn(5_000, rate=0.2)
    plain, own, rare = (
        selective(rows, POLICY, COSTS, labels, prior=prior) for prior in (None, float(labels.mean()), 0.01)
    )
    for name in ("attack_rate", "seen_attack_rate", "precision", "seen_precision"):
        assert getattr(own, name).value == pytest.approx(getattr(plain, name).value), name
    assert (own.optimum, own.seen_optimum) == (plain.optimum, plain.seen_optimum)
    alert, seen = np.asarray(rows.risk) >= 0.3, np.asarray(rows.risk) < 0.8
    weight = np.where(labels == 1, 0.01 / labels.mean(), 0.99 / (1 - labels.mean()))
    assert rare.attack_rate.value == 0.01
    assert rare.precision.value == pytest.approx(np.average(labels[alert], weights=weight[alert]))
    assert rare.seen_attack_rate.value == pytest.approx(np.average(labels[seen], weights=weight[seen]))
    assert rare.recall == plain.recall
    assert rare.optimum is not None
    assert plain.optimum is not None
    assert rare.optimum > plain.optimum


def test_a_policy_that_stops_nothing_hides_nothing() -> None:
    rows, labels = drawn(100)
    with pytest.raises(DataError, match="every outcome would be seen"):
        selective(rows, POLICY.with_edges({2: 1.0}), COSTS, labels)


def test_three_classes_hide_outcomes_and_tell_no_single_optimum() -> None:
    rows, labels = three_class(2_000)
    found = selective(rows, rows.scenario.policy, rows.scenario.costs, labels)
    assert found.hidden > 0
    assert found.optimum is None
    assert exact(rows, rows.scenario.policy, rows.scenario.costs, labels).n == 2_000
