"""Bands, overrides and money."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.errors import PolicyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Action, Band, Policy, policy_from_mapping
from riskcore.core.repeats import Repeated
from tests.deciding import EVENT

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
        ((Band(0.0, "approve"), Band(0.5, "reveiw")), r"bands\[1\] has action 'reveiw'. Did you mean 'review'\?"),
        ((Band(0.1, "approve"),), r"bands\[0\] starts at risk 0.1; it must start at risk 0"),
        ((), "bands is missing or empty"),
        (
            (Band(0.0, "approve"), Band(0.8, "review"), Band(0.5, "decline")),
            r"bands\[2\] has edge 0.5, and bands\[1\] has 0.8; edges of risk must rise",
        ),
        (
            (Band(0.0, "decline"), Band(0.5, "approve")),
            r"bands\[1\] has action .approve., milder than .decline. of bands\[0\]",
        ),
        ((Band(0.0, "approve"), Band(1.5, "review")), "from 0 to 1"),
        ((Band(0.0, "approve"), Band(float("nan"), "review")), "from 0 to 1"),
    ],
)
def test_a_policy_that_cannot_be_applied_is_refused(bands: tuple[Band, ...], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
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


def test_equal_policies_have_one_fingerprint_however_their_numbers_are_written() -> None:
    rule = Override(name="x", when={}, action="review", repeated=Repeated(events=2, risk=1.0, minutes=5))
    policy = replace(POLICY, bands=(*POLICY.bands[:-1], Band(1.0, "decline")), overrides=(rule,))
    said = policy.to_mapping()
    said["bands"][0]["edge"], said["bands"][-1]["edge"], said["overrides"][0]["repeated"]["risk"] = 0, 1, 1
    whole = policy_from_mapping(said)
    assert whole == policy
    assert whole.fingerprint() == policy.fingerprint()


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


def test_a_condition_on_numbers_holds_its_lower_end_and_not_its_upper_one() -> None:
    large = Override(name="large", when={"amount": {"at_least": 100, "below": 200}}, action="review")
    found = decided(replace(POLICY, overrides=(large,)), [0.0] * 4, amount=[99.0, 100.0, 200.0, float("nan")])
    assert found == ["approve", "review", "approve", "approve"]


def test_ranges_round_trip_and_bad_ones_are_told_with_their_path() -> None:
    large = Override(name="large", when={"amount": {"at_least": 100}}, action="review")
    policy = replace(POLICY, overrides=(large,))
    assert policy_from_mapping(yaml.safe_load(yaml.safe_dump(policy.to_mapping()))) == policy
    said = policy.to_mapping()
    said["overrides"] = [
        {"name": "x", "when": {"a": {"at_leest": 1}, "b": {"below": "5"}, "c": [], "d": {}}, "action": "q"}
    ]
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    told = caught.value.problems
    assert any("when.a: unknown key 'at_leest'. Did you mean 'at_least'?" in p for p in told)
    assert any("when.b.below is '5'; it must be a number." in p for p in told)
    assert any("when.c is an empty list" in p for p in told)
    assert any("when.d is empty" in p for p in told)


THRICE = Override(
    name="three risky ones",
    when={"tenant": "a"},
    action="review",
    repeated=Repeated(events=3, risk=0.5, minutes=30, of="user"),
)


def test_a_rule_over_time_and_a_note_round_trip_and_are_told_in_words() -> None:
    bands = (POLICY.bands[0], replace(POLICY.bands[1], note="above the usual spend"), *POLICY.bands[2:])
    policy = replace(POLICY, bands=bands, overrides=(THRICE,))
    again = policy_from_mapping(yaml.safe_load(yaml.safe_dump(policy.to_mapping())))
    assert again == policy
    assert THRICE.conditions == "tenant is a and 3 events of one user at risk >= 0.5 within 30 min"
    said = policy.to_mapping()
    del said["overrides"][0]["when"]  # every event that completes it
    assert policy_from_mapping(said).overrides[0] == replace(THRICE, when={})


def test_bad_parts_of_a_rule_over_time_are_told_with_their_path() -> None:
    said = POLICY.to_mapping()
    said["overrides"] = [
        {"name": "x", "action": "review", "repeated": {"event": 3, "risk": "high", "minutes": 0, "of": 3}},
        {"name": "y", "action": "review", "repeated": 3},
        {"name": "z", "action": "review", "repeeted": {}},
    ]
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    assert caught.value.problems == (
        "p.yaml: overrides[0]: repeated: unknown key 'event'. Did you mean 'events'?",
        "p.yaml: overrides[0]: repeated: events is missing.",
        "p.yaml: overrides[0]: repeated.risk is 'high'; it must be a number from 0 to 1.",
        "p.yaml: overrides[0]: repeated.minutes is 0; it must be a number above 0, at most 527,040 (a year).",
        "p.yaml: overrides[0]: repeated.of is 3; it must be the name of a field.",
        "p.yaml: overrides[1]: repeated is 3; it must be a mapping with events, risk, minutes and, if wanted, "
        "of and among.",
        "p.yaml: overrides[2]: unknown key 'repeeted'. Did you mean 'repeated'?",
        "p.yaml: overrides[2]: when is missing.",
    )


def test_the_fingerprint_knows_rules_over_time_and_not_the_notes_of_bands() -> None:
    noted = replace(POLICY, bands=(replace(POLICY.bands[0], note="most of them"), *POLICY.bands[1:]))
    assert noted != POLICY
    assert noted.fingerprint() == POLICY.fingerprint()
    ruled = replace(POLICY, overrides=(THRICE,))
    wider = replace(THRICE, repeated=replace(ruled.repeats[0], minutes=31))
    found = {p.fingerprint() for p in (POLICY, ruled, replace(POLICY, overrides=(wider,)))}
    assert len(found) == 3


def test_an_unknown_action_is_told_beside_other_problems() -> None:
    said = POLICY.to_mapping() | {"band": []}
    said["bands"][1]["action"] = "reveiw"
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    assert len(caught.value.problems) == 2
    assert any("p.yaml: bands[1] has action 'reveiw'. Did you mean 'review'?" in p for p in caught.value.problems)


def test_a_policy_without_actions_says_so() -> None:
    said = POLICY.to_mapping()
    del said["actions"]
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    assert caught.value.problems == (
        "p.yaml: actions is missing or empty; it must list what can be done with an event, the mildest first.",
    )


def test_order_and_unknown_actions_are_told_beside_mistyped_keys() -> None:
    said = POLICY.to_mapping() | {"bandz": []}
    said["bands"][2]["edge"] = 0.4
    said["overrides"] = [{"name": "x", "when": {"a": 1}, "action": "hold"}]
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    unknown = "p.yaml: overrides[0] has action 'hold'. Known: approve, review, decline."
    assert caught.value.problems == (
        "p.yaml: unknown key 'bandz'. Did you mean 'bands'?",
        unknown,
        "p.yaml: bands[2] has edge 0.4, and bands[1] has 0.5; edges of risk must rise.",
    )
    said["overrides"][0]["wen"] = said["overrides"][0].pop("when")
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    assert {"p.yaml: overrides[0]: unknown key 'wen'. Did you mean 'when'?", unknown} < set(caught.value.problems)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"at_least": 100, "below": 10}, "when.a.at_least is 100 and below is 10; at_least must be less than below."),
        ({"at_least": 5, "below": 5}, "when.a.at_least is 5 and below is 5; at_least must be less than below."),
        ({"at_least": float("nan")}, "when.a.at_least is nan; it must be a number."),
        ({"below": float("inf")}, "when.a.below is inf; it must be a number."),
        (None, "when.a asks for nothing or NaN, which no event meets. Name a value."),
        ([1, float("nan")], "when.a asks for nothing or NaN, which no event meets. Name a value."),
    ],
)
def test_a_condition_that_no_value_meets_is_refused_with_its_path(wanted: object, told: str) -> None:
    said = POLICY.to_mapping() | {"overrides": [{"name": "x", "when": {"a": wanted}, "action": "review"}]}
    with pytest.raises(PolicyError) as caught:
        policy_from_mapping(said, "p.yaml")
    assert caught.value.problems == (f"p.yaml: overrides[0]: {told}",)


def test_values_that_a_field_cannot_hold_are_told() -> None:
    def told(when: dict[str, object]) -> list[str]:
        return Override(name="x", when=when, action="a").problems(EVENT, "overrides[0]")

    rule = "which it never is; it must be a number from 0 to 1e+12 s."
    assert told({"Amount": "abc"}) == ["overrides[0] asks for Amount 'abc', which it never is; it must be a number."]
    assert told({"Amount": [3, True]}) == ["overrides[0] asks for Amount True, which it never is; it must be a number."]
    assert told({"Time": -1}) == [f"overrides[0] asks for Time -1, {rule}"]
    assert told({"Time": {"below": 0}}) == [f"overrides[0] asks for Time < 0, {rule}"]
    assert told({"user": 5}) == ["overrides[0] asks for user 5, but it is text. Put it in quotes."]
    assert told({"Amount": [3, 2.5], "Time": {"at_least": 0, "below": 9}, "user": "5", "country": "DE"}) == []


def test_one_event_is_traced_to_the_rule_that_decides_it() -> None:
    vip = Override(name="vip", when={"tenant": "a"}, action="approve")
    other = Override(name="b", when={"tenant": "b"}, action="decline")
    policy = replace(POLICY, overrides=(vip, other))
    events = pd.DataFrame({"tenant": ["c", "a"]})
    found = policy.trace({"risk": np.array([0.6, 0.9])}, events, row=1)
    assert [(r.name, r.action, r.applies, r.effective) for r in found] == [
        ("risk >= 0", "approve", True, False),
        ("risk >= 0.5", "review", True, False),
        ("risk >= 0.8", "decline", True, False),
        ("vip", "approve", True, True),
        ("b", "decline", False, False),
    ]
    assert [r.name for r in policy.trace({"risk": np.array([0.6, 0.9])}, events) if r.effective] == ["risk >= 0.5"]


def test_conditions_that_no_event_could_meet_are_told() -> None:
    asked = Override(
        name="x",
        when={"contry": "DE", "country": ["DE", "FX"], "user": {"below": 3}, "Amount": {"below": 3}},
        action="a",
    )
    assert asked.problems(EVENT, "overrides[0]") == [
        "overrides[0] looks at 'contry', which is no field. Did you mean 'country'?",
        "overrides[0] asks for country 'FX', which it never is. Known: DE, FR, IT.",
        "overrides[0] compares 'user' with a number, but it is a text. Name its values instead.",
    ]
