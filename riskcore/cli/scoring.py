"""The command that scores a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.console import Key, Model, Where, Zone, opened, progress_line, say, workspace
from riskcore.core.errors import DataError, NoRowsError

if TYPE_CHECKING:
    import pandas as pd

    from riskcore.core.policy import Policy
    from riskcore.core.scenario import Scenario
    from riskcore.core.trained import Trained
    from riskcore.services.bulk import Recorder, Summary
    from riskcore.services.files.mapping import ColumnMap
    from riskcore.services.scoring import Decided
    from riskcore.services.workspace import Workspace
    from riskcore.stores.policies import Applied
    from riskcore.stores.tables import Source

LOOKED_AT = 200  # rows, to tell whether times state a zone


def score(
    key: Key,
    table: Annotated[str, typer.Option("--in", metavar="FILE", help="Events: .csv, .parquet, or .gz or .zip of CSV.")],
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write: .csv, .csv.gz or .parquet.")],
    rejects: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where bad rows go.", show_default="OUT.rejects.csv")
    ] = None,
    model: Model = None,
    where: Where = None,
    zone: Zone = None,
    reasons: Annotated[int, typer.Option(min=0, help="Strongest reasons of every row, in words.")] = 0,
    formula_safe: Annotated[
        bool, typer.Option("--formula-safe", help="Neutralise text that spreadsheets would run as a formula.")
    ] = False,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="Events before those of the file, where features look at a past.")
    ] = None,
    remember: Annotated[
        bool, typer.Option("--record", help="Score against the stored past; add events and decisions to it.")
    ] = False,
) -> None:
    """Score a file.

    Writes risk and decision beside each row; rows that cannot be scored go to a file of rejects, with the reason.
    """
    from riskcore.services import bulk

    house = workspace()
    scenario = house.scenario(key)
    if history is not None and remember:
        raise DataError("--record takes the past from the store; record the events of --history first, without it.")
    applied = in_force(house, scenario)
    past = None if history is None else earlier(scenario, history, applied.policy, zone)
    source, mapping, wanted = opened(scenario, table, where or [], zone=zone)
    mapping.check(source.columns, scenario.event)
    trained = load(house, scenario, model)
    if not applied.suits(trained.version):
        say(f"The thresholds in force were chosen on {applied.model}; this is {trained.version}.")
    if reasons:
        rows, seconds = bulk.reasons_cost(trained, source, mapping)
        say(f"Reasons for about {rows:,} rows will take about {seconds:,.0f} s.")
    job = bulk.Job(
        mapping=mapping,
        where=wanted,
        reasons=reasons,
        formula_safe=formula_safe,
        chunk=house.settings.chunk,
        now=datetime.now(UTC),
        history=past,
    )
    recorder = _recorder(house, trained, applied) if remember else None
    told = Path(rejects or f"{out}.rejects.csv")
    with progress_line(f"Scoring {Path(table).name}") as progress:
        summary = bulk.score_table(trained, applied.policy, source, job, [Path(out)], told, progress, recorder)
    if not summary.rejected and rejects is None:
        told.unlink(missing_ok=True)
    _report(summary, trained, out, told)


def in_force(house: "Workspace", scenario: "Scenario") -> "Applied":
    """The policy in force; that it is a dry run is told."""
    applied = house.applied(scenario)
    if applied.dry_run:
        say("The policy in force is a dry run: decisions are logged and not enforced.")
    return applied


def earlier(scenario: "Scenario", path: str, policy: "Policy", zone: str | None = None) -> "pd.DataFrame | None":
    """The good events of a file of history, None where it is empty.

    Raises `DataError` where neither features nor rules look at a past, or where all rows are bad.
    """
    from riskcore.services.files.bulk_past import read_events

    if not scenario.stateful and not policy.repeats:
        raise DataError(f"{scenario.title} judges each event by itself; leave --history out, it would change nothing.")
    try:
        source, mapping, _ = opened(scenario, path, [], zone=zone)
    except NoRowsError as error:
        say(f"{error} It is taken as an empty history: nothing came before.")
        return None
    try:
        read = read_events(scenario, source, mapping)
    except DataError as error:
        raise DataError([*error.problems, *zone_hint(source, mapping, scenario)]) from None
    if read.bad:
        say(f"{read.bad:,} rows of {path} are bad and were left out of the history.", *read.problems)
    return read.events


def zone_hint(source: "Source", mapping: "ColumnMap", scenario: "Scenario") -> list[str]:
    """What to do about times that must state their zone and do not, where none is chosen; else nothing."""
    from riskcore.services.files.mapping import unzoned

    strict = {c for f, c in mapping.columns.items() if scenario.event[f].zoned and c not in mapping.zones}
    naive = [c for c in unzoned(source.head(LOOKED_AT).table, mapping, scenario.event) if c in strict]
    return [f"Times in {', '.join(naive)} state no zone; name theirs with --zone, such as --zone UTC."] if naive else []


def _recorder(house: "Workspace", trained: "Trained", applied: "Applied") -> "Recorder":
    from riskcore.services.recording import record

    def remember(table: "pd.DataFrame") -> "Decided":
        recorded = record(house, trained, table, applied, datetime.now(UTC))
        again = len(recorded.ids) - recorded.new
        say(f"{recorded.new:,} decisions recorded" + (f"; {again:,} events keep the one they had." if again else "."))
        return recorded.decided

    return remember


def load(house: "Workspace", scenario: "Scenario", version: str | None) -> "Trained":
    """A verified model; the default one is trained first where there is none."""
    if version is None and house.registry.champion(scenario.key) is None:
        say(f"There is no model of {scenario.title} yet; the default one is trained on synthetic events first.")
    with progress_line(f"Training {scenario.title}") as progress:
        return house.trained(scenario, version, progress)


def _report(summary: "Summary", trained: "Trained", out: str, told: Path) -> None:
    say(*summary.notices)
    if not summary.n:
        raise DataError("No row meets the conditions, so there was nothing to score.")
    if summary.rejected:
        say(*most_frequent(summary))
        say(f"{summary.rejected:,} of {summary.n:,} rows were rejected; they are in {told}.")
    if summary.unusual:
        (column, rule), rows = max(summary.unusual.items(), key=lambda item: item[1])
        say(f"{rows:,} rows are scored though their {column} is unusual: it {rule}.{_and_more(len(summary.unusual))}")
    if not summary.scored:
        raise DataError(f"No row could be scored, so {out} was not written. The reasons are in {told}.")
    actions = ", ".join(f"{name} {count:,}" for name, count in summary.actions.items())
    say(f"{summary.scored:,} rows scored with {trained.version} in {summary.seconds:.1f} s into {out}: {actions}.")


def most_frequent(summary: "Summary") -> list[str]:
    """The rules that rows broke most often, and how often each."""
    often = sorted(summary.problems.items(), key=lambda item: -item[1])[:5]
    return [f"  {count:,} × {f'{column} {rule}' if column else f'the line {rule}'}" for (column, rule), count in often]


def _and_more(columns: int) -> str:
    return f" So are values in {columns - 1:,} more columns." if columns > 1 else ""
