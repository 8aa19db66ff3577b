"""The command that judges a threshold: errors, workload and money, and the receipt that repeats it."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.console import (
    Capacity,
    Json,
    Key,
    Label,
    Model,
    Prior,
    Where,
    Zone,
    print_json,
    read_file,
    say,
    workspace,
)
from riskcore.cli.scoring import in_force, load
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.core.costs import Costs
    from riskcore.core.scenario import Scenario
    from riskcore.services.deciding.receipt import Receipt
    from riskcore.services.workspace import Workspace
    from riskcore.stores.datasets import Dataset


def thresholds(
    key: Key,
    data: Annotated[str | None, typer.Option(metavar="FILE", help="Events, best with labels.")] = None,
    label: Label = None,
    where: Where = None,
    zone: Zone = None,
    costs: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What outcomes cost, as YAML or JSON.", show_default="the scenario's"),
    ] = None,
    capacity: Capacity = None,
    prior: Prior = None,
    threshold: Annotated[
        float | None, typer.Option(metavar="X", help="Threshold to judge.", show_default="the one in force")
    ] = None,
    band: Annotated[
        int | None, typer.Option(metavar="N", help="Band whose edge it is.", show_default="the mildest that moves")
    ] = None,
    model: Model = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals' draws.")] = 0,
    save: Annotated[str | None, typer.Option(metavar="FILE", help="Write the receipt there.")] = None,
    receipt: Annotated[
        str | None, typer.Option(metavar="FILE", help="Repeat this receipt; the exit code is 1 where it differs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a threshold: recall, alerts, cost.

    All with 95 % intervals, and the threshold of least cost beside it.  An event gets an action from the threshold
    upwards.
    """
    from riskcore.services.deciding import answering

    house = workspace()
    scenario = house.scenario(key)
    found = None
    if receipt is not None:
        if any(x is not None for x in (costs, capacity, prior, threshold, band, model)) or seed:
            raise DataError("A receipt says costs, capacity, prior, threshold, band, model and seed; leave them out.")
        found = _receipt(receipt, scenario)
    dataset = _data(house, scenario, data, label, where, zone, found)
    if found is None:
        trained, policy = load(house, scenario, model), in_force(house, scenario).policy
        paid = _costs(costs, scenario)
        asked = answering.Question(band=band, threshold=threshold, capacity=capacity, prior=prior, seed=seed)
    else:
        trained, policy = load(house, scenario, found.model_version), found.policy
        paid, asked = found.costs, found.question
    numbers, made = _answer(trained, dataset, policy, paid, asked)
    if save is not None:
        _write(save, made)
    if as_json:
        print_json(numbers)
    else:
        _print(numbers)
    if found is not None:
        _compare(found, made)


def _answer(trained: Any, dataset: "Dataset", policy: Any, costs: "Costs", asked: Any) -> "tuple[Any, Receipt]":
    from riskcore.services import scoring
    from riskcore.services.deciding import answering
    from riskcore.services.deciding.receipt import receipt

    scored = scoring.score(trained, dataset.events)
    labels = None if dataset.labels is None else dataset.labels.label[scored.kept]
    found = answering.answer(scored, policy, costs, labels, asked)
    for sentence in answering.caveats(found, labels):
        say(sentence)
    return found.numbers, receipt(trained, dataset, policy, costs, asked, found.numbers)


def _data(
    house: "Workspace",
    scenario: "Scenario",
    data: str | None,
    label: str | None,
    where: list[str] | None,
    zone: str | None,
    found: "Receipt | None",
) -> "Dataset":
    """The events: a file's, or those of a receipt's recipe."""
    if data is None:
        recipe = None if found is None else found.data.get("recipe")
        if found is None or recipe is None:
            raise DataError("Name the events with --data FILE.")
        return house.generate(scenario, int(found.data["rows"]), int(found.data["seed"]), recipe)
    dataset = read_file(scenario, data, label, where, zone)
    return replace(dataset, origin={**dataset.origin, "file": data, "zone": zone})  # as the receipt's command says them


def _costs(path: str | None, scenario: "Scenario") -> "Costs":
    from riskcore.core.costs import costs_from_mapping
    from riskcore.stores.plain import read_mapping

    if path is None:
        return scenario.costs
    said = read_mapping(Path(path))
    # A receipt holds the costs it was made with, so it may be named where costs are wanted.
    return costs_from_mapping(said.get("costs", said), len(scenario.target.classes), path)


def _receipt(path: str, scenario: "Scenario") -> "Receipt":
    from riskcore.services.deciding.receipt import receipt_from_mapping
    from riskcore.stores.plain import read_mapping

    return receipt_from_mapping(read_mapping(Path(path)), scenario, path)


def _write(path: str, made: "Receipt") -> None:
    from riskcore.stores.plain import write_json

    write_json(Path(path), made.to_mapping() | {"command": made.command(path)})
    say(f"The receipt is in {path}.")


def _compare(found: "Receipt", made: "Receipt") -> None:
    """Tell where what was found again differs from a receipt; the exit code is 1 if it does."""
    from riskcore.services.deciding.receipt import changes

    told = changes(found, made)
    say(*(told or ["Every number is as the receipt says."]))
    if told:
        sys.exit(1)


def _print(numbers: Mapping[str, Any]) -> None:
    """The numbers as a person reads them."""
    whole = "unlabelled" if numbers["positives"] is None else f"{numbers['positives']:,} of them attacks"
    print(
        f"Threshold {_told(numbers['threshold'])} on {numbers['n']:,} events, {whole}, by {numbers['model_version']}:"
    )
    for name, value in numbers.items():
        if isinstance(value, Mapping) and "value" in value:
            unit = value.get("currency", "")
            print(f"  {name:<18} {value['value']:,.6g} [{value['low']:,.6g}, {value['high']:,.6g}] {unit}".rstrip())
        elif name in ("alerts_per_day", "prior") and value is not None:
            print(f"  {name:<18} {value:,.6g}")
        elif isinstance(value, Mapping) and name in ("optimum", "capacity"):
            print(f"  {name:<18} " + ", ".join(f"{k} {_told(v)}" for k, v in value.items() if v is not None))


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return " and ".join(f"{k} {v:.6g}" for k, v in value.items())
    return f"{value:,.6g}"
