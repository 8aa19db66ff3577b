"""What a declared scenario may say: every key with its type, and each mistake as a sentence."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from riskcore.core.errors import ScenarioError, did_you_mean

Path = tuple[str | int, ...]
Locate = Callable[[Path], str]  # where in its file a part stands, as the beginning of a sentence
Part = Literal["hour", "weekday", "age"]  # of a time: hour of the day, day of the week, days before the event's time

KEY = re.compile("[a-z][a-z0-9_]{0,39}")
SPANS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
NUMERIC = ("number", "integer", "flag")


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
    overlap: float = Field(default=0.0, ge=0, le=1)
    fields: dict[str, CellsSpec]


class Spec(Declared):
    """A whole scenario.  Columns computed over the past get a key of their own beside `fields`."""

    key: str = Field(pattern=f"^{KEY.pattern}$")
    title: str = Field(min_length=1)
    summary: str = ""
    icon: str = ":material/table_chart:"
    fields: tuple[FieldSpec, ...] = Field(min_length=1)
    roles: RolesSpec = RolesSpec()
    origin: str = ""
    entities: tuple[str, ...] = ()
    lookback: Span | None = None
    target: TargetSpec | None = None
    models: dict[str, dict[str, float]] = Field(default_factory=dict)
    policy: dict[str, Any] | None = None
    presets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    per_day: float = Field(default=100_000.0, gt=0)
    ignored: dict[str, str] = Field(default_factory=dict)  # column of the file -> why it is no field
    twin: TwinSpec


def check_spec(said: object, locate: Locate | None = None) -> Spec:
    """The spec that a mapping declares; one `ScenarioError` has every mistake with place, value, rule and remedy."""
    locate = locate or in_words
    try:
        spec = Spec.model_validate(said)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise ScenarioError("\n".join(_sentence(dict(e), locate) for e in found)) from None
    problems = [f"{locate(path)} {what}" for path, what in _contradictions(spec)]
    if problems:
        raise ScenarioError("\n".join(problems))
    return spec


def in_words(path: Path) -> str:
    """A path into a mapping as one reads it.

    >>> in_words(("fields", 2, "kind"))
    'fields[2].kind'
    """
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).removeprefix(".") or "The scenario"


def _sentence(error: Mapping[str, Any], locate: Locate) -> str:
    path: Path = error["loc"]
    if error["type"] == "extra_forbidden":
        return f"{locate(path)} is an unknown key. {did_you_mean(path[-1], _keys_at(path[:-1]))}"
    if error["type"] == "missing":
        return f"{locate(path)} is missing; it must be given."
    rule = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "it must").replace("valid ", "")
    rule = rule if rule.startswith("it must") else f"it must be {rule}"
    remedy = ""
    if error["type"] == "literal_error":
        remedy = " " + did_you_mean(error["input"], re.findall("'([^']+)'", rule))
    if error["type"] == "string_type" and isinstance(error["input"], (bool, int, float)):
        remedy = " Put it in quotes."
    return f"{locate(path)} is {_short(error['input'])}; {rule}.{remedy}"


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else said[:57] + "…"


def _keys_at(path: Path) -> list[str]:
    """Keys that the part at a path may have."""
    kind: Any = Spec
    for step in path:
        if hasattr(kind, "model_fields"):
            kind = kind.model_fields[str(step)].annotation
            kind = next((k for k in get_args(kind) if hasattr(k, "model_fields") and NoneType in get_args(kind)), kind)
        else:
            kind = get_args(kind)[-1 if get_origin(kind) is dict else 0]
    return list(kind.model_fields)


def _contradictions(spec: Spec) -> list[tuple[Path, str]]:
    """Parts that are well formed, but do not fit one another."""
    names = [f.name for f in spec.fields]
    found: list[tuple[Path, str]] = []
    found += [
        (("fields", i, "name"), f"is '{n}', as an earlier field is.") for i, n in enumerate(names) if n in names[:i]
    ]
    named: list[tuple[Path, str | None]] = [(("roles", r), v) for r, v in spec.roles.model_dump().items()]
    named += [(("entities", i), e) for i, e in enumerate(spec.entities)]
    found += [(p, f"is '{v}', which is no field. {did_you_mean(v, names)}") for p, v in named if v and v not in names]
    if spec.target and spec.target.name in names:
        found.append((("target", "name"), f"is '{spec.target.name}', which is a field too and would give it away."))
    found += [
        (("twin", "fields", n), f"is no field. {did_you_mean(n, names)}") for n in spec.twin.fields if n not in names
    ]
    m = len(spec.target.classes) if spec.target else 1
    if len(spec.twin.shares) != m:
        found.append((("twin", "shares"), f"has {len(spec.twin.shares)} shares for {m} classes."))
    for i, f in enumerate(spec.fields):
        found += [(("fields", i, *p), what) for p, what in _about_field(f)]
        if f.name not in spec.twin.fields:
            found.append((("twin", "fields"), f"says nothing of field '{f.name}'."))
        else:
            cells = spec.twin.fields[f.name]
            found += [(("twin", "fields", f.name, *p), what) for p, what in _about_cells(f, cells, m)]
    for name, event in spec.presets.items():
        found += [(("presets", name, n), f"is no field. {did_you_mean(n, names)}") for n in event if n not in names]
    return found


def _about_field(f: FieldSpec) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    if f.kind == "category" and not f.choices:
        found.append((("choices",), "is missing; a category must have choices."))
    if f.kind == "category" and f.open and "other" not in f.choices:
        found.append((("choices",), "has no 'other', which an open category must have. Add it, or say open: false."))
    if f.usual and f.usual[0] > f.usual[1]:
        found.append((("usual",), f"is from {f.usual[0]:g} to {f.usual[1]:g}; it must rise."))
    return found


def _about_cells(f: FieldSpec, cells: CellsSpec, m: int) -> list[tuple[Path, str]]:
    if f.kind == "text":
        return [] if cells.distinct else [(("distinct",), "is missing; a text must say how many values it has.")]
    width = (len(f.choices) if f.kind == "category" else len(cells.cells)) + 1
    found: list[tuple[Path, str]] = []
    if f.kind != "category":
        found += [
            (("cells", i), f"is from {a:g} to {b:g}; it must not fall.")
            for i, (a, b) in enumerate(cells.cells)
            if a > b
        ]
    if len(cells.shares) != m:
        found.append((("shares",), f"has {len(cells.shares)} rows for {m} classes."))
    for c, row in enumerate(cells.shares):
        if len(row) != width:
            found.append((("shares", c), f"has {len(row)} shares; it must have {width}: its cells and missing."))
        elif not sum(row):
            found.append((("shares", c), "is all 0; at least one share must be above."))
        elif row[-1] and not f.optional:
            found.append((("shares", c), f"has missing values, but field '{f.name}' is not optional."))
    return found
