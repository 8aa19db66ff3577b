"""What genuine users do once they come: attempts, typos, second factors, sessions, changes of settings.

Rates are of visits unless said otherwise.  Nothing lasts beyond three hours, so that whoever leaves for a trip has
finished before.
"""

import numpy as np

from riskcore.scenarios.identity.simulation.habits import Visits
from riskcore.scenarios.identity.simulation.networks import Ints
from riskcore.scenarios.identity.simulation.people import Flags, Floats, People
from riskcore.scenarios.identity.simulation.steps import (
    CHANNEL,
    FAILURE,
    METHOD,
    REASON,
    SUCCESS,
    Steps,
    do,
    join_steps,
    repeat,
)

OTHER_METHOD = 0.06  # a password instead of the usual way in
PASSKEY_ELSEWHERE = 0.5  # of passkey users on a fresh device: the passkey is not there
TYPO, MORE_TYPOS = 0.09, 0.35  # of visits by password, and of typos followed by another one
FORGOTTEN = 0.018  # of visits by password: up to eight failures, then a reset or a recovery
NOT_READ, NOT_ALLOWED = 0.03, 0.02  # passkey and provider fail once
ABANDONED = 0.02
CHALLENGED, CHALLENGED_AWAY = 0.2, 0.5  # of accounts with a second factor; fresh devices always
PHONE_ELSEWHERE = 0.07  # of challenges: two to seven prompts until one is seen
FAILED_CODE, NOT_PASSED = 0.06, 0.04
ENROLLED_FRESH, ENROLLED_FIRST = 0.3, 0.5
PASSKEY_ADDED, PASSKEY_FRESH, PASSKEY_AGAIN = 0.012, 0.1, 0.12  # the last: of those, up to three more at once
CHANGES = {"email_changed": 0.003, "phone_changed": 0.004, "device_removed": 0.004}
CHANGED_AFTER_RECOVERY = 0.2
LOGGED_OUT, LONGEST = 0.45, 6_000.0  # s
OPENS = (0.2, 2.0)  # s from the last proof to the session
REVOKED = 0.015  # signed out everywhere


def log_in(rng: np.random.Generator, people: People, visits: Visits, passkeys: int) -> Steps:
    """Every step of genuine visits; new authenticators are numbered from `passkeys` on."""
    rows = np.flatnonzero(visits.after < 0)
    method = _methods(rng, people, visits)
    failures, forgot = _failures(rng, method, people.scripted[visits.user] | (visits.after >= 0))
    gap = 4 + rng.exponential(9, visits.n)
    parts = [_attempt(rows, method), _failed(rng, np.arange(visits.n), method, failures, gap)]
    done = (failures + 1) * gap + np.where(method == METHOD["magic_link"], rng.exponential(90, visits.n) + 8, 0)
    recovered, done = _recover(rng, np.flatnonzero(forgot), done)
    went = (visits.after < 0) & (rng.random(visits.n) >= np.where(failures > 0, 3 * ABANDONED, ABANDONED / 2))
    entered = np.flatnonzero(went)
    key = people.passkey[visits.user] + people.n * (visits.start >= people.replaced[visits.user])
    own = np.where(method == METHOD["passkey"], key, -1)
    parts += [
        *recovered,
        do(entered, done[entered], SUCCESS[method[entered]], method[entered], authenticator=own[entered]),
    ]
    asked, passed, done = _second_factor(rng, people, visits, method, went, done)
    after = visits.after
    on = after >= 0
    inside = np.flatnonzero(
        np.where(on, passed[after] & (visits.start > visits.start[after] + done[after] + 5), passed)
    )
    method, done = np.where(on, method[after], method), np.where(on, 0.0, done)
    settings = _settings(rng, visits, inside, forgot, done, method, passkeys)
    return join_steps([*parts, *asked, *_session(rng, visits, inside, done, method), *settings])


def _methods(rng: np.random.Generator, people: People, visits: Visits) -> Ints:
    method = people.method[visits.user]
    lacking = visits.fresh & (method == METHOD["passkey"]) & (rng.random(visits.n) < PASSKEY_ELSEWHERE)
    return np.where(lacking | (rng.random(visits.n) < OTHER_METHOD), METHOD["password"], method)


def _attempt(rows: Ints, method: Ints) -> Steps:
    """A link is sent where one is the way in."""
    link, method = method[rows] == METHOD["magic_link"], method[rows]
    return join_steps([
        do(rows[~link], 0.0, "login_attempt", method[~link]),
        do(rows[link], 0.0, "magic_link_sent", method[link]),
    ])  # fmt: skip


def _failures(rng: np.random.Generator, method: Ints, never: Flags) -> tuple[Ints, Flags]:
    v = len(method)
    password = (method == METHOD["password"]) & ~never
    draw = rng.random(v)
    forgot = password & (draw < FORGOTTEN)
    typo = password & ~forgot & (draw < FORGOTTEN + TYPO)
    failures = np.where(typo, rng.geometric(1 - MORE_TYPOS, v), 0)
    failures = np.where(forgot, rng.integers(0, 9, v), failures)
    once = np.select([method == METHOD["passkey"], method == METHOD["oauth"]], [NOT_READ, NOT_ALLOWED], 0.0)
    return np.where((draw < once) & ~never, 1, failures), forgot


def _failed(rng: np.random.Generator, rows: Ints, method: Ints, failures: Ints, gap: Floats) -> Steps:
    visit, turn = repeat(rows, failures)
    reasons = np.array([REASON[r] for r in ("bad_password", "no_credential", "provider_error", "timeout")])
    at = (turn + rng.uniform(0.7, 1.3, len(visit))) * gap[visit]
    return do(visit, at, FAILURE[method[visit]], method[visit], reason=reasons[method[visit]])


def _recover(rng: np.random.Generator, forgot: Ints, done: Floats) -> tuple[list[Steps], Floats]:
    """A reset by mail, or for a quarter a recovery; most succeed."""
    k = len(forgot)
    recovery, good = rng.random(k) < 0.25, rng.random(k) < 0.88
    asked = done[forgot] + rng.uniform(5, 40, k)
    answered = asked + 40 + rng.exponential(180, k)
    channel = rng.choice([CHANNEL["email"], CHANNEL["sms"], CHANNEL["support"]], k, p=(0.7, 0.22, 0.08))
    parts = []
    for way, mine in (("recovery", recovery), ("password_reset", ~recovery)):
        parts.append(do(forgot[mine], asked[mine], f"{way}_requested", channel=channel[mine]))
        for end, chosen in (("success", mine & good), ("failure", mine & ~good)):
            reason = -1 if end == "success" else REASON["not_verified"]
            parts.append(do(forgot[chosen], answered[chosen], f"{way}_{end}", channel=channel[chosen], reason=reason))
    later = done.copy()
    later[forgot] = np.minimum(answered, 2_400) + rng.uniform(5, 30, k)
    return parts, later


def _second_factor(
    rng: np.random.Generator, people: People, visits: Visits, method: Ints, went: Flags, done: Floats
) -> tuple[list[Steps], Flags, Floats]:
    kind = people.mfa[visits.user]
    chance = np.where(visits.fresh, 1.0, np.where(visits.home, CHALLENGED, CHALLENGED_AWAY))
    asked = np.flatnonzero(went & (kind >= 0) & (method == METHOD["password"]) & (rng.random(visits.n) < chance))
    k = len(asked)
    prompts = np.where(rng.random(k) < PHONE_ELSEWHERE, rng.integers(2, 8, k), 1 + (rng.random(k) < FAILED_CODE))
    wait = rng.uniform(15, 70, k)
    visit, turn = repeat(asked, prompts)
    which = np.repeat(np.arange(k), prompts)
    sent = done[visit] + 1 + turn * wait[which] * rng.uniform(0.95, 1.05, len(visit))
    last = turn == prompts[which] - 1
    failed = ~last | (rng.random(k) < NOT_PASSED)[which]
    answered = sent + np.where(
        last, np.minimum(3 + rng.exponential(9, len(visit)), 0.9 * wait[which]), 0.9 * wait[which]
    )
    silent = failed & (rng.random(len(visit)) < 0.4)  # nobody answers: no failure is recorded
    code = kind[visit]
    parts = [do(visit, sent, "mfa_challenge_sent", challenge=code)]
    for name, rows in (("passed", ~failed), ("failed", failed & ~silent)):
        reason = (
            -1
            if name == "passed"
            else np.where(rng.random(int(rows.sum())) < 0.5, REASON["timeout"], REASON["wrong_code"])
        )
        parts.append(do(visit[rows], answered[rows], f"mfa_challenge_{name}", 0, challenge=code[rows], reason=reason))
    passed, later = went.copy(), done.copy()
    passed[visit[last]] = ~failed[last]
    later[visit[last]] = answered[last]
    return parts, passed, later


def _session(rng: np.random.Generator, visits: Visits, inside: Ints, done: Floats, method: Ints) -> list[Steps]:
    k = len(inside)
    start = done[inside] + rng.uniform(*OPENS, k)
    goes_on = np.isin(inside, visits.after[inside])
    out = ~goes_on & (rng.random(k) < LOGGED_OUT)
    stay = np.minimum(start + rng.lognormal(6.6, 1.2, k), LONGEST)
    revoked = ~out & ~goes_on & (rng.random(k) < REVOKED / (1 - LOGGED_OUT))
    way = method[inside]
    return [
        do(inside, start, "session_created", way),
        do(inside[out], stay[out], "logout", way[out]),
        do(inside[revoked], stay[revoked], "session_revoked", way[revoked]),
    ]


def _settings(
    rng: np.random.Generator, visits: Visits, inside: Ints, forgot: Flags, done: Floats, method: Ints, passkeys: int
) -> list[Steps]:
    k = len(inside)
    fresh, way = visits.fresh[inside], method[inside]

    def later(rows: Ints) -> Floats:
        return np.minimum(done[inside[rows]] + 20 + rng.exponential(150, len(rows)), LONGEST)

    first = visits.first[inside]
    enrol = np.flatnonzero(rng.random(k) < np.select([first, fresh], [ENROLLED_FIRST, ENROLLED_FRESH], 0.002))
    adds = np.flatnonzero(rng.random(k) < np.select([first, fresh], [0.3, PASSKEY_FRESH], PASSKEY_ADDED))
    again = 1 + np.where(rng.random(len(adds)) < PASSKEY_AGAIN, rng.integers(1, 4, len(adds)), 0)
    which, turn = repeat(np.arange(len(adds)), again)
    at = later(adds)[which] + turn * rng.uniform(15, 90, len(which))
    numbers = passkeys + np.arange(len(which))
    parts = [
        do(inside[enrol], later(enrol), "device_enrolled", way[enrol]),
        do(inside[adds][which], at, "passkey_registered", way[adds][which], authenticator=numbers),
    ]
    for name, rate in CHANGES.items():
        chance = np.where(forgot[inside] & (name != "device_removed"), CHANGED_AFTER_RECOVERY / 2, rate)
        rows = np.flatnonzero(rng.random(k) < chance)
        parts.append(do(inside[rows], later(rows), name, way[rows]))
    return parts
