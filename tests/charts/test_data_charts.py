"""Charts of data: valid Vega-Lite that says its finding, names its classes, and holds the numbers it was given."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.charts import data as charts
from riskcore.charts.theme import EFFECT_COLORS, class_colors
from riskcore.core.policy import EFFECTS
from riskcore.core.scenario import Scenario
from riskcore.core.schema import category, integer, number, timestamp
from riskcore.scenarios import coded
from riskcore.services import profiling
from riskcore.services.health import LEAK_AUC, single_field_auc

CLASSES = ("safe", "medium", "high")


def spec_of(chart: charts.Drawing) -> dict[str, Any]:
    """The chart as Vega-Lite, checked against its schema by Altair."""
    spec: dict[str, Any] = json.loads(chart.to_json())
    assert spec["description"]
    return spec


def title_of(chart: charts.Drawing) -> str:
    return str(spec_of(chart)["title"]["text"])


@pytest.fixture(params=sorted(coded()))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return coded()[request.param]


def test_class_mix_names_the_commonest_class_and_its_share() -> None:
    assert title_of(charts.class_mix({"genuine": 980, "fraud": 20})) == "98 % of 1,000 rows are genuine"


def test_fields_of_every_kind_are_drawn_by_class() -> None:
    rng, n = np.random.default_rng(0), 400
    label = rng.integers(0, 3, n)
    columns = {
        number("amount", "Amount", unit="EUR", low=0): pd.Series(rng.lognormal(3, 2, n)),
        number("score", "Score"): pd.Series(rng.normal(size=n)),
        integer("hour", "Hour", low=0, high=23): pd.Series(rng.integers(0, 24, n)),
        category("country", "Country", ("DE", "US")): pd.Series(pd.Categorical(rng.choice(["DE", "US"], n))),
        timestamp("at", "When"): pd.Series(pd.date_range("2026-01-01", periods=n, freq="min", tz="UTC")),
    }
    for field, column in columns.items():
        found = profiling.histogram(field, column, label, CLASSES)
        chart = charts.by_class(field, found.bins, CLASSES, found.log)
        assert title_of(chart) == field.name
        assert all(name in str(chart.description) for name in CLASSES)


def test_shares_of_each_class_add_up_to_one_on_shared_bins(scenario: Scenario) -> None:
    made = scenario.synthesize(800, seed=1)
    events = scenario.event.accept(made.events)
    for f in scenario.event.fields:
        bins = profiling.histogram(f, events[f.name], made.labels.label, scenario.target.classes).bins
        present = bins.groupby("class")["n"].sum() > 0
        np.testing.assert_allclose(bins.groupby("class")["share"].sum()[present], 1.0)
        assert bins["n"].sum() == len(events)


def test_a_class_without_rows_is_not_drawn() -> None:
    field = number("x", "X")
    found = profiling.histogram(field, pd.Series(np.arange(50.0)), np.zeros(50, dtype=np.int64), CLASSES)
    assert "high is" not in str(charts.by_class(field, found.bins, CLASSES).description)


def test_the_leak_chart_names_the_field_that_leaks(scenario: Scenario) -> None:
    made = scenario.synthesize(1_000, seed=1, knobs=scenario.recipes["balanced"])
    honest = single_field_auc(scenario, made.events, made.labels.label)
    assert honest is not None
    assert title_of(charts.single_field_bars(honest, LEAK_AUC)).startswith("No field gives the label away")
    name = scenario.event.names[0]
    leaking = single_field_auc(scenario, made.events.assign(**{name: made.labels.label}), made.labels.label)
    assert leaking is not None
    assert title_of(charts.single_field_bars(leaking, LEAK_AUC)) == f"Leak alarm: {name} alone reaches 1.000"


def test_the_bayes_curve_and_certainty_say_how_hard_the_data_is(scenario: Scenario) -> None:
    hard = profiling.difficulty(scenario.synthesize(2_000, seed=1, knobs=scenario.recipes["balanced"]).labels)
    assert hard is not None
    assert hard.auc is not None
    assert hard.roc is not None
    assert hard.certainty["n"].sum() == 2_000
    said = title_of(charts.bayes_curve(hard.roc, hard.auc.to_mapping(), scenario.target.classes[-1]))
    assert said == f"At best an AUC of {hard.auc.value:.3f}"
    assert "below 0.9" in title_of(charts.certainty_bars(hard.certainty, hard.unsure.value, profiling.SURE))


def test_the_correlation_map_names_the_strongest_pair(scenario: Scenario) -> None:
    made = scenario.synthesize(1_000, seed=1)
    first, second = scenario.event.names[:2]
    events = made.events.assign(**{second: made.events[first]})
    pairs = profiling.correlations(scenario, events, made.labels)
    assert pairs["r"].between(-1.0001, 1.0001).all()
    assert title_of(charts.correlation_map(pairs)) == f"Strongest: {first} and {second}, +1.00"


def test_the_risk_strip_tells_its_rows_to_those_who_cannot_see_it() -> None:
    assert "100 risks; 25 %" in str(charts.risk_strip([50, 25, 15, 10]).description)


def test_the_legend_names_every_class() -> None:
    assert all(name in str(charts.class_legend(CLASSES).description) for name in CLASSES)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_classes_have_colours_of_their_own_from_harmless_to_severe(n: int) -> None:
    colors = class_colors(n)
    assert len(set(colors)) == n
    assert (colors[0], colors[-1]) == class_colors(2)


def test_every_effect_has_a_colour_of_its_own() -> None:
    assert set(EFFECT_COLORS) == set(EFFECTS)
    assert len(set(EFFECT_COLORS.values())) == len(EFFECTS)
