"""Tables made of columns, at little cost for one row and for a million."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

FEW = 512  # rows up to which copying them costs less than what pandas does for each column


def framed(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns (n,) by name as a table, without a copy where they are long.

    Told by names, pandas makes an Arrow array of them for each table anew, which costs more than one event; so does a
    block of memory for each column, where they could share one.
    """
    values, names = list(columns.values()), column_index(tuple(columns))
    kinds = {v.dtype if isinstance(v, np.ndarray) else None for v in values}
    if len(kinds) == 1 and None not in kinds and len(values[0]) <= FEW:
        return pd.DataFrame(np.column_stack(values), columns=names, copy=False)
    table = pd.DataFrame(dict(enumerate(values)), copy=False)
    table.columns = names
    return table


@lru_cache(maxsize=64)
def column_index(names: tuple[str, ...]) -> pd.Index:
    """Names of columns as pandas holds them, made once."""
    return pd.Index(names)
