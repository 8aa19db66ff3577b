"""What is known of a payment, and what a model reads of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskcore.core.labels import Target
from riskcore.core.schema import EventSchema, category, framed, number, timestamp


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
YEAR = 8_760.0  # h

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
