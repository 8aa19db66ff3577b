"""Whether a data set is fit to learn from: what is missing, repeated, constant, contradictory or too good."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Labels, Scenario
from riskcore.core.schema import EventSchema
from riskcore.services.evaluation import FEW_POSITIVES

LEAK_AUC = 0.98  # a single field that ranks so well was probably written after the label was known
MOST_RANKED = 100_000  # rows that a field is ranked on; the AUC of more differs by less than 0.01 from it


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
    conflicting: int | None  # rows that have an equal row with another label; None without labels
    missing: Mapping[str, int]  # field -> empty cells, only fields that have some
    constant: tuple[str, ...]  # fields with one value in all rows
    auc: pd.DataFrame | None  # see `single_field_auc`

    @property
    def leaks(self) -> tuple[str, ...]:
        """Fields that give the label away on their own."""
        return () if self.auc is None else tuple(self.auc.loc[self.auc["auc"] >= LEAK_AUC, "field"])

    def findings(self) -> tuple[Finding, ...]:
        """What a person should know before training, each good or not."""
        found = [self._about_duplicates(), self._about_missing(), self._about_constants()]
        return tuple(
            found + ([self._about_conflicts(), self._about_classes(), self._about_leaks()] if self.labelled else [])
        )

    @property
    def labelled(self) -> bool:
        return self.class_counts is not None

    def _about_duplicates(self) -> Finding:
        said = (
            f"{_rows(self.duplicates)} {_repeat(self.duplicates)} an earlier one."
            if self.duplicates
            else "No row is repeated."
        )
        return Finding("Duplicates", not self.duplicates, said)

    def _about_missing(self) -> Finding:
        if not self.missing:
            return Finding("Missing values", True, "Every field of every row is filled.")
        worst = max(self.missing, key=lambda name: self.missing[name])
        share = self.missing[worst] / self.rows
        return Finding(
            "Missing values",
            False,
            f"{len(self.missing)} of the fields have empty cells; most of all {worst}, in {share:.1%} of the rows.",
        )

    def _about_constants(self) -> Finding:
        if not self.constant:
            return Finding("Constant fields", True, "Every field varies.")
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
    counts = None
    if labels is not None:
        numbers = np.bincount(labels.label, minlength=len(scenario.target.classes))
        counts = {name: int(c) for name, c in zip(scenario.target.classes, numbers, strict=True)}
    empty = events.isna().sum()
    return Health(
        rows=len(events),
        class_counts=counts,
        duplicates=len(keys) - len(np.unique(keys)),
        conflicting=None if labels is None else _conflicting(keys, labels.label),
        missing={str(name): int(c) for name, c in empty.items() if c},
        constant=tuple(
            str(name) for name in events.columns if len(events) > 1 and events[name].nunique(dropna=False) == 1
        ),
        auc=None if labels is None else single_field_auc(scenario, events, labels.label),
    )


def row_keys(schema: EventSchema, events: pd.DataFrame) -> NDArray[np.uint64]:
    """A 64-bit hash of each row's fields but the id, (n,); equal rows have equal keys."""
    told = events.drop(columns=[schema.id]) if schema.id else events
    return np.asarray(pd.util.hash_pandas_object(told, index=False), dtype=np.uint64)


def _conflicting(keys: NDArray[np.uint64], label: NDArray[np.int64]) -> int:
    kinds = pd.DataFrame({"key": keys, "label": label}).drop_duplicates()["key"]
    return int(np.isin(keys, kinds[kinds.duplicated()]).sum())


def single_field_auc(scenario: Scenario, events: pd.DataFrame, label: NDArray[np.int64]) -> pd.DataFrame | None:
    """How well each field alone tells a class from the rest: `field`, `auc` in [0.5, 1], `of` (the class); best first.

    A category is ranked by its own share of the class; identifiers and texts are not ranked.  With several classes the
    best one counts.  At most 100,000 rows, evenly spaced, are looked at; None where fewer than two classes have rows.
    """
    picks = np.unique(np.linspace(0, len(events) - 1, min(MOST_RANKED, len(events))).astype(np.int64))
    events, label = events.iloc[picks], label[picks]
    present = [c for c in range(len(scenario.target.classes)) if 0 < np.count_nonzero(label == c) < len(label)]
    if not present:
        return None
    present = present[-1:] if len(present) == 2 else present  # one class against the other is the same AUC twice
    rows = []
    for f in scenario.event.fields:
        if f.kind == "text" or f.name == scenario.event.id:
            continue
        aucs = {c: _auc(_as_numbers(events[f.name], label == c), label == c) for c in present}
        best = max(aucs, key=lambda c: aucs[c])
        rows.append((f.name, aucs[best], scenario.target.classes[best]))
    frame = pd.DataFrame(rows, columns=["field", "auc", "of"])
    return frame.sort_values("auc", ascending=False, kind="stable", ignore_index=True)


def _as_numbers(column: pd.Series, positive: NDArray[np.bool_]) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes
        return codes.map(pd.Series(positive, index=column.index).groupby(codes).mean()).astype("float64")
    return column.astype("int64") if pd.api.types.is_datetime64_any_dtype(column.dtype) else column


def _auc(values: pd.Series, positive: NDArray[np.bool_]) -> float:
    """AUC of a field or its negative, whichever is greater; ties count half, missing ranks lowest."""
    ranks = values.rank(na_option="top").to_numpy()
    pos = np.count_nonzero(positive)
    area = (ranks[positive].sum() - pos * (pos + 1) / 2) / (pos * (len(positive) - pos))
    return float(max(area, 1 - area))


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _repeat(n: int) -> str:
    return "repeats" if n == 1 else "repeat"


def _listed(names: tuple[str, ...], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
