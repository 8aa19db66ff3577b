"""Two days of payments, and fraud among them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.drift import drift, drifted, onset
from riskcore.core.kinds import harm, harmful, log_shares, mix, prior, truth
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated
from riskcore.scenarios.card_fraud.event import COMPONENTS, DAY
from riskcore.scenarios.card_fraud.kinds import AMOUNTS, DRIFT, KINDS, SCALE, WIDTHS

SPAN = 2 * DAY  # the published file covers two days
HOURS = 48
CHUNK = 100_000  # rows drawn at a time: constant memory beside the result

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
    drift(0.2, "How far frauds move during the two days, so that a split by time is harder than a random one."),
    onset(HOURS, "hour"),
    mix("Kinds of fraud", harmful(KINDS)),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n payments over two days in order of time, no two alike."""
    shares = prior(KINDS, knobs["fraud_rate"], knobs["mix"])
    kind = rng.choice(len(KINDS), size=n, p=shares)
    time = _draw_times(rng, kind)
    order = np.argsort(time, kind="stable")
    kind, time = kind[order], time[order]
    components = np.empty((n, len(COMPONENTS)), dtype=np.float32)
    cents, fraud = np.empty(n), np.empty(n)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        components[part] = _draw_components(rng, kind[part], time[part], knobs)
        cents[part] = _draw_cents(rng, kind[part])
        fraud[part] = _fraud_probability(time[part], components[part], cents[part], shares, knobs)
    events = pd.DataFrame(components, columns=list(COMPONENTS), copy=False)
    events.insert(0, "Time", time)
    events["Amount"] = cents / 100
    return Generated(events, truth(KINDS, kind, fraud))


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
    shares: NDArray[np.float64],
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
    log_busy = np.log(_busy(time, np.arange(len(KINDS))[:, None]))
    return harm(KINDS, log_shares(shares)[:, None] + log_component + log_amount + log_busy)
