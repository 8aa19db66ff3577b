"""Links to what is not here, models that are gone, tables that cannot be read: a sentence and a way on, no trace."""

import gzip
import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from riskcore.core.settings import PROJECT
from riskcore.services.inferring.declaring import propose
from riskcore.services.inferring.looking import Asked, look
from riskcore.services.workspace import Workspace
from riskcore.stores.tables import open_table, to_bytes
from tests.pages.conftest import OpenPage, texts
from tests.tables import payments

SAMPLE = (PROJECT / "data" / "samples" / "payment_fraud.csv").read_bytes()
TABLE = pd.read_csv(io.BytesIO(SAMPLE))
FIRST = TABLE.columns[0]
UPLOADS = {"bulk_score": {}, "data_lab": {"lab": "Upload"}}  # page -> first values of its widgets


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, SAMPLE)
    return packed.getvalue()


def linked(**asked: str) -> AppTest:
    test = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    for name, value in asked.items():
        test.query_params[name] = value
    return test.run()


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ({"scenario": "nonsense"}, "Card fraud is shown."),
        ({"scenario": "Card fraud", "dataset": "my upload"}, "Sample is shown."),
        ({"scenario": "Card fraud", "model": "gone"}, "champion is shown."),
    ],
    ids=["scenario", "upload", "model"],
)
def test_a_link_to_what_is_not_here_says_what_is_shown_instead(
    asked: dict[str, str], instead: str, open_empty: OpenPage
) -> None:
    page = linked(**asked)
    assert not page.exception
    (said,) = [text.value for text in page.text if "is not here" in text.value]
    assert f"'{list(asked.values())[-1]}'" in said
    assert instead in said


def test_what_a_link_lost_is_no_longer_told_once_something_else_is_chosen(open_empty: OpenPage) -> None:
    page = linked(scenario="nonsense")
    page.selectbox(key="scenario").select("identity_risk").run()
    assert "is not here" not in texts(page)


@pytest.mark.parametrize(
    "asked",
    [{"scenario": "Payment fraud", "dataset": "Sample", "model": "champion"}, {"scenario": "payment_fraud"}, {}],
)
def test_a_link_to_what_is_here_says_nothing(asked: dict[str, str], open_empty: OpenPage) -> None:
    assert "is not here" not in texts(linked(**asked))


@pytest.mark.parametrize("page", ["explain", "score_one"])
def test_a_champion_that_was_removed_is_replaced_at_one_click(
    page: str, app: OpenPage, home: Path, house: Workspace
) -> None:
    gone = str(house.registry.champion("session_risk"))
    shutil.rmtree(home / "models" / "session_risk" / gone)
    test = app(page, scenario="session_risk")
    assert not test.exception
    assert gone in texts(test)
    next(button for button in test.button if button.label == "Train a new champion").click().run()
    assert house.registry.champion("session_risk") not in {gone, None}


BAD = {
    "wrong delimiter": (SAMPLE.replace(b",", b"^"), "has one column only. Columns are told apart by commas"),
    "binary": (bytes(range(256)) * 9, "is not text"),
    "empty": (b"", "is empty"),
    "one column": (b"amount\n1\n2\n", "has one column only"),
    "a column twice": (to_bytes(TABLE, "csv").replace(TABLE.columns[1].encode(), FIRST.encode(), 1), "appears 2 times"),
    "no rows": (SAMPLE.splitlines(keepends=True)[0], "has a header but no rows"),
    "damaged gzip": (gzip.compress(SAMPLE)[:200], "is a damaged gzip file"),
    "two in a zip": (zipped("a.csv", "b.csv"), "it must hold exactly one table"),
    "damaged zip": (b"PK\x03\x04broken", "is a damaged zip file"),
    "damaged Parquet": (b"PAR1nope", "cannot be read"),
}


@pytest.mark.parametrize("page", UPLOADS)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_gets_a_sentence(page: str, kind: str, app: OpenPage) -> None:
    content, said = BAD[kind]
    test = sent(app(page, scenario="payment_fraud", **UPLOADS[page]), content)
    assert not test.exception
    assert said in texts(test)


@pytest.mark.parametrize("page", UPLOADS)
def test_semicolons_and_decimal_commas_are_offered_to_be_read(page: str, app: OpenPage) -> None:
    content = TABLE.to_csv(index=False, sep=";", decimal=",").encode()
    test = sent(app(page, scenario="payment_fraud", **UPLOADS[page]), content)
    for box in [box for box in test.checkbox if "→" in box.label]:
        box.check()
    test.run()
    assert not test.exception
    said = texts(test) + "".join(metric.value for metric in test.metric if metric.label == "Left out")
    assert "every one can be scored" in said if page == "bulk_score" else said.endswith("0")


@pytest.mark.parametrize("page", UPLOADS)
def test_values_that_are_unusual_are_counted_and_nothing_is_left_out_for_them(
    page: str, open_empty: OpenPage, house: Workspace
) -> None:
    table = payments()
    house.catalogue.declare(spec_of(table))
    house.trained(house.scenario("shop"))
    usual = next(f for f in house.scenario("shop").event.fields if f.usual is not None)
    odd = table.assign(**{usual.name: table[usual.name].where(table.index >= 3, usual.usual[1] * 2)})
    test = sent(open_empty(page, scenario="shop", **UPLOADS[page]), to_bytes(odd, "csv"))
    (told,) = [found.value for found in test.dataframe if "is usually" in str(found.value.get("rule", ""))]
    assert told[["column", "rows", "first line"]].to_numpy().tolist() == [[usual.name, 3, 2]]
    assert any(box.label.startswith("Unusual values in 1 column") for box in test.expander)


def test_a_scenario_that_was_edited_gets_a_sample_of_its_own(open_empty: OpenPage, house: Workspace) -> None:
    spec = spec_of(payments())
    edited = {**spec, "twin": spec_of(payments(seed=1))["twin"]}
    made = house.catalogue.declare(spec)
    test = open_empty("data_lab", scenario="shop", lab="Inspect")
    before = fingerprint_of(test)
    assert house.catalogue.declare(edited, replace=True).event.fingerprint() == made.event.fingerprint()
    assert fingerprint_of(test.run()) != before


def spec_of(table: pd.DataFrame) -> Mapping[str, Any]:
    looked = look(open_table(to_bytes(table, "csv"), name="shop.csv"))
    return propose(looked, Asked(key="shop", label="fraud")).spec


def fingerprint_of(test: AppTest) -> str:
    (said,) = [text.value for text in test.text if "fingerprint" in text.value]
    return said


def sent(test: AppTest, content: bytes) -> AppTest:
    return test.file_uploader[-1 if test.title[0].value == "Data lab" else 0].upload("in.csv", content).run()
