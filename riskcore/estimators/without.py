"""A transformer that keeps columns from the estimator."""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Without:
    """Leaves columns out, for what earlier transformers have made of them tells the estimator more than they do.

    An isolation forest cuts at random: each column that says nothing takes cuts from those that do.
    """

    def __init__(self, *columns: str) -> None:
        self.columns = columns

    @property
    def source(self) -> Mapping[str, str]:
        """Nothing is new."""
        return {}

    def fit_transform(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None) -> pd.DataFrame:
        return self.transform(X)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """The other columns, in their order."""
        return X.drop(columns=list(self.columns))

    def dump(self) -> dict[str, bytes]:
        """Nothing is learned."""
        return {}

    def restore(self, files: Mapping[str, bytes]) -> Self:
        return self
