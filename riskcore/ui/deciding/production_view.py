"""What production would see of these events, where a stopped event shows no outcome."""

import pandas as pd
import streamlit as st

from riskcore.core.errors import DataError
from riskcore.services.deciding.selective import Selective, selective
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.workforce import capacity, prior
from riskcore.ui.number_words import amount, ranged


def production_view(case: Case, band: int | None) -> None:
    """The truth beside what is left of it."""
    found = _found((case.scenario.key, *case.seen.values()), band, prior(case), case)
    if isinstance(found, DataError):
        st.text(str(found))
        return
    st.text(found.sentence)
    rows = {
        "Share of attacks": (ranged(found.attack_rate), ranged(found.seen_attack_rate)),
        "Recall": (ranged(found.recall), ranged(found.seen_recall)),
        "Precision": (ranged(found.precision), ranged(found.seen_precision)),
        "Threshold of least cost": (_threshold(found.optimum), _threshold(found.seen_optimum)),
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index", columns=["In truth", "As production sees it"]))
    if capacity(case) is not None:
        st.caption("Every alert is taken to be worked: the capacity is not looked at here.")
    if found.trust_costs is not None:
        st.text(
            f"Trusting what is seen would cost {case.costs.currency} {amount(found.trust_costs)} more over these "
            f"{len(case.scored.events):,} events. Let a random few of the stopped ones through to learn their outcome."
        )


@st.cache_resource(max_entries=8, show_spinner="Hiding what is stopped")
def _found(made_of: tuple[str, ...], band: int | None, prior: float | None, _case: Case) -> Selective | DataError:
    assert _case.labels is not None
    try:
        return selective(_case.scored, _case.policy, _case.costs, _case.labels, band, prior=prior)
    except DataError as error:
        return error


def _threshold(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4g}"
