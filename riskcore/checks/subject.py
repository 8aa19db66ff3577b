"""What checks look at, and how they say that a promise is broken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.labels import Generated
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services import scoring, training

ROWS = 6_000  # of the sample that checks look at
FEW = 40  # rows scored one by one
SEED = 11
RISK_TOLERANCE = 1e-6  # float32 sums depend on how many rows a library takes at a time
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


class BrokenPromise(AssertionError):  # noqa: N818  (it is a finding, not an error of the program)
    """What a check saw, as a sentence."""


@dataclass(frozen=True)
class Subject:
    """A scenario under check; data and models are made when first needed, and shared between checks."""

    scenario: Scenario

    @cached_property
    def sample(self) -> Generated:
        return self.scenario.synthesize(ROWS, SEED)

    @cached_property
    def training(self) -> training.Training:
        made = self.scenario.synthesize(self.scenario.training_rows, seed=0)
        events = self.scenario.event.accept(made.events)
        return training.train(self.scenario, events, made.labels, training.Plan(), {}, WRITTEN)

    @cached_property
    def trained(self) -> Trained:
        return self.training.trained

    def risks(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> NDArray[np.floating]:
        return scoring.score(self.trained, events, history).risk

    @cached_property
    def typed(self) -> pd.DataFrame:
        """The sample as history would hold it."""
        return self.scenario.event.accept(self.sample.events)


Check = Callable[[Subject], None]


def promise(kept: bool, seen: str) -> None:
    """Raise `BrokenPromise` with what was seen, unless the promise is kept."""
    if not kept:
        raise BrokenPromise(f"{seen[0].upper()}{seen[1:]}.")


def same(a: NDArray[np.floating], b: NDArray[np.floating], seen: str) -> None:
    """Promise that risks (n,) are the same, but for rounding."""
    off = float(np.abs(a - b).max(initial=0.0)) if len(a) == len(b) else np.inf
    promise(off <= RISK_TOLERANCE, f"{seen}, by up to {off:.2g}")
