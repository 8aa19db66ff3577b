"""How fields of real data are spread in each class, in few numbers that synthetic events can be drawn from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUANTILES = np.linspace(0, 1, 21)
OFTEN = 0.02  # share, with all classes weighing the same, from which a value is a cell of its own
MOST_ATOMS = 30  # such values of one field
DIGITS = 6  # significant ones of an edge
DECIMALS = 6  # of a share
MOST_ROWS = 50_000  # of each class


@dataclass(frozen=True)
class Rows:
    """Which rows of the table are looked at, at most 50,000 of each class, and their classes (k,)."""

    picks: NDArray[np.int64]
    y: NDArray[np.int64]
    classes: int

    @property
    def weights(self) -> Floats:
        """(k,) such that all classes weigh the same."""
        return np.asarray(1.0 / np.maximum(np.bincount(self.y, minlength=self.classes), 1)[self.y] / self.classes)


def rows_of(y: NDArray[np.int64], classes: int) -> Rows:
    """Evenly spaced rows of each class; rows of no class (-1) are left out."""
    picks = []
    for c in range(classes):
        of_class = np.flatnonzero(y == c)
        picks.append(of_class[np.unique(np.linspace(0, len(of_class) - 1, min(len(of_class), MOST_ROWS)).astype(int))])
    chosen = np.sort(np.concatenate(picks))
    return Rows(chosen, y[chosen], classes)


def spread_words(words: NDArray[np.object_], choices: tuple[str, ...], rows: Rows) -> dict[str, Any]:
    """Shares of the choices in each class; what is no choice counts as the last one, "other"."""
    codes = pd.Index(choices).get_indexer(pd.Index(words[rows.picks]))
    missing = np.asarray(pd.isna(words[rows.picks]), dtype=bool)
    place = np.where(missing, len(choices), np.where(codes < 0, len(choices) - 1, codes))
    return {"shares": _shares(place, len(choices) + 1, rows)}


def spread_numbers(values: Floats, whole: bool, rows: Rows) -> dict[str, Any]:
    """Cells that all classes share, and their shares in each class.

    A frequent value is a cell of its own; between those lie the quantiles of all classes together, each class weighing
    the same.  Cells do not overlap, so that a value tells its cell.
    """
    seen = values[rows.picks]
    given = ~np.isnan(seen)
    step = 1.0 if whole else _step(seen[given])
    exact = _snap(seen, step)
    atoms = _atoms(exact[given], rows.weights[given])
    rest = given & ~np.isin(exact, atoms)
    marks = _marks(exact[rest], rows.y[rest], atoms, step)
    place = np.full(len(seen), -1)
    place[given & ~rest] = np.searchsorted(atoms, exact[given & ~rest])
    between = np.clip(np.searchsorted(marks, exact[rest], side="left") - 1, 0, max(0, len(marks) - 2))
    place[rest] = len(atoms) + between
    cells = [(a, a) for a in atoms.tolist()] + _between(marks, atoms, step)
    used = np.unique(place[given])
    place = np.where(given, np.searchsorted(used, place), len(used))
    said = {"cells": [[_plain(edge) for edge in cells[i]] for i in used], "shares": _shares(place, len(used) + 1, rows)}
    return said | ({"step": _plain(step)} if step else {})


def _step(values: Floats) -> float:
    """What neighbouring values differ by at least: a power of ten from 0.1 to 0.0001, or 0 for none."""
    sample = values[: 10 * MOST_ROWS]
    for digits in range(1, 5):
        scaled = sample * 10**digits
        if (np.abs(scaled - np.rint(scaled)) < 1e-3).all():
            return float(10.0**-digits)
    return 0.0


def _snap(values: Floats, step: float) -> Floats:
    """Values on their grid, or rounded to six digits where they have none."""
    if step:
        return np.asarray((np.rint(values / step) * step).round(4))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.abs(values))))
        return np.where(values == 0, 0.0, np.rint(values * scale) / scale)


def _atoms(values: Floats, weights: Floats) -> Floats:
    different, place = np.unique(values, return_inverse=True)
    if len(different) <= MOST_ATOMS:
        return different
    share = np.bincount(place, weights) / weights.sum()
    often = np.flatnonzero(share >= OFTEN)
    return np.sort(different[often[np.argsort(-share[often])][:MOST_ATOMS]])


def _marks(values: Floats, y: NDArray[np.int64], atoms: Floats, step: float) -> Floats:
    """Where one cell ends and the next begins, ascending; empty where no value is left."""
    if not len(values):
        return np.zeros(0)
    by_class = [np.quantile(values[y == c], QUANTILES, method="nearest") for c in np.unique(y)]
    edges = np.quantile(np.concatenate(by_class), QUANTILES, method="nearest")
    inside = atoms[(atoms > values.min()) & (atoms < values.max())]
    marks = np.unique(np.concatenate([edges, inside, [values.min(), values.max()]]))
    return np.append(marks, marks[-1]) if len(marks) == 1 else marks


def _between(marks: Floats, atoms: Floats, step: float) -> list[tuple[float, float]]:
    """The values above a mark up to the next one, marks that are cells of their own left out."""
    own = np.isin(marks, atoms)
    found = []
    for i in range(len(marks) - 1):
        low = marks[i] if i == 0 and not own[i] else marks[i] + step
        high = marks[i + 1] - step if own[i + 1] else marks[i + 1]
        found.append((min(low, high), high))
    return found


def _shares(place: NDArray[np.integer], width: int, rows: Rows) -> list[list[float]]:
    """Shares (classes, width), each with one row of everybody's besides: a rare class rules nothing out."""
    everybody = np.bincount(place, rows.weights, minlength=width)
    everybody = everybody / everybody.sum()
    found = []
    for c in range(rows.classes):
        counts = np.bincount(place[rows.y == c], minlength=width)
        share = (counts + everybody) / (counts.sum() + 1)
        found.append([_plain(s) for s in share.round(DECIMALS)])
    return found


def _plain(value: float) -> float | int:
    value = round(float(value), 10)
    return int(value) if value == int(value) and abs(value) < 2**53 else value
