"""Score one's desk: form and result in one component, so that a changed field costs one message each way."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from riskcore.charts.decision import segments, short
from riskcore.charts.theme import EFFECT_COLORS, LOWERS, NEUTRAL, RAISES, class_colors
from riskcore.core.clocks import ahead
from riskcore.core.explanation import Explanation
from riskcore.core.policy import RISK, Policy, measure_in_words
from riskcore.core.scenario import Scenario
from riskcore.core.schema import Event, EventSchema, Field, Validated, told
from riskcore.core.trained import Trained
from riskcore.services import explaining, scoring
from riskcore.services.entities.openings import Openings
from riskcore.services.scoring import Decided, Scored
from riskcore.services.telling import tell_silence
from riskcore.stores.datasets import Dataset
from riskcore.ui.investigating import copy_as
from riskcore.ui.investigating.decision import EFFECTS, SPACES, risk_in_words, sum_in_words

HERE = Path(__file__).parent
ANY = "any event"
FEW = 12  # fields that fit into two rows above the result; more stand beside it
PRESET, ROW, CHANGED = "preset", "row", "event"  # in the address


@dataclass(frozen=True)
class Asked:
    """The event on the form, where it started, and what is wanted besides its score."""

    event: Event
    start: Event
    preset: str | None = None
    row: int | None = None  # of the data set, where the start is not a preset
    number: int = 0  # of the browser's question; its answer carries the same, so that late ones can be told
    milder: bool = False  # what would make it milder
    copied: str | None = None  # one of `copy_as.FORMS`


def desk(form: str, answer: Mapping[str, Any], key: str) -> None:
    """Draw the desk.  What is asked in the browser arrives in the session's `{key}.state`, under `asked`."""
    # Bytes, because Streamlit walks through and encodes twice whatever else it is given.
    data = f'{{"form":{form},"answer":{json.dumps(answer)}}}'.encode()
    _component()(data=data, key=f"{key}.state", on_asked_change=lambda: None)


@cache
def _component() -> Any:
    """The component, registered once per process."""
    html, css, js = ((HERE / f"desk.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("riskcore_desk", html=html, css=css, js=js)


def form(trained: Trained, dataset: Dataset, openings: Openings | None = None) -> str:
    """What the form consists of, as JSON: the same for every event of an entity."""
    scenario = trained.scenario
    own = openings.events if openings else {}
    fields = [f for f in scenario.event.fields if not f.follows]
    said = {
        "about": f"{scenario.key} {dataset.name} {openings.value if openings else ''}",
        "scenario": scenario.title,
        "model": trained.version,
        "few": len(fields) <= FEW,
        "what": "signals" if scenario.signals else "fields",
        "fields": [_declared(f) for f in sorted(fields, key=lambda f: f.kind == "flag")],
        "presets": {name: on_form(scenario.event, event) for name, event in {**own, **scenario.presets}.items()},
        "starts": [
            *([[f"Next of {openings.value}", list(own)]] if openings else []),
            ["Or an example" if openings else "Start from", list(scenario.presets)],
        ],
        "draw": {
            "title": f"Or draw an event from {dataset.name}{' (synthetic)' if dataset.synthetic else ''}",
            "choices": [ANY, *(scenario.target.classes if dataset.labels is not None else ())],
        },
        "copies": copy_as.FORMS,
        "colors": {"raises": RAISES, "lowers": LOWERS, "classes": class_colors(len(scenario.target.classes))},
    }
    return json.dumps(said)


def _declared(f: Field) -> dict[str, Any]:
    return {
        "name": f.name,
        "kind": f.kind,
        "label": f"{f.label} ({f.unit})" if f.unit else f.label,
        "help": f"{f.help} Must be {f.rule}.".strip(),
        "rule": f.rule,
        "low": f.low,
        "high": f.high,
        "choices": f.choices,
        "optional": f.optional or f.derived,
    }


def on_form(schema: EventSchema, event: Event) -> dict[str, Any]:
    """The values that are asked for, as JSON can hold them; what follows from others is left out."""
    return {f.name: _scalar(f, event.get(f.name)) for f in schema.fields if not f.follows}


def _scalar(f: Field, value: Any) -> Any:
    if f.kind == "flag":
        return int(value in (1, "1", True))
    if isinstance(value, (int, float)):
        # Beyond 2**53 numpy has no type that is sure to hold a whole number.
        return None if math.isnan(value) else value if abs(value) < 2**53 else float(value)
    if isinstance(value, str):
        return value or None  # whole, for a choice that is cut is none
    return told(value) or None if value is None or f.kind == "time" else str(value)


def linked(scenario: Scenario, dataset: Dataset, params: Mapping[str, str], openings: Openings | None = None) -> Asked:
    """What an address asks for; what it says wrongly is left out, as if it were not there."""
    row, preset = params.get(ROW, ""), params.get(PRESET)
    if row.isdecimal() and int(row) < len(dataset.events):
        asked = at_row(scenario, dataset, int(row))
    else:
        events = {**(openings.events if openings else {}), **scenario.presets}
        preset = preset if preset and preset in events else next(iter(events))
        start = on_form(scenario.event, events[preset])
        asked = Asked(start, start, preset)
    return replace(asked, event={**asked.start, **_changed(scenario.event, params.get(CHANGED, ""))})


def at_row(scenario: Scenario, dataset: Dataset, row: int) -> Asked:
    """An event of the data set to start from."""
    start = on_form(scenario.event, explaining.event_at(dataset.events, row))
    return Asked(start, start, row=row)


def _changed(schema: EventSchema, said: str) -> dict[str, Any]:
    try:
        given = json.loads(said)
    except ValueError:
        return {}
    if not isinstance(given, dict):
        return {}
    return {name: value for name, value in on_form(schema, given).items() if name in given}


def asked_anew(
    scenario: Scenario, dataset: Dataset, before: Asked, said: Mapping[str, Any], openings: Openings | None = None
) -> Asked:
    """What the browser asks now; `DataError` where an event of a class is to be drawn that the data set has not."""
    wants: dict[str, Any] = {
        "number": int(said["number"]),
        "milder": bool(said.get("milder")),
        "copied": said.get("copied"),
    }
    if said.get("draw") is not None:
        labels = None if dataset.labels is None else dataset.labels.label
        label = int(said["draw"]) - 1
        row = explaining.draw(dataset.events, np.random.default_rng(), labels, None if label < 0 else label)
        return replace(at_row(scenario, dataset, row), **wants)
    asked = before
    if (said["preset"], said["row"]) != (before.preset, before.row):
        asked = linked(scenario, dataset, {PRESET: str(said["preset"]), ROW: str(said["row"])}, openings)
    return replace(asked, event=on_form(scenario.event, said["event"]), **wants)


def answer(
    trained: Trained,
    policy: Policy,
    dataset: Dataset,
    asked: Asked,
    history: pd.DataFrame | None = None,
    risks: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Everything the browser shows of an event, scored against its history, as plain JSON.

    `risks`: what rules over time count before it, where it is known; else events of the data set.
    """
    scored = scoring.score(trained, trained.scenario.event.frame(asked.event), history)
    problems = problems_by_field(trained.scenario.event, scored.validated)
    whole = dict(asked.event) if problems else explaining.with_derived(trained.scenario, asked.event, scored)
    if risks is None and policy.repeats and not problems:
        others = dataset.events if asked.row is None else dataset.events.drop(index=dataset.events.index[asked.row])
        risks = scoring.remembered(trained, policy, scored.events, others)
    decided = None if problems else scoring.decide(scored, policy, risks)
    return {
        "number": asked.number,
        "event": asked.event,
        "start": asked.start,
        "preset": asked.preset,
        "row": asked.row,
        "problems": problems,
        "derived": "" if problems else derived_in_words(trained.scenario.event, whole),
        "result": _result(trained, whole, decided, dataset, asked, history) if decided else None,
    }


def problems_by_field(schema: EventSchema, validated: Validated) -> dict[str, list[str]]:
    """What must be put right before the event can be scored: sentences by field."""
    found: dict[str, list[str]] = {}
    for v in validated.violations:
        sentence = f"{schema[v.field].label} is {told(v.values[0]) or 'empty'}; it {v.rule}."
        found.setdefault(v.field, []).append(sentence)
    return found


def derived_in_words(schema: EventSchema, event: Event) -> str:
    """Fields that follow from others, with what they follow from; empty where there are none."""
    derived = [f for f in schema.fields if f.follows]
    return " ".join(f"{f.label}: {explaining.in_words(f, event.get(f.name))}, from {f.derive_rule}." for f in derived)


def _result(
    trained: Trained,
    event: Event,
    decided: Decided,
    dataset: Dataset,
    asked: Asked,
    history: pd.DataFrame | None = None,
) -> dict[str, Any]:
    scored, policy = decided.scored, decided.policy
    place = decided.decisions.actions[0]
    action = policy.actions[place]
    explanation = explaining.explain_scored(trained, scored)
    return {
        "action": action.label,
        "effect": action.effect,
        "color": EFFECT_COLORS[action.effect],
        "does": EFFECTS[action.effect],
        "risk": risk_in_words(float(scored.risk[0])),
        "rule": policy.rules[decided.decisions.rules[0]],
        "near": [step.sentence for step in explaining.neighbours(scored, policy)],
        "measures": [_standing(scored, policy, measure) for measure in policy.measures],
        **_classes(scored),
        "note": " · ".join(_notes(trained, scored, policy, explanation)),
        **explained(trained, event, scored, explanation, history),
        "severe": bool(place) and not trained.scenario.stateful and not policy.repeats,
        "milder": _milder(trained, event, policy, dataset) if asked.milder else None,
        "copied": copy_as.copied(asked.copied, trained, event, decided, explanation, history) if asked.copied else None,
    }


def _notes(trained: Trained, scored: Scored, policy: Policy, explanation: Explanation) -> list[str]:
    """What made the result, which values are unusual or of the future, and whether much is unknown."""
    unusual = trained.scenario.event.warnings(scored.events)
    late = ahead(trained.scenario.event, scored.events, datetime.now(UTC)).warnings
    silence = tell_silence(trained.scenario, explanation)
    return [f"Model {scored.version}", f"policy {policy.fingerprint()}", *unusual, *late, *filter(None, [silence])]


def _standing(scored: Scored, policy: Policy, measure: str) -> dict[str, Any]:
    value = float(scored.measures[measure][0])
    name = "Risk" if measure == RISK else measure_in_words(measure)
    bands = [{**part, "color": EFFECT_COLORS.get(part["effect"], NEUTRAL)} for part in segments(policy, measure)]
    return {"name": name, "value": value, "text": short(value), "bands": bands}


def _classes(scored: Scored) -> dict[str, Any]:
    p = scored.output.probabilities
    if p is None:
        return {"classes": []}
    names, shares = scored.scenario.target.classes, [float(x) for x in p[0]]
    most = max(shares)
    said = [{"name": name, "p": share} for name, share in zip(names, shares, strict=True)]
    return {"classes": said, "prediction": names[shares.index(most)], "confidence": most}


def explained(
    trained: Trained, event: Event, scored: Scored, explanation: Explanation, history: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Fields or signals with their values, and for each output what each contributes, in numbers and in words."""
    signals = {signal.name: signal for signal in trained.scenario.signals}
    if signals:
        measures = {name: float(scored.features[name].iloc[0]) for name in explanation.features}
        fields = [
            {"label": signals[name].label, "value": signals[name].amount(value), "typical": ""}
            for name, value in measures.items()
        ]
    else:
        fields = [_field(trained, event, name) for name in explanation.by_field()[0]]
    outputs = range(len(explanation.outputs))
    return {
        "fields": fields,
        "explained": [_output(trained, event, scored, explanation, i, history) for i in outputs],
    }


def _field(trained: Trained, event: Event, name: str) -> dict[str, str]:
    declared, typical = trained.scenario.event[name], trained.card.typical.get(name)
    return {
        "label": declared.label,
        "value": explaining.in_words(declared, event.get(name)),
        "typical": "" if typical is None else explaining.in_words(declared, typical),
    }


def _output(
    trained: Trained, event: Event, scored: Scored, explanation: Explanation, i: int, history: pd.DataFrame | None
) -> dict[str, Any]:
    _, parts = explaining.by_signal(explanation, i) if trained.scenario.signals else explanation.by_field(i)
    found = explaining.reasons(trained, event, explanation, output=i, history=history)
    of = f" of '{explanation.outputs[i]}'" if len(explanation.outputs) > 1 else ""
    return {
        "name": explanation.outputs[i],
        "unit": f"{SPACES[explanation.link]}{of}",
        "base": float(explanation.base[0, i]),
        "parts": parts[0].tolist(),
        "reasons": [{"raises": reason.contribution > 0, "sentence": reason.sentence} for reason in found],
        "summed": sum_in_words(explanation, scored, i),
    }


def _milder(trained: Trained, event: Event, policy: Policy, dataset: Dataset) -> str:
    change = explaining.smallest_change(trained, event, policy, dataset.events)
    return change.sentence if change else "No change of a single field would."
