"""The command line, from the arguments to exit code, files and what is said."""

import json
from pathlib import Path

import pandas as pd
import pytest

from riskcore.core.settings import Settings
from riskcore.scenarios import coded
from riskcore.services.data.recipes import recipe_text
from riskcore.services.workspace import open_workspace
from tests.commands import Command, small_models

KEYS = ("card_fraud", "session_risk")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a small model of each scenario."""
    return small_models(tmp_path_factory.mktemp("models"), *KEYS)


@pytest.fixture
def file(run: Command) -> str:
    """200 labelled sessions."""
    assert run("generate", "session_risk", "--rows", "200", "--seed", "4", "--out", "in.csv").code == 0
    return "in.csv"


def test_list_names_every_scenario_and_its_champion(run: Command) -> None:
    rows = json.loads(run("list", "--json").out)
    assert [row["key"] for row in rows] == sorted(coded())
    assert {row["key"] for row in rows if row["champion"]} == set(KEYS)
    assert "Session risk" in run("list").out


@pytest.mark.parametrize("key", KEYS)
def test_show_tells_fields_knobs_models_and_policy(run: Command, key: str) -> None:
    said = json.loads(run("show", key, "--json").out)
    assert all(said[part] for part in ("fields", "knobs", "models", "policy", "presets"))
    text = run("show", key).out
    assert all(field["name"] in text for field in said["fields"])


def test_an_unknown_scenario_is_told_with_the_likely_one(run: Command) -> None:
    ended = run("show", "card_frud")
    assert ended == (2, "", "riskcore: No scenario 'card_frud'. Did you mean 'card_fraud'?\n")


def test_generate_repeats_and_writes_events_then_labels(run: Command, file: str) -> None:
    run("generate", "session_risk", "--rows", "200", "--seed", "4", "--out", "again.csv")
    assert Path("again.csv").read_bytes() == Path(file).read_bytes()
    columns = list(pd.read_csv(file))
    assert columns[8:10] == ["label", "attack"]
    assert columns[10:] == ["p_true_safe", "p_true_medium", "p_true_high"]


def test_generate_turns_knobs_and_refuses_unknown_ones(run: Command) -> None:
    run("generate", "session_risk", "--rows", "300", "--set", "balance=8,1,1", "--out", "o.parquet")
    assert (pd.read_parquet("o.parquet")["label"] == 0).mean() > 0.7
    ended = run("generate", "session_risk", "--set", "nois=1", "--set", "noise=much", "--out", "x.csv")
    assert ended.code == 2
    assert "Did you mean 'noise'?" in ended.err
    assert "must be a number" in ended.err
    assert not Path("x.csv").exists()


def test_a_recipe_file_makes_the_rows_that_it_was_written_for(run: Command) -> None:
    house = open_workspace(Settings())
    scenario = house.scenario("session_risk")
    made = house.generate(scenario, 300, 5, scenario.recipes["nasty"])
    Path("mine.yaml").write_text(recipe_text(scenario, made))
    assert run("generate", scenario.key, "--recipe", "mine.yaml", "--out", "made.parquet").code == 0
    found = pd.read_parquet("made.parquet")
    pd.testing.assert_frame_equal(found[list(made.events)], made.events, check_dtype=False, check_categorical=False)
    more = ("--rows", 400, "--seed", 6, "--set", "noise=0", "--out", "more.parquet")
    assert run("generate", scenario.key, "--recipe", "mine.yaml", *more).code == 0
    run("generate", scenario.key, "--set", "label_noise=0.05", *more[:-1], "same.parquet")
    assert Path("more.parquet").read_bytes() == Path("same.parquet").read_bytes()


def test_a_recipe_that_cannot_be_used_is_told_and_nothing_is_written(run: Command) -> None:
    Path("other.yaml").write_text("scenario: card_fraud\n")
    Path("broken.yaml").write_text("rows: many\nknobs: {nois: 1}\n")
    for file, said in (
        ("other.yaml", "scenario is 'card_fraud', and session_risk is chosen. Choose card_fraud first."),
        ("broken.yaml", "Did you mean 'noise'?"),
        ("absent.yaml", "absent.yaml cannot be read: No such file or directory."),
    ):
        ended = run("generate", "session_risk", "--recipe", file, "--out", "x.csv")
        assert ended.code == 2
        assert said in ended.err
    assert not Path("x.csv").exists()


def test_score_adds_results_to_the_untouched_rows(run: Command, file: str) -> None:
    ended = run("score", "session_risk", "--in", file, "--out", "out.csv", "--reasons", "2")
    assert (ended.code, ended.out) == (0, "")
    assert "200 rows scored" in ended.err
    rows, given = pd.read_csv("out.csv"), pd.read_csv(file)
    pd.testing.assert_frame_equal(rows[list(given)], given)
    assert list(rows)[len(given.columns) :] == [
        *("risk_score", "decision", "prediction", "confidence", "p_safe", "p_medium", "p_high", "reasons")
    ]
    assert not Path("out.csv.rejects.csv").exists()


def test_score_counts_rejects_and_writes_them_beside_the_output(run: Command, file: str) -> None:
    text = Path(file).read_text().splitlines()
    text[5] = "x" + text[5]
    text.insert(9, "torn")
    Path(file).write_text("\n".join(text) + "\n")
    ended = run("score", "session_risk", "--in", file, "--out", "out.csv")
    assert ended.code == 0
    assert "2 of 201 rows were rejected" in ended.err
    rejects = pd.read_csv("out.csv.rejects.csv")
    assert rejects["line"].tolist() == [6, 10]
    assert len(pd.read_csv("out.csv")) + len(rejects) == 201
    run("score", "session_risk", "--in", file, "--out", "out.csv", "--where", "label=1", "--rejects", "r.csv")
    assert pd.read_csv("out.csv")["label"].eq(1).all()
    assert Path("r.csv").exists()


def test_where_nothing_can_be_scored_the_exit_code_is_2_and_the_rejects_are_kept(run: Command, file: str) -> None:
    table = pd.read_csv(file).astype({"login_hour": object}).assign(login_hour="late")
    table.to_csv(file, index=False)
    ended = run("score", "session_risk", "--in", file, "--out", "out.csv")
    assert ended.code == 2
    assert "No row could be scored" in ended.err
    assert len(pd.read_csv("out.csv.rejects.csv")) == 200
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--in", "none.csv", "--out", "o.csv"), "none.csv does not exist"),
        (("--in", ".", "--out", "o.csv"), "is a folder"),
        (("--in", "in.csv", "--out", "o.xlsx"), "must end in"),
        (("--in", "in.csv", "--out", "no/folder/o.csv"), "cannot be written"),
        (("--in", "in.csv", "--out", "o.csv", "--model", "boosted-1"), "No version 'boosted-1'"),
        (("--in", "in.csv", "--out", "o.csv", "--where", "foo=1"), "names no column 'foo'"),
        (("--in", "in.csv", "--out", "o.csv", "--where", "label=7"), "No row meets the conditions"),
        (("--in", "in.csv", "--out", "o.csv", "--rejects", "o.csv"), "same file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_told_in_a_sentence_with_exit_code_2(run: Command, file: str, words, sentence: str) -> None:
    ended = run("score", "session_risk", *words)
    assert ended.code == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert not Path("o.csv").exists()


def test_missing_columns_are_all_told(run: Command) -> None:
    Path("in.csv").write_text("a,b\n1,2\n")
    ended = run("score", "session_risk", "--in", "in.csv", "--out", "o.csv")
    assert ended.code == 2
    assert ended.err.count("is missing") == 7  # all but the night flag, which follows from the hour


def test_synonyms_are_read_and_that_is_said(run: Command, file: str) -> None:
    pd.read_csv(file).rename(columns={"login_hour": "Login Hour"}).to_csv(file, sep=";", index=False)
    ended = run("score", "session_risk", "--in", file, "--out", "o.csv")
    assert ended.code == 0
    assert "Column 'Login Hour' is read as login_hour." in ended.err


def test_formula_safe_neutralises_cells(run: Command, file: str) -> None:
    pd.read_csv(file).assign(note="=1+1").to_csv(file, index=False)
    run("score", "session_risk", "--in", file, "--out", "o.csv", "--formula-safe")
    assert pd.read_csv("o.csv")["note"].eq("'=1+1").all()


@pytest.mark.parametrize("key", KEYS)
def test_evaluate_prints_metrics_with_intervals(run: Command, key: str) -> None:
    run("generate", key, "--rows", "2000", "--seed", "8", "--out", "in.parquet")
    said = json.loads(run("evaluate", key, "--data", "in.parquet", "--label", "label", "--json").out)
    assert said["n"] == 2000
    assert 0 < said["positives"] < 2000
    assert said["rejected"] == 0
    for name in ("roc_auc", "average_precision", "accuracy"):
        low, high = said["intervals"][name]
        assert 0 <= low <= said[name] <= high <= 1
    assert said["roc_auc"] > 0.8
    assert "roc_auc" in run("evaluate", key, "--data", "in.parquet").out


def test_a_label_of_one_class_cannot_be_judged_or_learned_from(run: Command, file: str) -> None:
    for command in ("evaluate", "train"):
        ended = run(command, "session_risk", "--data", file, "--label", "label", "--where", "label=1")
        assert ended.code == 2
        assert "label" in ended.err
    ended = run("evaluate", "session_risk", "--data", file, "--label", "truth")
    assert "has no label column 'truth'" in ended.err


def test_explain_tells_risk_decision_and_reasons_of_one_row(run: Command, file: str) -> None:
    run("score", "session_risk", "--in", file, "--out", "o.csv")
    said = json.loads(run("explain", "session_risk", "--in", file, "--row", "3", "--json").out)
    row = pd.read_csv("o.csv").iloc[3]
    assert said["risk_score"] == pytest.approx(row["risk_score"], abs=1e-6)
    assert said["decision"] == row["decision"]
    assert {r["field"] for r in said["reasons"]} <= set(pd.read_csv(file).columns)
    assert "Row 3: risk" in run("explain", "session_risk", "--in", file, "--row", "3").out
    assert run("explain", "session_risk", "--in", file, "--row", "200").code == 2


@pytest.fixture
def own_models(tmp_path: Path, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of this test see no models but their own."""
    monkeypatch.setenv("RISKCORE_MODELS", str(tmp_path / "own"))


def test_card_writes_a_page_for_people_and_data_for_programs(run: Command) -> None:
    ended = run("card", "session_risk", "--out", "card.html")
    assert (ended.code, ended.out) == (0, "")
    (version,) = [row["version"] for row in json.loads(run("models", "list", "session_risk", "--json").out)]
    assert f"The card of {version} is in card.html" in ended.err
    html = Path("card.html").read_text()
    assert html.startswith("<!doctype html>")
    assert "What it must not be used for" in html
    assert run("card", "session_risk", "--model", version, "--out", "card.json").code == 0
    assert json.loads(Path("card.json").read_text())["version"] == version


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--out", "card.pdf"), "card.pdf must end in .html or .json"),
        (("--out", "no/folder/card.html"), "cannot be written"),
        (("--out", "card.html", "--model", "boosted-0"), "No version 'boosted-0'"),
    ],
)
def test_a_card_that_cannot_be_written_is_told_with_the_reason(run: Command, words: tuple, sentence: str) -> None:
    ended = run("card", "session_risk", *words)
    assert ended.code == 2
    assert sentence in ended.err
    assert not Path("card.html").exists()


@pytest.mark.usefixtures("own_models")
def test_train_promotes_unless_told_not_to(run: Command, file: str) -> None:
    words = ("train", "session_risk", "--data", file, "--label", "label", "--set", "rounds=5")
    assert "in service now" in run(*words).out
    (first,) = json.loads(run("models", "list", "--json").out)
    assert first["champion"]
    assert first["rows"] == 160
    kept = run(*words, "--no-promote", "--holdout", "0", "--calibration", "none", "--seed", "2")
    assert "not in service" in kept.out
    rows = json.loads(run("models", "list", "session_risk", "--json").out)
    assert sorted(row["rows"] for row in rows) == [160, 200]
    other = next(row["version"] for row in rows if not row["champion"])
    assert run("models", "promote", "session_risk", other, "--expected", "none").code == 2
    assert run("models", "promote", "session_risk", other).code == 0
    assert run("models", "verify", "session_risk").out.count("ok ") == 2


@pytest.mark.usefixtures("own_models")
def test_bad_rows_of_training_data_are_left_out_and_counted(run: Command, file: str) -> None:
    table = pd.read_csv(file).astype({"login_hour": object})
    table.loc[[1, 2], "login_hour"] = "late"
    table.to_csv(file, index=False)
    ended = run("train", "session_risk", "--data", file, "--label", "label", "--set", "rounds=5", "--where", "label<3")
    assert ended.code == 0
    assert "Of 200 rows, 2 bad ones and 0 without a label were left out." in ended.err


@pytest.mark.usefixtures("own_models")
def test_a_changed_model_file_is_refused_with_its_name(run: Command, file: str, tmp_path: Path) -> None:
    run("train", "session_risk", "--data", file, "--label", "label", "--set", "rounds=5")
    (stored,) = (tmp_path / "own").glob("session_risk/*/*.ubj")
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 1
    stored.write_bytes(content)
    ended = run("score", "session_risk", "--in", file, "--out", "o.csv")
    assert ended.code == 2
    assert stored.name in ended.err
    assert run("models", "verify", "session_risk").code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--rows", "10", "--data", "in.csv"), "--rows is about synthetic events"),
        (("--label", "label"), "name it with --data"),
        (("--model", "forrest"), "Did you mean 'forest'?"),
        (("--set", "depths=3"), "Did you mean 'depth'?"),
        (("--set", "depth"), "not of the form name=value"),
        (("--split", "entity", "--data", "in.csv"), "no entities"),
        (("--holdout", "2", "--data", "in.csv"), "Holdout is 2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_training_is_told(run: Command, file: str, words: tuple[str, ...], sentence: str) -> None:
    ended = run("train", "session_risk", *words)
    assert ended.code == 2
    assert sentence in ended.err


def test_an_unknown_option_is_told_with_exit_code_2(run: Command) -> None:
    assert run("score", "session_risk", "--inn", "x").code == 2
