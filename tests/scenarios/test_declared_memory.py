"""Outcomes that models of declared scenarios remember: what may be declared, and what it does."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.checks import running
from riskcore.core.errors import ModelIntegrityError, ScenarioError
from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.scenarios.declared import from_spec
from riskcore.services.explaining import explain, reasons
from riskcore.services.inferring.declaring import completed
from riskcore.services.scoring import score
from riskcore.services.training import Plan, train
from riskcore.stores.registry import Registry
from tests.scenarios.test_declared_past import events, spec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = {"by": "shop", "within": "9d"}
COLUMN = "outcomes by shop in 9d"


def declared(*remember: dict[str, Any], delay: str | None = "3d", **rest: Any) -> dict[str, Any]:
    said = {"name": "fraud", "classes": ["no", "yes"]} | ({"delay": delay} if delay else {})
    return spec(**{"remember": list(remember), "target": said} | rest)


@pytest.fixture(scope="module", params=[False, True], ids=["dates", "seconds"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return from_spec(declared(SHOP, seconds=request.param))


@pytest.fixture(scope="module")
def table(scenario: Scenario) -> pd.DataFrame:
    return scenario.event.accept(scenario.synthesize(4_000, 0).events).sort_values("at", ignore_index=True)


@pytest.fixture(scope="module")
def trained(scenario: Scenario, table: pd.DataFrame) -> Trained:
    """Everything that happens at three shops is a fraud."""
    bad = table["shop"].isin(sorted(table["shop"].unique())[:3]).to_numpy()
    return train(scenario, table, Labels(label=bad.astype(np.int64)), Plan(), {}, NOW).trained


def test_later_events_of_a_bad_entity_are_risky_and_the_reason_says_why(
    scenario: Scenario, table: pd.DataFrame, trained: Trained
) -> None:
    assert trained.card.metrics["roc_auc"]["value"] > 0.99
    bad, good = (sorted(table["shop"].unique())[i] for i in (0, 10))
    for shop, risky in ((bad, True), (good, False), ("never seen", False)):
        one = events(scenario, (18.0, "card", shop, 50.0, "buy"))
        assert (score(trained, one).risk[0] > 0.5) == risky
    one = events(scenario, (18.0, "card", bad, 50.0, "buy"))
    said = reasons(trained, {str(k): v for k, v in one.iloc[0].items()}, explain(trained, one))[0]
    assert said.field == "shop"
    assert said.sentence.startswith(
        "Share of bad outcomes to be expected of this shop, by those in 9 days that the model knows: "
    )
    assert 0.9 < said.value < 1
    assert said.sentence.endswith("% raises the risk.")
    assert explain(trained, one).error() < 1e-5


def test_what_is_remembered_fades(scenario: Scenario, table: pd.DataFrame, trained: Trained) -> None:
    bad = sorted(table["shop"].unique())[0]
    later = events(scenario, *((day, "card", bad, 50.0, "buy") for day in (18.0, 40.0)))
    risks = score(trained, later).risk
    assert risks[0] > 0.5 > risks[1]


@pytest.mark.parametrize("calibration", ["none", "sigmoid"])
def test_what_goes_into_service_remembers_rows_that_it_was_calibrated_and_judged_on(
    calibration: str, scenario: Scenario, table: pd.DataFrame
) -> None:
    """A shop that turned bad only lately, and some that were bad all along."""
    shops, days = sorted(table["shop"].unique()), scenario.event.seconds(table) / 86_400
    last, new = days >= np.quantile(days, 0.8), shops[20]
    bad = table["shop"].isin(shops[:8]) | ((table["shop"] == new) & last)
    labels = Labels(label=bad.to_numpy().astype(np.int64))
    made = train(scenario, table, labels, Plan(calibration=calibration), {}, NOW)
    assert np.isin(made.split.judge, np.flatnonzero(last)).all()
    told = table.iloc[made.split.judge]
    assert made.judged is not None
    assert (made.judged.risk[(told["shop"] == new).to_numpy()] < 0.5).all()  # when it was judged, nobody knew
    assert (made.judged.risk[told["shop"].isin(shops[:8]).to_numpy()] > 0.5).mean() > 0.9
    later = events(scenario, *((days.max() + 4, "card", shop, 50.0, "buy") for shop in (new, shops[30])))
    shares = made.trained.model.completed(scenario.features(later))[COLUMN]
    assert shares[0] > 0.5 > 0.01 > shares[1]
    risks = score(made.trained, later).risk
    assert risks[0] > 3 * risks[1]


def test_a_model_that_remembers_otherwise_than_its_scenario_says_is_refused(
    tmp_path: Path, scenario: Scenario, table: pd.DataFrame
) -> None:
    registry = Registry(tmp_path)
    label = (table["shop"] == table["shop"].iloc[0]).to_numpy().astype(np.int64)
    made = train(scenario, table, Labels(label=label), Plan(), {}, NOW)
    stored = registry.save(made.trained, made.probe)
    registry.load(scenario, stored.version)
    seconds = scenario.event["at"].kind != "time"
    count = {"measure": "count", "by": "card"}
    for said in (declared(seconds=seconds), declared({"by": "shop"}, seconds=seconds), declared(SHOP, as_of=[count])):
        other = from_spec({**said, "fields": declared(seconds=seconds)["fields"]})
        with pytest.raises(ModelIntegrityError, match="was trained on other features than the scenario makes now"):
            registry.load(other, stored.version)


def test_every_family_that_learns_from_labels_remembers_and_no_other(scenario: Scenario, table: pd.DataFrame) -> None:
    label = (table["shop"] == table["shop"].iloc[0]).to_numpy().astype(np.int64)
    for name in scenario.models:
        learned = train(scenario, table, Labels(label=label), Plan(model=name), {}, NOW).trained
        assert (COLUMN in learned.model.features) == learned.model.supervised
        assert not [f for f in learned.model.features if f.startswith("moment")]


@pytest.mark.parametrize("past", [[], [{"measure": "count", "by": "card"}]], ids=["no past", "a past"])
def test_such_a_scenario_keeps_every_promise_but_that_names_say_nothing(past: list[dict[str, Any]]) -> None:
    scenario = from_spec(completed(declared(SHOP, {"by": "card", "within": "8d"}, as_of=past)))
    assert [(one.check, one.detail) for one in running.run(scenario) if not one.ok] == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (declared({"by": "shp"}), "remember[0].by is 'shp', which is no entity. Did you mean 'shop'?"),
        (declared({"by": "amount"}), "remember[0].by is 'amount', which is no entity."),
        (declared({"by": "shop"}, lookback=None), "remember[0] does not say how far back. Add within"),
        (declared({"by": "shop", "within": "3d"}), "remember[0].within is 3d; it must be longer than labels take"),
        (declared({"by": "shop", "within": "x"}), "remember[0].within is 'x'; it must be a number and d"),
        (declared({"by": "shop", "wihtin": "9d"}), "remember[0].wihtin is an unknown key. Did you mean 'within'?"),
        (declared({"by": "shop"}, {"by": "shop", "within": "240h"}), "remember[1] says the same as an earlier one."),
        (declared({"by": "amount"}, entities=["amount"]), "'amount', a number; only names are remembered."),
        (declared(SHOP, SHOP), "remember[1] says the same as an earlier one."),
        (declared(SHOP, delay=None), "target.delay is missing; what is remembered must say how late labels arrive"),
        (declared(SHOP, target=None), "remember is of outcomes, and there is no target."),
        (declared(SHOP, roles={}), "remember looks at the past, and no field is the time."),
    ],
)
def test_a_mistake_is_told_with_place_value_and_remedy(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ScenarioError) as error:
        from_spec(said)
    assert problem in str(error.value)
