"""Payment fraud: the probability that a payment made without the card at hand is fraudulent.

Each kind of fraud has known log-odds against a genuine payment: a weight for the amount, one for the time since the
card's previous payment, and one for what the merchant sells.  They rise alike for all kinds when `interaction` is 0,
and then a straight line is the best model; the more the kinds differ, the more a straight line misses.  Country and
device carry no risk: the country goes with nothing, the device only with what is bought, and the model is expected to
find that out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drift import drifted, onset
from riskcore.core.policy import Action, Band, Costs, EffectCost, Policy
from riskcore.core.scenario import Floors, Generated, Knob, Knobs, Labels, Scenario, Target
from riskcore.core.schema import EventSchema, category, framed, number, timestamp
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.estimators.logistic import logistic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Merchant:
    """What a merchant sells, and how it is bought by honest people."""

    name: str
    share: float  # of genuine and fraudulent payments alike, before fraud is added
    amount: float  # USD, median
    mobile: float  # share of payments by mobile


MERCHANTS = (
    Merchant("grocery", 0.22, 38.0, 0.45),
    Merchant("restaurant", 0.15, 29.0, 0.65),
    Merchant("fashion", 0.14, 70.0, 0.50),
    Merchant("electronics", 0.10, 170.0, 0.30),
    Merchant("travel", 0.07, 320.0, 0.30),
    Merchant("digital_goods", 0.10, 14.0, 0.55),
    Merchant("gaming", 0.08, 19.0, 0.60),
    Merchant("gift_cards", 0.04, 60.0, 0.40),
    Merchant("other", 0.10, 45.0, 0.45),
)
SOLD = tuple(m.name for m in MERCHANTS)
COUNTRIES = {
    "US": 0.28, "CA": 0.06, "MX": 0.03, "BR": 0.05, "GB": 0.11, "IE": 0.02, "DE": 0.08, "FR": 0.06, "ES": 0.04,
    "IT": 0.04, "NL": 0.03, "PL": 0.03, "SE": 0.02, "NG": 0.02, "ZA": 0.02, "IN": 0.04, "JP": 0.03, "AU": 0.02,
    "other": 0.02,
}  # fmt: skip
DEVICES = ("desktop", "mobile", "tablet", "other")
REST = (0.78, 0.0, 0.18, 0.04)  # how payments that are not by mobile part among the devices
CENT, MILLI = 0.01, 0.001
YEAR = 8_760.0  # h
DAYS = 30
MONTH = DAYS * 86_400_000  # ms; what one set spans
FIRST = pd.Timestamp("2026-01-01", tz="UTC")

EVENT = EventSchema(
    fields=(
        number(
            "transaction_amount",
            "Amount charged",
            unit="USD",
            low=0,
            high=1_000_000,
            synonyms=("amount", "amt", "transaction_amt", "payment_amount", "value", "amount_usd"),
        ),
        category(
            "merchant_type",
            "What the merchant sells",
            SOLD,
            synonyms=("merchant_category", "merchant", "category", "mcc_group"),
        ),
        category(
            "country",
            "Country of the merchant",
            tuple(COUNTRIES),
            help="ISO 3166 code of two letters, or other.",
            synonyms=("country_code", "merchant_country"),
        ),
        number(
            "time_delta",
            "Time since this card's previous payment",
            unit="h",
            low=0,
            high=YEAR,
            help="A year for a card's first payment.",
            synonyms=("time_since_last", "hours_since_last", "gap", "gap_hours"),
        ),
        category("device_type", "Device used to pay", DEVICES, synonyms=("device", "device_category")),
        timestamp(
            "timestamp",
            "When it was paid",
            optional=True,
            help="Never a feature; for splits by time and alerts a day.",
            synonyms=("time", "datetime", "date", "created_at", "transaction_time", "event_time"),
        ),
    ),
    time="timestamp",
    amount="transaction_amount",
)
TARGET = Target(
    name="is_fraud",
    classes=("genuine", "fraud"),
    aliases=("fraud", "isFraud", "label", "class", "Class", "target", "y"),
)

USUAL_AMOUNT = 45.0  # USD
USUAL_GAP = 20.0  # h
SHORT = 0.5  # h; two payments within half an hour belong to one errand, or to one script
GRACE = 0.05  # h, added to gaps so that the logarithm of none is finite
SOURCE = {"log_amount": "transaction_amount", "log_gap": "time_delta", "short_gap": "time_delta"}


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """log(amount) and log(gap) as multiples of the usual, a flag for short gaps, and the categories, (n, 6).

    Never the timestamp: a model would learn when the file was made.
    """
    gap = events["time_delta"].to_numpy(dtype=np.float64)
    return framed(
        {
            "log_amount": np.log((1 + events["transaction_amount"].to_numpy(dtype=np.float64)) / USUAL_AMOUNT).astype(
                np.float32
            ),
            "log_gap": np.log((GRACE + gap) / USUAL_GAP).astype(np.float32),
            "short_gap": (gap < SHORT).astype(np.float32),
        }
        | {name: events[name].array for name in ("merchant_type", "country", "device_type")}
    )


@dataclass(frozen=True)
class Kind:
    """One kind of fraud: what raises its log-odds against a genuine payment."""

    name: str
    share: float  # of all frauds
    amount: float  # for each factor e of the usual amount
    gap: float  # for each factor e of the usual gap
    short: float  # for a short gap
    sold: Mapping[str, float] = field(default_factory=dict)  # for what the merchant sells
    trend: float = 0.0  # how much it gains within the month at drift 1, in log-odds


KINDS = (
    # Small sums in quick succession, to find out which stolen numbers work.
    Kind("card_testing", 0.30, -1.3, -0.2, 1.8, {"digital_goods": 2.0, "gaming": 1.0, "other": 0.8}, trend=-2.0),
    # What can be sold on within minutes, bought until the card is stopped.
    Kind("resale_spree", 0.30, 1.2, -0.3, 1.6, {"gift_cards": 2.4, "gaming": 2.0, "electronics": 0.8}, trend=2.0),
    # One large order on a card that had been at rest.
    Kind("big_ticket", 0.25, 1.9, 0.8, -0.5, {"electronics": 1.8, "travel": 1.2, "fashion": 0.8}, trend=1.0),
    # Bought, received and disputed: hardly to be told from the honest.
    Kind("friendly", 0.15, 0.4, 0.1, 0.0, {"digital_goods": 0.8, "fashion": 0.8, "travel": 0.6}, trend=-1.0),
)
FRAUDS = tuple(kind.name for kind in KINDS)
SHARPEST = 2.5  # what weights are multiplied by at overlap 0; as written at 0.6
REFERENCE = 20_000  # payments on which the rates of the kinds are set
CLOSE = 1e-4  # how near a rate must be to what was asked for, as a share of it

KNOBS = (
    Knob(key="fraud_rate", label="Share of frauds", kind="number", default=0.06, low=0.001, high=0.5, step=0.001),
    Knob(
        key="overlap",
        label="Overlap",
        kind="number",
        default=0.4,
        step=0.05,
        help="0: amount, gap and merchant say nearly all; 1: they say nothing.",
    ),
    Knob(
        key="interaction",
        label="Interaction",
        kind="number",
        default=0.8,
        step=0.05,
        help="How far each kind of fraud has a pattern of its own. At 0 all have one, and a straight line is best.",
    ),
    Knob(
        key="label_noise",
        label="Wrong labels",
        kind="number",
        default=0.0,
        high=0.5,
        step=0.01,
        help="Share of frauds recorded as genuine; as many genuine payments are recorded as frauds.",
    ),
    Knob(
        key="drift",
        label="Drift",
        kind="number",
        default=0.3,
        step=0.05,
        help="How far kinds of fraud take each other's place within the month, so that a split by time is harder than "
        "a random one.",
    ),
    onset(DAYS, "day"),
    Knob(
        key="mix",
        label="Kinds of fraud",
        kind="shares",
        default=tuple(kind.share for kind in KINDS),
        parts=FRAUDS,
        may_lack=True,
    ),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n payments of one month in order of time, their labels and P(recorded label | payment)."""
    events, time = _draw(rng, n)
    p = _shares(_log_odds(events, time, knobs) + _intercepts(knobs))
    kind = (rng.random(n)[:, None] >= np.cumsum(p, axis=1)).sum(axis=1)  # len(KINDS) is none
    fraud = p.sum(axis=1)
    missed = knobs["label_noise"]
    blamed = missed * knobs["fraud_rate"] / (1 - knobs["fraud_rate"])  # as many as are missed, so the rate stays
    wrong = rng.random(n) < np.where(kind < len(KINDS), missed, blamed)
    recorded = fraud * (1 - missed) + (1 - fraud) * blamed
    return Generated(
        events,
        Labels(
            label=((kind < len(KINDS)) ^ wrong).astype(np.int64),
            attack=np.array([*FRAUDS, ""], dtype=object)[kind],
            p_true=np.column_stack([1 - recorded, recorded]),
        ),
    )


def _draw(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, Floats]:
    """Payments before anything is known of fraud, and their time as a share of the month, (n,)."""
    sold = rng.choice(len(MERCHANTS), size=n, p=[m.share for m in MERCHANTS])
    median = np.array([m.amount for m in MERCHANTS])[sold]
    amount = np.exp(0.85 * rng.standard_normal(n)) * median
    again = rng.random(n) < 0.22  # on the same errand
    gap = np.exp(np.where(again, np.log(0.3), np.log(36.0)) + np.where(again, 1.1, 1.2) * rng.standard_normal(n))
    mobile = np.array([m.mobile for m in MERCHANTS])[sold]
    device = np.where(rng.random(n) < mobile, DEVICES.index("mobile"), rng.choice(len(DEVICES), size=n, p=REST))
    country = rng.choice(len(COUNTRIES), size=n, p=list(COUNTRIES.values()))
    time = np.sort(rng.integers(0, MONTH, size=n))
    events = framed(
        {
            "transaction_amount": np.round(amount.clip(CENT, 50_000), 2),
            "merchant_type": pd.Categorical.from_codes(sold, dtype=pd.CategoricalDtype(list(SOLD))),
            "country": pd.Categorical.from_codes(country, dtype=pd.CategoricalDtype(list(COUNTRIES))),
            "time_delta": np.round(gap.clip(MILLI, YEAR), 3),
            "device_type": pd.Categorical.from_codes(device, dtype=pd.CategoricalDtype(list(DEVICES))),
            "timestamp": (FIRST + pd.to_timedelta(time, unit="ms")).as_unit("us"),
        }
    )
    return events, time / MONTH


def _log_odds(events: pd.DataFrame, time: Floats, knobs: Knobs) -> Floats:
    """Log-odds (n, kinds) of each kind against genuine, up to a constant: linear in the features and in time."""
    X = features(events)
    weights = np.array([[k.amount, k.gap, k.short, *(k.sold.get(name, 0.0) for name in SOLD)] for k in KINDS])
    common = np.array([k.share for k in KINDS]) @ weights
    weights = common + knobs["interaction"] * (weights - common)
    weights *= SHARPEST * (1 - knobs["overlap"])
    odds = X[["log_amount", "log_gap", "short_gap"]].to_numpy(dtype=np.float64) @ weights[:, :3].T
    odds += weights[:, 3:].T[X["merchant_type"].cat.codes.to_numpy()]
    moved = drifted(time, knobs["drift_from"], DAYS)
    return np.asarray(odds + knobs["drift"] * np.outer(moved, [k.trend for k in KINDS]))


def _shares(log_odds: Floats) -> Floats:
    """P(kind) (n, kinds) from log-odds against genuine; what is missing to 1 is genuine."""
    top = np.maximum(log_odds.max(axis=1, keepdims=True), 0)
    odds = np.exp(log_odds - top)
    return np.asarray(odds / (odds.sum(axis=1, keepdims=True) + np.exp(-top)))


def _intercepts(knobs: Knobs) -> Floats:
    """What must be added to the log-odds (kinds,) for each kind to have its rate, found on a fixed population.

    Whatever they come out as, P(label | payment) is exact; only the rates are as good as the population is large.
    """
    events, time = _draw(np.random.default_rng(0), REFERENCE)
    log_odds = _log_odds(events, time, knobs)
    wanted = knobs["fraud_rate"] * np.array(knobs["mix"])
    present = wanted > 0
    constant = np.full(len(wanted), -np.inf)
    constant[present] = np.log(wanted[present]) - log_odds.max(axis=0)[present]
    while True:
        found = _shares(log_odds + constant).mean(axis=0)
        if np.abs(found[present] / wanted[present] - 1).max() < CLOSE:
            return np.asarray(constant)
        constant[present] += np.log(wanted[present] / found[present])


# A fraud that goes through costs its amount and 20 USD of chargeback.  Analysts take ten minutes at 60 USD an hour and
# see nine frauds in ten; an honest customer who is declined takes the basket elsewhere, and sometimes all later ones.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 20.0),
    share_lost=1.0,
    minute=1.0,
    effects={
        "challenge": EffectCost(friction=1.0, catch_rate=0.8),
        "review": EffectCost(friction=2.0, review_minutes=10.0, catch_rate=0.9),
        "stop": EffectCost(friction=60.0, catch_rate=1.0),
    },
)

POLICY = Policy(
    actions=(
        Action("approve", "Approve", "pass"),
        Action("review", "Hold for review", "review"),
        Action("decline", "Decline", "stop"),
    ),
    # The edges of least cost under COSTS, for the default model on 200,000 generated payments.
    bands=(Band(0.0, "approve"), Band(0.09, "review"), Band(0.55, "decline")),
)

SCENARIO = Scenario(
    key="payment_fraud",
    title="Payment fraud",
    summary="Is this payment fraudulent?",
    icon=":material/payments:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"fraud_rate": 0.5},
        "realistic": {"fraud_rate": 0.005},
        "nasty": {"fraud_rate": 0.02, "overlap": 0.6, "interaction": 1.0, "label_noise": 0.1, "drift": 1.0},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "logistic": logistic(TARGET.classes, SOURCE),
        "boosted": boosted(TARGET.classes, SOURCE, rounds=100, depth=3, rate=0.1, min_child_weight=5.0),
        "forest": forest(TARGET.classes, SOURCE, min_leaf=10),
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Weekly groceries": EVENT.example(42.10, "grocery", "DE", 71.5, "mobile"),
        "Dinner out": EVENT.example(63.00, "restaurant", "US", 20.0, "mobile"),
        "Flight for the family": EVENT.example(640.00, "travel", "GB", 52.0, "desktop"),
        "Second game of the evening": EVENT.example(24.99, "gaming", "US", 0.4, "mobile"),
        "Card testing": EVENT.example(4.99, "digital_goods", "US", 0.01, "desktop"),
        "Gift cards in a row": EVENT.example(900.00, "gift_cards", "CA", 0.05, "mobile"),
        "Laptop after a long rest": EVENT.example(2_900.00, "electronics", "FR", 900.0, "desktop"),
    },
    training_rows=40_000,  # with fewer, chance makes small countries look risky
    per_day=50_000,
    floors=Floors(metrics={"roc_auc": 0.82, "average_precision": 0.29}, single_field_auc=0.8),
)
