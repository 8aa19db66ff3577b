"""Validated events as plain records to be stored, and back as the typed table, without validating each again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.json as pj
from numpy.typing import NDArray

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


def from_lines(schema: EventSchema, lines: Sequence[str]) -> pd.DataFrame | None:
    """As `from_records`, of many records as JSON: read into columns at once, several times as fast for 100,000.

    None also where only Python would read them, such as a flag that is said as true.
    """
    kinds = pa.schema([(f.name, pa.string() if f.kind in PLAIN else pa.float64()) for f in schema.fields])
    options = pj.ParseOptions(explicit_schema=kinds, unexpected_field_behavior="ignore")
    try:
        table = pj.read_json(BytesIO("\n".join(lines).encode()), parse_options=options)
    except pa.ArrowInvalid:
        return None
    columns: dict[str, Any] = {}
    for field in schema.fields:
        words = table[field.name].combine_chunks()
        if words.null_count and not field.optional:
            return None
        columns[field.name] = column = _typed(field, words)
        if column is None:
            return None
    return framed(columns)


def _typed(field: Field, values: pa.Array) -> Any:
    """As `_column`, of an Arrow array."""
    if field.kind == "text":
        return pd.array(values, dtype=STRING)
    if field.kind == "time":
        return _moments(values.to_pandas())
    if field.kind == "category":
        place, dtype = places(field.choices)
        coded = values.dictionary_encode()
        known = [place.get(word, -1) for word in coded.dictionary.to_pylist()]
        codes = coded.indices.fill_null(len(known)).to_numpy()
        return None if -1 in known else pd.Categorical.from_codes(np.array([*known, -1], np.int16)[codes], dtype=dtype)
    return _numbers(field, values.to_numpy(zero_copy_only=False))


def _column(field: Field, values: list[Any]) -> Any:
    """A column of a field's type; None where a value is not of it."""
    known = (*PLAIN.get(field.kind, (int, float)), type(None))
    if not all(issubclass(kind, known) for kind in set(map(type, values))):  # few types, where there are many values
        return None
    if field.kind == "text":
        return pd.array(values, dtype=STRING)
    if field.kind == "time":
        return _moments(pd.Series(values, dtype="object"))
    if field.kind == "category":
        place, dtype = places(field.choices)
        if any(value is not None and value not in place for value in values):
            return None
        return pd.Categorical.from_codes(np.array([place.get(value, -1) for value in values], np.int16), dtype=dtype)
    return _numbers(field, np.array([np.nan if value is None else value for value in values], dtype=np.float64))


def _moments(words: pd.Series) -> Any:
    return pd.to_datetime(words, utc=True, format="ISO8601").dt.as_unit("us").array


def _numbers(field: Field, numbers: NDArray[np.float64]) -> Any:
    low, high = field.bounds
    if ((numbers < low) | (numbers > high)).any():
        return None
    whole = field.kind in ("integer", "flag") and not np.isnan(numbers).any()
    return numbers.astype(np.int64) if whole else numbers
