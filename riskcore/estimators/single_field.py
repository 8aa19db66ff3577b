"""The best rule over one feature: what a model must beat to be worth having.  A baseline, never served."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.model import Output, as_output

MOST_ROWS = 20_000  # enough to choose one feature by; the rule itself needs no more


class SingleField:
    """A tree of depth 3 on the one feature that classifies the training rows best by log loss.

    Choices of a category are first put in the order of their mean label; keys are not looked at.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer]) -> "SingleField":
        """Choose the feature and its cuts on at most 20,000 rows, drawn stratified by class."""
        from sklearn.tree import DecisionTreeClassifier

        rows = _sample(y, self.seed)
        sample, labels = X.iloc[rows], y[rows]
        truth = labels[:, None] == np.unique(labels)
        best = np.inf
        for name in X.columns:
            if isinstance(X[name].dtype, pd.StringDtype):
                continue
            order = _order(sample[name], labels)
            values = _numbers(sample[name], order)
            tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=self.seed)
            said = tree.fit(values, labels).predict_proba(values)
            loss = -np.log(np.clip(said[truth], 1e-9, None)).mean()
            if loss < best:
                best, self.feature_, self.tree_, self.order_ = loss, str(name), tree, order
        return self

    def predict(self, X: pd.DataFrame) -> Output:
        """The rule's probabilities for n rows."""
        return as_output(self.tree_.predict_proba(_numbers(X[self.feature_], self.order_)))


def _order(values: pd.Series, y: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean label of each choice of a category, NaN for the unseen; empty for numbers."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return np.zeros(0)
    codes, size = values.cat.codes.to_numpy(), len(values.cat.categories)
    known = codes >= 0
    with np.errstate(invalid="ignore"):
        sums = np.bincount(codes[known], weights=y[known], minlength=size)
        return np.asarray(sums / np.bincount(codes[known], minlength=size))


def _numbers(values: pd.Series, order: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column (n, 1) that a tree can cut."""
    if not len(order):
        return values.to_numpy(dtype=np.float64)[:, None]
    return np.append(order, np.nan)[values.cat.codes.to_numpy()][:, None]


def _sample(y: NDArray[np.integer], seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    parts = []
    for c in np.unique(y):
        rows = np.flatnonzero(y == c)
        share = max(100, int(MOST_ROWS * len(rows) / len(y)))
        parts.append(rows if len(rows) <= share else rng.choice(rows, share, replace=False))
    return np.sort(np.concatenate(parts))
