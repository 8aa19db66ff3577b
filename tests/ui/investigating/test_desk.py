"""The desk's answers: as the scoring path decides, explained to the last bit, every problem told at its field."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from riskcore.core.repeats import Repeated
from riskcore.core.schema import EventSchema, category
from riskcore.core.settings import Settings
from riskcore.core.trained import Trained
from riskcore.scenarios import coded
from riskcore.services import explaining, scoring
from riskcore.services.deciding.windows import with_rule
from riskcore.services.workspace import open_workspace
from riskcore.stores.datasets import Dataset
from riskcore.ui.investigating import copy_as, desk
from riskcore.ui.investigating.desk import Asked

SCENARIOS = sorted(coded())
ROWS = 2_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module", params=SCENARIOS)
def work(request: pytest.FixtureRequest, home: Path) -> tuple[Trained, Dataset]:
    """A scenario's default model and a small data set."""
    house = open_workspace(Settings(data=home / "data", models=Path(home / "models")))
    scenario = house.scenario(request.param)
    return house.trained(scenario), house.generate(scenario, ROWS, 1, name="Sample")


def answer(work: tuple[Trained, Dataset], asked: Asked | None = None) -> dict:
    trained, dataset = work
    asked = asked or desk.linked(trained.scenario, dataset, {})
    found = desk.answer(trained, trained.scenario.policy, dataset, asked)
    json.dumps(found, allow_nan=False)
    return found


def said(asked: Asked, **changes: object) -> dict:
    """What the browser says to ask for an event."""
    return {
        "number": asked.number + 1,
        "event": dict(asked.event),
        "preset": asked.preset,
        "row": asked.row,
        "draw": None,
        "milder": False,
        "copied": None,
    } | changes


def test_every_preset_is_decided_as_the_scoring_path_decides_it(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    scenario = trained.scenario
    for name, event in scenario.presets.items():
        result = answer(work, desk.linked(scenario, dataset, {"preset": name}))["result"]
        decided = scoring.decide(scoring.score(trained, scenario.event.frame(event)), scenario.policy)
        assert result["action"] == scenario.policy.action(str(decided.action_keys()[0])).label
        at = [measure["value"] for measure in result["measures"]]
        assert at == [float(decided.scored.measures[measure][0]) for measure in scenario.policy.measures]


def test_the_parts_of_each_output_add_up_to_what_the_model_said(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    event = desk.linked(trained.scenario, dataset, {}).event
    table = trained.scenario.event.frame(event)
    explanation = explaining.explain(trained, table)
    explained = answer(work)["result"]["explained"]
    assert len(explained) == explanation.base.shape[1]
    for i, output in enumerate(explained):
        total = explanation.base[0, i] + explanation.contributions[0, :, i].sum()
        assert output["base"] + sum(output["parts"]) == pytest.approx(total, abs=1e-9)
        assert "add up to" in output["summed"]
        if not trained.scenario.signals:
            assert any("typically" in reason["sentence"] for reason in output["reasons"])


def test_bands_of_a_measure_cover_it_without_a_gap(work: tuple[Trained, Dataset]) -> None:
    measures = answer(work)["result"]["measures"]
    assert measures
    for measure in measures:
        ends = [0.0, *(band["to"] for band in measure["bands"])]
        assert [band["from"] for band in measure["bands"]] == ends[:-1]
        assert ends[-1] == 1.0


@pytest.mark.parametrize("bad", [None, "three", -1e300, 10**40, [1], {"a": 1}])
def test_a_bad_value_is_told_at_its_field_and_nothing_is_scored(work: tuple[Trained, Dataset], bad: object) -> None:
    trained, dataset = work
    field = next(f for f in trained.scenario.event.fields if f.kind in ("number", "integer") and not f.derived)
    if field.optional and bad is None:
        return
    asked = desk.linked(trained.scenario, dataset, {})
    asked = desk.asked_anew(trained.scenario, dataset, asked, said(asked, event={**asked.event, field.name: bad}))
    found = answer(work, asked)
    assert found["result"] is None
    assert list(found["problems"]) == [field.name]
    assert field.label in found["problems"][field.name][0]


def test_all_problems_are_told_at_once(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    asked = desk.linked(trained.scenario, dataset, {})
    numbers = [f.name for f in trained.scenario.event.fields if f.kind in ("number", "integer") and not f.derived]
    found = answer(work, replace(asked, event={**asked.event, **dict.fromkeys(numbers, -1e300)}))
    assert list(found["problems"]) == numbers


def test_a_drawn_event_is_a_row_of_its_class_and_its_link_leads_back(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    before = desk.linked(trained.scenario, dataset, {})
    worst = len(trained.scenario.target.classes) - 1
    asked = desk.asked_anew(trained.scenario, dataset, before, said(before, draw=worst + 1))
    assert dataset.labels is not None
    assert asked.row is not None
    assert dataset.labels.label[asked.row] == worst
    again = desk.linked(trained.scenario, dataset, {"row": str(asked.row)})
    assert (again.event, again.start) == (asked.event, asked.start)


def test_a_link_that_says_nonsense_leads_to_the_first_preset(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    plain = desk.linked(trained.scenario, dataset, {})
    for event in ("{broken", "[1]", '{"unknown": 1}', "null"):
        nonsense = {"row": "99999999999", "preset": "?", "event": event}
        assert desk.linked(trained.scenario, dataset, nonsense) == plain


def test_what_follows_from_other_fields_is_told_and_not_asked_for(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    asked_for = {field["name"] for field in json.loads(desk.form(trained, dataset))["fields"]}
    derived = [f for f in trained.scenario.event.fields if f.follows]
    assert asked_for == set(trained.scenario.event.names) - {f.name for f in derived}
    assert all(f.label in answer(work)["derived"] for f in derived)


def test_what_would_make_it_milder_is_said_on_request(work: tuple[Trained, Dataset]) -> None:
    trained, dataset = work
    asked = desk.linked(trained.scenario, dataset, {"preset": list(trained.scenario.presets)[-1]})
    assert answer(work, asked)["result"]["milder"] is None
    assert answer(work, replace(asked, milder=True))["result"]["milder"]


@pytest.mark.parametrize("form", copy_as.FORMS)
def test_the_result_can_be_taken_away(form: str, work: tuple[Trained, Dataset]) -> None:
    asked = replace(desk.linked(work[0].scenario, work[1], {}), copied=form)
    text = answer(work, asked)["result"]["copied"]
    if form == "JSON":
        assert {"event", "risk_score", "decision", "reasons"} <= set(json.loads(text))
    elif form == "Python":
        compile(text, "copied.py", "exec")
    else:
        assert f"riskcore explain {work[0].scenario.key}" in text


def test_python_with_the_downloaded_past_gives_the_risk_on_screen(
    work: tuple[Trained, Dataset],
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trained, dataset = work
    scenario = trained.scenario
    if not scenario.stateful:
        return
    preset = [name for name in scenario.presets if scenario.past(name) is not None][-1]
    history = scenario.past(preset)
    asked = replace(desk.linked(scenario, dataset, {"preset": preset}), copied="Python")
    result = desk.answer(trained, scenario.policy, dataset, asked, history)["result"]
    alone = scoring.score(trained, scenario.event.frame(asked.event)).risk[0]
    assert history is not None
    history.to_csv(tmp_path / copy_as.history_file(scenario), index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RISKCORE_DATA", str(home / "data"))
    monkeypatch.setenv("RISKCORE_MODELS", str(home / "models"))
    exec(compile(result["copied"], "copied.py", "exec"), {})
    risk = float(capsys.readouterr().out.split()[0])
    assert risk == pytest.approx(result["measures"][0]["value"], rel=1e-6)
    assert risk != pytest.approx(alone, rel=1e-3)


def test_long_words_reach_the_form_whole() -> None:
    long = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79"
    schema = EventSchema(fields=(category("agent", "Agent", (long, "other"), open=True),))
    assert desk.on_form(schema, {"agent": long}) == {"agent": long}


def test_a_rule_over_time_counts_the_other_events_of_the_data_set(home: Path) -> None:
    house = open_workspace(Settings(data=home / "data", models=home / "models"))
    scenario = house.scenario("payment_fraud")
    trained, dataset = house.trained(scenario), house.generate(scenario, 200, 1, name="Sample")
    policy = with_rule(scenario.policy, Repeated(events=2, risk=0.0, minutes=527_040), scenario.policy.actions[-1].key)
    times = scenario.event.seconds(dataset.events)
    for row, wanted in ((int(times.argmin()), False), (int(times.argmax()), True)):
        asked = replace(desk.at_row(scenario, dataset, row), copied="Python")
        result = desk.answer(trained, policy, dataset, asked)["result"]
        assert (result["rule"] == "2 together in 527040 min") is wanted
        assert result["copied"].startswith(copy_as.UNKNOWN)
        assert not result["severe"]  # changes of one field would be counted as each other's past
