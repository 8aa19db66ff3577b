"""Results that are computed when asked for: kept with what they were made of, and dimmed once that has changed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A result, and by name what it was made of."""

    value: T
    made_of: Mapping[str, str]

    def changed(self, now: Mapping[str, str]) -> list[str]:
        """The names of what is not as it was."""
        return [name for name in {**self.made_of, **now} if self.made_of.get(name) != now.get(name)]


def on_request(key: str, label: str, now: Mapping[str, str], make: Callable[[], T], icon: str) -> Kept[T] | None:
    """A button that computes a result; what it gave last, or None."""
    if st.button(label, key=f"{key} ask", icon=icon):
        with st.spinner(f"{label} …"):
            st.session_state[f"{key} result"] = Kept(make(), dict(now))
    kept: Kept[Any] | None = st.session_state.get(f"{key} result")
    return kept


@contextmanager
def shown(key: str, kept: Kept[Any], now: Mapping[str, str]) -> Iterator[None]:
    """Draw a result; dimmed, with what changed since, where it is out of date."""
    changed = kept.changed(now)
    if changed:
        st.warning(f"Changed since this was computed: {', '.join(changed)}.", icon=":material/history:")
    place = f"{'stale' if changed else 'fresh'} {key}"
    if changed:
        st.html(f"<style>.st-key-{place.replace(' ', '-')} {{ opacity: 0.45; }}</style>")
    with st.container(key=place):
        yield
