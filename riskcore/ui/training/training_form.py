"""Which families to train, on which rows, and how to judge them: the form of Train & compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from riskcore.core.knobs import Knob
from riskcore.core.model import RiskModel
from riskcore.core.scenario import Scenario
from riskcore.services.judging.calibrating import AUTO
from riskcore.services.judging.splitting import HOWS, default_split
from riskcore.services.training import Plan
from riskcore.stores.datasets import Dataset

SIDE = 430  # px of the left half
LEAST_ROWS, MOST_ROWS = 1_000, 2_000_000
FRESH, SIDEBAR = "New synthetic rows", "The data set in the sidebar"
SPLITS = {"time": "By time", "entity": "By entity", "random": "At random"}
CALIBRATIONS = {
    "none": "None",
    "sigmoid": "Sigmoid",
    "isotonic": "Isotonic",
    AUTO: "Best of them",
    "ecdf": "Among all events",
    "entity_ecdf": "Among all and the entity's own",
}


@dataclass(frozen=True)
class Order:
    """One plan for each family, and how many synthetic rows to make for them with which seed; None: the sidebar's."""

    plans: tuple[Plan, ...]
    fresh: tuple[int, int] | None


def training_form(scenario: Scenario, dataset: Dataset) -> Order | None:
    """The form; an order in the run in which `Train` was clicked."""
    models = {name: scenario.make_model(name) for name in scenario.models}
    offered = {n: m for n, m in models.items() if dataset.labels is not None or not m.supervised}
    titles = {name: scenario.models[name].title for name in offered}
    prefix = f"train {scenario.key}"
    with st.form(prefix):
        across = st.container(horizontal=True, gap="large")  # one below the other where there is no room for both
        left, right = across.container(width=SIDE), across.container(width="stretch")
        with left:
            chosen = st.multiselect(
                "Model families",
                list(titles),
                default=list(titles),
                format_func=titles.__getitem__,
                key=f"{prefix} models",
                wrap=True,
                help="All are trained on the same rows and judged on the same other rows.",
            )
            _about_anomalies(offered)
            fresh, seed = _rows(dataset, prefix)
        with right:
            how = _split(scenario, dataset, prefix)
            holdout = st.slider(
                "Share held out to judge on, %",
                0,
                60,
                20,
                5,
                key=f"{prefix} holdout",
                help="0 learns from all rows; then there are no figures to compare.",
            )
            calibrations = _calibrations(offered, prefix)
        settings = _settings({name: scenario.models[name].settings for name in offered}, titles, prefix)
        if not st.form_submit_button("Train", type="primary", icon=":material/model_training:", key=f"{prefix} go"):
            return None
    if not chosen:
        st.warning("Choose at least one model family.")
        return None
    plans = tuple(
        Plan(
            model=name,
            seed=seed,
            split=how,
            holdout=holdout / 100,
            calibration=calibrations[name],
            settings=settings[name],
        )
        for name in chosen
    )
    return Order(plans, None if fresh is None else (fresh, seed))


def _about_anomalies(models: Mapping[str, RiskModel]) -> None:
    if any(not model.supervised for model in models.values()):
        st.caption(
            "An isolation forest ignores labels; they only judge it. Its risk is the share of a reference, a fifth "
            "of the training rows that it has not seen, whose anomaly scores are lower."
        )


def _rows(dataset: Dataset, prefix: str) -> tuple[int | None, int]:
    """How many synthetic rows to make, None for the data set of the sidebar; and the seed."""
    choices = {FRESH: FRESH, SIDEBAR: f"{SIDEBAR} ({len(dataset.events):,} rows)"}
    if not dataset.synthetic:  # who brought data wants to learn from it
        choices = dict(reversed(choices.items()))
    chosen = st.radio("Rows to learn from", list(choices), format_func=choices.__getitem__, key=f"{prefix} rows from")
    left, right = st.columns(2)
    with left:
        rows = st.number_input("Synthetic rows", LEAST_ROWS, MOST_ROWS, 20_000, 1_000, key=f"{prefix} rows")
    with right:
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key=f"{prefix} seed", help="The same seed repeats the same rows and models."
        )
    return None if chosen == SIDEBAR else int(rows), int(seed)


def _split(scenario: Scenario, dataset: Dataset, prefix: str) -> str:
    """How to hold rows out; every way says what it means and when it flatters."""
    default = default_split(scenario, dataset.events)
    timed = default == "time"
    possible = {"time": timed, "entity": bool(scenario.entities), "random": True}
    names = [default, *(how for how in HOWS if possible[how] and how != default)]
    delay = scenario.target.delay.total_seconds() / 86_400
    late = f" Labels arrive {delay:g} days late: rows whose label was not known by then are left out." if delay else ""
    entity = scenario.entities[0] if scenario.entities else ""
    entity = entity if entity.isidentifier() else "entity"  # a caption is markup
    means = {
        "time": f"Judged on the latest rows, as in production.{late}",
        "entity": f"Judged on a {entity} it has never seen. The others' future is learned from, which can flatter.",
        "random": "Flatters: it learns from the future of what it is judged on. By time is the honest choice here."
        if timed
        else "These events carry no time, so none can be held back as the later ones."
        + (f" Flatters: each {entity} is on both sides." if scenario.entities else ""),
    }
    return st.radio(
        "Split",
        names,
        format_func=SPLITS.__getitem__,
        captions=[means[name] for name in names],
        key=f"{prefix} split",
    )


def _calibrations(models: Mapping[str, RiskModel], prefix: str) -> dict[str, str]:
    """The last step of every family; supervised ones share a choice, and so do the others."""
    found: dict[str, str] = {}
    for supervised in (True, False):
        alike = {name: m for name, m in models.items() if m.supervised == supervised}
        methods = list(dict.fromkeys(method for m in alike.values() for method in m.calibrations))
        if not methods:
            continue
        chosen = _calibration(methods, supervised, prefix) if len(methods) > 1 else methods[0]
        found |= dict.fromkeys(alike, chosen)
    return found


def _calibration(methods: list[str], supervised: bool, prefix: str) -> str:
    if not supervised:
        return st.radio(
            "Anomaly scores are ranked",
            methods,
            format_func=CALIBRATIONS.__getitem__,
            horizontal=True,
            key=f"{prefix} reference",
        )
    return st.radio(
        "Calibration",
        [*methods, AUTO],
        format_func=CALIBRATIONS.__getitem__,
        horizontal=True,
        key=f"{prefix} calibration",
        help="Fitted on a fifth of the training rows, kept apart (the latest ones in a split by time). Best of them "
        "fits each on one half of that fifth and takes the one with the least log loss on the other half.",
    )


def _settings(
    knobs: Mapping[str, tuple[Knob, ...]], titles: Mapping[str, str], prefix: str
) -> dict[str, dict[str, Any]]:
    """Settings of each family that differ from their defaults."""
    found: dict[str, dict[str, Any]] = {name: {} for name in knobs}
    with st.expander("Settings", icon=":material/tune:"):
        for tab, name in zip(st.tabs([titles[name] for name in knobs]), knobs, strict=True):
            with tab:
                columns = st.columns(3)
                for place, knob in enumerate(knobs[name]):
                    with columns[place % 3]:
                        value = _setting(knob, f"{prefix} {name} {knob.key}")
                    if value != knob.default:
                        found[name][knob.key] = value
    return found


def _setting(knob: Knob, key: str) -> float | int:
    kind = int if knob.kind == "integer" else float
    step = knob.step or (1 if kind is int else 0.01)
    return st.number_input(
        knob.label,
        kind(knob.low),
        kind(knob.high),
        kind(knob.default),
        kind(step),
        help=knob.help or None,
        key=key,
    )
