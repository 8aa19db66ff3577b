"""Small made-up tables for tests of custom scenarios: what is true of them is known."""

import numpy as np
import pandas as pd


def payments(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Labelled rows: frauds have higher amounts; `place` may be missing, `id` names rows, `kind` is constant."""
    rng = np.random.default_rng(seed)
    fraud = np.arange(n) % 4 == 0
    amounts = np.where(fraud, rng.gamma(4, 60, n), rng.gamma(2, 30, n)).round(2)
    places = rng.choice(["Bonn", "Ulm", "Rome"], n).astype(object)
    places[::9] = None
    return pd.DataFrame(
        {
            "id": np.arange(n) + 7_000,
            "at": pd.date_range("2026-01-01", periods=n, freq="3h", tz="UTC"),
            "card": [f"c{i % 37}" for i in range(n)],
            "amount": amounts,
            "place": pd.array(places, dtype="str"),
            "tries": rng.poisson(np.where(fraud, 2.0, 0.7)),
            "kind": "web",
            "fraud": fraud.astype(np.int64),
        }
    )
