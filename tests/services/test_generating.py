"""Flaws of a recording: they change what is recorded, and never what happened or which rows a seed gives."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.core.knobs import Knob
from riskcore.core.scenario import Scenario
from riskcore.scenarios import coded
from riskcore.services.generating import may_be_empty, synthesize, turned

SCENARIOS = coded()
ROWS = 3_000


@pytest.fixture(params=sorted(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return SCENARIOS[request.param]


def test_without_flaws_rows_are_those_of_the_generator(scenario: Scenario) -> None:
    made, plain = synthesize(scenario, ROWS, 3), scenario.synthesize(ROWS, 3)
    pd.testing.assert_frame_equal(made.events, plain.events)
    np.testing.assert_array_equal(made.labels.label, plain.labels.label)


def test_missing_values_empty_their_share_of_optional_cells_and_no_others(scenario: Scenario) -> None:
    fields = {f.name for f in may_be_empty(scenario)}
    if not fields:
        with pytest.raises(DataError, match="No knob 'missing'"):
            turned(scenario, {"missing": 0.3})
        return
    whole, holes = (synthesize(scenario, ROWS, 3, {"missing": share}).events for share in (0.0, 0.3))
    for name in whole.columns:
        given = whole[name].notna()
        if name not in fields:
            assert holes[name].equals(whole[name])
        elif given.sum() > 500:
            assert abs(holes.loc[given, name].isna().mean() - 0.3) < 0.08
    assert len(scenario.event.accept(holes)) == ROWS


def test_wrong_labels_flip_their_share_and_keep_the_rate_and_the_kinds(scenario: Scenario) -> None:
    own = {knob.key for knob in scenario.knobs}
    if "label_noise" in own or scenario.multiclass:
        return
    balanced = scenario.recipes.get("balanced", {"anomaly_rate": 0.2})
    right, wrong = (synthesize(scenario, ROWS, 3, {**balanced, "label_noise": n}).labels for n in (0.0, 0.4))
    positive = right.label == 1
    assert abs((wrong.label[positive] == 0).mean() - 0.4) < 0.08
    assert abs(wrong.label.mean() - right.label.mean()) < 0.04
    np.testing.assert_array_equal(wrong.attack, right.attack)
    if wrong.p_true is not None:
        assert abs(wrong.p_true[:, 1].mean() - wrong.label.mean()) < 0.04


def kinds(scenario: Scenario) -> Knob | None:
    return next((knob for knob in scenario.knobs if knob.may_lack), None)


def test_a_kind_of_attack_of_weight_zero_is_absent_and_the_truth_stays_finite(scenario: Scenario) -> None:
    knob = kinds(scenario)
    if knob is None:
        return
    for part in (0, len(knob.parts) - 1):
        weights = [float(i != part) for i in range(len(knob.parts))]
        labels = scenario.synthesize(ROWS, 5, {knob.key: weights}).labels
        assert labels.attack is not None
        assert knob.parts[part] not in set(labels.attack)
        assert labels.label.any()
        assert labels.p_true is None or np.isfinite(labels.p_true).all()


def test_weights_below_zero_and_all_zero_are_refused(scenario: Scenario) -> None:
    knob = kinds(scenario)
    if knob is None:
        return
    for weights in ([-1.0] + [1.0] * (len(knob.parts) - 1), [0.0] * len(knob.parts)):
        with pytest.raises(DataError, match="every weight must be at least 0, and one above 0"):
            knob.accept(weights)


def test_before_its_date_drift_changes_nothing_from_one_day_to_the_next(scenario: Scenario) -> None:
    onset = next((knob for knob in scenario.knobs if knob.key == "drift_from"), None)
    if onset is None:
        return
    late = {"drift": 1.0, "drift_from": int(onset.high)}
    early, strong = scenario.synthesize(ROWS, 5, {**late, "drift_from": 1}), scenario.synthesize(ROWS, 5, late)
    assert not strong.events.equals(early.events) or not np.array_equal(strong.labels.label, early.labels.label)
    assert len(scenario.event.accept(strong.events)) == ROWS
