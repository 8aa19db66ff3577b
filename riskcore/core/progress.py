"""How long work tells how far it is, and is told to stop."""

from collections.abc import Callable

Progress = Callable[[float, str], None]  # share done in [0, 1], what is being done; may raise `Cancelled`


def silent(done: float, doing: str) -> None:
    """A progress listener that does not listen."""
