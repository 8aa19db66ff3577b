"""A decision and its reasons, as cards: what is done, how close it was, and why."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from riskcore.charts.decision import class_bars, place_among_bands
from riskcore.charts.waterfall import Part, waterfall
from riskcore.core.costs import Effect
from riskcore.core.explanation import Explanation
from riskcore.core.schema import Event
from riskcore.core.trained import Trained
from riskcore.services import explaining
from riskcore.services.scoring import Decided, Scored

# Icon and text colour by effect; a colour is never alone.
LOOKS: Mapping[Effect, tuple[str, str]] = {
    "pass": (":material/check_circle:", "green"),
    "challenge": (":material/lock_person:", "orange"),
    "review": (":material/visibility:", "blue"),
    "stop": (":material/block:", "red"),
}
EFFECTS: Mapping[Effect, str] = {
    "pass": "lets it through",
    "challenge": "asks the user for proof",
    "review": "sends it to a person",
    "stop": "stops it",
}
SPACES: Mapping[str, str] = {
    "identity": "Share of the trees' votes",
    "logistic": "Log-odds",
    "softmax": "Score before softmax",
    "exp2": "How early it stands alone (minus depth, 1 is average)",
    "hazard": "Hazard",
}
LINKS: Mapping[str, str] = {
    "logistic": "the logistic function",
    "softmax": "softmax",
    "exp2": "the power of 2",
    "hazard": "1 − exp(−hazard)",
}


def decision_card(decided: Decided) -> None:
    """The action for the first scored row, its risk, the neighbouring actions and, with classes, probabilities."""
    scored, policy = decided.scored, decided.policy
    action = policy.actions[decided.decisions.actions[0]]
    icon, color = LOOKS[action.effect]
    lines = [
        f"### {icon} :{color}[{plain(action.label)}]",
        f"**Risk {risk_in_words(float(scored.risk[0]))}** · {EFFECTS[action.effect]} · "
        f"rule: {plain(policy.rules[decided.decisions.rules[0]])}",
        *(f"- {plain(step.sentence)}" for step in explaining.neighbours(scored, policy)),
    ]
    names, p = scored.scenario.target.classes, scored.output.probabilities
    if p is not None:
        lines.append(f"\nPrediction **{plain(names[int(p[0].argmax())])}**, confidence **{float(p[0].max()):.1%}**")
    lines.append(f"\n:small[:gray[Model {plain(scored.version)} · policy {policy.fingerprint()}.]]")
    # Each element is a message to the browser on every change: one text, and the charts.
    with st.container(border=True):
        st.markdown("\n".join(lines))
        chart(place_among_bands(policy, {name: float(values[0]) for name, values in scored.measures.items()}))
        if p is not None:
            chart(class_bars(names, [float(x) for x in p[0]]))


def risk_in_words(risk: float) -> str:
    """A risk as a person reads it.

    >>> risk_in_words(0.0000421), risk_in_words(0.42)
    ('0.00004', '0.420')
    """
    return f"{risk:.3f}" if risk >= 0.001 or risk == 0 else f"{risk:.5f}"


def class_picker(outputs: Sequence[str]) -> int:
    """The number of the class whose score is explained, by default the worst; 0 where there is one output."""
    if len(outputs) == 1:
        return 0
    worst = outputs[-1]
    chosen = st.segmented_control(
        "Explain", outputs, default=worst, key="explained", bind="query-params", required=True
    )
    return outputs.index(chosen or worst)


def reasons_card(
    trained: Trained,
    event: Event,
    scored: Scored,
    explanation: Explanation,
    output: int = -1,
    history: pd.DataFrame | None = None,
) -> None:
    """The waterfall of one explained event, its strongest reasons in words, each beside what is typical in training,
    and how the sum becomes the risk; `output` is a class's number, `history` what the event was scored with."""
    unit = SPACES[explanation.link]
    if len(explanation.outputs) > 1:
        unit += f" of '{explanation.outputs[output]}'"
    what = "signals" if trained.scenario.signals else "fields"
    chart(waterfall(parts(trained, event, explanation, output), float(explanation.base[0, output]), unit, what))
    found = explaining.reasons(trained, event, explanation, output=output, history=history)
    arrows = ("▲" if reason.contribution > 0 else "▼" for reason in found)
    lines = [f"{arrow} {plain(reason.sentence)}" for arrow, reason in zip(arrows, found, strict=True)]
    summed = f"\n\n:small[:gray[{plain(sum_in_words(explanation, scored, output))}]]"
    st.markdown("**Why**\n\n" + "  \n".join(lines or [f"None of the {what} stands out."]) + summed)


def parts(trained: Trained, event: Event, explanation: Explanation, output: int = -1) -> list[Part]:
    """Each field's, or signal's, part in one output of the first explained event."""
    signals = {signal.name: signal for signal in trained.scenario.signals}
    if signals:
        names, found = explaining.by_signal(explanation, output)
        given = explanation.given
        return [
            Part(signals[n].label, float(p), "" if given is None else signals[n].amount(given[n].iloc[0]))
            for n, p in zip(names, found[0], strict=True)
        ]
    fields, found = explanation.by_field(output)
    return [_part(trained, event, name, float(part)) for name, part in zip(fields, found[0], strict=True)]


def _part(trained: Trained, event: Event, name: str, contribution: float) -> Part:
    declared, typical = trained.scenario.event[name], trained.card.typical.get(name)
    said = "" if typical is None else explaining.in_words(declared, typical)
    return Part(declared.label, contribution, explaining.in_words(declared, event.get(name)), said)


def sum_in_words(explanation: Explanation, scored: Scored, output: int = -1) -> str:
    """How the bars' end becomes what the decision was made on, step by step.

    The link makes an output of the sum; what follows is monotone: prior correction and calibration, or for anomaly
    scores their rank in the reference.
    """
    end = float(explanation.base[0, output] + explanation.contributions[0, :, output].sum())
    raw = float(explanation.output[0, output])
    probabilities = scored.output.probabilities
    final = float(scored.risk[0] if probabilities is None else probabilities[0, output])
    name = "risk" if probabilities is None else f"P({explanation.outputs[output]})"
    linked = "" if explanation.link == "identity" else f", which {LINKS[explanation.link]} makes {raw:.4g}"
    if abs(final - raw) < 1e-6:
        return f"The bars add up to {end:.4g}{linked}: {name} {final:.4g}."
    if not scored.output.likelihood:
        rank = f"an anomaly score above {final:.2%} of the reference"
        return f"The bars add up to {end:.4g}{linked}, {rank}: {name} {final:.4g}."
    return f"The bars add up to {end:.4g}{linked}; with prior and calibration corrected, {name} is {final:.4g}."


def chart(spec: dict[str, Any]) -> None:
    """Draw a Vega-Lite specification across the width."""
    st.vega_lite_chart(spec, width="stretch")


def plain(text: str) -> str:
    """Text in which no character is markup.

    >>> plain("P(high or worse) >= 0.5")
    'P\\\\(high or worse\\\\) \\\\>\\\\= 0\\\\.5'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def problems(sentences: Sequence[str]) -> None:
    """What must be put right before an event can be scored, one sentence each."""
    st.warning("This event cannot be scored yet.", icon=":material/edit:")
    for sentence in sentences:
        st.text(sentence)
