"""The one abstraction: a scenario is a frozen value that declares events, generator, features, models and policy."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError, PolicyError, ScenarioError, UnknownKeyError, did_you_mean
from riskcore.core.explanation import DrawsTrees, Explanation
from riskcore.core.policy import RISK, Costs, Policy
from riskcore.core.schema import Event, EventSchema
from riskcore.core.signal import Signal

Progress = Callable[[float, str], None]  # share done in [0, 1], what is being done; may raise `Cancelled`
Knobs = Mapping[str, Any]


def silent(done: float, doing: str) -> None:
    """A progress listener that does not listen."""


@dataclass(frozen=True)
class Output:
    """What a model says of n events."""

    raw: NDArray[np.floating]  # (n,) margin or probability before correction and calibration; higher is riskier
    risk: NDArray[np.floating]  # (n,) in [0, 1]; higher is riskier
    probabilities: NDArray[np.floating] | None = None  # (n, m) by class, rows sum to 1; None unless multiclass
    sums: NDArray[np.floating] | None = None  # (n, m) what contributions add up to, where the model keeps it
    likelihood: bool = True  # whether risk estimates a probability of harm; False where it is a percentile


class RiskModel(Protocol):
    """A chain transformers → estimator → last step, fitted, saved and versioned as one."""

    @property
    def supervised(self) -> bool:
        """Whether it learns from labels; others give anomaly scores, and risk is their percentile."""
        ...

    @property
    def calibrations(self) -> tuple[str, ...]:
        """What the last step can be, the default first; all but "none" are fitted on rows of their own."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the k columns that the estimator reads; known once fitted or restored."""
        ...

    @property
    def source(self) -> Mapping[str, str]:
        """Each of `features` -> the event field it is made of."""
        ...

    def fit(self, X: pd.DataFrame, y: NDArray[np.integer] | None = None, progress: Progress = silent) -> Self:
        """Learn from features (n, k) and class numbers (n,); unsupervised models ignore labels."""
        ...

    def calibrate(self, X: pd.DataFrame, y: NDArray[np.integer] | None, method: str) -> Self:
        """Fit the last step, one of `calibrations`, on rows that `fit` has not seen."""
        ...

    def predict(self, X: pd.DataFrame) -> Output:
        """Raw output, risk and class probabilities of n rows; a row's output does not depend on its neighbours."""
        ...

    def explain(self, X: pd.DataFrame, output: Output | None = None) -> Explanation:
        """Contributions that add up exactly to the raw output; for chosen rows, not for all.

        `output` is what `predict` said of the same rows, where that is known already.
        """
        ...

    def importance(self) -> NDArray[np.float64]:
        """Share of each of `features` (k,) in what was learned, summing to 1."""
        ...

    def trees(self) -> DrawsTrees | None:
        """The trees it is made of, to be drawn; None for models of another kind."""
        ...

    def dump(self) -> dict[str, bytes]:
        """Everything learned, as files by name that hold no code."""
        ...

    def restore(self, files: Mapping[str, bytes]) -> Self:
        """The inverse of `dump`, on a new unfitted model; unsound arrays raise `ModelIntegrityError`."""
        ...


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


class Generate(Protocol):
    """(rng, n, knobs) -> Generated.  The same generator state gives the same rows; zero duplicates where promised."""

    def __call__(self, rng: np.random.Generator, n: int, knobs: Knobs) -> Generated: ...


class Features(Protocol):
    """(events, history) -> frame of n rows.  Pure, one row per event, in the events' order.

    Columns are float32 (NaN for missing), categories of the schema's choices, or text: keys such as `user_id`, which
    only transformers and the last step may read.
    """

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame: ...


class Evidence(Protocol):
    """(events, history, row, feature) -> the past events that a signal counted for one event, oldest first.

    Columns are the schema's; no rows where the signal counts none.
    """

    def __call__(self, events: pd.DataFrame, history: pd.DataFrame | None, row: int, feature: str) -> pd.DataFrame: ...


class MakeModel(Protocol):
    """(seed, settings) -> unfitted model; unknown settings raise `DataError`."""

    @property
    def title(self) -> str: ...

    @property
    def settings(self) -> "tuple[Knob, ...]": ...

    def __call__(self, seed: int, settings: Mapping[str, Any]) -> RiskModel: ...


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
        except (TypeError, ValueError):
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


@dataclass(frozen=True, kw_only=True)
class Floors:
    """Least acceptable quality of the default model on the default recipe, judged on held-out rows."""

    metrics: Mapping[str, float] = field(default_factory=dict)  # "roc_auc" -> least value
    single_field_auc: float = 0.98  # above it, one field gives the label away


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """How many people and sessions are asked for, as rows and knobs of the generator (`riskcore simulate`)."""

    rows_per_session: float  # events, on average
    users: str  # knob: how many people
    attack_share: str  # knob: share of attack events


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One kind of event and everything there is to know about judging it."""

    key: str
    title: str
    summary: str
    icon: str
    event: EventSchema
    target: Target
    knobs: tuple[Knob, ...]
    generate: Generate
    features: Features
    models: Mapping[str, MakeModel]  # the first is the default
    policy: Policy
    costs: Costs
    presets: Mapping[str, Event]
    source: Mapping[str, str] = field(default_factory=dict)  # feature column -> event field, where names differ
    signals: tuple[Signal[Any], ...] = ()  # features that are told in their own words, and strengths made of them
    evidence: Evidence | None = None
    phrases: Mapping[str, str] = field(default_factory=dict)  # feature told on its own -> its reason with `{value}`
    pasts: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)  # preset -> what happened before it
    recipes: Mapping[str, Knobs] = field(default_factory=dict)  # named settings of the knobs: balanced, nasty, …
    simulation: Simulation | None = None  # where what is generated are sessions of people
    lookback: timedelta | None = None  # how far `features` may look back; None = needs no history
    entities: tuple[str, ...] = ()
    training_rows: int = 20_000  # synthetic rows of the default training
    per_day: float = 100_000  # events a day in production, where events carry no time
    floors: Floors = Floors()
    exceptions: Mapping[str, str] = field(default_factory=dict)  # conformance check -> why it may fail

    def __post_init__(self) -> None:
        if not self.models:
            raise ScenarioError(f"Scenario {self.key} declares no model.")
        try:
            self.check_policy(self.policy)
        except PolicyError as error:
            raise ScenarioError(f"Scenario {self.key}: {error}") from None

    @property
    def stateful(self) -> bool:
        """Whether features look at past events."""
        return self.lookback is not None

    @property
    def multiclass(self) -> bool:
        return len(self.target.classes) > 2

    @property
    def default_model(self) -> str:
        return next(iter(self.models))

    def check_policy(self, policy: Policy) -> None:
        """Raise one `PolicyError` with every measure that is neither risk nor a class, and every condition that
        no event could meet."""
        measures = (RISK, *self.target.classes[1:]) if self.multiclass else (RISK,)
        problems = [
            f"bands[{i}] has measure '{b.measure}'. {did_you_mean(b.measure, measures)}"
            for i, b in enumerate(policy.bands)
            if b.measure not in measures
        ]
        for i, override in enumerate(policy.overrides):
            problems += override.problems(self.event, f"overrides[{i}]")
        if problems:
            raise PolicyError(problems)

    def make_model(self, name: str, seed: int = 0, settings: Mapping[str, Any] | None = None) -> RiskModel:
        """An unfitted model of a declared family."""
        if name not in self.models:
            raise UnknownKeyError("model", name, self.models)
        return self.models[name](seed, settings or {})

    def past(self, preset: str | None) -> pd.DataFrame | None:
        """The typed events before a preset, None where there are none."""
        before = self.pasts.get(preset or "")
        return self.event.accept(self.event.frame(*before)) if before else None

    def turn(self, knobs: Knobs | None = None) -> dict[str, Any]:
        """All knobs with their values, the given ones checked; every problem in one `DataError`."""
        return turn(self.knobs, knobs or {}, "knob")

    def synthesize(self, rows: int, seed: int, knobs: Knobs | None = None) -> Generated:
        """`rows` synthetic events with their truth; the same arguments give the same rows."""
        if rows < 1:
            raise DataError(f"Rows is {rows}; it must be at least 1.")
        return self.generate(np.random.default_rng(seed), rows, self.turn(knobs))


def measures(output: Output, classes: Sequence[str]) -> dict[str, NDArray[np.floating]]:
    """What bands are compared with: the risk and, with classes, P(class or worse) for each class; each (n,)."""
    said: dict[str, NDArray[np.floating]] = {RISK: output.risk}
    if output.probabilities is not None:
        worse = output.probabilities[:, -1]
        said[classes[-1]] = worse
        for m in range(len(classes) - 2, 0, -1):
            worse = worse + output.probabilities[:, m]
            said[classes[m]] = worse
    return said
