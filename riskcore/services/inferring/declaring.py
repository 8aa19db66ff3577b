"""From a file to a scenario that everything can use: inferred, completed, looked over, and only then kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.scenarios.declared import Twin, from_spec
from riskcore.services.catalogue import refuse_coded
from riskcore.services.data.single_fields import LEAK_AUC, single_field_auc
from riskcore.services.files.intake import check
from riskcore.services.files.mapping import filled, suggest
from riskcore.services.inferring.inference import infer
from riskcore.services.inferring.looking import Asked, Look
from riskcore.services.inferring.outcomes import sounds_like_an_outcome
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import Dataset
from riskcore.stores.tables import Chunk

UNCLEAR, SURE = 0.15, 0.9  # share of synthetic rows in which no class should have 0.9
OVERLAPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
DRAWN = 4_000  # synthetic rows that overlap is chosen on and presets are chosen from
MOST_RANKED = 100_000  # rows that leaks are looked for in


@dataclass(frozen=True)
class Alarm:
    """A column that seems to tell the outcome rather than to announce it."""

    column: str
    said: str  # a sentence


@dataclass(frozen=True)
class Proposal:
    """A scenario that was made of a file and is not kept yet."""

    spec: Mapping[str, Any]
    scenario: Scenario
    notices: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    rows: int


def propose(seen: Look, asked: Asked, progress: Progress = silent) -> Proposal:
    """The scenario that a table suggests.  Nothing is stored; `DataError` where it cannot become one."""
    refuse_coded(asked.key)
    inferred = infer(seen, asked, progress)
    spec = completed(inferred.spec)
    scenario = from_spec(spec)
    progress(0.95, "looking for columns that give the label away")
    return Proposal(spec, scenario, inferred.notices, alarms(scenario, seen, asked), seen.total)


def declare(workspace: Workspace, proposal: Proposal, overwrite: bool = False) -> Scenario:
    """Keep a proposed scenario and serve it; one of the same key that is there already is kept unless `overwrite`."""
    return workspace.catalogue.declare(proposal.spec, overwrite)


def dataset_of(scenario: Scenario, chunk: Chunk, name: str, file: str) -> Dataset:
    """The table that a scenario was made of, as a data set that is not stored; rows without a label are left out."""
    mapping = suggest([str(c) for c in chunk.table.columns], scenario.event, scenario.target, guess=False)
    if mapping.label is not None:
        given = filled(chunk.table[mapping.label])
        chunk = replace(
            chunk, table=chunk.table[given].reset_index(drop=True), rows=chunk.rows[given], lines=chunk.lines[given]
        )
    checked = check(scenario, chunk, mapping)
    return checked.dataset(name, file, checked.labels(mapping.label))


def completed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec with as much overlap as makes its synthetic data worth learning from, and with presets drawn from it.

    Fields of real data depend on one another; drawn one by one they would tell classes apart far too well.
    """
    scenario = from_spec(spec)
    twin = dict(spec["twin"])
    if scenario.target.labelled:
        twin["overlap"] = next((o for o in OVERLAPS if _unclear(scenario, o) >= UNCLEAR), OVERLAPS[-1])
    chosen = {**spec, "twin": twin}
    ordered = {k: v for k, v in chosen.items() if k != "twin"}
    return {**ordered, "presets": _presets(from_spec(chosen)), "twin": twin}


def _unclear(scenario: Scenario, overlap: float) -> float:
    p = scenario.synthesize(DRAWN, seed=0, knobs={"overlap": overlap}).labels.p_true
    assert p is not None
    return float((p.max(axis=1) < SURE).mean())


def _presets(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Named events: of each class the most typical one, and the least clear one; made up, as all synthetic events."""
    if not scenario.target.labelled:
        assert isinstance(scenario.generate, Twin)
        events = scenario.generate.extremes(np.random.default_rng(0))
        return {"As usual as it gets": _event(events, 0), "Everything rare": _event(events, 1)}
    made = scenario.synthesize(DRAWN, seed=0)
    p = made.labels.p_true
    assert p is not None
    found = {f"Typical: {name}": int(p[:, c].argmax()) for c, name in enumerate(scenario.target.classes)}
    found["Hard to tell"] = int(p.max(axis=1).argmin())
    return {name: _event(made.events, row) for name, row in found.items()}


def _event(events: pd.DataFrame, row: int) -> dict[str, Any]:
    """One event as plain data, what is missing left out."""
    values = {str(name): events[name].iloc[row] for name in events.columns}
    return {name: _plain(value) for name, value in values.items() if not pd.isna(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else float(f"{value:.9g}")
    return value


def alarms(scenario: Scenario, seen: Look, asked: Asked) -> tuple[Alarm, ...]:
    """Fields that rank a class with an AUC of 0.98 or more on their own, and those named like an outcome."""
    if asked.label is None:
        return ()
    step = max(1, len(seen.table) // MOST_RANKED)
    table = seen.table.iloc[::step].reset_index(drop=True)
    mapping = suggest([str(c) for c in table.columns], scenario.event, guess=False)
    validated = scenario.event.validate(mapping.apply(table))
    label = table[asked.label][validated.kept].reset_index(drop=True)
    given = filled(label)
    y = scenario.target.encode(label[given])
    found = single_field_auc(scenario, validated.events[given], y)
    aucs = {} if found is None else dict(zip(found["field"], found["auc"], strict=True))
    return tuple(
        alarm
        for name in scenario.event.names
        if name not in scenario.entities and (alarm := _alarm(mapping.columns[name], float(aucs.get(name, 0.5))))
    )


def _alarm(column: str, auc: float) -> Alarm | None:
    if auc >= LEAK_AUC:
        return Alarm(
            column, f"Column '{column}' alone ranks a class with an AUC of {auc:.3f}: it seems to be the label again."
        )
    if sounds_like_an_outcome(column):
        return Alarm(column, f"Column '{column}' is named like something that is known only with the outcome.")
    return None
