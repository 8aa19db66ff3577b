"""Synthetic authentication events: people with habits, and ten attacks among them.

`generate` draws people, their visits and what they do in them, hides attacks among those, and numbers all rows
together in order of time.  Identifiers are random words from one pool and carry nothing.  The truth (label, attack,
attack_id, stealth) is returned apart; `p_true` is not defined, for it would depend on all that happened before.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated
from riskcore.scenarios.identity.simulation.attacks import ATTACKS
from riskcore.scenarios.identity.simulation.devices import DeviceBook
from riskcore.scenarios.identity.simulation.habits import Visits, come, join_visits
from riskcore.scenarios.identity.simulation.harm import harm
from riskcore.scenarios.identity.simulation.logins import log_in
from riskcore.scenarios.identity.simulation.networks import AddressBook, Ints
from riskcore.scenarios.identity.simulation.people import People, Places, settle
from riskcore.scenarios.identity.simulation.stage import Stage
from riskcore.scenarios.identity.simulation.steps import Steps, join_steps
from riskcore.scenarios.identity.simulation.table import write
from riskcore.scenarios.identity.simulation.world import DAY

EVENTS_PER_USER = 40  # by default
EVENTS_PER_SESSION = 4.05  # on average; what `riskcore simulate --sessions` counts with
LEAST_USERS = 10

KNOBS = (
    Knob(
        key="attack_share",
        label="Share of attack events",
        kind="number",
        default=0.01,
        high=0.5,
        step=0.001,
        help="0: all are genuine, and nothing can be learned from them with labels.",
    ),
    Knob(
        key="stealth",
        label="Stealth",
        kind="number",
        default=0.5,
        low=0.02,
        high=0.98,
        step=0.02,
        help="Mean over attacks. 0: crude, from data centres, in a row; 1: near the victim, slowly, on like devices.",
    ),
    Knob(
        key="mix",
        label="Kinds of attack",
        kind="shares",
        default=tuple(1 / len(ATTACKS) for _ in ATTACKS),
        parts=tuple(ATTACKS),
        help="Shares of attack events.",
        may_lack=True,
    ),
    Knob(
        key="users",
        label="Users",
        kind="integer",
        default=0,
        low=0,
        high=5_000_000,
        help=f"0: one for every {EVENTS_PER_USER} events.",
    ),
    Knob(key="days", label="Days", kind="integer", default=60, low=2, high=365),
    Knob(
        key="drift",
        label="Drift",
        kind="number",
        default=0.3,
        step=0.05,
        help="How much more careful attackers become over the time, so that a later period is harder than the first.",
    ),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n events in order of time; `attack_share` of them belong to attacks, each kind by its share of the mix."""
    days = int(knobs["days"])
    users = int(knobs["users"]) or max(LEAST_USERS, n // EVENTS_PER_USER)
    harmful = round(n * knobs["attack_share"])
    addresses, devices = AddressBook(rng), DeviceBook(rng)
    people, places = settle(rng, users, days * DAY, addresses, devices)
    visits, steps = _genuine(rng, people, places, n - harmful, days, devices)
    passkeys = max(2 * people.n, int(steps.authenticator.max(initial=-1)) + 1)
    sessions = int(visits.session.max(initial=0)) + 1
    stage = Stage(rng, people, places, visits, addresses, devices, days * DAY, sessions, passkeys)
    return write(stage, visits, steps, harm(stage, harmful, knobs["mix"], knobs["stealth"], knobs["drift"]))


def _genuine(
    rng: np.random.Generator,
    people: People,
    places: Places,
    n: int,
    days: int,
    devices: DeviceBook,
) -> tuple[Visits, Steps]:
    """Visits in random order until they make n steps; of the last one the end is cut off."""
    visits: list[Visits] = []
    steps: list[Steps] = []
    have = came = 0
    while have < n:
        want = (n - have) // 3 + 20
        user, first = _who(rng, people, want, forced=not visits)
        more = come(rng, people, places, user, days, devices, first)
        more = replace(more, session=came + more.session)
        passkeys = max([2 * people.n, *(int(part.authenticator.max(initial=-1)) + 1 for part in steps)])
        done = log_in(rng, people, more, passkeys)
        done = done.take(np.flatnonzero(more.start[done.visit] + done.at < days * DAY))
        steps.append(replace(done, visit=done.visit + came))
        visits.append(more)
        have, came = have + len(done.visit), came + more.n
    every = join_steps(steps)
    everyone = join_visits(visits)
    kept = every.take(np.lexsort((everyone.start[every.visit] + every.at, everyone.session[every.visit]))[:n])
    happened, place = np.unique(kept.visit, return_inverse=True)
    return everyone.take(happened), replace(kept, visit=place)


def _who(rng: np.random.Generator, people: People, v: int, forced: bool) -> tuple[Ints, NDArray[np.bool_]]:
    """Users of v visits by how active they are; every new account comes once right after it was opened."""
    weight = np.cumsum(people.activity)
    user = np.searchsorted(weight, rng.random(v) * weight[-1], side="right").clip(0, people.n - 1)
    first = np.zeros(v, dtype=bool)
    if forced:
        new = rng.permutation(np.flatnonzero(people.created >= 0))[: v // 4]
        user[: len(new)], first[: len(new)] = new, True
    return user, first
