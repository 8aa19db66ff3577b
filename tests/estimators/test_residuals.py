"""Residuals are those of the regression they stand for, learned from usual rows, whatever is missing."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.residuals import FILE, Residuals

COLUMNS = ("a", "b", "c")


def rows(n: int = 4_000, seed: int = 0) -> pd.DataFrame:
    """Two columns that follow one load, a third of its own, and a context that moves the load."""
    rng = np.random.default_rng(seed)
    hour = rng.standard_normal(n)
    load = hour + 0.5 * rng.standard_normal(n)
    values = {
        "a": 3 + load + 0.2 * rng.standard_normal(n),
        "b": 2 * load + 0.3 * rng.standard_normal(n),
        "c": 0.1 * rng.standard_normal(n),
        "hour": hour,
        "other": rng.random(n),
    }
    return pd.DataFrame(values, dtype=np.float32)


def learned() -> Residuals:
    made = Residuals(COLUMNS, ("hour",))
    made.fit_transform(rows())
    return made


def left_over(X: pd.DataFrame, column: str, given: list[str]) -> NDArray[np.float64]:
    """Residuals of a least-squares regression, in standard deviations."""
    design = np.column_stack([np.ones(len(X)), X[given].to_numpy(dtype=np.float64)])
    y = X[column].to_numpy(dtype=np.float64)
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return np.asarray(rest / rest.std())


@pytest.mark.parametrize("column", COLUMNS)
def test_residuals_are_those_of_a_regression(column: str) -> None:
    X = rows(seed=1)
    found = learned().transform(X)
    others = [name for name in COLUMNS if name != column]
    for kind, given in (("level", ["hour"]), ("alone", ["hour", *others])):
        expected = left_over(X, column, given)
        assert np.corrcoef(found[f"{column}_{kind}"], expected)[0, 1] > 0.995
        assert found[f"{column}_{kind}"].std() == pytest.approx(1, abs=0.06)


def test_only_what_is_beyond_three_standard_deviations_is_told_as_such() -> None:
    found = learned().transform(rows(seed=1))
    near = found["a_alone"].abs() <= 3
    assert (found.loc[near, "a_beyond"] == 0).all()
    rest = found.loc[~near]
    np.testing.assert_allclose(rest["a_beyond"], rest["a_alone"] - 3 * np.sign(rest["a_alone"]), atol=1e-5)
    assert len(rest)


def test_a_fall_of_all_together_shows_in_the_level_and_a_spike_of_one_alone() -> None:
    usual = pd.DataFrame({"a": [3.0], "b": [0.0], "c": [0.0], "hour": [0.0]}, dtype=np.float32)
    together = learned().transform(usual.assign(a=np.float32(0.0), b=np.float32(-6.0)))
    assert together["b_level"][0] < -5
    spike = learned().transform(usual.assign(c=np.float32(0.8)))
    assert spike["c_alone"][0] > 7
    assert abs(spike["a_alone"][0]) < 1


def test_anomalies_among_the_rows_do_not_bend_what_is_learned() -> None:
    spoiled, X = rows(), rows(300, seed=2)
    spoiled.loc[:200, "a"] = 50
    clean, bent = learned().transform(X), Residuals(COLUMNS, ("hour",))
    bent.fit_transform(spoiled)
    np.testing.assert_allclose(bent.transform(X)[["a_alone", "b_alone"]], clean[["a_alone", "b_alone"]], atol=0.25)


def test_context_is_used_up_and_other_columns_stay() -> None:
    found = learned().transform(rows(10))
    assert tuple(found.columns[:1]) == ("other",)
    assert set(learned().source) == set(found.columns) - {"other"}
    assert set(learned().source.values()) == set(COLUMNS)
    assert (found.dtypes == np.float32).all()


def test_what_is_missing_explains_nothing_and_leaves_the_rest_judged() -> None:
    X = rows(seed=3).head(50)
    no_hour = learned().transform(X.assign(hour=np.float32(np.nan)))
    assert np.isfinite(no_hour.to_numpy()).all()
    no_b = learned().transform(X.assign(b=np.float32(np.nan)))
    assert no_b["b_alone"].isna().all()
    expected = left_over(rows(seed=3), "a", ["hour", "c"])[:50]
    assert np.corrcoef(no_b["a_alone"], expected)[0, 1] > 0.99
    mixed = X.copy()
    mixed.loc[::2, "hour"] = np.nan
    found = learned().transform(mixed)
    pd.testing.assert_frame_equal(found.iloc[::2], no_hour.iloc[::2])
    pd.testing.assert_frame_equal(found.iloc[1::2], learned().transform(X).iloc[1::2])


def test_rows_without_any_context_can_be_learned_from() -> None:
    made = Residuals(COLUMNS, ("hour",))
    found = made.fit_transform(rows().assign(hour=np.float32(np.nan)))
    expected = left_over(rows(), "a", ["b", "c"])
    assert np.corrcoef(found["a_alone"], expected)[0, 1] > 0.99
    assert np.isfinite(made.transform(rows(20)).to_numpy()).all()


def test_a_constant_column_is_usual_until_it_changes() -> None:
    made = Residuals(COLUMNS, ("hour",))
    found = made.fit_transform(rows().assign(c=np.float32(7)))
    assert (found["c_alone"].abs() < 0.1).all()
    assert made.transform(rows(1).assign(c=np.float32(8)))["c_alone"][0] > 100


def test_too_few_whole_rows_are_told() -> None:
    X = rows(100).assign(b=np.float32(np.nan))
    with pytest.raises(DataError, match="Only 0 rows have all of a, b, c"):
        Residuals(COLUMNS, ("hour",)).fit_transform(X)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    X = rows(40, seed=5)
    together = learned().transform(X)
    alone = pd.concat([learned().transform(X.iloc[[i]]) for i in range(len(X))])
    pd.testing.assert_frame_equal(together, alone, rtol=1e-5, atol=1e-6)


def test_a_restored_one_says_the_same_and_unsound_arrays_are_refused() -> None:
    made, X = learned(), rows(30, seed=6)
    again = Residuals(COLUMNS, ("hour",)).restore(made.dump())
    pd.testing.assert_frame_equal(again.transform(X), made.transform(X))
    arrays = unpack(FILE, made.dump()[FILE], {})
    for changed in (
        {"covariance": -arrays["covariance"]},
        {"mean": arrays["mean"][:2]},
        {"spread": 0 * arrays["spread"]},
        {"mean": arrays["mean"] * np.nan},
    ):
        with pytest.raises(ModelIntegrityError, match=FILE):
            Residuals(COLUMNS, ("hour",)).restore({FILE: pack(arrays | changed)})
    with pytest.raises(ModelIntegrityError, match=r"no residuals\.npz"):
        Residuals(COLUMNS, ("hour",)).restore({})
