"""What the commands of `riskcore policy` print."""

import sys
from typing import TYPE_CHECKING, Any

from riskcore.cli.console import print_json, say

if TYPE_CHECKING:
    from riskcore.core.scenario import Scenario
    from riskcore.services.deciding.lint import Finding
    from riskcore.services.deciding.replay import Movement
    from riskcore.stores.policies import Version


def print_versions(kept: "list[Version]", as_json: bool) -> None:
    """The versions that were applied, or that there are none."""
    rows = [
        {
            "version": v.number,
            "at": v.at.isoformat(timespec="seconds"),
            "author": v.author,
            "note": v.note,
            "policy_hash": v.policy.fingerprint(),
            "model": v.applied.model,
            "dry_run": v.applied.dry_run,
        }
        for v in kept
    ]
    if as_json:
        return print_json(rows)
    for row in rows:
        print("  ".join(str(value) for value in row.values() if value not in (None, "", False)))
    if not rows:
        say("The default has been in force all along.")
    return None


def print_findings(found: "tuple[Finding, ...]", as_json: bool) -> None:
    """What lint found; the exit code is 1 where the policy cannot be applied."""
    if as_json:
        print_json([dict(finding.__dict__) for finding in found])
    else:
        for finding in found:
            print(line(finding))
        if not found:
            say("Nothing is wrong with it.")
    if any(finding.level == "error" for finding in found):
        sys.exit(1)


def line(finding: "Finding") -> str:
    """A finding in one line: level, rule, place and sentence."""
    place = f"{finding.where}: " if finding.where else ""
    return f"{finding.level:<8} {finding.rule:<18} {place}{finding.sentence}"


def moves_of(moved: "Movement", scenario: "Scenario") -> dict[str, Any]:
    """How many events move from which action to which, and what that does to alerts and cost, as plain data."""
    table = moved.counts.sum(axis=-1)
    moves = [
        {"from": a, "to": b, "events": int(table[i, j])}
        for i, a in enumerate(moved.actions)
        for j, b in enumerate(moved.actions)
        if i != j and table[i, j]
    ]
    return {
        "moves": moves,
        "n": int(table.sum()),
        "moved": moved.moved,
        "loosened": moved.loosened,
        "alerts": moved.alerts.to_mapping(),
        "cost": None if moved.cost is None else moved.cost.to_mapping() | {"currency": scenario.costs.currency},
        "capacity": moved.capacity,
        "prior": moved.prior,
    }


def print_moves(said: dict[str, Any]) -> None:
    """The same as a person reads it."""
    print(f"Of {said['n']:,} events {said['moved']:,} move, {said['loosened']:,} of them to a milder action.")
    for move in said["moves"]:
        print(f"  {move['events']:>9,}  {move['from']} to {move['to']}")
    alerts, cost = said["alerts"], said["cost"]
    print(f"Alerts {alerts['value']:+,.0f} [{alerts['low']:+,.0f}, {alerts['high']:+,.0f}].")
    if cost:
        print(f"Cost {cost['value']:+,.2f} {cost['currency']} [{cost['low']:+,.2f}, {cost['high']:+,.2f}].")


def tell_version(made: "Version") -> None:
    """That a version is in force now, and whether as a dry run."""
    logged = " in a dry run: its decisions are logged, and nobody acts on them" if made.applied.dry_run else ""
    say(f"Version {made.number}, policy {made.policy.fingerprint()}, is in force now{logged}.")
