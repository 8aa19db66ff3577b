"""Candidates side by side: only models that were judged on the same rows are compared."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Labels
from riskcore.core.model import Output, RiskModel
from riskcore.core.trained import ModelCard, Trained
from riskcore.services.evaluation import evaluate, paired_differences
from riskcore.services.judging.estimates import FEW_POSITIVES, Metric, Metrics, read_metrics
from riskcore.services.judging.judged import labels_at, units_of
from riskcore.services.judging.judgement import LIMIT
from riskcore.services.judging.splitting import Split
from riskcore.services.scoring import score
from riskcore.services.training import Training
from riskcore.stores.datasets import Dataset


@dataclass(frozen=True)
class Candidate:
    """A stored model, the data it was cut from, and what it said of the rows it was judged on (none with holdout 0)."""

    trained: Trained
    output: Output | None
    dataset: Dataset
    split: Split
    rows: str  # fingerprint of the judged rows: equal where two candidates can be compared
    size: int  # bytes of the stored model
    references: Mapping[str, Output]  # what baselines and the limit say of the judged rows

    @property
    def version(self) -> str:
        return self.trained.version

    @property
    def events(self) -> pd.DataFrame:
        """The judged rows."""
        return self.dataset.events.iloc[self.split.judge]

    @property
    def others(self) -> pd.DataFrame:
        """All rows that are not judged."""
        return self.dataset.events.drop(index=self.dataset.events.index[self.split.judge])

    @property
    def labels(self) -> Labels | None:
        """What is true of the judged rows; None where that is not known."""
        known = self.dataset.labels
        return None if known is None else labels_at(known, self.split.judge)

    @property
    def y(self) -> NDArray[np.int64]:
        """Class numbers of the judged rows; none where they are not known."""
        known = self.labels
        return np.zeros(0, dtype=np.int64) if known is None else known.label

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge it by: rows held out, with more than one class among them."""
        return self.output is not None and len(np.unique(self.y)) > 1


@dataclass(frozen=True)
class Standing:
    """One line of the table: a model, a baseline or the limit, with its metrics on the judged rows."""

    name: str
    role: str  # champion, candidate, baseline or limit
    metrics: Metrics
    version: str | None = None
    seconds: float | None = None
    size: int | None = None  # bytes
    flattered: bool = False  # may have learned from rows it is judged on
    output: Output | None = None


def candidate(training: Training, stored: Trained, dataset: Dataset) -> Candidate:
    """A candidate from its training, the stored model, and the data set that was split."""
    content = str(training.trained.card.data["fingerprint"]).encode() + training.split.judge.tobytes()
    rows = hashlib.sha256(content).hexdigest()[:12]
    size = stored_size(stored.model)
    return Candidate(stored, training.judged, dataset, training.split, rows, size, training.references)


def stored_size(model: RiskModel) -> int:
    """Bytes of everything a model learned, as it is stored."""
    return sum(map(len, model.dump().values()))


def groups(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Candidates that were judged on the same rows, the latest group first, in the order they were trained."""
    found: dict[str, list[Candidate]] = {}
    for one in candidates:
        found[one.rows] = [*found.pop(one.rows, []), one]
    return list(reversed(found.values()))


def standings(group: Sequence[Candidate], champion: Trained | None) -> list[Standing]:
    """The champion, every candidate of a group, the baselines and the Bayes limit, judged on the same rows.

    Models are numbered, as several may be of one family.
    """
    first = group[0]
    lines = [_of_candidate(c, champion) for c in group]
    if champion is not None and champion.version not in {c.version for c in group}:
        lines.insert(0, _of_champion(champion, first))
    lines.sort(key=lambda line: line.role != "champion")
    lines = [replace(line, name=f"{place} {line.name}") for place, line in enumerate(lines, 1)]
    return lines + [_of_reference(said, first) for said in first.trained.card.results[1:]]


def _of_candidate(one: Candidate, champion: Trained | None) -> Standing:
    card = one.trained.card
    role = "champion" if champion is not None and champion.version == one.version else "candidate"
    metrics = read_metrics(card.metrics)
    return Standing(card.model, role, metrics, one.version, card.seconds, one.size, output=one.output)


def _of_champion(champion: Trained, beside: Candidate) -> Standing:
    card, scenario = champion.card, champion.scenario
    line = Standing(card.model, "champion", {}, card.version, card.seconds, stored_size(champion.model))
    labels = beside.labels
    if not beside.judged or labels is None:
        return line
    history = beside.others if scenario.stateful else None  # as-of: of these, only what was earlier counts
    output = score(champion, beside.events, history).output
    units = units_of(scenario, beside.events, labels)
    metrics = evaluate(output, labels.label, scenario.target.classes, units=units)
    return replace(line, metrics=metrics, output=output, flattered=_learned_from_some(card, beside.trained.card))


def _of_reference(said: Mapping[str, object], beside: Candidate) -> Standing:
    """A baseline or the limit."""
    name, metrics = str(said["name"]), said["metrics"]
    assert isinstance(metrics, Mapping)
    role = "limit" if name == LIMIT else "baseline"
    return Standing(name, role, read_metrics(metrics), output=beside.references.get(name))


def _learned_from_some(one: ModelCard, beside: ModelCard) -> bool:
    """Whether a model learned from rows that another one held out: the same data, cut otherwise."""
    if one.data.get("fingerprint") != beside.data.get("fingerprint"):
        return False
    cut, other = one.split, beside.split
    alike = (cut.get("how"), cut.get("judge")) == (other.get("how"), other.get("judge"))
    return not (alike and (cut.get("how") == "time" or one.seed == beside.seed))


def headline(lines: Sequence[Standing]) -> str:
    """The metric that candidates are ranked by: accuracy where there are several classes and all models tell them."""
    told = [line.metrics for line in lines if line.role in ("champion", "candidate")]
    several = all(any(m.startswith("recall_") and not m.endswith("_fpr") for m in metrics) for metrics in told)
    return "accuracy" if told and several else "average_precision"


def reference_of(lines: Sequence[Standing]) -> Standing | None:
    """What the others are compared with: the champion, or else the first candidate."""
    models = [line for line in lines if line.role in ("champion", "candidate") and line.output is not None]
    return next(iter(models), None)


def differences(lines: Sequence[Standing], group: Sequence[Candidate]) -> dict[str, Metrics]:
    """By how much every line that has an output is above the reference, by name; paired draws by entity or attack."""
    beside, labels = reference_of(lines), group[0].labels
    if beside is None or beside.output is None or labels is None or not group[0].judged:
        return {}
    scenario = group[0].trained.scenario
    outputs = {line.name: line.output for line in lines if line.output is not None and line is not beside}
    units = units_of(scenario, group[0].events, labels)
    return paired_differences(outputs, beside.output, labels.label, scenario.target.classes, units)


def positives(group: Sequence[Candidate]) -> int:
    """Judged rows of the worst class."""
    first = group[0]
    return int((first.y == len(first.trained.scenario.target.classes) - 1).sum())


def too_few(group: Sequence[Candidate]) -> bool:
    """Whether intervals are too wide to rank models by."""
    return positives(group) < FEW_POSITIVES


def suggested(lines: Sequence[Standing], beyond: Mapping[str, Metrics]) -> tuple[Standing, Metric] | None:
    """The candidate that beats the champion by more than chance, and by how much; None where there is none.

    `beyond` are the `differences` to the champion.
    """
    beside, ranked = reference_of(lines), headline(lines)
    rivals = [line for line in lines if line.role == "candidate" and line.name in beyond]
    if beside is None or beside.role != "champion" or not rivals:
        return None
    best = max(rivals, key=lambda line: line.metrics[ranked].value)
    lead = beyond[best.name][ranked]
    return (best, lead) if lead.low > 0 else None
