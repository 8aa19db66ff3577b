"""Signals: declared facts about an event and its past, measured in a unit and read on a ramp.

    FAILURES = Signal(
        name="failure_burst", group="guessing", label="Failed logins in 15 min", unit="failures",
        measure=lambda facts: facts.asof.count("user_id", FIFTEEN_MINUTES, facts.failed),
        ramp=(3, 12), weight=0.8, reason="{value:.0f} failed logins in 15 minutes",
    )
    measured = measure(SIGNALS, facts, facts.asof)
    measured.strengths                               # (n, s), 0 where a signal abstains
    FAILURES.told(7.0)                               # '7 failed logins in 15 minutes'

A signal says what it measured and how far that lies up its ramp, and nothing of risk: how strengths become risk is the
fusion's part, to which `weight` and each group's `cap` are declared here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskcore.core.asof import Key
from riskcore.core.errors import ScenarioError, did_you_mean

Facts = TypeVar("Facts", contravariant=True)

LEAST = 1e-9  # in any unit: what a value of 0 or less is taken for on a logarithmic ramp


class Past(Protocol):
    """n events of which is known how many earlier ones there are; an `AsOf` is one."""

    def __len__(self) -> int: ...

    def count(self, by: Key) -> NDArray[np.integer]: ...


@dataclass(frozen=True)
class Group:
    """Signals that see one fact from several sides.

    However many of them fire, together they say no more than one signal of strength 1 with `cap` as its weight.
    """

    name: str
    label: str
    cap: float  # in (0, 1)


@dataclass(frozen=True, kw_only=True)
class Signal(Generic[Facts]):
    """One measured quantity and the ramp on which its strength in [0, 1] rises: linearly, or with its logarithm.

    `ramp` is (where strength is 0, where it is 1); a falling ramp, such as (0.2, 0.0) for a share, means less is
    stronger.  On a scale "log", for what spans magnitudes such as sums of money, twice as much is everywhere the same
    step up the ramp, and both its ends are above 0.  `measure` maps the facts of n events to (n,); NaN abstains.  The
    signal also abstains where `entity` has fewer than `min_history` earlier events: what is unlike so short a past is
    not unusual.  Abstaining is strength 0.
    """

    name: str
    group: str
    label: str  # what is measured, in words
    unit: str
    measure: Callable[[Facts], NDArray[Any]]
    ramp: tuple[float, float]
    scale: Literal["linear", "log"] = "linear"  # of the ramp
    reason: str  # a sentence's part with `{value}`, or `{value:.0f}`
    weight: float = 0.9  # the risk that it alone gives at full strength, in (0, 1)
    min_history: int = 0  # events
    entity: Key = "user_id"  # whose past has to be so long
    counted: Callable[[Facts, int], NDArray[np.integer]] | None = None  # places of the past events behind one value

    def __post_init__(self) -> None:
        problems = []
        if self.ramp[0] == self.ramp[1] or not np.isfinite(self.ramp).all():
            problems.append(f"its ramp is {self.ramp}; it must have two different ends")
        if self.scale == "log" and min(self.ramp) <= 0:
            problems.append(f"its ramp is {self.ramp} on a logarithmic scale; both ends must be above 0")
        if not 0 < self.weight < 1:
            problems.append(f"its weight is {self.weight}; it must lie between 0 and 1")
        if self.min_history < 0:
            problems.append(f"its min_history is {self.min_history}; it must be at least 0")
        try:
            self.told(1.0)
        except (KeyError, IndexError, ValueError) as error:
            problems.append(f"its reason '{self.reason}' cannot be filled in with a value ({error})")
        if problems:
            raise ScenarioError(f"Signal {self.name}: {'; '.join(problems)}.")

    def told(self, value: float) -> str:
        """The reason with the measured value in it."""
        return self.reason.format(value=value)

    def amount(self, value: float) -> str:
        """A measured value with its unit, of one thing in the singular; empty where the signal abstains."""
        if np.isnan(value):
            return ""
        unit = self.unit.removesuffix("s") if value == 1 and self.unit != "s" else self.unit
        return f"{value:,.4g} {unit}".rstrip() if abs(value) < 1e4 else f"{value:,.0f} {unit}".rstrip()


@dataclass(frozen=True)
class Measured:
    """What s signals say of n events."""

    values: NDArray[np.float32]  # (n, s) in each signal's unit; NaN where it abstains
    strengths: NDArray[np.float32]  # (n, s) in [0, 1]; 0 where it abstains

    @property
    def abstains(self) -> NDArray[np.bool_]:
        """Which signals (n, s) have nothing to say: too little history, or nothing to measure."""
        return np.isnan(self.values)


def measure(signals: Sequence[Signal[Facts]], facts: Facts, past: Past) -> Measured:
    """What every signal says of n events, given the facts that it reads and the past that `min_history` is counted in.

    Both arrays lie in memory signal by signal, which is how they are filled and added up.
    """
    values = quantities(signals, facts, past)
    return Measured(values, strengths(signals, values))


def quantities(signals: Sequence[Signal[Facts]], facts: Facts, past: Past) -> NDArray[np.float32]:
    """The values alone of `measure`, (n, s)."""
    lengths = {key: past.count(key) for key in {s.entity for s in signals if s.min_history}}
    values = np.empty((len(signals), len(past)), dtype=np.float32)
    for row, signal in zip(values, signals, strict=True):
        row[:] = signal.measure(facts)
        if signal.min_history:
            row[lengths[signal.entity] < signal.min_history] = np.nan
    return values.T


def strengths(signals: Sequence[Signal[Any]], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far up their ramps measured values (n, s) lie, in [0, 1]; 0 for NaN.

    >>> far = Signal(name="far", group="place", label="Way", unit="km", measure=abs, ramp=(3, 13), reason="")
    >>> strengths([far], np.array([[np.nan], [2], [8], [99]], dtype=np.float32))[:, 0]
    array([0. , 0. , 0.5, 1. ], dtype=float32)
    """
    none, full = np.array([signal.ramp for signal in signals], dtype=np.float32).reshape(-1, 2).T
    share = values - none
    for place, signal in enumerate(signals):
        if signal.scale == "log":
            none[place], full[place] = np.log(signal.ramp)
            share[:, place] = np.log(np.maximum(values[:, place], LEAST)) - none[place]
    share /= full - none
    np.fmax(share, 0, out=share)  # of NaN and 0 it takes 0
    np.fmin(share, 1, out=share)
    return share


def check_signals(signals: Sequence[Signal[Any]], groups: Sequence[Group]) -> None:
    """Raise one `ScenarioError` with every name given twice, every unknown group and every cap that caps nothing."""
    names, known = [s.name for s in signals], [g.name for g in groups]
    problems = [
        f"{kind} '{name}' is declared {of.count(name)} times."
        for kind, of in (("Signal", names), ("Group", known))
        for name in dict.fromkeys(of)
        if of.count(name) > 1
    ]
    problems += [
        f"Signal {s.name} is in group '{s.group}'. {did_you_mean(s.group, known)}"
        for s in signals
        if s.group not in known
    ]
    problems += [f"Group {g.name} has cap {g.cap}; it must lie between 0 and 1." for g in groups if not 0 < g.cap < 1]
    if problems:
        raise ScenarioError(" ".join(problems))
