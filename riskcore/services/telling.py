"""Signals in words: what one measured, and the past events behind it."""

from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.explanation import Explanation
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event
from riskcore.core.signal import Signal

MOST_LISTED = 8  # past events behind one reason


def tell_signal(
    scenario: Scenario, explanation: Explanation, row: int, name: str, event: Event, history: pd.DataFrame | None
) -> tuple[Signal[Any], float, str]:
    """A signal, its value for one explained event, and both in words.

    The value is NaN where the signal abstains, or where the model learns it.  The past events that it counted are
    listed by their times, if the history is given.
    """
    signal = next(s for s in scenario.signals if s.name == name)
    given = explanation.given
    value = float("nan") if given is None else float(given[name].iloc[row])
    if explanation.values[row, explanation.features.index(name)] > 0:
        return signal, value, signal.told(value) + _listed(scenario, name, event, history)
    if np.isnan(value):
        return signal, value, f"{signal.label} cannot be told, or not from so short a past"
    return signal, value, f"{signal.label} is {value:.4g} {signal.unit}".rstrip()


def _listed(scenario: Scenario, name: str, event: Event, history: pd.DataFrame | None) -> str:
    """When the events were that a signal counted, in brackets; empty where none are counted or known."""
    if scenario.evidence is None or history is None or scenario.event.time is None:
        return ""
    found = scenario.evidence(scenario.event.accept(scenario.event.frame(event)), history, 0, name)
    if found.empty:
        return ""
    times = found[scenario.event.time].dt.strftime("%H:%M:%S").tolist()
    return f" ({', '.join(times[:MOST_LISTED])}{', …' if len(times) > MOST_LISTED else ''} UTC)"


def tell_silence(scenario: Scenario, explanation: Explanation, row: int = 0) -> str:
    """How many signals have nothing to say of an event, where that is most of them; empty otherwise."""
    given = explanation.given
    if not scenario.signals or given is None:
        return ""
    silent = sum(bool(np.isnan(given[s.name].iloc[row])) for s in scenario.signals)
    if 2 * silent < len(scenario.signals):
        return ""
    return f"{silent} of {len(scenario.signals)} signals abstain: too little is known of this past, which is no risk."
