"""What a person can turn: of a generator, or of a family of models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from riskcore.core.errors import DataError, UnknownKeyError

Knobs = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One thing the generator lets a person turn."""

    key: str
    label: str
    kind: Literal["number", "integer", "shares"]
    default: Any  # a number, or for shares one weight for each of `parts`
    low: float = 0.0
    high: float = 1.0
    step: float | None = None
    help: str = ""
    parts: tuple[str, ...] = ()  # what the shares are of
    may_lack: bool = False  # whether parts may have weight 0: kinds of attack that are absent

    def accept(self, value: Any) -> Any:
        """The value, checked and cast; shares are scaled to sum to 1.  Raises `DataError` with the rule."""
        if self.kind == "shares":
            return self._shares(value)
        try:
            cast = int(value) if self.kind == "integer" else float(value)
        except (TypeError, ValueError, OverflowError):  # an infinite one is no integer
            raise DataError(f"Knob {self.key} is '{value}'; it must be a number.") from None
        if not self.low <= cast <= self.high:
            raise DataError(f"Knob {self.key} is {value}; it must be from {self.low:g} to {self.high:g}.")
        return cast

    def _shares(self, value: Any) -> tuple[float, ...]:
        words = value.split(",") if isinstance(value, str) else value
        try:
            weights = tuple(float(w) for w in words)
        except (TypeError, ValueError):
            raise DataError(f"Knob {self.key} is '{value}'; it must be numbers for {', '.join(self.parts)}.") from None
        if len(weights) != len(self.parts):
            raise DataError(
                f"Knob {self.key} has {len(weights)} weights; it must have {len(self.parts)}: {', '.join(self.parts)}."
            )
        if self.may_lack and not (all(0 <= w < float("inf") for w in weights) and any(weights)):
            raise DataError(f"Knob {self.key} is {value}; every weight must be at least 0, and one above 0.")
        if not self.may_lack and not all(0 < w < float("inf") for w in weights):
            raise DataError(
                f"Knob {self.key} is {value}; every weight must be above 0, or that class could not be learned."
            )
        return tuple(w / sum(weights) for w in weights)


def turn(knobs: Sequence[Knob], given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Every knob's value, the given ones checked, the others at their defaults; all problems in one `DataError`."""
    known = {knob.key: knob for knob in knobs}
    problems = [str(UnknownKeyError(kind, key, known)) for key in given if key not in known]
    values = {}
    for key, knob in known.items():
        try:
            values[key] = knob.accept(given.get(key, knob.default))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return values
