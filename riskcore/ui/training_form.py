"""What to train, on which rows, and how to judge it: the form of Train & compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from riskcore.core.scenario import Knob, Scenario
from riskcore.estimators.calibration import METHODS
from riskcore.services.splitting import HOWS, default_split
from riskcore.services.training import Plan
from riskcore.stores.datasets import Dataset

LEAST_ROWS, MOST_ROWS = 1_000, 2_000_000
FRESH, SIDEBAR = "New synthetic rows", "The data set in the sidebar"
SPLITS = {"time": "By time", "entity": "By entity", "random": "At random"}
CALIBRATIONS = {"none": "None", "sigmoid": "Sigmoid", "isotonic": "Isotonic"}


@dataclass(frozen=True)
class Order:
    """A plan, and how many synthetic rows to make for it with which seed; None: the data set of the sidebar."""

    plan: Plan
    fresh: tuple[int, int] | None


def training_form(scenario: Scenario, dataset: Dataset) -> Order | None:
    """The form; an order in the run in which `Train` was clicked."""
    prefix = f"train {scenario.key}"
    left, right = st.columns(2)
    with left:
        model = _pick("Model family", {k: m.title for k, m in scenario.models.items()}, f"{prefix} model")
        fresh = _rows(dataset, prefix)
        settings = _settings(scenario.models[model].settings, f"{prefix} {model}")
    with right:
        how = _split(scenario, prefix)
        holdout = st.slider(
            "Share held out to judge on, %",
            0,
            60,
            20,
            5,
            key=f"{prefix} holdout",
            help="0 fits on all rows; nothing is judged then.",
        )
        if holdout == 0:
            st.caption("All rows are learned from, so there will be no figures to compare.")
        calibration = _pick(
            "Calibration",
            {name: CALIBRATIONS.get(name, name) for name in METHODS},
            f"{prefix} calibration",
            help="Fitted on a fifth of the training rows, kept apart (the latest ones in a split by time).",
        )
    if not st.button("Train", type="primary", icon=":material/model_training:", key=f"{prefix} go"):
        return None
    seed = fresh[1] if fresh else 0
    plan = Plan(model=model, seed=seed, split=how, holdout=holdout / 100, calibration=calibration, settings=settings)
    return Order(plan, fresh)


def _pick(label: str, titles: Mapping[str, str], key: str, help: str | None = None) -> str:
    first = next(iter(titles))
    chosen = st.segmented_control(
        label, list(titles), format_func=titles.__getitem__, default=first, required=True, key=key, help=help
    )
    return chosen or first


def _rows(dataset: Dataset, prefix: str) -> tuple[int, int] | None:
    choices = {FRESH: FRESH, SIDEBAR: f"{SIDEBAR} ({len(dataset.events):,} rows)"}
    if not dataset.synthetic:  # who brought data wants to learn from it
        choices = dict(reversed(choices.items()))
    chosen = st.radio("Rows to learn from", list(choices), format_func=choices.__getitem__, key=f"{prefix} rows from")
    if chosen == SIDEBAR:
        return None
    left, right = st.columns(2)
    with left:
        rows = st.number_input("Rows", LEAST_ROWS, MOST_ROWS, 20_000, 1_000, key=f"{prefix} rows")
    with right:
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key=f"{prefix} seed", help="The same seed repeats the same model."
        )
    return int(rows), int(seed)


def _split(scenario: Scenario, prefix: str) -> str:
    possible = {"time": scenario.event.time is not None, "entity": bool(scenario.entities), "random": True}
    default = default_split(scenario)
    names = [default, *(how for how in HOWS if possible[how] and how != default)]
    how = _pick("Split", {name: SPLITS[name] for name in names}, f"{prefix} split")
    if not possible["time"]:
        st.caption("These events carry no time, so none can be held back as the later ones: the split is random.")
    elif how == "random":
        st.caption(
            "A random split lets the model learn from the future of what it is judged on, which flatters it. "
            "By time is the honest choice here."
        )
    return how


def _settings(knobs: tuple[Knob, ...], prefix: str) -> dict[str, Any]:
    """Settings that differ from their defaults."""
    found = {}
    with st.expander("Settings", icon=":material/tune:"):
        for knob in knobs:
            kind = int if knob.kind == "integer" else float
            step = knob.step or (1 if kind is int else 0.01)
            value = st.number_input(
                knob.label,
                kind(knob.low),
                kind(knob.high),
                kind(knob.default),
                kind(step),
                help=knob.help or None,
                key=f"{prefix} {knob.key}",
            )
            if value != knob.default:
                found[knob.key] = value
    return found
