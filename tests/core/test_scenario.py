"""The scenario as a value: knobs, targets, discovery, names that were meant."""

from dataclasses import replace

import pandas as pd
import pytest

from riskcore import scenarios
from riskcore.core.errors import DataError, PolicyError, ScenarioError, UnknownKeyError
from riskcore.core.knobs import Knob
from riskcore.core.labels import Target
from riskcore.core.overrides import Override
from riskcore.core.settings import Settings, read_settings
from riskcore.services.workspace import open_workspace

TARGET = Target(name="risk", classes=("safe", "medium", "high"))
RATE = Knob(key="rate", label="Rate", kind="number", default=0.02, low=0.001, high=0.5)
MIX = Knob(key="mix", label="Mix", kind="shares", default=(1, 1), parts=("a", "b"))


def test_labels_are_read_as_numbers_or_names() -> None:
    assert TARGET.encode(pd.Series(["High", "0", " medium ", "2.0"])).tolist() == [2, 0, 1, 2]
    assert Target(name="y", classes=("no", "fraud")).encode(pd.Series([True, False])).tolist() == [1, 0]


def test_a_label_that_is_no_class_is_told() -> None:
    with pytest.raises(DataError, match=r"'3'.*must hold 0 \(safe\)"):
        TARGET.encode(pd.Series(["3", "0"], name="y"))


def test_shares_are_scaled_to_one() -> None:
    assert MIX.accept("1, 3") == (0.25, 0.75)


@pytest.mark.parametrize("value", ["1", (1, 2, 3), (0, 1), (-1, 2), "a,b", ("nan", 1)])
def test_bad_shares_are_refused(value: object) -> None:
    with pytest.raises(DataError):
        MIX.accept(value)


@pytest.mark.parametrize("value", [0, 0.6, "many", float("nan"), None])
def test_a_knob_out_of_range_is_refused(value: object) -> None:
    with pytest.raises(DataError, match="Knob rate"):
        RATE.accept(value)


@pytest.mark.parametrize("value", ["many", float("inf"), float("nan"), None])
def test_a_whole_number_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(DataError, match=r"Knob rows is .*; it must be a number"):
        replace(RATE, key="rows", kind="integer", low=1, high=9).accept(value)


def test_all_bad_knobs_are_told_at_once() -> None:
    scenario = next(iter(scenarios.coded().values()))
    with pytest.raises(DataError) as caught:
        scenario.turn({"nose": 1, "rows": 2})
    assert len(caught.value.problems) == 2


def test_a_policy_of_other_fields_and_classes_is_refused_with_every_problem() -> None:
    scenario = scenarios.coded()["session_risk"]
    harsher = replace(
        scenario.policy,
        bands=(*scenario.policy.bands[:-1], replace(scenario.policy.bands[-1], measure="hihg")),
        overrides=(Override(name="x", when={"login_huor": 3}, action=scenario.policy.actions[0].key),),
    )
    with pytest.raises(PolicyError) as caught:
        scenario.check_policy(harsher)
    measure, condition = caught.value.problems
    assert "Did you mean 'high'?" in measure
    assert "Did you mean 'login_hour'?" in condition


def test_an_unknown_scenario_says_which_was_meant() -> None:
    workspace = open_workspace(Settings())
    with pytest.raises(UnknownKeyError, match=r"No scenario 'card_frud'. Did you mean 'card_fraud'\?"):
        workspace.scenario("card_frud")


def test_a_scenario_that_cannot_be_imported_stops_the_program(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("extra")
    (folder / "broken_one.py").write_text("import no_such_library\n")
    monkeypatch.setattr(scenarios, "__path__", [*scenarios.__path__, str(folder)])
    scenarios.coded.cache_clear()
    try:
        with pytest.raises(ScenarioError, match=r"broken_one\.py"):
            scenarios.coded()
    finally:
        scenarios.coded.cache_clear()


def test_bad_settings_are_told_by_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKCORE_CHUNK", "0")
    monkeypatch.setenv("RISKCORE_THREADS", "many")
    with pytest.raises(DataError) as caught:
        read_settings()
    assert {p.split()[0] for p in caught.value.problems} == {"RISKCORE_CHUNK", "RISKCORE_THREADS"}


@pytest.mark.parametrize("cells", [["1", "2", "2"], [1, 2, 2], [1.0, 2.0, 2.0]])
def test_classes_that_are_numbers_are_meant_by_their_names(cells: list[object]) -> None:
    target = Target(name="y", classes=("1", "2"))
    assert target.encode(pd.Series(cells)).tolist() == [0, 1, 1]
    with pytest.raises(DataError):
        target.encode(pd.Series(["0", "1"]))
