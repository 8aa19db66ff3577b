"""Charts of data: valid Vega-Lite that says its finding, names its classes, and holds the numbers it was given."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.charts import data as charts
from riskcore.charts import fields, hardness, rhythm
from riskcore.charts.theme import EFFECT_COLORS, class_colors
from riskcore.core.costs import EFFECTS
from riskcore.core.labels import Labels
from riskcore.core.scenario import Scenario
from riskcore.core.schema import category, integer, number, timestamp
from riskcore.scenarios import coded
from riskcore.services.data import profiling
from riskcore.services.data.difficulty import SURE, difficulty
from riskcore.services.data.rhythm import crowds, strip
from riskcore.services.data.single_fields import LEAK_AUC, single_field_auc

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
        chart = fields.by_class(field, found.bins, CLASSES, found.log)
        assert title_of(chart) == field.name
        assert all(name in str(chart.description) for name in CLASSES)


@pytest.mark.parametrize(("choices", "beside"), [(("DE", "US"), "x"), (("a long name", "and a longer one"), "y")])
def test_names_that_would_run_into_each_other_stand_beside_their_bars(choices: tuple[str, ...], beside: str) -> None:
    field, n = category("kind", "Kind", choices), 60
    column = pd.Series(pd.Categorical([choices[i % 2] for i in range(n)], categories=list(choices)))
    found = profiling.histogram(field, column, np.arange(n) % 3, CLASSES)
    spec = spec_of(fields.by_class(field, found.bins, CLASSES))
    assert spec["encoding"][beside]["field"] == "value"
    assert not spec["encoding"][beside]["axis"]["labelOverlap"]


def test_counts_from_zero_upwards_are_told_from_zero() -> None:
    field = integer("changes", "Changes", low=0)
    counts = pd.Series([0] * 900 + list(range(100)))
    found = profiling.histogram(field, counts, np.zeros(1_000, dtype=np.int64), ("all",))
    assert found.log
    (area, _) = spec_of(fields.by_class(field, found.bins, ("all",), found.log))["layer"]
    ticks = area["encoding"]["x"]["axis"]["values"]
    assert ticks[0] == 0
    assert all(tick >= 1 for tick in ticks[1:])


def test_correlations_of_fields_with_themselves_are_not_drawn_and_weak_ones_are_seen() -> None:
    pairs = pd.DataFrame({"a": list("ppqq"), "b": list("pqpq"), "r": [1.0, -0.13, -0.13, 1.0]})
    spec = spec_of(charts.correlation_map(pairs))
    (drawn,) = spec["datasets"].values()
    assert {(row["a"], row["b"]) for row in drawn} == {("p", "q"), ("q", "p")}
    assert spec["encoding"]["color"]["scale"]["domain"] == [-0.2, 0, 0.2]


def test_shares_of_each_class_add_up_to_one_on_shared_bins(scenario: Scenario) -> None:
    made = scenario.synthesize(800, seed=1)
    events = scenario.event.accept(made.events)
    for f in scenario.event.fields:
        if f.kind == "text":
            continue
        bins = profiling.histogram(f, events[f.name], made.labels.label, scenario.target.classes).bins
        present = bins.groupby("class")["n"].sum() > 0
        np.testing.assert_allclose(bins.groupby("class")["share"].sum()[present], 1.0)
        assert bins["n"].sum() == events[f.name].notna().sum()


def test_a_class_without_rows_is_not_drawn() -> None:
    field = number("x", "X")
    found = profiling.histogram(field, pd.Series(np.arange(50.0)), np.zeros(50, dtype=np.int64), CLASSES)
    assert "high is" not in str(fields.by_class(field, found.bins, CLASSES).description)


def test_the_leak_chart_names_the_field_that_leaks(scenario: Scenario) -> None:
    made = scenario.synthesize(1_000, seed=1, knobs=scenario.recipes.get("balanced", {}))
    honest = single_field_auc(scenario, made.events, made.labels.label)
    assert honest is not None
    assert title_of(charts.single_field_bars(honest, LEAK_AUC)).startswith("No field gives the label away")
    name = next(f.name for f in scenario.event.fields if f.numeric)
    leaking = single_field_auc(scenario, made.events.assign(**{name: made.labels.label}), made.labels.label)
    assert leaking is not None
    assert title_of(charts.single_field_bars(leaking, LEAK_AUC)) == f"Leak alarm: {name} alone reaches 1.000"


def test_the_bayes_curve_stands_beside_the_best_single_field(scenario: Scenario) -> None:
    made = scenario.synthesize(2_000, seed=1)
    worst = scenario.target.classes[-1]
    hard = difficulty(scenario, scenario.event.accept(made.events), made.labels, synthetic=True)
    assert hard.single is not None
    single = (hard.single.name, hard.single.roc, hard.single.auc.to_mapping())
    told = f"{hard.single.name} alone reaches"
    if made.labels.p_true is None:
        assert "not defined" in hard.why
        assert hard.limit is None
        assert title_of(hardness.bayes_curve(None, single, worst)).startswith(told)
        return
    assert hard.limit is not None
    assert hard.certainty is not None
    assert hard.certainty.bins["n"].sum() == 2_000
    assert hard.limit.auc.high > hard.single.auc.value
    limit = (hard.limit.name, hard.limit.roc, hard.limit.auc.to_mapping())
    title = spec_of(hardness.bayes_curve(limit, single, worst))["title"]
    assert title["text"].startswith("At best an AUC of")
    assert title["subtitle"][0].startswith(told)
    assert "below 0.9" in title_of(hardness.certainty_bars(hard.certainty.bins, hard.certainty.unsure.value, SURE))


def test_of_uploaded_data_no_limit_is_claimed(scenario: Scenario) -> None:
    made = scenario.synthesize(500, seed=1)
    hard = difficulty(scenario, scenario.event.accept(made.events), Labels(made.labels.label), synthetic=False)
    assert hard.limit is None
    assert "synthetic data only" in hard.why


def test_a_time_strip_counts_every_event_once(scenario: Scenario) -> None:
    made = scenario.synthesize(900, seed=1)
    events, names = scenario.event.accept(made.events), scenario.target.classes
    found = strip(scenario, events, made.labels.label, names)
    if scenario.event.time is None:
        assert found is None
        return
    assert found is not None
    assert found.counts["n"].sum() + found.untimed == 900
    offset = bool(scenario.event.origin)
    drawn = rhythm.time_strip(found.counts[found.counts["class"] == names[0]], "day", 86_400, names[0], "#000", offset)
    assert title_of(drawn).startswith(f"{names[0]}: ")


def test_crowds_hold_every_event_of_an_entity(scenario: Scenario) -> None:
    events = scenario.event.accept(scenario.synthesize(900, seed=1).events)
    found = crowds(scenario, events)
    assert [crowd.column for crowd in found] == [name for name in scenario.entities if events[name].notna().any()]
    for crowd in found:
        assert crowd.bins["n"].sum() == crowd.count == events[crowd.column].nunique()
        assert crowd.nobody == events[crowd.column].isna().sum()
        assert f"{crowd.count:,} values of" in title_of(
            rhythm.crowd_bars(crowd.bins, crowd.column, crowd.count, crowd.median, crowd.most)
        )


def test_the_attack_mix_names_the_most_frequent_kind(scenario: Scenario) -> None:
    labels = scenario.synthesize(3_000, seed=1).labels
    mix = profiling.attack_mix(labels)
    assert mix is not None
    assert mix["n"].sum() == (labels.attack != "").sum()
    said = title_of(rhythm.attack_bars(mix, scenario.target.classes[-1]))
    assert mix["attack"][0].replace("_", " ") in said


def test_the_correlation_map_names_the_strongest_pair(scenario: Scenario) -> None:
    made = scenario.synthesize(1_000, seed=1)
    first, second = [f.name for f in scenario.event.fields if f.kind in ("number", "integer")][:2]
    events = made.events.assign(**{second: made.events[first]})
    pairs = profiling.correlations(scenario, events, made.labels)
    assert pairs["r"].between(-1.0001, 1.0001).all()
    assert title_of(charts.correlation_map(pairs)) == f"Strongest: {first} and {second}, +1.00"


def test_the_risk_strip_tells_its_rows_to_those_who_cannot_see_it() -> None:
    assert "100 risks; 25 %" in str(charts.risk_strip([50, 25, 15, 10]).description)


def test_the_legend_names_every_class() -> None:
    assert all(name in str(fields.class_legend(CLASSES).description) for name in CLASSES)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_classes_have_colours_of_their_own_from_harmless_to_severe(n: int) -> None:
    colors = class_colors(n)
    assert len(set(colors)) == n
    assert (colors[0], colors[-1]) == class_colors(2)


def test_every_effect_has_a_colour_of_its_own() -> None:
    assert set(EFFECT_COLORS) == set(EFFECTS)
    assert len(set(EFFECT_COLORS.values())) == len(EFFECTS)
