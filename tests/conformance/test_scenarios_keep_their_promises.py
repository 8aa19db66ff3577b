"""Scenario × check: what `riskcore check KEY` runs, over the whole catalogue."""

import pytest

from riskcore import checks, scenarios

SUBJECTS = {key: checks.Subject(scenario) for key, scenario in scenarios.coded().items()}


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("key", SUBJECTS)
def test_scenario(key: str, check: checks.Check) -> None:
    found = checks.outcome(SUBJECTS[key], check)
    assert found.ok, f"{found.promise} {found.detail}"


@pytest.mark.parametrize("key", SUBJECTS)
def test_exceptions_name_checks_that_exist(key: str) -> None:
    assert set(SUBJECTS[key].scenario.exceptions) <= {check.__name__ for check in checks.CHECKS}
