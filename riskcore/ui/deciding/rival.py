"""B of the comparison: a policy that someone proposed on this page, until another one is."""

from dataclasses import dataclass

import streamlit as st

from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.services.deciding.answering import Question, at_threshold
from riskcore.services.thresholds import movable
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.cockpit import edges_in_words
from riskcore.ui.deciding.policy_editor import begin

RIVALS = "rivals"  # session: scenario key -> Rival


@dataclass(frozen=True)
class Rival:
    """A policy and where it is from."""

    policy: Policy
    source: str


def keep_rival(scenario: Scenario, rival: Rival) -> None:
    """Make it the B of the comparison."""
    st.session_state.setdefault(RIVALS, {})[scenario.key] = rival


def rival(scenario: Scenario) -> Rival | None:
    """The B that was proposed last."""
    found: Rival | None = st.session_state.get(RIVALS, {}).get(scenario.key)
    return found


def proposal(case: Case, policy: Policy, source: str, key: str) -> None:
    """What a policy says, and what can be done with it: compare it, or open it as a draft."""
    st.text("; ".join(edges_in_words(policy)))
    bar = st.container(horizontal=True)
    if bar.button("Compare it", key=f"{key} compare", icon=":material/compare_arrows:"):
        keep_rival(case.scenario, Rival(policy, source))
        st.toast("It is B under Compare.")
    if bar.button("Open as draft", key=f"{key} draft", icon=":material/edit:"):
        begin(case, policy)
        st.toast("It is the draft on Policy.")


def with_threshold(case: Case, band: int | None, threshold: float) -> Policy:
    """The policy in force with one threshold moved; the others are pushed along where they would cross."""
    chosen = movable(case.policy)[0] if band is None else band
    return at_threshold(case.scored, case.policy, Question(band=chosen, threshold=threshold))
