"""User behaviour: events unlike the user's own past, found without labels.

What is odd for one person is another's routine: some work at night, some download all day, some never touch a phone.
The generator's anomalies are therefore odd for their user only; somebody else does the same every day.  Who a user is
follows from the number alone, so a model that learned from one draw knows the users of another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drawing import draw_columns
from riskcore.core.drift import drifted, onset
from riskcore.core.policy import Action, Band, Costs, EffectCost, Policy
from riskcore.core.scenario import Floors, Generated, Knob, Knobs, Labels, Scenario, Target
from riskcore.core.schema import EventSchema, category, framed, integer, number, text, timestamp
from riskcore.estimators.baseline import EntityBaseline
from riskcore.estimators.boosted import boosted
from riskcore.estimators.isolation import isolation
from riskcore.estimators.without import Without

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TYPES = ("login", "logout", "view", "click", "download")
DOWNLOAD = TYPES.index("download")
DEVICES = ("desktop", "mobile")
HOUR, DAY = 3_600, 86_400  # s
TYPE_SHARES = np.array([0.16, 0.13, 0.37, 0.27, 0.07])
TYPE_SPREADS = np.array([0.3, 0.3, 0.4, 0.4, 1.2])  # of the log share: people differ most in what they download
DAYS = 21
BEGIN = pd.Timestamp("2026-03-02T00:00:00Z")  # a Monday
EVENTS_EACH = 140  # of one user in the three weeks, on average
LONGEST = 7 * DAY  # s; sessions are ended by then
MOST_EVENTS = 100_000


def hour_of(events: pd.DataFrame) -> Floats:
    """Hour of the timestamp in UTC (n,), NaN where there is none."""
    return np.asarray(events["timestamp"].dt.hour, dtype=np.float64)


def weekday_of(events: pd.DataFrame) -> Floats:
    """Day of the week of the timestamp in UTC (n,), 0 is Monday; NaN where there is none."""
    return np.asarray(events["timestamp"].dt.day_of_week, dtype=np.float64)


EVENT = EventSchema(
    fields=(
        text(
            "user_id",
            "User",
            help="Whose past the event is compared with; a user never seen is compared with everybody.",
            synonyms=("user", "userid", "uid", "account", "account_id", "username"),
        ),
        category("event_type", "Kind of event", TYPES, synonyms=("event", "action", "type")),
        number(
            "session_duration_sec",
            "Session duration",
            unit="s",
            low=0,
            high=LONGEST,
            help="How long the session of this event lasts.",
            synonyms=("session_duration", "duration", "duration_sec", "session_length"),
        ),
        integer(
            "events_in_session",
            "Events in the session",
            low=1,
            high=MOST_EVENTS,
            synonyms=("event_count", "num_events", "events", "session_events"),
        ),
        integer(
            "hour_of_day",
            "Hour of day",
            unit="h",
            low=0,
            high=23,
            help="In UTC. Follows from the timestamp, where there is one.",
            synonyms=("hour", "login_hour"),
            derive=hour_of,
            derive_rule="timestamp: its hour in UTC",
            asked=True,
        ),
        integer(
            "day_of_week",
            "Day of the week",
            low=0,
            high=6,
            help="0 is Monday. Follows from the timestamp, where there is one.",
            synonyms=("weekday", "dow"),
            derive=weekday_of,
            derive_rule="timestamp: its day of the week in UTC, 0 for Monday",
            asked=True,
        ),
        category("device_type", "Device", DEVICES, synonyms=("device",)),
        timestamp(
            "timestamp", "Time of the event", optional=True, synonyms=("time", "event_time", "ts", "datetime", "date")
        ),
    ),
    time="timestamp",
)
TARGET = Target(
    name="is_anomaly",
    classes=("usual", "anomaly"),
    aliases=("anomaly", "label", "is_attack", "outlier", "target", "y"),
)


@dataclass(frozen=True)
class People:
    """Habits of u users, each (u,) unless said."""

    hour: Floats  # usual hour, 0 to 24
    focus: Floats  # concentration of the hour (von Mises); 1 is nearly any time, 10 within two hours
    seconds: Floats  # mean of the log of the session's duration in s
    seconds_spread: Floats
    events: Floats  # mean of the log of the session's events
    events_spread: Floats
    types: Floats  # (u, 5) how often each type of event
    desktop: Floats  # share of events from a desktop
    weekend: Floats  # a weekend day's events for one of a working day
    activity: Floats  # how busy, relative to others
    lean: Floats  # where durations and counts move when habits drift, in own spreads


def people(count: int) -> People:
    """The first `count` users.  Nobody depends on how many others there are, nor on any seed of the data."""
    z = np.random.default_rng(20_260_302).standard_normal((count, 14))
    u = np.random.default_rng(20_260_303).random((count, 3))
    at_night, device = u[:, 0] < 0.15, u[:, 1]
    seconds = np.log(1_500) + 0.8 * z[:, 0]
    shares = TYPE_SHARES * np.exp(z[:, 1:6] * TYPE_SPREADS)
    return People(
        hour=np.where(at_night, 1.0 + 2.0 * z[:, 6], 13.0 + 2.5 * z[:, 6]) % 24,
        focus=np.exp(1.5 + 0.6 * z[:, 7]),
        seconds=seconds,
        seconds_spread=0.35 * np.exp(0.3 * z[:, 8]),
        events=np.log(25) + 0.4 * (seconds - np.log(1_500)) + 0.6 * z[:, 9],
        events_spread=0.30 * np.exp(0.3 * z[:, 10]),
        types=shares / shares.sum(axis=1, keepdims=True),
        desktop=np.select([device < 0.5, device < 0.75], [0.996, 0.004], 0.15 + 0.7 * u[:, 2]),
        weekend=np.exp(-1.0 + 0.8 * z[:, 11]),
        activity=np.exp(0.5 * z[:, 12]),
        lean=z[:, 13],
    )


@dataclass(frozen=True)
class Kind:
    """One kind of anomaly: how far a crude one is from the user's habits, in each field.

    Careful ones go a third as far.  Whoever does one thing out of the ordinary tends to be a little off in others.
    """

    name: str
    weight: float  # share of the anomalous events
    size: int  # events of one attack
    gap: float  # s from one to the next
    hours: float  # from the usual hour, to either side
    seconds: float  # in the user's own spreads
    events: float  # in the user's own spreads
    device: float  # chance of the device that the user uses less
    type: str = ""  # of all its events; empty for the user's own mix
    grows: bool = False  # from nothing to the full distance over the attack
    stranger: bool = False  # habits are those of another user


# fmt: off
KINDS = (  #                weight size  gap  hours seconds events device
    Kind("unusual_hour",     0.20,   1,     0,  11.0,   0.8,   0.8,  0.05),
    Kind("long_session",     0.17,   1,     0,   2.0,   6.0,   1.5,  0.05),
    Kind("event_burst",      0.16,   5,    15,   2.0,   0.0,   6.5,  0.05, "click"),
    Kind("new_device",       0.14,   2,   240,   4.0,   1.0,   1.0,  1.00, "login"),
    Kind("bulk_download",    0.14,   4,    90,   3.0,   1.5,   4.0,  0.05, "download"),
    Kind("slow_creep",       0.09,   9,   DAY,   0.0,   6.0,   5.0,  0.00, grows=True),
    Kind("borrowed_account", 0.10,   3,   400,   0.0,   0.0,   0.0,  0.00, stranger=True),
)
# fmt: on
CAREFUL = 0.35  # distance of the most careful attack, of a crude one's
STEALTH_SPREAD = 4.0  # a + b of the beta distribution of crudeness: the lower, the more crude and careful ones mix
# To be odd only for this user, an act has to hit one who never does it: somebody else does.
SUITS: Mapping[str, Callable[[People], NDArray[np.bool_]]] = {
    "unusual_hour": lambda p: p.focus >= np.median(p.focus),
    "long_session": lambda p: p.seconds <= np.quantile(p.seconds, 0.4),
    "event_burst": lambda p: p.events <= np.quantile(p.events, 0.4),
    "new_device": lambda p: np.abs(p.desktop - 0.5) > 0.4,
    "bulk_download": lambda p: (p.types[:, DOWNLOAD] <= 0.06) & (p.events <= np.median(p.events)),
    "slow_creep": lambda p: p.seconds <= np.median(p.seconds),
}

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
    Knob(
        key="drift",
        label="Drift",
        kind="number",
        default=0.2,
        step=0.05,
        help="How far honest users' habits move during the three weeks.",
    ),
    onset(DAYS, "day"),
    Knob(
        key="mix",
        label="Kinds of anomaly",
        kind="shares",
        default=tuple(kind.weight for kind in KINDS),
        parts=tuple(kind.name for kind in KINDS),
        may_lack=True,
    ),
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


SOURCE = {
    "log_duration": "session_duration_sec",
    "log_events": "events_in_session",
    "hour_sin": "hour_of_day",
    "hour_cos": "hour_of_day",
}


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """Logarithms, the hour also on its circle, and `user_id` as a key that only a baseline reads; (n, 9).

    Never the timestamp itself: a model would learn when the file was made.
    """
    hour = events["hour_of_day"].to_numpy(dtype=np.float32)
    turn = hour * np.float32(2 * np.pi / 24)
    return framed(
        {
            "user_id": events["user_id"].array,
            "log_duration": np.log1p(events["session_duration_sec"].to_numpy(dtype=np.float32)),
            "log_events": np.log1p(events["events_in_session"].to_numpy(dtype=np.float32)),
            "hour_of_day": hour,
            "hour_sin": np.sin(turn),
            "hour_cos": np.cos(turn),
            "day_of_week": events["day_of_week"].to_numpy(dtype=np.float32),
            "event_type": events["event_type"].array,
            "device_type": events["device_type"].array,
        }
    )


def baseline() -> EntityBaseline:
    """What each user usually does."""
    return EntityBaseline(
        "user_id",
        numbers=("log_duration", "log_events"),
        circles={"hour_of_day": 24, "day_of_week": 7},
        categories=("event_type", "device_type"),
    )


def only_deviations() -> Without:
    """Leaves the event's own fields out, and how many events a baseline rests on, for a user is not suspect for having
    few.  Random cuts are spent on deviations only: average precision on 70,000 fresh events 0.43 against 0.26."""
    return Without(
        "log_duration", "log_events", "hour_of_day", "hour_sin", "hour_cos", "day_of_week", "event_type", "device_type",
        "baseline_events",
    )  # fmt: skip


# An anomaly costs 60 USD on average if nobody looks.  An analyst takes ten minutes at 60 USD an hour and sees seven in
# ten; a locked session stops nearly all, and an honest user then calls the help desk.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 60.0),
    minute=1.0,
    effects={
        "review": EffectCost(review_minutes=10.0, catch_rate=0.7),
        "stop": EffectCost(friction=25.0, review_minutes=10.0, catch_rate=0.97),
    },
)

POLICY = Policy(
    actions=(
        Action("allow", "Allow", "pass"),
        Action("review", "Have it looked at", "review"),
        Action("lock", "Lock the session", "stop"),
    ),
    # Risk is a percentile: two events in a hundred are looked at, one in two hundred is locked.  These are the edges of
    # least cost under COSTS for the default model, to the half percent.
    bands=(Band(0.0, "allow"), Band(0.98, "review"), Band(0.995, "lock")),
)

PRESETS = {
    "Usual morning": EVENT.example("123", "click", 1_900, 24, "desktop", hour_of_day=11, day_of_week=1),
    "Long session at night": EVENT.example("123", "login", 18_000, 190, "desktop", hour_of_day=2, day_of_week=1),
    "Night worker at night": EVENT.example("407", "view", 2_400, 90, "desktop", hour_of_day=2, day_of_week=2),
    "Night worker in the afternoon": EVENT.example("407", "view", 2_400, 90, "desktop", hour_of_day=15, day_of_week=2),
    "Downloads all day": EVENT.example("144", "download", 2_400, 95, "desktop", hour_of_day=15, day_of_week=3),
    "Hardly ever downloads": EVENT.example("88", "download", 4_000, 140, "mobile", hour_of_day=16, day_of_week=3),
    "Phone user at a desktop": EVENT.example("45", "login", 6_300, 70, "desktop", hour_of_day=17, day_of_week=1),
    "New user": EVENT.example("new-colleague", "login", 1_500, 25, "desktop", hour_of_day=10, day_of_week=0),
}

SCENARIO = Scenario(
    key="user_behavior",
    title="User behaviour",
    summary="Is this event unlike what this user usually does?",
    icon=":material/person_search:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"anomaly_rate": 0.5},
        "crude": {"stealth": 0.1},
        "realistic": {"anomaly_rate": 0.005},
        "nasty": {"stealth": 0.8, "drift": 0.8},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "isolation": isolation(
            TARGET.classes,
            SOURCE,
            transformers=(baseline, only_deviations),
            entity="user_id",
            rows_per_tree=512,
        ),
        "isolation_plain": isolation(
            TARGET.classes, SOURCE, entity="user_id", title="Isolation forest without baselines", rows_per_tree=512
        ),
        # Where labels exist, they say which deviations matter.
        "boosted": boosted(
            TARGET.classes,
            SOURCE,
            transformers=(baseline,),
            rounds=200,
            depth=4,
            rate=0.08,
            min_child_weight=5.0,
            rows_share=0.8,
            columns_share=0.5,
        ),
    },
    policy=POLICY,
    costs=COSTS,
    presets=PRESETS,
    entities=("user_id",),
    training_rows=70_000,
    per_day=70_000 / DAYS,
    floors=Floors(metrics={"roc_auc": 0.92, "average_precision": 0.33}, single_field_auc=0.8),
)
