"""Guard-rails of a session: kinds of attack, and events that meet a condition, that no change may loosen for."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from riskcore.core.errors import RiskcoreError
from riskcore.core.overrides import Override
from riskcore.core.schema import Field
from riskcore.services.deciding.policy_tables import ANY_OF, AT_LEAST, BELOW, FIELD
from riskcore.services.deciding.replay import Breach, GuardRail, Movement, breaches
from riskcore.ui.context import DIALOG, show_error
from riskcore.ui.deciding.case import Case

RAILS = "guard-rails"  # session: scenario key -> what nothing may be loosened for, in words
CONDITIONS = "guard-rail conditions"  # session: scenario key -> conditions in words -> as in an override
OPENED = f"{DIALOG} guard-rail condition"  # session: key of the scenario whose dialog is open
NAMED = 3  # values that a guard-rail names; the rest are counted
LOOKED_AT = 2_000  # events whose values are offered; others can be typed


def guard_rails(case: Case) -> None:
    """Choose what a change may not loosen for; kept for the session."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    bar.multiselect(
        "May not loosen for",
        # What was chosen on other events stays: that it cannot be broken on these is for `broken` to tell.
        list(dict.fromkeys([*_kinds(case), *_conditions(case), *_chosen(case)])),
        key=_place(case),
        persist_state="session",
        placeholder="No guard-rail",
        wrap=True,  # in a row Streamlit keeps to one line, which hides all but one
        help="Guard-rails: none of these events may get a milder action than it has under the policy in force. "
        "Kinds of attack, and conditions that you add.",
    )
    bar.button("Condition", icon=":material/add:", key=f"{_place(case)} condition", on_click=_open, args=(case,))
    if st.session_state.get(OPENED) == case.scenario.key:
        _condition(case)


def guarded(case: Case) -> bool:
    """Whether this session has guard-rails."""
    return bool(_chosen(case))


def broken(case: Case, movement: Movement) -> Sequence[Breach]:
    """The guard-rails of this session that a change breaks; raises as `replay.breaches` does."""
    conditions = _conditions(case)
    rails = [
        GuardRail(name=f"May not loosen for {words}", when=conditions[words])
        if words in conditions
        else GuardRail(name=f"May not loosen for {words}", attack=words)
        for words in _chosen(case)
    ]
    return breaches(movement, rails, case.kinds)


def tell_breaches(case: Case, movement: Movement) -> bool:
    """Every guard-rail that is broken, as a sentence; whether there was none."""
    try:
        found = broken(case, movement)
    except RiskcoreError as error:
        show_error(error)
        return False
    if found:
        st.error("A guard-rail is broken.", icon=":material/shield:")
        for breach in found:
            st.text(breach.sentence)
    return not found


def _kinds(case: Case) -> list[str]:
    return [] if case.kinds is None else sorted({str(kind) for kind in case.kinds if kind})


def _place(case: Case) -> str:
    return f"{RAILS} {case.scenario.key}"


def _chosen(case: Case) -> list[str]:
    return st.session_state.get(_place(case)) or []


def _conditions(case: Case) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = st.session_state.setdefault(f"{CONDITIONS} {case.scenario.key}", {})
    return found


def _open(case: Case) -> None:
    st.session_state[OPENED] = case.scenario.key


def _close() -> None:
    st.session_state.pop(OPENED, None)


@st.dialog("May not loosen for events with …", on_dismiss=_close)
def _condition(case: Case) -> None:
    """A field, and what it must be for an event to be guarded."""
    event = case.scenario.event
    fields = [f for f in event.fields if f.kind != "time" and f.name not in (event.id, event.time)]
    key = f"guard-rail {case.scenario.key}"
    fields.sort(key=lambda f: (f.numeric, not f.choices))  # categories first: they are what people ask about
    name = st.selectbox(FIELD, [f.name for f in fields], key=f"{key} field")
    when = _numbers(f"{key} {name}") if event[name].numeric else _values(case, event[name], f"{key} {name}")
    if when is not None:
        met = Override(name="", when={name: when}, action="").matches(case.scored.events)
        st.text(f"{int(met.sum()):,} of these events: {_words(name, when)}.")
    nothing = when is None
    if st.button("Add", key=f"{key} add", type="primary", disabled=nothing, on_click=_add, args=(case, name, when)):
        st.rerun()


def _numbers(key: str) -> dict[str, float] | None:
    """A range of numbers, one end of which may be open."""
    boxes = st.columns(2)
    ends = (("at_least", AT_LEAST), ("below", BELOW))
    found = {
        k: box.number_input(label, value=None, key=f"{key} {k}") for box, (k, label) in zip(boxes, ends, strict=True)
    }
    least, below = found.values()
    if least is not None and below is not None and least >= below:
        st.text(f"No number is at least {least:g} and below {below:g}.")
        return None
    return {k: v for k, v in found.items() if v is not None} or None


def _values(case: Case, field: Field, key: str) -> list[str] | None:
    """Values of a field: its choices, or the most frequent ones of the first events, and any that is typed."""
    offered = list(field.choices)
    if not offered:
        offered = case.scored.events[field.name].head(LOOKED_AT).dropna().astype("str").value_counts().index.tolist()
    closed = bool(field.choices) and not field.open
    chosen: list[str] = st.multiselect(
        ANY_OF, offered, key=f"{key} values", accept_new_options=not closed, select_all=False
    )
    return chosen or None


def _add(case: Case, name: str, when: Any) -> None:
    """Offer the condition, choose it, and be done with the dialog."""
    _close()
    words = _words(name, when)
    _conditions(case)[words] = {name: when}
    st.session_state[_place(case)] = list(dict.fromkeys([*_chosen(case), words]))


def _words(name: str, when: Any) -> str:
    """A condition as an override tells it; of many values the first."""
    more = len(when) - NAMED if isinstance(when, list) else 0
    told = Override(name="", when={name: when[:NAMED] if more > 0 else when}, action="").conditions
    return f"{told} or {more:,} more" if more > 0 else told
