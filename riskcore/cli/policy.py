"""Commands about the policy in force: look at it, check a draft, see what it would change, apply it, go back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.console import Capacity, Json, Key, Label, Prior, Where, Zone, print_json, read_file, say, workspace
from riskcore.cli.policy_told import line, moves_of, print_findings, print_moves, print_versions, tell_version
from riskcore.cli.scoring import in_force, load
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.scenario import Scenario
    from riskcore.services.scoring import Scored
    from riskcore.services.workspace import Workspace
    from riskcore.stores.policies import Applied

app = typer.Typer(help="See, check and change the policy in force.", no_args_is_help=True)

Draft = Annotated[str, typer.Argument(metavar="FILE", help="Policy as YAML, as `show` prints it.", show_default=False)]
Data = Annotated[str | None, typer.Option(metavar="FILE", help="Events to try it on.")]
Author = Annotated[str, typer.Option(help="Who changes it.")]
Note = Annotated[str, typer.Option(help="Why.")]


@app.command()
def show(
    key: Key,
    version: Annotated[int | None, typer.Option(help="An earlier one.", show_default="the one in force")] = None,
    versions: Annotated[bool, typer.Option("--versions", help="List all versions instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show the policy in force, as YAML that `apply` reads.

    Or an earlier version of it, or the list of them.
    """
    from riskcore.core.errors import UnknownKeyError
    from riskcore.stores.policies import to_yaml

    house = workspace()
    scenario = house.scenario(key)
    kept = house.policies.versions(key)
    if versions:
        return print_versions(kept, as_json)
    applied = house.applied(scenario)
    if version is not None:
        known = {v.number: v.applied for v in kept}
        if version not in known:
            raise UnknownKeyError(f"version of the policy of {key}", version, known)
        applied = known[version]
    if as_json:
        said = {"policy_hash": applied.policy.fingerprint(), "model": applied.model, "dry_run": applied.dry_run}
        return print_json(said | applied.policy.to_mapping())
    print(to_yaml(applied), end="")
    say(*(f"{o.name}: {o.conditions} to {o.action}." for o in applied.policy.overrides))
    return None


@app.command()
def lint(
    key: Key,
    draft: Annotated[
        str | None, typer.Argument(metavar="FILE", help="Draft as YAML.", show_default="the policy in force")
    ] = None,
    data: Data = None,
    label: Label = None,
    where: Where = None,
    zone: Zone = None,
    capacity: Capacity = None,
    prior: Prior = None,
    as_json: Json = False,
) -> None:
    """Check a policy, and with --data what it does to events.

    --capacity finds days that overflow, at the share of attacks --prior if it is given.  The exit code is 1 where the
    policy cannot be applied; warnings leave it 0.
    """
    from riskcore.services.deciding import lint as linting
    from riskcore.stores.plain import read_mapping
    from riskcore.stores.policies import HEADER

    house = workspace()
    scenario = house.scenario(key)
    if capacity is not None and data is None:
        raise DataError("--capacity needs events; name them with --data.")
    if prior is not None and capacity is None:
        raise DataError("--prior changes which days overflow and nothing else here; give --capacity too.")
    if draft is None:
        policy = house.applied(scenario).policy
    else:
        said = {k: v for k, v in read_mapping(Path(draft)).items() if k not in HEADER}
        read, found = linting.lint_text(said, scenario, draft)
        if read is None:
            return print_findings(found, as_json)
        policy = read
    scored, labels = (None, None) if data is None else _scored(house, scenario, data, label, where, zone)
    found = linting.lint(policy, scored, scenario.costs, capacity, scenario, labels=labels, prior=prior)
    return print_findings(found, as_json)


@app.command()
def diff(
    key: Key,
    draft: Draft,
    data: Data = None,
    label: Label = None,
    where: Where = None,
    zone: Zone = None,
    capacity: Capacity = None,
    prior: Prior = None,
    as_json: Json = False,
) -> None:
    """Show what a draft would change.

    In words, and with --data which events move and what that costs.  --capacity and --prior judge alerts and cost as
    `riskcore thresholds` does; events that move are counted as they are.
    """
    from riskcore.services.deciding.replay import differences, replay

    house = workspace()
    scenario = house.scenario(key)
    applied, wanted = in_force(house, scenario).policy, _draft(scenario, draft).policy
    if data is None and not (capacity is None and prior is None):
        raise DataError("--capacity and --prior need events; name them with --data.")
    said: dict[str, Any] = {"changes": differences(applied, wanted)}
    said |= {"policy_hash": wanted.fingerprint(), "in_force": applied.fingerprint()}
    if data is not None:
        scored, labels = _scored(house, scenario, data, label, where, zone)
        moved = replay(scored, applied, wanted, scenario.costs, labels, capacity=capacity, prior=prior)
        said |= moves_of(moved, scenario) | {"model_version": scored.version}
    if as_json:
        return print_json(said)
    for sentence in said["changes"] or ["The draft is the policy in force."]:
        print(sentence)
    if data is not None:
        print_moves(said)
    return None


@app.command()
def apply(
    key: Key,
    draft: Draft,
    author: Author = "",
    note: Note = "",
    model: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Model it was chosen on.", show_default="the file's, or none")
    ] = None,
    expected: Annotated[str | None, typer.Option(metavar="HASH", help="Refuse unless this policy is in force.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Log its decisions; nobody acts on them.")] = False,
) -> None:
    """Put a draft in force.

    What `lint` finds in its text is told first.
    """
    from riskcore.services.deciding import lint as linting

    house = workspace()
    scenario = house.scenario(key)
    wanted = _draft(scenario, draft)
    say(*map(line, linting.lint(wanted.policy, scenario=scenario)))
    bound = model or wanted.model
    if bound is not None:
        house.registry.load(scenario, bound)  # an unknown or unsound model is told before anything changes
    seen = expected or house.applied(scenario).policy.fingerprint()
    made = house.policies.apply(
        key,
        wanted.policy,
        bound,
        scenario.policy,
        seen,
        author=author,
        note=note,
        dry_run=dry_run or wanted.dry_run,
    )
    tell_version(made)


@app.command()
def rollback(
    key: Key,
    version: Annotated[int, typer.Argument(min=0, help="Version to go back to; 0 is the default.", show_default=False)],
    author: Author = "",
    note: Note = "",
) -> None:
    """Put an earlier version back in force, as a new one."""
    house = workspace()
    scenario = house.scenario(key)
    seen = house.applied(scenario).policy.fingerprint()
    tell_version(house.policies.rollback(key, version, scenario.policy, seen, author=author, note=note))


def _draft(scenario: "Scenario", path: str) -> "Applied":
    from riskcore.stores.policies import read_policy

    found = read_policy(Path(path))
    scenario.check_policy(found.policy)
    return found


def _scored(
    house: "Workspace",
    scenario: "Scenario",
    data: str,
    label: str | None,
    where: list[str] | None,
    zone: str | None,
) -> "tuple[Scored, Any]":
    """The good rows of a file, scored by the champion, and their labels where the file has some."""
    from riskcore.services import scoring

    dataset = read_file(scenario, data, label, where, zone)
    scored = scoring.score(load(house, scenario, None), dataset.events)
    return scored, None if dataset.labels is None else dataset.labels.label[scored.kept]
