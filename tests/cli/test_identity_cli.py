"""Sessions simulated, scored with a history, recorded, reported and benchmarked from the command line."""

import json
from pathlib import Path

import pandas as pd
import pytest

from riskcore.scenarios import coded
from riskcore.services.training import Plan
from tests.commands import Command, small_models

KEY = "identity_risk"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a small model."""
    return small_models(tmp_path_factory.mktemp("models"), KEY, rows=6_000, plan=Plan(model="fusion"))


@pytest.fixture
def files(run: Command) -> tuple[str, str, str]:
    """All events, and cut in two: an earlier and a later part."""
    run("simulate", "--sessions", "300", "--users", "15", "--attack-ratio", "0.05", "--seed", "3", "--out", "all.csv")
    lines = Path("all.csv").read_text().splitlines(keepends=True)
    Path("old.csv").write_text("".join(lines[:900]))
    Path("new.csv").write_text("".join([lines[0], *lines[900:]]))
    return "all.csv", "old.csv", "new.csv"


def test_simulate_is_generate_asked_in_users_and_sessions(run: Command, files: tuple[str, str, str]) -> None:
    events = pd.read_csv(files[0])
    assert len(events) == 1_215
    assert (events["label"] == 1).sum() == 61
    knobs = ("--set", "users=15", "--set", "attack_share=0.05")
    assert run("generate", KEY, "--rows", "1215", "--seed", "3", *knobs, "--out", "again.csv").code == 0
    assert Path("again.csv").read_bytes() == Path(files[0]).read_bytes()


def test_simulate_refuses_a_scenario_without_sessions(run: Command) -> None:
    ended = run("simulate", "payment_fraud", "--out", "x.csv")
    assert ended.code == 2
    assert "riskcore generate payment_fraud" in ended.err


def test_simulate_says_how_many_sessions_and_users_came_out(run: Command) -> None:
    ended = run("simulate", KEY, "--users", "100000", "--sessions", "10", "--out", "few.csv")
    made = pd.read_csv("few.csv")
    assert 1 < made["user_id"].nunique() <= 40
    assert f"They are {made['session_id'].nunique()} sessions of {made['user_id'].nunique()} users." in ended.err


def test_simulating_no_attack_gives_one_class_with_a_notice_and_training_on_it_is_refused(run: Command) -> None:
    ended = run("simulate", "--sessions", "100", "--attack-ratio", "0", "--out", "calm.csv")
    assert (ended.code, "All of them are genuine" in ended.err) == (0, True)
    made = pd.read_csv("calm.csv")
    assert (set(made["label"]), made["attack"].isna().all()) == ({0}, True)
    ended = run("train", KEY, "--data", "calm.csv")
    assert (ended.code, "attack" in ended.err) == (2, True)
    assert "Traceback" not in ended.err


def test_a_simulated_file_is_evaluated_by_the_label_it_came_with(run: Command, files: tuple[str, str, str]) -> None:
    said = json.loads(run("evaluate", KEY, "--data", files[0], "--json").out)
    assert (said["n"], said["positives"]) == (1_215, 61)


def naive(path: str, out: str) -> str:
    """The same file with times that state no zone."""
    table = pd.read_csv(path, dtype=str)
    table.assign(timestamp=table["timestamp"].str[:19]).to_csv(out, index=False)
    return out


def test_a_file_of_which_no_row_can_be_judged_says_why_and_what_to_do(
    run: Command, files: tuple[str, str, str]
) -> None:
    ended = run("evaluate", KEY, "--data", naive(files[0], "naive.csv"))
    assert ended.code == 2
    assert "of 1,215, 1,215 are bad" in ended.err
    assert "1,215 × timestamp must state its time zone" in ended.err
    assert "--zone UTC" in ended.err
    assert run("evaluate", KEY, "--data", "naive.csv", "--zone", "UTC").code == 0


@pytest.mark.parametrize("rows", [0, 1], ids=["zero bytes", "header only"])
def test_an_empty_history_is_no_past(run: Command, files: tuple[str, str, str], rows: int) -> None:
    new = files[2]
    Path("empty.csv").write_text("".join(Path(new).read_text().splitlines(keepends=True)[:rows]))
    assert run("score", KEY, "--in", new, "--out", "alone.csv").code == 0
    ended = run("score", KEY, "--in", new, "--history", "empty.csv", "--out", "after.csv")
    assert (ended.code, "taken as an empty history" in ended.err) == (0, True)
    assert Path("after.csv").read_bytes() == Path("alone.csv").read_bytes()
    ended = run("explain", KEY, "--in", new, "--row", 0, "--history", "empty.csv")
    assert (ended.code, "taken as an empty history" in ended.err) == (0, True)


def test_a_history_of_bad_rows_alone_is_refused_with_the_reason(run: Command, files: tuple[str, str, str]) -> None:
    _, old, new = files
    ended = run("score", KEY, "--in", new, "--history", naive(old, "naive.csv"), "--out", "x.csv")
    assert (ended.code, Path("x.csv").exists()) == (2, False)
    assert "all 899 are bad" in ended.err
    assert "Line 2: timestamp is " in ended.err
    assert "--zone UTC" in ended.err


def test_bad_rows_of_a_history_are_named_by_their_lines(run: Command, files: tuple[str, str, str]) -> None:
    _, old, new = files
    table = pd.read_csv(old, dtype=str)
    table.loc[3, "timestamp"] = "yesterday"
    table.to_csv("some.csv", index=False)
    with Path("some.csv").open("a") as file:
        file.write("too,short\n")
    ended = run("score", KEY, "--in", new, "--history", "some.csv", "--out", "x.csv")
    assert ended.code == 0
    assert "2 rows of some.csv are bad" in ended.err
    assert "Line 5: timestamp is yesterday; it must be" in ended.err
    assert "Line 901 has 2 values" in ended.err


def changed(path: str, out: str) -> str:
    """The same file, but for the address of its first event."""
    table = pd.read_csv(path, dtype=str)
    table.loc[0, "ip"] = "203.0.113.77"
    table.to_csv(out, index=False)
    return out


def test_rows_that_contradict_the_history_are_rejected_and_the_others_scored_as_ever(
    run: Command, files: tuple[str, str, str]
) -> None:
    whole, _, new = files
    run("score", KEY, "--in", new, "--history", whole, "--out", "right.csv")
    ended = run("score", KEY, "--in", changed(new, "odd.csv"), "--history", whole, "--out", "scored.csv")
    assert ended.code == 0
    rejects = pd.read_csv("scored.csv.rejects.csv")
    assert rejects[["line", "column", "reason"]].to_numpy().tolist() == [
        [2, "event_id", "names an event of the history that differs"]
    ]
    expected, found = (pd.read_csv(f"{name}.csv").set_index("event_id")["risk_score"] for name in ("right", "scored"))
    pd.testing.assert_series_equal(found, expected.iloc[1:])


def test_a_row_that_contradicts_the_store_is_rejected_and_the_others_recorded(
    run: Command, files: tuple[str, str, str]
) -> None:
    new = files[2]
    Path("first.csv").write_text("".join(Path(new).read_text().splitlines(keepends=True)[:3]))
    run("score", KEY, "--in", "first.csv", "--out", "first_scored.csv", "--record")
    ended = run("score", KEY, "--in", changed(new, "odd.csv"), "--out", "scored.csv", "--record")
    assert ended.code == 0
    assert "314 decisions recorded; 1 events keep the one they had." in ended.err
    rejects = pd.read_csv("scored.csv.rejects.csv")
    assert rejects[["line", "reason"]].to_numpy().tolist() == [[2, "is stored with other content"]]


def test_a_history_gives_the_risks_of_one_whole_file(run: Command, files: tuple[str, str, str]) -> None:
    whole, old, new = files
    run("score", KEY, "--in", whole, "--out", "whole_scored.csv")
    assert run("score", KEY, "--in", new, "--history", old, "--out", "new_scored.csv").code == 0
    run("score", KEY, "--in", new, "--out", "alone_scored.csv")
    expected, found, alone = (
        pd.read_csv(f"{name}_scored.csv").set_index("event_id")["risk_score"] for name in ("whole", "new", "alone")
    )
    pd.testing.assert_series_equal(found, expected.loc[found.index])
    assert (alone != found).any()


def test_recording_rejects_times_that_no_clock_holds_and_tells_of_the_future(run: Command) -> None:
    head = "event_id,timestamp,user_id,event_type,success,ip\n"
    rows = [f"e{i},{year}-01-01T00:00:00Z,u1,login_success,1,1.2.3.4\n" for i, year in enumerate(("0001", 9999, 2190))]
    Path("odd.csv").write_text(head + "".join(rows))
    ended = run("score", KEY, "--in", "odd.csv", "--out", "odd_scored.csv", "--record")
    assert ended.code == 0
    assert "2 × timestamp must be a date and time from 1970 to 2199" in ended.err
    assert "1 event lies in the future by more than a day, at 2190-01-01T00:00:00Z: check the clock" in ended.err
    assert pd.read_csv("odd_scored.csv")["event_id"].tolist() == ["e2"]


def test_explain_looks_at_the_history_that_it_is_given(run: Command) -> None:
    scenario, preset = coded()[KEY], "Credential stuffing"
    scenario.event.frame(scenario.presets[preset]).to_csv("now.csv", index=False)
    scenario.event.frame(*scenario.pasts[preset]).to_csv("before.csv", index=False)
    known, unknown = (
        json.loads(run("explain", KEY, "--in", "now.csv", "--row", 0, *words, "--json").out)
        for words in (("--history", "before.csv"), ())
    )
    assert known["risk_score"] > unknown["risk_score"]
    burst = next(
        reason["sentence"] for reason in known["reasons"] if "failed logins in 15 minutes" in reason["sentence"]
    )
    assert "(11 within 40 s: 09:29:16, " in burst
    assert not any("UTC" in reason["sentence"] for reason in unknown["reasons"])


def test_explain_refuses_a_history_where_nothing_looks_back(run: Command, files: tuple[str, str, str]) -> None:
    ended = run("explain", "payment_fraud", "--in", files[0], "--row", 0, "--history", files[1])
    assert ended.code == 2
    assert "--history" in ended.err


def test_small_chunks_with_a_history_give_the_same_risks(
    run: Command, files: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, old, new = files
    run("score", KEY, "--in", new, "--history", old, "--out", "whole.csv")
    monkeypatch.setenv("RISKCORE_CHUNK", "100")
    assert run("score", KEY, "--in", new, "--history", old, "--out", "parts.csv").code == 0
    assert Path("parts.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_a_history_that_overlaps_the_file_counts_nothing_twice(run: Command, files: tuple[str, str, str]) -> None:
    whole, _, new = files
    run("score", KEY, "--in", whole, "--out", "whole_scored.csv")
    run("score", KEY, "--in", new, "--history", whole, "--out", "new_scored.csv")
    expected, found = (pd.read_csv(f"{name}_scored.csv").set_index("event_id") for name in ("whole", "new"))
    pd.testing.assert_series_equal(found["risk_score"], expected["risk_score"].loc[found.index])


def test_recorded_files_are_each_others_past(run: Command, files: tuple[str, str, str]) -> None:
    whole, old, new = files
    run("score", KEY, "--in", whole, "--out", "whole_scored.csv")
    assert "899 decisions recorded." in run("score", KEY, "--in", old, "--out", "old_scored.csv", "--record").err
    assert run("score", KEY, "--in", new, "--out", "new_scored.csv", "--record").code == 0
    expected, found = (pd.read_csv(f"{name}_scored.csv").set_index("event_id") for name in ("whole", "new"))
    pd.testing.assert_series_equal(found["risk_score"], expected["risk_score"].loc[found.index])
    again = run("score", KEY, "--in", new, "--out", "again.csv", "--record").err
    assert "0 decisions recorded; 316 events keep the one they had." in again


def test_a_history_is_refused_where_it_would_mean_nothing(run: Command, files: tuple[str, str, str]) -> None:
    assert (
        "leave --history out"
        in run("score", "payment_fraud", "--in", files[0], "--history", files[1], "--out", "x").err
    )
    ended = run("score", KEY, "--in", files[2], "--history", files[1], "--record", "--out", "x.csv")
    assert (ended.code, "from the store" in ended.err) == (2, True)


def test_a_report_is_made_of_what_score_wrote(run: Command, files: tuple[str, str, str]) -> None:
    run("score", KEY, "--in", files[0], "--out", "scored.csv", "--reasons", "2")
    ended = run("report", "--in", "scored.csv", "--out", "report.html")
    assert (ended.code, ended.err) == (0, "The report of 1,215 events of Identity risk is in report.html.\n")
    page = Path("report.html").read_text()
    assert all(word in page for word in ("login_success", "Kinds of attack", "<h2>Reasons</h2>"))
    assert run("report", "--in", files[0], "--out", "x.html").err.count("has no column risk_score and decision") == 1
    assert run("report", "--in", "scored.csv", "--out", "x.pdf").code == 2


def test_a_report_of_columns_that_fit_nothing_asks_for_the_scenario(run: Command) -> None:
    Path("odd.csv").write_text("a,risk_score\n1,0.5\n")
    ended = run("report", "--in", "odd.csv", "--out", "x.html")
    assert ended.code == 2
    assert "fit no scenario. Name it with --scenario" in ended.err


def test_a_benchmark_is_written_as_text_data_and_picture(run: Command) -> None:
    words = ("--rows", "12000", "--models", "fusion", "--set", "attack_share=0.05", "--out", "bench")
    assert run("benchmark", KEY, *words).code == 0
    said = json.loads(Path("bench/benchmark.json").read_text())
    assert (
        said["command"]
        == "riskcore benchmark identity_risk --rows 12000 --seed 0 --models fusion --set attack_share=0.05"
    )
    every = said["cohorts"][0]["judged"][0]["attacks"][0]
    text = Path("bench/benchmark.md").read_text()
    assert f"{every['by_event']['roc_auc']['value']:.3f}" in text
    assert said["command"] in text
    assert Path("bench/detectability.svg").read_text().startswith("<svg")
    ended = run("benchmark", KEY, "--rows", "2000", "--out", "bench/benchmark.md")
    assert (ended.code, "is a file; name a folder" in ended.err) == (2, True)
