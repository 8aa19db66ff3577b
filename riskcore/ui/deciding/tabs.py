"""What is below the cockpit, one tab for each question; only the open one is worked out."""

from collections.abc import Callable, Mapping

import streamlit as st

from riskcore.ui.context import user_errors
from riskcore.ui.deciding.alert_rate_view import alert_rate_view
from riskcore.ui.deciding.capacity_view import capacity_view
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.compare_view import compare_view
from riskcore.ui.deciding.cost_editor import cost_editor
from riskcore.ui.deciding.guarantee_view import guarantee_view
from riskcore.ui.deciding.production_view import production_view
from riskcore.ui.deciding.segments_view import segments_view
from riskcore.ui.deciding.sweeping import Swept
from riskcore.ui.deciding.windows_view import timed, windows_view

COMPARE, TAB = "Compare", "tab"
Draw = Callable[[], None]


def threshold_tabs(case: Case, found: Swept, band: int | None, prior: float | None) -> None:
    """The tabs that these events can answer."""
    views = _views(case, found, band, prior)
    for tab, draw in zip(
        st.tabs(list(views), key=TAB, on_change="rerun", bind="query-params"), views.values(), strict=True
    ):
        if tab.open:
            with tab, user_errors():
                draw()


def _views(case: Case, found: Swept, band: int | None, prior: float | None) -> Mapping[str, Draw]:
    labelled = case.labels is not None
    judged = labelled and not case.one_class
    views: list[tuple[str, bool, Draw]] = [
        ("Alert rate", not labelled or not case.scored.output.likelihood, lambda: alert_rate_view(case, band)),
        ("Money", labelled, lambda: cost_editor(case.scenario, case.policy)),
        ("Capacity", True, lambda: capacity_view(case, found, prior)),
        ("Guarantee", judged, lambda: guarantee_view(case)),
        ("Segments", judged, lambda: segments_view(case, band)),
        (COMPARE, True, lambda: compare_view(case)),
        ("What production sees", judged, lambda: production_view(case, band)),
        ("Over time", timed(case), lambda: windows_view(case)),
    ]
    return {name: draw for name, possible, draw in views if possible}
