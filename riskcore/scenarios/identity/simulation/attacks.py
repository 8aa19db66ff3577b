"""The ten attacks.  Each touches only what an attacker can: what is done and when, network, device, session, passkey.

Victims' tenant, mail domain and day of opening stay what they are; only `multi_account_sybil` and `new_account_fraud`
open accounts of their own.  A function gets the stage, the stealth (m,) of m attacks and their phases (m,), the share
of the whole time at which each happens, and returns what is done, at least one step for each attack.
"""

from collections.abc import Callable, Mapping

import numpy as np

from riskcore.scenarios.identity.simulation.logins import OPENS
from riskcore.scenarios.identity.simulation.moves import (
    BAD,
    PASSWORD,
    break_in,
    genuine_around,
    get_in,
    guess,
    live_on_own_accounts,
    pace,
    settle_in,
    soon,
    usual_way,
)
from riskcore.scenarios.identity.simulation.networks import RESIDENTIAL
from riskcore.scenarios.identity.simulation.people import Floats
from riskcore.scenarios.identity.simulation.stage import SCRIPTS, Deed, Stage
from riskcore.scenarios.identity.simulation.steps import (
    CHANNEL,
    FAILURE,
    METHOD,
    REASON,
    SUCCESS,
    do,
    join_steps,
    repeat,
)
from riskcore.scenarios.identity.simulation.world import CITIES, SHARE, distances

Attack = Callable[[Stage, Floats, Floats], Deed]


def credential_stuffing(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """Leaked passwords are tried: crudely a dozen within a minute on one account, carefully one on each of many."""
    rng = stage.rng
    tries = rng.integers(6, 21, len(stealth))
    accounts = 1 + rng.binomial(tries - 1, stealth)
    attack, turn = repeat(np.arange(len(stealth)), accounts)
    first = (np.cumsum(accounts) - accounts)[attack]
    s = stealth[attack]
    like = stage.victims(len(attack))
    gap = ((2 + rng.exponential(4, len(stealth))) * 10 ** (2.4 * stealth))[attack]
    each = np.maximum(1, (tries // accounts)[attack])
    user = stage.genuine.user[like]
    start = stage.when(like[first], s, phase[attack])[first] + turn * each * gap
    start = np.maximum(start, stage.people.created[user] + 1800)  # an account must be there to be tried
    rotates = stage.hides(stealth)[attack]
    address, device = stage.networks(stage.homes(like), s), stage.gadgets(like, s, SCRIPTS)
    visits = stage.enter(
        user,
        start,
        np.where(rotates, device, device[first]),
        np.where(rotates, address, address[first]),
    )
    rows = np.arange(visits.n)
    hit = rows[rng.random(visits.n) < 0.6 / accounts[attack]]
    end = (each * gap)[hit]
    steps = [do(rows, 0.0, "login_attempt"), guess(stage, rows, each, gap), *get_in(stage, like[hit], hit, end)]
    return Deed(visits, join_steps(steps), attack)


def account_takeover(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """A phished password, second factor included: in from a new device, then money or the address of recovery."""
    rng, m = stage.rng, len(stealth)
    like = stage.victims(m)
    visits = break_in(stage, like, stage.when(like, stealth, phase), stealth, 0.6)
    rows = np.arange(m)
    misses = rng.poisson(1.2 * (1 - stealth))
    gap = pace(rng, m)
    method = usual_way(stage, like)
    steps = [do(rows, 0.0, "login_attempt", method), guess(stage, rows, misses, gap)]
    steps += get_in(stage, like, rows, (misses + 1) * gap, method)
    steps += settle_in(
        stage, rows, (misses + 1) * gap + 60, stealth, email_changed=0.2, phone_changed=0.15, device_enrolled=0.3
    )
    return Deed(visits, join_steps(steps), rows)


def bot_behavior(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """A program signs in again and again: by the clock from a data centre, or at hours and gaps like a person's."""
    rng, m = stage.rng, len(stealth)
    like = stage.victims(m)
    steady = ~stage.hides(stealth)
    rounds = rng.integers(5, 11, m)
    attack, turn = repeat(np.arange(m), rounds)
    gap = np.where(steady, rng.choice([30, 60, 300], m), 60 * 10 ** (1.2 * stealth))
    jitter = np.where(steady[attack], rng.normal(1, 0.02, len(attack)), rng.lognormal(0, 0.7, len(attack)))
    start = stage.when(like, stealth, phase)[attack] + turn * gap[attack] * jitter
    device, address = stage.means(like, stealth, 2 * SCRIPTS)
    visits = stage.enter(stage.genuine.user[like][attack], start, device[attack], address[attack])
    rows = np.arange(visits.n)
    good = rng.random(visits.n) < 0.75
    wait = 0.3 + rng.exponential(1 + 6 * stealth[attack])
    kind = np.where(good, SUCCESS[PASSWORD], FAILURE[PASSWORD])
    steps = [
        do(rows, 0.0, "login_attempt"),
        do(rows, wait, kind, reason=np.where(good, -1, BAD)),
        do(rows[good], wait[good] + rng.uniform(*OPENS, int(good.sum())), "session_created"),
    ]
    return Deed(visits, join_steps(steps), attack)


def impossible_travel(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """Soon after a genuine visit the same account is used in another place: overseas, or as near as to be possible."""
    rng, m = stage.rng, len(stealth)
    like = genuine_around(stage, phase)
    here = stage.homes(like)
    near = stage.hides(stealth)
    wanted = np.where(near, rng.uniform(400, 2_000, m), rng.uniform(2_500, 12_000, m))  # km
    drawn = rng.choice(len(CITIES), (m, 6), p=SHARE)
    city = drawn[np.arange(m), np.abs(distances()[here[:, None], drawn] - wanted[:, None]).argmin(axis=1)]
    start = stage.genuine.start[like] + 60 * np.where(near, rng.uniform(40, 240, m), rng.uniform(20, 120, m))
    address = np.where(rng.random(m) < 0.5, stage.addresses.add(RESIDENTIAL, city), stage.places.wifi.draw(rng, city))
    address = np.where(stage.hides(0.4 + 0.6 * stealth), address, stage.networks(city, np.zeros(m)))
    visits = stage.enter(stage.genuine.user[like], start, stage.gadgets(like, stealth), address)
    visits = stage.loot(visits, like, stealth, 0.4)
    rows = np.arange(m)
    method = usual_way(stage, like)
    wait = pace(rng, m)
    steps = [do(rows, 0.0, "login_attempt", method), *get_in(stage, like, rows, wait, method)]
    return Deed(visits, join_steps(steps), rows)


def mfa_fatigue(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """Prompts until the user gives in: dozens in a row, or a few in working hours that look like one's own."""
    rng, m = stage.rng, len(stealth)
    asked = np.flatnonzero(stage.people.mfa[stage.genuine.user] >= 0)
    like = rng.choice(asked, m) if len(asked) else stage.victims(m)
    visits = break_in(stage, like, stage.when(like, stealth, phase), stealth, 0.5)
    rows = np.arange(m)
    prompts = 2 + rng.poisson(1 + 11 * (1 - stealth))
    gap = rng.uniform(20, 60, m) * 10 ** (0.9 * stealth)
    visit, turn = repeat(rows, prompts)
    last = turn == prompts[visit] - 1
    gives_in = rng.random(m) < 0.6
    wait = pace(rng, m)
    sent = wait[visit] + 1 + turn * gap[visit] * rng.uniform(0.9, 1.1, len(visit))
    failed = (~last | ~gives_in[visit]) & (rng.random(len(visit)) < 0.6)
    passed = last & gives_in[visit]
    answered = sent + np.minimum(3 + rng.exponential(9, len(visit)), 0.8 * gap[visit])
    code = np.maximum(stage.people.mfa[visits.user], 0)[visit]
    reason = np.where(rng.random(len(visit)) < 0.5, REASON["timeout"], REASON["denied"])[failed]
    end = np.maximum.reduceat(answered, np.flatnonzero(turn == 0)) + rng.uniform(*OPENS, m) if m else np.empty(0)
    steps = [
        do(rows, 0.0, "login_attempt"),
        do(rows, wait, "login_success"),
        do(visit, sent, "mfa_challenge_sent", challenge=code),
        do(visit[failed], answered[failed], "mfa_challenge_failed", challenge=code[failed], reason=reason),
        do(visit[passed], answered[passed], "mfa_challenge_passed", challenge=code[passed]),
        do(rows[gives_in], end[gives_in], "session_created"),
    ]
    return Deed(visits, join_steps(steps), rows)


def multi_account_sybil(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """One person as many: accounts opened and used in a row from one device, or over weeks from several."""
    rng, m = stage.rng, len(stealth)
    size = rng.integers(5, 13, m)
    gadgets = 1 + rng.binomial(size // 3, stealth)
    attack, turn = repeat(np.arange(m), size)
    first = (np.cumsum(size) - size)[attack]
    s = stealth[attack]
    like = stage.victims(len(attack))
    gap = (20 + rng.exponential(60, m)) * 10 ** (2.2 * stealth)
    opened = phase[attack] * stage.span + turn * gap[attack] * rng.uniform(0.8, 1.2, len(attack))
    mail = stage.people.mail[stage.genuine.user[np.where(stage.hides(s), like, like[first])]]
    slot = first + turn % gadgets[attack]
    device, address = stage.gadgets(like, s)[slot], stage.networks(stage.homes(like), s)[slot]
    return live_on_own_accounts(stage, like, attack, s, opened, mail, device, address, chance=0.4)


def new_account_fraud(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """An account opened to defraud: cashed in within the hour, or after days of harmless visits."""
    like = stage.victims(len(stealth))
    opened = stage.when(like, stealth, phase)
    mail = stage.people.mail[stage.genuine.user[like]]
    device, address = stage.gadgets(like, stealth), stage.networks(stage.homes(like), stealth)
    attack = np.arange(len(stealth))
    return live_on_own_accounts(stage, like, attack, stealth, opened, mail, device, address, chance=0.9)


def passkey_registration_abuse(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """Once in, the attacker leaves keys: many in minutes on many devices, or one that is used later."""
    rng, m = stage.rng, len(stealth)
    keys = 1 + rng.poisson(3.5 * (1 - stealth))
    attack, turn = repeat(np.arange(m), keys)
    like = stage.victims(m)
    begin = stage.when(like, stealth, phase)
    device, address = stage.means(like, stealth)
    another = (turn > 0) & ~stage.hides(stealth)[attack]
    gadget = np.where(another, stage.gadgets(like[attack], stealth[attack]), device[attack])
    gap = rng.uniform(15, 120, m) * 10 ** (0.8 * stealth)
    start = begin[attack] + turn * gap[attack]
    session = stage.sessions + attack
    stage.sessions += m
    visits = stage.enter(stage.genuine.user[like][attack], start, gadget, address[attack], session)
    rows = np.arange(visits.n)
    first = rows[turn == 0]
    number = stage.make_passkeys(visits.n)
    wait = pace(rng, m)
    enrols = rows[rng.random(visits.n) < 0.4]
    back = rows[(turn == keys[attack] - 1) & (rng.random(visits.n) < 0.5)]
    steps = [do(first, 0.0, "login_attempt"), *get_in(stage, like, first, wait)]
    steps += [
        do(rows, wait[attack] + soon(rng, visits.n), "passkey_registered", authenticator=number),
        do(enrols, wait[attack][enrols] + soon(rng, len(enrols)), "device_enrolled"),
        do(
            back,
            rng.uniform(300, 4_500, len(back)),
            "passkey_auth_success",
            METHOD["passkey"],
            authenticator=number[back],
        ),
    ]
    return Deed(visits, join_steps(steps), attack)


def recovery_abuse(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """The way back in is taken by another: after a row of failures, or at once by the phone number that was stolen."""
    rng, m = stage.rng, len(stealth)
    like = stage.victims(m)
    visits = break_in(stage, like, stage.when(like, stealth, phase), stealth, 0.3)
    rows = np.arange(m)
    misses = rng.poisson(4 * (1 - stealth))
    gap = 6 + rng.exponential(20, m)
    asked = (misses + 1) * gap + rng.uniform(5, 60, m)
    answered = asked + 40 + rng.exponential(200, m)
    reset = rng.random(m) < 0.5
    channel = rng.choice([CHANNEL[c] for c in ("email", "sms", "support")], m, p=(0.45, 0.4, 0.15))
    works = rng.random(m) < 0.7
    steps = [do(rows, 0.0, "login_attempt"), guess(stage, rows, misses, gap)]
    for way, mine in (("recovery", ~reset), ("password_reset", reset)):
        steps.append(do(rows[mine], asked[mine], f"{way}_requested", channel=channel[mine]))
        for end, chosen in (("success", mine & works), ("failure", mine & ~works)):
            reason = -1 if end == "success" else REASON["not_verified"]
            steps.append(do(rows[chosen], answered[chosen], f"{way}_{end}", channel=channel[chosen], reason=reason))
    inside, later = rows[works], answered[works] + rng.uniform(5, 40, int(works.sum()))
    steps += get_in(stage, like[works], inside, later, challenged=False)
    steps += settle_in(stage, inside, later + 60, stealth[works], email_changed=0.4, phone_changed=0.25)
    return Deed(visits, join_steps(steps), rows)


def session_hijack(stage: Stage, stealth: Floats, phase: Floats) -> Deed:
    """A stolen token: a genuine session goes on from elsewhere, without a login."""
    rng, m = stage.rng, len(stealth)
    like = genuine_around(stage, phase)
    genuine = stage.genuine
    start = genuine.start[like] + 60 * rng.uniform(4, 20 + 100 * stealth)
    device, address = stage.means(like, stealth)
    device = np.where(stage.hides(stealth, 0.5), genuine.device[like], device)  # the token travels with its fingerprint
    visits = stage.enter(genuine.user[like], start, device, address, genuine.session[like])
    visits = stage.loot(visits, like, stealth, 0.5)
    rows = np.arange(m)
    method = usual_way(stage, like)
    steps = [do(rows, 0.0, "session_created", method)]
    steps += settle_in(
        stage, rows, 30 + np.zeros(m), stealth, email_changed=0.2, device_enrolled=0.25, session_revoked=0.35
    )
    return Deed(visits, join_steps(steps), rows)


ATTACKS: Mapping[str, Attack] = {
    attack.__name__: attack
    for attack in (
        account_takeover,
        bot_behavior,
        credential_stuffing,
        impossible_travel,
        mfa_fatigue,
        multi_account_sybil,
        new_account_fraud,
        passkey_registration_abuse,
        recovery_abuse,
        session_hijack,
    )
}
