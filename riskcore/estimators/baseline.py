"""What each entity usually does, learned from its events, and how far an event is from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.schema import framed
from riskcore.estimators.arrays import pack, read, refuse
from riskcore.estimators.shrinkage import Population, population, prior_strength, standardised

FILE = "baseline.npz"
EVENTS = "baseline_events"
CONCENTRATION = 15.0  # of the smoothing on a circle (von Mises): a spread of an hour on that of the day
BLOCK = 100_000  # rows at a time: constant memory beside the result
ARRAYS = {"keys": "U", "events": "i", "origin": "f", "seen": "i", "sums": "f", "squares": "f"}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Deviation = NDArray[np.float32]


@dataclass(frozen=True)
class Number:
    """One number by entity (k + 1,), about a common origin; the last entity is one that was never seen."""

    origin: float
    seen: Floats
    sums: Floats
    squares: Floats

    @cached_property
    def population(self) -> Population:
        return population(self.seen, self.sums, self.squares)

    def deviation(self, x: Floats, entity: Ints, *, left_out: bool) -> Deviation:
        """Signed standardised residuals (n,) of x; `left_out` where x was counted itself."""
        x = x - self.origin
        own = ~np.isnan(x) & (entity < len(self.seen) - 1) if left_out else np.zeros(len(x), dtype=bool)
        gone = np.where(own, x, 0.0)
        n, total, squares = self.seen[entity] - own, self.sums[entity] - gone, self.squares[entity] - gone**2
        return standardised(x, n, total, squares, self.population).astype(np.float32)


@dataclass(frozen=True)
class Rate:
    """How often each entity (k + 1) showed each of j values; `kernel` (j, j) spreads one observation over values."""

    counts: Ints
    kernel: Floats

    @cached_property
    def share(self) -> Floats:
        """The population's shares (j,); a value nobody showed is half an observation away from impossible."""
        smooth = self.counts.sum(axis=0) @ self.kernel + 0.5
        return np.asarray(smooth / smooth.sum())

    @cached_property
    def strength(self) -> float:
        return prior_strength(self.counts.astype(np.float64), self.share)

    @cached_property
    def weights(self) -> Floats:
        """Observations and prior (k + 1, j), smoothed; each row sums to the events seen and the prior's strength."""
        return np.asarray(self.counts @ self.kernel + self.strength * self.share)

    @cached_property
    def surprises(self) -> Deviation:
        """−log rate (k + 1, j), in nats."""
        return np.asarray(-np.log(self.weights / self.weights.sum(axis=1, keepdims=True)), dtype=np.float32)

    def surprise(self, code: Ints, entity: Ints, *, left_out: bool) -> Deviation:
        """−log rate (n,) of values by their codes; NaN where the code is −1, `left_out` where it was counted itself."""
        if not left_out:
            found = self.surprises[entity, code]
        else:
            own = (entity < len(self.counts) - 1) & (code >= 0)
            n = self.counts.sum(axis=1)[entity] - own
            weight = self.weights[entity, code] - own * self.kernel[0, 0]
            found = -np.log(weight / (n + self.strength))
        return np.where(code < 0, np.float32(np.nan), found).astype(np.float32)


class EntityBaseline:
    """Appends how far each event is from its entity's own past, learned on the training rows only.

    For each of `numbers` (n,) float32 `<column>_deviation`: signed, in predictive standard deviations, the entity's
    mean and variance shrunk to the population's.  For each of `circles` (column -> period, a whole number) and
    `categories` `<column>_surprise`: −log of how often the entity shows the value, in nats, smoothed on the circle and
    shrunk by a Dirichlet prior.  The priors' strengths are estimated (`shrinkage`).  A missing value has no deviation
    (NaN).  `baseline_events` is how many events the entity's baseline rests on; one never seen is told by the
    population and has 0.  Other columns stay as they are.  What is learned are counts and sums, so that a training row
    is left out of its own baseline by subtraction.
    """

    def __init__(
        self,
        key: str,
        *,
        numbers: Sequence[str] = (),
        circles: Mapping[str, int] | None = None,
        categories: Sequence[str] = (),
    ) -> None:
        self.key = key
        self.numbers = tuple(numbers)
        self.circles = dict(circles or {})
        self.categories = tuple(categories)

    @property
    def source(self) -> Mapping[str, str]:
        """New column -> the column it is made of."""
        told = {f"{name}_deviation": name for name in self.numbers}
        return told | {f"{name}_surprise": name for name in (*self.circles, *self.categories)} | {EVENTS: self.key}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        """Learn from n rows, not from labels; each is told by a baseline that leaves itself out."""
        entity, keys = pd.factorize(X[self.key])
        self.index_ = pd.Index(keys, dtype="str")
        entity = np.where(entity < 0, len(keys), entity)
        self.events_ = np.bincount(entity, minlength=len(keys) + 1)
        self.events_[-1] = 0  # rows without a key belong to nobody
        values = [X[name].to_numpy(dtype=np.float64) for name in self.numbers]
        self.numbers_ = [_counted_number(x, entity, len(keys)) for x in values]
        self.choices_ = [X[name].cat.categories for name in self.categories]
        self.rates_ = [
            Rate(_counted(code, entity, len(keys), len(kernel)), kernel)
            for code, kernel in zip(self._codes(X), self._kernels(), strict=True)
        ]
        return self._appended(X, entity, left_out=True)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The same columns for rows that were not learned from."""
        entity = self.index_.get_indexer(pd.Index(X[self.key].array))
        return self._appended(X, np.where(entity < 0, len(self.index_), entity), left_out=False)

    def _appended(self, X: pd.DataFrame, entity: Ints, *, left_out: bool) -> pd.DataFrame:
        new = {name: np.empty(len(X), dtype=np.float32) for name in self.source}
        columns = [X[name].to_numpy() for name in self.numbers]
        codes = self._codes(X)
        for start in range(0, len(X), BLOCK):
            part = slice(start, start + BLOCK)
            whose = entity[part]
            found = [
                n.deviation(x[part].astype(np.float64), whose, left_out=left_out)
                for n, x in zip(self.numbers_, columns, strict=True)
            ]
            found += [r.surprise(c[part], whose, left_out=left_out) for r, c in zip(self.rates_, codes, strict=True)]
            known = whose < len(self.index_)
            found.append((self.events_[whose] - (known if left_out else 0)).astype(np.float32))
            for column, values in zip(new.values(), found, strict=True):
                column[part] = values
        return _beside(X, new)

    def _codes(self, X: pd.DataFrame) -> list[Ints]:
        """Place on each circle, and code in each category (n,); −1 where missing."""
        found = [_on_circle(X[name].to_numpy(), period) for name, period in self.circles.items()]
        for name, choices in zip(self.categories, self.choices_, strict=True):
            values: Any = X[name].values
            if not values.categories.equals(choices):
                raise DataError(f"Column '{name}' has other choices than those learned: {', '.join(choices)}.")
            found.append(values.codes.astype(np.int64))
        return found

    def _kernels(self) -> list[Floats]:
        return [_circle_kernel(p) for p in self.circles.values()] + [np.eye(len(c)) for c in self.choices_]

    def dump(self) -> dict[str, bytes]:
        """What was counted; all else follows from it."""
        k = len(self.index_)
        arrays: dict[str, NDArray[Any]] = {
            "keys": np.array(self.index_.tolist(), dtype=np.str_),
            "events": self.events_[:k],
            "origin": np.array([n.origin for n in self.numbers_], dtype=np.float64),
        }
        for name, of in (("seen", "seen"), ("sums", "sums"), ("squares", "squares")):
            stacked = [getattr(n, of)[:k] for n in self.numbers_]
            arrays[name] = np.array(stacked, dtype=np.int64 if of == "seen" else np.float64).reshape(len(stacked), k)
        arrays |= {f"counts_{i}": rate.counts[:k] for i, rate in enumerate(self.rates_)}
        arrays |= {f"choices_{i}": np.array(choices, dtype=np.str_) for i, choices in enumerate(self.choices_)}
        return {FILE: pack(arrays)}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; arrays that no counting could have given raise one `ModelIntegrityError`."""
        rates = len(self.circles) + len(self.categories)
        kinds = ARRAYS | {f"counts_{i}": "i" for i in range(rates)}
        arrays = read(files, FILE, kinds | {f"choices_{i}": "U" for i in range(len(self.categories))})
        self.choices_ = [_strings(arrays[f"choices_{i}"]) for i in range(len(self.categories))]
        kernels = self._kernels()
        keys, k = arrays["keys"], arrays["keys"].size
        shapes: dict[str, tuple[int, ...]] = {"keys": (k,), "events": (k,), "origin": (len(self.numbers),)}
        shapes |= dict.fromkeys(("seen", "sums", "squares"), (len(self.numbers), k))
        shapes |= {f"counts_{i}": (k, len(kernel)) for i, kernel in enumerate(kernels)}
        problems = [
            f"{name} has shape {arrays[name].shape}; expected {shape}."
            for name, shape in shapes.items()
            if arrays[name].shape != shape
        ] or list(_unsound(arrays, rates))
        refuse(FILE, problems)
        self.index_ = _strings(keys)
        self.events_ = np.append(arrays["events"], 0)
        self.numbers_ = [
            Number(origin, *(np.append(arrays[name][i], 0).astype(np.float64) for name in ("seen", "sums", "squares")))
            for i, origin in enumerate(arrays["origin"].tolist())
        ]
        self.rates_ = [
            Rate(np.vstack([arrays[f"counts_{i}"], np.zeros(len(kernel), dtype=np.int64)]), kernel)
            for i, kernel in enumerate(kernels)
        ]
        return self


def _unsound(arrays: Mapping[str, NDArray[Any]], rates: int) -> Iterator[str]:
    """What is wrong with arrays of the right shapes."""
    events = arrays["events"]
    if len(np.unique(arrays["keys"])) < len(events):
        yield "an entity stands twice."
    if (events < 1).any():
        yield "each entity must have at least one event."
    if not all(np.isfinite(arrays[name]).all() for name in ("origin", "sums", "squares")):
        yield "origin, sums and squares must be finite."
    seen, squares = arrays["seen"], arrays["squares"]
    if (seen < 0).any() or (seen > events).any():
        yield "seen must be from 0 to the entity's events."
    # By Cauchy and Schwarz; a rounding error more is no damage.
    elif (arrays["sums"] ** 2 > seen * squares * (1 + 1e-9) + 1e-9).any():
        yield "sums and squares cannot be those of the same numbers."
    for i in range(rates):
        counts = arrays[f"counts_{i}"]
        if (counts < 0).any() or (counts.sum(axis=1) > events).any():
            yield f"counts_{i} must be at least 0 and sum to no more than the entity's events."


def _counted_number(x: Floats, entity: Ints, k: int) -> Number:
    known = ~np.isnan(x) & (entity < k)
    origin = float(x[known].mean()) if known.any() else 0.0
    about, whose = x[known] - origin, entity[known]
    weights = (None, about, about**2)
    return Number(origin, *(np.bincount(whose, w, minlength=k + 1).astype(np.float64) for w in weights))


def _counted(code: Ints, entity: Ints, k: int, values: int) -> Ints:
    """How often each entity showed each value, (k + 1, values)."""
    known = (code >= 0) & (entity < k)
    flat = np.bincount(entity[known] * values + code[known], minlength=(k + 1) * values)
    return flat.reshape(k + 1, values)


def _strings(array: NDArray[np.str_]) -> pd.Index:
    return pd.Index(array.ravel().tolist(), dtype="str")


def _beside(X: pd.DataFrame, new: Mapping[str, Deviation]) -> pd.DataFrame:
    """X and new columns; several times as fast as `assign`, which one event would notice."""
    table = framed({str(name): X[name].values for name in X.columns} | dict(new))
    table.index = X.index
    return table


def _on_circle(x: NDArray[np.floating], period: int) -> Ints:
    """Unit step of the circle (n,), 0 to period − 1; −1 where missing."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isnan(x), -1, np.floor(np.nan_to_num(x)) % period).astype(np.int64)


def _circle_kernel(steps: int) -> Floats:
    """Share (steps, steps) of an observation that each step gets, von Mises about its own."""
    apart = np.arange(steps)[:, None] - np.arange(steps)
    weight = np.exp(CONCENTRATION * (np.cos(2 * np.pi * apart / steps) - 1))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
