"""Models trained in this session: one table beside champion, baselines and limit, and who beats the champion."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from riskcore.core.errors import ConflictError, RiskcoreError
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services.comparing import (
    Candidate,
    Standing,
    differences,
    groups,
    headline,
    positives,
    reference_of,
    standings,
    suggested,
    too_few,
)
from riskcore.services.data.pacing import size
from riskcore.services.judging.estimates import FEW_POSITIVES, Metrics
from riskcore.services.judging.model_card_words import METRICS, SPLITS
from riskcore.ui.context import show_error, trained, workspace
from riskcore.ui.investigating.decision import plain
from riskcore.ui.metric_words import metric_titles, with_interval, with_sign
from riskcore.ui.training.candidate_views import views

KEPT = "candidates"  # session: scenario key -> candidates, oldest first
TOLD = "promotion"  # session: what became of a promotion
MOST_KEPT, MOST_SETS = 24, 3  # candidates of a scenario, and data sets they were cut from: those stay in memory
ROLES = {"champion": "Champion", "candidate": "Candidate", "baseline": "Baseline", "limit": "Best possible"}
VALUES, BEYOND = "Values", "Differences"
LETTER, CELL, WIDEST = 6, 24, 260  # px of a letter in a table, of a cell without any, and of a pinned column


def session_candidates(scenario: Scenario) -> list[Candidate]:
    """Models of a scenario trained in this session, oldest first."""
    found: dict[str, list[Candidate]] = st.session_state.setdefault(KEPT, {})
    return found.setdefault(scenario.key, [])


def keep_candidate(scenario: Scenario, one: Candidate) -> None:
    """Add a candidate; the oldest go where there are too many, or too many data sets behind them."""
    kept = session_candidates(scenario)
    kept.append(one)
    sets = list(dict.fromkeys(str(c.dataset.origin["fingerprint"]) for c in reversed(kept)))[:MOST_SETS]
    kept[:] = [c for c in kept[-MOST_KEPT:] if c.dataset.origin["fingerprint"] in sets]


def comparison(scenario: Scenario) -> None:
    """The latest comparison, or a chosen earlier one: its table, who leads, and what to look at closer."""
    found = groups(session_candidates(scenario))
    place = 0
    if len(found) > 1:
        place = st.selectbox(
            "Comparison",
            range(len(found)),
            format_func=lambda i: _about(found[i]),
            key=f"comparison {scenario.key} {len(found)}",
            help="Models that were judged on different rows cannot be compared; each comparison stands for itself.",
        )
    group, champion = found[place], champion_of(scenario)
    lines, drawn = _table(scenario, champion, group)
    version = _promotion(scenario, champion, group)
    chosen = next(c for c in group if c.version == version)
    views(scenario, drawn, lines, group, chosen)


def _about(group: Sequence[Candidate]) -> str:
    card = group[0].trained.card
    families = ", ".join(c.trained.card.model for c in group)
    return f"{card.data.get('name', 'data')} · split {SPLITS[card.split['how']]} · {families}"


def _table(
    scenario: Scenario, champion: Trained | None, group: list[Candidate]
) -> tuple[list[Standing], list[Standing]]:
    """Heading, table and verdict; its lines and those of them to draw, none where nothing could be judged."""
    first, worst = group[0], plain(scenario.target.classes[-1])
    card = first.trained.card
    if first.output is None:
        st.subheader("Trained on all rows")
        st.write("Nothing was held out, so there is nothing to judge these by.")
        return [], []
    rows = len(first.split.judge)
    known = f", {positives(group):,} of them {worst}" if first.labels is not None else ""
    st.subheader(f"Judged on {rows:,} rows{known}")
    st.text(f"{card.data.get('name', 'data')} · data {card.data['fingerprint']} · split {SPLITS[card.split['how']]}")
    if not first.judged:
        st.info(
            "The held-out rows have one class only, so nothing can be ranked. Hold out more, or add rows."
            if first.labels is not None
            else "The rows carry no labels, so nothing can be judged; look at the models' cards."
        )
        return [], []
    versions = tuple(c.version for c in group)
    lines, beyond = _compared(first.rows, versions, champion.version if champion else "", group, champion)
    picked = _shown(scenario, group, lines, beyond)
    if any(line.flattered for line in lines):
        st.caption("The champion learned from other rows of this data set: its figures may flatter.")
    _verdict(scenario, group, lines, beyond)
    drawn = picked or [line for line in lines if line.role != "baseline"]  # they would hide what is told apart
    return lines, [line for line in drawn if line.output is not None]


@st.cache_resource(max_entries=64, show_spinner="Judging on the same rows")
def _compared(
    rows: str, versions: tuple[str, ...], now: str, _group: list[Candidate], _champion: Trained | None
) -> tuple[list[Standing], dict[str, Metrics]]:
    """The table of a group and the differences; the same for the same rows, versions and champion."""
    lines = standings(_group, _champion)
    return lines, differences(lines, _group)


def _shown(
    scenario: Scenario, group: list[Candidate], lines: list[Standing], beyond: Mapping[str, Metrics]
) -> list[Standing]:
    """The table, as values or as differences; the lines that are selected in it."""
    beside = reference_of(lines)
    view = VALUES
    if beside is not None and beyond:
        view = st.segmented_control(
            "Show",
            [VALUES, BEYOND],
            default=VALUES,
            required=True,
            format_func=lambda v: v if v == VALUES else f"Differences to {beside.name}",
            label_visibility="collapsed",
            key=f"show {scenario.key}",
        )
    base_rate = positives(group) / len(group[0].y)
    table = (
        results_table(lines, base_rate, scenario.target.classes)
        if view == VALUES
        else differences_table(lines, beyond, scenario.target.classes)
    )
    picked = st.dataframe(
        table,
        hide_index=True,
        height="content",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"results {scenario.key} {len(lines)} {view}",
        column_config={"Model": st.column_config.Column(pinned=True, width=_name_width(lines))},
        alt="Metrics of each model with 95 % intervals",
    )
    together = _drawn_together(scenario, group)
    st.caption(
        f"Estimates with 95 % intervals{together}. Select rows to draw only their curves."
        if view == VALUES
        else f"Paired on the same draws of the judged rows{together}, 95 % intervals. ▲ better and ▼ worse by more "
        "than chance; of losses and errors less is better."
    )
    return [lines[i] for i in picked["selection"]["rows"] if i < len(lines)]


def _name_width(lines: Sequence[Standing]) -> int:
    """Pixels of the pinned column, so that names of baselines are not cut; half a narrow page at most."""
    return min(WIDEST, CELL + LETTER * max(len(line.name) for line in lines))


def _drawn_together(scenario: Scenario, group: Sequence[Candidate]) -> str:
    labels = group[0].labels
    if scenario.entities:
        return f", drawn by {scenario.entities[0]}" if scenario.entities[0].isidentifier() else ", drawn by entity"
    return ", drawn by attack" if labels is not None and labels.attack_id is not None else ""


def results_table(lines: Sequence[Standing], base_rate: float, classes: Sequence[str]) -> pd.DataFrame:
    """One row a model: its role, every metric with its interval, training time, size and version."""
    titles = _present(lines, classes)
    if "average_precision" in titles:
        titles["average_precision"] += f" (base rate {base_rate:.3g})"
    rows = []
    for line in lines:
        told = {title: with_interval(line.metrics.get(name)) for name, title in titles.items()}
        made = {"Training, s": line.seconds, "Size": "–" if line.size is None else size(line.size)}
        rows.append({"Model": line.name, "Role": ROLES[line.role], **told, **made, "Version": line.version or "–"})
    return pd.DataFrame(rows)


def differences_table(lines: Sequence[Standing], beyond: Mapping[str, Metrics], classes: Sequence[str]) -> pd.DataFrame:
    """One row a model: by how much each metric is above that of the reference, marked where that is beyond chance."""
    titles = _present(lines, classes)
    beside = reference_of(lines)
    rows = []
    for line in lines:
        own, nothing = beyond.get(line.name, {}), "reference" if line is beside else "–"
        told = {t: with_sign(name, own[name]) if name in own else nothing for name, t in titles.items()}
        rows.append({"Model": line.name, "Role": ROLES[line.role], **told})
    return pd.DataFrame(rows)


def _present(lines: Sequence[Standing], classes: Sequence[str]) -> dict[str, str]:
    found = {name for line in lines for name in line.metrics}
    return {name: title for name, title in metric_titles(classes).items() if name in found}


def _verdict(scenario: Scenario, group: list[Candidate], lines: list[Standing], beyond: Mapping[str, Metrics]) -> None:
    worst = plain(scenario.target.classes[-1])
    if too_few(group):
        st.warning(
            f"Only {positives(group)} {worst} rows were held out, fewer than {FEW_POSITIVES}: the intervals are too "
            "wide to rank models by, so none is suggested.",
            icon=":material/warning:",
        )
        return
    lead = suggested(lines, beyond)
    if lead is None:
        champion = any(line.role == "champion" for line in lines)
        st.caption(
            "No candidate beats the champion by more than chance."
            if champion
            else "There is no champion yet to compare with; promote the model that is to be in service."
        )
        return
    best, by = lead
    name = METRICS[headline(lines)].lower()
    st.success(
        f"{best.name} beats the champion: {name} is {by.value:.3f} higher "
        f"({by.low:.3f}–{by.high:.3f}, paired on the same rows).",
        icon=":material/trophy:",
    )


def _promotion(scenario: Scenario, champion: Trained | None, group: list[Candidate]) -> str:
    """Which candidate to look at closer, and its promotion; its version."""
    now = champion.version if champion else ""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        versions = [c.version for c in reversed(group)]
        version = st.selectbox("Model", versions, key=f"version {scenario.key} {versions[0]}")
    with right:
        # What is bound here is what the person sees: a champion promoted elsewhere since is a conflict.
        st.button(
            "Champion" if version == now else "Promote",
            disabled=version == now,
            icon=":material/trophy:",
            key=f"promote {scenario.key}",
            on_click=_promote,
            args=(scenario.key, version, now),
            width="stretch",
        )
    return version


def _promote(scenario: str, version: str, seen: str) -> None:
    try:
        workspace().registry.promote(scenario, version, expected=seen)
        st.session_state[TOLD] = version
    except ConflictError as error:
        st.session_state[TOLD] = error


def tell_promotion(scenario: Scenario) -> None:
    """Once after a promotion: who is champion now, and what becomes of the thresholds."""
    told = st.session_state.pop(TOLD, None)
    if isinstance(told, RiskcoreError):
        show_error(told)
    elif told is not None:
        st.success(f"{told} is the champion.", icon=":material/trophy:")
        applied = workspace().applied(scenario)
        if not applied.suits(told):
            st.warning(
                f"The thresholds in force were chosen on {applied.model}. Risks of the new champion may lie elsewhere.",
                icon=":material/sync_problem:",
            )
            st.page_link("pages/thresholds.py", label="Look at the thresholds", icon=":material/tune:")


def champion_of(scenario: Scenario) -> Trained | None:
    """The champion, where there is one; none is trained for the sake of comparing."""
    version = workspace().registry.champion(scenario.key)
    return None if version is None else trained(scenario, version)
