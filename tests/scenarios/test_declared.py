"""Declared scenarios keep every promise that coded ones keep, with labels of any number of classes and without."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from riskcore.checks.running import CHECKS, outcome
from riskcore.checks.subject import Check, Subject
from riskcore.core.scenario import Scenario
from riskcore.scenarios.declared import from_spec
from riskcore.services.inferring.declaring import propose
from riskcore.services.inferring.looking import Asked, look
from riskcore.stores.tables import open_table, to_bytes
from tests.tables import payments


@cache
def made(kind: str) -> Scenario:
    """A scenario inferred from a small table."""
    table = payments(1_500)
    asked = Asked(key="shop", label="fraud", time="at", entities=("card",))
    if kind == "unlabelled":
        table, asked = table.drop(columns="fraud"), Asked(key="shop", entities=("card",))
    if kind == "three classes":
        table["fraud"] = np.where(table["fraud"] == 0, "low", np.where(table["amount"] > 200, "high", "medium"))
    if kind == "few values":
        table, asked = table[["place", "tries", "fraud"]], Asked(key="shop", label="fraud")
    if kind == "without id":
        asked = Asked(key="shop", label="fraud", time="at", entities=("card",), ignore=("id",))
    if kind == "time in seconds":
        table["at"] = np.arange(1_500) * 10_800
    if kind == "rare":
        table, asked = payments(8_000), Asked(key="shop", label="fraud")
        table = table[(table["fraud"] == 0) | (np.arange(8_000) % 160 == 0)]
    return propose(look(open_table(to_bytes(table, "parquet"), name="t.parquet")), asked).scenario


KINDS = ("two classes", "three classes", "unlabelled", "few values", "rare", "without id", "time in seconds")
SUBJECTS = {kind: Subject(made(kind)) for kind in KINDS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_declared_scenario(kind: str, check: Check) -> None:
    found = outcome(SUBJECTS[kind], check)
    assert found.ok, f"{found.promise} {found.detail}"


def test_rare_classes_are_boosted_at_a_lower_rate_with_heavier_leaves() -> None:
    settings = {k.key: k.default for k in made("rare").models["boosted"].settings}
    assert settings["min_child_weight"] >= 5
    assert settings["rate"] < 0.1
    assert {k.key: k.default for k in made("two classes").models["boosted"].settings}["rate"] == 0.3


def test_synthetic_rows_are_spread_as_the_data_they_were_made_from() -> None:
    table, scenario = payments(1_500), made("two classes")
    drawn = scenario.synthesize(20_000, 3, {"balance": (0.75, 0.25), "overlap": 0.0})
    for label in (0, 1):
        real = table.loc[table["fraud"] == label]
        twin = drawn.events[drawn.labels.label == label]
        edges = real["amount"].quantile([0.1, 0.5, 0.9]).to_numpy()
        assert np.allclose([(twin["amount"] <= e).mean() for e in edges], [0.1, 0.5, 0.9], atol=0.05)
        assert twin["tries"].mean() == pytest.approx(real["tries"].mean(), rel=0.1)
        assert twin["place"].isna().mean() == pytest.approx(real["place"].isna().mean(), abs=0.02)


@pytest.mark.parametrize("kind", ["two classes", "three classes", "unlabelled"])
def test_recipes_are_balanced_or_harder_than_the_data(kind: str) -> None:
    scenario = made(kind)
    balanced, nasty = (scenario.synthesize(4_000, 2, scenario.recipes[name]).labels for name in ("balanced", "nasty"))
    np.testing.assert_allclose(np.bincount(balanced.label) / 4_000, 1 / len(scenario.target.classes), atol=0.03)
    if not scenario.target.labelled:
        assert 0 < nasty.label.mean() < 0.01
        return
    usual = scenario.synthesize(4_000, 2).labels
    assert usual.p_true is not None
    assert nasty.p_true is not None
    assert nasty.p_true.max(axis=1).mean() < usual.p_true.max(axis=1).mean() - 0.05


def test_wrong_labels_are_in_the_true_probabilities() -> None:
    p = made("two classes").synthesize(2_000, 0, {"overlap": 0.0, "label_noise": 0.3}).labels.p_true
    assert p is not None
    assert p.max() < 0.95


def test_planted_events_of_a_scenario_without_labels_are_marked_and_found() -> None:
    scenario = made("unlabelled")
    drawn = scenario.synthesize(4_000, 5, {"unusual": 0.05})
    assert drawn.labels.label.mean() == pytest.approx(0.05, abs=0.015)
    assert drawn.labels.attack is not None
    assert set(drawn.labels.attack) == {"", "planted"}
    assert drawn.labels.p_true is None


def test_unknown_values_and_gaps_are_scored_and_a_value_out_of_range_warns() -> None:
    scenario = made("two classes")
    events = payments(30).assign(place="Atlantis", amount=9e9)
    accepted = scenario.event.accept(events)
    assert len(accepted) == 30
    assert [w.field for w in scenario.event.unusual(accepted)] == ["amount"]


def test_the_spec_alone_makes_the_same_scenario() -> None:
    table = payments(300)
    proposal = propose(look(open_table(to_bytes(table, "csv"), name="t.csv")), Asked(key="shop", label="fraud"))
    again = from_spec(dict(proposal.spec))
    one, two = (s.synthesize(50, 1).events for s in (proposal.scenario, again))
    pd.testing.assert_frame_equal(one, two)
