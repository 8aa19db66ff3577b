"""What attacks have in common: breaking in, guessing, getting past the second factor, staying."""

from typing import Any

import numpy as np

from riskcore.scenarios.identity.simulation.habits import Visits
from riskcore.scenarios.identity.simulation.logins import OPENS
from riskcore.scenarios.identity.simulation.networks import Ints
from riskcore.scenarios.identity.simulation.people import Floats
from riskcore.scenarios.identity.simulation.stage import Deed, Stage
from riskcore.scenarios.identity.simulation.steps import METHOD, REASON, SUCCESS, Steps, do, join_steps, repeat

PASSWORD = METHOD["password"]
BAD = REASON["bad_password"]
PHISHED = 0.7  # of second factors are passed on with the password


def break_in(stage: Stage, like: Ints, start: Floats, stealth: Floats, loot: float) -> Visits:
    """One visit to each victim's account from the attacker's network and device; `loot` is the chance of an action."""
    device, address = stage.means(like, stealth)
    return stage.loot(stage.enter(stage.genuine.user[like], start, device, address), like, stealth, loot)


def live_on_own_accounts(
    stage: Stage,
    like: Ints,
    attack: Ints,
    stealth: Floats,
    opened: Floats,
    mail: Ints,
    device: Ints,
    address: Ints,
    chance: float,
) -> Deed:
    """Accounts opened by attackers, visited at once as by any new user, and again until the last visit is of value."""
    rng, a = stage.rng, len(opened)
    times = 1 + rng.binomial(3, 0.2 + 0.6 * stealth)
    age = 900 * 10 ** (rng.uniform(0, 2.9, a) * (0.3 + 0.7 * stealth))  # s until the last visit: minutes, or days
    account, turn = repeat(np.arange(a), times)
    passed = turn / np.maximum(times[account] - 1, 1)
    start = opened[account] + rng.uniform(5, 90, len(account)) + passed * age[account]
    user = stage.open_accounts(opened, mail)
    visits = stage.enter(user[account], start, device[account], address[account])
    last = turn == times[account] - 1
    visits = stage.loot(visits, like[account], stealth[account], np.where(last, chance, 0.1))
    rows = np.arange(visits.n)
    method, wait = usual_way(stage, like[account]), pace(rng, visits.n)
    begins = rows[turn == 0]
    enrols, keys = begins[rng.random(a) < 0.5], begins[rng.random(a) < 0.3]
    steps = [
        do(rows, 0.0, "login_attempt", method),
        *get_in(stage, like[account], rows, wait, method, challenged=False),
        do(enrols, wait[enrols] + soon(rng, len(enrols)), "device_enrolled", method[enrols]),
        do(
            keys,
            wait[keys] + soon(rng, len(keys)),
            "passkey_registered",
            method[keys],
            authenticator=stage.make_passkeys(len(keys)),
        ),
    ]
    return Deed(visits, join_steps(steps), attack[account])


def pace(rng: np.random.Generator, n: int) -> Floats:
    """Seconds in which a person fills in a form, as genuine users do."""
    return np.asarray(4 + rng.exponential(9, n))


def soon(rng: np.random.Generator, n: int) -> Floats:
    """Seconds from a login to a change of settings, as with genuine users."""
    return np.asarray(20 + rng.exponential(150, n))


def genuine_around(stage: Stage, phase: Floats) -> Ints:
    """Genuine visits near the phases."""
    order = np.argsort(stage.genuine.start, kind="stable")
    place = np.searchsorted(stage.genuine.start[order], phase * stage.span)
    return order[np.minimum(place, len(order) - 1)]


def usual_way(stage: Stage, like: Ints) -> Ints:
    """The victim's way in where phishing in the middle takes it along, else the password."""
    method = stage.people.method[stage.genuine.user[like]]
    follows = (method != METHOD["passkey"]) & (method != METHOD["magic_link"])
    return np.where(follows, method, PASSWORD)


def guess(stage: Stage, rows: Ints, times: Ints, gap: Floats) -> Steps:
    """Failures with the password, `times` in each visit."""
    visit, turn = repeat(rows, times)
    at = (turn + stage.rng.uniform(0.7, 1.3, len(visit))) * gap[visit]
    return do(visit, at, "login_failure", reason=BAD)


def get_in(
    stage: Stage,
    like: Ints,
    rows: Ints,
    at: Floats,
    method: Any = PASSWORD,
    challenged: bool = True,
) -> list[Steps]:
    """Success, the second factor passed where there is one and it is phished along, and a session."""
    way = np.broadcast_to(np.asarray(method, dtype=np.int64), len(rows))
    code = stage.people.mfa[stage.genuine.user[like]] if challenged else np.full(len(rows), -1)
    asked = np.flatnonzero((code >= 0) & (way == PASSWORD))
    passes = stage.rng.random(len(asked)) < PHISHED
    answer = at[asked] + 4 + stage.rng.exponential(9, len(asked))
    later, goes = at.copy(), np.ones(len(rows), dtype=bool)
    later[asked], goes[asked] = answer, passes
    later += stage.rng.uniform(*OPENS, len(rows))
    through = asked[passes]
    return [
        do(rows, at, SUCCESS[way], way),
        do(rows[asked], at[asked] + 1, "mfa_challenge_sent", challenge=code[asked]),
        do(rows[through], answer[passes], "mfa_challenge_passed", challenge=code[through]),
        do(rows[goes], later[goes], "session_created", way[goes]),
    ]


def settle_in(stage: Stage, rows: Ints, at: Floats, stealth: Floats, **chances: float) -> list[Steps]:
    """Changes by which the attacker stays; careful ones make fewer, and later."""
    steps = []
    for kind, chance in chances.items():
        does = np.flatnonzero(stage.rng.random(len(rows)) < chance * (1.3 - 0.8 * stealth))
        wait = stage.rng.exponential(60 * 10 ** (1.2 * stealth[does]))
        steps.append(do(rows[does], at[does] + wait, kind))
    return steps
