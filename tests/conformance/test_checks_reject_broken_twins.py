"""A check that cannot fail is not a check: each must reject a scenario that breaks its promise."""

from dataclasses import replace
from pathlib import Path

import pytest

from riskcore.checks.answers import quality_reaches_its_floors
from riskcore.checks.generating import knobs_are_checked
from riskcore.checks.models import changed_models_are_refused
from riskcore.checks.running import CHECKS, outcome, run
from riskcore.checks.subject import Subject
from riskcore.core.scenario import Scenario
from riskcore.stores.registry import Registry
from tests.conformance.twins import SOUND, TWINS

BY_NAME = {check.__name__: check for check in CHECKS}


@pytest.mark.parametrize("name", TWINS)
def test_a_broken_twin_is_rejected(name: str) -> None:
    found = outcome(Subject(TWINS[name]()), BY_NAME[name])
    assert not found.ok
    assert found.detail


def test_a_registry_that_does_not_verify_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(self: Registry, scenario: str, version: str, name: str, sha256: str) -> bytes:
        return (Path(self.folder) / scenario / version / name).read_bytes()

    monkeypatch.setattr(Registry, "_verified", trusting)
    monkeypatch.setattr(Registry, "_rescore", lambda self, trained, files: None)
    found = outcome(Subject(SOUND), changed_models_are_refused)
    assert not found.ok


def test_every_check_has_a_twin() -> None:
    assert set(TWINS) | {"changed_models_are_refused"} == set(BY_NAME)


def _excused(check: str) -> Scenario:
    return replace(SOUND, exceptions={check: "on purpose"})


def test_an_exception_excuses_a_failing_check() -> None:
    scenario = replace(TWINS["quality_reaches_its_floors"](), exceptions={"quality_reaches_its_floors": "on purpose"})
    found = outcome(Subject(scenario), quality_reaches_its_floors)
    assert found.ok
    assert "on purpose" in found.detail


def test_an_exception_for_a_passing_check_has_to_go() -> None:
    found = outcome(Subject(_excused("knobs_are_checked")), knobs_are_checked)
    assert not found.ok
    assert "remove the exception" in found.detail


def test_an_exception_for_no_check_is_a_failure() -> None:
    first = next(iter(run(_excused("no_such_check"))))
    assert not first.ok
