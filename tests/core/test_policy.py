"""Bands, overrides and money."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import PolicyError
from riskcore.core.policy import (
    Action,
    Band,
    Costs,
    EffectCost,
    Override,
    Policy,
    policy_from_mapping,
)

ACTIONS = (
    Action("approve", "Approve", "pass"),
    Action("review", "Review", "review"),
    Action("decline", "Decline", "stop"),
)
POLICY = Policy(actions=ACTIONS, bands=(Band(0.0, "approve"), Band(0.5, "review"), Band(0.8, "decline")))


def decided(policy: Policy, risks: list[float], **columns: list[object]) -> list[str]:
    found = policy.decide({"risk": np.array(risks)}, pd.DataFrame(columns, index=range(len(risks))))
    return [policy.actions[a].key for a in found.actions]


def test_an_edge_belongs_to_the_band_above_it() -> None:
    below = np.nextafter(0.5, 0)
    assert decided(POLICY, [0.0, below, 0.5, 0.8, 1.0]) == ["approve", "approve", "review", "decline", "decline"]


def test_the_first_matching_override_wins() -> None:
    policy = replace(
        POLICY,
        overrides=(
            Override(name="staff", when={"tenant": ["a", "b"]}, action="approve"),
            Override(name="all a", when={"tenant": "a"}, action="decline"),
        ),
    )
    found = policy.decide({"risk": np.array([0.9, 0.9])}, pd.DataFrame({"tenant": ["a", "c"]}))
    assert [policy.actions[a].key for a in found.actions] == ["approve", "decline"]
    assert [policy.rules[r] for r in found.rules] == ["staff", "risk >= 0.8"]


def test_classes_are_decided_by_the_probability_of_the_class_or_worse() -> None:
    policy = Policy(
        actions=ACTIONS,
        bands=(Band(0.0, "approve"), Band(0.5, "review", "medium"), Band(0.6, "decline", "high")),
    )
    measures = {
        "risk": np.array([0.5, 0.5, 0.5]),
        "medium": np.array([1.0, 0.5, 0.4]),
        "high": np.array([0.0, 0.5, 0.7]),
    }
    found = policy.decide(measures, pd.DataFrame(index=range(3)))
    assert [policy.actions[a].key for a in found.actions] == ["review", "review", "decline"]


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.lists(st.floats(0.001, 1), min_size=2, max_size=2, unique=True),
)
def test_a_riskier_event_is_never_treated_more_mildly(risks: list[float], edges: list[float]) -> None:
    policy = POLICY.with_edges(dict(zip((1, 2), sorted(edges), strict=True)))
    codes = policy.decide({"risk": np.sort(risks)}, pd.DataFrame(index=range(len(risks)))).actions
    assert (np.diff(codes) >= 0).all()


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ((Band(0.0, "approve"), Band(0.5, "reveiw")), "Did you mean 'review'?"),
        ((Band(0.1, "approve"),), "The first band must start at risk 0"),
        ((Band(0.0, "approve"), Band(0.8, "review"), Band(0.5, "decline")), "must rise"),
        ((Band(0.0, "decline"), Band(0.5, "approve")), "order of the severity"),
        ((Band(0.0, "approve"), Band(1.5, "review")), "from 0 to 1"),
        ((Band(0.0, "approve"), Band(float("nan"), "review")), "from 0 to 1"),
    ],
)
def test_a_policy_that_cannot_be_applied_is_refused(bands: tuple[Band, ...], said: str) -> None:
    with pytest.raises(PolicyError, match=said.replace("?", r"\?")):
        Policy(actions=ACTIONS, bands=bands)


def test_yaml_round_trips() -> None:
    policy = replace(POLICY, overrides=(Override(name="vip", when={"tenant": ["a"]}, action="approve"),))
    again = policy_from_mapping(yaml.safe_load(yaml.safe_dump(policy.to_mapping())))
    assert again == policy
    assert again.fingerprint() == policy.fingerprint()


def test_every_problem_of_a_file_is_told_with_its_path() -> None:
    said = POLICY.to_mapping() | {"band": []}
    said["bands"] = [{"edge": "low", "action": "approve"}, {"edge": 0.5}, "x"]
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "card.yaml")
    told = caught.value.problems
    assert any("unknown key 'band'. Did you mean 'bands'?" in p for p in told)
    assert any("bands[0]: edge is 'low'" in p for p in told)
    assert any("bands[1]: action is missing" in p for p in told)
    assert any("bands[2] must be a mapping" in p for p in told)
    assert all(p.startswith("card.yaml") for p in told)


def test_the_fingerprint_changes_with_an_edge() -> None:
    assert POLICY.fingerprint() != POLICY.with_edges({1: 0.51}).fingerprint()


def test_money_follows_from_effect_class_and_amount() -> None:
    costs = Costs(
        currency="EUR",
        losses=(0.0, 10.0),
        share_lost=0.5,
        minute=2.0,
        effects={
            "review": EffectCost(friction=1.0, review_minutes=3.0, catch_rate=0.9),
            "stop": EffectCost(friction=20.0, catch_rate=1.0),
        },
    )
    labels, amounts = np.array([0, 1]), np.array([100.0, 100.0])
    assert costs.of(labels, amounts, "pass").tolist() == [0.0, 60.0]
    assert costs.of(labels, amounts, "review").tolist() == pytest.approx([7.0, 12.0])
    assert costs.of(labels, amounts, "stop").tolist() == [20.0, 0.0]
    assert costs.of(labels, None, "pass").tolist() == [0.0, 10.0]
