"""Validated events as plain records to be stored, and back as the typed table, without validating each again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.casting import STRING, places
from riskcore.core.fields import Field
from riskcore.core.frames import framed
from riskcore.core.schema import EventSchema

PLAIN: Mapping[str, tuple[type, ...]] = {"text": (str,), "time": (str,), "category": (str,)}  # as JSON holds them


def to_records(events: pd.DataFrame) -> list[dict[str, Any]]:
    """Validated events as plain values that JSON can hold; what is missing is left out."""
    columns = [_plain(events.iloc[:, i]) for i in range(events.shape[1])]
    names = [str(name) for name in events.columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def _plain(column: pd.Series) -> list[Any]:
    """Values of a column, None where they are missing."""
    missing = column.isna().to_numpy()
    values = column.tolist()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        values = [None if gone else moment.isoformat() for moment, gone in zip(values, missing, strict=True)]
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def event_ids(schema: EventSchema, events: pd.DataFrame) -> list[str]:
    """What validated events are stored under: their identifiers or, where they have none, a hash of all their fields.

    So of events without identifiers two that are equal in every field are one.
    """
    if schema.id is not None:
        return [str(event_id) for event_id in events[schema.id]]
    return [_content(record) for record in to_records(events)]


def _content(record: Mapping[str, Any]) -> str:
    """A hash that is the same for 3 and 3.0, for a column is whole only where none of its values is missing."""
    said = {k: float(v) if isinstance(v, (int, float)) else v for k, v in record.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def from_records(schema: EventSchema, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame | None:
    """Records of plain values, missing ones left out, as validated events (n rows).

    None where they do not fit the schema as it is now, which must then judge them.
    """
    columns: dict[str, Any] = {}
    for field in schema.fields:
        values = [record.get(field.name) for record in records]
        if not field.optional and None in values:
            return None
        columns[field.name] = column = _column(field, values)
        if column is None:
            return None
    return framed(columns)


def _column(field: Field, values: list[Any]) -> Any:
    """A column of a field's type; None where a value is not of it."""
    if not all(value is None or isinstance(value, PLAIN.get(field.kind, (int, float))) for value in values):
        return None
    if field.kind == "text":
        return pd.array(values, dtype=STRING)
    if field.kind == "time":
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601").dt.as_unit("us").array
    if field.kind == "category":
        place, dtype = places(field.choices)
        if any(value is not None and value not in place for value in values):
            return None
        return pd.Categorical.from_codes(np.array([place.get(value, -1) for value in values], np.int16), dtype=dtype)
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    low, high = (-np.inf if field.low is None else field.low), (np.inf if field.high is None else field.high)
    if ((numbers < low) | (numbers > high)).any():
        return None
    whole = field.kind in ("integer", "flag") and not np.isnan(numbers).any()
    return numbers.astype(np.int64) if whole else numbers
