"""From feature frames to the matrix that an estimator reads: numbers as they are, categories as codes or indicators."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import ModelIntegrityError

Matrix = NDArray[np.float32]  # (n, k), C order

FILE = "encoding.json"


@dataclass(frozen=True)
class Column:
    """A column of features: a number, or a category with its choices."""

    name: str
    choices: tuple[str, ...] = ()


class Encoder:
    """What every model learns of its columns: names, order and choices; never a value.

    `native` gives a category one column of codes (NaN where missing), for estimators that split on sets of codes;
    otherwise each choice has an indicator named `column=choice`, and a missing one has none.  Text columns are keys,
    which only transformers read; they are left out.
    """

    def __init__(self, native: bool) -> None:
        self.native = native
        self.columns_: tuple[Column, ...] = ()
        self.keys_: tuple[str, ...] = ()

    def fit(self, X: pd.DataFrame) -> Self:
        self.columns_ = tuple(_column(name, X[name]) for name in X.columns if not _is_key(X[name]))
        self.keys_ = tuple(str(name) for name in X.columns if _is_key(X[name]))
        return self

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the matrix's k columns."""
        return tuple(name for column in self.columns_ for name in self._names(column))

    @cached_property
    def source(self) -> Mapping[str, str]:
        """Indicator -> the column it is made of."""
        return {name: c.name for c in self.columns_ if c.choices for name in self._names(c)}

    @cached_property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """What the codes of each of the k columns stand for; empty for numbers and indicators."""
        return tuple(c.choices if self.native else () for c in self.columns_ for _ in self._names(c))

    def matrix(self, X: pd.DataFrame) -> Matrix:
        """Features (n, k) as one float32 matrix in C order; free where the frame is one already."""
        if self._plain:
            return matrix(X)
        encoded = np.empty((len(X), len(self.features)), dtype=np.float32)
        place = 0
        for column in self.columns_:
            width = len(self._names(column))
            values = X[column.name]
            if not column.choices:
                encoded[:, place] = values.to_numpy()
            else:
                codes = np.asarray(values.array.codes)
                if self.native:
                    encoded[:, place] = np.where(codes < 0, np.float32(np.nan), codes)
                else:
                    encoded[:, place : place + width] = codes[:, None] == np.arange(width)
            place += width
        return encoded

    @cached_property
    def _plain(self) -> bool:
        return not self.keys_ and not any(c.choices for c in self.columns_)

    def _names(self, column: Column) -> Sequence[str]:
        if self.native or not column.choices:
            return (column.name,)
        return [f"{column.name}={choice}" for choice in column.choices]

    def dump(self) -> dict[str, bytes]:
        said = {"columns": [[c.name, list(c.choices)] for c in self.columns_], "keys": list(self.keys_)}
        return {FILE: json.dumps(said, indent=1).encode()}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`; anything else raises `ModelIntegrityError`."""
        try:
            said = json.loads(files[FILE])
            self.columns_ = tuple(
                Column(str(name), tuple(str(c) for c in choices)) for name, choices in said["columns"]
            )
            self.keys_ = tuple(str(key) for key in said["keys"])
        except (KeyError, ValueError, TypeError) as error:
            raise ModelIntegrityError(f"{FILE} does not list the model's columns ({error}). Train it again.") from None
        return self


def matrix(X: pd.DataFrame) -> Matrix:
    """A frame of numbers as one float32 matrix in C order; free where it is one already."""
    return np.ascontiguousarray(X.to_numpy(), dtype=np.float32)


def _is_key(values: pd.Series) -> bool:
    return isinstance(values.dtype, pd.StringDtype)


def _column(name: object, values: pd.Series) -> Column:
    choices = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else ()
    return Column(str(name), tuple(str(c) for c in choices))
