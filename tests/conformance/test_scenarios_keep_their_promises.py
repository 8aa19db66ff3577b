"""Scenario × check: what `riskcore check KEY` runs, over the whole catalogue."""

import pytest

from riskcore import scenarios
from riskcore.checks.running import CHECKS, outcome
from riskcore.checks.subject import Check, Subject

SUBJECTS = {key: Subject(scenario) for key, scenario in scenarios.coded().items()}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("key", SUBJECTS)
def test_scenario(key: str, check: Check) -> None:
    found = outcome(SUBJECTS[key], check)
    assert found.ok, f"{found.promise} {found.detail}"


@pytest.mark.parametrize("key", SUBJECTS)
def test_exceptions_name_checks_that_exist(key: str) -> None:
    assert set(SUBJECTS[key].scenario.exceptions) <= {check.__name__ for check in CHECKS}
