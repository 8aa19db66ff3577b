"""A month of payments, and fraud among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drift import drift, drifted, onset
from riskcore.core.kinds import harmful, mix
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated, Labels
from riskcore.core.schema import framed
from riskcore.scenarios.payment_fraud.event import COUNTRIES, DEVICES, MERCHANTS, SOLD, YEAR, features

Floats = NDArray[np.float64]
REST = (0.78, 0.0, 0.18, 0.04)  # how payments that are not by mobile part among the devices
CENT, MILLI = 0.01, 0.001
DAYS = 30
MONTH = DAYS * 86_400_000  # ms; what one set spans
FIRST = pd.Timestamp("2026-01-01", tz="UTC")


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
    drift(
        0.3,
        "How far kinds of fraud take each other's place within the month, so that a split by time is harder than "
        "a random one.",
    ),
    onset(DAYS, "day"),
    mix("Kinds of fraud", harmful(KINDS)),
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
