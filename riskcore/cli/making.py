"""Commands that show scenarios, make data and train models."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.console import (
    Json,
    Key,
    Label,
    Where,
    Zone,
    pairs,
    print_json,
    progress_line,
    read_file,
    say,
    workspace,
)
from riskcore.cli.folding import print_folds
from riskcore.core.errors import DataError, UnknownKeyError

if TYPE_CHECKING:
    from riskcore.core.knobs import Knobs
    from riskcore.core.labels import Generated
    from riskcore.core.policy import Policy
    from riskcore.core.scenario import Scenario
    from riskcore.core.trained import ModelCard
    from riskcore.services.data.recipes import Recipe

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Turn a knob; repeatable.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")]
GENERATED_AT_ONCE = 10_000  # rows of `generate` by default


def list_scenarios(as_json: Json = False) -> None:
    """List the scenarios and their models."""
    house = workspace()
    rows = [
        {"key": key, "title": s.title, "summary": s.summary, "champion": house.registry.champion(key)}
        for key, s in house.scenarios.items()
    ]
    if as_json:
        return print_json(rows)
    for row in rows:
        print(f"{row['key']:<16} {row['title']:<16} {row['champion'] or 'not trained yet':<40} {row['summary']}")
    return None


def show(key: Key, as_json: Json = False) -> None:
    """Show fields, knobs, models and policy.

    Besides the label and the presets of a scenario, all as the other commands take them.
    """
    house = workspace()
    scenario = house.scenario(key)
    said = described(scenario, house.applied(scenario).policy)
    if as_json:
        return print_json(said)
    print(f"{scenario.title}: {scenario.summary}")
    for part, rows in said.items():
        if isinstance(rows, list):
            print(f"\n{part}")
            for row in rows:
                print("  " + (_in_line(row) if isinstance(row, dict) else str(row)))
    print(f"\nlabel\n  {scenario.target.name}: {', '.join(scenario.target.classes)}")
    return None


def _in_line(row: dict[str, Any]) -> str:
    first, *rest = row.values()
    return f"{first!s:<22} " + " · ".join(str(v) for v in rest if v not in ("", None))


def described(scenario: "Scenario", policy: "Policy") -> dict[str, Any]:
    """What a scenario declares, as plain data, with the policy in force."""
    from riskcore.services.generating import knobs_of

    return {
        "key": scenario.key,
        "title": scenario.title,
        "summary": scenario.summary,
        "label": {"name": scenario.target.name, "classes": list(scenario.target.classes)},
        "fields": [f.describe() for f in scenario.event.fields],
        "knobs": [{"name": k.key, "label": k.label, "default": k.default, "help": k.help} for k in knobs_of(scenario)],
        "models": [
            {"name": name, "title": make.title, "settings": ", ".join(f"{k.key}={k.default}" for k in make.settings)}
            for name, make in scenario.models.items()
        ],
        "policy": [{"action": b.action, "rule": rule} for b, rule in zip(policy.bands, policy.rules, strict=False)],
        "presets": list(scenario.presets),
    }


def generate(
    key: Key,
    out: Annotated[str, typer.Option(metavar="FILE", help="File to write: .csv, .csv.gz or .parquet.")],
    rows: Annotated[
        int | None, typer.Option(min=1, help="How many events.", show_default=f"{GENERATED_AT_ONCE}")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed gives the same result.", show_default="0")
    ] = None,
    settings: Settings = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows, seed and knobs, as the Data lab writes them.")
    ] = None,
) -> None:
    """Write synthetic events and their labels.

    Columns: the event, then label, kind of attack and true probabilities where there are any.  What is said beside a
    recipe stands above it.
    """
    from riskcore.services.data.recipes import Recipe

    scenario = workspace().scenario(key)
    told = Recipe(GENERATED_AT_ONCE, seed=0) if recipe is None else _recipe(scenario, recipe)
    rows, seed = told.rows if rows is None else rows, told.seed if seed is None else seed
    knobs = {**told.knobs, **pairs(settings or [])}
    write(scenario, out, rows, seed, knobs)


def write(scenario: "Scenario", out: str, rows: int, seed: int, knobs: "Knobs") -> "Generated":
    """Synthetic events and their labels, written to a file; what it holds is told."""
    import pandas as pd

    from riskcore.services.generating import synthesize
    from riskcore.stores.datasets import label_frame
    from riskcore.stores.tables import open_writer

    with open_writer(out) as writer:  # a file that cannot be written is told before the work
        made = synthesize(scenario, rows, seed, knobs)
        labels = label_frame(made.labels, scenario.target.classes)
        writer.write(pd.concat([made.events, labels], axis=1))
    say(f"{rows:,} synthetic events of {scenario.title}, seed {seed}, are in {out}.")
    found = set(made.labels.label.tolist())
    if len(found) == 1:
        say(f"All of them are {scenario.target.classes[found.pop()]}: of one class alone nothing is learned or judged.")
    return made


def _recipe(scenario: "Scenario", file: str) -> "Recipe":
    from riskcore.services.data.recipes import read_recipe

    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}.") from None
    return read_recipe(scenario, content, Path(file).name)


def train(
    key: Key,
    data: Annotated[str | None, typer.Option(metavar="FILE", help="Labelled events.", show_default="synthetic")] = None,
    label: Label = None,
    where: Where = None,
    zone: Zone = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Family; see `riskcore show KEY`.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="How many synthetic events.")] = None,
    seed: Seed = 0,
    split: Annotated[str | None, typer.Option(help="How rows to judge on are chosen: time, entity or random.")] = None,
    holdout: Annotated[float, typer.Option(help="Share of rows to judge on; 0 learns from all.")] = 0.2,
    calibration: Annotated[
        str | None,
        typer.Option(help="none, sigmoid, isotonic, or auto for the best; anomaly models: ecdf, entity_ecdf."),
    ] = None,
    settings: Settings = None,
    promote: Annotated[bool, typer.Option(help="Put the new model into service.")] = True,
    folds: Annotated[int | None, typer.Option(help="Only judge, by so many folds; nothing is stored.")] = None,
    repeats: Annotated[int, typer.Option(help="How often the folds are drawn anew.")] = 1,
) -> None:
    """Train a model, put it into service.

    It learns from a labelled file, or from synthetic events where none is named.
    """
    from riskcore.services.training import Plan

    house = workspace()
    scenario = house.scenario(key)
    if data is None and (label or where or zone):
        raise DataError("--label, --where and --zone are about a file; name it with --data.")
    if data is not None and rows is not None:
        raise DataError("--rows is about synthetic events; choose rows of a file with --where.")
    knobs, tuned = sorted_settings(scenario, model, pairs(settings or []), synthetic=data is None)
    with progress_line(f"Training {scenario.title}") as progress:
        if data is None:
            dataset = house.generate(scenario, rows or scenario.training_rows, seed, knobs)
        else:
            dataset = read_file(scenario, data, label, where, zone)
        plan = Plan(model=model, seed=seed, split=split, holdout=holdout, calibration=calibration, settings=tuned)
        if folds is not None:
            return print_folds(scenario, dataset, plan, folds, repeats, progress)
        training = house.train(scenario, dataset, plan, progress, datetime.now(UTC))
    kept = house.keep(training, promote, expected=None)
    print(f"{kept.version} learned from {kept.card.rows:,} rows in {kept.card.seconds:.1f} s.")
    _print_results(kept.card)
    print("It is in service now." if promote else f"It is not in service: riskcore models promote {key} {kept.version}")
    return None


def _print_results(card: "ModelCard") -> None:
    """Metrics with their intervals, and beside them those of the baselines and, where it is known, the limit."""
    if not card.results:
        return
    own, *others = card.results
    names = [str(other["name"]) for other in others]
    print(f"  {'':<41}" + "".join(f"  {name}" for name in names))
    for metric, found in own["metrics"].items():
        beside = (
            f"  {other['metrics'][metric]['value']:>{len(name)}.4f}" for name, other in zip(names, others, strict=True)
        )
        print(f"  {metric:<20} {found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]" + "".join(beside))
    how = card.split["how"]
    print(f"Judged on {card.split['judge']:,} rows it has not seen ({how} split), 95 % intervals.")


def sorted_settings(
    scenario: "Scenario", model: str | None, given: dict[str, str], synthetic: bool
) -> tuple[dict[str, str], dict[str, Any]]:
    """Settings told apart into knobs of the generator and settings of the model family."""
    from riskcore.core.knobs import turn
    from riskcore.services.generating import knobs_of

    family = model or scenario.default_model
    if family not in scenario.models:
        raise UnknownKeyError("model", family, scenario.models)
    tunable = {knob.key for knob in scenario.models[family].settings}
    knobs = {knob.key for knob in knobs_of(scenario)} - tunable if synthetic else set()
    unknown = [name for name in given if name not in tunable | knobs]
    if unknown:
        raise DataError([str(UnknownKeyError("setting", name, sorted(tunable | knobs))) for name in unknown])
    tuned = turn(scenario.models[family].settings, {k: v for k, v in given.items() if k in tunable}, "setting")
    return {k: v for k, v in given.items() if k in knobs}, {k: v for k, v in tuned.items() if k in given}
