"""Bulk score as a visitor meets it: empty, with a file, with a bad one, and with its result."""

import io
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from riskcore.core.settings import PROJECT
from riskcore.scenarios import coded
from tests.pages.conftest import SCENARIOS, OpenPage, texts

SAMPLES = PROJECT / "data" / "samples"


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def upload(test: AppTest, content: bytes, name: str = "in.csv") -> AppTest:
    return test.file_uploader[0].upload(name, content).run()


def numbers(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def as_csv(table: pd.DataFrame, **how: object) -> bytes:
    return table.to_csv(index=False, **how).encode()


def sample(key: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLES / f"{key}.csv")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_without_a_file_the_page_says_what_to_do_and_where_files_go(app: OpenPage, scenario: str) -> None:
    page = app("bulk_score", scenario=scenario)
    assert not page.exception
    assert "Upload a file, or try the page with the sample." in texts(page)
    assert "belongs to this session only" in texts(page)
    assert "up to 200 MB" in texts(page)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_sample_is_scored_in_two_clicks_with_all_metrics(app: OpenPage, scenario: str) -> None:
    page = press(app("bulk_score", scenario=scenario), "Try with the sample")
    assert "All 200 rows were checked: every one can be scored." in texts(page)
    page = press(page, "Score")
    assert not page.exception
    assert numbers(page) | {"Time": ""} == {"Rows": "200", "Scored": "200", "Rejected": "0", "Time": ""}
    assert "200 labelled rows" in texts(page)
    assert "ROC AUC" in page.dataframe[0].value["metric"].tolist()


@pytest.mark.parametrize("called", ["label", "status"])  # the latter is renamed in what is written
def test_a_labelled_file_shows_good_and_bad_actors_side_by_side(app: OpenPage, called: str) -> None:
    table = sample("session_risk")
    assert "label" in table
    page = upload(app("bulk_score", scenario="session_risk"), as_csv(table.rename(columns={"label": called})))
    if called != "label":
        next(s for s in page.selectbox if called in s.options and s.label.startswith("Label")).select(called).run()
    page = press(page, "Score")
    assert not page.exception
    assert "Good actors" in texts(page)
    assert "Bad actors" in texts(page)
    page = press(upload(page, as_csv(table.drop(columns="label")), "bare.csv"), "Score")
    assert "Good actors" not in texts(page)
    assert "All events" in texts(page)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_files_to_take_away_hold_every_row(app: OpenPage, scenario: str) -> None:
    text = (SAMPLES / f"{scenario}.csv").read_text().splitlines()
    text.insert(3, "torn")
    strict = [f.name for f in coded()[scenario].event.fields if f.kind != "text" and not (f.optional or f.derived)]
    place = next(i for i, name in enumerate(text[0].split(",")) if name in strict)
    cells = text[10].split(",")
    text[10] = ",".join([*cells[:place], "x" + cells[place], *cells[place + 1 :]])
    page = press(upload(app("bulk_score", scenario=scenario), "\n".join(text).encode()), "Score")
    assert not page.exception
    assert (numbers(page)["Scored"], numbers(page)["Rejected"]) == ("199", "2")
    result = page.session_state["bulk.result"]
    for rows in (pd.read_csv(result.csv), pd.read_parquet(result.parquet)):
        assert len(rows) == 201
        assert rows["status"].value_counts().to_dict() == {"scored": 199, "rejected": 1, "unreadable": 1}
    assert pd.read_csv(result.rejects)["line"].tolist() == [4, 11]


def test_a_file_that_is_no_table_is_refused_with_a_sentence(app: OpenPage) -> None:
    page = upload(app("bulk_score", scenario="session_risk"), b"\xd0\xcf\x11\xe0 book", "book.csv")
    assert not page.exception
    assert "is an Excel workbook" in texts(page)


def test_missing_columns_are_all_told(app: OpenPage) -> None:
    table = sample("session_risk").drop(columns=["login_hour", "os_variation"])
    page = upload(app("bulk_score", scenario="session_risk"), as_csv(table))
    assert not page.exception
    assert "Column 'login_hour' is missing" in texts(page)
    assert "Column 'os_variation' is missing" in texts(page)


def test_a_mapping_chosen_once_is_there_for_the_next_file_with_the_same_columns(app: OpenPage) -> None:
    content = as_csv(sample("session_risk").rename(columns={"login_hour": "Stunde"}), sep=";")
    page = upload(app("bulk_score", scenario="session_risk"), content)
    assert "separated by semicolons" in texts(page)
    assert "Column 'login_hour' is missing" in texts(page)
    next(s for s in page.selectbox if s.label == "login_hour").select("Stunde").run()
    page = press(page, "Score")
    assert numbers(page)["Scored"] == "200"
    again = upload(app("bulk_score", scenario="session_risk"), content)
    assert "read as in the last file" in texts(again)
    assert "every one can be scored" in texts(again)


def test_numbers_with_a_decimal_comma_are_repaired_only_when_ticked(app: OpenPage) -> None:
    table = sample("card_fraud").drop(columns=["p_true"])
    table["Amount"] = table["Amount"].map(lambda amount: f"{amount:.2f}".replace(".", ","))
    page = upload(app("bulk_score", scenario="card_fraud"), as_csv(table, sep=";"))
    assert "0 can be scored, 200 cannot" in texts(page)
    page.checkbox[0].check().run()
    assert "every one can be scored" in texts(page)
    page = press(page, "Score")
    assert numbers(page)["Scored"] == "200"
    written = pd.read_csv(page.session_state["bulk.result"].csv)
    assert written["Amount"].tolist() == table["Amount"].tolist()


def test_formulas_are_neutralised_in_csv_and_kept_in_parquet(app: OpenPage) -> None:
    page = upload(app("bulk_score", scenario="session_risk"), as_csv(sample("session_risk").assign(note="=1+1")))
    result = press(page, "Score").session_state["bulk.result"]
    assert pd.read_csv(result.csv)["note"].eq("'=1+1").all()
    assert pd.read_parquet(result.parquet)["note"].eq("=1+1").all()


def test_a_label_of_one_class_is_said_and_the_rest_is_shown(app: OpenPage) -> None:
    page = upload(app("bulk_score", scenario="session_risk"), as_csv(sample("session_risk").assign(label=0)))
    page = press(page, "Score")
    assert not page.exception
    assert "need at least two classes" in texts(page)
    assert "The 200 riskiest rows" in texts(page)


def test_a_column_that_is_only_named_like_a_label_does_not_stop_scoring(app: OpenPage) -> None:
    table = sample("identity_risk").drop(columns="label").assign(attack="session_hijack")
    page = press(upload(app("bulk_score", scenario="identity_risk"), as_csv(table)), "Score")
    assert not page.exception
    assert numbers(page)["Scored"] == "200"
    assert "It was found by its name alone and is passed over." in texts(page)


def test_parquet_is_read_with_its_types(app: OpenPage) -> None:
    packed = io.BytesIO()
    sample("card_fraud").to_parquet(packed)
    page = press(upload(app("bulk_score", scenario="card_fraud"), packed.getvalue(), "in.parquet"), "Score")
    assert not page.exception
    assert numbers(page)["Scored"] == "200"


def test_results_are_gone_with_their_session(app: OpenPage) -> None:
    page = press(press(app("bulk_score", scenario="session_risk"), "Try with the sample"), "Score")
    folder: Path = page.session_state["bulk.result"].csv.parent
    assert folder.is_dir()
    del page.session_state["session_folder"]
    assert not folder.exists()


def test_earlier_events_in_a_second_file_are_seen_by_the_rows(app: OpenPage) -> None:
    scenario = next(s for s in coded().values() if s.stateful)
    name = "Credential stuffing"
    before, event = scenario.past(name), scenario.event.frame(scenario.presets[name])
    assert before is not None
    alone = press(upload(app("bulk_score", scenario=scenario.key), as_csv(event)), "Score")
    page = upload(app("bulk_score", scenario=scenario.key), as_csv(event))
    page = press(page.file_uploader[1].upload("earlier.csv", as_csv(before)).run(), "Score")
    assert not page.exception
    assert f"{len(before):,} earlier events." in texts(page)
    risks = [pd.read_parquet(test.session_state["bulk.result"].parquet)["risk_score"][0] for test in (alone, page)]
    assert risks[1] > risks[0] + 0.1
