"""The command that scores a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.console import Key, Model, Where, opened, progress_line, say, workspace
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.scenario import Scenario
    from riskcore.core.trained import Trained
    from riskcore.services.bulk import Summary
    from riskcore.services.workspace import Workspace


def score(
    key: Key,
    table: Annotated[str, typer.Option("--in", metavar="FILE", help="Events: .csv, .parquet, or .gz or .zip of CSV.")],
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write: .csv, .csv.gz or .parquet.")],
    rejects: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where bad rows go.", show_default="OUT.rejects.csv")
    ] = None,
    model: Model = None,
    where: Where = None,
    reasons: Annotated[int, typer.Option(min=0, help="Strongest reasons of every row, in words.")] = 0,
    formula_safe: Annotated[
        bool, typer.Option("--formula-safe", help="Neutralise text that spreadsheets would run as a formula.")
    ] = False,
) -> None:
    """Score a file.

    Writes risk and decision beside each row; rows that cannot be scored go to a file of rejects, with the reason.
    """
    from riskcore.services import bulk

    house = workspace()
    scenario = house.scenario(key)
    source, mapping, wanted = opened(scenario, table, where or [])
    mapping.check(source.columns, scenario.event)
    trained = load(house, scenario, model)
    applied = house.applied(scenario)
    if not applied.suits(trained.version):
        say(f"The thresholds in force were chosen on {applied.model}; this is {trained.version}.")
    if reasons:
        rows, seconds = bulk.reasons_cost(trained, source, mapping)
        say(f"Reasons for about {rows:,} rows will take about {seconds:,.0f} s.")
    job = bulk.Job(
        mapping=mapping, where=wanted, reasons=reasons, formula_safe=formula_safe, chunk=house.settings.chunk
    )
    told = Path(rejects or f"{out}.rejects.csv")
    with progress_line(f"Scoring {Path(table).name}") as progress:
        summary = bulk.score_table(trained, applied.policy, source, job, [Path(out)], told, progress)
    if not summary.rejected and rejects is None:
        told.unlink(missing_ok=True)
    _report(summary, trained, out, told)


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
        often = sorted(summary.problems.items(), key=lambda item: -item[1])
        for (column, rule), count in often[:5]:
            say(f"  {count:,} × {f'{column} {rule}' if column else f'the line {rule}'}")
        say(f"{summary.rejected:,} of {summary.n:,} rows were rejected; they are in {told}.")
    if not summary.scored:
        raise DataError(f"No row could be scored, so {out} was not written. The reasons are in {told}.")
    actions = ", ".join(f"{name} {count:,}" for name, count in summary.actions.items())
    say(f"{summary.scored:,} rows scored with {trained.version} in {summary.seconds:.1f} s into {out}: {actions}.")
