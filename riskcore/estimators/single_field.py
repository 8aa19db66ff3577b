"""The best rule over one feature: what a model must beat to be worth having.  A baseline, never served."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Output

MOST_ROWS = 20_000  # enough to choose one feature by; the rule itself needs no more


class SingleField:
    """A tree of depth 3 on the one feature that classifies the training rows best by log loss."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer]) -> "SingleField":
        """Choose the feature and its cuts on at most 20,000 rows, drawn stratified by class."""
        from sklearn.tree import DecisionTreeClassifier

        rows = _sample(y, self.seed)
        columns, labels = X.iloc[rows].to_numpy(), y[rows]
        truth = labels[:, None] == np.unique(labels)
        best = np.inf
        for i, name in enumerate(X.columns):
            tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=self.seed)
            said = tree.fit(columns[:, [i]], labels).predict_proba(columns[:, [i]])
            loss = -np.log(np.clip(said[truth], 1e-9, None)).mean()
            if loss < best:
                best, self.feature_, self.tree_, self.place_ = loss, str(name), tree, i
        return self

    def predict(self, X: pd.DataFrame) -> Output:
        """The rule's probabilities for n rows."""
        p = self.tree_.predict_proba(X.iloc[:, [self.place_]].to_numpy())
        if p.shape[1] == 2:
            return Output(p[:, 1], p[:, 1])
        severity = p @ np.linspace(0, 1, p.shape[1])
        return Output(severity, severity, p)


def _sample(y: NDArray[np.integer], seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    parts = []
    for c in np.unique(y):
        rows = np.flatnonzero(y == c)
        share = max(100, int(MOST_ROWS * len(rows) / len(y)))
        parts.append(rows if len(rows) <= share else rng.choice(rows, share, replace=False))
    return np.sort(np.concatenate(parts))
