"""Each kind of attack is judged against benign events only, event by event and attack by attack."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.schema import EventSchema, flag, text, timestamp
from riskcore.scenarios import session_risk
from riskcore.services.judging.detectability import EDGES, detectability
from riskcore.services.judging.detection import ALL, Truth, detect, truth_of
from riskcore.services.judging.judged import labels_at

EVENT = EventSchema(
    fields=(text("event_id", "Event"), timestamp("at", "When"), text("user", "User"), flag("ok", "Succeeded")),
    id="event_id",
    time="at",
    success="ok",
)
SCENARIO = replace(
    session_risk.SCENARIO,
    event=EVENT,
    entities=("user",),
    policy=replace(session_risk.SCENARIO.policy, overrides=()),
)
BENIGN, LOUD, QUIET = 400, 40, 60  # events; attacks are of ten events each


def made(rng: np.random.Generator) -> tuple[pd.DataFrame, Labels]:
    """Benign events of forty users, four loud attacks and six quiet ones."""
    n = BENIGN + LOUD + QUIET
    attack = np.array([""] * BENIGN + ["loud"] * LOUD + ["quiet"] * QUIET, dtype=object)
    ids = np.array([""] * BENIGN + [f"a{i // 10}" for i in range(LOUD + QUIET)], dtype=object)
    events = EVENT.accept(
        pd.DataFrame(
            {
                "event_id": [f"e{i:04d}" for i in range(n)],
                "at": pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="min"),
                "user": [f"u{i}" for i in rng.integers(0, 40, n)],
                "ok": 0,
            }
        )
    )
    stealth = np.where(attack == "", np.nan, np.where(attack == "loud", 0.1, 0.9))
    return events, Labels((attack != "").astype(np.int64), attack, ids, stealth=stealth)


@pytest.fixture
def example() -> tuple[pd.DataFrame, Labels]:
    return made(np.random.default_rng(0))


@pytest.fixture
def truth(example: tuple[pd.DataFrame, Labels]) -> Truth:
    return truth_of(SCENARIO, *example)


def test_all_attacks_come_first_and_then_the_most_frequent_kind(truth: Truth) -> None:
    assert {kind: len(rows) for kind, rows in truth.kinds.items()} == {ALL: 100, "quiet": 60, "loud": 40}
    assert [len(attacks) for attacks in truth.attacks.values()] == [10, 6, 4]


def test_scores_of_other_kinds_change_nothing_of_a_kind(truth: Truth) -> None:
    rng = np.random.default_rng(1)
    score = rng.random(500)
    other = score.copy()
    other[truth.kinds["quiet"]] = rng.random(QUIET) + 1
    of_loud = [next(one for one in detect(truth, values) if one.kind == "loud") for values in (score, other)]
    assert of_loud[0] == of_loud[1]


def test_a_perfect_score_reaches_every_metric_and_a_constant_one_none(truth: Truth) -> None:
    perfect = np.zeros(500)
    perfect[truth.kinds[ALL]] = 1
    for one in detect(truth, perfect):
        assert one.by_attack is not None
        assert {m.value for m in (*one.by_event.values(), *one.by_attack.values())} == {1.0}
    every = detect(truth, np.zeros(500))[0].by_event
    assert every["roc_auc"].value == 0.5
    assert every["precision_at_95_recall"].value == pytest.approx(0.2)
    assert every["recall_at_1_benign"].value == every["recall_at_95_precision"].value == 0.0


def test_recall_and_precision_agree_with_counting_at_every_threshold(truth: Truth) -> None:
    score = np.round(np.random.default_rng(2).normal(size=500) + np.repeat([0, 1.5], [BENIGN, 100]), 1)
    benign, harmful = score[truth.benign], score[truth.kinds["loud"]]
    found = next(one for one in detect(truth, score) if one.kind == "loud").by_event
    counted = [
        (hits / len(harmful), alarms / len(benign), hits / (hits + alarms))
        for hits, alarms in (((harmful >= t).sum(), (benign >= t).sum()) for t in np.unique(harmful))
    ]
    assert found["recall_at_1_benign"].value == max([r for r, f, _ in counted if f <= 0.01], default=0.0)
    assert found["precision_at_95_recall"].value == max(p for r, _, p in counted if r >= 0.95)
    assert found["recall_at_95_precision"].value == max([r for r, _, p in counted if p >= 0.95], default=0.0)
    pairs = (harmful[:, None] > benign).mean() + (harmful[:, None] == benign).mean() / 2
    assert found["roc_auc"].value == pytest.approx(pairs)


def test_intervals_hold_their_value_and_are_wide_for_few_attacks(truth: Truth) -> None:
    score = np.random.default_rng(3).normal(size=500) + np.repeat([0, 1], [BENIGN, 100])
    found = detect(truth, score)
    assert found
    for one in found:
        assert one.by_attack is not None
        for metric in (*one.by_event.values(), *one.by_attack.values()):
            assert metric.low <= metric.value <= metric.high
        assert one.by_attack["recall_at_1_benign"].high > 0.2


def test_an_alarm_after_the_first_success_catches_no_attack(example: tuple[pd.DataFrame, Labels]) -> None:
    events, labels = example
    third = np.flatnonzero(labels.attack_id == "a1")[2]
    events = events.assign(ok=(np.arange(500) == third).astype(np.int64))
    truth = truth_of(SCENARIO, events, labels)
    caught = {}
    for late in (0, 1):  # the alarm is on the success itself, or on the event after it
        score = np.zeros(500)
        score[third + late] = 1
        one = next(one for one in detect(truth, score) if one.kind == "loud")
        assert one.by_attack is not None
        assert one.by_event["recall_at_1_benign"].value == 1 / LOUD
        caught[late] = one.by_attack["recall_at_1_benign"].value
    assert caught == {0: 1 / 4, 1: 0.0}


def test_the_order_of_rows_changes_nothing_of_what_was_in_time(example: tuple[pd.DataFrame, Labels]) -> None:
    events, labels = example
    events = events.assign(ok=np.random.default_rng(4).integers(0, 2, 500))
    order = np.random.default_rng(5).permutation(500)
    shuffled = labels_at(labels, order)
    in_time = truth_of(SCENARIO, events, labels).in_time
    np.testing.assert_array_equal(truth_of(SCENARIO, events.iloc[order], shuffled).in_time, in_time[order])


def test_careful_attacks_stand_apart_from_crude_ones(truth: Truth) -> None:
    score = np.zeros(500)
    score[truth.kinds["loud"]] = 1
    points = {(p.kind, p.low_stealth): (p.n, p.recall) for p in detectability(truth, score)}
    assert points == {
        (ALL, EDGES[0]): (4, 1.0),
        (ALL, EDGES[-2]): (6, 0.0),
        ("loud", EDGES[0]): (4, 1.0),
        ("quiet", EDGES[-2]): (6, 0.0),
    }


def test_events_without_kinds_or_without_benign_ones_are_refused(example: tuple[pd.DataFrame, Labels]) -> None:
    events, labels = example
    with pytest.raises(DataError, match="does not tell kinds of attack"):
        truth_of(SCENARIO, events, Labels(labels.label))
    rows = np.flatnonzero(labels.label == 1)
    assert labels.attack is not None
    with pytest.raises(DataError, match="0 benign ones and 100 of attacks"):
        truth_of(SCENARIO, events.iloc[rows], Labels(labels.label[rows], labels.attack[rows]))
