"""Commands for stored models: list, promote, verify."""

from pathlib import Path
from typing import Annotated

import typer

from riskcore.cli.console import Json, Key, Model, print_json, say, workspace
from riskcore.core.errors import DataError, ModelIntegrityError

app = typer.Typer(help="List, promote and verify stored models.", no_args_is_help=True)


@app.command("list")
def list_models(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="Scenario.", show_default="all")] = None,
    as_json: Json = False,
) -> None:
    """List model versions, newest first; the champion of each scenario is marked."""
    house = workspace()
    keys = [house.scenario(key).key] if key else list(house.scenarios)
    rows = [
        {
            "scenario": k,
            "version": card.version,
            "champion": card.version == house.registry.champion(k),
            "created": card.created,
            "rows": card.rows,
            "metrics": {name: m["value"] for name, m in card.metrics.items()},
        }
        for k in keys
        for card in house.registry.cards(k)
    ]
    if as_json:
        return print_json(rows)
    for row in rows:
        mark = "*" if row["champion"] else " "
        print(f"{mark} {row['scenario']:<16} {row['version']:<36} {row['created']}  {row['rows']:,} rows")
    if not rows:
        print("There are no models yet; `riskcore train KEY` makes one.")
    return None


@app.command()
def promote(
    key: Key,
    version: Annotated[str, typer.Argument(metavar="VERSION", show_default=False)],
    expected: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Refuse if another model than this one is in service.")
    ] = None,
) -> None:
    """Put a version into service, after verifying it."""
    house = workspace()
    scenario = house.scenario(key)
    house.registry.load(scenario, version)
    house.registry.promote(scenario.key, version, expected)
    print(f"{version} is the champion of {scenario.key}.")


@app.command()
def verify(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="Scenario.", show_default="all")] = None,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", show_default="all versions", help="One version.")
    ] = None,
) -> None:
    """Verify stored versions: every file's hash, sound arrays, and the probe's risks; all bad ones are told."""
    house = workspace()
    problems = []
    for scenario in [house.scenario(key)] if key else house.scenarios.values():
        for name in [version] if version else house.registry.versions(scenario.key):
            try:
                house.registry.load(scenario, name)
            except ModelIntegrityError as error:
                problems.append(str(error))
            else:
                print(f"ok {name}")
    if problems:
        raise ModelIntegrityError("\n".join(problems))


def card(
    key: Key,
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write: .html for people, .json for programs.")],
    model: Model = None,
) -> None:
    """Write a model's card.

    What it is, what it must not be used for, how good it is, and how it was made; the HTML page opens offline.
    """
    import json

    from riskcore.services.judging.model_card import render

    house = workspace()
    scenario = house.scenario(key)
    kind = Path(out).suffix.lower()
    if kind not in (".html", ".htm", ".json"):
        raise DataError(f"{out} must end in .html or .json.")
    card = house.registry.load(scenario, model).card
    content = json.dumps(card.to_mapping(), indent=1) if kind == ".json" else render(scenario, card)
    try:
        Path(out).write_text(content, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror}.") from None
    say(f"The card of {card.version} is in {out}.")
