"""A scenario of any table, from the command line to a decision."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from riskcore.cli import main
from tests.tables import payments

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `riskcore` with arguments in an empty installation; exit code, stdout and stderr."""
    monkeypatch.setenv("RISKCORE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RISKCORE_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    payments(1_200).to_csv("shop.csv", index=False)

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["riskcore", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


NEW = ("new", "shop", "--from", "shop.csv", "--label", "fraud", "--time", "at", "--entity", "card")


def test_a_new_scenario_trains_scores_and_explains_like_any_other(run: Run, tmp_path: Path) -> None:
    code, out, err = run(*NEW)
    assert code == 0, err
    assert "riskcore train shop --data shop.csv --label fraud" in out
    assert "Column 'kind' is ignored: it has one value in every row: web." in err
    assert run("train", "shop", "--data", "shop.csv", "--split", "random")[0] == 0
    assert run("score", "shop", "--in", "shop.csv", "--out", "scored.csv")[0] == 0
    scored = pd.read_csv(tmp_path / "scored.csv")
    assert len(scored) == 1_200
    assert scored.groupby("fraud")["risk_score"].mean().diff().iloc[-1] > 0.1
    assert run("explain", "shop", "--in", "shop.csv", "--row", 3)[0] == 0
    assert "shop" in run("list")[1]
    assert "amount" in run("show", "shop")[1]
    assert run("generate", "shop", "--rows", 50, "--out", "made.csv")[0] == 0
    assert len(pd.read_csv(tmp_path / "made.csv")) == 50


def test_a_scenario_that_remembers_outcomes_says_so_and_wants_to_know_their_delay(run: Run) -> None:
    code, _, err = run(*NEW, "--label-delay", "1d", "--remember", "card")
    assert (code, "Models remember how events of each card turned out" in err) == (0, True), err
    assert run("train", "shop", "--data", "shop.csv", "--model", "logistic")[0] == 0
    assert run("score", "shop", "--in", "shop.csv", "--out", "scored.csv")[0] == 0
    code, _, err = run(*NEW, "--remember", "card", "--replace")
    assert (code, "after how long labels arrive" in err) == (2, True), err


def test_unusual_values_are_scored_and_told(run: Run, tmp_path: Path) -> None:
    run(*NEW)
    run("train", "shop", "--data", "shop.csv", "--split", "random", "--model", "logistic")
    table = pd.read_csv("shop.csv")
    table.loc[:6, "amount"] = 90_000.0
    table.to_csv("odd.csv", index=False)
    code, _, err = run("score", "shop", "--in", "odd.csv", "--out", "scored.csv")
    assert code == 0, err
    assert "7 rows are scored though their amount is unusual: it is usually from" in err


def test_events_are_named_by_a_column_or_else_by_their_content(run: Run) -> None:
    code, _, err = run(*NEW, "--id", "card-no")
    assert (code, "shop.csv has no column 'card-no'" in err) == (2, True)
    assert "Column 'id' names events" in run(*NEW, "--id", "id")[2]
    assert "say which (--id COLUMN)" in run(*NEW, "--ignore", "id", "--replace")[2]
    for said in ("1,200 decisions recorded.", "0 decisions recorded; 1,200 events keep the one they had."):
        code, _, err = run("score", "shop", "--in", "shop.csv", "--out", "scored.csv", "--record")
        assert (code, said in err) == (0, True), err


def test_a_scenario_without_labels_learns_from_a_file(run: Run, tmp_path: Path) -> None:
    assert run("new", "odd", "--from", "shop.csv", "--ignore", "fraud,id")[0] == 0
    code, out, err = run("train", "odd", "--data", "shop.csv")
    assert code == 0, err
    assert out.startswith("isolation-")
    assert run("score", "odd", "--in", "shop.csv", "--out", "scored.csv")[0] == 0
    assert pd.read_csv(tmp_path / "scored.csv")["risk_score"].between(0, 1).all()


def test_folds_judge_and_store_nothing(run: Run, tmp_path: Path) -> None:
    run(*NEW)
    words = ("train", "shop", "--data", "shop.csv", "--split", "random", "--model", "logistic")
    code, out, _ = run(*words, "--folds", 3, "--repeats", 2)
    assert code == 0
    assert out.startswith("logistic by 3 folds, drawn 2 times, of 1,200 rows; nothing was stored.")
    assert not (tmp_path / "models" / "shop").exists()


def test_an_existing_scenario_is_replaced_only_when_told_to(run: Run) -> None:
    run(*NEW)
    code, _, err = run(*NEW)
    assert (code, err.splitlines()[-1]) == (
        2,
        "riskcore: There is a scenario 'shop' already. Choose another key, or say --replace.",
    )
    assert run(*NEW, "--replace")[0] == 0
    assert run("new", "card_fraud", "--from", "shop.csv", "--replace")[0] == 2


def test_a_broken_file_is_told_by_every_command_and_the_others_are_served(run: Run, tmp_path: Path) -> None:
    run(*NEW)
    (tmp_path / "data" / "scenarios" / "bad.yaml").write_text("key: bad\ntitel: Bad\n")
    code, out, err = run("list")
    assert code == 0
    assert "shop" in out
    assert "bad.yaml, line 2: titel is an unknown key. Did you mean 'title'?" in err
    assert run("show", "bad")[0] == 2


def test_columns_to_ignore_are_named_ready_to_be_typed(run: Run, tmp_path: Path) -> None:
    payments(300).assign(outcome=lambda t: t["fraud"] * 5).to_csv(tmp_path / "leaky.csv", index=False)
    _, _, err = run("new", "leaky", "--from", "leaky.csv", "--label", "fraud")
    assert "Column 'outcome' alone ranks a class with an AUC of 1.000" in err
    assert "If so: --ignore outcome --replace" in err
