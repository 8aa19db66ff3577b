"""Why a model said what it said: contributions that add up to its output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Link = Literal["identity", "logistic", "softmax", "exp2", "hazard"]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Additive account of a model's raw output for n events, k features and m outputs (m = 1 unless multiclass).

    `link(base + contributions.sum(axis=1)) == output` to 1e-6 in the output (1e-5 where margins are float32).
    Positive contributions push the output up.  `output` is the model's *raw* output, before prior correction and
    calibration, which are monotone and shown beside it.
    """

    base: NDArray[np.float64]  # (n, m)
    contributions: NDArray[np.float64]  # (n, k, m)
    output: NDArray[np.float64]  # (n, m)
    features: tuple[str, ...]  # k names
    source: Mapping[str, str]  # feature -> event field it is made of
    link: Link
    outputs: tuple[str, ...]  # m names: the classes, or ("risk",)
    values: NDArray[np.float64]  # (n, k) what each feature was
    given: pd.DataFrame | None = None  # (n, …) the scenario's features, before the model's transformers

    def error(self) -> float:
        """Greatest distance between what the parts add up to and the output."""
        total = apply_link(self.link, self.base + self.contributions.sum(axis=1))
        return float(np.abs(total - self.output).max(initial=0.0))

    def by_field(self, output: int = -1) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Event fields and their contributions (n, fields) to one output, columns of the same field told together."""
        fields, made_of = self._fields
        return fields, self.contributions[:, :, output] @ made_of

    @cached_property
    def _fields(self) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """The event fields, and which of them each feature is made of, (k, fields) of 0 and 1."""
        sources = [self.source.get(name, name) for name in self.features]
        fields = tuple(dict.fromkeys(sources))
        made_of = np.zeros((len(sources), len(fields)))
        made_of[np.arange(len(sources)), [fields.index(name) for name in sources]] = 1
        return fields, made_of


def apply_link(link: Link, margin: NDArray[np.floating]) -> NDArray[np.floating]:
    """Margins (n, m) to outputs (n, m): themselves, logistic function, softmax over the last axis, power of 2, or
    1 − exp(−margin) of a hazard."""
    if link == "identity":
        return margin
    if link == "exp2":
        return np.asarray(np.exp2(margin))
    if link == "hazard":
        return np.asarray(-np.expm1(-margin))
    if link == "logistic":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(margin, -700.0, 700.0))))  # beyond 700 exp overflows
    shifted: NDArray[np.floating] = np.exp(margin - margin.max(axis=-1, keepdims=True))
    shifted /= shifted.sum(axis=-1, keepdims=True)
    return shifted


@dataclass(frozen=True, kw_only=True)
class DrawnTree:
    """One decision tree of n nodes, ready to be drawn; node 0 is the root.

    A row goes to `left` where its feature is below `threshold` (`<=` where `inclusive`), else to `right`; at a node in
    `codes`, where the feature's code is one of them.  `value` is
    in the space in which trees are summed: a margin, or a share of rows; higher speaks for the output drawn.
    """

    feature: NDArray[np.int64]  # (n,) -1 for leaves
    threshold: NDArray[np.float64]  # (n,)
    left: NDArray[np.int64]  # (n,) -1 for leaves
    right: NDArray[np.int64]
    value: NDArray[np.float64]  # (n,) NaN where the model keeps none for inner nodes
    cover: NDArray[np.float64]  # (n,) training rows that came by, or their weight
    inclusive: bool
    codes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # node -> codes of a category that go left
    choices: tuple[tuple[str, ...], ...] = ()  # (k,) what the codes of each feature stand for, where any are asked for


@runtime_checkable
class DrawsTrees(Protocol):
    """What a model made of trees can show."""

    def tree_count(self) -> int:
        """How many trees there are for each output."""
        ...

    def tree(self, i: int, output: int = -1) -> DrawnTree:
        """Tree `i` of one output, from 0."""
        ...
