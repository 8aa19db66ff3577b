"""Isolation forest (grown by scikit-learn, served from flat arrays): anomaly scores and exact contributions to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import DrawnTree, Link, apply_link
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.core.settings import read_settings
from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Choices, Contributions, Gives
from riskcore.estimators.model import Family
from riskcore.estimators.transforming import Transformer
from riskcore.estimators.trees import KINDS, count_setting, from_arrays, from_sklearn, growing

FILE = "isolation.npz"
STEP = 20  # trees grown before progress is told
FEWEST = 10  # rows below which nothing stands out


@dataclass(kw_only=True, eq=False)
class Isolation:
    """Isolation forest (Liu, Ting & Zhou 2008): the fewer random cuts set an event apart, the more unusual it is.

    Raw output is the anomaly score 2^(−h/c) in (0, 1), h the mean depth at which an event stands alone and c that of an
    average one among `rows_per_tree`; higher is more unusual.  Contributions add up in −h/c.  Labels are not looked at.
    A missing value counts as the median.
    """

    gives: ClassVar[Gives] = "score"
    native: ClassVar[bool] = False
    link: ClassVar[Link] = "exp2"

    seed: int
    classes: int
    trees: int
    rows_per_tree: int

    def fit(self, X: Matrix, y: NDArray[np.integer] | None, choices: Choices, progress: Progress) -> Self:
        from sklearn.ensemble import IsolationForest

        if len(X) < FEWEST:
            raise DataError(f"An isolation forest needs at least {FEWEST} rows; there are {len(X)}.")
        self.median_ = _medians(X)
        drawn = min(self.rows_per_tree, len(X))
        whole = self._whole(X)
        forest = IsolationForest(
            max_samples=drawn, random_state=self.seed, n_jobs=read_settings().threads, warm_start=True
        )
        for grown in growing(self.trees, STEP, progress):
            forest.set_params(n_estimators=grown).fit(whole)
        self.trees_ = from_sklearn(forest, lambda tree: _depths(tree, drawn), X.shape[1])
        self.importance_ = self._used()
        return self

    def raw(self, X: Matrix) -> NDArray[np.floating]:
        """Anomaly scores (n, 1)."""
        return apply_link(self.link, self.trees_.mean(self._whole(X)))

    def probabilities(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        """The scores: how likely harm is cannot be known without labels."""
        return raw

    def contributions(self, X: Matrix) -> Contributions:
        return Contributions(*self.trees_.contributions(self._whole(X)))

    def importance(self) -> NDArray[np.float64]:
        """How much each feature (k,) spreads the depths of the training rows that come by its cuts."""
        return self.importance_

    def tree_count(self) -> int:
        return self.trees_.count

    def tree(self, i: int, output: int = -1) -> DrawnTree:
        return self.trees_.drawn(i, output)

    def dump(self) -> dict[str, bytes]:
        learned: dict[str, NDArray[Any]] = {"importance": self.importance_, "median": self.median_}
        return {FILE: pack(self.trees_.arrays() | learned)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        arrays = read(files, FILE, KINDS | {"importance": "f", "median": "f"})
        trees = from_arrays(FILE, arrays, arrays["importance"].size)
        importance, median = arrays["importance"], arrays["median"]
        problems = []
        if trees.values.shape[1] != 1 or (trees.values > 0).any():
            problems.append("each node must have one value, a depth below 0.")
        if importance.ndim != 1 or not (importance >= 0).all():
            problems.append("importances must be at least 0.")
        if median.shape != importance.shape or not np.isfinite(median).all():
            problems.append("there must be one finite median for each feature.")
        refuse(FILE, problems)
        self.trees_, self.importance_, self.median_ = trees, importance, median.astype(np.float32)
        return self

    def _whole(self, X: Matrix) -> Matrix:
        missing = np.isnan(X)
        return np.where(missing, self.median_, X) if missing.any() else X

    def _used(self) -> NDArray[np.float64]:
        """Between the two sides of a cut, the variance of mean depth, weighted by the rows that come by."""
        trees = self.trees_
        mean, inner = trees.values[:, 0].copy(), np.flatnonzero(trees.feature >= 0)
        spread = np.zeros(trees.k)
        for node in inner[::-1]:  # children before parents
            sides = [trees.left[node], trees.right[node]]
            share = trees.weight[sides] / trees.weight[sides].sum()
            mean[node] = share @ mean[sides]
            spread[trees.feature[node]] += trees.weight[node] * share[0] * share[1] * np.diff(mean[sides])[0] ** 2
        return spread / spread.sum() if spread.sum() else spread


def _medians(X: Matrix) -> NDArray[np.float32]:
    """Median (k,) of what is known of each feature; 0 where nothing is."""
    empty = np.isnan(X).all(axis=0)
    return np.nanmedian(np.where(empty, np.float32(0), X), axis=0).astype(np.float32)


def _depths(tree: Any, drawn: int) -> NDArray[np.float64]:
    """−h/c (nodes, 1) of a row that ends in each node: its depth, and the average depth of a tree of the rows there."""
    depth = np.zeros(tree.node_count)
    for node in np.flatnonzero(tree.children_left >= 0):  # parents before children
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return -((depth + average_depth(tree.n_node_samples)) / average_depth(np.array([drawn])))[:, None]


def average_depth(n: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean depth of a search tree of n random keys, Liu et al. 2008, eq. 1: 2 H(n − 1) − 2 (n − 1) / n.

    >>> average_depth(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    rows = np.maximum(n, 3).astype(np.float64)
    deep = 2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, deep))


def isolation(
    classes: tuple[str, ...],
    source: Mapping[str, str] | None = None,
    *,
    transformers: tuple[Callable[[], Transformer], ...] = (),
    entity: str = "",
    title: str = "Isolation forest",
    trees: int = 200,
    rows_per_tree: int = 256,
) -> Family:
    """The isolation forest for a scenario, with its defaults; `entity` offers ranks among an entity's own events."""
    return Family(
        title=title,
        estimator=Isolation,
        classes=classes,
        source=source or {},
        transformers=transformers,
        entity=entity,
        settings=(
            count_setting(trees),
            Knob(
                key="rows_per_tree",
                label="Rows drawn for each tree",
                kind="integer",
                default=rows_per_tree,
                low=16,
                high=4_096,
                help="More rows set finer anomalies apart and make deeper trees.",
            ),
        ),
    )
