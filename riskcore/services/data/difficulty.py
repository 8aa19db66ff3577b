"""How hard a data set is: what anything could reach on it at best, beside what its best single field reaches."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.services.data.single_fields import field_ranking
from riskcore.services.judging.curves import roc_and_pr
from riskcore.services.judging.estimates import Metric, mean, proportion
from riskcore.services.judging.ranking import ranking

MOST_RANKED = 20_000  # rows, evenly spaced, of the curves
SURE = 0.9  # a row is unsure where no class has this much of p_true
BINS = 24


@dataclass(frozen=True)
class Curve:
    """One way to rank rows by the worst class.  `roc`: `fpr`, `recall`."""

    name: str
    roc: pd.DataFrame
    auc: Metric


@dataclass(frozen=True)
class Certainty:
    """What the probabilities say that the rows were drawn with.  `bins` counts rows by greatest p_true in equal bins
    from 1/m to 1: `low`, `high`, `n`."""

    accuracy: Metric  # of always choosing the most probable class
    unsure: Metric  # share of rows in which no class has 0.9
    bins: pd.DataFrame


@dataclass(frozen=True)
class Difficulty:
    """`limit` and `certainty` are None, with the reason in `why`, where P(label | event) is not known; curves also
    where the worst class or all others have no rows."""

    limit: Curve | None
    single: Curve | None
    certainty: Certainty | None
    why: str = ""


def difficulty(
    scenario: Scenario, events: pd.DataFrame, labels: Labels, synthetic: bool, name: str = "Limit"
) -> Difficulty:
    """The Bayes limit of labelled events, called `name`, and the field that ranks the worst class best on its own."""
    picks = np.unique(np.linspace(0, len(events) - 1, min(MOST_RANKED, len(events))).astype(np.int64))
    worst = labels.label[picks] == len(scenario.target.classes) - 1
    ranked = bool(worst.any() and not worst.all())
    single = _best_field(scenario, events.iloc[picks], worst) if ranked else None
    if labels.p_true is None:
        return Difficulty(None, single, None, _why(scenario, synthetic))
    return Difficulty(
        limit=_curve(name, labels.p_true[picks, -1], worst) if ranked else None,
        single=single,
        certainty=_certainty(labels.p_true),
    )


def _why(scenario: Scenario, synthetic: bool) -> str:
    if not synthetic:
        return "The best that is possible is known of synthetic data only, which is drawn with known probabilities."
    if not scenario.target.labelled:
        return "The best that is possible is not defined: some events are planted, and any other may be as rare."
    if scenario.entities:
        return (
            "The best that is possible is not defined: how odd an event is depends on what its "
            f"{scenario.entities[0]} usually does, which no single event shows."
        )
    return "The best that is possible is not defined: the generator knows no probability of a label, given an event."


def _best_field(scenario: Scenario, events: pd.DataFrame, worst: np.ndarray) -> Curve | None:
    fields = [f for f in scenario.event.fields if f.kind != "text" and f.name != scenario.event.id]
    found = {f.name: field_ranking(events[f.name], worst) for f in fields}
    if not found:
        return None
    name = max(found, key=lambda field: found[field].auc.value)
    score = np.nan_to_num(found[name].score, nan=-np.inf)
    return Curve(name, roc_and_pr(score, worst)[["fpr", "recall"]], found[name].auc)


def _curve(name: str, score: np.ndarray, worst: np.ndarray) -> Curve:
    auc = ranking(score, worst, np.random.default_rng(0))["roc_auc"]
    return Curve(name, roc_and_pr(score, worst)[["fpr", "recall"]], auc)


def _certainty(p: np.ndarray) -> Certainty:
    most = p.max(axis=1)
    edges = np.linspace(1 / p.shape[1], 1, BINS + 1)
    counts = np.histogram(most.clip(edges[0], edges[-1]), bins=edges)[0]
    bins = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts})
    return Certainty(mean(most), proportion(int(np.count_nonzero(most < SURE)), len(most)), bins)
