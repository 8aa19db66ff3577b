"""Features are pure, and none of them knows the label."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.checks.subject import FEW, Subject, promise
from riskcore.services.judging.ranking import area


def features_change_nothing(subject: Subject) -> None:
    """Making features does not change the events, and gives numbers, categories or keys, one row per event."""
    events = subject.scenario.event.accept(subject.sample.events)
    before = events.copy()
    X = subject.scenario.features(events)
    promise(events.equals(before), "the events were changed")
    promise(len(X) == len(events), f"{len(X)} rows of features for {len(events)} events")
    sound = (pd.CategoricalDtype, pd.StringDtype)
    others = sorted({str(t) for t in X.dtypes if t != np.float32 and not isinstance(t, sound)})
    promise(not others, f"features hold {', '.join(others)}")


def undeclared_columns_reach_no_feature(subject: Subject) -> None:
    """Columns that are not fields, the label among them, change no risk."""
    events = subject.sample.events.head(FEW)
    target = subject.scenario.target
    named = [name for name in (target.name, *target.aliases) if name]
    extra = dict.fromkeys((*named, "attack", "p_true"), subject.sample.labels.label[:FEW])
    promise(
        np.array_equal(subject.risks(events), subject.risks(events.assign(**extra))), "a label column changed the risk"
    )


def no_single_feature_gives_the_label_away(subject: Subject) -> None:
    """No feature alone ranks harmful above harmless events with an AUC above the scenario's limit."""
    X = subject.scenario.features(subject.scenario.event.accept(subject.sample.events))
    harmful = subject.sample.labels.label > 0
    limit = subject.scenario.floors.single_field_auc
    for name in X.columns:
        values = _ranked(X[name], harmful)
        if values is None or harmful.all() or not harmful.any():
            continue
        auc = area(values, harmful)
        promise(max(auc, 1 - auc) <= limit, f"{name} alone reaches an AUC of {max(auc, 1 - auc):.3f}, limit {limit}")


def _ranked(values: pd.Series, harmful: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """A feature as numbers that can be ranked: categories by their share of harm, missing values lowest; no keys."""
    if isinstance(values.dtype, pd.StringDtype):
        return None
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy() + 1
        shares = np.bincount(codes, weights=harmful) / np.maximum(np.bincount(codes), 1)
        return np.asarray(shares[codes], dtype=np.float64)
    ranked: NDArray[np.float64] = np.nan_to_num(values.to_numpy(dtype=np.float64), nan=-np.inf, neginf=-np.inf)
    return ranked
