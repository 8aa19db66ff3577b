"""What is wrong with a policy: each rule on a policy that breaks it, and none on one that does not."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.core.errors import DataError
from riskcore.core.overrides import Override
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.repeats import Repeated
from riskcore.scenarios import coded
from riskcore.services.deciding.lint import covers, lint, lint_text
from tests.deciding import ACTIONS, COSTS, POLICY, drawn, scenario, scored

VIP = Override(name="vip", when={"user": ["u1", "u2"]}, action="allow")
SPREAD = scored(np.linspace(0, 1, 500))


def rules(policy: Policy, *args) -> list[tuple[str, str]]:
    return [(f.rule, f.where) for f in lint(policy, *args)]


def test_a_sound_policy_has_no_findings() -> None:
    assert lint(POLICY, SPREAD, COSTS, 1_000) == ()


def test_every_unsound_part_of_a_text_is_an_error_with_its_path() -> None:
    said = POLICY.to_mapping()
    said["bands"][1]["action"] = "reveiw"
    said["band"] = []
    policy, found = lint_text(said, scenario(), "cards.yaml")
    assert policy is None
    assert {f.level for f in found} == {"error"}
    told = " ".join(f.sentence for f in found)
    assert "cards.yaml: unknown key 'band'. Did you mean 'bands'?" in told
    assert "bands[1] has action 'reveiw'. Did you mean 'review'?" in told


def test_order_and_gaps_are_errors() -> None:
    said = POLICY.to_mapping()
    said["bands"][1]["edge"] = 0.9
    assert "must rise" in lint_text(said, scenario())[1][0].sentence
    said["bands"] = said["bands"][1:]
    assert any("some events would have no action" in f.sentence for f in lint_text(said, scenario())[1])


def test_a_field_that_is_none_is_an_error() -> None:
    said = POLICY.to_mapping() | {"overrides": [{"name": "x", "when": {"contry": "DE"}, "action": "allow"}]}
    _, found = lint_text(said, scenario())
    assert "Did you mean 'country'?" in found[0].sentence


def test_severity_that_falls_while_risk_rises_is_found() -> None:
    swapped = replace(
        POLICY, actions=(ACTIONS[0], replace(ACTIONS[1], effect="stop"), replace(ACTIONS[2], effect="review"))
    )
    assert rules(swapped) == [("severity falls", "actions")]


def test_a_band_and_an_override_that_nothing_hits_are_found() -> None:
    policy = replace(POLICY, overrides=(Override(name="x", when={"user": "nobody"}, action="stop"),))
    low = scored(np.linspace(0, 0.2, 50))
    assert rules(policy, low) == [("never hit", "bands[1]"), ("never hit", "bands[2]"), ("never hit", "overrides[0]")]


def test_an_override_behind_a_wider_one_is_unreachable() -> None:
    narrow = Override(name="vip in Germany", when={"user": "u1", "country": "DE"}, action="stop")
    assert rules(replace(POLICY, overrides=(VIP, narrow))) == [("unreachable", "overrides[1]")]
    assert rules(replace(POLICY, overrides=(narrow, VIP))) == []


def test_an_override_whose_events_are_all_taken_is_unreachable_on_them() -> None:
    first = Override(name="Germany", when={"country": "DE"}, action="review")
    second = Override(name="u0", when={"user": "u0"}, action="review")  # who is in Germany
    assert ("unreachable", "overrides[1]") in rules(replace(POLICY, overrides=(first, second)), SPREAD)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ({}, {"a": 1}, True),
        ({"a": 1}, {}, False),
        ({"a": [1, 2]}, {"a": 2}, True),
        ({"a": [1, 2]}, {"a": [2, 3]}, False),
        ({"a": {"at_least": 5}}, {"a": {"at_least": 7, "below": 9}}, True),
        ({"a": {"at_least": 5, "below": 8}}, {"a": {"at_least": 7}}, False),
        ({"a": {"below": 5}}, {"a": [1, 4]}, True),
        ({"a": {"below": 5}}, {"a": [1, 5]}, False),
        ({"a": 5}, {"a": {"at_least": 5, "below": 6}}, False),
    ],
)
def test_one_condition_covers_another_only_where_it_must(wide, narrow, expected) -> None:
    made = (Override(name=str(i), when=when, action="allow") for i, when in enumerate((wide, narrow)))
    assert covers(*made) is expected


def test_an_override_that_loosens_a_block_is_found_with_its_events() -> None:
    rows = scored([0.9, 0.9, 0.1], {"user": ["u1", "u3", "u1"]})
    (found,) = (f for f in lint(replace(POLICY, overrides=(VIP,)), rows) if f.rule == "loosens a block")
    assert "'allow' to 1 events" in found.sentence
    stricter = replace(VIP, action="stop")
    assert not any(r == "loosens a block" for r, _ in rules(replace(POLICY, overrides=(stricter,)), rows))


def test_days_with_more_alerts_than_fit_are_found() -> None:
    rows, _ = drawn(2_000)
    (found,) = lint(POLICY, rows, COSTS, 1)
    assert found.rule == "capacity overflow"
    assert "On 10 of 10 days" in found.sentence
    assert lint(POLICY, rows, COSTS, 1_000) == ()


def test_days_overflow_as_they_would_at_the_real_rate_of_attacks() -> None:
    rows, labels = drawn(2_000, rate=0.3)
    as_is = lint(POLICY, rows, COSTS, 40)
    assert "10 of 10 days" in as_is[0].sentence
    assert lint(POLICY, rows, COSTS, 40, labels=labels, prior=float(labels.mean())) == as_is
    assert lint(POLICY, rows, COSTS, 40, labels=labels, prior=0.001) == ()
    with pytest.raises(DataError, match="Without labels"):
        lint(POLICY, rows, COSTS, 40, prior=0.001)


def test_a_band_thinner_than_the_scores_steps_is_found() -> None:
    steps = scored(np.repeat([0.0, 0.2, 0.5, 0.9], 20))
    assert rules(POLICY, steps) == [("too thin", "bands[1]"), ("too thin", "bands[2]")]
    assert "'stop' from 0.8 upwards holds 1 of the 4 values" in lint(POLICY, steps)[1].sentence
    assert rules(POLICY, SPREAD) == []
    rare = scored(np.append(np.linspace(0, 0.79, 500), 0.9))
    assert rules(POLICY, rare) == []  # one event up there tells nothing of the score's steps


def test_two_overrides_of_one_name_are_found() -> None:
    policy = replace(POLICY, overrides=(VIP, replace(VIP, when={"user": "u9"})))
    assert ("same name", "overrides[1]") in rules(policy)


def test_an_action_is_told_with_the_effect_it_lacks() -> None:
    (found,) = lint(
        Policy(
            actions=(Action("a", "A", "review"), Action("b", "B", "challenge")),
            bands=(Band(0.0, "a"), Band(0.5, "b")),
        )
    )
    assert "its effect is challenge and not review" in found.sentence


def ruled(action: str, **repeated) -> Policy:
    rule = Repeated(**{"events": 2, "risk": 0.5, "minutes": 30, "of": "user"} | repeated)
    return replace(POLICY, overrides=(Override(name="twice", when={}, action=action, repeated=rule),))


def findings(policy: Policy, *args) -> dict[str, str]:
    return {f.rule: f.sentence for f in lint(policy, *args)}


def test_a_rule_over_time_that_loosens_a_block_or_is_never_met_is_found() -> None:
    rows = scored([0.1, 0.9, 0.6, 0.95], {"user": ["a"] * 4, "Time": [0.0, 60.0, 120.0, 180.0]})
    said = findings(ruled("review"), rows)
    assert said["loosens a block"] == "'twice' gives 'review' to 1 events that the bands would stop."
    assert "loosens a block" not in findings(ruled("stop"), rows)
    never = findings(ruled("stop", events=5), rows)["never hit"]
    assert never == "None of 4 events meets 'twice' (5 events of one user at risk >= 0.5 within 30 min)."


def test_a_harder_rule_over_time_is_unreachable_after_an_easier_one() -> None:
    (easy,), (hard,) = ruled("review").overrides, ruled("stop", events=3, minutes=10).overrides
    hard = replace(hard, name="thrice", when={"country": "FR"})
    assert rules(replace(POLICY, overrides=(easy, hard))) == [("unreachable", "overrides[1]")]
    assert rules(replace(POLICY, overrides=(hard, easy))) == []
    plain = Override(name="French", when={"country": "FR"}, action="stop")
    assert rules(replace(POLICY, overrides=(plain, hard))) == [("unreachable", "overrides[1]")]
    assert rules(replace(POLICY, overrides=(hard, plain))) == []


def test_a_rule_over_time_warns_where_events_are_not_stored() -> None:
    policy = ruled("stop", of="")
    assert "recording (--record) is refused" in findings(policy, SPREAD)["keeps no past"]
    _, found = lint_text(policy.to_mapping(), scenario())
    assert [f.rule for f in found] == ["keeps no past"]
    assert lint(policy, scenario=coded()["identity_risk"]) == ()
