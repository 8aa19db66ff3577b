"""Decision trees as flat arrays: stored, checked, walked and explained without the library that grew them."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.explanation import DrawnTree
from riskcore.core.knobs import Knob
from riskcore.core.progress import Progress
from riskcore.core.settings import read_settings
from riskcore.estimators.arrays import refuse

# One node as the walkers read it: 16 bytes, so that a step touches one cache line.
NODE = np.dtype([("feature", np.int32), ("threshold", np.float32), ("left", np.int32), ("right", np.int32)])
KINDS = {
    "starts": "i",
    "feature": "i",
    "threshold": "f",
    "left": "i",
    "right": "i",
    "missing_left": "b",
    "weight": "f",
    "values": "f",
}
SMALL = 2_048  # rows below which starting threads costs more than it saves


class Paths(NamedTuple):
    """What the explanation needs to know of each of n nodes besides the walk, and where to integrate."""

    parent: NDArray[np.int32]  # (n,) -1 for roots
    above: NDArray[np.int32]  # (n,) nearest node on the way up whose parent splits on the same feature, or -1
    share: NDArray[np.float64]  # (n,) training rows that pass all splits on that feature up to here
    points: NDArray[np.float64]  # Gauss-Legendre on [0, 1], enough to be exact
    weights: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """T trees of n nodes altogether over k features, with m values a node; children come after their parents.

    A row goes left where `float32(x) <= threshold`, and a missing value where `missing_left` says.  The ensemble's
    output is the mean over trees of the values of the leaves reached.
    """

    starts: NDArray[np.int32]  # (T + 1,) first node of each tree, and n
    feature: NDArray[np.int32]  # (n,) -1 for leaves
    threshold: NDArray[np.float64]  # (n,)
    left: NDArray[np.int32]  # (n,) places in these arrays; -1 for leaves
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]  # (n,)
    weight: NDArray[np.float64]  # (n,) training rows that came by
    values: NDArray[np.float64]  # (n, m)
    k: int

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything learned by name, for `from_arrays`."""
        return {name: getattr(self, name) for name in KINDS}

    @cached_property
    def depths(self) -> NDArray[np.int32]:
        """Depth (T,) of each tree; 0 for a single leaf."""
        level = np.zeros(len(self.feature), dtype=np.int32)
        frontier = self.starts[:-1]
        while len(frontier := frontier[self.feature[frontier] >= 0]):
            children = np.concatenate([self.left[frontier], self.right[frontier]])
            level[children] = np.tile(level[frontier] + 1, 2)
            frontier = children
        return np.maximum.reduceat(level, self.starts[:-1]).astype(np.int32)

    @cached_property
    def nodes(self) -> NDArray[np.void]:
        """Nodes (n,) as the walkers read them; leaves lead to themselves."""
        here, leaf = np.arange(len(self.feature)), self.feature < 0
        packed = np.zeros(len(here), dtype=NODE)
        packed["feature"] = np.where(leaf, 0, self.feature)
        packed["threshold"] = _float32_below(self.threshold)
        packed["left"] = np.where(leaf, here, self.left)
        packed["right"] = np.where(leaf, here, self.right)
        return packed

    @cached_property
    def paths(self) -> Paths:
        parent = np.full(len(self.feature), -1, dtype=np.int32)
        inner = np.flatnonzero(self.feature >= 0)
        parent[self.left[inner]] = parent[self.right[inner]] = inner
        split = np.where(parent >= 0, self.feature[parent], -1)
        above = np.full(len(parent), -1, dtype=np.int32)
        cursor = parent.copy()
        while ((above < 0) & (cursor >= 0)).any():
            found = (above < 0) & (cursor >= 0) & (split >= 0) & (split[cursor] == split)
            above[found] = cursor[found]
            cursor = np.where(cursor >= 0, parent[cursor], -1)
        share = np.where(parent >= 0, self.weight / self.weight[parent], 1.0)
        for n in np.flatnonzero(above >= 0):  # from the top down: nodes come after their parents
            share[n] *= share[above[n]]
        # A path of d splits is a polynomial of degree d − 1, and p points are exact up to degree 2p − 1.
        nodes, weights = np.polynomial.legendre.leggauss(max(1, (int(self.depths.max()) + 1) // 2))
        return Paths(parent, above, share, (nodes + 1.0) / 2.0, weights / 2.0)

    def mean(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """The ensemble's output (n, m) for rows (n, k)."""
        from riskcore.estimators import tree_walks

        total = np.zeros((len(X), self.values.shape[1]))
        shared = (self.nodes, self.missing_left, self.starts[:-1], self.depths, self.values)
        _in_parts(lambda part: tree_walks.add_values(X[part], *shared, total[part]), self._checked(X), SMALL)
        total /= self.count
        return total

    def contributions(self, X: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Path-dependent Shapley values: the base (m,) and contributions (n, k, m), which add up to the output."""
        from riskcore.estimators import tree_walks

        total = np.zeros((len(X), self.k, self.values.shape[1]))
        shared = (self.nodes, self.missing_left, self.starts, *self.paths[:3], self.values, *self.paths[3:])
        _in_parts(lambda part: tree_walks.add_contributions(X[part], *shared, total[part]), self._checked(X), 16)
        total /= self.count
        return self._base, total

    def drawn(self, i: int, output: int) -> DrawnTree:
        """Tree `i` with the shares of one output."""
        start, end = self.starts[i : i + 2]
        leaf = self.feature[start:end] < 0
        return DrawnTree(
            feature=self.feature[start:end].astype(np.int64),
            threshold=self.threshold[start:end],
            left=np.where(leaf, -1, self.left[start:end] - start).astype(np.int64),
            right=np.where(leaf, -1, self.right[start:end] - start).astype(np.int64),
            value=self.values[start:end, output],
            cover=self.weight[start:end],
            inclusive=True,
        )

    @cached_property
    def _base(self) -> NDArray[np.float64]:
        """Mean output (m,) over the training rows of each tree."""
        tree = np.repeat(np.arange(self.count), np.diff(self.starts))
        leaf = np.flatnonzero(self.feature < 0)
        portion = self.weight[leaf] / self.weight[self.starts[:-1]][tree[leaf]]
        return np.asarray(portion @ self.values[leaf] / self.count)

    def _checked(self, X: NDArray[np.float32]) -> int:
        if X.shape[1] != self.k:
            raise DataError(f"The events have {X.shape[1]} features; this model was trained on {self.k}.")
        return len(X)


def growing(count: int, step: int, progress: Progress) -> Iterator[int]:
    """How many trees there are to be after each step, up to `count`; progress is told once they are grown."""
    for grown in [*range(step, count, step), count]:
        yield grown
        progress(grown / count, f"tree {grown} of {count}")


def count_setting(default: int) -> Knob:
    """How many trees a forest has."""
    return Knob(key="trees", label="Trees", kind="integer", default=default, low=1, high=1_000)


def depth_setting(default: int) -> Knob:
    """How deep a learned tree may grow."""
    return Knob(key="depth", label="Greatest depth of a tree", kind="integer", default=default, low=1, high=12)


def from_sklearn(forest: Any, values: Callable[[Any], NDArray[np.float64]], k: int) -> Trees:
    """The trees of a fitted scikit-learn ensemble; `values` gives the values (nodes, m) of one of its trees."""
    grown = [fitted.tree_ for fitted in forest.estimators_]
    starts = np.cumsum([0] + [tree.node_count for tree in grown]).astype(np.int32)

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(tree, name) for tree in grown])

    def placed(name: str) -> NDArray[np.int32]:
        children = [getattr(tree, name) for tree in grown]
        shifted = [np.where(c >= 0, c + start, -1) for c, start in zip(children, starts[:-1], strict=True)]
        return np.concatenate(shifted).astype(np.int32)

    left = placed("children_left")
    return Trees(
        starts=starts,
        feature=np.where(left >= 0, joined("feature"), -1).astype(np.int32),
        threshold=np.where(left >= 0, joined("threshold"), 0.0),
        left=left,
        right=placed("children_right"),
        missing_left=joined("missing_go_to_left").astype(np.bool_),
        weight=joined("weighted_n_node_samples").astype(np.float64),
        values=np.ascontiguousarray(np.concatenate([values(tree) for tree in grown])),
        k=k,
    )


def from_arrays(name: str, arrays: Mapping[str, NDArray[Any]], k: int) -> Trees:
    """The inverse of `Trees.arrays`; a `ModelIntegrityError` names the file and everything unsound in it."""
    refuse(name, _problems(arrays, k))
    kinds: dict[str, Any] = {"i": np.int32, "f": np.float64, "b": np.bool_}
    typed: dict[str, NDArray[Any]] = {
        key: np.ascontiguousarray(arrays[key], dtype=kinds[kind]) for key, kind in KINDS.items()
    }
    return Trees(**typed, k=k)


def _problems(arrays: Mapping[str, NDArray[Any]], k: int) -> Iterator[str]:
    """Every way in which a walk over these arrays could leave them, never end, or add up to nonsense."""
    starts, feature, left, right = (arrays[name] for name in ("starts", "feature", "left", "right"))
    n = len(feature) if feature.ndim == 1 else 0
    wrong = [name for name in KINDS if name not in ("starts", "values") and arrays[name].shape != (n,)]
    if wrong or not n or arrays["values"].ndim != 2 or len(arrays["values"]) != n:
        yield f"the arrays of nodes differ in length ({', '.join(wrong) or 'values'}) or are empty."
        return
    if starts.ndim != 1 or len(starts) < 2 or starts[0] != 0 or starts[-1] != n or (np.diff(starts) < 1).any():
        yield f"trees must start at 0, rise and end at node {n}."
        return
    if (feature < -1).any() or (feature >= k).any():
        yield f"a node splits on a feature outside 0 to {k - 1}."
    inner = np.flatnonzero(feature >= 0)
    end = np.repeat(starts[1:], np.diff(starts))
    for side, children in (("left", left), ("right", right)):
        if (children[inner] <= inner).any() or (children[inner] >= end[inner]).any():
            yield f"a {side} child is not after its parent in the same tree."
        if (children[feature < 0] != -1).any():
            yield f"a leaf has a {side} child."
    children = np.sort(np.concatenate([left[inner], right[inner], starts[:-1]]))
    if not np.array_equal(children, np.arange(n)):
        yield "a node has no parent, or two."
    if np.isnan(arrays["threshold"]).any():  # an infinite one is sound: it parts missing values from all others
        yield "thresholds must be numbers."
    if not all(np.isfinite(arrays[name]).all() for name in ("values", "weight")):
        yield "values and weights must be finite."
    if not (arrays["weight"] > 0).all():
        yield "weights must be above 0."


def _float32_below(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The greatest float32 not above each threshold: `x <= it` says the same for every float32 x, in half the room."""
    with np.errstate(over="ignore"):
        rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _in_parts(work: Callable[[slice], None], rows: int, small: int) -> None:
    """Do the work on all rows; many rows are cut into parts for as many threads as the settings allow."""
    threads = 1 if rows < small else read_settings().threads
    if threads == 1:
        work(slice(0, rows))
        return
    cuts = np.linspace(0, rows, 4 * threads + 1).astype(int).tolist()  # more parts than threads, lest one lag behind
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [slice(*ends) for ends in pairwise(cuts)]))
