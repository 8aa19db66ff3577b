"""Why a model said what it said: contributions that add up to its output."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Link = Literal["identity", "logistic", "softmax"]


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

    def error(self) -> float:
        """Greatest distance between what the parts add up to and the output."""
        total = apply_link(self.link, self.base + self.contributions.sum(axis=1))
        return float(np.abs(total - self.output).max(initial=0.0))

    def by_field(self, output: int = -1) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Event fields and their contributions (n, fields) to one output, columns of the same field told together."""
        fields = tuple(dict.fromkeys(self.source.get(name, name) for name in self.features))
        place = {field: i for i, field in enumerate(fields)}
        total = np.zeros((len(self.base), len(fields)))
        for column, name in enumerate(self.features):
            total[:, place[self.source.get(name, name)]] += self.contributions[:, column, output]
        return fields, total


def apply_link(link: Link, margin: NDArray[np.floating]) -> NDArray[np.floating]:
    """Margins (n, m) to outputs (n, m): themselves, the logistic function, or softmax over the last axis."""
    if link == "identity":
        return margin
    if link == "logistic":
        return 1.0 / (1.0 + np.exp(-np.clip(margin, -700.0, 700.0)))  # beyond 700 exp overflows
    shifted = np.exp(margin - margin.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
