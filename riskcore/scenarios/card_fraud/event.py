"""What is known of a payment, and what a model reads of it."""

import numpy as np
import pandas as pd

from riskcore.core.labels import Target
from riskcore.core.schema import EventSchema, column_index, number

COMPONENTS = tuple(f"V{i}" for i in range(1, 29))
DAY = 86_400  # s

EVENT = EventSchema(
    fields=(
        number("Time", "Time since the first transaction", unit="s", low=0, high=1e9),
        *(
            # Components have no range of their own; beyond a million nothing is a payment, nor 1e39 a float32.
            number(name, f"Principal component {i + 1}", low=-1e6, high=1e6)
            for i, name in enumerate(COMPONENTS)
        ),
        number("Amount", "Amount charged", unit="EUR", low=0, high=1e6),
    ),
    time="Time",
    amount="Amount",
    origin="the first transaction of the file",
)

TARGET = Target(
    name="Class",
    classes=("genuine", "fraud"),
    aliases=("Class", "class", "label", "is_fraud", "isFraud", "fraud", "target", "y"),
)
COLUMNS = (*COMPONENTS, "log_amount", "hour")
SOURCE = {"log_amount": "Amount", "hour": "Time"}


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """V1 … V28, log(1 + amount) and the hour of day (0 to 24, from the file's start), (n, 30) float32 in one block.

    Never the time itself: a model would learn when the file was made.
    """
    block = np.empty((len(events), len(COLUMNS)), dtype=np.float32)
    for place, name in enumerate(COMPONENTS):
        block[:, place] = events[name].to_numpy()
    block[:, -2] = np.log1p(events["Amount"].to_numpy(dtype=np.float64))
    block[:, -1] = events["Time"].to_numpy(dtype=np.float64) % DAY / 3600
    return pd.DataFrame(block, columns=column_index(COLUMNS), copy=False)
