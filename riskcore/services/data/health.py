"""Whether a data set is fit to learn from: what is missing, repeated, constant, contradictory or too good."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.schema import EventSchema, Field
from riskcore.services.data.single_fields import LEAK_AUC, single_field_auc
from riskcore.services.judging.estimates import FEW_POSITIVES

NEARLY_ALL = 0.99  # share of rows with a value of their own from which on a field looks like an identifier
FEWEST = 100  # rows below which values of their own are no sign of anything
MOST_NAMED = 5  # fields; of more, how many there are


@dataclass(frozen=True)
class Finding:
    """One question asked of the data and its answer."""

    title: str
    good: bool
    said: str  # a sentence


@dataclass(frozen=True, kw_only=True)
class Health:
    """Counts are rows unless said otherwise.  `auc` is None without labels of at least two classes."""

    rows: int
    class_counts: Mapping[str, int] | None  # by class in order of severity; None without labels
    duplicates: int  # rows whose every field but the id was seen in an earlier row
    conflicting: int | None  # rows that have an equal row with another label; None without labels to learn from
    missing: Mapping[str, int]  # field -> empty cells, only fields that have some and are not empty altogether
    empty: tuple[str, ...]  # fields without a value in any row
    constant: tuple[str, ...]  # fields with one value in all rows
    unique: tuple[str, ...]  # fields that look like identifiers: nearly every row has a value of its own
    auc: pd.DataFrame | None  # see `single_field_auc`; None without labels to learn from

    @property
    def leaks(self) -> tuple[str, ...]:
        """Fields that give the label away on their own."""
        return () if self.auc is None else tuple(self.auc.loc[self.auc["auc"] >= LEAK_AUC, "field"])

    def findings(self) -> tuple[Finding, ...]:
        """What a person should know before training, each good or not."""
        found = [
            self._about_duplicates(),
            self._about_missing(),
            self._about_empty(),
            self._about_constants(),
            self._about_unique(),
        ]
        return tuple(
            found + ([self._about_conflicts(), self._about_classes(), self._about_leaks()] if self.labelled else [])
        )

    @property
    def labelled(self) -> bool:
        """Whether there are labels to learn from."""
        return self.conflicting is not None

    def _about_duplicates(self) -> Finding:
        said = (
            f"{_rows(self.duplicates)} {_repeat(self.duplicates)} an earlier one."
            if self.duplicates
            else "No row is repeated."
        )
        return Finding("Duplicates", not self.duplicates, said)

    def _about_missing(self) -> Finding:
        if not self.missing:
            others = " but of those that are empty altogether" if self.empty else ""
            return Finding("Missing values", True, f"Every field of every row is filled{others}.")
        worst = max(self.missing, key=lambda name: self.missing[name])
        share = self.missing[worst] / self.rows
        return Finding(
            "Missing values",
            False,
            f"{len(self.missing)} of the fields have empty cells; most of all {worst}, in {share:.1%} of the rows.",
        )

    def _about_empty(self) -> Finding:
        if not self.empty:
            return Finding("Empty fields", True, "Every field has values.")
        return Finding(
            "Empty fields", False, f"Empty in all rows: {_listed(self.empty)}. Nothing can be told or learned by it."
        )

    def _about_unique(self) -> Finding:
        if not self.unique:
            return Finding("Identifiers", True, "No field looks like an identifier.")
        return Finding(
            "Identifiers",
            False,
            f"Nearly every row has a {_listed(self.unique)} of its own. If that is a number of the record and no "
            "measurement, leave it out: a model would learn who, not what.",
        )

    def _about_constants(self) -> Finding:
        if not self.constant:
            return Finding("Constant fields", True, "No field has the same value in all rows.")
        return Finding(
            "Constant fields", False, f"Nothing can be learned from {_listed(self.constant)}: one value in all rows."
        )

    def _about_conflicts(self) -> Finding:
        if not self.conflicting:
            return Finding("Conflicting labels", True, "Equal rows have equal labels.")
        return Finding(
            "Conflicting labels",
            False,
            f"{_rows(self.conflicting)} {'has' if self.conflicting == 1 else 'have'} an equal row with another label; "
            "no model can get both right.",
        )

    def _about_classes(self) -> Finding:
        counts = self.class_counts or {}
        rare = min(counts, key=lambda name: counts[name])
        if counts[rare] >= FEW_POSITIVES:
            return Finding("Classes", True, f"Every class has at least {counts[rare]:,} rows.")
        return Finding(
            "Classes",
            False,
            f"Class {rare} has only {_rows(counts[rare])}; under {FEW_POSITIVES} no two models can be told apart.",
        )

    def _about_leaks(self) -> Finding:
        if self.auc is None:
            return Finding("Leaks", True, "Not judged: only one class has rows.")
        best = self.auc.iloc[0]
        if self.leaks:
            return Finding(
                "Leaks",
                False,
                f"{_listed(self.leaks)} alone {'ranks' if len(self.leaks) == 1 else 'rank'} a class with an AUC of "
                f"{LEAK_AUC} or more. Make sure it is known before the label is.",
            )
        return Finding(
            "Leaks", True, f"No field gives the label away; the best, {best['field']}, has an AUC of {best['auc']:.3f}."
        )


def examine(scenario: Scenario, events: pd.DataFrame, labels: Labels | None) -> Health:
    """The health of validated events (n rows) and their labels.  Nothing is changed; never raises."""
    keys = row_keys(scenario.event, events)
    judged = labels if scenario.target.labelled else None  # planted events are not what is to be told
    counts = None
    if labels is not None:
        numbers = np.bincount(labels.label, minlength=len(scenario.target.classes))
        counts = {name: int(c) for name, c in zip(scenario.target.classes, numbers, strict=True)}
    empty = events.isna().sum()
    return Health(
        rows=len(events),
        class_counts=counts,
        duplicates=len(keys) - len(np.unique(keys)),
        conflicting=None if judged is None else _conflicting(keys, judged.label),
        missing={str(name): int(c) for name, c in empty.items() if 0 < c < len(events)},
        empty=tuple(str(name) for name, c in empty.items() if c == len(events)),
        constant=tuple(
            str(name)
            for name in events.columns
            if len(events) > 1 and empty[name] < len(events) and events[name].nunique(dropna=False) == 1
        ),
        unique=tuple(f.name for f in scenario.event.fields if _is_unique(scenario, f, events[f.name])),
        auc=None if judged is None else single_field_auc(scenario, events, judged.label),
    )


def row_keys(schema: EventSchema, events: pd.DataFrame) -> NDArray[np.uint64]:
    """A 64-bit hash of each row's fields but the id, (n,); equal rows have equal keys."""
    told = events.drop(columns=[schema.id]) if schema.id else events
    return np.asarray(pd.util.hash_pandas_object(told, index=False), dtype=np.uint64)


def _is_unique(scenario: Scenario, f: Field, column: pd.Series) -> bool:
    """Whether nearly all of many rows have a value of their own in a field that is meant to tell something.

    Real numbers always have; whole ones and words do not, unless they count or name the rows.
    """
    event = scenario.event
    if len(column) < FEWEST or f.kind in ("time", "text") or f.name in (event.id, event.time, *scenario.entities):
        return False
    given = column.dropna()
    if len(given) < FEWEST or (f.kind == "number" and bool((given % 1 != 0).any())):
        return False
    return int(given.nunique()) >= NEARLY_ALL * len(given)


def _conflicting(keys: NDArray[np.uint64], label: NDArray[np.int64]) -> int:
    kinds = pd.DataFrame({"key": keys, "label": label}).drop_duplicates()["key"]
    return int(np.isin(keys, kinds[kinds.duplicated()]).sum())


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _repeat(n: int) -> str:
    return "repeats" if n == 1 else "repeat"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
