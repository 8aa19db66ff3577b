"""Every change of a policy is a version that can be gone back to."""

from dataclasses import replace
from pathlib import Path

import pytest

from riskcore.core.errors import ConflictError, PolicyError, UnknownKeyError
from riskcore.core.overrides import Override
from riskcore.core.policy import Policy
from riskcore.stores.policies import Applied, Policies, from_yaml, read_policy, to_yaml
from tests.deciding import POLICY

KEY = "cards"
STRICT, LOOSE = POLICY.with_edges({1: 0.1}), POLICY.with_edges({1: 0.5})


@pytest.fixture
def policies(tmp_path: Path) -> Policies:
    return Policies(tmp_path / "policies")


def put(policies: Policies, policy: Policy, **said: str) -> None:
    seen = policies.read(KEY, POLICY).policy.fingerprint()
    policies.apply(KEY, policy, "m1", POLICY, seen, **said)


def test_versions_keep_author_note_and_moment_in_order(policies: Policies) -> None:
    put(policies, STRICT, author="ann", note="fewer losses")
    put(policies, LOOSE, author="bob")
    first, second = policies.versions(KEY)
    assert (first.number, first.author, first.note, first.policy) == (1, "ann", "fewer losses", STRICT)
    assert (second.number, second.author, second.note, second.policy) == (2, "bob", "", LOOSE)
    assert first.at <= second.at


def test_going_back_is_a_new_version(policies: Policies) -> None:
    put(policies, STRICT)
    put(policies, LOOSE)
    made = policies.rollback(KEY, 1, POLICY, LOOSE.fingerprint(), author="ann")
    assert (made.number, made.note, made.policy) == (3, "back to version 1", STRICT)
    assert policies.read(KEY, POLICY) == Applied(STRICT, "m1")
    assert [v.policy for v in policies.versions(KEY)] == [STRICT, LOOSE, STRICT]


def test_going_back_to_the_default_removes_the_file_and_keeps_the_versions(policies: Policies) -> None:
    put(policies, STRICT)
    policies.rollback(KEY, 0, POLICY, STRICT.fingerprint())
    assert policies.read(KEY, POLICY) == Applied(POLICY, None)
    assert [v.note for v in policies.versions(KEY)] == ["", "back to the default"]


def test_going_back_is_refused_where_it_cannot_be(policies: Policies) -> None:
    put(policies, STRICT)
    with pytest.raises(UnknownKeyError, match="version of the policy of cards"):
        policies.rollback(KEY, 7, POLICY, STRICT.fingerprint())
    with pytest.raises(ConflictError, match="changed by someone else"):
        policies.rollback(KEY, 1, POLICY, POLICY.fingerprint())
    assert len(policies.versions(KEY)) == 1


def test_a_file_changed_by_hand_becomes_a_version_before_it_is_replaced(policies: Policies) -> None:
    put(policies, STRICT)
    path = policies.folder / f"{KEY}.yaml"
    path.write_text(to_yaml(Applied(LOOSE, None)))
    put(policies, POLICY)
    kept = policies.versions(KEY)
    assert [v.policy for v in kept] == [STRICT, LOOSE, POLICY]
    assert kept[1].note == "found in the file, changed by hand"


def test_versions_of_one_scenario_are_not_those_of_another(policies: Policies) -> None:
    put(policies, STRICT)
    assert policies.versions("sessions") == []


def test_a_dry_run_is_told_wherever_the_policy_is_read(policies: Policies) -> None:
    policies.apply(KEY, STRICT, None, POLICY, POLICY.fingerprint(), dry_run=True)
    assert policies.read(KEY, POLICY).dry_run
    assert policies.versions(KEY)[0].applied.dry_run
    policies.apply(KEY, STRICT, None, POLICY, STRICT.fingerprint())
    assert not policies.read(KEY, POLICY).dry_run


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("model", [None, "forest-1"])
def test_a_policy_round_trips_through_its_yaml(tmp_path: Path, dry_run: bool, model: str | None) -> None:
    rule = Override(name="größer", when={"Amount": {"at_least": 1e-7}, "country": ["DE", "FR"]}, action="review")
    applied = Applied(replace(STRICT, overrides=(rule,)), model, dry_run)
    assert from_yaml(to_yaml(applied)) == applied
    (tmp_path / "p.yaml").write_text(to_yaml(applied), encoding="utf-8")
    assert read_policy(tmp_path / "p.yaml") == applied


def test_a_bad_text_is_told_with_place_value_and_remedy() -> None:
    text = to_yaml(Applied(POLICY, None)).replace("action: stop", "action: stopp") + "dry_run: maybe\nbandz: []\n"
    with pytest.raises(PolicyError) as caught:
        from_yaml(text, "mine.yaml")
    told = caught.value.problems
    assert "mine.yaml: bands[2] has action 'stopp'. Did you mean 'stop'?" in told
    assert "mine.yaml: dry_run is 'maybe'; it must be true or false." in told
    assert "mine.yaml: unknown key 'bandz'. Did you mean 'bands'?" in told
    for broken in ("bands: [", "3", "- a"):
        with pytest.raises(PolicyError, match=r"mine\.yaml"):
            from_yaml(broken, "mine.yaml")
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(Path("/nowhere/p.yaml"))
