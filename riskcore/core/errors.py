"""Errors that a person can act on: each is a sentence with place, value, rule and remedy."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_LISTED = 30  # names that a sentence holds
FIRST_LISTED = 8  # of more than that


class RiskcoreError(Exception):
    """Something a person can put right.  Surfaces show the message and nothing else; every other exception is a bug."""


class DataError(RiskcoreError):
    """A table, file or column that cannot be used as a whole.  `problems` holds every reason, not just the first."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class NoRowsError(DataError):
    """A table without a row, of which nothing else is wrong: where it may hold none, it is no error."""


class UnknownKeyError(RiskcoreError):
    """A name that is not in its list; says which one was probably meant."""

    def __init__(self, kind: str, key: object, known: Iterable[object]) -> None:
        self.kind, self.key, self.known = kind, key, tuple(str(name) for name in known)
        super().__init__(f"No {kind} '{key}'. {did_you_mean(key, self.known)}")


class PolicyError(DataError):
    """A policy that cannot be applied: every unknown action, bad edge or key, with its path."""


class ScenarioError(RiskcoreError):
    """A scenario that does not hold together.  Raised at load, never while scoring."""


class ModelIntegrityError(RiskcoreError):
    """A stored model that is not what was written.  Names file, expected and found; nothing is scored with it."""


class ConflictError(RiskcoreError):
    """Someone else changed the same thing first; says what is in force now."""


class StoreError(RiskcoreError):
    """A database that cannot be reached or used; says which, and that nothing was stored."""


class Cancelled(RiskcoreError):  # noqa: N818  (it is a wish, not an error)
    """Work stopped on request.  Nothing was written."""


def listed(names: Sequence[str]) -> str:
    """Names in a row; of very many the first, and how many there are.

    >>> listed(["low", "high"])
    'low, high'
    >>> listed([str(i) for i in range(249)])
    '0, 1, 2, 3, 4, 5, 6, 7, … (249 in all)'
    """
    if len(names) <= MOST_LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:FIRST_LISTED])}, … ({len(names)} in all)"


def did_you_mean(key: object, known: Iterable[object]) -> str:
    """A closing sentence: the closest known name, or those that there are when none is close.

    >>> did_you_mean("card_frud", ["card_fraud", "session_risk"])
    "Did you mean 'card_fraud'?"
    >>> did_you_mean("us", ["US", "GB"])
    "Did you mean 'US'?"
    >>> did_you_mean("x", ["low", "high"])
    'Known: low, high.'
    """
    names = [str(name) for name in known]
    if close := closest(str(key), names):
        return f"Did you mean '{close}'?"
    return f"Known: {listed(names)}." if names else "There are none yet."


def closest(said: str, names: Sequence[str]) -> str | None:
    """The name that was probably meant; None where none is close."""
    # Two letters are too few to be close by; in other capitals they are the same word.
    near = [name for name in names if name.casefold() == said.casefold()] or get_close_matches(said, names, n=1)
    return near[0] if near else None
