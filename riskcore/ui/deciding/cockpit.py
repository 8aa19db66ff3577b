"""The threshold cockpit: a sweep goes to the browser once, and moving a slider there asks the server for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from riskcore.core.policy import Policy, measure_in_words
from riskcore.ui.context import DIALOG

HERE = Path(__file__).parent
SCRIPTS = ("cockpit_sweep.js", "cockpit_charts.js", "cockpit.js")  # one script, in this order
PENDING = f"{DIALOG} cockpit choice"  # session: a choice that waits for its dialog
WISHES = ("use", "compare", "receipt")


@dataclass(frozen=True)
class Choice:
    """What a person chose in the browser: the threshold of each slider, what was in force when shown, and what for.

    Not places on the sliders: a sweep that was made again may have other thresholds there.
    """

    thresholds: tuple[float, ...]
    seen: Mapping[str, str]
    wish: str = "use"


def cockpit(data: Mapping[str, Any], key: str) -> Choice | None:
    """Draw the cockpit; the choice made by one of its buttons, until `forget_choice`, otherwise None.

    It outlives the run it arrives in: that run may be cut short by the next one before it is looked at.
    """

    def keep(wish: str) -> None:
        chosen = st.session_state[key].get(wish)
        if chosen:
            thresholds = tuple(float(t) for t in chosen["thresholds"])
            st.session_state[PENDING] = Choice(thresholds, {str(k): str(v) for k, v in chosen["seen"].items()}, wish)

    told = {f"on_{wish}_change": partial(keep, wish) for wish in WISHES}
    _component()(data=data, key=key, **told)
    pending: Choice | None = st.session_state.get(PENDING)
    return pending


def forget_choice() -> None:
    """The choice was applied, refused or dismissed."""
    st.session_state.pop(PENDING, None)


@cache
def _component() -> Any:
    """The component, registered once per process."""
    html, css = ((HERE / f"cockpit.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    js = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return st.components.v2.component("riskcore_cockpit", html=html, css=css, js=js)


def edges_in_words(policy: Policy) -> list[str]:
    """Every band that can be moved, as a sentence."""
    return [
        f"{policy.action(b.action).label} from {measure_in_words(b.measure)} ≥ {b.edge:.6g}"
        for b in policy.bands
        if b.edge > 0
    ]
