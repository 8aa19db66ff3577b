"""The command that makes sessions of people: `generate`, asked in users and sessions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli import making
from riskcore.cli.console import pairs, say, workspace
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.scenario import Scenario

SESSIONS = 20_000  # by default


def simulate(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="Scenario.", show_default="the one that simulates sessions"),
    ] = None,
    *,
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write: .csv, .csv.gz or .parquet.")],
    users: Annotated[int | None, typer.Option(min=1, help="How many people.", show_default="by the sessions")] = None,
    sessions: Annotated[int, typer.Option(min=1, help="How many sessions, each of a few events.")] = SESSIONS,
    attack_ratio: Annotated[
        float | None, typer.Option(help="Share of attack events.", show_default="the scenario's")
    ] = None,
    seed: making.Seed = 0,
    settings: making.Settings = None,
) -> None:
    """Write the sessions of simulated people, with attacks among them.

    The same as `riskcore generate` with as many rows as the sessions have events on average.
    """
    chosen = simulated(workspace().scenarios.values(), key)
    by = chosen.simulation
    assert by is not None
    asked = {by.users: users, by.attack_share: attack_ratio}
    knobs = {name: value for name, value in asked.items() if value is not None}
    rows = max(1, round(sessions * by.rows_per_session))
    made = making.write(chosen, out, rows, seed, {**pairs(settings or []), **knobs})
    of_whom, came = made.events[by.person], made.events[by.session]
    say(f"They are {came.nunique():,} sessions of {of_whom.nunique():,} users.")


def simulated(scenarios: "Iterable[Scenario]", key: str | None) -> "Scenario":
    """The scenario that is named, or else the only one that simulates sessions."""
    able = {s.key: s for s in scenarios if s.simulation is not None}
    if key in able:
        return able[key]
    if key is not None:
        raise DataError(f"Scenario {key} simulates no sessions; use riskcore generate {key}.")
    if len(able) != 1:
        raise DataError(f"Name the scenario as KEY: {', '.join(able) or 'none simulates sessions'}.")
    return next(iter(able.values()))
