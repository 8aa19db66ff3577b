"""From what signals measured to their strengths: the step between features and every model that reads signals."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.frames import FEW, column_index
from riskcore.core.signal import Signal, strengths

AT_ONCE = 16_384  # rows whose strengths fit into a processor's cache


class Ramps:
    """Each signal's strength (n, s) in [0, 1], 0 where it abstains; all other columns are left out.

    Nothing is learned: ramps are declared.  It stands in the chain, and not in the features, so that reasons can tell
    the measured numbers.
    """

    def __init__(self, signals: Sequence[Signal[Any]]) -> None:
        self.signals = tuple(signals)

    @property
    def source(self) -> Mapping[str, str]:
        return {}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        return self.transform(X)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        names = [signal.name for signal in self.signals]
        few = len(X) <= FEW  # one look-up of all columns costs less than one of each, and copies
        found = strengths(self.signals, X[names].to_numpy(dtype=np.float32)) if few else self._many(X, names)
        return pd.DataFrame(found, columns=column_index(tuple(names)), copy=False)

    def _many(self, X: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float32]:
        """The same in parts that stay in the cache."""
        columns = [X[name].to_numpy() for name in names]
        found = np.empty((len(X), len(columns)), dtype=np.float32)
        for first in range(0, len(X), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            for i, column in enumerate(columns):
                found[rows, i] = column[rows]
            found[rows] = strengths(self.signals, found[rows])
        return found

    def dump(self) -> dict[str, bytes]:
        """Nothing."""
        return {}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        return self
