"""Times that do not state their zone are refused where that matters, or read in the zone that a person states."""

from pathlib import Path

import pandas as pd
import pytest

from riskcore.core.casting import naive
from riskcore.core.errors import DataError
from riskcore.scenarios.identity.event import EVENT
from riskcore.services.files.mapping import suggest, unzoned, with_zone
from riskcore.services.files.zones import check_zone, in_zone

ZONED = ["2026-03-02T08:15:00Z", "2026-03-02 08:15:00+01:00", "2026-03-02T08:15+0100", "2026-03-02T08:15:00.25-05"]
NAIVE = ["2026-03-02T08:15:00", "2026-03-02 08:15", "2026-03-02", "2026-03-02T08:15:00.123456"]


def test_a_time_with_and_without_its_zone_are_told_apart() -> None:
    assert not naive(pd.Series(ZONED)).any()
    assert naive(pd.Series(NAIVE)).all()
    assert not naive(pd.Series([None, ""], dtype="str")).any()
    assert naive(pd.Series(pd.to_datetime(["2026-03-02"]))).all()
    assert not naive(pd.Series(pd.to_datetime(["2026-03-02"], utc=True))).any()


def test_local_times_are_read_in_their_zone_and_others_left_alone() -> None:
    read = in_zone(pd.Series(["2026-01-02T08:00:00", "2026-07-02T08:00:00", ZONED[0], "never", None]), "Europe/Oslo")
    times = pd.to_datetime(read, utc=True, errors="coerce", format="ISO8601")
    assert times[:3].dt.strftime("%d %H:%M").tolist() == ["02 07:00", "02 06:00", "02 08:15"]
    assert read[3] == "never"
    assert pd.isna(read[4])


def test_hours_that_happen_twice_or_never_have_a_rule() -> None:
    twice, never = in_zone(pd.Series(["2026-10-25T02:30:00", "2026-03-29T02:30:00"]), "Europe/Oslo")
    assert pd.Timestamp(twice) == pd.Timestamp("2026-10-25T01:30:00Z")
    assert pd.Timestamp(never) == pd.Timestamp("2026-03-29T01:00:00Z")


def test_a_zone_that_is_none_is_refused_with_a_suggestion() -> None:
    with pytest.raises(DataError, match="Did you mean 'Europe/Oslo'"):
        check_zone("Europe/Olso")


def test_naive_times_are_refused_until_a_zone_is_chosen() -> None:
    table = pd.DataFrame({"event_id": ["a", "b"], "user_id": "u", "success": 1, "event_type": "logout"})
    table["timestamp"] = [ZONED[0], NAIVE[0]]
    told = EVENT.validate(table)
    assert [v.rows.tolist() for v in told.violations] == [[1]]
    assert "state its time zone" in told.violations[0].rule
    mapping = suggest(table.columns.tolist(), EVENT)
    assert unzoned(table, mapping, EVENT) == ["timestamp"]
    chosen = with_zone(mapping, EVENT, "Europe/Oslo")
    assert EVENT.accept(chosen.apply(table))["timestamp"].dt.hour.tolist() == [8, 7]
    assert "read as Europe/Oslo" in chosen.notices[-1]


def test_real_logins_load_through_the_mapper_without_a_special_case(real_data: Path) -> None:
    table = pd.read_parquet(real_data / "identity_rba_head_train.parquet").rename(columns={"index": "event_id"})
    mapping = with_zone(suggest(table.columns.tolist(), EVENT), EVENT, "Europe/Oslo")
    events = EVENT.accept(mapping.apply(table))
    assert len(events) == 1_400
    assert set(events["event_type"].astype("str")) == {"login_success", "login_failure"}
    assert (events["event_type"] == "login_success").sum() == (events["success"] == 1).sum()
