"""Where events go: from what happened over the band of risk to the action, good and bad actors apart."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Target
from riskcore.core.policy import RISK, Policy
from riskcore.services.files.bulk_output import DECISION, RISK_SCORE
from riskcore.services.files.mapping import filled
from riskcore.services.files.scored_files import kind_field as kind_field
from riskcore.services.scoring import Decided

MOST_KINDS = 9  # kinds of events drawn apart, the most frequent; the others together
OTHERS = "other events"
ANY = "all events"
NONE = "not given"
GOOD, BAD, UNKNOWN = 0, 1, -1  # actors; the last where a file says nothing of a row


@dataclass(frozen=True)
class Funnel:
    """n events by three stages, each a categorical (n,) in the order in which it is drawn."""

    kind: Any
    band: Any
    action: Any
    actor: NDArray[np.int8] | None  # (n,) GOOD, BAD or UNKNOWN; None without labels

    def flows(self, bad: bool | None = None) -> pd.DataFrame:
        """Events along each ribbon: `source`, `target`, `stage` (0 into bands, 1 into actions), `n`; empty ones left
        out.  `bad` chooses the actors."""
        mine = self._of(bad)
        parts = []
        for stage, (source, target) in enumerate(((self.kind, self.band), (self.band, self.action))):
            pairs = pd.DataFrame({"source": source[mine], "target": target[mine]})
            counted = pairs.groupby(["source", "target"], observed=True).size().rename("n").reset_index()
            parts.append(counted.assign(stage=stage))
        return pd.concat(parts, ignore_index=True)

    def along(self, source: str, target: str, bad: bool | None = None) -> NDArray[np.int64]:
        """Rows of the events along one ribbon, or of all in one stage's part where the target is empty."""
        first = (self.kind == source) | (self.band == source) if not target else None
        if first is None:
            into = (self.kind == source) & (self.band == target)
            first = into | ((self.band == source) & (self.action == target))
        else:
            first |= self.action == source
        return np.asarray(np.flatnonzero(first & self._of(bad)))

    def count(self, bad: bool | None = None) -> int:
        """Events of these actors."""
        return int(self._of(bad).sum())

    def _of(self, bad: bool | None) -> NDArray[np.bool_]:
        if bad is None or self.actor is None:
            return np.ones(len(self.kind), np.bool_)
        return np.asarray(self.actor == (BAD if bad else GOOD))


def funnel(decided: Decided, label: NDArray[np.integer] | None = None) -> Funnel:
    """The stages of scored events; `label` (n,) are class numbers, 0 for good actors."""
    scored, name = decided.scored, kind_field(decided.scored.scenario)
    return _funnel(
        decided.policy,
        None if name is None else scored.events[name],
        scored.risk,
        decided.decisions.actions,
        None if label is None else (np.asarray(label) > 0).astype(np.int8),
    )


def funnel_of_file(
    scored: Path, kind: str | None, policy: Policy, label: str | None = None, target: Target | None = None
) -> Funnel:
    """The stages of a scored Parquet file's good rows; `kind` is its column that says what happened, if any does.

    `label` is its column of labels as `target` reads them, if it has one; cells may be empty.
    """
    names = [RISK_SCORE, DECISION, *(name for name in dict.fromkeys((kind, label)) if name is not None)]
    table = pd.read_parquet(scored, columns=names).dropna(subset=[RISK_SCORE])
    places = {action.key: i for i, action in enumerate(policy.actions)}
    actions = table[DECISION].map(places).to_numpy(dtype=np.int64)
    kinds = None if kind is None else table[kind].astype("object").fillna(NONE)
    actor = None if label is None or target is None else _actors(table[label], target)
    return _funnel(policy, kinds, table[RISK_SCORE].to_numpy(dtype=np.float64), actions, actor)


def _actors(labels: pd.Series, target: Target) -> NDArray[np.int8] | None:
    """Who did each event (n,); None where no cell is filled."""
    given = filled(labels)
    actor = np.full(len(labels), UNKNOWN, np.int8)
    actor[given] = target.encode(labels[given]) > 0
    return actor if given.any() else None


def _funnel(
    policy: Policy,
    kinds: pd.Series | None,
    risk: NDArray[np.floating],
    actions: NDArray[np.integer],
    actor: NDArray[np.int8] | None,
) -> Funnel:
    done = _coded(actions, [f"→ {a.label}" for a in policy.actions])
    return Funnel(_kinds(kinds, len(risk)), _bands(policy, risk), done, actor)


def _kinds(column: pd.Series | None, n: int) -> Any:
    if column is None:
        return pd.Categorical([ANY] * n, categories=[ANY])
    values = column.astype("object")
    counts = values.value_counts()
    kept = list(counts.index) if len(counts) <= MOST_KINDS else [*counts.index[: MOST_KINDS - 1], OTHERS]
    return pd.Categorical(values.where(values.isin(kept), OTHERS), categories=kept)


def _bands(policy: Policy, risk: NDArray[np.floating]) -> Any:
    """The band of each risk (n,); with cut-offs on probabilities, fifths of the risk."""
    edges = [band.edge for band in policy.bands if band.measure == RISK]
    if len(edges) < 2:
        edges = [0.0, 0.2, 0.4, 0.6, 0.8]
    names = [f"risk {low:g}–{high:g}" for low, high in zip(edges, [*edges[1:], 1], strict=True)]
    return _coded(np.searchsorted(edges, risk, side="right") - 1, names)


def _coded(codes: NDArray[np.integer], names: list[str]) -> Any:
    return pd.Categorical.from_codes(codes.astype(np.int64), dtype=pd.CategoricalDtype(names))
