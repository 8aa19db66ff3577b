"""Synthetic events of a declared scenario: drawn field by field within each class, so that the truth is known.

Fields are independent given the class, and all classes share the cells that a field is drawn from.  Within a cell it
is uniform in every class, so the posterior of the classes is that of naive Bayes on the cells, exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.errors import DataError
from riskcore.core.scenario import Generated, Knob, Knobs, Labels
from riskcore.core.schema import EventSchema, Field, framed
from riskcore.scenarios.declared.spec import CellsSpec, TwinSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLANTED = 0.02  # of the events of a scenario without labels: each field anything it has ever been
MOST_ALIKE = 5e-6  # chance that two draws are equal; above it 20,000 rows cannot all differ at less than 5 % of redraws
MOST_REPEATED = 0.2  # of all draws; beyond it the frequent events would be too rare among the different ones


@dataclass(frozen=True)
class Spread:
    """How one field is spread: cells shared by all classes, and in each class a share for each, missing last."""

    field: Field
    cells: Floats  # (k, 2) from, to; empty for categories and texts
    step: float
    shares: Floats  # (classes, k + 1); rows sum to 1

    def values(self, rng: np.random.Generator, cell: Ints) -> Any:
        """A value (n,) from each of the cells (n,)."""
        missing = cell == self.shares.shape[1] - 1
        if self.field.kind == "text":
            return pd.array([f"{self.field.name}-{i + 1}" for i in cell.tolist()], dtype="str")
        if self.field.kind == "category":
            codes = np.where(missing, -1, cell)
            return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(self.field.choices)))
        low, high = self.cells[np.where(missing, 0, cell)].T
        if self.step:
            steps = np.floor(rng.random(len(cell)) * (np.rint((high - low) / self.step) + 1))
            values = (low / self.step).round() * self.step + steps * self.step
            values = values.round(max(0, -int(np.floor(np.log10(self.step)))))
        else:
            values = low + rng.random(len(cell)) * (high - low)
        return self._cast(np.where(missing, np.nan, values))

    def _cast(self, values: Floats) -> Any:
        if self.field.kind == "time":
            return pd.to_datetime(pd.Series(values), unit="s", utc=True).dt.as_unit("us")
        if self.field.kind in ("integer", "flag") and not self.field.optional:
            return values.astype(np.int64)
        return values

    @property
    def points(self) -> Floats:
        """How many different values each cell (k + 1,) holds; missing is one."""
        if not len(self.cells):
            return np.ones(self.shares.shape[1])
        width = self.cells[:, 1] - self.cells[:, 0]
        return np.append(np.rint(width / self.step) + 1 if self.step else np.where(width > 0, np.inf, 1.0), 1.0)

    def alike(self) -> Floats:
        """P(two draws are equal), (classes, classes)."""
        return np.asarray((self.shares / self.points) @ self.shares.T)

    def usual(self) -> int:
        """The most frequent choice, or the cell of the median, in the first class."""
        shares = self.shares[0, :-1]
        if not len(self.cells):
            return int(np.argmax(shares))
        order = np.argsort(self.cells[:, 1], kind="stable")
        return int(order[np.searchsorted(np.cumsum(shares[order]), shares.sum() / 2)])

    def rarest(self) -> int:
        """The rarest choice that was seen, or the outermost cell, above or below, that is less dense."""
        shares = self.shares[0, :-1]
        if not len(self.cells):
            return int(np.argmin(np.where(shares > 0, shares, np.inf)))
        ends = [int(np.argmin(self.cells[:, 0])), int(np.argmax(self.cells[:, 1]))]
        width = self.cells[:, 1] - self.cells[:, 0] + self.step
        density = shares / np.maximum(width, np.finfo(np.float64).tiny)
        return ends[int(np.argmin(density[ends]))]

    def outermost(self) -> "Spread":
        """The same cells, each narrowed to the end that is farther from the median."""
        if not len(self.cells):
            return self
        above = self.cells[:, 1] > self.cells[self.usual(), 0]
        ends = np.where(above, self.cells[:, 1], self.cells[:, 0])
        return replace(self, cells=np.column_stack([ends, ends]))


@dataclass(frozen=True)
class Twin:
    """The generator of a declared scenario: a `Generate`, and the knobs that turn it."""

    schema: EventSchema
    classes: tuple[str, ...]  # in order of severity; empty where there are no labels
    class_shares: tuple[float, ...]
    overlap: float
    spreads: tuple[Spread, ...]

    @cached_property
    def knobs(self) -> tuple[Knob, ...]:
        """What can be turned: for labelled events class mix, overlap and wrong labels; else the planted share."""
        if not self.classes:
            planted = "Share of events in which every field is anything it has ever been, however rare."
            return (
                Knob(key="unusual", label="Unusual events", kind="number", default=PLANTED, high=0.5, help=planted),
            )
        return (
            Knob(
                key="balance",
                label="Class mix",
                kind="shares",
                default=self.default_balance,
                parts=self.classes,
                help="How many of the recorded labels are of each class.",
            ),
            Knob(
                key="overlap",
                label="Overlap",
                kind="number",
                default=self.overlap,
                step=0.05,
                help="How often a field looks like anybody's. At 0 classes differ as they do field by field in the "
                "data, at 1 they cannot be told apart.",
            ),
            Knob(
                key="label_noise",
                label="Wrong labels",
                kind="number",
                default=0.0,
                high=0.4,
                step=0.01,
                help="Share of recorded labels that belong to the neighbouring class.",
            ),
        )

    @cached_property
    def default_balance(self) -> tuple[float, ...]:
        """The data's class mix, with enough of each class that a small sample has all of them."""
        raised = np.maximum(_normed(self.class_shares), 0.5 / len(self.class_shares))
        return tuple(float(s) for s in (raised / raised.sum()).round(4))

    @cached_property
    def recipes(self) -> Mapping[str, Knobs]:
        """Named settings of the knobs."""
        return {"as in the data": {"balance": self.class_shares}} if self.classes else {}

    @cached_property
    def unique(self) -> bool:
        """Whether different events are common enough that no two need to be equal."""
        alike = np.prod([s.alike() for s in self.spreads], axis=0)
        shares = _normed(self.default_balance)
        return bool(shares @ alike @ shares <= MOST_ALIKE)

    def __call__(self, rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
        """n events and their labels; `p_true` is P(recorded label | event), None where there are no labels.

        Raises `DataError` where the settings hold too few different events for n.
        """
        if not self.classes:
            return self._unlabelled(rng, n, knobs["unusual"])
        tables = [_blurred(s.shares, _normed(self.class_shares), knobs["overlap"]) for s in self.spreads]
        latent, shares = neighbours(len(self.classes), knobs["label_noise"]), np.array(knobs["balance"])

        def draw(m: int) -> tuple[pd.DataFrame, Ints, Floats]:
            label = rng.choice(len(shares), size=m, p=shares)
            cells = [_invert(rng, table, _invert(rng, latent, label)) for table in tables]
            return self._events(rng, cells), label, _posterior(tables, cells, latent, shares)

        events, label, p = self._distinct(draw, n)
        return Generated(events, Labels(label=label, p_true=p))

    def extremes(self, rng: np.random.Generator) -> pd.DataFrame:
        """Two events: every field as usual as it gets, and every field as far out as it was seen."""
        outermost = replace(self, spreads=tuple(s.outermost() for s in self.spreads))
        pairs = [(self, [s.usual() for s in self.spreads]), (outermost, [s.rarest() for s in self.spreads])]
        return pd.concat([twin._events(rng, [np.array([cell]) for cell in cells]) for twin, cells in pairs])

    def _unlabelled(self, rng: np.random.Generator, n: int, planted: float) -> Generated:
        """Events of one class, some of them planted: they are labelled 1, to judge by and never to learn from."""
        tables = [np.vstack([s.shares, _flat(s.shares)]) for s in self.spreads]

        def draw(m: int) -> tuple[pd.DataFrame, Ints, Floats]:
            label = (rng.random(m) < planted).astype(np.int64)
            return self._events(rng, [_invert(rng, t, label) for t in tables]), label, np.zeros((m, 0))

        events, label, _ = self._distinct(draw, n)
        return Generated(events, Labels(label=label, attack=np.where(label == 1, "planted", "").astype(object)))

    def _events(self, rng: np.random.Generator, cells: Sequence[Ints]) -> pd.DataFrame:
        return framed({s.field.name: s.values(rng, c) for s, c in zip(self.spreads, cells, strict=True)})

    def _distinct(self, draw: Any, n: int) -> tuple[pd.DataFrame, Ints, Floats]:
        """The first n draws that differ, where there are enough different events; else simply n draws.

        A repeated draw is dropped whatever its label, so P(label | event) stays as it was.
        """
        events, label, p = draw(n)
        if not self.unique:
            return events, label, p
        drawn = n
        while (repeated := int(events.duplicated().sum())) or len(events) < n:
            if repeated > MOST_REPEATED * max(drawn, 100):
                raise DataError(
                    f"Rows is {n}, but {repeated} of {drawn} draws repeated an earlier one: these settings do not hold "
                    "so many different events. Ask for fewer rows, or for more overlap."
                )
            kept = ~events.duplicated().to_numpy()
            more = draw(n - int(kept.sum()))
            events = pd.concat([events[kept], more[0]], ignore_index=True)
            label, p = np.concatenate([label[kept], more[1]]), np.concatenate([p[kept], more[2]])
            drawn += len(more[1])
        return events, label, p


def twin_of(spec: TwinSpec, schema: EventSchema, classes: tuple[str, ...]) -> Twin:
    """The generator that a spec declares; the spec has been checked."""
    spreads = [_spread(schema[name], spec.fields[name], len(spec.shares)) for name in schema.names]
    return Twin(schema, classes, spec.shares, spec.overlap, tuple(spreads))


def _spread(f: Field, said: CellsSpec, classes: int) -> Spread:
    if f.kind == "text":
        shares = np.full((classes, said.distinct + 1), 1.0)
        shares[:, -1] = 0.0
        return Spread(f, np.zeros((0, 2)), 0.0, _normed(shares))
    return Spread(f, np.array(said.cells, dtype=np.float64).reshape(-1, 2), said.step, _normed(said.shares))


def neighbours(classes: int, wrong: float) -> Floats:
    """P(true class | recorded label), (m, m); a wrong label is a neighbour's."""
    latent = np.eye(classes) * (1 - wrong)
    for c in range(classes):
        beside = [b for b in (c - 1, c + 1) if 0 <= b < classes]
        latent[c, beside] = wrong / len(beside)
    return latent


def _blurred(shares: Floats, classes: Floats, overlap: float) -> Floats:
    """Shares of each class mixed with those of everybody."""
    return np.asarray((1 - overlap) * shares + overlap * (classes @ shares))


def _flat(shares: Floats) -> Floats:
    """The same chance for every cell that has any, missing included."""
    seen = shares[0] > 0
    return np.asarray(seen / seen.sum())[None, :]


def _invert(rng: np.random.Generator, table: Floats, rows: Ints) -> Ints:
    """A cell drawn from the table's row `rows[i]` for each i; all rows' distribution functions are searched as one."""
    below = np.minimum(np.cumsum(table, axis=1)[:, :-1], 1.0)
    flat = (below + np.arange(len(table))[:, None]).ravel()
    place = np.searchsorted(flat, rng.random(len(rows)) + rows, side="right") - rows * below.shape[1]
    return np.asarray(np.clip(place, 0, below.shape[1]), dtype=np.int64)


def _posterior(tables: Sequence[Floats], cells: Sequence[Ints], latent: Floats, shares: Floats) -> Floats:
    """P(recorded label | event), (n, m), by Bayes' rule over the true classes."""
    with np.errstate(divide="ignore"):
        log = sum(np.log(table)[:, cell] for table, cell in zip(tables, cells, strict=True))  # (m, n)
    likelihood = np.exp(log - np.max(log, axis=0))
    joint = (latent @ likelihood).T * shares
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def _normed(weights: Any) -> Floats:
    w = np.asarray(weights, dtype=np.float64)
    return np.asarray(w / w.sum(axis=-1, keepdims=True))
