"""Names of metrics, and estimates as a person reads them."""

from collections.abc import Sequence

from riskcore.services.evaluation import ERRORS
from riskcore.services.judging.estimates import Metric
from riskcore.services.judging.model_card_words import METRICS


def metric_titles(classes: Sequence[str]) -> dict[str, str]:
    """The title of every metric of a scenario, in the order of its table."""
    if len(classes) > 2:
        recalls = {f"recall_{c}": f"Recall of {c}" for c in classes}
        return {"accuracy": METRICS["accuracy"], **recalls, **METRICS}
    return {name: title for name, title in METRICS.items() if name != "accuracy"} | {"accuracy": METRICS["accuracy"]}


def with_interval(metric: Metric | None) -> str:
    """An estimate and its interval.

    >>> with_interval(Metric(0.9533, 0.9489, 0.9571))
    '0.953 (0.949–0.957)'
    """
    return "–" if metric is None else f"{metric.value:.3f} ({metric.low:.3f}–{metric.high:.3f})"


def with_sign(name: str, metric: Metric | None) -> str:
    """A difference and its interval, marked where it is better or worse by more than chance.

    >>> with_sign("roc_auc", Metric(0.012, 0.003, 0.021)), with_sign("brier", Metric(0.012, -0.003, 0.021))
    ('▲ +0.012 (+0.003 to +0.021)', '+0.012 (-0.003 to +0.021)')
    """
    if metric is None:
        return "–"
    above, below = metric.low > 0, metric.high < 0
    better, worse = (below, above) if name in ERRORS else (above, below)
    mark = "▲ " if better else "▼ " if worse else ""
    return f"{mark}{metric.value:+.3f} ({metric.low:+.3f} to {metric.high:+.3f})"
