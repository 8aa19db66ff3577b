"""Hazards add up, groups are capped, and the scale comes from unlabelled traffic alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import DataError, ModelIntegrityError
from riskcore.estimators.arrays import pack
from riskcore.estimators.fusion import BASE, FILE, fusion, hazard
from riskcore.estimators.model import ChainModel
from tests.estimators.signals import CLASSES, GROUPS, NAMES, SIGNALS, traffic

MAKE = fusion(CLASSES, signals=SIGNALS, groups=GROUPS)
X, Y = traffic()
MODEL = MAKE(0, {}).fit(X)


def measured(*values: float) -> pd.DataFrame:
    return pd.DataFrame([values], columns=NAMES, dtype=np.float32)


def risk(*values: float) -> float:
    return float(MODEL.predict(measured(*values)).risk[0])


def test_contributions_and_base_add_up_to_the_hazard_of_the_risk() -> None:
    found = MODEL.explain(X)
    assert found.error() < 1e-6
    assert found.link == "hazard"
    assert np.allclose(found.output[:, 0], MODEL.predict(X).risk, atol=1e-9)


def test_an_event_of_which_no_signal_says_anything_has_the_base_risk() -> None:
    assert risk(np.nan, np.nan, np.nan) == pytest.approx(BASE)
    assert risk(0, 0, 0) == pytest.approx(BASE)


@given(st.lists(st.floats(0, 12), min_size=3, max_size=3), st.integers(0, 2), st.floats(0, 12))
def test_more_of_a_signal_never_lowers_the_risk(values: list[float], place: int, more: float) -> None:
    higher = [v + more * (i == place) for i, v in enumerate(values)]
    assert risk(*higher) >= risk(*values) - 1e-6  # float32


def test_two_signals_of_one_group_say_no_more_than_its_cap() -> None:
    assert risk(10, 10, np.nan) > risk(10, np.nan, np.nan)
    # Together at full strength they are one signal of 0.6, as the third is at six sevenths of its 0.7.
    assert risk(10, 10, np.nan) == pytest.approx(risk(np.nan, np.nan, 60 / 7), abs=1e-6)


def test_a_capped_group_is_shared_in_proportion() -> None:
    parts = MODEL.explain(measured(10, 10, np.nan)).contributions[0, :, 0]
    assert parts[0] / parts[1] == pytest.approx(hazard(0.5) / hazard(0.4))


def test_of_training_traffic_as_many_are_challenged_and_stopped_as_was_said() -> None:
    found = MAKE(0, {"challenged": 0.05, "stopped": 0.01}).fit(X).predict(X).risk
    assert (found >= 0.29 - 1e-9).mean() == pytest.approx(0.05, abs=2e-3)
    assert (found >= 0.88 - 1e-9).mean() == pytest.approx(0.01, abs=2e-3)
    assert np.quantile(MODEL.predict(X).risk, 0.97) < 0.3


def test_labels_are_not_looked_at() -> None:
    assert MAKE(0, {}).fit(X, Y).dump() == MAKE(0, {}).fit(X, 1 - Y).dump() == MODEL.dump()
    assert not MODEL.supervised
    assert MODEL.calibrations == ("none",)


def test_a_restored_model_says_the_same() -> None:
    again = MAKE(0, {}).restore(MODEL.dump())
    assert np.array_equal(again.predict(X).risk, MODEL.predict(X).risk)


@pytest.mark.parametrize("broken", [{"sums": np.zeros(3)}, {"hazards": np.ones(2)}, {"importance": np.ones(9)}])
def test_an_unsound_file_is_refused(broken: dict[str, np.ndarray]) -> None:
    sound = {n: getattr(MODEL.estimator, f"{n}_") for n in ("sums", "hazards", "importance")}
    with pytest.raises(ModelIntegrityError, match=FILE):
        MAKE(0, {}).restore({**MODEL.dump(), FILE: pack(sound | broken)})


def test_silent_traffic_cannot_set_a_scale() -> None:
    with pytest.raises(DataError, match="Signals fire for too few"):
        MAKE(0, {}).fit(X * np.nan)


def test_fewer_have_to_be_stopped_than_challenged() -> None:
    with pytest.raises(DataError, match="fewer must be stopped"):
        MAKE(0, {"challenged": 0.01, "stopped": 0.05}).fit(X)


def test_the_chain_is_a_model_like_any_other() -> None:
    assert isinstance(MODEL, ChainModel)
    assert MODEL.features == tuple(NAMES)
    assert MODEL.importance().sum() == pytest.approx(1)
