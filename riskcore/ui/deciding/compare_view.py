"""A and B on the same events: two thresholds, two policies, or two models."""

import streamlit as st

from riskcore.services.deciding.replay import Movement, compare
from riskcore.services.scoring import Decided, decide
from riskcore.ui.context import newest_first, scored_dataset, trained, workspace
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.guard_rails import guard_rails
from riskcore.ui.deciding.rival import rival
from riskcore.ui.deciding.two_ways import movement_view
from riskcore.ui.deciding.workforce import capacity, prior

PROPOSED, VERSION, MODEL = "Proposed thresholds", "Another policy", "Another model"


def compare_view(case: Case) -> None:
    """Choose B; A is what is in force on the model of this page."""
    against = st.segmented_control(
        "B is", (PROPOSED, VERSION, MODEL), default=PROPOSED, required=True, key="b", bind="query-params"
    )
    after = {PROPOSED: _proposed, VERSION: _version, MODEL: _model}[against](case)
    guard_rails(case)  # even where there is no B yet: whoever may not use thresholds is sent here to lift one
    if after is None:
        return
    made_of = (case.scenario.key, *case.seen.values(), after.policy.fingerprint(), after.scored.version)
    movement = _movement(made_of, capacity(case), prior(case), case, after)
    movement_view(case, movement, ("A", "B"), f"compare {case.scenario.key}")


@st.cache_resource(max_entries=8, show_spinner="Comparing")
def _movement(
    made_of: tuple[str, ...], capacity: float | None, prior: float | None, _case: Case, _after: Decided
) -> Movement:
    before = decide(_case.scored, _case.policy)
    return compare(before, _after, _case.costs, _case.labels, capacity=capacity, prior=prior)


def _proposed(case: Case) -> Decided | None:
    found = rival(case.scenario)
    if found is None or found.policy.actions != case.policy.actions:
        st.text("Move the slider above and press Compare: then B is what it says.")
        return None
    st.text(f"A: in force. B: {found.source}.")
    return decide(case.scored, found.policy)


def _version(case: Case) -> Decided | None:
    kept = {v.number: v for v in workspace().policies.versions(case.scenario.key)}
    policies = {0: case.scenario.policy} | {n: v.policy for n, v in kept.items()}
    number = st.selectbox(
        "Policy B",
        list(policies),
        format_func=lambda n: "0 · default" if n == 0 else f"{n} · {kept[n].author} {kept[n].note}".strip(),
        key=f"policy b {case.scenario.key}",
    )
    return decide(case.scored, policies[number])


def _model(case: Case) -> Decided | None:
    versions = [v for v in newest_first(workspace().registry.versions(case.scenario.key)) if v != case.model.version]
    if not versions:
        st.text("There is no other model of this scenario.")
        st.page_link("pages/train.py", label="Train another one", icon=":material/model_training:")
        return None
    version = st.selectbox("Model B", versions, key=f"model b {case.scenario.key}")
    st.caption(
        "Both under the policy in force. Its thresholds were chosen for one of them: judge them anew for the other."
    )
    return decide(scored_dataset(trained(case.scenario, version), case.dataset), case.policy)
