"""Payment fraud: the generator's probabilities are true, its kinds differ, and country and device carry no risk."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from riskcore.core.errors import DataError
from riskcore.core.labels import Generated
from riskcore.core.model import RiskModel
from riskcore.scenarios.payment_fraud import SCENARIO
from riskcore.scenarios.payment_fraud.event import COUNTRIES, DEVICES, SOLD
from riskcore.scenarios.payment_fraud.generator import FRAUDS


@pytest.fixture(scope="module")
def many() -> Generated:
    return SCENARIO.synthesize(100_000, seed=5)


@pytest.fixture(scope="module")
def models() -> dict[str, RiskModel]:
    return {name: learned(name, {}) for name in ("logistic", "boosted")}


def learned(name: str, knobs: dict[str, object]) -> RiskModel:
    made = SCENARIO.synthesize(20_000, seed=7, knobs=knobs)
    return SCENARIO.make_model(name).fit(SCENARIO.features(made.events), made.labels.label)


def p_fraud(made: Generated) -> NDArray[np.float64]:
    assert made.labels.p_true is not None
    return made.labels.p_true[:, 1]


def precision(model: RiskModel, made: Generated) -> float:
    risk = model.predict(SCENARIO.features(made.events)).risk
    return float(average_precision_score(made.labels.label, risk))


# The generator


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"fraud_rate": 0.5, "overlap": 0.0, "interaction": 1.0},
        {"label_noise": 0.3, "drift": 1.0, "mix": (1, 1, 1, 5)},
        {"interaction": 0.0, "fraud_rate": 0.2},
    ],
    ids=str,
)
def test_labels_are_as_likely_as_p_true_says(knobs: dict[str, object]) -> None:
    made = SCENARIO.synthesize(80_000, seed=11, knobs=knobs)
    p, events = p_fraud(made), made.events
    amount, gap = events["transaction_amount"].to_numpy(), events["time_delta"].to_numpy()
    slices = {f"decile {i}": part for i, part in enumerate(np.array_split(np.argsort(p, kind="stable"), 10))}
    slices |= {f"eighth {i} of the month": part for i, part in enumerate(np.array_split(np.arange(len(p)), 8))}
    slices |= {name: np.flatnonzero(events["merchant_type"] == name) for name in SOLD}
    slices |= {"tiny": np.flatnonzero(amount < 2), "huge": np.flatnonzero(amount > 1_000)}
    slices |= {"at once": np.flatnonzero(gap < 0.1), "after long": np.flatnonzero(gap > 300)}
    off = {}
    for name, rows in slices.items():
        error = np.sqrt((p[rows] * (1 - p[rows])).sum())
        off[name] = (made.labels.label[rows].sum() - p[rows].sum()) / error
    assert {name: z for name, z in off.items() if abs(z) > 4} == {}


@pytest.mark.parametrize("label_noise", [0.0, 0.3])
@pytest.mark.parametrize("rate", [0.01, 0.06, 0.4])
def test_the_rate_is_as_turned_whatever_the_noise(rate: float, label_noise: float) -> None:
    made = SCENARIO.synthesize(60_000, seed=3, knobs={"fraud_rate": rate, "label_noise": label_noise})
    assert p_fraud(made).mean() == pytest.approx(rate, rel=0.06)
    assert made.labels.label.mean() == pytest.approx(rate, abs=4 * np.sqrt(rate / 60_000) + 0.06 * rate)


def test_kinds_come_in_the_mix_that_was_turned() -> None:
    made = SCENARIO.synthesize(60_000, seed=3, knobs={"fraud_rate": 0.2, "mix": (1, 1, 2, 6)})
    assert made.labels.attack is not None
    counts = np.array([(made.labels.attack == name).sum() for name in FRAUDS])
    assert counts / counts.sum() == pytest.approx([0.1, 0.1, 0.2, 0.6], abs=0.015)


def test_without_noise_exactly_the_frauds_have_a_kind_and_with_noise_some_are_missed() -> None:
    clean, noisy = (SCENARIO.synthesize(20_000, 4, {"label_noise": noise}) for noise in (0.0, 0.4))
    np.testing.assert_array_equal(clean.labels.attack != "", clean.labels.label == 1)
    missed = noisy.labels.label[noisy.labels.attack != ""] == 0
    assert missed.mean() == pytest.approx(0.4, abs=0.06)
    assert noisy.labels.label[noisy.labels.attack == ""].any()


def test_the_mix_of_kinds_changes_within_the_month_and_only_with_drift() -> None:
    def late_share_of_testing(drift: float) -> float:
        made = SCENARIO.synthesize(60_000, 6, {"drift": drift, "fraud_rate": 0.3})
        rows = np.flatnonzero(made.labels.attack == "card_testing")
        return float((rows > 30_000).mean())

    assert late_share_of_testing(0.0) == pytest.approx(0.5, abs=0.03)
    assert late_share_of_testing(1.0) < 0.4


def test_more_overlap_makes_the_best_possible_ranking_worse() -> None:
    best = []
    for overlap in (0.0, 0.3, 0.6, 0.9):
        made = SCENARIO.synthesize(30_000, 8, {"overlap": overlap})
        best.append(roc_auc_score(made.labels.label, p_fraud(made)))
    assert best == sorted(best, reverse=True)
    assert best[0] > 0.93
    assert best[-1] < 0.65


def test_payments_are_valid_in_order_of_time_and_no_two_alike(many: Generated) -> None:
    assert SCENARIO.event.accept(many.events).equals(many.events)
    assert many.events["timestamp"].is_monotonic_increasing
    assert not many.events.duplicated().any()


# No risk on country or device as such


def test_no_country_has_more_frauds_than_chance_gives_it(many: Generated) -> None:
    p = p_fraud(many)
    for name in COUNTRIES:
        rows = (many.events["country"] == name).to_numpy()
        error = p.std() / np.sqrt(rows.sum())
        assert abs(p[rows].mean() - p.mean()) < 4 * error


def test_no_device_has_more_frauds_than_what_is_bought_on_it_explains(many: Generated) -> None:
    p = p_fraud(many)
    for sold in SOLD:
        of_kind = (many.events["merchant_type"] == sold).to_numpy()
        for name in DEVICES:
            rows = of_kind & (many.events["device_type"] == name).to_numpy()
            assert abs(p[rows].mean() - p[of_kind].mean()) < 4 * p[of_kind].std() / np.sqrt(rows.sum())


def test_the_default_model_finds_out_that_countries_say_nothing(models: dict[str, RiskModel]) -> None:
    presets = SCENARIO.event.frame(*[SCENARIO.presets["Gift cards in a row"] | {"country": name} for name in COUNTRIES])  # type: ignore[operator]
    risk = models["logistic"].predict(SCENARIO.features(SCENARIO.event.accept(presets))).risk
    told = [name for name, share in COUNTRIES.items() if share >= 0.05]
    assert np.ptp(risk[[list(COUNTRIES).index(name) for name in told]]) < 0.2
    swapped = [SCENARIO.presets["Gift cards in a row"] | {"merchant_type": name} for name in SOLD]  # type: ignore[operator]
    by_sold = models["logistic"].predict(SCENARIO.features(SCENARIO.event.accept(SCENARIO.event.frame(*swapped)))).risk
    assert np.ptp(by_sold) > 0.35


# What can be learned


def test_a_straight_line_is_beaten_where_kinds_differ_and_nobody_beats_bayes(
    models: dict[str, RiskModel], many: Generated
) -> None:
    straight, boosted = (precision(models[name], many) for name in ("logistic", "boosted"))
    assert straight + 0.08 < boosted < average_precision_score(many.labels.label, p_fraud(many))


def test_a_straight_line_is_as_good_as_bayes_where_all_kinds_are_one() -> None:
    knobs = {"interaction": 0.0, "drift": 0.0}
    made = SCENARIO.synthesize(80_000, 9, knobs)
    found = precision(learned("logistic", knobs), made)
    bayes = average_precision_score(made.labels.label, p_fraud(made))
    assert bayes - 0.02 < found <= bayes + 0.002
    assert precision(learned("boosted", knobs), made) < found


def test_no_single_feature_gives_frauds_away(many: Generated) -> None:
    X = SCENARIO.features(many.events)
    alone = [roc_auc_score(many.labels.label, X[name]) for name in ("log_amount", "log_gap", "short_gap")]
    assert max(max(auc, 1 - auc) for auc in alone) < 0.75


# Features and input


def test_the_time_of_a_payment_changes_no_feature_and_may_be_left_out(many: Generated) -> None:
    head = many.events.head(500)
    X = SCENARIO.features(head)
    timeless = SCENARIO.event.accept(head.drop(columns=["timestamp"]))
    pd.testing.assert_frame_equal(SCENARIO.features(timeless), X)
    assert "timestamp" not in SCENARIO.source.values()


def test_two_payments_within_half_an_hour_are_flagged() -> None:
    events = SCENARIO.event.frame(
        *[SCENARIO.presets["Dinner out"] | {"time_delta": hours} for hours in (0.0, 0.49, 0.5)]  # type: ignore[operator]
    )
    X = SCENARIO.features(SCENARIO.event.accept(events))
    assert X["short_gap"].tolist() == [1, 1, 0]
    assert np.isfinite(X["log_gap"]).all()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("country", "us", "Did you mean 'US'"),
        ("country", "XX", "must be one of"),
        ("merchant_type", "Gaming", "Did you mean 'gaming'"),
        ("device_type", "phone", "must be one of"),
        ("transaction_amount", 1e300, "1000000"),
        ("transaction_amount", "nan", "must be given"),
        ("time_delta", -1, "from 0 to 8760"),
    ],
)
def test_a_value_written_otherwise_is_refused_and_never_taken_for_another(field: str, value: object, said: str) -> None:
    event = SCENARIO.presets["Weekly groceries"] | {field: value}  # type: ignore[operator]
    with pytest.raises(DataError, match=f"Row 1: {field} is .*{said}"):
        SCENARIO.event.accept(SCENARIO.event.frame(event))


def test_presets_are_judged_as_their_names_say(models: dict[str, RiskModel]) -> None:
    events = SCENARIO.event.accept(SCENARIO.event.frame(*SCENARIO.presets.values()))
    risk = models["logistic"].predict(SCENARIO.features(events)).risk
    decided = SCENARIO.policy.decide({"risk": risk}, events).actions
    action = dict(zip(SCENARIO.presets, [SCENARIO.policy.actions[a].key for a in decided], strict=True))
    assert {action[name] for name in ("Weekly groceries", "Dinner out")} == {"approve"}
    assert "approve" not in {action[name] for name in ("Card testing", "Laptop after a long rest")}
    assert action["Gift cards in a row"] == "decline"
