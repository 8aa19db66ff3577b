"""What a declared scenario may say: every key with its type."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Part = Literal["hour", "weekday", "age"]  # of a time: hour of the day, day of the week, days before the event's time

KEY = re.compile("[a-z][a-z0-9_]{0,39}")
SPANS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
NUMERIC = ("number", "integer", "flag")
Measure = Literal["count", "distinct", "mean", "deviation", "since"]


def span(said: str) -> timedelta:
    """A length of time from a number and d, h, m or s; `ValueError` for anything else.

    >>> span("30d"), span("90m")
    (datetime.timedelta(days=30), datetime.timedelta(seconds=5400))
    """
    found = re.fullmatch(r"([1-9][0-9]{0,5})([dhms])", said.strip())
    if found is None:
        raise ValueError("a number and d, h, m or s, such as 30d")
    return timedelta(**{SPANS[found[2]]: int(found[1])})


def _spanned(said: str) -> str:
    span(said)
    return said


Span = Annotated[str, AfterValidator(_spanned)]


class Declared(BaseModel):
    """A part of a spec: frozen, and nothing but the declared keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSpec(Declared):
    """One column of events."""

    name: str = Field(min_length=1)
    kind: Literal["number", "integer", "flag", "category", "text", "time"]
    label: str = ""
    help: str = ""
    unit: str = ""
    low: float | None = None  # declared bounds reject
    high: float | None = None
    usual: tuple[float, float] | None = None  # what was seen warns
    choices: tuple[str, ...] = ()
    open: bool = True  # whether a category counts unknown values as "other"
    optional: bool = False
    synonyms: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()  # what features are made of a time


class RolesSpec(Declared):
    """Fields that play a role."""

    id: str | None = None
    time: str | None = None
    amount: str | None = None
    tenant: str | None = None


def _listed(said: object) -> object:
    return (said,) if isinstance(said, (str, int, float)) else said


class AsOfSpec(Declared):
    """One column over the past: what is measured of earlier events of the same entity, within a window.

    `count` counts them and `distinct` their different values of `of`; `mean` is that of their `of`, `deviation` how far
    the event's own lies from it, and `since` the seconds since the last of them.
    """

    measure: Measure
    by: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1, max_length=2)]  # an entity first
    of: str | None = None
    within: Span | None = None  # without one, as far as the lookback
    # Field -> values of it: only such events of the past are looked at.
    where: dict[str, Annotated[tuple[str | int, ...], BeforeValidator(_listed)]] = Field(default_factory=dict)


class RememberSpec(Declared):
    """A model remembers how an entity's events of its training turned out, `within` before each event."""

    by: str
    within: Span | None = None  # without one, as far as the lookback


class TargetSpec(Declared):
    """The label: its column, and its classes in order of severity."""

    name: str = Field(min_length=1)
    classes: tuple[str, ...] = Field(min_length=2, max_length=20)
    aliases: tuple[str, ...] = ()
    delay: Span | None = None


class CellsSpec(Declared):
    """How one field is spread in each class, over cells that all classes share; within a cell it is uniform.

    Numbers and times (in seconds since 1970) have `cells`, from … to, one value where both are equal, and a `step`
    between neighbouring values (0: none).  A category's cells are its choices, a text's are `distinct` made-up values.
    `shares` has a row for each class, and in it a share for each cell; one more at the end is that of missing values.
    """

    cells: tuple[tuple[float, float], ...] = ()
    step: float = Field(default=0.0, ge=0)
    distinct: int = Field(default=0, ge=0)
    shares: tuple[tuple[Annotated[float, Field(ge=0)], ...], ...] = ()


class TwinSpec(Declared):
    """What synthetic events are drawn from."""

    shares: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)  # of the classes in the data
    rows: int = Field(default=0, ge=0)  # in which texts have so many values; fewer rows have fewer.  0: always as many
    overlap: float = Field(default=0.0, ge=0, le=1)
    fields: dict[str, CellsSpec]


class Spec(Declared):
    """A whole scenario.  With columns over the past it is stateful, and looks back as far as `lookback`."""

    key: str = Field(pattern=f"^{KEY.pattern}$")
    title: str = Field(min_length=1)
    summary: str = ""
    icon: str = ":material/table_chart:"
    fields: tuple[FieldSpec, ...] = Field(min_length=1)
    roles: RolesSpec = RolesSpec()
    origin: str = ""
    entities: tuple[str, ...] = ()
    lookback: Span | None = None  # without one, as far as the longest window of `as_of`
    as_of: tuple[AsOfSpec, ...] = ()
    remember: tuple[RememberSpec, ...] = ()
    target: TargetSpec | None = None
    models: dict[str, dict[str, float]] = Field(default_factory=dict)
    policy: dict[str, Any] | None = None
    presets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    per_day: float = Field(default=100_000.0, gt=0)
    ignored: dict[str, str] = Field(default_factory=dict)  # column of the file -> why it is no field
    twin: TwinSpec

    @property
    def reach(self) -> timedelta | None:
        """How far columns over the past look back; None where there are none, or none says how far."""
        spans = [self.lookback] if self.lookback else [one.within for one in self.as_of if one.within]
        return max((span(said) for said in spans), default=None) if self.as_of else None
