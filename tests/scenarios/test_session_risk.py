"""Session risk: the generator is honest, its task is worth learning, and the default model learns it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from riskcore.core.errors import DataError
from riskcore.core.labels import Generated
from riskcore.core.model import RiskModel, measures
from riskcore.scenarios.session_risk import SCENARIO
from riskcore.scenarios.session_risk.event import EVENT
from riskcore.scenarios.session_risk.generator import BLUR, distinct
from riskcore.scenarios.session_risk.kinds import FLAT, SHARE
from riskcore.scenarios.session_risk.world import World

JUDGED = 100_000  # rows; accuracy is then known to 0.07 points


@pytest.fixture(scope="module")
def judged() -> Generated:
    return SCENARIO.synthesize(JUDGED, seed=1001)


@pytest.fixture(scope="module")
def training() -> Generated:
    return SCENARIO.synthesize(SCENARIO.training_rows, seed=0)


@pytest.fixture(scope="module")
def model(training: Generated) -> RiskModel:
    return learned(training)


def learned(training: Generated) -> RiskModel:
    model = SCENARIO.make_model(SCENARIO.default_model, seed=0)
    return model.fit(SCENARIO.features(training.events), training.labels.label)


def probabilities(model: RiskModel, events: pd.DataFrame) -> np.ndarray:
    said = model.predict(SCENARIO.features(events)).probabilities
    assert said is not None
    return said.astype(np.float64)


def accuracy(p: np.ndarray, label: np.ndarray) -> float:
    return float((p.argmax(axis=1) == label).mean())


def log_loss(p: np.ndarray, label: np.ndarray) -> float:
    return float(-np.log(p[np.arange(len(label)), label]).mean())


# The generator


def test_500_000_sessions_have_no_duplicates_and_the_declared_class_mix() -> None:
    made = SCENARIO.synthesize(500_000, seed=3)
    assert len(made.events) == 500_000
    assert not made.events.duplicated().any()
    assert np.bincount(made.labels.label) / 500_000 == pytest.approx([0.40, 0.33, 0.27], abs=0.005)
    assert EVENT.accept(made.events).equals(made.events)


def test_fewer_than_one_draw_in_a_hundred_repeats_an_earlier_one() -> None:
    rng = np.random.default_rng(4)
    knobs = SCENARIO.turn()
    kinds = rng.choice(len(FLAT), size=500_000, p=np.array(knobs["balance"]) @ SHARE)
    assert World.at(BLUR * knobs["noise"] ** 2).draw(rng, kinds).duplicated().mean() < 0.01


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first, again, other = (SCENARIO.synthesize(2_000, seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first.events, again.events)
    np.testing.assert_array_equal(first.labels.label, again.labels.label)
    np.testing.assert_array_equal(first.labels.p_true, again.labels.p_true)
    assert not first.events.equals(other.events)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_any_number_of_rows_can_be_had(rows: int) -> None:
    made = SCENARIO.synthesize(rows, seed=5)
    assert len(made.events) == len(made.labels.label) == len(made.labels.p_true) == len(made.labels.attack) == rows


@pytest.mark.parametrize(
    "knobs",
    [
        {},
        {"balance": (0.90, 0.08, 0.02)},
        {"noise": 0.0},
        {"noise": 1.0},
        {"label_noise": 0.2},
        {"noise": 0.5, "label_noise": 0.1, "balance": (1, 1, 3)},
    ],
    ids=str,
)
def test_p_true_is_how_often_a_label_is_recorded_in_every_decile(knobs: dict[str, object]) -> None:
    made = SCENARIO.synthesize(60_000, seed=11, knobs=knobs)
    p_true = made.labels.p_true
    np.testing.assert_allclose(p_true.sum(axis=1), 1)
    for c in range(3):
        for rows in np.array_split(np.argsort(p_true[:, c], kind="stable"), 10):
            p = p_true[rows, c]
            error = np.sqrt((p * (1 - p)).sum())
            surplus = (made.labels.label[rows] == c).sum() - p.sum()
            assert abs(surplus) <= 4 * error + 1  # one event more is no evidence where hardly any is expected


def test_more_noise_makes_the_best_possible_accuracy_worse() -> None:
    best = []
    for noise in (0.0, 0.1, 0.2, 0.4, 0.7, 1.0):
        made = SCENARIO.synthesize(20_000, seed=12, knobs={"noise": noise})
        best.append(accuracy(made.labels.p_true, made.labels.label))
    assert best == sorted(best, reverse=True)
    assert best[0] > 0.97
    assert best[-1] < 0.45


def test_wrong_labels_are_neighbours_and_leave_the_recorded_mix_as_asked() -> None:
    made = SCENARIO.synthesize(20_000, seed=13, knobs={"label_noise": 0.3, "noise": 0.0})
    assert np.bincount(made.labels.label) / 20_000 == pytest.approx([0.40, 0.33, 0.27], abs=0.02)
    attacked = made.labels.attack != ""
    assert not attacked[made.labels.label == 0].any()
    assert attacked[made.labels.label == 1].any()


def test_every_kind_of_attack_occurs_and_only_sessions_of_high_risk_carry_one(judged: Generated) -> None:
    assert set(judged.labels.attack) == {"", "hijacked_session", "credential_resale", "token_replay", "slow_bot"}
    np.testing.assert_array_equal(judged.labels.attack != "", judged.labels.label == 2)


def test_a_space_that_holds_too_few_different_rows_is_told_and_not_searched_forever() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match=r"Rows is 500, but \d+ of \d+ draws repeated an earlier one"):
        distinct(lambda m: pd.DataFrame({"dots": rng.integers(1, 7, m), "throw": rng.random(m)}), 500, by=["dots"])


def test_of_equal_draws_the_first_is_kept() -> None:
    throws = iter([[1, 1, 2], [2], [3]])
    kept = distinct(lambda m: pd.DataFrame({"dots": next(throws)}).assign(asked=m), 3, by=["dots"])
    assert kept.to_dict("list") == {"dots": [1, 2, 3], "asked": [3, 3, 1]}


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"noise": 1.5}, "noise is 1.5; it must be from 0 to 1"),
        ({"label_noise": "many"}, "label_noise is 'many'; it must be a number"),
        ({"balance": (0.5, 0.5)}, "balance has 2 weights; it must have 3"),
        ({"balance": (1, 1, 0)}, "every weight must be above 0"),
        ({"noize": 0.1}, "No knob 'noize'. Did you mean 'noise'"),
    ],
)
def test_a_knob_refuses_a_bad_value_with_a_sentence(knobs: dict[str, object], said: str) -> None:
    with pytest.raises(DataError) as refused:
        SCENARIO.synthesize(10, seed=0, knobs=knobs)
    assert said in str(refused.value)


@pytest.mark.parametrize("recipe", SCENARIO.recipes)
def test_every_recipe_can_be_generated(recipe: str) -> None:
    assert len(SCENARIO.synthesize(1_000, seed=0, knobs=SCENARIO.recipes[recipe]).events) == 1_000


# The event


def test_night_follows_from_the_hour_when_missing_and_is_refused_when_it_contradicts(judged: Generated) -> None:
    events = judged.events.head(1_000)
    assert set(events.loc[events["is_night_login"] == 1, "login_hour"]) == {22, 23, 0, 1, 2, 3, 4, 5}
    assert EVENT.accept(events.drop(columns="is_night_login"))[list(EVENT.names)].equals(events)
    turned = events.assign(is_night_login=1 - events["is_night_login"])
    validated = EVENT.validate(turned)
    assert validated.rejected == 1_000
    assert {violation.field for violation in validated.violations} == {"is_night_login"}


def test_features_are_the_fields_in_one_block_that_a_booster_takes_without_a_copy(judged: Generated) -> None:
    X = SCENARIO.features(judged.events)
    assert tuple(X.columns) == EVENT.names
    block = X.to_numpy()
    assert block.dtype == np.float32
    assert block.flags.c_contiguous
    assert np.shares_memory(block, X.to_numpy())
    np.testing.assert_array_equal(block, judged.events.to_numpy())


# The task and the model


def test_a_tenth_of_sessions_are_truly_uncertain(judged: Generated) -> None:
    assert (judged.labels.p_true.max(axis=1) < 0.9).mean() >= 0.10


def test_confusion_is_mostly_between_neighbours(judged: Generated) -> None:
    wrong = np.abs(judged.labels.p_true.argmax(axis=1) - judged.labels.label)
    assert (wrong == 2).sum() < 0.2 * (wrong > 0).sum()


@pytest.mark.parametrize("rows", [SCENARIO.training_rows, 100_000])
def test_the_default_model_comes_close_to_the_best_possible(rows: int, judged: Generated) -> None:
    label, p_true = judged.labels.label, judged.labels.p_true
    said = probabilities(learned(SCENARIO.synthesize(rows, seed=21)), judged.events)
    assert 0.94 <= accuracy(said, label) <= 0.97
    assert accuracy(said, label) >= 0.985 * accuracy(p_true, label)
    assert log_loss(said, label) <= log_loss(p_true, label) + 0.02
    for c in range(3):
        assert (said.argmax(axis=1)[label == c] == c).mean() >= 0.90


def test_nothing_beats_p_true(model: RiskModel, judged: Generated) -> None:
    assert log_loss(probabilities(model, judged.events), judged.labels.label) > log_loss(
        judged.labels.p_true, judged.labels.label
    )


@pytest.mark.parametrize("hours", ["a number", "one-hot"])
def test_a_linear_model_is_at_least_two_points_worse(
    hours: str, training: Generated, judged: Generated, model: RiskModel
) -> None:
    def prepared(made: Generated) -> np.ndarray:
        X = SCENARIO.features(made.events)
        fields = X.to_numpy()
        return fields if hours == "a number" else np.hstack([fields, np.eye(24)[X["login_hour"].astype(int)]])

    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    linear.fit(prepared(training), training.labels.label)
    boosted = accuracy(probabilities(model, judged.events), judged.labels.label)
    assert linear.score(prepared(judged), judged.labels.label) <= boosted - 0.02


@pytest.mark.parametrize("field", EVENT.names)
def test_no_field_alone_reaches_0_80(field: str, training: Generated, judged: Generated) -> None:
    for leaves in (8, 64, 512):
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
        tree.fit(training.events[[field]], training.labels.label)
        assert tree.score(judged.events[[field]], judged.labels.label) < 0.80


# Presets and policy


EXPECTED = {
    "Quiet office day": "allow",
    "Night shift": "allow",
    "Frequent traveller": "allow",
    "Second device, ten o'clock": "step_up",
    "Forgotten log-out": "step_up",
    "Hijacked session": "revoke",
    "Slow bot": "revoke",
}


def test_every_preset_has_an_expected_action() -> None:
    assert set(EXPECTED) == set(SCENARIO.presets)


@pytest.mark.parametrize(("preset", "action"), EXPECTED.items())
def test_a_preset_gets_the_action_one_expects(preset: str, action: str, model: RiskModel) -> None:
    event = EVENT.accept(EVENT.frame(SCENARIO.presets[preset]))
    said = measures(model.predict(SCENARIO.features(event)), SCENARIO.target.classes)
    decided = SCENARIO.policy.decide(said, event)
    assert SCENARIO.policy.actions[decided.actions[0]].key == action


def test_the_cut_offs_cost_within_one_per_cent_of_the_cheapest(model: RiskModel, judged: Generated) -> None:
    said = measures(model.predict(SCENARIO.features(judged.events)), SCENARIO.target.classes)
    effects = [action.effect for action in SCENARIO.policy.actions]
    costs = np.array([SCENARIO.costs.of(judged.labels.label, None, effect) for effect in effects])

    def cost(medium: float, high: float) -> float:
        policy = SCENARIO.policy.with_edges({1: medium, 2: high})
        return float(costs[policy.decide(said, judged.events).actions, np.arange(JUDGED)].mean())

    cheapest = min(cost(medium, high) for medium in np.arange(0.02, 0.6, 0.04) for high in np.arange(0.1, 0.96, 0.05))
    assert cost(SCENARIO.policy.bands[1].edge, SCENARIO.policy.bands[2].edge) <= 1.01 * cheapest
