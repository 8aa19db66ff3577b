"""User behaviour: anomalies are odd for their user only, and a baseline finds what a model without one misses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from riskcore.core.errors import DataError
from riskcore.core.labels import Generated
from riskcore.core.model import RiskModel
from riskcore.scenarios.user_behavior import SCENARIO
from riskcore.scenarios.user_behavior.event import EVENT
from riskcore.scenarios.user_behavior.generator import DAYS, EVENTS_EACH
from riskcore.scenarios.user_behavior.kinds import KINDS
from riskcore.scenarios.user_behavior.people import people

KIND_NAMES = [kind.name for kind in KINDS]


@pytest.fixture(scope="module")
def training() -> Generated:
    return SCENARIO.synthesize(SCENARIO.training_rows, seed=0)


@pytest.fixture(scope="module")
def judged() -> Generated:
    return SCENARIO.synthesize(SCENARIO.training_rows, seed=1)


@pytest.fixture(scope="module")
def model(training: Generated) -> RiskModel:
    return SCENARIO.make_model("isolation").fit(SCENARIO.features(training.events))


@pytest.fixture(scope="module")
def plain(training: Generated) -> RiskModel:
    return SCENARIO.make_model("isolation_plain").fit(SCENARIO.features(training.events))


def scores(model: RiskModel, events: pd.DataFrame) -> np.ndarray:
    return np.asarray(model.predict(SCENARIO.features(events)).raw, dtype=np.float64)


# The generator


def test_by_default_500_users_leave_70_000_events_in_21_days_of_which_2_percent_are_anomalies(
    training: Generated,
) -> None:
    events = training.events
    assert len(events) == 70_000
    assert events["user_id"].nunique() == 500
    assert (events["timestamp"].max() - events["timestamp"].min()).days == DAYS - 1
    assert training.labels.label.mean() == pytest.approx(0.02, abs=0.002)
    assert EVENT.accept(events).equals(events)


def test_users_grow_in_number_with_the_rows_and_stay_who_they_are() -> None:
    assert SCENARIO.synthesize(10 * EVENTS_EACH, seed=3).events["user_id"].astype(int).max() <= 10
    few, many = people(10), people(500)
    for name in ("hour", "seconds", "events", "types", "desktop"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:10])


@pytest.mark.parametrize("rows", [1, 2, 150])
def test_any_number_of_rows_can_be_had(rows: int) -> None:
    made = SCENARIO.synthesize(rows, seed=5, knobs={"anomaly_rate": 0.2})
    assert len(EVENT.accept(made.events)) == len(made.labels.label) == rows


def test_events_come_in_order_of_time_and_no_two_are_alike(training: Generated) -> None:
    assert training.events["timestamp"].is_monotonic_increasing
    assert training.events["timestamp"].is_unique


def test_there_are_at_least_six_kinds_and_the_mix_is_a_knob(training: Generated) -> None:
    odd = training.labels.attack[training.labels.label == 1]
    assert set(odd) == set(KIND_NAMES)
    assert len(KIND_NAMES) >= 6
    assert set(training.labels.attack[training.labels.label == 0]) == {""}
    mix = tuple(1.0 if name == "slow_creep" else 1e-9 for name in KIND_NAMES)
    assert set(SCENARIO.synthesize(5_000, 1, {"mix": mix}).labels.attack) == {"", "slow_creep"}


def test_bursts_last_minutes_and_creeps_days_on_one_user_each(training: Generated) -> None:
    told = training.events.assign(attack=training.labels.attack, attack_id=training.labels.attack_id)
    for name, least, most in (("event_burst", "0s", "10min"), ("slow_creep", "4D", "10D")):
        attacks = told[told["attack"] == name].groupby("attack_id")
        whole = attacks.size() == next(kind.size for kind in KINDS if kind.name == name)
        assert whole.mean() > 0.9
        assert (attacks["user_id"].nunique() == 1).all()
        lasted = (attacks["timestamp"].max() - attacks["timestamp"].min())[whole]
        assert lasted.between(pd.Timedelta(least), pd.Timedelta(most)).all()


def test_a_creep_grows_from_nothing(training: Generated) -> None:
    told = training.events.assign(attack_id=training.labels.attack_id)
    creeps = told[training.labels.attack == "slow_creep"].sort_values("timestamp")
    place = creeps.groupby("attack_id").cumcount()
    log_duration = np.log(creeps["session_duration_sec"])
    assert log_duration[place >= 7].mean() > log_duration[place <= 1].mean() + 0.7


@pytest.mark.parametrize("field", ["session_duration_sec", "events_in_session"])
def test_anomalies_are_within_what_somebody_does_every_day(training: Generated, field: str) -> None:
    values, odd = training.events[field], training.labels.label == 1
    assert (values[odd] > values[~odd].quantile(0.995)).mean() < 0.05
    assert values[odd].max() < values[~odd].max()


def test_users_differ_in_hours_devices_and_downloads() -> None:
    users = people(2_000)
    assert 0.05 < ((users.hour < 5) | (users.hour > 23)).mean() < 0.25
    assert 0.3 < (users.desktop > 0.9).mean() < 0.7
    assert (users.types[:, -1] > 0.3).mean() > 0.02
    assert np.median(users.types[:, -1]) < 0.1


def test_careful_attackers_are_harder_to_find(model: RiskModel) -> None:
    found = []
    for stealth in (0.0, 0.5, 1.0):
        made = SCENARIO.synthesize(20_000, 7, {"stealth": stealth, "anomaly_rate": 0.05})
        found.append(roc_auc_score(made.labels.label, scores(model, made.events)))
    assert found[0] > found[1] > found[2] > 0.6


def test_the_true_probability_is_not_claimed(training: Generated) -> None:
    assert training.labels.p_true is None


# The event


def untimed(**changes: object) -> pd.DataFrame:
    return EVENT.frame({**SCENARIO.presets["Usual morning"], **changes})


def test_the_reference_request_is_an_event() -> None:
    asked = {
        "user_id": 123,
        "event_type": "login",
        "session_duration_sec": 18000,
        "events_in_session": 190,
        "hour_of_day": 2,
        "day_of_week": 1,
        "device_type": "desktop",
    }
    event = EVENT.accept(EVENT.frame(asked)).iloc[0]
    assert event["user_id"] == "123"
    assert asked in [{**preset, "user_id": int(preset["user_id"])} for preset in list(SCENARIO.presets.values())[:2]]


def test_hour_and_weekday_follow_from_the_timestamp() -> None:
    event = {k: v for k, v in SCENARIO.presets["Usual morning"].items() if k not in ("hour_of_day", "day_of_week")}
    events = EVENT.accept(EVENT.frame({**event, "timestamp": "2026-03-04T23:30:00-02:00"}))
    assert events[["hour_of_day", "day_of_week"]].to_numpy().tolist() == [[1, 3]]  # in UTC it is Thursday already


def test_without_a_timestamp_both_must_be_given() -> None:
    told = EVENT.validate(untimed(hour_of_day=None, day_of_week=None)).rejects()
    assert told["field"].tolist() == ["hour_of_day", "day_of_week"]
    assert told["rule"].str.startswith("must be given").all()
    assert len(EVENT.accept(untimed())) == 1


def test_an_hour_that_contradicts_the_timestamp_is_told() -> None:
    rejects = EVENT.validate(untimed(timestamp="2026-03-03T12:00:00Z")).rejects()
    assert rejects["field"].tolist() == ["hour_of_day"]
    assert rejects["rule"].tolist() == ["must agree with timestamp: its hour in UTC"]


def test_rows_with_and_without_a_timestamp_are_taken_together() -> None:
    one, other = untimed(), untimed(hour_of_day=None, day_of_week=None, timestamp="2026-03-03T12:00:00Z")
    events = EVENT.accept(pd.concat([one, other], ignore_index=True))
    assert events["hour_of_day"].tolist() == [11, 12]
    assert events["hour_of_day"].dtype == np.int64


def test_a_bad_timestamp_is_told_once() -> None:
    assert EVENT.validate(untimed(hour_of_day=None, timestamp="noon")).rejects()["field"].tolist() == ["timestamp"]


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DataError, match="device_type is Desktop; it must be one of desktop, mobile"):
        EVENT.accept(untimed(device_type="Desktop"))


# The models


def test_the_time_of_the_file_reaches_no_feature(training: Generated) -> None:
    events = training.events.head(500)
    moved = events.assign(timestamp=events["timestamp"] + pd.Timedelta("70D"))  # ten weeks: the same weekdays
    pd.testing.assert_frame_equal(SCENARIO.features(events), SCENARIO.features(moved))


def test_labels_teach_the_anomaly_models_nothing(training: Generated) -> None:
    few = training.events.head(3_000)
    X, y = SCENARIO.features(few), training.labels.label[:3_000]
    for name in ("isolation", "isolation_plain"):
        with_labels, without = (
            SCENARIO.make_model(name, settings={"trees": 20}).fit(X, labels) for labels in (y, None)
        )
        np.testing.assert_array_equal(with_labels.predict(X).raw, without.predict(X).raw)


def test_baselines_find_what_the_same_model_without_them_misses(
    model: RiskModel, plain: RiskModel, judged: Generated
) -> None:
    y = judged.labels.label
    found, missed = (average_precision_score(y, scores(m, judged.events)) for m in (model, plain))
    assert missed < 0.08  # globally the anomalies are nothing special
    assert found > missed + 0.25


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_kind_is_found_better_with_a_baseline(
    model: RiskModel, plain: RiskModel, judged: Generated, kind: str
) -> None:
    rows = (judged.labels.label == 0) | (judged.labels.attack == kind)
    y = judged.labels.label[rows]
    with_baseline, without = (roc_auc_score(y, scores(m, judged.events[rows])) for m in (model, plain))
    assert with_baseline > max(0.8, without + 0.05)


def test_the_same_night_event_is_usual_for_the_night_worker_and_odd_for_others(model: RiskModel) -> None:
    names = ("Night worker at night", "Night worker in the afternoon", "Usual morning", "Long session at night")
    night, day, usual, long = scores(model, EVENT.accept(EVENT.frame(*(SCENARIO.presets[name] for name in names))))
    assert night < day
    assert usual < long


def test_a_new_user_is_not_the_highest_risk(model: RiskModel, judged: Generated) -> None:
    usual = judged.events[judged.labels.label == 0].head(5_000)
    strangers = usual.assign(user_id=pd.array(["new-" + user for user in usual["user_id"]], dtype="str"))
    alarm = np.quantile(scores(model, judged.events), 0.98)
    assert (scores(model, strangers) > alarm).mean() < 0.02


def test_what_is_told_is_told_of_declared_fields(model: RiskModel, judged: Generated) -> None:
    explanation = model.explain(SCENARIO.features(judged.events.head(20)))
    assert explanation.error() < 1e-6
    assert set(explanation.by_field()[0]) <= set(EVENT.names)


def test_labels_where_there_are_any_help_the_supervised_model(
    model: RiskModel, training: Generated, judged: Generated
) -> None:
    boosted = SCENARIO.make_model("boosted", settings={"rounds": 60})
    boosted.fit(SCENARIO.features(training.events), training.labels.label)
    y = judged.labels.label
    assert average_precision_score(y, scores(boosted, judged.events)) > average_precision_score(
        y, scores(model, judged.events)
    )


def test_people_are_asked_for_the_hour_since_there_may_be_no_timestamp() -> None:
    assert [f.name for f in EVENT.fields if f.follows] == []
    assert "hour_of_day" not in EVENT.required
