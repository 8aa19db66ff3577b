"""The two loops over trees that must be fast, compiled.  Import late: it costs a third of a second, and seconds when
the compiled code is not in numba's cache yet."""

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from riskcore.core.compiled import compiled, read_only
from riskcore.estimators.trees import NODE

BLOCK = 256  # rows that go through one tree together: their features and the tree stay in the first-level cache

MATRIX = read_only(types.float32, 2)
NODES = read_only(numba.from_dtype(NODE))
INDICES = read_only(types.int32)
FLAGS = read_only(types.boolean)
NUMBERS = read_only(types.float64)
VALUES = read_only(types.float64, 2)


@compiled(MATRIX, NODES, FLAGS, INDICES, INDICES, VALUES, types.float64[:, ::1])
def add_values(
    X: NDArray[np.float32],
    nodes: NDArray[np.void],
    missing_left: NDArray[np.bool_],
    roots: NDArray[np.int32],
    depths: NDArray[np.int32],
    values: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add to `out` (n, m) the value of the leaf that each row reaches in each tree, tree after tree.

    A block of rows goes down level by level and leaves lead to themselves, so no step depends on a guessed branch or
    on the row before: three times the speed of walking row by row.
    """
    at = np.empty(BLOCK, np.int32)
    for start in range(0, len(X), BLOCK):
        count = min(len(X) - start, BLOCK)
        whole = True
        for i in range(start, start + count):
            for j in range(X.shape[1]):
                whole &= X[i, j] == X[i, j]
        for tree in range(len(roots)):
            for i in range(count):
                at[i] = roots[tree]
            for _ in range(depths[tree]):
                if whole:
                    for i in range(count):
                        node = nodes[at[i]]
                        at[i] = node.left if X[start + i, node.feature] <= node.threshold else node.right
                else:
                    for i in range(count):
                        node = nodes[at[i]]
                        x = X[start + i, node.feature]
                        goes_left = missing_left[at[i]] if x != x else x <= node.threshold
                        at[i] = node.left if goes_left else node.right
            for i in range(count):
                for c in range(values.shape[1]):
                    out[start + i, c] += values[at[i], c]


@compiled(MATRIX, NODES, FLAGS, INDICES, INDICES, INDICES, NUMBERS, VALUES, NUMBERS, NUMBERS, types.float64[:, :, ::1])
def add_contributions(
    X: NDArray[np.float32],
    nodes: NDArray[np.void],
    missing_left: NDArray[np.bool_],
    starts: NDArray[np.int32],
    parent: NDArray[np.int32],
    above: NDArray[np.int32],
    share: NDArray[np.float64],
    values: NDArray[np.float64],
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add to `out` (n, k, m) each feature's path-dependent Shapley value in each tree.

    A leaf with value v, reached over features i that either agree with the row (o = 1) or not (o = 0) and that hold a
    share z of the training rows, gives feature i exactly  v (o_i − z_i) ∫₀¹ ∏_{j≠i} (o_j t + z_j (1 − t)) dt,  since
    the weight of a coalition, s! (d − s − 1)! / d!, is the integral of t^s (1 − t)^(d−s−1).  The integrand is a
    polynomial, so Gauss-Legendre `points` and `weights` on [0, 1] make it exact, and all leaves below an edge are
    summed at once: O(nodes × points) a row.  Same values as Lundberg et al. 2018, algorithm 2; the summing up is that
    of Linear TreeSHAP (Yu et al. 2022).  Where a feature splits twice on a path, the lower edge replaces the upper.
    """
    size, q, m = 0, len(points), values.shape[1]
    for tree in range(len(starts) - 1):
        size = max(size, starts[tree + 1] - starts[tree])
    agrees = np.empty(size, np.float64)
    factor = np.empty((size, q), np.float64)
    inverse = np.empty((size, q), np.float64)
    product = np.empty((size, q), np.float64)
    below = np.empty((size, q, m), np.float64)
    for row in range(len(X)):
        for tree in range(len(starts) - 1):
            first, end = starts[tree], starts[tree + 1]
            for p in range(q):
                product[0, p] = 1.0
            for n in range(first, end):
                i = n - first
                node = nodes[n]
                leaf = node.left == n
                for p in range(q):
                    for c in range(m):
                        below[i, p, c] = product[i, p] * values[n, c] * weights[p] if leaf else 0.0
                if leaf:
                    continue
                x = X[row, node.feature]
                goes_left = missing_left[n] if x != x else x <= node.threshold
                for child in (node.left, node.right):
                    j, twin = child - first, above[child]
                    agrees[j] = 1.0 if (child == node.left) == goes_left else 0.0
                    if twin >= 0:
                        agrees[j] *= agrees[twin - first]
                    for p in range(q):
                        factor[j, p] = agrees[j] * points[p] + share[child] * (1.0 - points[p])
                        inverse[j, p] = 1.0 / factor[j, p]
                        product[j, p] = product[i, p] * factor[j, p]
                        if twin >= 0:
                            product[j, p] *= inverse[twin - first, p]
            for n in range(end - 1, first, -1):
                i, up, twin = n - first, parent[n] - first, above[n]
                gain = agrees[i] - share[n]
                for c in range(m):
                    total = 0.0
                    for p in range(q):
                        total += below[i, p, c] * inverse[i, p]
                        below[up, p, c] += below[i, p, c]
                    total *= gain
                    if twin >= 0:
                        undone = 0.0
                        for p in range(q):
                            undone += below[i, p, c] * inverse[twin - first, p]
                        total -= undone * (agrees[twin - first] - share[twin])
                    out[row, nodes[parent[n]].feature, c] += total
