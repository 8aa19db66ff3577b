"""The command that judges all model families of a scenario on a later period and on strangers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskcore.cli.console import Key, pairs, progress_line, say, workspace
from riskcore.cli.making import Seed, Settings
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    from riskcore.services.judging.benchmarking import Benchmark

FEWEST = 500_000  # events: kinds of attack are rare, and fewer of them tell little
TEXT, DATA, PICTURE = "benchmark.md", "benchmark.json", "detectability.svg"


def benchmark(
    key: Key,
    out: Annotated[str, typer.Option(metavar="FOLDER", help=f"Where {TEXT} and {DATA} go.")],
    rows: Annotated[int | None, typer.Option(min=1000, help="How many synthetic events.")] = None,
    seed: Seed = 0,
    models: Annotated[
        str | None, typer.Option(metavar="NAME,NAME", help="Model families.", show_default="all of them")
    ] = None,
    settings: Settings = None,
) -> None:
    """Judge every model family of a scenario, attack by attack.

    On a later period than it learned from and on users never seen, beside baselines, under the default policy.
    """
    from riskcore.services.judging.benchmark_text import markdown
    from riskcore.services.judging.benchmarking import benchmark as run
    from riskcore.stores.plain import write_json
    from riskcore.stores.writing import replace_file

    house = workspace()
    scenario = house.scenario(key)
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{out} is a file; name a folder.")
    rows = rows or max(scenario.training_rows, FEWEST)
    with progress_line(f"Benchmark of {scenario.title}") as progress:
        progress(0.0, "generating events")
        dataset = house.generate(scenario, rows, seed, pairs(settings or []))
        chosen = [name.strip() for name in models.split(",")] if models else []
        found = run(scenario, dataset, chosen, seed, datetime.now(UTC), progress)
    picture = drawn(found)
    turned = "".join(f" --set {word}" for word in settings or [])
    command = f"riskcore benchmark {key} --rows {rows} --seed {seed}{f' --models {models}' if models else ''}{turned}"
    files = {TEXT: markdown(found, f"{command} --out FOLDER", PICTURE if picture else "")}
    files |= {PICTURE: picture} if picture else {}
    for name, content in files.items():
        replace_file(folder / name, content.encode())
    write_json(folder / DATA, {"command": command} | found.to_mapping())
    say(f"The benchmark of {scenario.title} on {rows:,} events is in {', '.join(str(folder / n) for n in files)}.")


def drawn(found: "Benchmark") -> str:
    """Recall against stealth as SVG; empty where stealth is not known."""
    from riskcore.charts.panels import Mark, panels
    from riskcore.services.judging.detectability import EDGES

    shown: dict[str, dict[str, list[Mark]]] = {}
    for judgement in found.cohorts[0].judgements:
        for point in judgement.curve:
            middle = (point.low_stealth + point.high_stealth) / 2
            mark = Mark(middle, point.recall, point.low, point.high)
            shown.setdefault(point.kind, {}).setdefault(judgement.name, []).append(mark)
    if not shown:
        return ""
    said = "Share of attacks caught in time at 1 % benign step-ups, by stealth, for each kind and model."
    return panels(shown, "stealth, from crude to careful", "Caught in time", said, EDGES)
