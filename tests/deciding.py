"""Scored events of our own making, for tests of what is decided on them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.model import Output
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Scenario
from riskcore.core.schema import EventSchema, Validated, category, number, text
from riskcore.scenarios import card_fraud, session_risk
from riskcore.services.scoring import Scored

CARDS, SESSIONS = card_fraud.SCENARIO, session_risk.SCENARIO
DAY = 86_400
ACTIONS = (Action("allow", "Allow", "pass"), Action("review", "Review", "review"), Action("stop", "Stop", "stop"))
POLICY = Policy(actions=ACTIONS, bands=(Band(0.0, "allow"), Band(0.3, "review"), Band(0.8, "stop")))
COSTS = Costs(
    currency="EUR",
    losses=(0.0, 15.0),
    share_lost=0.5,
    minute=1.0,
    effects={
        "review": EffectCost(friction=0.5, review_minutes=6.0, catch_rate=0.9),
        "stop": EffectCost(friction=30.0, drop_out=0.5, catch_rate=1.0),
    },
)
FREE = Costs(currency="EUR", losses=(0.0, 0.0))
EVENT = EventSchema(
    fields=(
        text("id", "Id"),
        number("Time", "Time", unit="s", low=0, high=1e12),
        number("Amount", "Amount"),
        text("user", "User"),
        category("country", "Country", ("DE", "FR", "IT")),
    ),
    id="id",
    time="Time",
    amount="Amount",
)


def scenario(entities: tuple[str, ...] = ()) -> Scenario:
    """Two classes, a time, an amount, a user and a country."""
    return replace(CARDS, event=EVENT, policy=POLICY, costs=COSTS, entities=entities, per_day=1_000)


def scored(risk: Any, columns: Mapping[str, Any] | None = None, entities: tuple[str, ...] = ()) -> Scored:
    """Events with these risks, ten to an hour and one user each, of 100 EUR, unless columns say otherwise."""
    risk = np.asarray(risk)
    n = len(risk)
    table: dict[str, Any] = {
        "id": [f"e{i:06d}" for i in range(n)],
        "Time": np.arange(n) * 360.0,
        "Amount": np.full(n, 100.0),
        "user": [f"u{i}" for i in range(n)],
        "country": np.array(["DE", "FR", "IT"], dtype=object)[np.arange(n) % 3],
    }
    events = pd.DataFrame(table | dict(columns or {}), index=range(n))
    return of(scenario(entities), Output(risk, risk), events)


def of(kind: Scenario, output: Output, events: pd.DataFrame) -> Scored:
    """Events of a scenario with outputs of our own making."""
    n = len(events)
    return Scored(kind, Validated(events, np.ones(n, dtype=bool), ()), pd.DataFrame(index=range(n)), output, "v1")


def drawn(
    n: int, rate: float = 0.05, seed: int = 0, entities: tuple[str, ...] = (), users: int = 0
) -> tuple[Scored, np.ndarray]:
    """n events over ten days with risks that tell attacks apart, but not perfectly; and their labels."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < rate).astype(np.int64)
    risk = 1 / (1 + np.exp(-(rng.normal(size=n) + 3 * labels - 2)))
    columns: dict[str, Any] = {
        "Time": np.sort(rng.random(n)) * 10 * DAY,
        "Amount": rng.gamma(2, 50, n).round(2),
        "country": rng.choice(["DE", "FR", "IT"], n, p=[0.6, 0.3, 0.1]),
    }
    if users:
        columns["user"] = [f"u{i}" for i in rng.integers(0, users, n)]
    return scored(risk.astype(np.float32), columns, entities), labels


def three_class(n: int, seed: int = 0) -> tuple[Scored, np.ndarray]:
    """n sessions with probabilities of three classes, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, n, p=[0.8, 0.15, 0.05])
    margin = rng.normal(size=(n, 3))
    margin[np.arange(n), labels] += 2
    p = (np.exp(margin) / np.exp(margin).sum(axis=1, keepdims=True)).astype(np.float32)
    severity = p @ np.array([0, 0.5, 1], dtype=np.float32)
    events = SESSIONS.event.accept(SESSIONS.synthesize(n, seed).events)
    return of(SESSIONS, Output(severity, severity, p), events), labels
