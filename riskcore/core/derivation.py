"""Fields that follow from others: filled where they are missing, and checked where they are given."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import places
from riskcore.core.fields import Field


def derived(f: Field, draft: pd.DataFrame) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """A derived field (n,), filled where it is missing; the rows in which a given value contradicts the derivation; and
    those in which it is neither given nor follows, because what it is derived from is missing too."""
    assert f.derive is not None
    if f.kind == "category":
        return _derive_category(f, draft)
    expected = f.derive(draft)
    given = draft[f.name].to_numpy() if f.name in draft.columns else np.full(len(draft), np.nan)
    missing, open_ = _is_nan(given), _is_nan(expected)
    contradicted = np.flatnonzero((given != expected) & ~missing & ~open_ & f.agrees)
    # A value out of range was reported by its own rule already.
    contradicted = contradicted[np.isin(given[contradicted], (0, 1))] if f.kind == "flag" else contradicted
    lacking = np.empty(0, dtype=np.int64) if f.optional else np.flatnonzero(missing & open_)
    if missing.all():
        return expected, contradicted, lacking
    return np.where(missing, expected, given) if missing.any() else given, contradicted, lacking


def _derive_category(f: Field, draft: pd.DataFrame) -> tuple[Any, NDArray[np.int64], NDArray[np.int64]]:
    """The same for words (n,), None where nothing follows."""
    assert f.derive is not None
    if f.name in draft.columns and not f.agrees and not draft[f.name].hasnans:
        return draft[f.name].array, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    dtype = places(f.choices)[1]
    expected = np.asarray(pd.Categorical(f.derive(draft), dtype=dtype).codes)
    given = np.asarray(draft[f.name].cat.codes) if f.name in draft.columns else np.full(len(draft), -1, dtype=np.int8)
    contradicted = np.flatnonzero((given != expected) & (given >= 0) & (expected >= 0) & f.agrees)
    codes = np.where(given < 0, expected, given)
    lacking = np.empty(0, dtype=np.int64) if f.optional else np.flatnonzero(codes < 0)
    return pd.Categorical.from_codes(codes, dtype=dtype), contradicted, lacking


def _is_nan(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
