"""Synthetic events of a declared scenario: drawn field by field within each class, so that the truth is known.

Fields are independent given the class, and all classes share the cells that a field is drawn from.  Within a cell it
is uniform in every class, so the posterior of the classes is that of naive Bayes on the cells, exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.drawing import draw_columns, neighbours
from riskcore.core.errors import DataError
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated, Labels
from riskcore.core.schema import EventSchema
from riskcore.scenarios.declared.measures import Usual
from riskcore.scenarios.declared.spec import TwinSpec
from riskcore.scenarios.declared.spreads import Floats, Ints, Spread, drawn, normed, spread_of

PLANTED, MOST_PLANTED = 0.02, 0.5  # of the events of a scenario without labels: each field anything it has ever been
RARE, WRONG = 0.005, 0.1  # planted events and wrong labels of the recipe that is harder than the data
MOST_ALIKE = 5e-6  # chance that two draws are equal; above it 20,000 rows cannot all differ at less than 5 % of redraws
MANY = 20_000  # rows that a default training draws
MOST_REPEATED = 0.2  # of all draws; beyond it the frequent events would be too rare among the different ones


@dataclass(frozen=True)
class Twin:
    """The generator of a declared scenario: a `Generate`, and the knobs that turn it."""

    schema: EventSchema
    classes: tuple[str, ...]  # in order of severity; empty where there are no labels
    class_shares: tuple[float, ...]
    overlap: float
    spreads: tuple[Spread, ...]
    rows: int = 0  # of the data in which texts have as many values as their spreads say; 0: however many there are

    @cached_property
    def knobs(self) -> tuple[Knob, ...]:
        """What can be turned: for labelled events class mix, overlap and wrong labels; else the planted share."""
        if not self.classes:
            planted = "Share of events in which every field is anything it has ever been, however rare."
            return (
                Knob(
                    key="unusual",
                    label="Unusual events",
                    kind="number",
                    default=PLANTED,
                    high=MOST_PLANTED,
                    help=planted,
                ),
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
        raised = np.maximum(normed(self.class_shares), 0.5 / len(self.class_shares))
        return tuple(float(s) for s in (raised / raised.sum()).round(4))

    @cached_property
    def recipes(self) -> Mapping[str, Knobs]:
        """Named settings of the knobs: as often as in the data, all classes alike, and harder than the data."""
        if not self.classes:
            return {"balanced": {"unusual": MOST_PLANTED}, "nasty": {"unusual": RARE}}
        return {
            "as in the data": {"balance": self.class_shares},
            "balanced": {"balance": (1.0,) * len(self.classes)},
            "nasty": {"overlap": round((1 + self.overlap) / 2, 4), "label_noise": WRONG},
        }

    @cached_property
    def unique(self) -> bool:
        """Whether different events are common enough that no two need to be equal."""
        alike = np.prod([s.alike() for s in self.sized(MANY)], axis=0)
        shares = normed(self.default_balance)
        return bool(shares @ alike @ shares <= MOST_ALIKE)

    @cached_property
    def usual(self) -> Mapping[str, Usual]:
        """How each number is spread over everybody."""
        shares = normed(self.class_shares)
        return {s.field.name: s.everybody(shares) for s in self.spreads if s.field.numeric}

    def sized(self, n: int) -> tuple[Spread, ...]:
        """The spreads of n events: each entity comes as often as in the data, so fewer events are of fewer."""
        if not self.rows:
            return self.spreads
        return tuple(s.as_many(n / self.rows) for s in self.spreads)

    def __call__(self, rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
        """n events, by time where they have one, and their labels.

        `p_true` is P(recorded label | event), None where there are no labels.

        Raises `DataError` where the settings hold too few different events for n.
        """
        if not self.classes:
            return self._unlabelled(rng, n, knobs["unusual"])
        spreads = self.sized(n)
        tables = [_blurred(s.shares, normed(self.class_shares), knobs["overlap"]) for s in spreads]
        latent, shares = neighbours(len(self.classes), knobs["label_noise"]), np.array(knobs["balance"])

        def draw(m: int) -> tuple[pd.DataFrame, Ints, Floats]:
            label = rng.choice(len(shares), size=m, p=shares)
            cells = [draw_columns(rng, table, draw_columns(rng, latent, label)) for table in tables]
            return drawn(rng, spreads, cells), label, _posterior(tables, cells, latent, shares)

        events, label, p = self._in_order(*self._distinct(draw, n))
        return Generated(events, Labels(label=label, p_true=p))

    def _in_order(self, events: pd.DataFrame, label: Ints, p: Floats) -> tuple[pd.DataFrame, Ints, Floats]:
        """As things happened: the past of an event stands above it."""
        if self.schema.time is None:
            return events, label, p
        order = np.argsort(events[self.schema.time].to_numpy(), kind="stable")
        return events.iloc[order].reset_index(drop=True), label[order], p[order]

    def extremes(self, rng: np.random.Generator) -> pd.DataFrame:
        """Two events: every field as usual as it gets, and every field as far out as it was seen."""
        usual = drawn(rng, self.spreads, [np.array([s.usual()]) for s in self.spreads])
        outermost = tuple(s.outermost() for s in self.spreads)
        return pd.concat([usual, drawn(rng, outermost, [np.array([s.rarest()]) for s in self.spreads])])

    def _unlabelled(self, rng: np.random.Generator, n: int, planted: float) -> Generated:
        """Events of one class, some of them planted: they are labelled 1, to judge by and never to learn from."""
        spreads = self.sized(n)
        tables = [np.vstack([s.shares, _flat(s.shares)]) for s in spreads]

        def draw(m: int) -> tuple[pd.DataFrame, Ints, Floats]:
            label = (rng.random(m) < planted).astype(np.int64)
            return drawn(rng, spreads, [draw_columns(rng, t, label) for t in tables]), label, np.zeros((m, 0))

        events, label, _ = self._in_order(*self._distinct(draw, n))
        return Generated(events, Labels(label=label, attack=np.where(label == 1, "planted", "").astype(object)))

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
    spreads = [spread_of(schema[name], spec.fields[name], len(spec.shares), name == schema.id) for name in schema.names]
    return Twin(schema, classes, spec.shares, spec.overlap, tuple(spreads), spec.rows)


def _blurred(shares: Floats, classes: Floats, overlap: float) -> Floats:
    """Shares of each class mixed with those of everybody."""
    return np.asarray((1 - overlap) * shares + overlap * (classes @ shares))


def _flat(shares: Floats) -> Floats:
    """The same chance for every cell that has any, missing included."""
    seen = shares[0] > 0
    return np.asarray(seen / seen.sum())[None, :]


def _posterior(tables: Sequence[Floats], cells: Sequence[Ints], latent: Floats, shares: Floats) -> Floats:
    """P(recorded label | event), (n, m), by Bayes' rule over the true classes."""
    with np.errstate(divide="ignore"):
        log = sum(np.log(table)[:, cell] for table, cell in zip(tables, cells, strict=True))  # (m, n)
    likelihood = np.exp(log - np.max(log, axis=0))
    joint = (latent @ likelihood).T * shares
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))
