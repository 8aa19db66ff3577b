"""A choice that is part of the link, and what is said where a link asks for something that is not here."""

from collections.abc import Mapping, Sequence

import streamlit as st

LOST = "lost"  # session: widget key -> what the link asked for in vain


def bound_choice(label: str, options: Sequence[str], key: str, titles: Mapping[str, str] | None = None) -> None:
    """A selector bound to the address; `titles` are what options are called there and in the list.

    Streamlit quietly takes the first option where the address names none of them.  What was asked for is told instead,
    until something else is chosen: an upload of another session, a model or scenario that was removed.
    """
    called = {option: (titles or {}).get(option, option) for option in options}
    lost: dict[str, str] = st.session_state.setdefault(LOST, {})
    asked = st.query_params.get(key)
    if asked and key not in st.session_state and asked not in called.values():
        lost[key] = asked
    chosen = st.selectbox(label, options, format_func=called.__getitem__, key=key, bind="query-params")
    if chosen != options[0]:
        lost.pop(key, None)
    if key in lost:
        st.warning(f"The link asks for another {label.lower()}.", icon=":material/link_off:")
        st.text(
            f"'{lost[key]}' is not here: it was removed, or uploaded in another session. {called[chosen]} is shown."
        )
