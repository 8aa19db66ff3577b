"""Infrastructure anomaly: metrics follow load, kinds are graded, and one metric that fails alone is found."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from riskcore.core.labels import Generated
from riskcore.core.trained import Trained
from riskcore.estimators.isolation import isolation
from riskcore.scenarios.infra_anomaly import SCENARIO
from riskcore.scenarios.infra_anomaly.event import COLUMNS, METRICS
from riskcore.scenarios.infra_anomaly.generator import ATTACKS
from riskcore.services import scoring, training


@pytest.fixture(scope="module")
def many() -> Generated:
    return SCENARIO.synthesize(60_000, seed=5)


@pytest.fixture(scope="module")
def trained() -> Trained:
    made = SCENARIO.synthesize(SCENARIO.training_rows, seed=0)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return training.train(SCENARIO, made.events, made.labels, training.Plan(), {}, moment).trained


def p_anomaly(made: Generated) -> NDArray[np.float64]:
    assert made.labels.p_true is not None
    return made.labels.p_true[:, 1]


def preset(name: str, **changes: object) -> pd.DataFrame:
    return SCENARIO.event.accept(SCENARIO.event.frame({**SCENARIO.presets[name], **changes}))


# The generator


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"anomaly_rate": 0.5, "stealth_memory_leak": 0.9},
        {"anomaly_rate": 0.2, "mix": (1, 1, 1, 1, 6), "stealth_silent_drop": 0.7, "stealth_saturation": 0.0},
    ],
    ids=str,
)
def test_labels_are_as_likely_as_p_true_says(knobs: dict[str, object]) -> None:
    made = SCENARIO.synthesize(80_000, seed=11, knobs=knobs)
    p, events = p_anomaly(made), made.events
    slices = {f"decile {i}": part for i, part in enumerate(np.array_split(np.argsort(p, kind="stable"), 10))}
    slices |= {f"hour {h}": np.flatnonzero(events["timestamp"].dt.hour == h) for h in (3, 9, 15, 21)}
    slices |= {f"high {name}": np.argsort(events[name].to_numpy())[-4_000:] for name in METRICS}
    slices |= {f"low {name}": np.argsort(events[name].to_numpy())[:4_000] for name in METRICS}
    slices["middling p"] = np.flatnonzero((p > 0.2) & (p < 0.8))
    off = {}
    for name, rows in slices.items():
        error = np.sqrt((p[rows] * (1 - p[rows])).sum())
        off[name] = (abs(made.labels.label[rows].sum() - p[rows].sum()) - 1) / error
    assert {name: z for name, z in off.items() if z > 4} == {}


def test_load_moves_response_time_cpu_and_memory_together_through_the_day(many: Generated) -> None:
    normal = many.events[many.labels.label == 0]
    hour = normal["timestamp"].dt.hour
    for name in ("response_time", "cpu_usage", "memory_usage"):
        assert normal[name][hour == 15].median() > 1.2 * normal[name][hour == 3].median()
    together = normal[["response_time", "cpu_usage", "memory_usage"]].corr(method="spearman").to_numpy()
    assert together.min() > 0.7
    within = normal[hour == 15][["response_time", "cpu_usage", "memory_usage"]].corr(method="spearman").to_numpy()
    assert within.min() > 0.4


def test_readings_are_valid_in_order_of_time_and_no_two_alike(many: Generated) -> None:
    assert SCENARIO.event.accept(many.events).equals(many.events)
    assert many.events["timestamp"].is_monotonic_increasing
    assert not many.events.duplicated().any()
    np.testing.assert_array_equal(many.labels.attack != "", many.labels.label == 1)


def test_rate_and_mix_are_as_turned() -> None:
    made = SCENARIO.synthesize(50_000, 3, {"anomaly_rate": 0.1, "mix": (1, 1, 1, 1, 6)})
    assert made.labels.label.mean() == pytest.approx(0.1, abs=0.006)
    assert (made.labels.attack == "silent_drop").sum() / made.labels.label.sum() == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("kind", ATTACKS)
def test_each_kind_is_graded_by_its_own_stealth(kind: str) -> None:
    best = []
    for stealth in (0.0, 0.5, 1.0):
        knobs = {"anomaly_rate": 0.2, "mix": [100.0 if name == kind else 1.0 for name in ATTACKS]}
        made = SCENARIO.synthesize(20_000, 4, knobs | {f"stealth_{kind}": stealth})
        of_kind = (made.labels.attack == kind) | (made.labels.label == 0)
        best.append(roc_auc_score(made.labels.label[of_kind], p_anomaly(made)[of_kind]))
    assert best[0] > 0.99
    assert 0.93 < best[1] < best[0]
    assert best[2] < 0.56  # more ordinary than normal readings, which include the odd ones


# What is learned


@pytest.mark.parametrize("timed", [True, False], ids=["with its time", "without"])
@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("response_time", 30_000),
        ("response_time", 1_500),
        ("response_time", 1),
        ("error_rate", 1.0),
        ("error_rate", 0.2),
        ("cpu_usage", 100),
        ("cpu_usage", 0),
        ("memory_usage", 99),
        ("memory_usage", 2),
    ],
)
def test_an_outage_in_one_metric_alone_lies_above_the_99th_percentile(
    trained: Trained, many: Generated, metric: str, value: float, timed: bool
) -> None:
    normal = many.events[many.labels.label == 0].head(400)
    out = normal.assign(**{metric: float(value)})
    scored = scoring.score(trained, out if timed else out.drop(columns=["timestamp"]))
    assert scored.risk.min() >= 0.99
    assert (scoring.score(trained, normal).risk >= 0.99).mean() < 0.01


def test_no_more_than_the_promised_share_of_readings_is_beyond_a_percentile(trained: Trained, many: Generated) -> None:
    risk = scoring.score(trained, many.events).risk
    assert (risk >= 0.98).mean() == pytest.approx(0.02, abs=0.006)
    assert (risk >= 0.995).mean() == pytest.approx(0.005, abs=0.003)


def test_labels_are_never_learned_from() -> None:
    made = SCENARIO.synthesize(3_000, seed=6)
    X = SCENARIO.features(made.events)
    told, untold, lied = (
        SCENARIO.make_model("isolation").fit(X, y).predict(X).raw
        for y in (made.labels.label, None, 1 - made.labels.label)
    )
    np.testing.assert_array_equal(told, untold)
    np.testing.assert_array_equal(told, lied)


def test_what_load_explains_is_worth_knowing_and_nobody_beats_bayes(many: Generated) -> None:
    X, y = SCENARIO.features(SCENARIO.synthesize(20_000, seed=7).events), many.labels.label
    X_judge = SCENARIO.features(many.events)
    plain = isolation(SCENARIO.target.classes, rows_per_tree=1_024)(0, {}).fit(X[list(COLUMNS)])
    without = average_precision_score(y, plain.predict(X_judge[list(COLUMNS)]).raw)
    found = average_precision_score(y, SCENARIO.make_model("isolation").fit(X).predict(X_judge).raw)
    assert without + 0.25 < found < average_precision_score(y, p_anomaly(many))


def test_where_labels_exist_they_find_more(many: Generated) -> None:
    learn = SCENARIO.synthesize(20_000, seed=7)
    X, X_judge = SCENARIO.features(learn.events), SCENARIO.features(many.events)
    found = {
        name: average_precision_score(
            many.labels.label, SCENARIO.make_model(name).fit(X, learn.labels.label).predict(X_judge).risk
        )
        for name in ("isolation", "boosted", "forest")
    }
    assert min(found["boosted"], found["forest"]) > found["isolation"] + 0.15
    assert max(found.values()) < average_precision_score(many.labels.label, p_anomaly(many))


# Presets and input


def test_presets_are_judged_as_their_names_say(trained: Trained) -> None:
    decided = scoring.decide(
        scoring.score(trained, SCENARIO.event.frame(*SCENARIO.presets.values())), SCENARIO.policy
    ).action_keys()
    action = dict(zip(SCENARIO.presets, decided, strict=True))
    assert {action.pop(name) for name in ("Quiet night", "Busy noon")} == {"ignore"}
    assert "ignore" not in action.values()
    assert action["Outage in errors alone"] == "page"


def test_a_quiet_night_is_not_quiet_in_the_afternoon(trained: Trained) -> None:
    night, noon, unknown = (
        scoring.score(trained, preset("Quiet night", timestamp=moment)).risk[0]
        for moment in ("2026-01-14T03:30:00Z", "2026-01-14T15:00:00Z", None)
    )
    assert night < 0.9
    assert noon > 0.95
    assert unknown < 0.9


def test_of_the_time_only_the_hour_is_looked_at(many: Generated) -> None:
    head = many.events.head(500)
    later = head.assign(timestamp=head["timestamp"] + pd.Timedelta(days=400))
    pd.testing.assert_frame_equal(SCENARIO.features(later), SCENARIO.features(head))


def test_metrics_at_the_ends_of_their_ranges_give_finite_features() -> None:
    ends = [
        {"response_time": ms, "error_rate": share, "cpu_usage": 100 * share, "memory_usage": 100 * share}
        for ms, share in ((0, 0), (3_600_000, 1))
    ]
    X = SCENARIO.features(SCENARIO.event.accept(SCENARIO.event.frame(*ends)))
    assert np.isfinite(X[list(COLUMNS)].to_numpy()).all()
    assert X[["hour_sin", "hour_cos"]].isna().all(axis=None)
