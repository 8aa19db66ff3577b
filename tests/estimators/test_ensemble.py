"""The ensemble is the mean of two log-odds, and so are its contributions."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.estimators.boosted import boosted
from riskcore.estimators.ensemble import ensemble
from riskcore.estimators.fusion import fusion
from riskcore.estimators.ramps import Ramps
from tests.estimators.signals import CLASSES, GROUPS, NAMES, SIGNALS, traffic

TREES = {"rounds": 20, "depth": 3}
X, Y = traffic()
MAKE = ensemble(CLASSES, signals=SIGNALS, groups=GROUPS, **TREES)
MODEL = MAKE(0, {}).fit(X, Y)


def log_odds(p: np.ndarray) -> np.ndarray:
    p = p.astype(np.float64)
    return np.log(p / (1 - p))


def test_it_is_the_mean_of_both_log_odds() -> None:
    fused = fusion(CLASSES, signals=SIGNALS, groups=GROUPS)(0, {}).fit(X)
    grown = boosted(CLASSES, transformers=(lambda: Ramps(SIGNALS),), monotone=True, **TREES)(0, {}).fit(X, Y)
    mean = (log_odds(fused.predict(X).risk) + log_odds(grown.predict(X).risk)) / 2
    assert np.allclose(log_odds(MODEL.predict(X).risk), mean, atol=1e-4)


def test_contributions_add_up() -> None:
    found = MODEL.explain(X)
    assert found.error() < 1e-5
    assert np.allclose(found.output[:, 0], MODEL.predict(X).risk, atol=1e-6)


def test_an_event_without_signals_owes_nothing_to_the_fusion() -> None:
    alone = MAKE(0, {"share": 0.0}).fit(X, Y).explain(X.iloc[:1] * np.nan)
    assert np.abs(alone.contributions).max() == 0


@settings(max_examples=50)
@given(st.lists(st.floats(0, 12), min_size=3, max_size=3), st.integers(0, 2), st.floats(0, 12))
def test_more_of_a_signal_never_lowers_the_risk(values: list[float], place: int, more: float) -> None:
    rows = pd.DataFrame([values, values], columns=NAMES, dtype=np.float32)
    rows.iloc[1, place] += np.float32(more)
    low, high = MODEL.predict(rows).risk
    assert high >= low - 1e-6


def test_a_restored_model_says_the_same() -> None:
    again = MAKE(0, {}).restore(MODEL.dump())
    assert np.array_equal(again.predict(X).risk, MODEL.predict(X).risk)
