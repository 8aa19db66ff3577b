"""Drawing from tables of shares, and labels that may be a neighbour's: what generators have in common."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draw_columns(rng: np.random.Generator, shares: Floats, rows: Ints) -> Ints:
    """A column drawn by the shares (r, c) of row `rows[i]` for each i; each row's shares sum to 1.

    All rows' distribution functions are searched as one.
    """
    below = np.minimum(np.cumsum(shares, axis=1)[:, :-1], 1.0)
    flat = (below + np.arange(len(shares))[:, None]).ravel()
    column = np.searchsorted(flat, rng.random(len(rows)) + rows, side="right") - rows * below.shape[1]
    return np.asarray(np.clip(column, 0, below.shape[1]), dtype=np.int64)


def neighbours(classes: int, wrong: float) -> Floats:
    """P(true class | recorded label), (classes, classes), at least two; a wrong label is a neighbour's.

    >>> neighbours(3, 0.5).tolist()
    [[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]]
    """
    latent = np.eye(classes) * (1 - wrong)
    for c in range(classes):
        beside = [b for b in (c - 1, c + 1) if 0 <= b < classes]
        latent[c, beside] = wrong / len(beside)
    return latent
