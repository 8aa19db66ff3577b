"""Repeated folds: every row is judged by models that have not seen it, and the interval knows that folds overlap."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.core.scenario import Scenario
from riskcore.services.files.intake import check
from riskcore.services.files.mapping import suggest
from riskcore.services.inferring.declaring import propose
from riskcore.services.inferring.looking import Asked, look_at
from riskcore.services.judging.folds import cross_validate
from riskcore.services.training import Plan
from riskcore.stores.datasets import Dataset
from riskcore.stores.tables import open_table, to_bytes
from tests.tables import payments

PLAN = Plan(model="logistic", split="random")


@pytest.fixture(scope="module")
def shop() -> tuple[Scenario, Dataset]:
    chunk = open_table(to_bytes(payments(), "parquet"), name="t.parquet").read()
    scenario = propose(look_at("t", chunk), Asked(key="shop", label="fraud", entities=("card",))).scenario
    columns = [str(c) for c in chunk.table.columns]
    checked = check(scenario, chunk, suggest(columns, scenario.event, scenario.target, guess=False))
    return scenario, checked.dataset("t", "t", checked.labels("fraud"))


def test_each_repeat_judges_every_row_once(shop: tuple[Scenario, Dataset]) -> None:
    found = cross_validate(*shop, PLAN, folds=4, repeats=2)
    assert len(found.values) == 8
    assert (found.rows, found.folds, found.repeats) == (400, 4, 2)
    assert found.metrics["accuracy"].value == pytest.approx(found.values["accuracy"].mean())
    assert found.metrics["accuracy"].value > 0.75


def test_repeats_draw_other_folds_and_a_seed_repeats_them(shop: tuple[Scenario, Dataset]) -> None:
    one, again = (cross_validate(*shop, PLAN, folds=3, repeats=2).values for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    assert not np.allclose(one.iloc[:3], one.iloc[3:])


def test_the_interval_is_wider_than_if_folds_were_independent(shop: tuple[Scenario, Dataset]) -> None:
    found = cross_validate(*shop, PLAN, folds=4, repeats=3)
    m, naive = found.metrics["accuracy"], found.values["accuracy"].std() / np.sqrt(12)
    assert m.high - m.value == pytest.approx(m.value - m.low)
    assert m.high - m.value == pytest.approx(2.201 * naive * np.sqrt(1 + 12 / 3), rel=1e-3)


def test_folds_by_entity_keep_each_entity_together(shop: tuple[Scenario, Dataset]) -> None:
    scenario, dataset = shop
    assert dataset.labels is not None
    apart = cross_validate(scenario, dataset, Plan(model="logistic", split="entity"), folds=37)
    assert len(apart.values) == 37


@pytest.mark.parametrize(
    ("plan", "folds", "said"),
    [
        (PLAN, 1, "at least 2 and 1 are needed"),
        (Plan(split="time"), 3, "Folds mix earlier and later rows"),
    ],
)
def test_what_cannot_be_folded_is_refused(shop: tuple[Scenario, Dataset], plan: Plan, folds: int, said: str) -> None:
    with pytest.raises(DataError, match=said):
        cross_validate(*shop, plan, folds)


def test_data_without_labels_cannot_be_judged_by_folds(shop: tuple[Scenario, Dataset]) -> None:
    scenario, dataset = shop
    bare = Dataset(dataset.name, dataset.scenario, dataset.events, None, dataset.origin)
    with pytest.raises(DataError, match="no labels to judge by"):
        cross_validate(scenario, bare, PLAN, 3)
