"""The truth about events: what it is called, how it is read, and how it is kept apart from them."""

import re
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is predicted: classes in order of severity, the first one harmless."""

    name: str  # column of labels in files, and in words; empty where there are no labels
    classes: tuple[str, ...]
    aliases: tuple[str, ...] = ()  # names the label column goes by in uploads
    delay: timedelta = timedelta(0)  # how long until a label is known

    @property
    def labelled(self) -> bool:
        """Whether anything is known of what is right."""
        return bool(self.name)

    def encode(self, column: pd.Series) -> NDArray[np.int64]:
        """Class numbers (n,) from numbers or class names; a `DataError` tells every value that is neither."""
        words = column.astype("str").str.strip().str.lower()
        names = [name.lower() for name in self.classes]
        # Classes that are numbers are meant by their names: of "1" and "2", 1 is the first.
        numbers = names if all(re.fullmatch("-?[0-9]+", name) for name in names) else map(str, range(len(names)))
        known = {f"{number}{end}": i for i, number in enumerate(numbers) for end in ("", ".0")}
        known |= {name: i for i, name in enumerate(names)}
        if len(self.classes) == 2:
            known = {"false": 0, "true": 1, "no": 0, "yes": 1} | known
        codes = words.map(known)
        if codes.isna().any():
            values = column[codes.isna()].unique()[:5].tolist()
            classes = ", ".join(f"{i} ({name})" for i, name in enumerate(self.classes))
            raise DataError(
                f"Label column '{column.name}' holds {', '.join(repr(v) for v in values)}; it must hold {classes}."
            )
        return np.asarray(codes, dtype=np.int64)


@dataclass(frozen=True)
class Labels:
    """Truth about n events, kept apart from them."""

    label: NDArray[np.int64]  # (n,) class numbers in order of severity
    attack: NDArray[np.object_] | None = None  # (n,) kind of attack, "" for none
    attack_id: NDArray[np.object_] | None = None  # (n,) which attack an event belongs to, "" for none
    p_true: NDArray[np.float64] | None = None  # (n, m) P(recorded label | event as recorded); None where not defined
    stealth: NDArray[np.float64] | None = None  # (n,) how careful the attack is, 0 crude to 1; NaN for none


@dataclass(frozen=True)
class Generated:
    """n synthetic events and what is true of them; row i of one is row i of the other."""

    events: pd.DataFrame
    labels: Labels
