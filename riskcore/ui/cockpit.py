"""The threshold cockpit: a sweep goes to the browser once, and moving a slider there asks the server for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from riskcore.charts.theme import EFFECT_COLORS, class_colors
from riskcore.core.policy import Policy, measure_in_words
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, events_per_day, histogram

HERE = Path(__file__).parent
PENDING = "cockpit choice"  # session: a choice that waits for its confirmation
QUIET = "These events carry no labels, so recall, precision and cost are not known."


@dataclass(frozen=True)
class Choice:
    """What a person chose in the browser: a place on each slider, and what was in force when it was shown."""

    places: tuple[int, ...]
    seen: Mapping[str, str]


def cockpit(data: Mapping[str, Any], key: str) -> Choice | None:
    """Draw the cockpit; the choice made by `Use this`, until `forget_choice`, otherwise None.

    It outlives the run it arrives in: that run may be cut short by the next one before it is looked at.
    """

    def keep() -> None:
        chosen = st.session_state[key].get("use")
        if chosen:
            places = tuple(int(i) for i in chosen["places"])
            st.session_state[PENDING] = Choice(places, {str(k): str(v) for k, v in chosen["seen"].items()})

    _component()(data=data, key=key, on_use_change=keep)
    pending: Choice | None = st.session_state.get(PENDING)
    return pending


def forget_choice() -> None:
    """The choice was applied, refused or dismissed."""
    st.session_state.pop(PENDING, None)


@cache
def _component() -> Any:
    """The component, registered once per process."""
    html, css, js = ((HERE / f"cockpit.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("riskcore_cockpit", html=html, css=css, js=js)


def payload(
    swept: Sweep,
    scored: Scored,
    labels: NDArray[np.integer] | None,
    seen: Mapping[str, str],
    rebind: bool = False,
) -> dict[str, Any]:
    """Everything the browser needs, as plain JSON; grid arrays are flat, the last index fastest.

    `seen` comes back with a choice.  `rebind`: the thresholds in force were chosen on another model, so that
    the same ones may be chosen again.
    """
    policy, best = swept.policy, swept.optimum()
    per_day, why = events_per_day(scored)
    names = ("All events",) if labels is None else swept.classes
    return {
        "about": f"{scored.scenario.key} {swept.axes[0].band} {len(swept.axes)}",
        "axes": [
            {
                "band": axis.band,
                "measure": measure_in_words(axis.measure),
                "action": policy.action(axis.action).label,
                "thresholds": axis.thresholds.tolist(),
                "applied": axis.applied,
                "histogram": _histogram(scored, axis.measure, labels),
            }
            for axis in swept.axes
        ],
        "bands": [{"action": policy.action(b.action).label, "edge": b.edge} for b in policy.bands],
        "edges": swept.band_edges.ravel().tolist(),
        "actions": [{"label": a.label, "color": EFFECT_COLORS[a.effect]} for a in policy.actions],
        "classes": [{"name": n, "color": c} for n, c in zip(names, class_colors(len(names)), strict=True)],
        "attacks": " or ".join(swept.classes[1:]),
        "confusion": swept.confusion.ravel().tolist(),
        "cost": None if swept.cost is None else np.round(swept.cost, 4).tolist(),
        "currency": swept.currency,
        "optimum": best,
        "n": swept.n,
        "perDay": per_day,
        "perDayWhy": why,
        "quiet": QUIET,
        "rebind": rebind,
        "seen": dict(seen),
    }


def _histogram(scored: Scored, measure: str, labels: NDArray[np.integer] | None) -> dict[str, Any]:
    found = histogram(scored, measure, labels)
    return {"edges": found.edges.tolist(), "counts": found.counts.tolist()}


def edges_in_words(policy: Policy) -> list[str]:
    """Every band that can be moved, as a sentence."""
    return [
        f"{policy.action(b.action).label} from {measure_in_words(b.measure)} ≥ {b.edge:.6g}"
        for b in policy.bands
        if b.edge > 0
    ]
