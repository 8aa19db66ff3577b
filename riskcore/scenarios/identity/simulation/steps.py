"""Steps of visits: the rows that become events, as arrays of codes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcore.scenarios.identity.event import ACTIONS, AUTH_METHODS, CHANNELS, EVENT_TYPES
from riskcore.scenarios.identity.simulation.networks import Ints
from riskcore.scenarios.identity.simulation.people import Floats

REASONS = ("bad_password", "denied", "timeout", "wrong_code", "no_credential", "provider_error", "not_verified")
METHOD = {name: place for place, name in enumerate(AUTH_METHODS)}
REASON = {name: place for place, name in enumerate(REASONS)}
CHANNEL = {name: place for place, name in enumerate(CHANNELS)}
ACTION = {name: place for place, name in enumerate(ACTIONS)}
TYPE = {name: place for place, name in enumerate(EVENT_TYPES)}
KINDS_OF_ACTION = np.array([ACTION[a] for a in ("purchase", "transfer", "withdrawal", "payout_change")])
# How a way in succeeds and fails, by place in AUTH_METHODS.
SUCCESS = np.array(
    [TYPE[t] for t in ("login_success", "passkey_auth_success", "oauth_login_success", "magic_link_success")]
)
FAILURE = np.array([TYPE[t] for t in ("login_failure", "passkey_auth_failure", "oauth_login_failure", "login_failure")])


@dataclass(frozen=True)
class Steps:
    """What is done in visits, (k,); codes are -1 where there is nothing to say."""

    visit: Ints
    at: Floats  # s after the visit's start
    kind: Ints  # place in EVENT_TYPES
    method: Ints
    challenge: Ints
    channel: Ints
    reason: Ints
    authenticator: Ints

    def take(self, rows: Ints) -> "Steps":
        """Some of the steps, in the given order."""
        return Steps(**{name: column[rows] for name, column in vars(self).items()})


# Types of event (by place in EVENT_TYPES) that are successes.
SUCCEEDS = np.array(
    [
        t.endswith(("_success", "_passed", "_registered", "_enrolled", "_removed", "_changed"))
        or t in ("session_created", "session_revoked", "logout")
        for t in EVENT_TYPES
    ]
)
# Those that tell what the visit is for.
TELLS_ACTION = np.array(
    [
        t.endswith(("login_attempt", "login_success", "auth_success", "link_success"))
        or t in ("session_created", "mfa_challenge_sent", "mfa_challenge_passed")
        for t in EVENT_TYPES
    ]
)


def do(visit: Ints, at: Any, kind: Any, method: Any = 0, **said: Any) -> Steps:
    """One step in each given visit; numbers stand for all of them, `kind` may be the name of an event type."""
    k = len(visit)
    codes = dict.fromkeys(("challenge", "channel", "reason", "authenticator"), -1) | said
    kind = TYPE[kind] if isinstance(kind, str) else kind
    whole = {name: np.broadcast_to(np.asarray(code, dtype=np.int64), k) for name, code in codes.items()}
    return Steps(
        visit=visit,
        at=np.broadcast_to(np.asarray(at, dtype=np.float64), k),
        kind=np.broadcast_to(np.asarray(kind, dtype=np.int64), k),
        method=np.broadcast_to(np.asarray(method, dtype=np.int64), k),
        **whole,
    )


def join_steps(parts: list[Steps]) -> Steps:
    """Steps one part after another."""
    return Steps(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})


def repeat(rows: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Each row so many times, and which time it is, from 0.

    >>> [part.tolist() for part in repeat(np.array([5, 8]), np.array([2, 1]))]
    [[5, 5, 8], [0, 1, 0]]
    """
    which = np.repeat(rows, times)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
