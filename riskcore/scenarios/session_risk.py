"""Session risk: is a user's session safe, of medium risk, or high?

No field gives the class away: a revoked token can be a forgotten log-out, a new place a journey, a night login a shift.
Risk lies in what comes together.  The generator therefore draws each session from one of a dozen kinds of people and
attacks, each a product of simple distributions, so that the true probabilities follow exactly, by Bayes' rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drawing import draw_columns, neighbours
from riskcore.core.errors import DataError
from riskcore.core.policy import Action, Band, Costs, EffectCost, Policy
from riskcore.core.scenario import Floors, Generated, Knob, Knobs, Labels, Scenario, Target
from riskcore.core.schema import EventSchema, column_index, flag, integer
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = ("safe", "medium", "high")
WEEK = 604_800  # s; sessions are ended by then
NIGHT_BEGINS, NIGHT_ENDS = 22, 6  # hours of the day; night is from 22:00 to 05:59
MOST = {"ip_change_count": 60, "device_change_count": 12, "os_variation": 8}  # generated at most; files may hold more


def is_night(events: pd.DataFrame) -> Ints:
    """1 where the login was at night, else 0; (n,)."""
    hour = events["login_hour"].to_numpy()
    return np.asarray(((hour >= NIGHT_BEGINS) | (hour < NIGHT_ENDS)).astype(np.int64))


EVENT = EventSchema(
    fields=(
        integer(
            "session_duration",
            "Session duration",
            unit="s",
            low=1,
            high=WEEK,
            help="From login to the last request, in whole seconds.",
            synonyms=("duration", "session_length", "session_length_s", "session_duration_s", "session_duration_sec"),
        ),
        flag(
            "is_revoked",
            "Token revoked",
            help="1 if the session's token was revoked before or during the session.",
            synonyms=("revoked", "token_revoked", "is_token_revoked"),
        ),
        integer(
            "ip_change_count",
            "IP address changes",
            low=0,
            high=10_000,
            help="How often the address changed within the session; mobile networks change it often.",
            synonyms=("ip_changes", "ip_change", "num_ip_changes", "ip_count"),
        ),
        integer(
            "device_change_count",
            "Device changes",
            low=0,
            high=10_000,
            help="How often the device fingerprint changed within the session.",
            synonyms=("device_changes", "device_change", "num_device_changes", "device_count"),
        ),
        flag(
            "location_change",
            "Location changed",
            help="1 if the session was seen in a place other than the user's usual ones.",
            synonyms=("location_changed", "geo_change", "new_location"),
        ),
        integer(
            "login_hour",
            "Hour of login",
            unit="h",
            low=0,
            high=23,
            help="In the user's own time zone.",
            synonyms=("hour", "hour_of_day", "hour_of_login"),
        ),
        flag(
            "is_night_login",
            "Login at night",
            help="Follows from the hour; may be left out.",
            synonyms=("night_login", "is_night", "night"),
            derive=is_night,
            derive_rule="login_hour: 1 from 22 to 5, else 0",
        ),
        integer(
            "os_variation",
            "Operating systems",
            low=1,
            high=100,
            help="How many different operating systems were seen in the session.",
            synonyms=("os_count", "os_variations", "num_os", "operating_systems"),
        ),
    )
)


@dataclass(frozen=True)
class Kind:
    """One kind of session: independent fields, given the kind.

    Durations are log-logistic (Fisk), whose distribution function and quantiles are closed, cut to 1 s … a week and
    rounded.  Hours are von Mises on the circle of the day.  Counts are negative binomial, because people differ.
    """

    name: str
    weight: float  # share within its class
    minutes: float  # median duration
    shape: float  # of the duration: 3 is narrow, 1.5 wide
    hour: float  # the usual one
    focus: float  # concentration of the hour; 0 is any time
    revoked: float  # probability
    moved: float  # probability of a change of location
    ips: float  # mean number of changes
    devices: float  # mean number of changes
    systems: float  # mean number beyond the first


# fmt: off
KINDS: tuple[tuple[Kind, ...], ...] = (  # by class
    (   #                      weight  minutes shape  hour focus revoked moved  ips devices systems
        Kind("office_day",        0.38,    430,  2.2,  9.5,  2.0,  0.005, 0.01,  0.5,  0.03,  0.02),
        Kind("night_shift",       0.18,    460,  2.4, 23.5,  2.0,  0.005, 0.01,  0.4,  0.03,  0.02),
        Kind("traveller",         0.20,    240,  2.0, 13.0,  1.0,  0.005, 0.98,  1.0,  0.04,  0.03),
        Kind("commuter",          0.24,    300,  2.2, 12.0,  1.0,  0.005, 0.02,  6.0,  0.04,  0.03),
    ),
    (
        Kind("new_device",        0.22,    150,  2.0, 19.0,  1.2,  0.010, 0.02,  0.8,  3.60,  2.20),
        Kind("second_device",     0.10,      7,  1.8, 13.0,  1.0,  0.010, 0.02,  1.5,  1.60,  1.20),
        Kind("shared_account",    0.24,    600,  2.4, 20.0,  1.4,  0.010, 0.02,  2.0,  6.00,  3.00),
        Kind("forgotten_logout",  0.22,    220,  1.8, 11.0,  1.0,  0.990, 0.02,  0.6,  0.08,  0.04),
        Kind("network_hopper",    0.22,    240,  2.0, 15.0,  1.2,  0.010, 0.98, 17.0,  0.10,  0.06),
    ),
    (
        Kind("hijacked_session",  0.28,     25,  2.0,  2.5,  1.2,  0.060, 0.98,  3.5,  3.40,  2.10),
        Kind("credential_resale", 0.24,    300,  1.8,  1.0,  0.4,  0.040, 0.98, 11.0,  7.00,  3.80),
        Kind("token_replay",      0.26,     18,  1.9,  3.0,  0.6,  0.990, 0.95,  5.0,  0.70,  0.50),
        Kind("slow_bot",          0.22,  4_300,  2.8, 12.0,  0.0,  0.010, 0.06, 26.0,  0.08,  0.04),
    ),
)
ANYBODY = Kind("anybody",         1.00,    150,  1.3, 13.0,  0.5,  0.150, 0.35,  4.0,  1.20,  0.60)
# fmt: on
FLAT = tuple(kind for kinds in KINDS for kind in kinds)
CLASS_OF = np.repeat(np.arange(len(KINDS)), [len(kinds) for kinds in KINDS])  # (kinds,)
SHARE = np.where(np.arange(len(KINDS))[:, None] == CLASS_OF, [kind.weight for kind in FLAT], 0.0)  # P(kind | class)
ATTACKS = np.array([kind.name if c == len(KINDS) - 1 else "" for kind, c in zip(FLAT, CLASS_OF, strict=True)], object)
SIZE = 6.0  # of the negative binomial: the variance is mean + mean² / 6
BLUR = 0.9  # share of fields that are anybody's at noise 1
MOST_REPEATED = 0.2  # of all draws; beyond it the frequent sessions would be too rare among the different ones

KNOBS = (
    Knob(
        key="balance",
        label="Class mix",
        kind="shares",
        default=(0.40, 0.33, 0.27),
        parts=CLASSES,
        help="How many of the recorded labels are safe, medium and high.",
    ),
    Knob(
        key="noise",
        label="Noise",
        kind="number",
        default=0.2,
        step=0.05,
        help="How often a field looks like anybody's. At 0 kinds of sessions are as distinct as they can be, at 1 the "
        "classes can hardly be told apart.",
    ),
    Knob(
        key="label_noise",
        label="Wrong labels",
        kind="number",
        default=0.0,
        high=0.4,
        step=0.01,
        help="Share of recorded labels that belong to the neighbouring class.",
    ),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n different sessions, their labels and P(recorded label | session).

    Raises `DataError` where the settings hold too few different sessions for n.
    """
    world = World.at(BLUR * knobs["noise"] ** 2)  # squared, so that the knob is finest where it is used
    shares, latent = np.array(knobs["balance"]), neighbours(len(CLASSES), knobs["label_noise"])

    def draw(m: int) -> pd.DataFrame:
        label = rng.choice(len(CLASSES), size=m, p=shares)
        kind = draw_columns(rng, SHARE, draw_columns(rng, latent, label))
        return world.draw(rng, kind).assign(label=label, kind=kind)

    drawn = distinct(draw, n, by=EVENT.names)
    joint = world.likelihood(drawn) @ (latent @ SHARE).T * shares
    return Generated(
        events=drawn[list(EVENT.names)],
        labels=Labels(
            label=drawn["label"].to_numpy(),
            attack=ATTACKS[drawn["kind"].to_numpy()],
            p_true=joint / joint.sum(axis=1, keepdims=True),
        ),
    )


def distinct(draw: Callable[[int], pd.DataFrame], n: int, by: Sequence[str]) -> pd.DataFrame:
    """The first n draws that differ in the columns `by`.

    A repeated draw is dropped whatever its label, so P(label | session) stays as it was; only frequent sessions become
    rarer.  Raises `DataError` where that would be more than a trifle.
    """
    kept, drawn = draw(n), n
    while True:
        kept = kept[~kept.duplicated(list(by))]
        repeated = drawn - len(kept)
        if repeated > MOST_REPEATED * max(drawn, 100):
            held = max(1, int(n * MOST_REPEATED / 2 * drawn / repeated))
            raise DataError(
                f"Rows is {n}, but {repeated} of {drawn} draws repeated an earlier one: these settings do not hold so "
                f"many different sessions. Ask for about {held} rows, or for more noise."
            )
        if len(kept) == n:
            return kept.reset_index(drop=True)
        drawn += n - len(kept)
        kept = pd.concat([kept, draw(n - len(kept))], ignore_index=True)


@dataclass(frozen=True)
class World:
    """The distributions of all kinds at one noise: what sessions are drawn from, and what p_true is made of.

    With probability `blur`, each field of a session by itself is not its kind's but anybody's.
    """

    blur: float
    tables: dict[str, Floats]  # field -> P(value | kind), (kinds, values), blur included

    @classmethod
    def at(cls, blur: float) -> "World":
        pure = _tables((*FLAT, ANYBODY))
        return cls(blur, {name: (1 - blur) * table[:-1] + blur * table[-1] for name, table in pure.items()})

    def draw(self, rng: np.random.Generator, kind: Ints) -> pd.DataFrame:
        """One session of each kind given, (n,)."""
        whose = np.where(rng.random(len(kind)) < self.blur, len(FLAT), kind)
        values = {"session_duration": _durations(rng, whose)}
        values |= {name: draw_columns(rng, table, kind) for name, table in self.tables.items()}
        sessions = pd.DataFrame(values)
        return sessions.assign(is_night_login=is_night(sessions))

    def likelihood(self, sessions: pd.DataFrame) -> Floats:
        """P(session | kind), (n, kinds)."""
        values = {name: sessions[name].to_numpy() for name in self.tables}
        seconds = sessions["session_duration"].to_numpy()
        edges = np.log([seconds - 0.5, seconds + 0.5])
        anybody = self.blur * _between(ANYBODY, edges)
        p = np.empty((len(FLAT), len(sessions)))
        for k, kind in enumerate(FLAT):
            p[k] = (1 - self.blur) * _between(kind, edges) + anybody
            for name, table in self.tables.items():
                p[k] *= table[k][values[name]]
        return p.T


def _tables(kinds: Sequence[Kind]) -> dict[str, Floats]:
    return {
        "is_revoked": np.array([[1 - k.revoked, k.revoked] for k in kinds]),
        "ip_change_count": np.array([_counts(k.ips, MOST["ip_change_count"]) for k in kinds]),
        "device_change_count": np.array([_counts(k.devices, MOST["device_change_count"]) for k in kinds]),
        "location_change": np.array([[1 - k.moved, k.moved] for k in kinds]),
        "login_hour": np.array([_hours(k) for k in kinds]),
        "os_variation": np.array([[0.0, *_counts(k.systems, MOST["os_variation"] - 1)] for k in kinds]),
    }


def _counts(mean: float, most: int) -> Floats:
    """P(0 … most) of a negative binomial, cut at `most`, by the ratio of each probability to the one before."""
    i = np.arange(most)
    return _normed(np.cumprod([1.0, *((SIZE + i) / (i + 1) * mean / (mean + SIZE))]))


def _hours(kind: Kind) -> Floats:
    return _normed(np.exp(kind.focus * np.cos(2 * np.pi * (np.arange(24) - kind.hour) / 24)))


def _normed(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def _durations(rng: np.random.Generator, rows: Ints) -> Ints:
    """A duration in s for each of the kinds (n,), by inversion; `len(FLAT)` is anybody."""
    shape = np.array([k.shape for k in (*FLAT, ANYBODY)])[rows]
    median = np.array([60 * k.minutes for k in (*FLAT, ANYBODY)])[rows]
    low, high = (1 / (1 + (median / edge) ** shape) for edge in (0.5, WEEK + 0.5))
    u = low + rng.random(len(rows)) * (high - low)
    return np.asarray(np.rint(median * (u / (1 - u)) ** (1 / shape)).clip(1, WEEK).astype(np.int64))


def _between(kind: Kind, edges: Floats) -> Floats:
    """P(duration between two edges | kind), edges (2, n) in log s."""
    low, high = _below(kind, edges)
    least, most = _below(kind, np.log([0.5, WEEK + 0.5]))
    return np.asarray((high - low) / (most - least))


def _below(kind: Kind, log_seconds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(kind.shape * (np.log(60 * kind.minutes) - log_seconds))))


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """The fields as they are, (n, 8) float32 in one block in C order: trees need neither logarithms nor scales."""
    names = column_index(EVENT.names)
    assert events.columns.equals(names), "validated events have the fields in their order"
    return pd.DataFrame(np.ascontiguousarray(events.to_numpy(dtype=np.float32)), columns=names, copy=False)


# A loss is what a session of the class costs on average if it is let through.  A challenge is a second factor, at which
# some honest users give up; a stop ends the session and brings a call to the help desk.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 6.0, 120.0),
    effects={
        "challenge": EffectCost(friction=4.0, catch_rate=0.80),
        "stop": EffectCost(friction=20.0, review_minutes=10.0, catch_rate=0.97),
    },
)

POLICY = Policy(
    actions=(
        Action("allow", "Allow", "pass"),
        Action("step_up", "Ask for a second factor", "challenge"),
        Action("revoke", "Revoke the session", "stop"),
    ),
    # The cut-offs of least cost under COSTS, for the default model on 200,000 generated sessions.
    bands=(Band(0.0, "allow"), Band(0.10, "step_up", measure="medium"), Band(0.57, "revoke", measure="high")),
)

SCENARIO = Scenario(
    key="session_risk",
    title="Session risk",
    summary="Is this session safe, of medium risk, or in the wrong hands?",
    icon=":material/devices:",
    event=EVENT,
    target=Target(name="risk_class", classes=CLASSES, aliases=("label", "risk_level", "risk", "class", "y", "target")),
    knobs=KNOBS,
    recipes={
        "balanced": {"balance": (1, 1, 1)},
        "realistic": {"balance": (0.90, 0.08, 0.02)},
        "nasty": {"noise": 0.5, "label_noise": 0.05},
    },
    generate=generate,
    features=features,
    # Seven in ten fields to a tree, for any field may be anybody's.  60 rounds at 0.3 judge alike at a third more cost.
    models={
        "boosted": boosted(CLASSES, rounds=40, depth=5, rate=0.4, columns_share=0.7),
        "forest": forest(CLASSES, min_leaf=5),  # half the nodes of leaves of one, and no worse
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Quiet office day": EVENT.example(27_300, 0, 0, 0, 0, 9, 1),
        "Night shift": EVENT.example(29_400, 0, 0, 0, 0, 23, 1),
        "Frequent traveller": EVENT.example(12_600, 0, 1, 0, 1, 14, 1),
        "Second device, ten o'clock": EVENT.example(180, 0, 2, 1, 0, 10, 2, is_night_login=0),
        "Forgotten log-out": EVENT.example(9_800, 1, 0, 0, 0, 11, 1),
        "Hijacked session": EVENT.example(1_150, 0, 4, 3, 1, 2, 3),
        "Slow bot": EVENT.example(312_000, 0, 27, 0, 0, 4, 1),
    },
    training_rows=20_000,
    floors=Floors(metrics={"accuracy": 0.94}),
)
