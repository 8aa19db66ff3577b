"""From any table to the spec of a scenario: what its columns are, which are no input, and how they are spread."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from riskcore.core.errors import DataError, did_you_mean
from riskcore.core.progress import Progress, silent
from riskcore.scenarios.declared import KEY, span
from riskcore.services.inferring.drafting import Draft
from riskcore.services.inferring.guessing import Guess, guess, ignored, names_events
from riskcore.services.inferring.looking import Asked, Look
from riskcore.services.inferring.outcomes import read_classes

FEWEST_ROWS = 20
OUTPUTS = {
    *("risk_score", "decision", "action", "prediction", "confidence", "reasons", "status", "problems"),
    *("label", "attack", "attack_id", "p_true"),
}


@dataclass(frozen=True)
class Inferred:
    """A spec, and what a person should know of how it came about, as sentences."""

    spec: dict[str, Any]
    notices: tuple[str, ...]


def infer(seen: Look, asked: Asked, progress: Progress = silent) -> Inferred:
    """The spec of a scenario for the table; nothing is stored.

    Raises one `DataError` with every reason why the table cannot become one: columns that are not there, a label with
    one class or more than 20, no column to learn from, a time that cannot be read.
    """
    _check(seen, asked)
    table = seen.table
    classes = read_classes(table[asked.label], asked.classes) if asked.label else None
    guesses = _guess_all(table, asked, progress)
    problems = _about_time(asked.time, guesses[asked.time]) if asked.time else []
    problems += _about_id(table[asked.id]) if asked.id else []
    named = _id(table, guesses, asked)
    if named is not None:
        guesses[named] = Guess(kind="text", values=table[named].astype("str").to_numpy(dtype=object))
    used = {name: g for name, g in guesses.items() if g.kind}
    if not set(used) - {asked.time, named, *asked.entities}:
        why = "; ".join(f"'{n}' {g.notice}" for n, g in list(guesses.items())[:5])
        problems.append(f"{seen.name} has no column to learn from: {why}.")
    if problems:
        raise DataError(problems)
    draft = Draft(seen, asked, classes, used, _names(used, asked), named)
    progress(0.9, "measuring how values are spread")
    spec = draft.spec({n: g.notice for n, g in guesses.items() if not g.kind})
    notices = [*_about_rows(seen), *(classes.notices if classes else ()), *_about_columns(guesses, asked, draft)]
    return Inferred(spec, (*notices, *_about_past(spec, named)))


def _check(seen: Look, asked: Asked) -> None:
    columns = [str(c) for c in seen.table.columns]
    problems = [] if KEY.fullmatch(asked.key) else [f"Key '{asked.key}' must be lower-case letters, digits and _."]
    problems += [
        f"{seen.name} has {columns.count(c)} columns '{c}'." for c in dict.fromkeys(columns) if columns.count(c) > 1
    ]
    wanted = [asked.label, asked.id, asked.time, asked.amount, *asked.entities, *asked.ignore]
    problems += [
        f"{seen.name} has no column '{c}'. {did_you_mean(c, columns)}" for c in wanted if c and c not in columns
    ]
    roles = [c for c in (asked.label, asked.id, asked.time, *asked.entities) if c]
    problems += [f"Column '{c}' cannot be two of label, id, time and entity." for c in roles if roles.count(c) > 1][:1]
    problems += [f"Column '{c}' is to be ignored, but it has a role." for c in asked.ignore if c in roles]
    if len(seen.table) < FEWEST_ROWS:
        problems.append(
            f"{seen.name} has {len(seen.table)} rows; at least {FEWEST_ROWS} are needed to infer a scenario."
        )
    for what, said in (("Lookback", asked.lookback), ("Label delay", asked.label_delay)):
        try:
            span(said or "1d")
        except ValueError as error:
            problems.append(f"{what} is '{said}'; it must be {error}.")
    if asked.label_delay and not (asked.label and asked.time):
        problems.append(f"Label delay is {asked.label_delay}, which says nothing without a label and a time.")
    problems += [
        f"Column '{c}' is to be remembered, and is no entity. Say that its past matters, too."
        for c in asked.remember
        if c not in asked.entities
    ]
    if asked.remember and not (asked.time and asked.label_delay):
        problems.append("Outcomes are remembered as they become known: say the time, and after how long labels arrive.")
    if problems:
        raise DataError(problems)


def _about_time(name: str, found: Guess) -> list[str]:
    """Why a column cannot say when events were, if so."""
    if not found.kind:
        return [f"Column '{name}' cannot be the time: it {found.notice}."]
    if found.kind not in ("time", "number", "integer", "flag"):
        return [f"Column '{name}' is no time: it holds neither dates such as 2026-01-31T12:00:00Z nor seconds."]
    return []


def _about_id(column: pd.Series) -> list[str]:
    """Why a column cannot name events, if so."""
    again, empty = int(column.dropna().duplicated().sum()), int(column.isna().sum())
    if not (again or empty):
        return []
    why = [f"{again:,} rows repeat a value" if again else "", f"{empty:,} rows have none" if empty else ""]
    return [f"Column '{column.name}' cannot name events: {' and '.join(filter(None, why))}. It must tell each row."]


def _guess_all(table: pd.DataFrame, asked: Asked, progress: Progress) -> dict[str, Guess]:
    found = {}
    columns = [str(c) for c in table.columns if c != asked.label]
    for i, name in enumerate(columns):
        progress(0.5 + 0.4 * i / len(columns), f"column {name}")
        if name in asked.ignore:
            found[name] = ignored("was to be ignored")
        elif not name.strip():
            found[name] = ignored("has no name")
        elif name in asked.entities:
            found[name] = Guess(kind="text", values=table[name].astype("str").replace("", None).to_numpy(dtype=object))
        else:
            found[name] = guess(name, table[name], asked.day_first, names=name != asked.time)
    return found


def _id(table: pd.DataFrame, guesses: Mapping[str, Guess], asked: Asked) -> str | None:
    """The column that names events: the one that was said or, where they have a past, one that is called so.

    Events of one moment are put in order by it, and what is sent twice is recognised.
    """
    if asked.id or not (asked.time and asked.entities):
        return asked.id
    free = [name for name, g in guesses.items() if not g.kind and name not in asked.ignore]
    return next((name for name in free if names_events(name, table[name])), None)


def _names(used: Mapping[str, Guess], asked: Asked) -> dict[str, str]:
    """Column -> field; one that is named like an output of ours is renamed."""
    taken, found = set(used), {}
    for column in used:
        name = column
        if column in OUTPUTS or column.startswith("p_true"):
            name = f"{column}_given"
            while name in taken:
                name += "_"
        found[column] = name
        taken.add(name)
    return found


def _about_rows(seen: Look) -> list[str]:
    said = [] if seen.stride == 1 else [f"Looked at {len(seen.table):,} of {seen.total:,} rows, evenly spaced."]
    return said + ([f"{seen.broken:,} lines are no rows and were left out."] if seen.broken else [])


def _about_columns(guesses: Mapping[str, Guess], asked: Asked, draft: Draft) -> list[str]:
    """A sentence for each column that is ignored, renamed, or read with a loss."""
    said = [
        f"Column '{name}' {'is ignored: it ' if not g.kind else ''}{g.notice}."
        for name, g in guesses.items()
        if g.notice and name not in asked.ignore
    ]
    said += [
        f"Column '{c}' is named like an output of ours; its field is called {f}."
        for c, f in draft.names.items()
        if c != f
    ]
    return said


def _about_past(spec: Mapping[str, Any], named: str | None) -> Iterator[str]:
    """What is measured of the past, and what that needs."""
    past = spec.get("as_of", ())
    if not past:
        if "lookback" in spec:
            yield "The lookback is kept, but nothing looks back: that needs a time and whose past it is (entity)."
        return
    if spec.get("remember"):
        whose = " and ".join(one["by"] for one in spec["remember"])
        yield (
            f"Models remember how events of each {whose} turned out in the {spec['lookback']} before an event, as far "
            f"as their training knew: train again well within {spec['lookback']}."
        )
    of = ", ".join(dict.fromkeys(one["measure"] for one in past))
    windows = ", ".join(dict.fromkeys(one["within"] for one in past if "within" in one))
    yield (
        f"{len(past)} columns look at the past of {' and '.join(spec['entities'])}: {of}; within {windows}. They stand "
        "under as_of in the file."
    )
    if named is None:
        yield (
            "No column names events: two of one moment do not see each other, and two rows that are equal in every "
            "field are recorded as one event. If there is a column of identifiers, say which (--id COLUMN)."
        )
    else:
        yield f"Column '{named}' names events: it puts those of one moment in order."
