"""The sweep behind the cockpit, with intervals and the alerts of each day; made once for what it was made of."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from riskcore.core.policy import Policy
from riskcore.services.deciding.capacity import Workload, workload
from riskcore.services.deciding.resampling import Intervals, intervals
from riskcore.services.thresholds import Sweep, exact, sweep
from riskcore.ui.deciding.case import Case

KEPT = 3  # sweeps of the same events under policies that differ


@dataclass(frozen=True)
class Swept:
    """Outcomes at every threshold, re-weighted and under the capacity where these are given."""

    sweep: Sweep
    spread: Intervals
    load: Workload
    capacity: float | None  # alerts a day; None: every alert is worked

    @property
    def optimum(self) -> int | None:
        """The point of least cost; None where none is defined."""
        return self.sweep.optimum()

    def under(self, policy: Policy) -> "Swept | None":
        """The same with other thresholds in force, see `Sweep.under`."""
        again = self.sweep.under(policy)
        return None if again is None else replace(self, sweep=again, load=replace(self.load, swept=again))


def swept(case: Case, band: int | None, capacity: float | None, prior: float | None) -> Swept:
    """The sweep of a case; `band` is the one whose edge moves.

    One that was made stays as it is when one of its own thresholds is put in force, as the slider does.
    """
    made_of = (case.scenario.key, *(said for name, said in case.seen.items() if name != "policy"))
    kept = _kept(made_of, band, capacity, prior)
    for i, made in enumerate(kept):
        if (again := made.under(case.policy)) is not None:
            kept[i] = again
            return again
    with st.spinner("Trying every threshold"):
        found = _swept(case, band, capacity, prior)
    kept[:] = [found, *kept[: KEPT - 1]]
    return found


@st.cache_resource(max_entries=12, show_spinner=False)
def _kept(made_of: tuple[str, ...], band: int | None, capacity: float | None, prior: float | None) -> list[Swept]:
    """What was made of these events, the latest first."""
    return []


def _swept(case: Case, band: int | None, capacity: float | None, prior: float | None) -> Swept:
    raw = sweep(case.scored, case.policy, case.costs, case.labels, band)
    load = workload(raw, case.scored, case.labels, np.inf if capacity is None else capacity, prior)
    spread = intervals(raw, case.scored, case.labels, prior, None if capacity is None else load.served)
    return Swept(load.swept, spread, load, capacity)


def in_force(case: Case, capacity: float | None, prior: float | None) -> Sweep:
    """The outcome of the policy in force, as it is."""
    raw = exact(case.scored, case.policy, case.costs, case.labels)
    return workload(raw, case.scored, case.labels, np.inf if capacity is None else capacity, prior).swept
