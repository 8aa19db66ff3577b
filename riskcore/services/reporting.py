"""What a scored file says as a whole: totals, risks, actions, reasons, and how kinds of attack were met."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import EFFECTS
from riskcore.core.errors import DataError
from riskcore.core.labels import Labels
from riskcore.core.model import Output
from riskcore.core.policy import Policy
from riskcore.core.progress import Progress, silent
from riskcore.core.scenario import Scenario
from riskcore.services.files.bulk_output import DECISION, RISK_SCORE
from riskcore.services.files.mapping import ColumnMap
from riskcore.services.files.scored_files import ATTACK, ATTACK_ID, Codes, ScoredRows, scored_rows
from riskcore.services.judging.detection import Detected, detect, truth_of
from riskcore.services.judging.estimates import Metric, proportion
from riskcore.services.judging.ranking import rank_key
from riskcore.services.scoring import InTurn
from riskcore.stores.tables import Source

CHUNK = 100_000  # records read at a time
BINS = 50  # of risk
MOMENTS = 60  # bins of time, at most
MOST_REASONS = 15
REVIEWED = EFFECTS.index("review")  # from here on an event counts as positive


Flows = Mapping[tuple[str, int, int], int]  # kind (empty where events have none), band, action -> events


@dataclass(frozen=True)
class Report:
    """Everything that is told of a scored file."""

    name: str
    scenario: Scenario
    policy: Policy
    n: int  # rows of the file
    scored: int
    mean: float
    p95: float
    positive: Metric  # share that is reviewed or worse
    actions: Mapping[str, int]  # by the policy's actions, mildest first
    histogram: NDArray[np.int64]  # (2, BINS) events by risk: of no attack, and of attacks (or none known)
    flows: Flows
    sides: tuple[Flows, Flows] | None  # those of benign events and of attacks; None without labels of both
    moments: pd.DataFrame  # seconds, n, mean risk, and a count for each effect; empty where there is no time
    reasons: tuple[tuple[str, int], ...]  # most frequent first, numbers left out
    attacks: tuple[Detected, ...]  # against benign events only; none without labels
    met: Mapping[str, tuple[float, float]]  # kind of attack -> share of events positive, share stopped

    @property
    def labelled(self) -> bool:
        return bool(self.attacks)


def report(
    scenario: Scenario,
    source: Source,
    mapping: ColumnMap,
    policy: Policy,
    decided_anew: bool,
    progress: Progress = silent,
) -> Report:
    """Read a file that `riskcore score` wrote.

    Actions are those of its column `decision`, or with `decided_anew` what the policy makes of its risks.  Raises
    `DataError` where a column is missing or holds what no scoring writes.
    """
    needed = (RISK_SCORE, *(() if decided_anew else (DECISION,)))
    missing = [name for name in needed if name not in source.columns]
    if missing:
        raise DataError(f"{source.name} has no column {' and '.join(missing)}; give the file that scoring wrote.")
    mapping.check(source.columns, scenario.event)
    parts, reasons, n = list[ScoredRows](), Counter[str](), 0
    anew = InTurn(policy) if decided_anew else None
    for chunk in source.chunks(CHUNK):
        part = scored_rows(scenario, mapping, chunk.table, policy, anew, source.name)
        reasons.update(part.reasons)
        parts.append(part)
        n += len(chunk.table) + len(chunk.broken)
        progress(0.8 * chunk.bytes_done / max(source.size, 1), f"{n:,} rows")
    whole = pd.concat([part.told for part in parts], ignore_index=True)
    events = pd.concat([part.events for part in parts], ignore_index=True)
    if not len(whole):
        raise DataError(f"No row of {source.name} was scored, so there is nothing to report.")
    progress(0.8, "adding up")
    return _summed(source.name, scenario, policy, n, whole, events, tuple(reasons.most_common(MOST_REASONS)))


def _summed(
    name: str,
    scenario: Scenario,
    policy: Policy,
    n: int,
    whole: pd.DataFrame,
    events: pd.DataFrame,
    reasons: tuple[tuple[str, int], ...],
) -> Report:
    effects = np.array([EFFECTS.index(a.effect) for a in policy.actions])[whole["action"]]
    counts = np.bincount(whole["action"], minlength=len(policy.actions))
    harmful = _harmful(whole)
    places = np.minimum((whole["risk"].to_numpy() * BINS).astype(np.int64), BINS - 1)
    histogram = np.array([np.bincount(places[harmful == side], minlength=BINS) for side in (False, True)])
    attacks, met = _attacks(scenario, whole, events, effects)
    return Report(
        name=name,
        scenario=scenario,
        policy=policy,
        n=n,
        scored=len(whole),
        mean=float(whole["risk"].mean()),
        p95=float(whole["risk"].quantile(0.95)),
        positive=proportion(int((effects >= REVIEWED).sum()), len(whole)),
        actions={a.key: int(c) for a, c in zip(policy.actions, counts, strict=True)},
        histogram=histogram,
        flows=_flows(whole),
        sides=(_flows(whole[~harmful]), _flows(whole[harmful])) if attacks else None,
        moments=_moments(scenario, whole, events, effects),
        reasons=reasons,
        attacks=attacks,
        met=met,
    )


def _flows(whole: pd.DataFrame) -> Flows:
    kinds = whole["kind"] if "kind" in whole else pd.Series("", index=whole.index)
    found = whole.assign(kind=kinds).groupby(["kind", "band", "action"]).size()
    columns = (found.index.get_level_values(name).tolist() for name in ("kind", "band", "action"))
    return {
        (str(kind), int(band), int(action)): int(n)
        for kind, band, action, n in zip(*columns, found.tolist(), strict=True)
    }


def _harmful(whole: pd.DataFrame) -> NDArray[np.bool_]:
    if ATTACK in whole:
        return (whole[ATTACK] != "").to_numpy(dtype=bool)
    return (whole["label"] > 0).to_numpy(dtype=bool) if "label" in whole else np.zeros(len(whole), dtype=bool)


def _moments(scenario: Scenario, whole: pd.DataFrame, events: pd.DataFrame, effects: Codes) -> pd.DataFrame:
    names = ["seconds", "n", "risk", *EFFECTS]
    if scenario.event.time is None or events[scenario.event.time].isna().any():
        return pd.DataFrame(columns=names)
    at = scenario.event.seconds(events)
    if not at.max() > at.min():
        return pd.DataFrame(columns=names)
    edges = np.linspace(at.min(), at.max(), MOMENTS + 1)
    place = np.minimum(np.searchsorted(edges, at, side="right") - 1, MOMENTS - 1)
    n = np.bincount(place, minlength=MOMENTS)
    risk = np.bincount(place, weights=whole["risk"], minlength=MOMENTS) / np.maximum(n, 1)
    by = [np.bincount(place[effects == i], minlength=MOMENTS) for i in range(len(EFFECTS))]
    return pd.DataFrame(dict(zip(names, [edges[:-1], n, risk, *by], strict=True)))


def _attacks(
    scenario: Scenario, whole: pd.DataFrame, events: pd.DataFrame, effects: Codes
) -> tuple[tuple[Detected, ...], dict[str, tuple[float, float]]]:
    """How each kind of attack is told from benign events and what it was met with; nothing without labels of both."""
    harmful = _harmful(whole)
    label = whole["label"].to_numpy() if "label" in whole else harmful.astype(np.int64)
    classes = np.array(scenario.target.classes, dtype=object)
    attack = whole[ATTACK].to_numpy() if ATTACK in whole else np.where(label > 0, classes[label], "")
    ids = whole[ATTACK_ID].to_numpy() if ATTACK_ID in whole else None
    if not harmful.any() or not ((label == 0) & ~harmful).any():
        return (), {}
    truth = truth_of(scenario, events, Labels(label, attack, ids))
    key = rank_key(Output(whole["raw"].to_numpy(), whole["risk"].to_numpy()))
    met = {
        kind: (float((effects[rows] >= REVIEWED).mean()), float((effects[rows] == len(EFFECTS) - 1).mean()))
        for kind, rows in truth.kinds.items()
    }
    return detect(truth, key), met
