"""Data lab: recipes become data sets, uploads are checked before they are used, and mistakes are told as sentences."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from riskcore.core.knobs import Knob
from riskcore.core.scenario import Scenario
from riskcore.services.data.recipes import checked, link_text, recipe_text
from riskcore.services.generating import knobs_of
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import label_frame
from riskcore.stores.tables import to_bytes
from riskcore.ui.session_data import MOST_SETS
from tests.pages.conftest import SCENARIOS, OpenPage, texts

scenarios = pytest.mark.parametrize("key", SCENARIOS)


@pytest.fixture
def app(open_empty: OpenPage) -> OpenPage:
    """The app without a model: nothing of the lab needs one."""
    return open_empty


@scenarios
def test_an_empty_installation_previews_the_recipe_and_trains_nothing(
    key: str, open_empty: OpenPage, house: Workspace
) -> None:
    page = open_empty("data_lab", scenario=key)
    assert not page.exception
    assert not page.error
    assert len(charts(page)) >= 5
    assert house.registry.champion(key) is None


@scenarios
def test_a_generated_set_is_chosen_in_the_sidebar_and_shown_whole(key: str, app: OpenPage, house: Workspace) -> None:
    page = app("data_lab", scenario=key, lab_rows=1_500, lab_seed=11)
    page.button(key="lab_generate").click().run()
    assert not page.exception
    assert not page.error
    name = page.session_state["dataset"]
    made = page.session_state["session_datasets"][name]
    expected = house.generate(house.scenario(key), 1_500, 11)
    pd.testing.assert_frame_equal(made.events, expected.events)
    assert "1,500 synthetic rows are ready" in texts(page)
    assert page.segmented_control(key="lab").value == "Inspect"


@scenarios
def test_a_saved_set_outlives_the_session_and_its_name_is_not_given_twice(
    key: str, app: OpenPage, house: Workspace
) -> None:
    page = app("data_lab", scenario=key, lab_rows=1_000, lab_keep="Saved")
    page.button(key="lab_generate").click().run()
    (name,) = house.datasets.names(key)
    assert len(house.datasets.load(name).events) == 1_000
    again = app("data_lab", scenario=key, lab_rows=1_000, lab_keep="Saved")
    box = next(box for box in again.text_input if box.label == "Name")
    assert box.value != name
    box.set_value(name).run()
    again.button(key="lab_generate").click().run()
    assert "There is a data set" in texts(again)


@scenarios
def test_every_named_recipe_turns_the_knobs_it_names(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    for name, given in scenario.recipes.items():
        page = app("data_lab", scenario=key)
        page.pills(key=f"lab_{key}_recipe").set_value(name).run()
        assert not page.exception
        for knob in knobs_of(scenario):
            if knob.kind != "shares" and knob.key in given:
                assert page.session_state[f"lab_{key}_{knob.key}"] == given[knob.key]


@scenarios
def test_weights_that_do_not_add_up_are_told_and_one_button_mends_them(
    key: str, app: OpenPage, house: Workspace
) -> None:
    knob = shares_of(house.scenario(key))
    names = [f"lab_{key}_{knob.key}_{part}" for part in knob.parts]
    page = app("data_lab", scenario=key, **dict.fromkeys(names, 1.0))
    assert not page.error
    assert f"The weights add up to {len(names)}" in texts(page)
    page.button(key=f"lab_{key}_{knob.key}_normalise").click().run()
    assert not page.exception
    assert "The weights add up to" not in texts(page)
    assert sum(page.session_state[name] for name in names) == pytest.approx(1, abs=1e-4)


@scenarios
def test_a_weight_below_zero_is_told_and_the_same_button_mends_it(key: str, app: OpenPage, house: Workspace) -> None:
    knob = shares_of(house.scenario(key))
    first = f"lab_{key}_{knob.key}_{knob.parts[0]}"
    page = app("data_lab", scenario=key, **{first: -0.5})
    assert not page.exception
    assert f"Knob {knob.key} is" in texts(page)
    page.button(key=f"lab_{key}_{knob.key}_normalise").click().run()
    assert page.session_state[first] == 0


@scenarios
def test_a_weight_of_zero_takes_a_kind_away_but_never_a_class(key: str, app: OpenPage, house: Workspace) -> None:
    knob = shares_of(house.scenario(key))
    page = app("data_lab", scenario=key, **{f"lab_{key}_{knob.key}_{knob.parts[0]}": 0.0})
    assert not page.exception
    assert ("every weight must be above 0" in texts(page)) == (not knob.may_lack)
    assert bool(charts(page)) == knob.may_lack


@scenarios
def test_a_link_turns_the_knobs_and_a_broken_one_is_told(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    text = link_text(scenario, checked(scenario, {**scenario.recipes["nasty"], "rows": 3_000, "seed": 5}))
    page = app("data_lab", scenario=key)
    page.query_params["recipe"] = text
    page.run()
    assert not page.exception
    assert (page.session_state["lab_rows"], page.session_state["lab_seed"]) == (3_000, 5)
    assert page.pills(key=f"lab_{key}_recipe").value == "nasty"
    page.query_params["recipe"] = "rows=3000,nose=1"
    page.run()
    assert "No knob 'nose'" in texts(page)


@scenarios
def test_a_recipe_file_turns_the_knobs(key: str, app: OpenPage, house: Workspace) -> None:
    scenario = house.scenario(key)
    made = house.generate(scenario, 1_200, 4, scenario.recipes["nasty"])
    page = app("data_lab", scenario=key)
    file = ("recipe.yaml", recipe_text(scenario, made).encode(), "application/yaml")
    page.file_uploader(key="lab_recipe_file").set_value(file).run()
    assert not page.exception
    assert (page.session_state["lab_rows"], page.session_state["lab_seed"]) == (1_200, 4)
    assert page.pills(key=f"lab_{key}_recipe").value == "nasty"


@scenarios
def test_every_view_of_the_sample_is_drawn(key: str, app: OpenPage) -> None:
    page = app("data_lab", scenario=key, lab="Inspect")
    tabs = [tab.label for tab in page.tabs]
    assert "Rows" in tabs
    for tab in tabs:
        again = app("data_lab", scenario=key, lab="Inspect", lab_set_tab=tab)
        assert not again.exception
        assert not again.error
        assert charts(again) or tab == "Rows"


@scenarios
def test_the_sample_is_inspected_with_its_health(key: str, app: OpenPage) -> None:
    page = app("data_lab", scenario=key, lab="Inspect")
    assert not page.exception
    assert "No row is repeated." in texts(page)
    assert "No field gives the label away" in texts(page)
    assert "No field looks like an identifier." in texts(page)


@scenarios
def test_an_upload_with_bad_rows_keeps_the_good_ones_and_their_labels(
    key: str, app: OpenPage, house: Workspace
) -> None:
    table = labelled(house, key, 300)
    field = number_field(house.scenario(key))
    table[field] = table[field].astype(object)
    table.loc[[3, 7], field] = "many"
    page = upload(app, key, to_bytes(table, "csv"))
    assert [metric.value for metric in page.metric][:2] == ["298", "2"]
    page.button(key="lab_use").click().run()
    assert not page.exception
    made = page.session_state["session_datasets"][page.session_state["dataset"]]
    assert made.origin["rejected"] == 2
    np.testing.assert_array_equal(made.labels.label, np.delete(table["label"].to_numpy(), [3, 7]))


@scenarios
def test_an_upload_without_labels_can_be_used_too(key: str, app: OpenPage, house: Workspace) -> None:
    events = house.generate(house.scenario(key), 200, seed=5).events
    page = upload(app, key, to_bytes(events, "parquet"), "events.parquet")
    page.button(key="lab_use").click().run()
    assert not page.exception
    assert page.session_state["session_datasets"]["events"].labels is None


@scenarios
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PAR1 and then nothing that is Parquet", "Parquet"),
        (b"colour,size\nred,3\n", "is missing"),
    ],
    ids=["empty", "corrupt parquet", "other columns"],
)
def test_an_unfit_upload_is_refused_with_a_sentence(key: str, content: bytes, said: str, app: OpenPage) -> None:
    page = upload(app, key, content, "upload.parquet" if content.startswith(b"PAR1") else "upload.csv")
    assert not page.exception
    assert page.error
    assert said in texts(page)


@scenarios
def test_a_label_column_of_one_class_is_refused_with_a_sentence(key: str, app: OpenPage, house: Workspace) -> None:
    table = labelled(house, key, 100).assign(label=0)
    page = upload(app, key, to_bytes(table, "csv"))
    assert not page.exception
    assert "holds one class only" in texts(page)


@scenarios
def test_a_label_column_of_other_values_is_refused_with_them(key: str, app: OpenPage, house: Workspace) -> None:
    table = labelled(house, key, 100).assign(label="maybe")
    page = upload(app, key, to_bytes(table, "csv"))
    assert "holds 'maybe'; it must hold 0" in texts(page)


def test_a_full_session_refuses_another_set_and_says_what_to_do(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    full = {f"set {i}": house.generate(house.scenario(key), 50, i, name=f"set {i}") for i in range(MOST_SETS)}
    page = app("data_lab", scenario=key, lab_rows=1_000, session_datasets=full)
    page.button(key="lab_generate").click().run()
    assert "Remove one under Inspect first" in texts(page)


def test_a_session_set_can_be_removed(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    mine = house.generate(house.scenario(key), 300, 1, name="mine")
    page = app("data_lab", scenario=key, lab="Inspect", session_datasets={"mine": mine}, chosen={"dataset": "mine"})
    page.button(key="lab_remove").click().run()
    assert not page.exception
    assert page.session_state["session_datasets"] == {}
    assert page.session_state["dataset"] == "Sample"


@scenarios
def test_a_file_with_the_columns_of_another_scenario_is_led_there(key: str, app: OpenPage, house: Workspace) -> None:
    other = next(k for k in SCENARIOS if k != key)
    page = upload(app, key, to_bytes(labelled(house, other, 200), "csv"))
    assert f"These are all the columns of {house.scenario(other).title}" in texts(page)
    page.button(key="lab_switch").click().run()
    assert not page.exception
    assert page.session_state["scenario"] == other


def test_rows_without_a_label_are_said_to_be_left_out(app: OpenPage, house: Workspace) -> None:
    key = SCENARIOS[0]
    table = labelled(house, key, 300).astype({"label": object})
    table.loc[[1, 2, 3], "label"] = ""
    page = upload(app, key, to_bytes(table, "csv"))
    assert not page.exception
    assert "3 of 300 rows have no label" in texts(page)


def test_columns_that_fit_no_scenario_are_offered_one_of_their_own(app: OpenPage) -> None:
    page = upload(app, SCENARIOS[0], b"colour,size\nred,3\nblue,4\n")
    assert any(expander.label.startswith("These columns fit no scenario?") for expander in page.expander)


def labelled(house: Workspace, key: str, rows: int) -> pd.DataFrame:
    """Generated events with a column `label` that holds every class."""
    made = house.generate(
        house.scenario(key), rows, seed=2, knobs=dict(house.scenario(key).recipes.get("balanced", {}))
    )
    assert made.labels is not None
    return made.events.join(label_frame(made.labels)[["label"]])


def upload(app: OpenPage, key: str, content: bytes, name: str = "upload.csv") -> AppTest:
    page = app("data_lab", scenario=key, lab="Upload")
    return page.file_uploader(key="lab_file").set_value((name, content, "application/octet-stream")).run()


def charts(page: AppTest) -> list[object]:
    return list(page.get("vega_lite_chart")) or list(page.get("arrow_vega_lite_chart"))


def number_field(scenario: Scenario) -> str:
    return next(f.name for f in scenario.event.fields if f.kind in ("number", "integer"))


def shares_of(scenario: Scenario) -> Knob:
    return next(knob for knob in scenario.knobs if knob.kind == "shares")
