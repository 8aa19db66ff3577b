"""Outcomes that models of declared scenarios remember: what may be declared, and what it does."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.checks import running
from riskcore.core.errors import ScenarioError
from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.scenarios.declared import from_spec
from riskcore.services.explaining import explain, reasons
from riskcore.services.inferring.declaring import completed
from riskcore.services.scoring import score
from riskcore.services.training import Plan, train
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
    assert said.sentence.startswith("Share of bad outcomes among events of this shop in 9 days, as known when the")
    assert 0.9 < said.value < 1
    assert said.sentence.endswith("% raises the risk.")
    assert explain(trained, one).error() < 1e-5


def test_what_is_remembered_fades(scenario: Scenario, table: pd.DataFrame, trained: Trained) -> None:
    bad = sorted(table["shop"].unique())[0]
    later = events(scenario, *((day, "card", bad, 50.0, "buy") for day in (18.0, 40.0)))
    risks = score(trained, later).risk
    assert risks[0] > 0.5 > risks[1]


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
