"""The command that makes a page of what scoring wrote."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.console import opened, progress_line, say, workspace
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.policy import Policy
    from riskcore.core.scenario import Scenario
    from riskcore.stores.tables import Source


def report(
    table: Annotated[str, typer.Option("--in", metavar="FILE", help="What `riskcore score` wrote.")],
    out: Annotated[str, typer.Option(metavar="FILE", help="Page to write: .html.")],
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Decide anew by this policy.", show_default="the decisions in the file"),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="KEY", help="Scenario.", show_default="the one that the columns fit")
    ] = None,
) -> None:
    """Write a report of a scored file as one page that opens offline.

    Totals, risks, actions, reasons, from event to action, and with labels how each kind of attack was met.
    """
    from riskcore.services.report_page import render
    from riskcore.services.reporting import report as read
    from riskcore.stores.plain import read_mapping
    from riskcore.stores.writing import replace_file

    if Path(out).suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{out} must end in .html.")
    house = workspace()
    chosen = house.scenario(scenario) if scenario else _fitting(house.scenarios, table)
    source, mapping, _ = opened(chosen, table, [], labelled=True)
    by = house.applied(chosen).policy if policy is None else _policy(read_mapping(Path(policy)), chosen, policy)
    with progress_line(f"Reading {Path(table).name}") as progress:
        found = read(chosen, source, mapping, by, policy is not None, progress)
    replace_file(Path(out), render(found, datetime.now(UTC)).encode())
    say(f"The report of {found.scored:,} events of {chosen.title} is in {out}.")


def _policy(said: Mapping[str, object], scenario: "Scenario", where: str) -> "Policy":
    from riskcore.core.policy import policy_from_mapping

    policy = policy_from_mapping(said, where)
    scenario.check_policy(policy)
    return policy


def _fitting(scenarios: "Mapping[str, Scenario]", path: str) -> "Scenario":
    """The scenario that most columns of a file belong to, all of its required ones among them."""
    from riskcore.stores.tables import open_table

    source: Source = open_table(path)
    columns = set(source.columns)
    fits = {key: len(columns & set(s.event.names)) for key, s in scenarios.items() if set(s.event.required) <= columns}
    best = [key for key, n in fits.items() if n == max(fits.values())]
    if len(best) != 1:
        said = f"{path} fits {' and '.join(best)} alike" if best else f"The columns of {path} fit no scenario"
        raise DataError(f"{said}. Name it with --scenario: {', '.join(scenarios)}.")
    return scenarios[best[0]]
