"""Three weeks of users and of those who attack them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drawing import draw_columns
from riskcore.core.drift import drift, drifted, onset
from riskcore.core.kinds import mix
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated, Labels
from riskcore.core.schema import framed
from riskcore.scenarios.user_behavior.event import DAY, DEVICES, HOUR, LONGEST, MOST_EVENTS, TYPES
from riskcore.scenarios.user_behavior.kinds import CAREFUL, KINDS, STEALTH_SPREAD, SUITS
from riskcore.scenarios.user_behavior.people import People, people

Floats = NDArray[np.float64]

Ints = NDArray[np.int64]
DAYS = 21
BEGIN = pd.Timestamp("2026-03-02T00:00:00Z")  # a Monday
EVENTS_EACH = 140  # of one user in the three weeks, on average

KNOBS = (
    Knob(key="anomaly_rate", label="Share of anomalies", kind="number", default=0.02, low=0.001, high=0.5, step=0.001),
    Knob(
        key="stealth",
        label="Stealth",
        kind="number",
        default=0.4,
        step=0.05,
        help="0: every attacker is crude, and off in several ways at once; 1: all keep close to the user's habits.",
    ),
    drift(0.2, "How far honest users' habits move during the three weeks."),
    onset(DAYS, "day"),
    mix("Kinds of anomaly", {kind.name: kind.weight for kind in KINDS}),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n events of three weeks in order of time, no two alike; a user for every 140.

    `p_true` is not defined: how odd an event is depends on its user's habits, which no single event shows.
    """
    users = people(max(1, round(n / EVENTS_EACH)))
    anomalous = int(rng.binomial(n, knobs["anomaly_rate"]))
    counts = rng.multinomial(anomalous, knobs["mix"])
    parts = [_ordinary(rng, users, n - anomalous)]
    parts += [_attack(rng, users, i, count, knobs["stealth"]) for i, count in enumerate(counts.tolist())]
    acts = pd.concat(parts, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    kind = acts["kind"].to_numpy()
    attack = np.array([*(k.name for k in KINDS), ""], dtype=object)[kind]
    attack_id = attack.copy()
    odd = np.flatnonzero(kind >= 0)
    attack_id[odd] = [f"{name}-{i}" for name, i in zip(attack[odd], acts["number"].to_numpy()[odd], strict=True)]
    return Generated(
        events=_events(rng, users, acts, knobs),
        labels=Labels(label=(kind >= 0).astype(np.int64), attack=attack, attack_id=attack_id),
    )


def _ordinary(rng: np.random.Generator, users: People, n: int) -> pd.DataFrame:
    """Who does something when, as they always do: n acts at no distance from habit."""
    user = rng.choice(len(users.hour), size=n, p=users.activity / users.activity.sum())
    busy = np.where(np.arange(DAYS) % 7 >= 5, users.weekend[:, None], 1.0)  # (u, days)
    day = draw_columns(rng, busy / busy.sum(axis=1, keepdims=True), user)
    return pd.DataFrame(
        {
            "user": user,
            "like": user,
            "time": day * DAY + HOUR * _hours(rng, users, user),
            "seconds": 0.0,
            "events": 0.0,
            "swap": False,
            "type": -1,
            "kind": -1,
            "number": -1,
        }
    )


def _attack(rng: np.random.Generator, users: People, which: int, n: int, stealth: float) -> pd.DataFrame:
    """n acts in attacks of the kind's size (the last may be cut short), each on one user, as crude from first to last.

    Crudeness is drawn from a beta distribution about 1 − stealth.
    """
    kind = KINDS[which]
    attack, step = np.divmod(np.arange(n), kind.size)
    count = -(-n // kind.size)
    everybody = np.arange(len(users.hour))
    suited = everybody[SUITS[kind.name](users)] if kind.name in SUITS else everybody
    victim = rng.choice(suited if len(suited) else everybody, size=count)
    like = rng.integers(0, len(everybody), count) if kind.stranger else victim
    crude = rng.beta(max(STEALTH_SPREAD * (1 - stealth), 0.05), max(STEALTH_SPREAD * stealth, 0.05), size=count)
    far = CAREFUL + (1 - CAREFUL) * crude
    aside = np.where(rng.random(count) < 0.5, -1, 1) * kind.hours * far
    day = rng.integers(0, DAYS - int(kind.size * kind.gap // DAY), count)
    begin = day * DAY + HOUR * ((_hours(rng, users, like) + aside) % 24)
    time = begin[attack] + step * kind.gap * rng.uniform(0.7, 1.0, n)
    reach = far[attack] * ((step + 1) / kind.size if kind.grows else 1.0)
    return pd.DataFrame(
        {
            "user": victim[attack],
            "like": like[attack],
            "time": np.minimum(time, DAYS * DAY - 1),
            "seconds": kind.seconds * reach,
            "events": kind.events * reach,
            "swap": (rng.random(count) < kind.device)[attack],
            "type": TYPES.index(kind.type) if kind.type else -1,
            "kind": which,
            "number": attack,
        }
    )


def _hours(rng: np.random.Generator, users: People, user: Ints) -> Floats:
    """Hour of day (n,) from 0 to 24; one event in thirty is at any time."""
    off = rng.vonmises(0.0, users.focus[user]) * 12 / np.pi
    off = np.where(rng.random(len(user)) < 1 / 30, rng.random(len(user)) * 24, off)
    return np.asarray((users.hour[user] + off) % 24)


def _events(rng: np.random.Generator, users: People, acts: pd.DataFrame, knobs: Knobs) -> pd.DataFrame:
    """Events (n, 8) of acts in order of time: by the habits of whom they are like, plus drift and their distance."""
    n, like = len(acts), acts["like"].to_numpy()
    # No two events in the same microsecond, so no two events are alike.
    tick = np.arange(n)
    when = np.maximum.accumulate((acts["time"].to_numpy() * 1e6).astype(np.int64) - tick) + tick
    time = pd.Series(BEGIN + pd.to_timedelta(when, unit="us")).dt.as_unit("us")
    moved = knobs["drift"] * users.lean[like] * drifted(when / (DAYS * DAY * 1e6), knobs["drift_from"], DAYS)
    long = 0.8 * rng.standard_t(5, n)  # honest sessions have longer tails than a normal distribution
    seconds = users.seconds[like] + users.seconds_spread[like] * (long + acts["seconds"].to_numpy() + 2 * moved)
    many = 0.5 * long + 0.8 * rng.standard_normal(n)  # what takes longer takes more events
    events = users.events[like] + users.events_spread[like] * (many + acts["events"].to_numpy() + moved)
    desktop = rng.random(n) < users.desktop[like]
    desktop = np.where(acts["swap"], users.desktop[like] < 0.5, desktop)
    kind = np.where(acts["type"] >= 0, acts["type"], draw_columns(rng, users.types, like))
    names = np.array([str(i + 1) for i in range(len(users.hour))], dtype=object)
    return framed(
        {
            "user_id": pd.array(names[acts["user"].to_numpy()], dtype="str"),
            "event_type": pd.Categorical.from_codes(kind, dtype=pd.CategoricalDtype(list(TYPES))),
            "session_duration_sec": np.clip(np.round(np.exp(seconds)), 1, LONGEST),
            "events_in_session": np.clip(np.round(np.exp(events)), 1, MOST_EVENTS).astype(np.int64),
            "hour_of_day": time.dt.hour.to_numpy(dtype=np.int64),
            "day_of_week": time.dt.day_of_week.to_numpy(dtype=np.int64),
            "device_type": pd.Categorical.from_codes(1 - desktop, dtype=pd.CategoricalDtype(list(DEVICES))),
            "timestamp": time.array,
        }
    )
