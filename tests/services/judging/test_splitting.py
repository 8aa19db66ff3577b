"""Every row is in exactly one part, and the parts are what their name says."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError, UnknownKeyError
from riskcore.core.schema import EventSchema, number, text
from riskcore.scenarios import card_fraud, session_risk
from riskcore.services.judging.splitting import CALIBRATION_SHARE, HOWS, default_split, split

SCHEMA = EventSchema(
    fields=(number("at", "When", unit="s"), text("who", "Who"), number("x", "X")), time="at", origin="midnight"
)
SCENARIO = replace(card_fraud.SCENARIO, event=SCHEMA, entities=("who",))


def rows(n: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    who = [f"user {i}" for i in rng.integers(0, max(2, n // 5), n)]
    events = pd.DataFrame({"at": rng.permutation(n).astype(float), "who": who, "x": rng.random(n)})
    return events, (rng.random(n) < 0.2).astype(np.int64)


@given(
    n=st.integers(10, 200),
    how=st.sampled_from(HOWS),
    holdout=st.sampled_from((0.0, 0.1, 0.25, 0.5)),
    calibrated=st.booleans(),
    seed=st.integers(0, 5),
)
def test_every_row_is_in_exactly_one_part(n, how, holdout, calibrated, seed) -> None:
    events, y = rows(n, seed)
    parts = split(SCENARIO, events, y, how, holdout, calibrated, seed)
    together = np.concatenate([parts.fit, parts.calibrate, parts.judge])
    assert sorted(together.tolist()) == list(range(n))
    if how != "entity":  # people are held out whole, few of whom may have many rows
        assert len(parts.judge) == pytest.approx(n * holdout, abs=1)
    if not calibrated:
        assert len(parts.calibrate) == 0


def test_a_split_by_time_judges_only_later_rows_and_calibrates_between() -> None:
    events, y = rows(1_000)
    parts = split(SCENARIO, events, y, "time", 0.3, True, 0)
    at = events["at"].to_numpy()
    assert at[parts.fit].max() < at[parts.calibrate].min()
    assert at[parts.calibrate].max() < at[parts.judge].min()
    assert (len(parts.judge), len(parts.calibrate)) == (300, round(700 * CALIBRATION_SHARE))


def test_a_split_by_entity_judges_only_people_it_never_learned_from() -> None:
    events, y = rows(1_000)
    parts = split(SCENARIO, events, y, "entity", 0.3, True, 0)
    seen, judged, kept = (set(events["who"].iloc[p]) for p in (parts.fit, parts.judge, parts.calibrate))
    assert not seen & judged
    assert not seen & kept
    assert not kept & judged
    assert 0.2 < len(parts.judge) / 1_000 < 0.4


def test_a_random_split_keeps_the_class_shares() -> None:
    events, y = rows(2_000)
    parts = split(SCENARIO, events, y, "random", 0.25, False, 0)
    assert y[parts.judge].sum() == round(y.sum() * 0.25)
    assert len(parts.judge) == pytest.approx(500, abs=1)


def test_seeds_repeat_a_split_and_change_it() -> None:
    events, y = rows(500)
    first, again, other = (split(SCENARIO, events, y, "random", 0.2, True, seed) for seed in (1, 1, 2))
    assert first.judge.tolist() == again.judge.tolist()
    assert first.calibrate.tolist() == again.calibrate.tolist()
    assert first.judge.tolist() != other.judge.tolist()


def test_rows_of_one_moment_keep_their_order() -> None:
    events, y = rows(100)
    parts = split(SCENARIO, events.assign(at=1.0), y, "time", 0.2, False, 0)
    assert parts.judge.tolist() == list(range(80, 100))


def test_the_default_follows_from_the_roles() -> None:
    assert default_split(card_fraud.SCENARIO) == "time"
    assert default_split(session_risk.SCENARIO) == "random"


def test_splits_that_cannot_be_are_refused_with_the_remedy() -> None:
    events, y = rows(50)
    with pytest.raises(UnknownKeyError, match="Did you mean 'random'"):
        split(SCENARIO, events, y, "randon", 0.2, False, 0)
    with pytest.raises(DataError, match="Holdout is 1; it must be at least 0 and below 1"):
        split(SCENARIO, events, y, "time", 1.0, False, 0)
    with pytest.raises(DataError, match=r"no entities to split by\. Use the split random or time"):
        split(card_fraud.SCENARIO, events, y, "entity", 0.2, False, 0)
    made = session_risk.SCENARIO.synthesize(50, 0)
    with pytest.raises(DataError, match="time to split by"):
        split(session_risk.SCENARIO, made.events, made.labels.label, "time", 0.2, False, 0)
