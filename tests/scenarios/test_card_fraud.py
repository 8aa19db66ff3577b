"""Card fraud: the generator's probabilities are true, its rows worth learning from, its features the declared ones."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from riskcore.core.errors import DataError
from riskcore.core.labels import Generated
from riskcore.scenarios.card_fraud import SCENARIO
from riskcore.scenarios.card_fraud.event import COLUMNS, COMPONENTS, DAY
from riskcore.scenarios.card_fraud.generator import SPAN
from riskcore.scenarios.card_fraud.kinds import FRAUDS
from riskcore.scenarios.card_fraud.scenario import PRESETS


@pytest.fixture(scope="module")
def many() -> Generated:
    return SCENARIO.synthesize(120_000, seed=5)


def p_fraud(generated: Generated) -> NDArray[np.float64]:
    assert generated.labels.p_true is not None
    return generated.labels.p_true[:, 1]


def surprise(generated: Generated, chosen: NDArray[np.bool_]) -> float:
    """How many standard errors the share of frauds among some rows is off their mean p_true."""
    p = p_fraud(generated)[chosen]
    return float((generated.labels.label[chosen] - p).sum() / np.sqrt((p * (1 - p)).sum()))


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"fraud_rate": 0.5, "overlap": 0.9, "drift": 1.0},
        {"fraud_rate": 0.2, "overlap": 0.8, "drift": 1.0, "mix": (5, 1, 1, 1)},
    ],
)
def test_labels_are_as_likely_as_p_true_says(knobs: dict[str, object]) -> None:
    generated = SCENARIO.synthesize(100_000, seed=11, knobs=knobs)
    p, events = p_fraud(generated), generated.events
    decile = np.digitize(p, np.quantile(p, np.linspace(0.1, 0.9, 9)))
    slices = {f"decile {d}": decile == d for d in range(10)}
    slices |= {"p over one half": p > 0.5}
    slices |= {f"eighth {e} of the time": (events["Time"] // (SPAN / 8) == e).to_numpy() for e in range(8)}
    slices |= {f"amount of {c} cents": (events["Amount"] == c / 100).to_numpy() for c in (0, 1, 5)}
    slices |= {"V14 low": (events["V14"] < -2).to_numpy(), "V5 high": (events["V5"] > 2).to_numpy()}
    off = {name: surprise(generated, chosen) for name, chosen in slices.items()}
    assert {name: z for name, z in off.items() if abs(z) > 4} == {}


def test_no_two_payments_are_alike_and_all_are_valid(many: Generated) -> None:
    assert not many.events.duplicated().any()
    validated = SCENARIO.event.validate(many.events)
    assert validated.rejected == 0
    assert tuple(many.events.columns) == SCENARIO.event.names


def test_payments_come_in_order_of_time_over_two_days(many: Generated) -> None:
    time = many.events["Time"].to_numpy()
    assert (np.diff(time) >= 0).all()
    assert time.min() >= 0
    assert time.max() < SPAN


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first, again, other = (SCENARIO.synthesize(500, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.events, again.events)
    np.testing.assert_array_equal(first.labels.label, again.labels.label)
    assert not first.events.equals(other.events)


def test_every_fraud_has_its_kind_and_no_genuine_payment_has_one(many: Generated) -> None:
    attack = many.labels.attack
    assert attack is not None
    assert set(attack) == {"", *FRAUDS}
    np.testing.assert_array_equal(attack != "", many.labels.label == 1)


def test_the_fraud_rate_and_the_mix_are_as_turned() -> None:
    generated = SCENARIO.synthesize(50_000, seed=3, knobs={"fraud_rate": 0.1, "mix": (1, 1, 1, 7)})
    assert generated.labels.label.mean() == pytest.approx(0.1, abs=0.006)
    assert generated.labels.attack is not None
    assert (generated.labels.attack == "lookalike").sum() / generated.labels.label.sum() == pytest.approx(0.7, abs=0.03)


def test_no_single_feature_gives_frauds_away(many: Generated) -> None:
    X = SCENARIO.features(many.events)
    alone = {name: roc_auc_score(many.labels.label, X[name]) for name in X}
    assert max(max(auc, 1 - auc) for auc in alone.values()) < 0.85


def test_overlap_makes_frauds_harder_and_drift_makes_later_ones_harder() -> None:
    easy, hard = (SCENARIO.synthesize(40_000, 4, {"fraud_rate": 0.1, "overlap": o}) for o in (0.1, 0.9))
    assert roc_auc_score(easy.labels.label, p_fraud(easy)) > roc_auc_score(hard.labels.label, p_fraud(hard)) + 0.1
    moving = SCENARIO.synthesize(40_000, 4, {"fraud_rate": 0.1, "drift": 1.0})
    frauds = moving.events[moving.labels.label == 1]
    early = frauds["Time"] < DAY
    assert frauds["V14"][~early].mean() > frauds["V14"][early].mean() + 0.4


def test_both_models_beat_a_straight_line_and_neither_beats_bayes() -> None:
    learn, judge = SCENARIO.synthesize(20_000, 7), SCENARIO.synthesize(60_000, 8)
    X, y = SCENARIO.features(learn.events), learn.labels.label
    X_judge, y_judge = SCENARIO.features(judge.events), judge.labels.label
    scaler = StandardScaler().fit(X)
    line = LogisticRegression(max_iter=500).fit(scaler.transform(X), y)
    straight = line.predict_proba(scaler.transform(X_judge))[:, 1]
    bayes = p_fraud(judge)
    for name in SCENARIO.models:
        risk = SCENARIO.make_model(name).fit(X, y).predict(X_judge).risk
        found = average_precision_score(y_judge, risk)
        assert average_precision_score(y_judge, straight) + 0.2 < found < average_precision_score(y_judge, bayes)
        assert roc_auc_score(y_judge, straight) + 0.02 < roc_auc_score(y_judge, risk) < roc_auc_score(y_judge, bayes)
        assert risk.mean() == pytest.approx(y_judge.mean(), rel=0.4)  # the prior is corrected


def test_features_are_one_block_and_never_the_time_itself(many: Generated) -> None:
    head = many.events.head(1_000)
    X = SCENARIO.features(head)
    assert tuple(X.columns) == COLUMNS
    block = X.to_numpy()
    assert block.dtype == np.float32
    assert block.flags.c_contiguous
    np.testing.assert_allclose(X["log_amount"], np.log1p(head["Amount"]), rtol=1e-6)
    later = SCENARIO.features(head.assign(Time=head["Time"] + 5 * DAY))
    pd.testing.assert_frame_equal(later, X)
    assert X["hour"].between(0, 24, inclusive="left").all()


def test_files_of_the_published_shape_are_used_as_they_are() -> None:
    header = ["Time", *COMPONENTS, "Amount", "Class"]
    table = pd.DataFrame([[0, *[0.5] * 28, 149.62, 0], [1, *[-0.5] * 28, 2.69, 1]], columns=header)
    assert SCENARIO.event.validate(table).rejected == 0
    assert SCENARIO.target.encode(table["Class"]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("field", "value"),
    [("V1", 1e300), ("V7", -2e6), ("V28", np.nan), ("Amount", -0.01), ("Amount", np.inf), ("Time", -1), ("V3", "nan")],
)
def test_impossible_values_are_refused_by_name(field: str, value: object) -> None:
    event = PRESETS["Ordinary groceries"] | {field: value}  # type: ignore[operator]
    with pytest.raises(DataError, match=f"Row 1: {field} is "):
        SCENARIO.event.accept(SCENARIO.event.frame(event))


def test_presets_are_judged_as_their_names_say() -> None:
    generated = SCENARIO.synthesize(SCENARIO.training_rows, 0)
    model = SCENARIO.make_model(SCENARIO.default_model)
    model.fit(SCENARIO.features(generated.events), generated.labels.label)
    events = SCENARIO.event.accept(SCENARIO.event.frame(*PRESETS.values()))
    risk = dict(zip(PRESETS, model.predict(SCENARIO.features(events)).risk, strict=True))
    decided = SCENARIO.policy.decide({"risk": np.array(list(risk.values()))}, events).actions
    action = {name: SCENARIO.policy.actions[a].key for name, a in zip(PRESETS, decided, strict=True)}
    assert {action[name] for name in ("Ordinary groceries", "Large but ordinary", "Lookalike")} == {"approve"}
    assert {action[name] for name in ("Card testing at night", "Big-ticket fraud", "Drained account")} == {"decline"}
    assert action["Odd but honest"] != "approve"
