"""The command that makes a scenario of any table, without code."""

from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.console import progress_line, say, workspace
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.services.inferring.declaring import Proposal

Columns = list[str] | None


def new(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Key of the new scenario: a-z, 0-9 and _.", show_default=False)
    ],
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="Table to infer it from: CSV or Parquet.")],
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of labels.", show_default="none: unusual events")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Its classes in order of severity.", show_default="inferred")
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Names events, another in every row.", show_default="by its name"),
    ] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="When events were: dates, or seconds.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="COLUMN", help="Money at stake.")] = None,
    entity: Annotated[Columns, typer.Option(metavar="COLUMN", help="Whose past matters; repeatable.")] = None,
    lookback: Annotated[str | None, typer.Option(metavar="30d", help="How far back the past matters.")] = None,
    label_delay: Annotated[
        str | None, typer.Option(metavar="7d", help="How long until a label is known.", show_default="known at once")
    ] = None,
    remember: Annotated[
        Columns,
        typer.Option(
            metavar="COLUMN",
            help="Entity whose outcomes models remember, as labels arrive; with --time and --label-delay. Repeatable.",
        ),
    ] = None,
    ignore: Annotated[
        Columns, typer.Option(metavar="COLUMN", help="No input; repeatable, or names with commas.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title.", show_default="from the key")] = "",
    day_first: Annotated[
        bool | None, typer.Option("--day-first/--month-first", help="How to read dates such as 03/04/2024.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a custom scenario of this key.")] = False,
) -> None:
    """Make a scenario of any table.

    Its schema is inferred; every page and command serves it.  `riskcore train KEY --data FILE` learns from the file.
    """
    from riskcore.services.inferring.declaring import declare, propose
    from riskcore.services.inferring.looking import Asked, look
    from riskcore.stores.tables import open_table

    house = workspace()
    if key in house.scenarios and not replace:
        raise DataError(f"There is a scenario '{key}' already. Choose another key, or say --replace.")
    asked = Asked(
        key=key,
        title=title,
        label=label,
        classes=tuple(_listed([classes] if classes else [])),
        id=id,
        time=time,
        amount=amount,
        entities=tuple(entity or []),
        lookback=lookback,
        label_delay=label_delay,
        remember=tuple(remember or []),
        ignore=tuple(_listed(ignore or [])),
        day_first=day_first,
    )
    opened = open_table(source)
    with progress_line(f"Reading {opened.name}") as progress:
        proposal = propose(look(opened, progress), asked, progress)
    scenario = declare(house, proposal, replace)
    _tell(proposal)
    counted = f"{len(scenario.event.fields)} fields of {proposal.rows:,} rows"
    print(f"{scenario.title} ({counted}) is in {house.catalogue.files.path(key)}.")
    target = f" --label {label}" if label else ""
    print(f"Learn from the table: riskcore train {key} --data {source}{target}")


def _tell(proposal: "Proposal") -> None:
    """What was noticed, and what to say if columns that look like the label's do give it away."""
    say(*proposal.notices, *(alarm.said for alarm in proposal.alarms))
    if proposal.alarms:
        say(f"If so: --ignore {','.join(alarm.column for alarm in proposal.alarms)} --replace")


def _listed(words: list[str]) -> list[str]:
    """Names said one by one or with commas between them."""
    return [name.strip() for word in words for name in word.split(",") if name.strip()]
