"""Commands that judge a model, explain a row, and check a scenario's promises."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.console import Json, Key, Label, Model, Where, Zone, opened, print_json, progress_line, say, workspace
from riskcore.cli.scoring import earlier, in_force, load, most_frequent, zone_hint
from riskcore.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from riskcore.core.scenario import Scenario


def evaluate(
    key: Key,
    data: Annotated[str, typer.Option(metavar="FILE", help="Labelled events.")],
    label: Label = None,
    model: Model = None,
    where: Where = None,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """Judge a model on a labelled file.

    Metrics come with 95 % intervals.
    """
    import numpy as np

    from riskcore.services import bulk

    house = workspace()
    scenario = house.scenario(key)
    source, mapping, wanted = opened(scenario, data, where or [], label, labelled=True, zone=zone)
    if mapping.label is None:
        raise DataError(
            f"{data} has no known label column; name it with --label. Columns: {', '.join(source.columns)}."
        )
    trained = load(house, scenario, model)
    job = bulk.Job(mapping=mapping, where=wanted, chunk=house.settings.chunk)
    with progress_line(f"Scoring {data}") as progress:
        summary = bulk.score_table(trained, house.applied(scenario).policy, source, job, progress=progress)
    say(*summary.notices)
    if summary.judged is None:
        why = f"of {summary.n:,}, {summary.rejected:,} are bad and {summary.scored:,} have no label."
        hint = zone_hint(source, mapping, scenario)
        raise DataError([f"No row of {data} could be judged: {why}", *most_frequent(summary), *hint])
    metrics = summary.judged.metrics(scenario)
    counts = np.bincount(summary.judged.y, minlength=len(scenario.target.classes))
    said: dict[str, Any] = {"n": len(summary.judged.y), "positives": int(counts[-1])}
    said |= {name: m.value for name, m in metrics.items()}
    said |= {"intervals": {name: [m.low, m.high] for name, m in metrics.items()}}
    said |= {"classes": dict(zip(scenario.target.classes, counts.tolist(), strict=True))}
    said |= {"model_version": trained.version, "rejected": summary.rejected}
    if as_json:
        return print_json(said)
    print(f"{trained.version} on {said['n']:,} rows, {said['positives']:,} of them {scenario.target.classes[-1]}:")
    for name, m in metrics.items():
        print(f"  {name:<22} {m.value:.4f}  [{m.low:.4f}, {m.high:.4f}]")
    if summary.rejected:
        say(f"{summary.rejected:,} of {summary.n:,} rows are bad and were left out.")
    return None


def explain(
    key: Key,
    table: Annotated[str, typer.Option("--in", metavar="FILE", help="Events.")],
    row: Annotated[int, typer.Option(min=0, help="Row to explain; the first below the header is 0.")],
    model: Model = None,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="Events before that row, where features look at a past.")
    ] = None,
    zone: Zone = None,
    as_json: Json = False,
) -> None:
    """Explain the risk of one row.

    Risk, decision, and what moved the risk most.
    """
    from riskcore.services import explaining, scoring

    house = workspace()
    scenario = house.scenario(key)
    policy = in_force(house, scenario).policy
    past = None if history is None else earlier(scenario, history, policy, zone)
    events = _row(scenario, table, row, zone)
    say(*scenario.event.warnings(events))
    trained = load(house, scenario, model)
    scored = scoring.score(trained, events, past)
    risks = None if past is None else scoring.remembered(trained, policy, events, past)
    decided = scoring.decide(scored, policy, risks)
    if history is None and policy.repeats:
        say("The policy has a rule over time, and without --history it sees this event alone.")
    explanation = explaining.explain_scored(trained, scored)
    event = {str(k): v for k, v in events.to_dict("records")[0].items()}
    found = explaining.reasons(trained, event, explanation, most=len(scenario.event.names), history=past)
    rule = decided.policy.rules[decided.decisions.rules[0]]
    said: dict[str, Any] = {"row": row, "risk_score": float(scored.risk[0]), "decision": decided.action_keys()[0]}
    said |= {"rule": rule, "model_version": trained.version}
    if scored.output.probabilities is not None:
        said["probabilities"] = dict(zip(scenario.target.classes, scored.output.probabilities[0], strict=True))
    said |= {"base": explanation.base[0, -1], "output": explanation.output[0, -1], "link": explanation.link}
    said["reasons"] = [
        {"field": r.field, "value": r.value, "contribution": r.contribution, "sentence": r.sentence} for r in found
    ]
    if as_json:
        return print_json(said)
    print(f"Row {row}: risk {said['risk_score']:.4f}, {said['decision']} ({rule}), by {trained.version}.")
    for reason in found:
        print(f"  {reason.contribution:+.3f}  {reason.sentence}")
    return None


def _row(scenario: "Scenario", path: str, row: int, zone: str | None) -> "pd.DataFrame":
    """One row of a file as a table of one event."""
    source, mapping, _ = opened(scenario, path, [], zone=zone)
    mapping.check(source.columns, scenario.event)
    chunk = source.head(row + 1)
    broken = next((b for b in chunk.broken if b.row == row), None)
    if broken is not None:
        raise DataError(f"Row {row} (line {broken.line}) {broken.rule}.")
    if row not in chunk.rows:
        raise DataError(f"{path} has {len(chunk.rows) + len(chunk.broken)} rows; row {row} is not among them.")
    return scenario.event.accept(mapping.apply(chunk.table[chunk.rows == row].reset_index(drop=True)))


def check(key: Key, as_json: Json = False) -> None:
    """Check that a scenario keeps its promises.

    The exit code is 1 where it does not.
    """
    from riskcore.checks.running import run

    outcomes = run(workspace().scenario(key))
    if as_json:
        print_json([{"check": o.check, "ok": o.ok, "detail": o.detail} for o in outcomes])
    else:
        for outcome in outcomes:
            print(f"{'ok' if outcome.ok else 'FAILED':<7} {outcome.check}  {outcome.detail}".rstrip())
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)
