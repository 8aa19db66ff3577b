"""From a table to a scenario: what is inferred, what is said, and what is refused."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError, ScenarioError
from riskcore.scenarios.declared import from_spec
from riskcore.services.inferring.declaring import Proposal, dataset_of, propose
from riskcore.services.inferring.inference import Inferred, infer
from riskcore.services.inferring.looking import MOST_ROWS, Asked, look, look_at
from riskcore.services.inferring.outcomes import read_classes, sounds_like_an_outcome
from riskcore.stores.tables import open_table, to_bytes
from tests.tables import payments


def inferred(table: pd.DataFrame, **asked: object) -> Inferred:
    return infer(look(open_table(to_bytes(table, "parquet"), name="t.parquet")), Asked(key="shop", **asked))


def proposed(table: pd.DataFrame, kind: str = "parquet", **asked: object) -> Proposal:
    return propose(look(open_table(to_bytes(table, kind), name=f"t.{kind}")), Asked(key="shop", **asked))


def refused(table: pd.DataFrame, **asked: object) -> str:
    with pytest.raises(DataError) as error:
        inferred(table, **asked)
    return str(error.value)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_labelled_table_becomes_a_scenario_whatever_the_file(kind: str) -> None:
    made = proposed(payments(1_200), kind, label="fraud", time="at", entities=("card",)).scenario
    assert [(f.name, f.kind) for f in made.event.fields] == [
        ("id", "text"), ("at", "time"), ("card", "text"), ("amount", "number"), ("place", "category"),
        ("tries", "integer"),
    ]  # fmt: skip
    assert (made.event.id, made.event.time, made.event.amount, made.entities) == ("id", "at", "amount", ("card",))
    assert made.target.classes == ("0", "1")
    assert made.event["place"].optional
    assert list(made.models) == ["boosted", "forest", "logistic", "isolation"]
    events = made.event.accept(payments())
    assert list(made.features(events)) == [
        "at hour sin", "at hour cos", "at weekday", "card", "amount", "place", "tries",
        "count by card in 1d", "mean of amount by card in 1d", "deviation of amount by card in 1d",
        "count by card in 7d", "mean of amount by card in 7d", "deviation of amount by card in 7d",
        "count by card in 30d", "mean of amount by card in 30d", "deviation of amount by card in 30d",
        "since by card", "count by card and place in 30d",
    ]  # fmt: skip
    assert made.lookback == timedelta(days=30)


def test_windows_follow_what_is_asked_for_or_how_long_the_recording_is() -> None:
    asked = {"label": "fraud", "time": "at", "entities": ("card",)}
    short = payments().assign(at=pd.date_range("2026-01-01", periods=400, freq="1min", tz="UTC"))
    for table, lookback, windows in (
        (payments(1_200), None, ["1d", "7d", "30d"]),
        (payments(1_200), "60d", ["7d", "30d", "60d"]),
        (payments(1_200), "5h", ["10m", "1h", "5h"]),
        (short, None, ["1m", "10m", "1h"]),
    ):
        found = inferred(table, **asked, lookback=lookback).spec
        assert list(dict.fromkeys(one["within"] for one in found["as_of"] if "within" in one)) == windows
        assert found["lookback"] == windows[-1]


def test_it_is_told_what_looks_at_the_past_and_what_that_needs() -> None:
    asked = {"label": "fraud", "time": "at", "entities": ("card",)}
    said = inferred(payments(1_200), **asked).notices
    assert any(
        s.startswith("11 columns look at the past of card: count, mean, deviation, since; within 1d") for s in said
    )
    assert "Column 'id' names events: it puts those of one moment in order." in said
    without = inferred(payments(1_200), **asked, ignore=("id",)).notices
    assert any(s.startswith("No column names events") for s in without)
    assert any("nothing looks back" in s for s in inferred(payments(), label="fraud", lookback="30d").notices)


def test_the_column_that_names_events_can_be_said_and_must_tell_each_row() -> None:
    table = payments(1_200).rename(columns={"id": "receipt"})
    asked = {"label": "fraud", "time": "at", "entities": ("card",)}
    assert "id" not in inferred(table, **asked, ignore=("receipt",)).spec["roles"]
    found = inferred(table, **asked, id="receipt")
    assert found.spec["roles"]["id"] == "receipt"
    assert any("'receipt' names events" in said for said in found.notices)
    said = refused(table, **asked, id="place")
    assert "Column 'place' cannot name events: " in said
    assert "rows repeat a value and 134 rows have none" in said
    assert "has no column 'no'" in refused(table, **asked, id="no")
    assert "cannot be two of" in refused(table, **asked, id="card")


def test_a_label_delay_is_kept_and_needs_a_label_and_a_time() -> None:
    made = proposed(payments(1_200), label="fraud", time="at", label_delay="7d").scenario
    assert made.target.delay == timedelta(days=7)
    assert "Label delay is '7x'; it must be a number and d, h, m or s" in refused(
        payments(), label="fraud", time="at", label_delay="7x"
    )
    assert "says nothing without a label and a time" in refused(payments(), label="fraud", label_delay="7d")


def test_outcomes_are_remembered_of_entities_as_labels_arrive() -> None:
    asked = {"label": "fraud", "time": "at", "entities": ("card",), "remember": ("card",)}
    made = proposed(payments(1_200), **asked, label_delay="2d")
    assert made.spec["remember"] == [{"by": "card"}]
    assert any("Models remember how events of each card turned out in the 30d" in said for said in made.notices)
    assert "say the time, and after how long labels arrive" in refused(payments(), **asked)
    said = refused(payments(), **asked | {"entities": (), "label_delay": "2d"})
    assert "Column 'card' is to be remembered, and is no entity." in said
    with pytest.raises(ScenarioError, match="it must be longer than labels take to arrive, 40d"):
        proposed(payments(1_200), **asked, label_delay="40d")


def test_a_table_without_labels_looks_for_unusual_events() -> None:
    made = proposed(payments(), ignore=("fraud",)).scenario
    assert not made.target.labelled
    assert list(made.models) == ["isolation"]
    assert [f.name for f in made.event.fields] == ["at", "card", "amount", "place", "tries"]


def test_ignored_columns_are_told_with_the_reason_unless_they_were_to_be_ignored() -> None:
    found = inferred(payments(), label="fraud", ignore=("tries",))
    assert found.spec["ignored"] == {
        "id": "looks like an identifier: 400 different values in 400 rows",
        "tries": "was to be ignored",
        "kind": "has one value in every row: web",
    }
    assert not any("tries" in said for said in found.notices)
    assert "Column 'kind' is ignored: it has one value in every row: web." in found.notices


def test_a_column_that_gives_the_label_away_raises_the_alarm() -> None:
    table = payments()
    table["verdict_code"] = np.where(table["fraud"] == 1, 8, 3)
    table["flagged"] = (np.arange(len(table)) % 5 == 0).astype(int)
    found = {alarm.column: alarm.said for alarm in proposed(table, label="fraud").alarms}
    assert found == {
        "verdict_code": "Column 'verdict_code' alone ranks a class with an AUC of 1.000: it seems to be the label "
        "again.",
        "flagged": "Column 'flagged' is named like something that is known only with the outcome.",
    }


def test_columns_named_like_outputs_are_renamed_and_still_read() -> None:
    table = payments().rename(columns={"tries": "risk_score", "place": "label"})
    proposal = proposed(table, label="fraud")
    assert {"risk_score_given", "label_given"} < set(proposal.scenario.event.names)
    assert (
        "Column 'risk_score' is named like an output of ours; its field is called risk_score_given." in proposal.notices
    )
    assert proposal.scenario.event["risk_score_given"].synonyms == ("risk_score",)


def test_a_time_in_seconds_has_an_origin_and_is_no_feature_itself() -> None:
    table = payments().assign(at=np.arange(400) * 9_000)
    found = from_spec(inferred(table, label="fraud", time="at").spec)
    assert (found.event.time, found.event.origin) == ("at", "the beginning of the recording")
    assert "at" not in found.features(found.event.accept(table))


def test_one_second_of_a_file_counts_rows_per_day() -> None:
    assert inferred(payments(), label="fraud", time="at").spec["per_day"] == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        ({"fraud": 0}, {"label": "fraud"}, "Label column 'fraud' holds only '0'; at least two classes are needed."),
        ({}, {"label": "amount"}, "different values; a label has at most 20 classes."),
        ({}, {"label": "frod"}, "t.parquet has no column 'frod'. Did you mean 'fraud'?"),
        ({}, {"label": "fraud", "ignore": ("fraud",)}, "Column 'fraud' is to be ignored, but it has a role."),
        ({}, {"label": "fraud", "classes": ("0", "2")}, "Label column 'fraud' holds no '2'."),
        ({}, {"label": "fraud", "time": "place"}, "is no time"),
        ({"at": "01/02/2026"}, {"label": "fraud", "time": "at"}, "Column 'at'"),
        ({}, {"label": "fraud", "lookback": "a month"}, "Lookback is 'a month'; it must be a number and d, h, m or s"),
    ],
)
def test_what_cannot_become_a_scenario_is_refused(
    change: dict[str, object], asked: dict[str, object], said: str
) -> None:
    assert said in refused(payments().assign(**change), **asked)


def test_all_problems_of_what_was_asked_are_told_at_once() -> None:
    said = refused(payments(), label="frod", time="wen", entities=("cart",))
    assert len(said.splitlines()) == 3


def test_a_constant_table_is_refused() -> None:
    table = pd.DataFrame({"a": np.ones(50), "b": ["x"] * 50, "y": [0, 1] * 25})
    assert refused(table, label="y").startswith(
        "t.parquet has no column to learn from: 'a' has one value in every row: 1"
    )


def test_too_few_rows_are_refused() -> None:
    assert "has 12 rows; at least 20 are needed" in refused(payments(12), label="fraud")


def test_words_of_severity_put_classes_in_order_and_an_order_given_stands() -> None:
    column = pd.Series(["high"] * 5 + ["low"] * 3 + ["medium"] * 2, name="risk")
    assert read_classes(column).names == ("low", "medium", "high")
    assert read_classes(column, ("high", "low", "medium")).names == ("high", "low", "medium")
    assert read_classes(pd.Series(["b"] * 3 + ["a"] * 5, name="y")).names == ("a", "b")


def test_labels_that_are_numbers_are_one_class_however_they_are_written() -> None:
    found = read_classes(pd.Series([1.0, 0.0, np.nan, 1.0], name="y"))
    assert (found.names, found.y.tolist()) == (("0", "1"), [1, 0, -1, 1])
    assert found.notices == ("1 rows have no label; they are left out.",)
    assert found.shares == (1 / 3, 2 / 3)


@pytest.mark.parametrize("name", ["isFlaggedFraud", "attack_class", "difficulty", "TARGET"])
def test_names_that_sound_like_outcomes(name: str) -> None:
    assert sounds_like_an_outcome(name)
    assert not sounds_like_an_outcome("amount")


def test_of_more_rows_than_are_kept_every_second_is_looked_at(tmp_path: Path) -> None:
    n = MOST_ROWS + 150_000
    path = tmp_path / "long.parquet"
    pd.DataFrame({"i": np.arange(n)}).to_parquet(path)
    seen = look(open_table(str(path)))
    assert (seen.total, seen.stride) == (n, 2)
    assert np.array_equal(seen.table["i"], np.arange(0, n, 2))


def test_a_coded_key_is_refused() -> None:
    with pytest.raises(ScenarioError, match="belongs to a scenario of the program"):
        propose(look(open_table(to_bytes(payments(), "csv"), name="t.csv")), Asked(key="card_fraud", label="fraud"))


def test_the_table_becomes_a_data_set_without_rows_that_have_no_label() -> None:
    table = payments().astype({"fraud": "str"})
    table.loc[:9, "fraud"] = ""
    chunk = open_table(to_bytes(table, "csv"), name="t.csv").read()
    scenario = propose(look_at("t.csv", chunk), Asked(key="shop", label="fraud")).scenario
    dataset = dataset_of(scenario, chunk, "shop", "t.csv")
    assert len(dataset.events) == 390
    assert dataset.labels is not None
    assert dataset.labels.label.sum() == 97
    assert not dataset.synthetic
