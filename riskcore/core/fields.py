"""What one column of events is declared to be, in the words that forms, errors and data dictionaries use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from sys import float_info
from typing import Any, Literal, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.casting import EARLIEST, LATEST, OTHER
from riskcore.core.errors import MOST_LISTED, ScenarioError, listed

Kind = Literal["number", "integer", "flag", "category", "text", "time"]
Event = Mapping[str, Any]
Derive = Callable[[pd.DataFrame], NDArray[Any]]

MOST_NAMED = 8  # choices of an open category that its rule names


@dataclass(frozen=True, kw_only=True)
class Field:
    """One declared column.  Bounds are inclusive; `synonyms` are names it goes by in uploads.

    Declared bounds and choices reject.  What was only inferred from data warns: `usual` is the range of numbers that
    was seen, and in an `open` category every unknown value counts as its choice "other".
    """

    name: str
    kind: Kind
    label: str
    help: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    open: bool = False
    usual: tuple[float, float] | None = None
    zoned: bool = False  # a time must state its zone
    form: Literal["", "ip address"] = ""  # of text: what it must be, and is spelled as in one way only
    formats: tuple[str, ...] = ()  # of times that are not ISO 8601, as of `strptime`
    optional: bool = False
    default: Any = None
    synonyms: tuple[str, ...] = ()
    derive: Derive | None = field(default=None, compare=False)  # events -> (n,), from other fields only
    derive_rule: str = ""  # the derivation in words, told when a value contradicts it
    agrees: bool = True  # whether a given value must agree with the derivation, or it only fills what is missing
    asked: bool = False  # a derived field that people are asked for, since what it follows from may be missing

    def __post_init__(self) -> None:
        if self.open and OTHER not in self.choices:
            raise ScenarioError(f"Field '{self.name}' is an open category without a choice '{OTHER}'.")

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "integer", "flag")

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest number that is allowed, infinite where nothing bounds it."""
        return -inf if self.low is None else self.low, inf if self.high is None else self.high

    @property
    def derived(self) -> bool:
        return self.derive is not None

    @property
    def follows(self) -> bool:
        """Whether it always follows from other fields, so that nobody need be asked for it."""
        return self.derived and not self.asked

    @cached_property
    def rule(self) -> str:
        """What a value must be, as the end of a sentence that begins with "must be".

        >>> integer("login_hour", "Hour of login", low=0, high=23).rule
        'a whole number from 0 to 23'
        """
        if self.kind == "flag":
            return "0 or 1"
        if self.open:
            known = [c for c in self.choices if c != OTHER][:MOST_NAMED]
            return f"text such as {', '.join(known)}; unknown values count as '{OTHER}'"
        if self.kind == "category":
            return f"one of {listed(self.choices)}"
        if self.kind == "time":
            return f"a date and time from {EARLIEST.year} to {LATEST.year - 1}, such as 2026-01-31T12:00:00Z"
        if self.kind == "text":
            return "an IPv4 or IPv6 address" if self.form else "text"
        noun = "a whole number" if self.kind == "integer" else "a number"
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{noun} from {in_digits(self.low)} to {in_digits(self.high)}{unit}"
        if self.low is not None:
            return f"{noun} of at least {in_digits(self.low)}{unit}"
        return f"{noun} of at most {in_digits(self.high)}{unit}" if self.high is not None else noun

    def describe(self) -> dict[str, Any]:
        """The declaration as plain data: for fingerprints, data dictionaries and `riskcore show`."""
        said: dict[str, Any] = {"name": self.name, "kind": self.kind, "label": self.label, "rule": self.rule}
        said |= {k: v for k in ("unit", "help", "derive_rule") if (v := getattr(self, k))}
        if self.open or len(self.choices) > MOST_LISTED:  # the rule names some of them
            said["choices"] = list(self.choices)
        if self.usual:
            said["usual"] = list(self.usual)
        if self.optional or self.derived:
            said["optional"] = True
        return said


def number(name: str, label: str, **rest: Any) -> Field:
    """A real number; NaN and infinities are refused."""
    return Field(name=name, kind="number", label=label, **rest)


def integer(name: str, label: str, **rest: Any) -> Field:
    """A whole number."""
    return Field(name=name, kind="integer", label=label, **rest)


def flag(name: str, label: str, **rest: Any) -> Field:
    """0 or 1; true and false are read as such."""
    return Field(name=name, kind="flag", label=label, low=0, high=1, **rest)


def category(name: str, label: str, choices: Sequence[str], **rest: Any) -> Field:
    """One of the declared choices, spelled exactly so."""
    return Field(name=name, kind="category", label=label, choices=tuple(choices), **rest)


def text(name: str, label: str, **rest: Any) -> Field:
    """An identifier or other text; never a feature by itself."""
    return Field(name=name, kind="text", label=label, **rest)


def timestamp(name: str, label: str, **rest: Any) -> Field:
    """A moment, cast to `datetime64[us, UTC]`; a time without a zone is taken as UTC."""
    return Field(name=name, kind="time", label=label, **rest)


def told(value: object) -> str:
    """A found value as a person would read it, at most 60 characters; empty for missing."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    said = in_digits(value) if isinstance(value, (float, np.floating)) else str(value)
    return said if len(said) <= 60 else said[:57] + "…"


def finite(value: object) -> TypeGuard[int | float]:
    """Whether a value that someone wrote is a finite number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= float_info.max


def in_digits(value: object) -> str:
    """A number with ten significant digits at most, whole ones without a point; anything else as it is."""
    return f"{value:,.10g}".replace(",", "") if isinstance(value, (int, float, np.number)) else str(value)
