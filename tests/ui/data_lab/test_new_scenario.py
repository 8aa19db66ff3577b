"""The form that makes a scenario of an uploaded table, in a page of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from riskcore.services.workspace import Workspace
from riskcore.stores.tables import to_bytes
from tests.tables import payments

FILE = "shop payments.csv"


def page(content: bytes, name: str) -> None:
    from riskcore.stores.tables import open_table
    from riskcore.ui.data_lab.new_scenario import new_scenario_form

    new_scenario_form(name, open_table(content, name=name).read())


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("RISKCORE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RISKCORE_MODELS", str(tmp_path / "models"))
    st.cache_resource.clear()
    yield AppTest.from_function(page, args=(to_bytes(payments(), "csv"), FILE), default_timeout=60).run()
    st.cache_resource.clear()


def inferred(opened: AppTest, **chosen: object) -> AppTest:
    for key, value in ({"label": "fraud", "time": "at"} | chosen).items():
        widgets = [*opened.text_input, *opened.selectbox, *opened.multiselect]
        widget = next(w for w in widgets if w.key == f"new_{key}")
        widget.set_value(value)
    next(b for b in opened.button if b.label == "Infer a scenario").click()
    return opened.run()


def test_the_key_is_taken_from_the_file(opened: AppTest) -> None:
    assert not opened.exception
    assert opened.text_input(key="new_key").value == "shop_payments"


def test_what_was_inferred_is_shown_before_anything_is_kept(opened: AppTest, own_house: Workspace) -> None:
    test = inferred(opened)
    assert not test.exception
    assert test.dataframe[0].value["field"].tolist() == ["at", "card", "amount", "place", "tries"]
    assert any("Column 'kind' is ignored" in text.value for text in test.text)
    assert "shop_payments" not in own_house.scenarios


def test_a_kept_scenario_is_served_with_its_table_as_data_set(opened: AppTest, own_house: Workspace) -> None:
    test = inferred(opened, title="Shop", entities=["card"])
    test.button(key="new_keep").click().run()
    assert not test.exception
    scenario = own_house.scenario("shop_payments")
    assert (scenario.title, scenario.entities) == ("Shop", ("card",))
    assert test.session_state["chosen"] == {"scenario": "shop_payments", "dataset": "shop payments"}
    (dataset,) = test.session_state["session_datasets"].values()
    assert len(dataset.events) == 400
    assert dataset.labels.label.sum() == 100


def test_a_mistake_is_told_and_nothing_is_offered(opened: AppTest) -> None:
    test = inferred(opened, label="amount")
    assert any("a label has at most 20 classes" in text.value for text in test.text)
    assert not [b for b in test.button if b.key == "new_keep"]


def test_a_column_that_sounds_like_the_outcome_is_warned_of(opened: AppTest) -> None:
    test = inferred(opened, label="tries", ignore=["place"])
    assert any(
        "'fraud' is named like something that is known only with the outcome" in text.value for text in test.text
    )


def test_a_scenario_is_not_replaced_by_accident(opened: AppTest, own_house: Workspace) -> None:
    test = inferred(opened, title="First")
    test.button(key="new_keep").click().run()
    test = inferred(test, title="Second")
    test.button(key="new_keep").click().run()
    assert own_house.scenario("shop_payments").title == "First"
    assert any("exists already" in text.value for text in test.text)
    test.checkbox(key="new_replace").check().run()
    test.button(key="new_keep").click().run()
    assert own_house.scenario("shop_payments").title == "Second"
