"""Explanations add up to what is decided on, and words, drivers and trees tell the same story."""

import numpy as np
import pytest

from riskcore.core.errors import DataError
from riskcore.core.trained import Trained
from riskcore.scenarios import coded
from riskcore.services import drivers, explaining, scoring
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace
from tests.estimators.walking import root_to_leaf

SCENARIOS = sorted(coded())


@pytest.fixture(scope="module", params=SCENARIOS)
def trained(request: pytest.FixtureRequest, house: Workspace) -> Trained:
    """The default family, small."""
    scenario = house.scenario(request.param)
    family = scenario.models[scenario.default_model]
    few = {knob.key: 8 for knob in family.settings if knob.key in ("rounds", "trees")}
    return house.train(scenario, house.generate(scenario, 2_000, seed=0), Plan(settings=few)).trained


def sample(trained: Trained, n: int = 40, seed: int = 7):
    return trained.scenario.event.accept(trained.scenario.synthesize(n, seed).events)


def test_contributions_add_up_to_the_raw_output(trained: Trained) -> None:
    assert explaining.explain(trained, sample(trained)).error() < 1e-5


def test_explaining_what_was_scored_equals_explaining_the_events(trained: Trained) -> None:
    events = sample(trained)
    scored = explaining.explain_scored(trained, scoring.score(trained, events))
    assert np.array_equal(scored.contributions, explaining.explain(trained, events).contributions)


def test_reasons_are_strongest_first_and_say_the_direction_of_their_contribution(trained: Trained) -> None:
    events = sample(trained)
    explanation = explaining.explain(trained, events)
    for row in range(len(events)):
        found = explaining.reasons(trained, explaining.event_at(events, row), explanation, row)
        sizes = [abs(r.contribution) for r in found]
        assert sizes == sorted(sizes, reverse=True)
        assert all(("raises" in r.sentence) == (r.contribution > 0) for r in found)


def test_reasons_that_counted_past_events_list_their_times(trained: Trained) -> None:
    scenario = trained.scenario
    counting = {s.label for s in scenario.signals if s.counted is not None}
    if not counting:
        return
    listed = 0
    for preset, event in scenario.presets.items():
        history = scenario.past(preset)
        scored = scoring.score(trained, scenario.event.frame(event), history)
        explanation = explaining.explain_scored(trained, scored)
        strongest = explaining.reasons(trained, event, explanation)
        found = explaining.reasons(trained, event, explanation, history=history)
        assert {r.label for r in strongest} <= {r.label for r in found}
        assert len(found) <= len(strongest) + explaining.MOST_COUNTING
        listed += sum(r.label in counting and "UTC)" in r.sentence for r in found)
    assert listed > 5


def test_reasons_of_another_class_use_its_contributions(trained: Trained) -> None:
    events = sample(trained, 1)
    explanation = explaining.explain(trained, events)
    for output, name in enumerate(explanation.outputs[:-1]):
        fields, parts = explanation.by_field(output)
        strongest = explaining.reasons(trained, explaining.event_at(events, 0), explanation, output=output)[0]
        assert strongest.contribution == parts[0, fields.index(strongest.field)]
        assert f"'{name}'" in strongest.sentence


def test_neighbouring_steps_enclose_where_the_event_stands(trained: Trained) -> None:
    policy = trained.scenario.policy
    scored = scoring.score(trained, sample(trained))
    decided = scoring.decide(scored, policy)
    for row, key in enumerate(decided.action_keys()):
        reached = [step for step in explaining.neighbours(scored, policy, row) if step.reached]
        expected = reached[0].action.key if reached else policy.actions[0].key
        assert key == expected


def test_drawing_an_event_of_a_class_that_is_absent_is_refused() -> None:
    scenario = coded()[SCENARIOS[0]]
    events = scenario.event.accept(scenario.synthesize(10, 1).events)
    with pytest.raises(DataError, match="no such event"):
        explaining.draw(events, np.random.default_rng(0), np.zeros(10, dtype=np.int64), 1)


def test_a_sample_is_spread_over_the_data_set_and_its_importance_is_ordered(trained: Trained) -> None:
    events = sample(trained, 300)
    found = drivers.explain_sample(trained, events, 50)
    assert found.rows[0] == 0
    assert found.rows[-1] == 299
    assert len(found.events) == 50
    means = list(found.importance().values())
    assert means == sorted(means, reverse=True)
    assert set(found.importance()) <= set(found.labels)


def test_shuffling_a_field_that_no_tree_uses_moves_nothing(trained: Trained) -> None:
    found = drivers.explain_sample(trained, sample(trained, 200), 200)
    moved = drivers.shuffled(trained, found, np.random.default_rng(0))
    for name, share in trained.card.importance.items():
        if share == 0 and name in moved:
            assert moved[name] == 0
    assert max(moved.values()) > 0


def test_standing_runs_from_least_to_greatest(trained: Trained) -> None:
    events = sample(trained, 100)
    for f in trained.scenario.event.fields:
        standing = drivers.standing(trained.scenario.event, events, f.name)
        assert standing.min() >= 0
        assert standing.max() <= 1
        column = events[f.name].cat.codes if f.kind == "category" else events[f.name]
        if events[f.name].notna().all():
            assert standing[int(np.argmax(column.to_numpy()))] == standing.max()
        else:
            assert (standing[events[f.name].isna()] == 0.5).all()


def test_trees_walked_by_hand_add_up_to_what_the_model_says(trained: Trained) -> None:
    """Differences between events are compared, for boosted margins carry a constant that trees do not."""
    count = drivers.tree_count(trained)
    if not count:
        assert drivers.tree(trained, 0) is None
        return
    explanation = explaining.explain(trained, sample(trained, 12))
    for output in range(len(explanation.outputs)):
        drawn = [drivers.tree(trained, i, output) for i in range(count)]
        sums = np.array([sum(t.value[root_to_leaf(t, x)[-1]] for t in drawn) for x in explanation.values])
        margin = explanation.base[:, output] + explanation.contributions[:, :, output].sum(axis=1)
        said = sums / count if drawn[0].inclusive else sums
        assert np.allclose(said - said[0], margin - margin[0], atol=1e-4)
