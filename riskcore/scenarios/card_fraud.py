"""Card fraud: the probability that a card payment is fraudulent, from the principal components a bank publishes of it.

The columns are those of the ULB set (Dal Pozzolo et al., CIDM 2015), whose files are used as they are.  Synthetic rows
are independent draws from a mixture of kinds of payment.  Given its kind, a payment's components are normal around the
kind's mean, wide or narrow all together (heavy tails), its amount is a mixture of geometric distributions of cents, and
its time follows a daily curve.  All three have exact probabilities, so `p_true` is Bayes' rule.  V1, V6, V9, V13, V15
and V22 to V28 say nothing of their own, and the model is expected to find that out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drift import drifted, onset
from riskcore.core.policy import Action, Band, Costs, EffectCost, Policy
from riskcore.core.scenario import Floors, Generated, Knob, Knobs, Labels, Scenario, Target
from riskcore.core.schema import EventSchema, column_index, number
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest

COMPONENTS = tuple(f"V{i}" for i in range(1, 29))
DAY = 86_400  # s
SPAN = 2 * DAY  # the published file covers two days
HOURS = 48
CHUNK = 100_000  # rows drawn at a time: constant memory beside the result

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


# Standard deviations of the components of genuine payments, falling as principal components do.
SCALE = np.array([
    1.9, 1.6, 1.5, 1.4, 1.35, 1.3, 1.2, 1.2, 1.1, 1.05, 1.0, 1.0, 1.0, 0.95, 0.9, 0.85, 0.85, 0.85,
    0.8, 0.75, 0.7, 0.7, 0.6, 0.6, 0.5, 0.5, 0.4, 0.3,
])  # fmt: skip
AMOUNTS = np.array([0.8, 9.0, 40.0, 160.0, 700.0])  # EUR, means of the geometric distributions that amounts mix
WIDTHS = np.array([0.75, 2.0])  # narrow and wide payments, in standard deviations


@dataclass(frozen=True)
class Kind:
    """One kind of payment.  `shift` is by component, in standard deviations of genuine payments at overlap 0.5."""

    name: str  # "" for genuine ones
    share: float  # among the genuine, or among the frauds (the default of the knob)
    shift: Mapping[str, float]
    wide: float  # share of wide payments
    amounts: tuple[float, ...]  # shares of AMOUNTS
    peak: float  # busiest hour of the day
    swing: float  # 0 = the same all day, 1 = none at all twelve hours from the peak


KINDS = (
    Kind("", 0.90, {}, 0.15, (0.12, 0.30, 0.33, 0.20, 0.05), peak=15, swing=0.8),
    # Honest but odd, at home in single components of a fraud: abroad, by phone order, at a new shop.
    Kind(
        "", 0.05, {"V4": 1.6, "V11": 1.2, "V14": -1.4, "V7": 1.2}, 0.3, (0.05, 0.15, 0.3, 0.3, 0.2), peak=19, swing=0.5
    ),
    Kind(
        "",
        0.05,
        {"V3": -1.4, "V10": -1.6, "V12": 1.3, "V17": -1.3},
        0.3,
        (0.3, 0.3, 0.2, 0.15, 0.05),
        peak=11,
        swing=0.6,
    ),
    Kind(
        "card_testing",
        0.35,
        {"V2": 0.7, "V4": 1.5, "V11": 1.4, "V12": -1.6, "V14": -2.0, "V10": -0.9},
        0.2,
        (0.85, 0.1, 0.03, 0.01, 0.01),
        peak=3,
        swing=0.6,
    ),
    Kind(
        "big_ticket",
        0.25,
        {"V3": -1.7, "V7": -1.5, "V10": -1.9, "V12": -1.3, "V16": -1.6, "V17": -2.0, "V18": -1.1},
        0.35,
        (0.02, 0.03, 0.15, 0.4, 0.4),
        peak=14,
        swing=0.3,
    ),
    # The other way round in V4 and V11: a straight line through the components cannot have both.
    Kind(
        "account_drain",
        0.25,
        {"V4": -1.5, "V11": -1.4, "V14": -1.2, "V8": 1.6, "V21": 1.5, "V19": 1.1},
        0.3,
        (0.05, 0.1, 0.25, 0.4, 0.2),
        peak=23,
        swing=0.5,
    ),
    Kind(
        "lookalike", 0.15, {"V14": -0.9, "V4": 0.6, "V12": -0.6}, 0.2, (0.15, 0.3, 0.3, 0.18, 0.07), peak=15, swing=0.7
    ),
)
FRAUDS = tuple(kind.name for kind in KINDS if kind.name)
# Where frauds move during the file at drift 1, in standard deviations: away from what gave them away.
DRIFT = {"V4": -1.2, "V10": 1.2, "V11": -1.2, "V12": 1.2, "V14": 1.5, "V17": 1.2, "V5": -1.5, "V20": 1.5}

KNOBS = (
    Knob(key="fraud_rate", label="Share of frauds", kind="number", default=0.02, low=0.0005, high=0.5, step=0.0005),
    Knob(
        key="overlap",
        label="Overlap",
        kind="number",
        default=0.5,
        step=0.05,
        help="0: frauds stand far off; 1: they scarcely differ from genuine payments.",
    ),
    Knob(
        key="drift",
        label="Drift",
        kind="number",
        default=0.2,
        step=0.05,
        help="How far frauds move during the two days, so that a split by time is harder than a random one.",
    ),
    onset(HOURS, "hour"),
    Knob(
        key="mix",
        label="Kinds of fraud",
        kind="shares",
        default=tuple(kind.share for kind in KINDS if kind.name),
        parts=FRAUDS,
        may_lack=True,
    ),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n payments over two days in order of time, no two alike."""
    prior = _prior(knobs)
    kind = rng.choice(len(KINDS), size=n, p=prior)
    time = _draw_times(rng, kind)
    order = np.argsort(time, kind="stable")
    kind, time = kind[order], time[order]
    components = np.empty((n, len(COMPONENTS)), dtype=np.float32)
    cents, fraud = np.empty(n), np.empty(n)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        components[part] = _draw_components(rng, kind[part], time[part], knobs)
        cents[part] = _draw_cents(rng, kind[part])
        fraud[part] = _fraud_probability(time[part], components[part], cents[part], prior, knobs)
    events = pd.DataFrame(components, columns=list(COMPONENTS), copy=False)
    events.insert(0, "Time", time)
    events["Amount"] = cents / 100
    names = np.array([k.name for k in KINDS], dtype=object)
    is_fraud = np.array([bool(k.name) for k in KINDS])
    return Generated(
        events,
        Labels(
            label=is_fraud[kind].astype(np.int64),
            attack=names[kind],
            p_true=np.column_stack([1 - fraud, fraud]),
        ),
    )


def _prior(knobs: Knobs) -> NDArray[np.float64]:
    """Share (kinds,) of each kind of payment."""
    mix = dict(zip(FRAUDS, knobs["mix"], strict=True))
    rate = knobs["fraud_rate"]
    return np.array([rate * mix[k.name] if k.name else (1 - rate) * k.share for k in KINDS])


def _draw_times(rng: np.random.Generator, kind: NDArray[np.int64]) -> NDArray[np.float64]:
    """Whole seconds (n,) with density 1 + swing · cos(hours from the peak): a uniform draw is turned by half a day
    unless it is kept, with half that density as the chance."""
    time = rng.integers(0, SPAN, len(kind))
    turned = rng.random(len(kind)) >= _busy(time, kind) / 2
    return np.where(turned, (time + DAY // 2) % SPAN, time).astype(np.float64)


def _busy(time: NDArray[Any], kind: NDArray[np.int64]) -> NDArray[np.float64]:
    """How busy a kind is at a time, 1 on average; the two are broadcast."""
    peak, swing = (np.array([getattr(k, name) for k in KINDS])[kind] for name in ("peak", "swing"))
    return np.asarray(1 + swing * np.cos((time % DAY / 3600 - peak) * (2 * np.pi / 24)))


def _means(knobs: Knobs) -> NDArray[np.float64]:
    """Mean (kinds, 28) in standard deviations, half-way through the file."""
    separation = 2.0 - 1.7 * knobs["overlap"]
    means = np.zeros((len(KINDS), len(COMPONENTS)))
    for row, kind in enumerate(KINDS):
        for name, shift in kind.shift.items():
            means[row, COMPONENTS.index(name)] = shift * (separation if kind.name else 1.0)
    return means


def _drifts(knobs: Knobs) -> NDArray[np.float64]:
    """How far each kind (kinds, 28) moves from the first second to the last."""
    moved = knobs["drift"] * np.array([DRIFT.get(name, 0.0) for name in COMPONENTS])
    return np.array([moved if kind.name else 0 * moved for kind in KINDS])


def _draw_components(
    rng: np.random.Generator, kind: NDArray[np.int64], time: NDArray[np.float64], knobs: Knobs
) -> NDArray[np.float32]:
    wide = (rng.random(len(kind)) < np.array([k.wide for k in KINDS])[kind]).astype(np.int64)
    drawn = rng.standard_normal((len(kind), len(COMPONENTS)), dtype=np.float32) * WIDTHS[wide][:, None]
    drawn += _means(knobs)[kind]
    drawn += _drifts(knobs)[kind] * drifted(time / SPAN, knobs["drift_from"], HOURS)[:, None]
    return np.asarray(drawn * SCALE, dtype=np.float32)


def _draw_cents(rng: np.random.Generator, kind: NDArray[np.int64]) -> NDArray[np.float64]:
    edges = np.cumsum([k.amounts for k in KINDS], axis=1)[:, :-1]
    which = (rng.random(len(kind))[:, None] >= edges[kind]).sum(axis=1)
    return np.asarray(rng.geometric(_ends()[which]) - 1, dtype=np.float64)


def _ends() -> NDArray[np.float64]:
    """Chance (amounts,) of each geometric distribution to end at a cent: 1 / (1 + mean)."""
    return np.asarray(1 / (1 + 100 * AMOUNTS))


def _fraud_probability(
    time: NDArray[np.float64],
    components: NDArray[np.float32],
    cents: NDArray[np.float64],
    prior: NDArray[np.float64],
    knobs: Knobs,
) -> NDArray[np.float64]:
    """P(fraud | time, components, amount), (n,), by Bayes' rule over the kinds."""
    x = components.astype(np.float64) / SCALE
    tau = drifted(time / SPAN, knobs["drift_from"], HOURS)
    means, drifts = _means(knobs), _drifts(knobs)
    # |x − mean − tau·drift|², multiplied out so that it takes three products of matrices.
    distance = (x**2).sum(axis=1) - 2 * means @ x.T + (means**2).sum(axis=1)[:, None]
    distance += 2 * tau * ((means * drifts).sum(axis=1)[:, None] - drifts @ x.T)
    distance += tau**2 * (drifts**2).sum(axis=1)[:, None]
    wide = np.array([k.wide for k in KINDS])
    log_component = np.logaddexp(
        *(
            np.log(share)[:, None] - distance / (2 * width**2) - len(SCALE) * np.log(width)
            for share, width in zip((1 - wide, wide), WIDTHS, strict=True)
        )
    )
    ends = _ends()[:, None]
    of_amounts = np.exp(np.log1p(-ends) * cents + np.log(ends))  # (amounts, n)
    log_amount = np.log(np.array([k.amounts for k in KINDS]) @ of_amounts)
    with np.errstate(divide="ignore"):  # a kind that is absent
        log_prior = np.log(prior)
    log_joint = log_prior[:, None] + log_component + log_amount + np.log(_busy(time, np.arange(len(KINDS))[:, None]))
    joint = np.exp(log_joint - log_joint.max(axis=0))
    return np.asarray(joint[[bool(k.name) for k in KINDS]].sum(axis=0) / joint.sum(axis=0))


# A fraud that goes through costs its amount and 15 EUR of chargeback.  Analysts take six minutes at 60 EUR an hour and
# see nine frauds in ten; an honest customer who is declined takes the basket elsewhere, and sometimes all later ones.
COSTS = Costs(
    currency="EUR",
    losses=(0.0, 15.0),
    share_lost=1.0,
    minute=1.0,
    effects={
        "challenge": EffectCost(friction=0.5, catch_rate=0.8),
        "review": EffectCost(friction=0.5, review_minutes=6.0, catch_rate=0.9),
        "stop": EffectCost(friction=30.0, catch_rate=1.0),
    },
)

POLICY = Policy(
    actions=(
        Action("approve", "Approve", "pass"),
        Action("review", "Hold for review", "review"),
        Action("decline", "Decline", "stop"),
    ),
    # The edges of least cost under COSTS, for the default model on 300,000 generated payments.
    bands=(Band(0.0, "approve"), Band(0.05, "review"), Band(0.15, "decline")),
)

# Generated payments, their components rounded to two digits.
PRESETS = {
    "Ordinary groceries": EVENT.example(
        57_612, -1.03, 1.84, 0.35, -0.75, -0.39, -2.22, 0.42, -0.51, 0.76, 0.55, 0.59, -0.15, 0.09, 0.52, -0.74,
        0.24, 0.25, -0.23, -0.48, -0.26, 0.12, -0.56, 0.89, 0.68, -0.26, 0.62, -0.1, 0.28, 31.36,
    ),
    "Large but ordinary": EVENT.example(
        319, 0.1, 1.04, 1.28, -0.33, -0.18, 0.12, -0.44, -0.65, 0.68, -0.05, -0.13, -0.63, -0.02, 0.81, 0.81,
        -0.59, 0.48, -0.47, -0.12, 0.62, 0.53, -0.29, 0.66, 0.28, 0.04, -0.55, -0.09, -0.22, 1_726.35,
    ),
    "Odd but honest": EVENT.example(
        8_359, 3.06, -2.77, -2.35, 3.3, -3.71, 0.62, -2.27, -0.53, 1.24, -2.27, -1.52, -2.2, -0.67, -1.43, 1.41,
        -0.62, -1.56, 1.94, 0.67, 0.16, 3.57, -0.34, -1.14, -0.45, 0.01, -0.04, 0.2, -0.56, 110.35,
    ),
    "Card testing at night": EVENT.example(
        7_295, 1.21, 2.44, 0.67, 3.47, 1.78, 0.97, 2.25, -1.24, -0.01, -1.57, 2.48, -1.42, -0.01, -2.2, -0.71,
        -0.02, 0.74, 0.69, 1.17, 0.7, 0.26, -0.01, -0.09, 0.46, -0.31, -0.36, 0.21, -0.16, 1.01,
    ),
    "Big-ticket fraud": EVENT.example(
        12_478, 1.83, 0.99, -3.44, 0.0, -0.76, 0.47, -2.17, -1.31, -0.66, -3.15, 0.36, -2.43, 0.56, -0.43, 1.84,
        -1.74, -1.1, -1.73, -0.14, -0.41, -0.14, -0.58, 0.31, -0.49, -0.06, -0.08, -0.07, 0.05, 2_524.56,
    ),
    "Drained account": EVENT.example(
        77_130, -1.04, -0.53, -1.84, -3.39, 0.62, -0.93, -0.22, 2.94, 0.42, -0.74, -2.48, 0.6, -1.17, -2.65, -0.18,
        0.28, 0.49, 0.33, 0.91, 0.69, 1.32, 0.5, 0.05, -0.14, -0.28, 0.4, -0.1, -0.58, 738.95,
    ),
    "Lookalike": EVENT.example(
        35_851, -1.23, -0.71, 1.46, 1.73, 0.74, 1.73, -0.32, 0.33, 1.45, 0.6, -1.02, 0.3, 0.51, -1.89, 1.29,
        0.57, 0.67, 0.81, -0.4, -0.08, 0.9, -1.06, -0.27, -0.3, -0.1, 0.09, 0.65, -0.14, 56.22,
    ),
}  # fmt: skip

SCENARIO = Scenario(
    key="card_fraud",
    title="Card fraud",
    summary="Is this card payment fraudulent?",
    icon=":material/credit_card:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"fraud_rate": 0.5},
        "realistic": {"fraud_rate": 0.0017},
        "nasty": {"fraud_rate": 0.005, "overlap": 0.75, "drift": 0.8},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "forest": forest(TARGET.classes, SOURCE, trees=100, depth=12, negatives_per_positive=5.0),
        # The defaults for balanced classes collapse on rare frauds: a lower rate, heavier leaves, less for each tree.
        "boosted": boosted(
            TARGET.classes,
            SOURCE,
            rounds=300,
            depth=5,
            rate=0.05,
            min_child_weight=5.0,
            rows_share=0.8,
            columns_share=0.5,
        ),
    },
    policy=POLICY,
    costs=COSTS,
    presets=PRESETS,
    per_day=142_000,  # the published file: 284,807 rows in two days
    floors=Floors(metrics={"roc_auc": 0.88, "average_precision": 0.40}, single_field_auc=0.9),
    exceptions={
        "data_is_worth_learning_from": "Where one payment in fifty is a fraud, most others are plainly genuine; of the "
        "frauds 43 % have a true probability under 0.9, and of the payments above 0.1 more than half."
    },
)
