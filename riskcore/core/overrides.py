"""Overrides: actions for events that meet conditions on their fields or their past, whatever their band."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import did_you_mean
from riskcore.core.fields import Field, finite
from riskcore.core.repeats import Met, Repeated, not_given
from riskcore.core.schema import EventSchema

RANGE = ("at_least", "below")  # keys of a condition on numbers: value >= at_least, value < below


@dataclass(frozen=True, kw_only=True)
class Override:
    """`action` for events that meet every condition of `when`, and `repeated`; the first match wins.

    A condition is a value, a list of values, or a mapping with `at_least` (>=), `below` (<) or both.  A missing value
    meets none.  `repeated` asks for risky events within minutes, the event itself among them; `when` says which events
    get the action, not which ones are counted.
    """

    name: str
    when: Mapping[str, Any]
    action: str
    repeated: Repeated | None = None

    def matches(self, events: pd.DataFrame, met: Met = not_given) -> NDArray[np.bool_]:
        """Which events (n,) meet every condition; `met` answers for the one over time."""
        hit = np.ones(len(events), dtype=bool)
        for column, wanted in self.when.items():
            hit &= _meets(events[column], wanted)
        return hit if self.repeated is None else hit & met(self.repeated)

    def problems(self, event: EventSchema, where: str) -> list[str]:
        """What these conditions ask of events that cannot be so: no such field, no number, no such choice, no time."""
        found = [problem for name, wanted in self.when.items() for problem in _impossible(name, wanted, event, where)]
        return found if self.repeated is None else [*found, *self.repeated.problems(event, where)]

    def to_mapping(self) -> dict[str, Any]:
        """Plain data, in the order in which people read it."""
        over_time = {} if self.repeated is None else {"repeated": self.repeated.to_mapping()}
        return {"name": self.name, "when": dict(self.when)} | over_time | {"action": self.action}

    @property
    def conditions(self) -> str:
        """Its conditions in words.

        >>> Override(name="x", when={"tenant": ["a", "b"], "amount": {"at_least": 1000}}, action="review").conditions
        'tenant is a or b and amount >= 1000'
        """
        said = []
        for column, wanted in self.when.items():
            if isinstance(wanted, Mapping):
                said += [f"{column} {'>=' if k == 'at_least' else '<'} {v:g}" for k, v in wanted.items()]
            else:
                said.append(f"{column} is {' or '.join(map(str, wanted if isinstance(wanted, list) else [wanted]))}")
        said += [self.repeated.words] if self.repeated else []
        return " and ".join(said) or "every event"


def _meets(column: pd.Series, wanted: Any) -> NDArray[np.bool_]:
    """Which values (n,) meet one condition."""
    if not isinstance(wanted, Mapping):
        return column.isin(wanted if isinstance(wanted, list) else [wanted]).to_numpy(dtype=bool)
    values = column.to_numpy(dtype=np.float64)
    return np.asarray((values >= wanted.get("at_least", -np.inf)) & (values < wanted.get("below", np.inf)))


def _impossible(name: str, wanted: Any, event: EventSchema, where: str) -> Iterator[str]:
    if name not in event.names:
        yield f"{where} looks at '{name}', which is no field. {did_you_mean(name, event.names)}"
        return
    declared = event[name]
    values = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(wanted, Mapping):
        if not declared.numeric:
            yield f"{where} compares '{name}' with a number, but it is a {declared.kind}. Name its values instead."
        elif _outside(wanted, declared):
            said = Override(name="", when={name: wanted}, action="").conditions
            yield f"{where} asks for {said}, which it never is; it must be {declared.rule}."
    elif declared.numeric:
        for value in (v for v in values if not _can_be(v, declared)):
            yield f"{where} asks for {name} {value!r}, which it never is; it must be {declared.rule}."
    elif declared.choices and not declared.open:
        for value in (v for v in values if v not in declared.choices):
            yield f"{where} asks for {name} '{value}', which it never is. {did_you_mean(value, declared.choices)}"
    elif declared.kind != "time":
        for value in (v for v in values if not isinstance(v, str)):
            yield f"{where} asks for {name} {value!r}, but it is text. Put it in quotes."


def _outside(wanted: Mapping[str, Any], declared: Field) -> bool:
    """Whether a range of numbers holds none that the field allows."""
    low, high = declared.bounds
    return bool(wanted.get("at_least", low) > high or wanted.get("below", np.inf) <= low)


def _can_be(value: Any, declared: Field) -> bool:
    """Whether a numeric field can hold the value; true and false are 1 and 0 of a flag."""
    if not finite(value):
        return isinstance(value, bool) and declared.kind == "flag"
    low, high = declared.bounds
    return low <= value <= high and (declared.kind == "number" or value == int(value))


def unsound_conditions(when: Mapping[str, Any], where: str) -> list[str]:
    """What is wrong with the conditions of a parsed override, whatever the events, as sentences."""
    problems = []
    for column, wanted in when.items():
        place = f"{where}: when.{column}"
        if isinstance(wanted, Mapping):
            problems += [f"{place}: unknown key '{k}'. {did_you_mean(k, RANGE)}" for k in wanted if k not in RANGE]
            problems += [
                f"{place}.{k} is {v!r}; it must be a number." for k, v in wanted.items() if k in RANGE and not finite(v)
            ]
            least, below = (wanted.get(k) for k in RANGE)
            if finite(least) and finite(below) and least >= below:
                problems.append(f"{place}.at_least is {least} and below is {below}; at_least must be less than below.")
            if not wanted:
                problems.append(f"{place} is empty; it must hold at_least, below or both.")
        elif isinstance(wanted, list) and not wanted:
            problems.append(f"{place} is an empty list; no event could meet it.")
        elif any(v is None or v != v for v in (wanted if isinstance(wanted, list) else [wanted])):
            problems.append(f"{place} asks for nothing or NaN, which no event meets. Name a value.")
    return problems
