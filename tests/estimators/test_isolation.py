"""The isolation forest is served from arrays: it says what scikit-learn says, and its depths are explained exactly."""

import numpy as np
import pytest
import shap
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from riskcore.core.errors import Cancelled, DataError, ModelIntegrityError
from riskcore.core.progress import silent
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.isolation import FILE, Isolation
from riskcore.estimators.trees import KINDS
from tests.estimators.explained import explained

FIELDS = ("a", "b", "c", "d")


def rows(n: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, len(FIELDS))).astype(np.float32)


def fitted(rows_per_tree: int = 64) -> Isolation:
    return Isolation(seed=2, classes=2, trees=50, rows_per_tree=rows_per_tree).fit(rows(900), None, (), silent)


@pytest.mark.parametrize("rows_per_tree", [64, 256])
def test_scores_equal_those_of_scikit_learn(rows_per_tree: int) -> None:
    theirs = IsolationForest(n_estimators=50, max_samples=rows_per_tree, random_state=2).fit(rows(900))
    X = rows(3_000, seed=1)
    np.testing.assert_allclose(fitted(rows_per_tree).raw(X)[:, 0], -theirs.score_samples(X), rtol=0, atol=1e-12)


def test_contributions_add_up_and_differ_from_those_of_shap_by_its_base_alone() -> None:
    model, X = fitted(), rows(60, seed=3)
    said = explained(model, X, FIELDS, ("normal", "anomaly"))
    assert said.error() < 1e-12
    theirs = IsolationForest(n_estimators=50, max_samples=64, random_state=2).fit(rows(900))
    expected = shap.TreeExplainer(theirs).shap_values(X)
    # Theirs explain the mean depth, ours minus the depth in units of the average one: proportional, other way round.
    ratio = said.contributions[:, :, 0] / expected
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-4)
    assert np.median(ratio) < 0


def test_what_lies_apart_scores_higher_and_the_feature_that_sets_it_apart_is_told() -> None:
    model = fitted()
    X = np.array([[0, 0, 0, 0], [0, 0, 6, 0]], dtype=np.float32)
    usual, apart = model.raw(X)[:, 0]
    assert apart > usual + 0.05
    assert explained(model, X, FIELDS, ()).contributions[1, :, 0].argmax() == 2


def test_a_missing_value_counts_as_the_median() -> None:
    model, X = fitted(), rows(5, seed=4)
    missing, median = X.copy(), X.copy()
    missing[:, 1] = np.nan
    median[:, 1] = np.median(rows(900)[:, 1])
    np.testing.assert_array_equal(model.raw(missing), model.raw(median))


def test_labels_change_nothing() -> None:
    y = np.random.default_rng(0).integers(0, 2, 900)
    again = Isolation(seed=2, classes=2, trees=50, rows_per_tree=64).fit(rows(900), y, (), silent)
    np.testing.assert_array_equal(again.raw(rows(50)), fitted().raw(rows(50)))


def test_a_restored_model_says_the_same() -> None:
    model, X = fitted(), rows(40, seed=5)
    again = Isolation(seed=0, classes=2, trees=1, rows_per_tree=16).restore(model.dump())
    np.testing.assert_array_equal(again.raw(X), model.raw(X))
    np.testing.assert_array_equal(again.importance(), model.importance())
    assert model.importance().sum() == pytest.approx(1)


def test_unsound_arrays_are_refused_with_the_reason() -> None:
    model = fitted()
    arrays = unpack(FILE, model.dump()[FILE], KINDS)
    for changed, reason in (
        ({"values": -arrays["values"]}, "a depth below 0"),
        ({"median": np.array([np.inf] * 4)}, "one finite median"),
        ({"median": np.zeros(3)}, "one finite median"),
        ({"importance": -np.ones(4)}, "at least 0"),
    ):
        with pytest.raises(ModelIntegrityError, match=reason):
            fitted().restore({FILE: pack(arrays | changed)})
    with pytest.raises(ModelIntegrityError, match=FILE):
        fitted().restore({})


def test_progress_is_told_and_may_stop_the_training() -> None:
    told: list[float] = []
    Isolation(seed=0, classes=2, trees=45, rows_per_tree=16).fit(rows(50), None, (), lambda done, _: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1

    def stop(done: float, doing: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Isolation(seed=0, classes=2, trees=45, rows_per_tree=16).fit(rows(50), None, (), stop)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="at least 10 rows; there are 9"):
        Isolation(seed=0, classes=2, trees=5, rows_per_tree=16).fit(rows(9), None, (), silent)
