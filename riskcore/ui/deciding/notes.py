"""What a person should know of a case before its numbers are trusted, and which edge the slider moves."""

import streamlit as st

from riskcore.services.judging.estimates import FEW_POSITIVES
from riskcore.services.thresholds import joint, movable
from riskcore.ui.deciding.case import Case
from riskcore.ui.deciding.guard_rails import guarded
from riskcore.ui.deciding.rival import rival


def caveats(case: Case) -> None:
    """Everything that makes the numbers less than they seem."""
    model, dataset = case.model, case.dataset
    if not case.applied.suits(model.version):
        st.warning(
            f"The thresholds in force were chosen on {case.applied.model}; the risks below are those of "
            f"{model.version}. Choose again to bind them to this model.",
            icon=":material/sync_problem:",
        )
    if model.card.data.get("fingerprint") == dataset.origin["fingerprint"]:
        st.warning(
            "The model learned from these very rows, so its figures here flatter. Choose another data set in the "
            "sidebar.",
            icon=":material/warning:",
        )
    if case.labels is None:
        st.info(
            "This data set carries no labels: alerts can be counted, but recall, precision and cost are hidden, since "
            "they compare with the truth.",
            icon=":material/label_off:",
        )
    elif case.one_class:
        st.info(
            "All events carry the same label, so recall or false alarms have nothing to be a share of: their curves "
            "are hidden."
        )
    elif (attacks := int((case.labels > 0).sum())) < FEW_POSITIVES:
        noun = "attack is" if attacks == 1 else "attacks are"
        st.info(f"Only {attacks} {noun} among these events: read the intervals, not the values.")


def not_in_link(case: Case) -> None:
    """What of this view the address does not rebuild, where such a thing is set."""
    key, state = case.scenario.key, st.session_state
    found = {
        "the costs you edited": case.costs != case.scenario.costs,
        "B of the comparison": rival(case.scenario) is not None
        or any(f"{kind} b {key}" in state for kind in ("policy", "model")),
        "the guard-rails": guarded(case),
        "the choice of segments": f"segments {key}" in state,
    }
    if any(found.values()):
        names = [name for name, there in found.items() if there]
        listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        st.caption(f"The address rebuilds this view but for {listed}; a receipt holds the costs.")


def edge_choice(case: Case) -> int | None:
    """Which edge the slider moves; None where two sliders move together, or there is one edge only."""
    policy = case.policy
    if joint(policy) or len(movable(policy)) < 2:
        return None
    titles = {policy.action(policy.bands[i].action).label: i for i in movable(policy)}
    chosen = st.segmented_control(
        "Which edge to move",
        list(titles),
        default=next(iter(titles)),
        required=True,
        key="edge",
        bind="query-params",
        help="The other edges stay unless this one would cross them: then they are pushed along.",
    )
    return titles.get(chosen, movable(policy)[0])
