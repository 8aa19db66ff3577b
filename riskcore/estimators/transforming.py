"""What a model may learn before its estimator: the contract of transformers."""

from collections.abc import Mapping
from typing import Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Transformer(Protocol):
    """A learned step from features to features; learned state ends in `_`."""

    @property
    def source(self) -> Mapping[str, str]:
        """New column -> the column of features, or event field, that it is told under."""
        ...

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        """Learn from (n, k) features, and where labels are the point from class numbers (n,); with the new columns.

        Where a row would see itself in what was learned, it is left out (leave-one-out): otherwise the rows learned
        from look more usual than any later one.  Of labels a row may see those that had arrived at its own moment.
        """
        ...

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The same columns for rows not learned from; a row's values do not depend on its neighbours."""
        ...

    def dump(self) -> dict[str, bytes]: ...

    def restore(self, files: Mapping[str, bytes]) -> Self: ...


@runtime_checkable
class Remembers(Protocol):
    """A transformer whose memory may go on beyond the rows that the estimator learned from."""

    def remember(self, X: pd.DataFrame, y: NDArray[np.integer]) -> Self:
        """Take in more rows (n, k) with their class numbers (n,), in place of those remembered so far."""
        ...
