"""What a column of labels holds: its classes in order of severity, and columns that tell the outcome too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import to_numbers
from riskcore.core.errors import DataError, did_you_mean
from riskcore.services.inferring.guessing import words_of

MOST_CLASSES = 20
SEVERITY = (  # words of classes from harmless to harmful; what is none of them stands between, by frequency
    {
        "normal",
        "benign",
        "safe",
        "low",
        "legitimate",
        "legit",
        "good",
        "ok",
        "no",
        "false",
        "negative",
        "genuine",
        "none",
    },
    {"medium", "moderate", "suspicious", "mid", "warning"},
    {"high", "fraud", "fraudulent", "attack", "malicious", "bad", "yes", "true", "positive", "anomaly", "phishing"},
    {"critical", "severe"},
)
OUTCOME_WORDS = {
    *("label", "labels", "class", "target", "truth", "outcome", "result", "verdict", "attack", "fraud", "flagged"),
    *("anomaly", "malicious", "chargeback", "prediction", "predicted", "probability", "score", "decision", "risk"),
    *("difficulty", "confidence", "annotation", "annotator", "split", "fold"),
}


@dataclass(frozen=True)
class Classes:
    """Classes in order of severity, and the class of each row (n,), -1 where it has no label."""

    names: tuple[str, ...]
    y: NDArray[np.int64]
    notices: tuple[str, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the labelled rows."""
        counts = np.bincount(self.y[self.y >= 0], minlength=len(self.names))
        return tuple(float(s) for s in counts / counts.sum())


def read_classes(column: pd.Series, order: Sequence[str] = ()) -> Classes:
    """The classes of a label column, in the order given, else inferred: numbers rise, words go from harmless to
    harmful where they say so, and by falling frequency where they don't.

    Raises `DataError` for fewer than two or more than 20 classes, and for an order that is not theirs.
    """
    words = _spelled(column)
    counts = words.value_counts()
    found = [str(w) for w in counts.index]
    if len(found) < 2:
        held = f"only '{found[0]}'" if found else "nothing"
        raise DataError(
            f"Label column '{column.name}' holds {held}; at least two classes are needed. Choose another column, or "
            "none: then unusual events are looked for."
        )
    if len(found) > MOST_CLASSES:
        raise DataError(
            f"Label column '{column.name}' holds {len(found):,} different values; a label has at most {MOST_CLASSES} "
            "classes. Choose another column."
        )
    names = _in_order(found, order, str(column.name))
    said = []
    if not order and not _all_numbers(found):
        said.append(f"Classes in order of severity: {', '.join(names)}. Say it where the order is another.")
    if unlabelled := int(words.isna().sum()):
        said.append(f"{unlabelled:,} rows have no label; they are left out.")
    return Classes(names, np.asarray(pd.Index(names).get_indexer(pd.Index(words)), dtype=np.int64), tuple(said))


def _spelled(column: pd.Series) -> pd.Series:
    """Labels as text, whole numbers without a point, so that 1, 1.0 and "1" are one class."""
    words = column.astype("str").str.strip()
    words = words.where(words != "")
    numbers, unreadable = to_numbers(words)
    given = ~np.isnan(numbers)
    if unreadable is not None or not given.any() or (numbers[given] != np.floor(numbers[given])).any():
        return words
    if pd.api.types.is_bool_dtype(column.dtype) or set(words.dropna().str.lower()) & {"true", "false"}:
        return words
    whole = pd.Series(numbers, index=column.index).astype("Int64").astype("str")
    return whole.where(given)


def _all_numbers(names: Sequence[str]) -> bool:
    return all(name.lstrip("-").isdigit() for name in names)


def _in_order(found: list[str], order: Sequence[str], column: str) -> tuple[str, ...]:
    if not order:
        if _all_numbers(found):
            return tuple(sorted(found, key=int))
        return tuple(sorted(found, key=_severity))  # stable: frequency decides among equals
    problems = [f"Label column '{column}' holds no '{c}'. {did_you_mean(c, found)}" for c in order if c not in found]
    problems += [
        f"Class '{c}' of label column '{column}' has no place in the order given." for c in found if c not in order
    ]
    if problems:
        raise DataError(problems)
    return tuple(dict.fromkeys(order))


def _severity(name: str) -> float:
    place = next((i for i, words in enumerate(SEVERITY) if words_of(name) & words or name.lower() in words), None)
    return 0.5 if place is None else float(place)


def sounds_like_an_outcome(name: str) -> bool:
    """Whether a column's name says that it was written when the outcome was known."""
    return bool(words_of(name) & OUTCOME_WORDS)
