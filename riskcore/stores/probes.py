"""Features of a few events with their risks, stored beside a model and scored again when it is loaded."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import ModelIntegrityError
from riskcore.estimators.arrays import pack, unpack

FILE = "probe.npz"


def pack_probe(X: pd.DataFrame, risk: NDArray[np.floating]) -> bytes:
    """Features (n, k) of numbers, categories and keys, and their risks (n,), as arrays that hold no code.

    Categories are stored as codes beside their choices, keys as text; a key that is missing as empty text.
    """
    arrays: dict[str, NDArray[Any]] = {
        "risk": risk.astype(np.float64),
        "columns": np.array(X.columns.tolist(), dtype=np.str_),
    }
    for i, name in enumerate(X.columns):
        values = X[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            arrays[f"codes{i}"] = values.cat.codes.to_numpy(dtype=np.int32)
            arrays[f"choices{i}"] = np.array(values.cat.categories.tolist(), dtype=np.str_)
        elif isinstance(values.dtype, pd.StringDtype):
            arrays[f"text{i}"] = values.fillna("").to_numpy(dtype=np.str_)
        else:
            arrays[f"number{i}"] = values.to_numpy(dtype=np.float32)
    return pack(arrays)


def unpack_probe(content: bytes) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """The inverse of `pack_probe`; arrays that do not fit each other raise `ModelIntegrityError`."""
    arrays = unpack(FILE, content, {"risk": "f", "columns": "U"})
    try:
        columns = {str(name): _column(i, arrays) for i, name in enumerate(arrays["columns"])}
        return pd.DataFrame(columns), arrays["risk"]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelIntegrityError(f"{FILE} does not hold one value of each feature for each row ({error}).") from None


def _column(i: int, arrays: dict[str, NDArray[Any]]) -> Any:
    if f"number{i}" in arrays:
        return arrays[f"number{i}"]
    if f"text{i}" in arrays:
        text = pd.Series(arrays[f"text{i}"].tolist(), dtype="str")
        return text.where(text != "", pd.NA)
    choices = pd.CategoricalDtype([str(c) for c in arrays[f"choices{i}"]])
    return pd.Categorical.from_codes(arrays[f"codes{i}"], dtype=choices)
