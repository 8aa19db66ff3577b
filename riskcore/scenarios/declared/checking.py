"""Every mistake of a declared scenario as a sentence: those of form, then parts that do not fit one another."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from riskcore.core.errors import ScenarioError, did_you_mean
from riskcore.scenarios.declared.spec import NUMERIC, AsOfSpec, CellsSpec, FieldSpec, RememberSpec, Spec, span

Path = tuple[str | int, ...]
Locate = Callable[[Path], str]  # where in its file a part stands, as the beginning of a sentence


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
    for j, column in enumerate(spec.as_of):
        found += [(("as_of", j, *p), what) for p, what in _about_past(column, spec)]
    found += _about_reach(spec)
    found += _about_memory(spec)
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


def _about_time(spec: Spec, part: str) -> list[tuple[Path, str]]:
    """Whether events have the time that a part needs which looks at the past."""
    time = next((f for f in spec.fields if f.name == spec.roles.time), None)
    if spec.roles.time is None:
        return [((part,), "looks at the past, and no field is the time. Add roles: {time: FIELD}.")]
    if time is not None and time.optional:
        return [((part,), f"looks at the past, but the time '{time.name}' is optional, and must not be.")]
    return []


def _about_memory(spec: Spec) -> list[tuple[Path, str]]:
    """What remembered outcomes need: entities, events with a time, and labels that arrive after a while."""
    if not spec.remember:
        return []
    found = _about_time(spec, "remember")
    delay = spec.target.delay if spec.target else None
    if spec.target is None:
        found.append((("remember",), "is of outcomes, and there is no target. Add one, or leave it out."))
    elif delay is None:
        found.append((("target", "delay"), "is missing; what is remembered must say how late labels arrive, as in 7d."))
    for i, one in enumerate(spec.remember):
        within = one.within or spec.lookback
        if one.by not in spec.entities:
            told = f"is '{one.by}', which is no entity. {did_you_mean(one.by, spec.entities)}"
            found.append((("remember", i, "by"), told))
        kind = next((f.kind for f in spec.fields if f.name == one.by), "text")
        if kind not in ("text", "category"):
            found.append(
                (("remember", i, "by"), f"is '{one.by}', a {kind}; only names are remembered. Make it a text.")
            )
        if within is None:
            found.append((("remember", i), "does not say how far back. Add within, such as within: 30d."))
        elif delay is not None and span(within) <= span(delay):
            told = f"is {within}; it must be longer than labels take to arrive, {delay}."
            found.append((("remember", i, "within"), told))
        if any(one.by == other.by and _reach(one, spec) == _reach(other, spec) for other in spec.remember[:i]):
            found.append((("remember", i), "says the same as an earlier one."))
    return found


def _reach(one: RememberSpec, spec: Spec) -> timedelta | None:
    within = one.within or spec.lookback
    return span(within) if within else None


def _about_reach(spec: Spec) -> list[tuple[Path, str]]:
    """What the whole past needs: events with a time, and a lookback."""
    if not spec.as_of:
        return []
    found = _about_time(spec, "as_of")
    if spec.reach is None:
        found.append((("as_of",), "does not say how far back. Add lookback, such as lookback: 30d."))
    twice = [j for j, column in enumerate(spec.as_of) if column in spec.as_of[:j]]
    return found + [(("as_of", j), "says the same as an earlier one.") for j in twice]


def _about_past(column: AsOfSpec, spec: Spec) -> list[tuple[Path, str]]:
    fields = {f.name: f for f in spec.fields}
    found: list[tuple[Path, str]] = []
    if column.by[0] not in spec.entities:
        found.append((("by",), f"is '{column.by[0]}', which is no entity. {did_you_mean(column.by[0], spec.entities)}"))
    named = [(("by",), name) for name in column.by[1:]] + [(("of",), column.of)]
    found += [(p, f"is '{n}', which is no field. {did_you_mean(n, fields)}") for p, n in named if n and n not in fields]
    found += [(("by",), f"names '{n}' twice.") for n in column.by[:1] if n in column.by[1:]]
    found += _about_measured(column, fields)
    for name, values in column.where.items():
        if name not in fields:
            found.append((("where", name), f"is no field. {did_you_mean(name, fields)}"))
            continue
        choices = fields[name].choices if fields[name].kind == "category" else (0, 1)
        if fields[name].kind not in ("category", "flag"):
            found.append((("where", name), "is neither a category nor a flag; only such fields choose events."))
        else:
            found += [
                (("where", name), f"is {v!r}, which it never is. {did_you_mean(v, choices)}")
                for v in values
                if v not in choices
            ]
    if column.within and spec.lookback and span(column.within) > span(spec.lookback):
        found.append((("within",), f"is {column.within}; it must not be longer than the lookback, {spec.lookback}."))
    return found


def _about_measured(column: AsOfSpec, fields: Mapping[str, FieldSpec]) -> list[tuple[Path, str]]:
    """Whether the measure has a field that it can measure."""
    if column.measure in ("count", "since"):
        return [(("of",), f"is '{column.of}', but {column.measure} is of no field. Remove it.")] if column.of else []
    if column.of is None:
        return [(("of",), f"is missing; {column.measure} must say of which field.")]
    if column.measure != "distinct" and column.of in fields and fields[column.of].kind not in NUMERIC:
        return [(("of",), f"is '{column.of}', a {fields[column.of].kind}; {column.measure} must be of a number.")]
    return []
