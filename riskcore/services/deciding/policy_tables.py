"""Bands and overrides as tables that a person can edit, and back to a policy as plain data.

One row of overrides is one condition; rows of the same name are one override, which asks for all of them.  Its
condition over time, if it has one, stands in its first row and may stand in any.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import pandas as pd

from riskcore.core.errors import did_you_mean
from riskcore.core.policy import RISK, Band, Policy
from riskcore.core.schema import EventSchema

FROM, MEASURE, ACTION, NOTE = "From", "Measure", "Action", "Note"
ORDER, NAME, FIELD, ANY_OF, AT_LEAST, BELOW = "Order", "Name", "Field", "Is any of", "At least", "Below"
EVENTS, AMONG, AT_RISK, MINUTES, OF_ONE = "Events", "Of last", "At risk", "Minutes", "Of one"
OVER_TIME: Mapping[str, str] = {
    EVENTS: "events",
    AMONG: "among",
    AT_RISK: "risk",
    MINUTES: "minutes",
    OF_ONE: "of",
}
BANDS = (FROM, MEASURE, ACTION, NOTE)
OVERRIDES = (ORDER, NAME, ACTION, FIELD, ANY_OF, AT_LEAST, BELOW, *OVER_TIME)


def band_table(policy: Policy) -> pd.DataFrame:
    """Bands, the mildest first; actions are told by their labels."""
    rows = [(b.edge, b.measure, policy.action(b.action).label, b.note) for b in policy.bands]
    return pd.DataFrame(rows, columns=list(BANDS)).astype({FROM: float, NOTE: "str"})


def override_table(policy: Policy) -> pd.DataFrame:
    """Conditions of the overrides, in the order they are tried."""
    rows = []
    for place, override in enumerate(policy.overrides, 1):
        said = {} if override.repeated is None else override.repeated.to_mapping()
        for i, (field, wanted) in enumerate(override.when.items() or [("", [])]):
            over_time = [said.get(key) if i == 0 else None for key in OVER_TIME.values()]
            low, high = (wanted.get(k) for k in ("at_least", "below")) if isinstance(wanted, Mapping) else (None, None)
            words = "" if isinstance(wanted, Mapping) else _joined(wanted if isinstance(wanted, list) else [wanted])
            label = policy.action(override.action).label
            rows.append((place, override.name, label, field, words, low, high, *over_time))
    table = pd.DataFrame(rows, columns=list(OVERRIDES))
    kinds = dict.fromkeys((AT_LEAST, BELOW, ORDER, EVENTS, AMONG, AT_RISK, MINUTES), "float64")
    return table.astype(kinds | dict.fromkeys((NAME, FIELD, ANY_OF, OF_ONE, ACTION), "str"))


def mapping_from(
    policy: Policy, event: EventSchema, bands: pd.DataFrame, overrides: pd.DataFrame
) -> tuple[dict[str, Any], list[str]]:
    """The edited tables as plain data that `policy_from_mapping` reads, and what no policy can be read from.

    Rows may be in any order: bands are sorted by the severity of their action and by edge, overrides by `Order`.  Rows
    that are empty are left out.
    """
    problems: list[str] = []
    keys = {a.label: a.key for a in policy.actions}
    said = policy.to_mapping() | {"bands": _bands(policy, keys, bands, problems)}
    said.pop("overrides", None)
    if rows := _overrides(keys, event, overrides, problems):
        said["overrides"] = rows
    return said, problems


def _bands(policy: Policy, keys: Mapping[str, str], table: pd.DataFrame, problems: list[str]) -> list[dict[str, Any]]:
    rows = []
    for number, row in enumerate(_rows(table), 1):
        edge, label = row[FROM], row[ACTION]
        if pd.isna(edge) and pd.isna(label):
            continue
        if pd.isna(edge) or pd.isna(label):
            missing = "the risk it starts from" if pd.isna(edge) else "an action"
            problems.append(f"Band {number} lacks {missing}.")
            continue
        measure = row.get(MEASURE)
        measure = RISK if pd.isna(measure) or not measure else str(measure)
        rows.append(Band(float(edge), keys.get(label, label), measure, _word(row.get(NOTE))).to_mapping())
    severity = {a.key: i for i, a in enumerate(policy.actions)}
    return sorted(rows, key=lambda r: (severity.get(r["action"], len(severity)), r["edge"]))


def _overrides(
    keys: Mapping[str, str], event: EventSchema, table: pd.DataFrame, problems: list[str]
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    rows = [row for row in _rows(table) if not _empty(row)]
    last = float(len(rows) + 1)
    for row in sorted(rows, key=lambda r: last if pd.isna(r[ORDER]) else float(r[ORDER])):
        name, label = _word(row[NAME]), _word(row[ACTION])
        if not name or not label:
            problems.append(f"An override lacks {'a name' if not name else 'an action'}: {name or label or 'row'}.")
            continue
        one = found.setdefault(name, {"name": name, "when": {}, "action": keys.get(label, label)})
        if one["action"] != keys.get(label, label):
            problems.append(f"Override '{name}' has two actions; rows of one name are one override.")
        _condition(name, one["when"], row, event, problems)
        over_time = _over_time(row)
        if over_time and one.setdefault("repeated", over_time) != over_time:
            problems.append(f"Override '{name}' has two conditions over time; it can ask for one.")
    return list(found.values())


def _condition(
    name: str, when: dict[str, Any], row: Mapping[str, Any], event: EventSchema, problems: list[str]
) -> None:
    """Add what one row asks for to the conditions of its override."""
    field, words = _word(row[FIELD]), _word(row[ANY_OF])
    limits = {k: float(row[c]) for k, c in (("at_least", AT_LEAST), ("below", BELOW)) if not pd.isna(row[c])}
    if not field:
        if words or limits:
            problems.append(f"Override '{name}' has a condition without a field.")
        return
    if field not in event.names:
        problems.append(f"Override '{name}' looks at '{field}', which is no field. {did_you_mean(field, event.names)}")
    elif field in when:
        problems.append(f"Override '{name}' asks for {field} twice; put both into one row.")
    elif bool(words) == bool(limits):
        problems.append(f"Override '{name}' must ask for values of {field}, or for a range of numbers: one of the two.")
    else:
        when[field] = limits or _values(name, field, words, event, problems)


def _over_time(row: Mapping[str, Any]) -> dict[str, Any]:
    """What one row asks for over time, as it is written in a policy; what is missing is told where that is read."""
    given = {key: row[column] for column, key in OVER_TIME.items() if _word(row.get(column))}
    whole = {k: int(v) for k, v in given.items() if k != "of" and float(v).is_integer()}
    return {k: whole.get(k, v if k == "of" else float(v)) for k, v in given.items()}


def _values(name: str, field: str, words: str, event: EventSchema, problems: list[str]) -> Any:
    values: list[Any] = [w.strip() for w in next(csv.reader([words], skipinitialspace=True)) if w.strip()]
    if event[field].numeric:
        try:
            values = [float(v) if not float(v).is_integer() else int(float(v)) for v in values]
        except ValueError:
            problems.append(f"Override '{name}' asks for {field} {words}; it must be {event[field].rule}.")
    return values[0] if len(values) == 1 else values


def _joined(values: Sequence[Any]) -> str:
    """Values in one cell, separated by commas; one that holds a comma is quoted."""
    cell = StringIO()
    csv.writer(cell, lineterminator="").writerow(values)
    return cell.getvalue().replace(",", ", ") if not any("," in str(v) for v in values) else cell.getvalue()


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _empty(row: Mapping[str, Any]) -> bool:
    return not any(_word(row.get(c)) for c in OVERRIDES if c != ORDER)


def _word(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()
