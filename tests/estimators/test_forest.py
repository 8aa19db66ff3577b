"""The forest is served from arrays: they say what scikit-learn says, explain it exactly, are refused if unsound."""

from itertools import pairwise

import numpy as np
import pytest
import shap
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from riskcore.core.errors import Cancelled, DataError, ModelIntegrityError
from riskcore.core.progress import silent
from riskcore.estimators import trees
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.forest import FILE, Forest, forest
from tests.estimators.explained import explained

FIELDS = ("a", "b", "c", "d", "e")
SETTINGS = {"seed": 3, "trees": 12, "depth": 7, "min_leaf": 2}


def rows(n: int, missing: float = 0.0, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features (n, 5), some with few distinct values, and three classes that depend on them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, len(FIELDS))).astype(np.float32)
    X[:, 1] = np.round(X[:, 1])
    y = ((X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=n) > 0.3).astype(np.int64)) + (X[:, 3] > 1)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


def fitted(classes: int, missing: float = 0.0) -> tuple[Forest, RandomForestClassifier]:
    """A forest, and scikit-learn's own on the same rows."""
    X, y = rows(800, missing)
    y = np.minimum(y, classes - 1)
    ours = Forest(classes=classes, **SETTINGS).fit(X, y, (), silent)
    theirs = RandomForestClassifier(12, max_depth=7, min_samples_leaf=2, random_state=3)
    return ours, theirs.fit(X, y)


def damaged(model: Forest, **changes: object) -> dict[str, bytes]:
    """The model's file with some arrays replaced."""
    kinds = trees.KINDS | {"importance": "f", "kept": "f"}
    return {FILE: pack(unpack(FILE, model.dump()[FILE], kinds) | changes)}  # type: ignore[operator]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_probabilities_equal_those_of_scikit_learn_bit_by_bit(classes: int, missing: float) -> None:
    ours, theirs = fitted(classes, missing)
    X, _ = rows(5_000, 0.1 if missing else 0.0, seed=1)
    expected = theirs.predict_proba(X)
    np.testing.assert_array_equal(ours.raw(X), expected[:, 1:] if classes == 2 else expected)


def test_missing_values_unseen_in_training_go_where_scikit_learn_sends_them() -> None:
    ours, theirs = fitted(2)
    X, _ = rows(500, missing=0.3, seed=2)
    # Its forest refuses them here, its trees do not.
    expected = np.mean([tree.tree_.predict(X)[:, 1] for tree in theirs.estimators_], axis=0)
    np.testing.assert_allclose(ours.raw(X)[:, 0], expected, rtol=0, atol=1e-15)


def test_values_on_a_threshold_go_left() -> None:
    ours, theirs = fitted(2)
    inner = np.flatnonzero(ours.trees_.feature >= 0)
    X = np.repeat(rows(1)[0], 3 * len(inner), axis=0)
    for i, node in enumerate(inner):
        at = np.float32(ours.trees_.threshold[node])
        X[3 * i : 3 * i + 3, ours.trees_.feature[node]] = [np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf)]
    np.testing.assert_array_equal(ours.raw(X)[:, 0], theirs.predict_proba(X)[:, 1])


def test_a_row_alone_scores_as_among_many() -> None:
    model, _ = fitted(3, missing=0.2)
    X, _ = rows(trees.SMALL + 300, missing=0.1, seed=4)
    together = model.raw(X)
    for i in (0, 255, 256, trees.SMALL + 299):
        np.testing.assert_array_equal(model.raw(X[i : i + 1])[0], together[i])


def test_no_rows_give_no_outputs() -> None:
    model, _ = fitted(2)
    empty = np.empty((0, len(FIELDS)), dtype=np.float32)
    assert model.raw(empty).shape == (0, 1)
    assert explained(model, empty, FIELDS, ()).contributions.shape == (0, 5, 1)


@pytest.mark.parametrize("classes", [2, 3])
def test_contributions_equal_those_of_shap(classes: int) -> None:
    ours, theirs = fitted(classes)
    X, _ = rows(60, seed=5)
    said = explained(ours, X, FIELDS, ("low", "middle", "high"))
    explainer = shap.TreeExplainer(theirs)
    expected = explainer.shap_values(X, check_additivity=False)
    kept = slice(1, None) if classes == 2 else slice(None)
    np.testing.assert_allclose(said.contributions, expected[:, :, kept], rtol=0, atol=1e-9)
    np.testing.assert_allclose(said.base[0], explainer.expected_value[kept], rtol=0, atol=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_contributions_add_up_to_the_output(missing: float) -> None:
    model, _ = fitted(3, missing)
    X, _ = rows(200, missing, seed=6)
    assert explained(model, X * np.float32(3), FIELDS, ("low", "middle", "high")).error() < 1e-12


def test_a_feature_no_tree_splits_on_contributes_nothing() -> None:
    X, y = rows(400)
    X[:, 4] = 1.0
    model = Forest(classes=2, **SETTINGS).fit(X, np.minimum(y, 1), (), silent)
    said = explained(model, X[:20], FIELDS, ())
    assert (said.contributions[:, 4] == 0).all()
    assert np.abs(said.contributions[:, 0]).max() > 0.01


def test_trees_of_one_leaf_give_their_share() -> None:
    X, y = rows(50)
    model = Forest(classes=2, seed=0, trees=3, depth=4, min_leaf=40).fit(X, np.minimum(y, 1), (), silent)
    said = explained(model, X, FIELDS, ())
    assert said.error() < 1e-12
    assert (said.contributions == 0).all()
    assert np.ptp(model.raw(X)) == 0


def test_down_sampling_keeps_the_asked_ratio_and_its_prior_is_corrected() -> None:
    rng = np.random.default_rng(7)
    X = rng.normal(size=(40_000, 5)).astype(np.float32)
    p = 1 / (1 + np.exp(4.5 - 1.5 * X[:, 0]))
    y = (rng.random(len(p)) < p).astype(np.int64)
    model = Forest(classes=2, seed=0, trees=40, depth=4, min_leaf=20, negatives_per_positive=2.0).fit(X, y, (), silent)
    assert model.kept_ == pytest.approx(2 * y.sum() / (y == 0).sum(), rel=1e-3)
    raw = model.raw(X)
    assert raw.mean() > 4 * y.mean()
    assert model.probabilities(raw).mean() == pytest.approx(y.mean(), rel=0.15)


def test_every_few_trees_learn_from_a_draw_of_their_own() -> None:
    X, y = rows(2_000)
    y = (y == 2).astype(np.int64)
    model = Forest(classes=2, seed=0, trees=10, depth=1, min_leaf=1, negatives_per_positive=1.0).fit(X, y, (), silent)
    positives = np.flatnonzero(y)
    assert (model.trees_.weight[model.trees_.starts[:-1]] == 2 * len(positives)).all()
    one = Forest(classes=2, seed=0, trees=5, depth=1, min_leaf=1, negatives_per_positive=1.0).fit(X, y, (), silent)
    later = model.trees_.values[model.trees_.starts[5] :]
    assert not np.array_equal(later, one.trees_.values)
    np.testing.assert_array_equal(model.trees_.values[: model.trees_.starts[5]], one.trees_.values)


def test_all_rows_are_used_where_negatives_are_too_few_or_the_ratio_is_0() -> None:
    X, y = rows(300)
    for ratio in (0.0, 1_000.0):
        model = Forest(classes=2, **SETTINGS, negatives_per_positive=ratio).fit(X, np.minimum(y, 1), (), silent)
        assert model.kept_ == 1.0


def test_progress_is_told_and_may_stop_the_training() -> None:
    X, y = rows(200)
    told: list[float] = []
    Forest(classes=3, **SETTINGS).fit(X, y, (), lambda done, doing: told.append(done))
    assert told[-1] == 1.0
    assert all(a < b for a, b in pairwise(told))

    def stop(done: float, doing: str) -> None:
        raise Cancelled("Stopped on request.")

    with pytest.raises(Cancelled):
        Forest(classes=3, **SETTINGS).fit(X, y, (), stop)


def test_labels_of_one_class_are_refused() -> None:
    X, y = rows(50)
    with pytest.raises(DataError, match="needs all 2 classes among its labels; 1 found"):
        Forest(classes=2, **SETTINGS).fit(X, np.zeros_like(y), (), silent)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_restored_forest_says_the_same(classes: int) -> None:
    model, _ = fitted(classes, missing=0.1)
    again = Forest(classes=classes, **SETTINGS).restore(model.dump())
    X, _ = rows(300, missing=0.1, seed=8)
    np.testing.assert_array_equal(again.raw(X), model.raw(X))
    np.testing.assert_array_equal(
        explained(again, X, FIELDS, ()).contributions, explained(model, X, FIELDS, ()).contributions
    )
    np.testing.assert_array_equal(again.importance(), model.importance())
    assert again.kept_ == model.kept_
    assert again.dump() == model.dump()


def test_importances_sum_to_1_and_favour_what_matters() -> None:
    model, theirs = fitted(2)
    assert model.importance().sum() == pytest.approx(1)
    np.testing.assert_allclose(model.importance(), theirs.feature_importances_)


def _changed(model: Forest, name: str, place: int, value: float) -> dict[str, bytes]:
    array = getattr(model.trees_, name).copy()
    array[place] = value
    return damaged(model, **{name: array})


def test_unsound_arrays_are_refused_with_the_reason() -> None:
    model, _ = fitted(2)
    tree = model.trees_
    leaf, end = int(np.flatnonzero(tree.feature < 0)[0]), len(tree.feature)
    cases = {
        "outside 0 to 4": _changed(model, "feature", 0, 5),
        "left child is not after its parent": _changed(model, "left", 0, 0),
        "right child is not after its parent in the same tree": _changed(model, "right", 0, end),
        "no parent, or two": _changed(model, "right", 0, tree.left[0]),
        "a leaf has a left child": _changed(model, "left", leaf, leaf + 1),
        "must start at 0, rise and end": _changed(model, "starts", 1, 0),
        "thresholds must be numbers": _changed(model, "threshold", 0, np.nan),
        "values and weights must be finite": _changed(model, "weight", 0, np.inf),
        "probabilities, from 0 to 1": _changed(model, "values", leaf, 1.5),
        "above 0": _changed(model, "weight", leaf, 0),
        "differ in length (weight)": damaged(model, weight=tree.weight[:-1]),
        "each node has 2 values; expected 1": damaged(model, values=np.repeat(tree.values, 2, axis=1)),
        "share of negatives kept": damaged(model, kept=np.array(0.0)),
        "importances must be at least 0": damaged(model, importance=-model.importance()),
        "has dtype": damaged(model, left=tree.left.astype(np.float64)),
        "no forest.npz": {},
        "not a readable set of arrays": {FILE: model.dump()[FILE][:-40]},
    }
    for reason, files in cases.items():
        with pytest.raises(ModelIntegrityError) as refused:
            Forest(classes=2, **SETTINGS).restore(files)
        assert reason in str(refused.value)
        assert FILE in str(refused.value)


def test_values_that_do_not_sum_to_1_are_refused() -> None:
    model, _ = fitted(3)
    with pytest.raises(ModelIntegrityError, match="sum to 1"):
        Forest(classes=3, **SETTINGS).restore(damaged(model, values=model.trees_.values * 0.9))


def test_events_with_other_features_are_refused() -> None:
    model, _ = fitted(2)
    with pytest.raises(DataError, match="have 4 features; this model was trained on 5"):
        model.raw(np.zeros((3, 4), dtype=np.float32))


def test_down_sampling_is_offered_for_two_classes_only() -> None:
    assert "negatives_per_positive" in {knob.key for knob in forest(("genuine", "fraud")).settings}
    assert "negatives_per_positive" not in {knob.key for knob in forest(("low", "middle", "high")).settings}
    with pytest.raises(DataError, match="dept"):
        forest(("genuine", "fraud"))(0, {"dept": 3})
