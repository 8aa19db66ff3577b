"""What goes to the browser: the whole sweep as plain JSON, numbers as they lie in memory, in base 64."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcore.charts.theme import EFFECT_COLORS, class_colors
from riskcore.core.policy import measure_in_words
from riskcore.services.deciding.days import DAY_S
from riskcore.services.deciding.figures import SHARE
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, histogram
from riskcore.ui.deciding.sweeping import Swept
from riskcore.ui.number_words import class_in_words

QUIET = "These events carry no labels, so recall, precision and cost are not known."
SHOWN = ("cost", "saved", "lost", "alerts", "alerts_per_day", "recall", "precision", "false_alarm_rate")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def payload(
    found: Swept, scored: Scored, labels: NDArray[np.integer] | None, seen: Mapping[str, str], rebind: bool = False
) -> dict[str, Any]:
    """Everything the browser needs; arrays are flat, the last index fastest.

    `seen` comes back with a choice.  `rebind`: the thresholds in force were chosen on another model, so that the same
    ones may be chosen again.
    """
    swept, policy = found.sweep, found.sweep.policy
    names = ("All events",) if labels is None else tuple(map(class_in_words, swept.classes))
    best = found.spread.optimum if found.optimum is not None else None
    return {
        "about": f"{scored.scenario.key} {swept.axes[0].band} {len(swept.axes)}",
        "axes": _axes(swept, scored, labels),
        "bands": [{"action": policy.action(b.action).label, "edge": b.edge} for b in policy.bands],
        "edges": packed(swept.band_edges),
        "actions": [{"key": a.key, "label": a.label, "color": EFFECT_COLORS[a.effect]} for a in policy.actions],
        "classes": [{"name": n, "color": c} for n, c in zip(names, class_colors(len(names)), strict=True)],
        "attacks": " or ".join(map(class_in_words, swept.classes[1:])),
        "confusion": packed(swept.confusion),
        "money": None if labels is None else _prices(swept),
        "values": _values(found),
        "days": _days(found, scored),
        "currency": swept.currency,
        "optimum": found.optimum,
        "undefinedAs": "all events are of one kind" if swept.one_sided else "every threshold costs the same",
        "optimumRange": None if best is None else [[m.low, m.high] for m in best],
        "curves": labels is not None and len(np.unique(labels)) > 1,
        "n": swept.n,
        "spanDays": swept.days,
        "quiet": QUIET,
        "rebind": rebind,
        "seen": dict(seen),
    }


def packed(values: NDArray[Any], kind: str = "<f8") -> str:
    """Numbers in base 64, little-endian."""
    return b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _axes(swept: Sweep, scored: Scored, labels: NDArray[np.integer] | None) -> list[dict[str, Any]]:
    return [
        {
            "band": axis.band,
            "measure": measure_in_words(axis.measure),
            "action": swept.policy.action(axis.action).label,
            "thresholds": axis.thresholds.tolist(),
            "applied": axis.applied,
            "histogram": {"edges": spread.edges.tolist(), "counts": spread.counts.tolist()},
        }
        for axis in swept.axes
        for spread in (histogram(scored, axis.measure, labels),)
    ]


def _values(found: Swept) -> dict[str, list[str]]:
    """Value, low and high of every number that is shown, at every point."""
    figures = found.sweep.figures
    names = [name for name in figures if name in SHOWN or name.startswith(SHARE)]
    low, high = found.spread.low, found.spread.high
    return {name: [packed(figures[name]), packed(low[name], "<f4"), packed(high[name], "<f4")] for name in names}


def _prices(swept: Sweep) -> dict[str, Any]:
    """Money by action and class: for one event, for one unit of the amount it carries, and those amounts."""
    classes = np.arange(len(swept.classes))
    effects = [action.effect for action in swept.policy.actions]
    event = np.stack([swept.costs.of(classes, None, effect) for effect in effects])
    unit = np.stack([swept.costs.of(classes, np.ones(len(classes)), effect) for effect in effects]) - event
    amounts = np.zeros(swept.confusion.shape) if swept.amounts is None else swept.amounts
    return {"event": event.ravel().tolist(), "amount": unit.ravel().tolist(), "amounts": packed(amounts)}


def _days(found: Swept, scored: Scored) -> dict[str, Any]:
    """Alerts per 24 h of each day at every point, and what the days are called."""
    days, time = found.load.days, scored.scenario.event.time
    dated = time is not None and scored.scenario.event[time].kind == "time"
    made = len(days.number) == 1 and bool(days.partial.all())
    return {
        "worked": packed(found.load.per_24h, "<f4"),
        "length": days.length.tolist(),
        "names": ["24 h"] if made else [_name(int(n), dated) for n in days.number],
        "partial": days.partial.tolist(),
        "made": made,
        "capacity": found.capacity,
        "why": days.why,
        "title": days.why if made else "Day, UTC" if dated else "Day of the recording",
    }


def _name(number: int, dated: bool) -> str:
    return (EPOCH + timedelta(seconds=number * DAY_S)).strftime("%d %b") if dated else str(number + 1)
