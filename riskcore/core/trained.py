"""A trained model and its card: what it learned from, how well it does, and what it must fit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from riskcore.core.errors import ModelIntegrityError
from riskcore.core.model import RiskModel
from riskcore.core.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Plain facts about one version, stored beside it as JSON.

    `metrics` maps a name to `{"value", "low", "high"}`, judged on the held-out rows (empty when all rows were used).
    `typical` is each field's median or most frequent value in training; `risk_histogram` counts training risks in
    equal bins of [0, 1].
    """

    scenario: str
    model: str
    version: str
    created: str  # ISO 8601, UTC
    seed: int
    settings: Mapping[str, Any]
    data: Mapping[str, Any]  # where the rows came from: recipe or file, and their fingerprint
    schema: str
    features: tuple[str, ...]
    rows: int
    class_counts: tuple[int, ...]
    split: Mapping[str, Any]  # how the held-out rows were chosen, and how many
    calibration: str
    metrics: Mapping[str, Mapping[str, float]]
    results: tuple[Mapping[str, Any], ...] = ()  # the model beside baselines and the Bayes limit, one row each
    attacks: tuple[Mapping[str, Any], ...] = ()  # metrics by kind of attack, where kinds are known
    curves: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # ROC, PR and reliability points, to draw
    calibrations: Mapping[str, float] = field(default_factory=dict)  # log loss of each, where one was chosen
    typical: Mapping[str, Any] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    firing: Mapping[str, float] = field(default_factory=dict)  # signal -> share of harmless events in which it fires
    risk_histogram: tuple[int, ...] = ()
    seconds: float = 0.0
    libraries: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # file -> sha256

    def to_mapping(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any]) -> "ModelCard":
        """The inverse of `to_mapping`; a missing key raises `ModelIntegrityError`."""
        known = {f.name for f in fields(cls)}
        try:
            kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items() if k in known}
            return cls(**kept)
        except TypeError as error:
            raise ModelIntegrityError(f"card.json is incomplete ({error}).") from None


@dataclass(frozen=True)
class Trained:
    """A scenario with a fitted model and its card: everything that scoring needs."""

    scenario: Scenario
    model: RiskModel
    card: ModelCard

    @property
    def version(self) -> str:
        return self.card.version
