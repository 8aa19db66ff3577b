"""Logistic regression says what scikit-learn says on standardised features, and its log-odds are a sum."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from riskcore.core.errors import DataError, ModelIntegrityError
from riskcore.core.progress import silent
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.logistic import FILE, Logistic
from tests.estimators.explained import explained

FIELDS = ("a", "b", "c")


def rows(n: int, classes: int = 2, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(n, 3)) * [1, 100, 0.01] + [0, 500, 3]).astype(np.float32)
    odds = X[:, 0] + (X[:, 1] - 500) / 100 + rng.logistic(size=n)
    return X, np.minimum((odds > 0.5).astype(np.int64) + (odds > 2), classes - 1)


def fitted(classes: int = 2) -> Logistic:
    return Logistic(seed=0, classes=classes, penalty=1.0, iterations=1_000).fit(*rows(2_000, classes), (), silent)


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_equal_those_of_scikit_learn_on_scaled_features(classes: int) -> None:
    X, y = rows(2_000, classes)
    scaler = StandardScaler().fit(X)
    theirs = LogisticRegression(C=1.0, max_iter=1_000, tol=1e-8).fit(scaler.transform(X), y)
    model, later = fitted(classes), rows(300, seed=1)[0]
    expected = theirs.predict_proba(scaler.transform(later))
    said = model.probabilities(model.raw(later))
    np.testing.assert_allclose(said, expected[:, 1:] if classes == 2 else expected, atol=2e-3)


@pytest.mark.parametrize("classes", [2, 3])
def test_contributions_are_coefficient_times_distance_from_the_mean(classes: int) -> None:
    model, X = fitted(classes), rows(50, seed=2)[0]
    said = explained(model, X, FIELDS, ("safe", "medium", "high"))
    assert said.error() < 1e-12
    mean = rows(2_000, classes)[0].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(said.contributions, (X - mean)[:, :, None] * model.coef_, atol=1e-4)


def test_a_missing_value_contributes_nothing() -> None:
    model, (X, _) = fitted(), rows(10, seed=3)
    X[:, 1] = np.nan
    said = explained(model, X, FIELDS, ())
    assert (said.contributions[:, 1] == 0).all()
    assert np.isfinite(said.output).all()


def test_training_with_missing_values_and_a_constant_feature_is_possible() -> None:
    X, y = rows(500)
    X[::3, 0], X[:, 2] = np.nan, 7
    model = Logistic(seed=0, classes=2, penalty=1.0, iterations=500).fit(X, y, (), silent)
    assert np.isfinite(model.raw(X)).all()
    assert model.coef_[2] == 0
    assert model.importance()[1] > model.importance()[2] == 0


def test_a_restored_model_says_the_same_and_an_unsound_one_is_refused() -> None:
    model, X = fitted(3), rows(20, seed=4)[0]
    again = Logistic(seed=0, classes=3, penalty=1.0, iterations=10).restore(model.dump())
    np.testing.assert_array_equal(again.raw(X), model.raw(X))
    arrays = unpack(FILE, model.dump()[FILE], {})
    for changed, reason in (
        ({"scale": np.zeros(3)}, "above 0"),
        ({"coef": arrays["coef"][:, :2]}, "differ in size"),
        ({"intercept": np.array([np.nan, 0.0, 0.0])}, "finite"),
    ):
        with pytest.raises(ModelIntegrityError, match=reason):
            fitted(3).restore({FILE: pack(arrays | changed)})


def test_labels_of_one_class_and_events_with_other_features_are_refused() -> None:
    with pytest.raises(DataError, match="all 2 classes"):
        Logistic(seed=0, classes=2, penalty=1.0, iterations=10).fit(rows(50)[0], np.zeros(50, np.int64), (), silent)
    with pytest.raises(DataError, match="2 features; this model was trained on 3"):
        fitted().raw(rows(5)[0][:, :2])
