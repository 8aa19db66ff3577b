"""The rows of a file that scoring wrote: risks, bands and actions beside their events, checked and typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.model import Output
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Validated
from riskcore.services.files.bulk_output import ANOMALY_SCORE, DECISION, REASONS, RISK_SCORE
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.scoring import Decided, Scored

ATTACK, ATTACK_ID = "attack", "attack_id"
NUMBER = re.compile(r"[-+]?\d[\d.,:]*")

Codes = NDArray[np.int64]
Anew = Callable[[Scored], Decided]


class ScoredRows(NamedTuple):
    """The scored rows of a chunk (n,)."""

    told: pd.DataFrame  # risk, rank (ties broken by anomaly score), band, action; where given kind, label, attack …
    events: pd.DataFrame  # typed: who, when and with what outcome
    reasons: list[str]  # each reason of each row, without its numbers


def kind_field(scenario: Scenario) -> str | None:
    """The field that says what happened: the first category that all events have."""
    return next((f.name for f in scenario.event.fields if f.kind == "category" and not f.optional), None)


def scored_rows(
    scenario: Scenario, mapping: ColumnMap, table: pd.DataFrame, policy: Policy, anew: Anew | None, name: str
) -> ScoredRows:
    """The rows of a chunk that have a risk.  Actions are those of the file, or those that `anew` decides.

    Raises `DataError` where a column holds what no scoring writes.
    """
    validated = scenario.event.validate(mapping.apply(table))
    table = table[validated.kept].reset_index(drop=True)
    risk = _numbers(table, RISK_SCORE, name)
    given = np.flatnonzero(~np.isnan(risk))
    table, events, risk = table.iloc[given], validated.events.iloc[given].reset_index(drop=True), risk[given]
    if len(risk) and not (risk.min() >= 0 and risk.max() <= 1):
        raise DataError(f"{name}: risk_score is {risk.min():g} to {risk.max():g}; it must be from 0 to 1.")
    raw = _numbers(table, ANOMALY_SCORE, name) if ANOMALY_SCORE in table else risk
    output = Output(raw, risk, _probabilities(scenario, table, name))
    whole = Validated(events, np.ones(len(events), dtype=bool), ())
    scored = Scored(scenario, whole, pd.DataFrame(index=events.index), output, "")
    bands = replace(policy, overrides=()).decide(scored.measures, events).rules
    columns: dict[str, Any] = {"risk": risk, "band": bands.astype(np.int64), "raw": raw}
    columns["action"] = _actions(policy, table[DECISION], name) if anew is None else anew(scored).decisions.actions
    if (kind := kind_field(scenario)) is not None:
        columns["kind"] = events[kind].astype("str").to_numpy(dtype=object)
    if mapping.label is not None and (table[mapping.label].fillna("").astype("str").str.strip() != "").all():
        columns["label"] = scenario.target.encode(table[mapping.label])
    for column in (ATTACK, ATTACK_ID):
        if column in table:
            columns[column] = table[column].fillna("").astype("str").to_numpy(dtype=object)
    kept = [*scenario.entities[:1], scenario.event.id, scenario.event.time, scenario.event.success]
    said: list[str] = table[REASONS].fillna("").astype("str").tolist() if REASONS in table else []
    return ScoredRows(
        pd.DataFrame(columns),
        events[list(dict.fromkeys(name for name in kept if name))],
        [reason for row in said for reason in _reasons(row)],
    )


def _numbers(table: pd.DataFrame, column: str, name: str) -> NDArray[np.float64]:
    words = table[column].replace("", None)
    values = pd.to_numeric(words, errors="coerce")
    wrong = table[column][values.isna() & words.notna()]
    if len(wrong):
        raise DataError(f"{name}: {column} holds '{wrong.iloc[0]}'; it must be a number.")
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _probabilities(scenario: Scenario, table: pd.DataFrame, name: str) -> NDArray[np.float64] | None:
    """Of each class (n, m), where there are more than two."""
    if not scenario.multiclass:
        return None
    columns = [f"p_{c}" for c in scenario.target.classes]
    missing = [column for column in columns if column not in table]
    if missing:
        raise DataError(
            f"{name} has no column {', '.join(missing)}, which bands of {scenario.title} are compared with."
        )
    return np.column_stack([_numbers(table, column, name) for column in columns])


def _actions(policy: Policy, column: pd.Series, name: str) -> Codes:
    codes = {a.key: i for i, a in enumerate(policy.actions)}
    found = column.astype("str").map(codes)
    if found.isna().any():
        raise DataError(
            f"{name}: decision is '{column[found.isna()].iloc[0]}', which is no action of the policy "
            f"({', '.join(codes)}). Name the policy that it was decided by with --policy."
        )
    return np.asarray(found, dtype=np.int64)


def _reasons(said: str) -> list[str]:
    """The sentences of one row's reasons, without their numbers.

    >>> _reasons("7 failures in 15 min (at 12:01:03): raises the risk; Amount: 12.50 USD raises the risk")
    ['… failures in … min', 'Amount']
    """
    parts = [part for part in said.split("; ") if part and not part.endswith("lowers the risk")]
    return [NUMBER.sub("…", part.split(":")[0].split(" (")[0]).strip() for part in parts]
