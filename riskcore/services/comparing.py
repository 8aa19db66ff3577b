"""Candidates side by side: only models that were judged on the same rows are compared."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.scenario import Output
from riskcore.core.trained import ModelCard, Trained
from riskcore.services.evaluation import FEW_POSITIVES, Metric, Metrics, evaluate, mean, paired_difference, rank_key
from riskcore.services.scoring import score
from riskcore.services.training import Training

DRAWS = 100  # bootstrap replicates of a paired difference; a second on 100,000 rows


@dataclass(frozen=True)
class Candidate:
    """A stored model and what it said of the rows it was judged on (k rows; none with holdout 0)."""

    trained: Trained
    output: Output | None
    events: pd.DataFrame
    y: NDArray[np.int64]
    rows: str  # fingerprint of the judged rows: equal where two candidates can be compared

    @property
    def version(self) -> str:
        return self.trained.version


@dataclass(frozen=True)
class Standing:
    """One line of the table: a model, a baseline or the limit, with its metrics on the judged rows."""

    name: str
    role: str  # champion, candidate, baseline or limit
    metrics: Metrics
    version: str | None = None
    seconds: float | None = None
    flattered: bool = False  # may have learned from rows it is judged on
    output: Output | None = None


def candidate(training: Training, stored: Trained, events: pd.DataFrame) -> Candidate:
    """A candidate from its training, the stored model, and the events of the whole data set."""
    judged = training.split.judge
    content = str(training.trained.card.data["fingerprint"]).encode() + judged.tobytes()
    rows = hashlib.sha256(content).hexdigest()[:12]
    return Candidate(stored, training.judged, events.iloc[judged], training.y, rows)


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
    for said in first.trained.card.results[1:]:
        role = "limit" if said["name"] == "Bayes limit" else "baseline"
        lines.append(Standing(str(said["name"]), role, _read(said["metrics"])))
    return lines


def _of_candidate(one: Candidate, champion: Trained | None) -> Standing:
    card = one.trained.card
    role = "champion" if champion is not None and champion.version == one.version else "candidate"
    return Standing(card.model, role, _read(card.metrics), one.version, card.seconds, output=one.output)


def _of_champion(champion: Trained, beside: Candidate) -> Standing:
    metrics: Metrics = {}
    output = None
    if len(np.unique(beside.y)) > 1:
        output = score(champion, beside.events).output
        metrics = evaluate(output, beside.y, champion.scenario.target.classes)
    flattered = _learned_from_some(champion.card, beside.trained.card)
    return Standing(
        champion.card.model, "champion", metrics, champion.version, champion.card.seconds, flattered, output
    )


def _learned_from_some(one: ModelCard, beside: ModelCard) -> bool:
    """Whether a model learned from rows that another one held out: the same data, cut otherwise."""
    if one.data.get("fingerprint") != beside.data.get("fingerprint"):
        return False
    cut, other = one.split, beside.split
    alike = (cut.get("how"), cut.get("judge")) == (other.get("how"), other.get("judge"))
    return not (alike and (cut.get("how") == "time" or one.seed == beside.seed))


def _read(said: Mapping[str, Mapping[str, float]]) -> Metrics:
    return {name: Metric(m["value"], m["low"], m["high"]) for name, m in said.items()}


def headline(classes: Sequence[str]) -> str:
    """The metric that candidates are ranked by."""
    return "average_precision" if len(classes) == 2 else "accuracy"


def advantage(output: Output, other: Output, y: NDArray[np.integer], seed: int = 0) -> Metric:
    """How much better the first output is than the other in the headline metric, paired on the same rows."""
    if output.probabilities is not None and other.probabilities is not None:
        right, wrong = (p.argmax(axis=1) == y for p in (output.probabilities, other.probabilities))
        return mean(right.astype(np.float64) - wrong.astype(np.float64))
    keys = rank_key(output), rank_key(other)
    return paired_difference(*keys, y > 0, np.random.default_rng(seed), DRAWS)["average_precision"]


def positives(group: Sequence[Candidate]) -> int:
    """Judged rows of the worst class."""
    first = group[0]
    return int((first.y == len(first.trained.scenario.target.classes) - 1).sum())


def too_few(group: Sequence[Candidate]) -> bool:
    """Whether intervals are too wide to rank models by."""
    return positives(group) < FEW_POSITIVES


def suggested(
    lines: Sequence[Standing], y: NDArray[np.integer], classes: Sequence[str]
) -> tuple[Standing, Metric] | None:
    """The candidate that beats the champion by more than chance, and by how much; None where there is none."""
    champion = next((line for line in lines if line.role == "champion" and line.output is not None), None)
    rivals = [line for line in lines if line.role == "candidate" and line.output is not None]
    if champion is None or champion.output is None or not rivals:
        return None
    best = max(rivals, key=lambda line: line.metrics[headline(classes)].value)
    lead = advantage(best.output, champion.output, y) if best.output is not None else Metric(0, 0, 0)
    return (best, lead) if lead.low > 0 else None
