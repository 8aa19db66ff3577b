"""A file in, the same rows with risk and decision out, and nothing lost on the way."""

import gzip
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import Cancelled, DataError
from riskcore.core.labels import Labels
from riskcore.core.settings import PROJECT
from riskcore.core.trained import Trained
from riskcore.scenarios import coded
from riskcore.services import bulk
from riskcore.services.bulk import Job, Summary, score_table
from riskcore.services.evaluation import evaluate
from riskcore.services.files import samples
from riskcore.services.files.bulk_past import WHOLE
from riskcore.services.files.dry_check import check_table
from riskcore.services.files.filters import conditions
from riskcore.services.files.labelled import read_labelled
from riskcore.services.files.mapping import suggest
from riskcore.services.judging.judged import units_of
from riskcore.services.scoring import score
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace
from riskcore.stores.datasets import label_frame
from riskcore.stores.tables import open_table

SESSION = coded()["session_risk"]
HEADER = "session_duration,is_revoked,ip_change_count,device_change_count,location_change,login_hour,os_variation"
GOOD = "27300,0,0,0,0,9,1"


@pytest.fixture(scope="module")
def trained(house: Workspace) -> Trained:
    return house.trained(SESSION)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    made = SESSION.synthesize(500, 5)
    return made.events.assign(label=made.labels.label, note="=1+1")


class Run:
    """One scoring of some bytes, with what it wrote."""

    def __init__(self, trained: Trained, content: bytes, folder: Path, out: str = "out.csv", **job: object) -> None:
        self.source = open_table(content, name="in.csv")
        mapping = suggest(self.source.columns, SESSION.event, SESSION.target)
        where = conditions(job.pop("where", ()), self.source.columns)  # type: ignore[arg-type]
        job.setdefault("mapping", mapping)
        self.out, self.rejects_path = folder / out, folder / "rejects.csv"
        self.summary: Summary = score_table(
            trained, SESSION.policy, self.source, Job(where=where, **job), [self.out], self.rejects_path
        )

    @property
    def rows(self) -> pd.DataFrame:
        return pd.read_parquet(self.out) if self.out.suffix == ".parquet" else pd.read_csv(self.out)

    @property
    def rejects(self) -> pd.DataFrame:
        return pd.read_csv(self.rejects_path, keep_default_na=False, dtype={"text": str, "value": str})


def as_csv(table: pd.DataFrame, **how: object) -> bytes:
    return table.to_csv(index=False, **how).encode()


def lines(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def test_input_columns_come_first_and_untouched_then_the_results(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events), tmp_path)
    added = ["risk_score", "decision", "prediction", "confidence", "p_safe", "p_medium", "p_high"]
    assert list(run.rows) == [*events, *added]
    pd.testing.assert_frame_equal(run.rows[list(events)], pd.read_csv(io.BytesIO(as_csv(events))))


def test_a_file_gets_the_risks_that_single_scoring_gives(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events), tmp_path, chunk=77)
    alone = score(trained, events)
    np.testing.assert_allclose(run.rows["risk_score"], alone.risk, rtol=0, atol=1e-6)
    np.testing.assert_allclose(run.rows["p_high"], alone.output.probabilities[:, 2], rtol=0, atol=1e-6)


def test_chunk_size_cannot_be_seen(trained, events, tmp_path) -> None:
    whole = Run(trained, as_csv(events), tmp_path, "a.csv").out.read_bytes()
    assert Run(trained, as_csv(events), tmp_path, "b.csv", chunk=7).out.read_bytes() == whole


def test_labels_are_judged_and_never_seen_by_the_model(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events), tmp_path)
    other = Run(trained, as_csv(events.assign(label=0)), tmp_path, "other.csv")
    assert run.rows["risk_score"].equals(other.rows["risk_score"])
    assert run.summary.judged is not None
    right = run.rows["prediction"] == np.array(SESSION.target.classes)[run.rows["label"]]
    assert run.summary.judged.metrics(SESSION)["accuracy"].value == pytest.approx(right.mean())


@pytest.mark.parametrize("key", ["infra_anomaly", "identity_risk"])
def test_a_file_is_judged_as_training_judges_by_entity_and_a_percentile_as_none(
    key: str, house, tmp_path: Path
) -> None:
    scenario = house.scenario(key)
    training = house.train(scenario, house.generate(scenario, 6_000, 0), Plan(holdout=0))
    made = house.generate(scenario, 3_000, 1)
    content = as_csv(made.events.assign(label=made.labels.label))
    source = open_table(content, name="in.csv")
    job = Job(mapping=suggest(source.columns, scenario.event, scenario.target), chunk=700)
    job = replace(job, chunk=WHOLE) if scenario.stateful else job
    judged = score_table(training.trained, scenario.policy, source, job).judged
    alone = score(training.trained, made.events)
    units = units_of(scenario, made.events, Labels(made.labels.label))
    expected = evaluate(alone.output, made.labels.label, scenario.target.classes, units=units)
    assert (units is not None) == bool(scenario.entities)
    found = judged.metrics(scenario)
    assert list(found) == list(expected)
    for name, metric in expected.items():
        assert found[name].to_mapping() == pytest.approx(metric.to_mapping(), abs=1e-6), name


def test_rows_without_a_label_are_scored_but_not_judged(trained, events, tmp_path) -> None:
    some = events.astype({"label": object})
    some.loc[:99, "label"] = ""
    run = Run(trained, as_csv(some), tmp_path)
    assert run.summary.scored == 500
    assert len(run.summary.judged.y) == 400


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("abc,0,0,0,0,9,1", "session_duration", "not text"),
        ("NaN,0,0,0,0,9,1", "session_duration", "must be given"),
        ("inf,0,0,0,0,9,1", "session_duration", "from 1 to"),
        ("-inf,0,0,0,0,9,1", "session_duration", "from 1 to"),
        ("27300,0,0,0,0,24,1", "login_hour", "from 0 to 23"),
        ("27300,2,0,0,0,9,1", "is_revoked", "0 or 1"),
        ("27300,0,0.5,0,0,9,1", "ip_change_count", "whole number"),
        ("27300,0,0,0,0,,1", "login_hour", "must be given"),
        ("27300,0,0,0,0,9", "", "has 6 values"),
        ("27300,0,0,0,0,9,1,5", "", "has 8 values"),
        ('"27300,0,0,0,0,9,1', "", "never closed"),
        ("9" * 10_000_000, "", "longer than 1 MB"),
    ],
    ids=lambda value: value[:20],
)
def test_a_bad_row_is_told_by_line_and_the_good_ones_are_scored(trained, tmp_path, row, column, reason) -> None:
    run = Run(trained, lines(GOOD, row, GOOD), tmp_path)
    assert (run.summary.n, run.summary.scored, run.summary.rejected) == (3, 2, 1)
    (reject,) = run.rejects.to_dict("records")
    assert (reject["line"], reject["column"]) == (3, column)
    assert reason in reject["reason"]
    assert reject["text"][:20] == row[:20]
    assert len(run.rows) == 2


def test_a_night_flag_that_contradicts_the_hour_is_rejected_once(trained, tmp_path) -> None:
    header = HEADER + ",is_night_login"
    run = Run(trained, lines(GOOD + ",0", GOOD + ",1", "27300,0,0,0,0,99,1,0", header=header), tmp_path)
    assert run.rejects["column"].tolist() == ["is_night_login", "login_hour"]
    assert run.rejects["line"].tolist() == [3, 4]
    assert run.summary.scored == 1


def test_every_record_is_scored_or_rejected(trained, events, tmp_path) -> None:
    rng = np.random.default_rng(0)
    table = events.astype(object)
    for column in ("login_hour", "is_revoked"):
        table.loc[rng.choice(500, 60, replace=False), column] = "?"
    text = as_csv(table).decode().splitlines()
    for at in sorted(rng.choice(np.arange(1, 500), 40, replace=False), reverse=True):
        text.insert(int(at), "torn,line")
    run = Run(trained, ("\n".join(text) + "\n").encode(), tmp_path, chunk=64)
    assert run.summary.n == 540
    assert run.summary.scored == len(run.rows)
    assert run.summary.rejected == run.rejects["line"].nunique() == 540 - len(run.rows)
    assert sum(run.summary.actions.values()) == sum(run.summary.risk_histogram) == run.summary.scored


def test_bad_rows_stay_in_their_place_where_asked(trained, tmp_path) -> None:
    run = Run(trained, lines(GOOD, "27300,maybe,0,0,0,9,1", "torn", GOOD), tmp_path, keep_rejected=True, chunk=2)
    assert run.rows["status"].tolist() == ["scored", "rejected", "unreadable", "scored"]
    assert run.rows["is_revoked"].iloc[1] == "maybe"
    assert "is_revoked is maybe; it must be 0 or 1" in run.rows["problems"].iloc[1]
    assert "Line 4 has 1 value" in run.rows["problems"].iloc[2]
    assert run.rows["risk_score"].isna().tolist() == [False, True, True, False]


@pytest.mark.parametrize("out", ["out.csv", "out.parquet"])
def test_kept_rows_have_the_same_columns_in_every_chunk(trained, events, tmp_path, out) -> None:
    text = as_csv(events).decode().splitlines()
    text.insert(300, "torn")
    run = Run(trained, "\n".join(text).encode(), tmp_path, out, keep_rejected=True, chunk=50)
    assert len(run.rows) == 501
    assert (run.rows["status"] == "unreadable").to_numpy().nonzero()[0].tolist() == [299]


def test_a_file_of_bad_rows_only_scores_nothing_and_loses_nothing(trained, tmp_path) -> None:
    run = Run(trained, lines("a,0,0,0,0,9,1", "torn"), tmp_path)
    assert (run.summary.scored, run.summary.rejected) == (0, 2)
    assert not run.out.exists()
    assert run.rejects["line"].tolist() == [2, 3]


def test_an_input_column_named_like_an_output_is_renamed_and_that_is_said(trained, events, tmp_path) -> None:
    table = events.assign(risk_score="mine", decision="yours", decision_input="old")
    run = Run(trained, as_csv(table), tmp_path)
    names = list(run.rows)[:13]
    assert names[-3:] == ["risk_score_input", "decision_input_input", "decision_input"]
    assert run.rows["risk_score_input"].eq("mine").all()
    assert "Column 'risk_score' of the input is written as 'risk_score_input'." in run.summary.notices


def test_only_rows_that_meet_the_conditions_are_part_of_the_job(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events), tmp_path, where=("label=1", "login_hour>=12", "note!=x"))
    wanted = events[(events["label"] == 1) & (events["login_hour"] >= 12)]
    assert run.summary.n == run.summary.scored == len(wanted)
    assert run.rows["session_duration"].tolist() == wanted["session_duration"].tolist()


def test_every_problem_of_conditions_is_told(events) -> None:
    with pytest.raises(DataError) as error:
        conditions(["labels=1", "label", "label<many"], list(events))
    assert "Did you mean 'label'?" in str(error.value)
    assert "'label' is not a condition" in str(error.value)
    assert "'many', which is not a number" in str(error.value)


def test_formulas_are_neutralised_only_where_asked(trained, events, tmp_path) -> None:
    assert Run(trained, as_csv(events), tmp_path, "plain.csv").rows["note"].eq("=1+1").all()
    assert Run(trained, as_csv(events), tmp_path, "safe.csv", formula_safe=True).rows["note"].eq("'=1+1").all()
    assert Run(trained, as_csv(events), tmp_path, "x.parquet", formula_safe=True).rows["note"].eq("=1+1").all()


def test_reasons_are_told_for_every_row_where_asked(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events.head(30)), tmp_path, reasons=2)
    assert list(run.rows)[-1] == "reasons"
    assert run.rows["reasons"].str.count("; ").le(1).all()
    assert run.rows["reasons"].str.contains("raises|lowers").all()
    rows, seconds = bulk.reasons_cost(trained, run.source, suggest(run.source.columns, SESSION.event, SESSION.target))
    assert 15 < rows < 60
    assert seconds > 0


@pytest.mark.parametrize("key", ["payment_fraud", "session_risk", "infra_anomaly"])
def test_with_costs_the_riskiest_rows_are_those_with_the_most_to_lose(key: str, house) -> None:
    scenario = house.scenario(key)
    model = house.train(scenario, house.generate(scenario, 4_000, 0), Plan(holdout=0)).trained
    made = house.generate(scenario, 1_000, 1).events
    source = open_table(as_csv(made), name="in.csv")
    mapping = suggest(source.columns, scenario.event, scenario.target)
    whole, chunked = (
        score_table(model, scenario.policy, source, Job(mapping=mapping, top=30, chunk=n, costs=scenario.costs)).top
        for n in (1_000, 90)
    )
    assert whole.table["line"].tolist() == chunked.table["line"].tolist()
    alone = score(model, made).output
    if not alone.likelihood:  # a percentile is no probability, so it says nothing about money
        assert bulk.EXPECTED_LOSS not in whole.table
        return
    p = np.column_stack([1 - alone.risk, alone.risk]) if alone.probabilities is None else alone.probabilities
    amounts = made[scenario.event.amount] if scenario.event.amount else np.zeros(len(made))
    loss = p @ np.array(scenario.costs.losses) + (1 - p[:, 0]) * scenario.costs.share_lost * amounts
    np.testing.assert_allclose(whole.table[bulk.EXPECTED_LOSS], np.sort(loss)[::-1][:30], rtol=1e-5)


def test_the_riskiest_rows_are_returned_with_their_events(trained, events, tmp_path) -> None:
    run = Run(trained, as_csv(events), tmp_path, top=20, chunk=90)
    top = run.summary.top
    expected = run.rows["risk_score"].sort_values(ascending=False).head(20)
    assert top.table["risk_score"].tolist() == expected.tolist()
    assert run.rows["risk_score"].iloc[top.table["line"] - 2].tolist() == expected.tolist()
    np.testing.assert_allclose(score(trained, top.events).risk, expected, atol=1e-6)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda t: as_csv(t, sep=";"), id="semicolon"),
        pytest.param(lambda t: as_csv(t, sep="\t"), id="tab"),
        pytest.param(lambda t: b"\xef\xbb\xbf" + as_csv(t), id="bom"),
        pytest.param(lambda t: as_csv(t.assign(note="café")).decode().encode("latin-1"), id="latin-1"),
        pytest.param(lambda t: gzip.compress(as_csv(t)), id="gzip"),
        pytest.param(lambda t: t.to_parquet(index=False), id="parquet named csv"),
    ],
)
def test_however_a_file_is_written_its_rows_are_scored_alike(trained, events, tmp_path, content) -> None:
    plain = Run(trained, as_csv(events), tmp_path, "plain.csv")
    other = Run(trained, content(events), tmp_path, "other.csv")
    assert other.rows["risk_score"].equals(plain.rows["risk_score"])


def _zip(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (HEADER.encode() + b"\n", "has a header but no rows"),
        (lines(GOOD + ",1", header=HEADER + ",login_hour"), "'login_hour' appears 2 times"),
        (lines("1,2", header="session_duration,is_revoked"), "'login_hour' is missing"),
        (_zip(b"\n" * 80_000_000), "unpacks to more than 200 times its size"),
        (b"PAR1 and no more", "Parquet file that cannot be read"),
        (b"\xd0\xcf\x11\xe0 book", "Excel"),
    ],
    ids=["empty", "header only", "duplicate", "missing", "zip bomb", "torn parquet", "excel"],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(trained, tmp_path, content, sentence) -> None:
    with pytest.raises(DataError, match=sentence):
        Run(trained, content, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_cancelling_leaves_no_file(trained, events, tmp_path) -> None:
    source = open_table(as_csv(events))

    def stop(done: float, doing: str) -> None:
        assert 0 < done <= 1
        raise Cancelled(doing)

    job = Job(mapping=suggest(source.columns, SESSION.event), chunk=100)
    with pytest.raises(Cancelled, match="100 rows"):
        score_table(trained, SESSION.policy, source, job, [tmp_path / "o.csv"], tmp_path / "r.csv", stop)
    assert list(tmp_path.iterdir()) == []


def test_a_dry_check_counts_and_groups_what_is_wrong(trained, tmp_path) -> None:
    source = open_table(lines(GOOD, "x,0,0,0,0,9,1", "y,0,0,0,0,9,1", "torn", GOOD))
    mapping = suggest(source.columns, SESSION.event)
    check = check_table(SESSION, source, mapping)
    assert (check.n, check.good, check.bad, check.whole) == (5, 2, 3, True)
    assert check.problems["rows"].tolist() == [2, 1]
    assert check.problems["first line"].tolist() == [3, 5]
    assert not check_table(SESSION, source, mapping, most=2).whole


def test_training_data_leaves_out_bad_and_unlabelled_rows(events) -> None:
    table = events.astype(object)
    table.loc[0, "login_hour"] = "?"
    table.loc[1, "label"] = ""
    source = open_table(as_csv(table), name="train.csv")
    read = read_labelled(SESSION, source, suggest(source.columns, SESSION.event, SESSION.target))
    assert (read.n, read.rejected, read.unlabelled, len(read.dataset.events)) == (500, 1, 1, 498)
    assert read.dataset.labels.label.tolist() == events["label"].iloc[2:].tolist()


def test_labels_that_are_no_class_are_refused(events) -> None:
    source = open_table(as_csv(events.assign(label="maybe")))
    with pytest.raises(DataError, match="holds 'maybe'"):
        read_labelled(SESSION, source, suggest(source.columns, SESSION.event, SESSION.target))


@pytest.mark.parametrize("key", sorted(coded()))
def test_shipped_samples_are_small_and_all_good(key: str) -> None:
    path = PROJECT / "data" / "samples" / f"{key}.csv"
    scenario = coded()[key]
    source = open_table(path)
    read = read_labelled(scenario, source, suggest(source.columns, scenario.event, scenario.target))
    assert read.n <= 200
    assert read.rejected == read.unlabelled == 0
    assert len(np.unique(read.dataset.labels.label)) == len(scenario.target.classes)


@pytest.mark.parametrize("key", sorted(coded()))
def test_templates_hold_one_row_that_can_be_scored(key: str) -> None:
    scenario = coded()[key]
    chunk = open_table(samples.template(scenario)).read()
    assert len(scenario.event.accept(chunk.table)) == 1


# What riskcore wrote itself


@pytest.mark.parametrize("key", sorted(coded()))
def test_a_generated_file_is_scored_and_judged_by_the_label_it_came_with(key: str, house, tmp_path: Path) -> None:
    scenario = house.scenario(key)
    made = scenario.synthesize(1_500, 1)
    content = as_csv(pd.concat([made.events, label_frame(made.labels, scenario.target.classes)], axis=1))
    source = open_table(content, name="in.csv")
    mapping = suggest(source.columns, scenario.event, scenario.target)
    assert mapping.label == "label"
    model = house.train(scenario, house.generate(scenario, 3_000, 0), Plan(holdout=0)).trained
    summary = score_table(model, scenario.policy, source, Job(mapping=mapping, chunk=WHOLE), [tmp_path / "out.csv"])
    assert (summary.scored, summary.rejected) == (1_500, 0)
    assert summary.judged is not None
    assert summary.judged.y.tolist() == made.labels.label.tolist()


def test_a_guessed_label_that_holds_no_class_is_passed_over_and_told(trained, events, tmp_path) -> None:
    odd = events.assign(label=["0"] * 300 + ["theft"] * 200)
    run = Run(trained, as_csv(odd), tmp_path, label_guessed=True, chunk=100)
    assert (run.summary.scored, run.summary.judged) == (500, None)
    assert [n for n in run.summary.notices if "'theft'" in n and "passed over" in n]
    assert run.rows["label"].tolist() == odd["label"].tolist()


def test_a_chosen_label_that_holds_no_class_stays_an_error(trained, events, tmp_path) -> None:
    with pytest.raises(DataError, match="holds 'theft'"):
        Run(trained, as_csv(events.assign(label="theft")), tmp_path)
