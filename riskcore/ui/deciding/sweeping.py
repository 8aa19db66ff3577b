"""The sweep behind the cockpit, with intervals and the alerts of each day; made once for what it was made of."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from riskcore.services.deciding.capacity import Workload, workload
from riskcore.services.deciding.resampling import Intervals, intervals
from riskcore.services.thresholds import Sweep, exact, sweep
from riskcore.ui.deciding.case import Case


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


def swept(case: Case, band: int | None, capacity: float | None, prior: float | None) -> Swept:
    """The sweep of a case; `band` is the one whose edge moves."""
    return _swept((case.scenario.key, *case.seen.values()), band, capacity, prior, case)


JOINT_DRAWS = 120  # for intervals on thousands of points; the receipt of the chosen one takes 500


@st.cache_resource(max_entries=12, show_spinner="Trying every threshold")
def _swept(
    made_of: tuple[str, ...], band: int | None, capacity: float | None, prior: float | None, _case: Case
) -> Swept:
    raw = sweep(_case.scored, _case.policy, _case.costs, _case.labels, band)
    load = workload(raw, _case.scored, _case.labels, np.inf if capacity is None else capacity, prior)
    served = None if capacity is None else load.served
    draws = JOINT_DRAWS if len(raw.axes) > 1 else None
    spread = intervals(raw, _case.scored, _case.labels, prior, served, draws)
    return Swept(load.swept, spread, load, capacity)


def in_force(case: Case, capacity: float | None, prior: float | None) -> Sweep:
    """The outcome of the policy in force, as it is."""
    raw = exact(case.scored, case.policy, case.costs, case.labels)
    return workload(raw, case.scored, case.labels, np.inf if capacity is None else capacity, prior).swept
