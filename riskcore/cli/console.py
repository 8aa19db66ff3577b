"""What all commands share: the workspace, what is said on stderr, and options and files read."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.progress import Progress
    from riskcore.core.scenario import Scenario
    from riskcore.services.files.filters import Condition
    from riskcore.services.files.mapping import ColumnMap
    from riskcore.services.workspace import Workspace
    from riskcore.stores.datasets import Dataset
    from riskcore.stores.tables import Source

QUIET_S = 1.0  # work that is done sooner shows no progress
REDRAW_S = {True: 0.2, False: 10.0}  # between reports, on a terminal and in a log

Key = Annotated[str, typer.Argument(metavar="KEY", help="Scenario; `riskcore list` names them.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=VALUE", help="Only rows that meet this; also != < <= > >=. Repeat for more."),
]
Label = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column of labels.", show_default="the one that goes by a known name"),
]
Zone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="Time zone of times that state none, such as Europe/Oslo.", show_default="UTC"),
]
Capacity = Annotated[float | None, typer.Option(metavar="N", help="Alerts a day that people can work.")]
Prior = Annotated[float | None, typer.Option(metavar="P", help="Share of attacks in production.")]
Model = Annotated[str | None, typer.Option(metavar="VERSION", help="Model version.", show_default="the champion")]


def workspace() -> "Workspace":
    """The workspace of this machine's settings; declared scenarios that cannot be used are told."""
    from riskcore.core.settings import read_settings
    from riskcore.services.workspace import open_workspace

    house = open_workspace(read_settings())
    say(*(str(error) for error in house.broken.values()))
    return house


def say(*sentences: str) -> None:
    """Tell a person; stdout stays free for results."""
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def print_json(said: object) -> None:
    """One JSON document on stdout; what is not a number becomes null."""
    print(json.dumps(_plain(said), indent=1, allow_nan=False, ensure_ascii=False))


def _plain(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {str(k): _plain(v) for k, v in said.items()}
    if isinstance(said, (list, tuple)):
        return [_plain(v) for v in said]
    if hasattr(said, "item"):
        return _plain(said.item())
    if isinstance(said, float) and said - said != 0:  # NaN and infinities are not JSON
        return None
    return said if isinstance(said, (str, int, float, bool, type(None))) else str(said)


@contextmanager
def progress_line(title: str) -> Iterator["Progress"]:
    """A listener that keeps one line on stderr up to date: share done, what is being done, time left."""
    terminal = sys.stderr.isatty()
    began = drawn = monotonic()
    shown = False

    def tell(done: float, doing: str) -> None:
        nonlocal drawn, shown
        now = monotonic()
        if now - began < QUIET_S or (shown and now - drawn < REDRAW_S[terminal]):
            return
        drawn, shown = now, True
        left = (now - began) * (1 - done) / done if done > 0.02 else None
        line = f"{title}: {done:4.0%} {doing}{'' if left is None else f', about {left:.0f} s left'}"
        print(f"\r\033[K{line}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown and terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Options such as `rate=0.1` as a mapping; those of another form are told in one `DataError`."""
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise DataError([f"'{word}' is not of the form name=value." for word in wrong])
    return {k.strip(): v.strip() for k, v in (word.split("=", 1) for word in words)}


def opened(
    scenario: "Scenario",
    path: str,
    where: Sequence[str],
    label: str | None = None,
    labelled: bool = False,
    zone: str | None = None,
) -> "tuple[Source, ColumnMap, tuple[Condition, ...]]":
    """A file ready to be read: names matched whatever their case or by declared synonyms, never guessed."""
    from dataclasses import replace

    from riskcore.services.files.filters import conditions
    from riskcore.services.files.mapping import suggest, with_zone
    from riskcore.stores.tables import open_table

    source = open_table(path)
    mapping = suggest(source.columns, scenario.event, scenario.target, guess=False)
    if label is not None and label not in source.columns:
        raise DataError(f"{path} has no label column '{label}'. Columns: {', '.join(source.columns)}.")
    chosen = label or (mapping.label if labelled else None)
    # The named label is not an event's field, even if it is named like one.
    columns = {f: c for f, c in mapping.columns.items() if c != chosen}
    mapping = with_zone(replace(mapping, columns=columns, label=chosen), scenario.event, zone)
    return source, mapping, conditions(where, source.columns)


def read_file(
    scenario: "Scenario", path: str, label: str | None, where: Sequence[str] | None, zone: str | None
) -> "Dataset":
    """The good rows of a file and their labels, where it has some; what was left out is told."""
    from riskcore.services.files.labelled import read_labelled

    source, mapping, wanted = opened(scenario, path, where or [], label, labelled=True, zone=zone)
    with progress_line(f"Reading {Path(path).name}") as progress:
        read = read_labelled(scenario, source, mapping, wanted, progress)
    say(*([source.notice] if source.notice else []), *mapping.notices)
    if read.rejected or read.unlabelled:
        say(f"Of {read.n:,} rows, {read.rejected:,} bad ones and {read.unlabelled:,} without a label were left out.")
    return read.dataset
