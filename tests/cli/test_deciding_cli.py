"""`riskcore thresholds` and `riskcore policy`, from the arguments to exit code, files and what is said."""

import json
from pathlib import Path

import pytest
import yaml

from tests.commands import Command, small_models

KEY = "card_fraud"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with small models."""
    return small_models(tmp_path_factory.mktemp("models"), KEY, "session_risk")


@pytest.fixture
def cards(run: Command) -> str:
    """1,500 labelled payments."""
    assert (
        run("generate", KEY, "--rows", "1500", "--seed", "4", "--set", "fraud_rate=0.05", "--out", "in.csv").code == 0
    )
    return "in.csv"


@pytest.fixture
def draft(run: Command) -> str:
    """The policy in force with its first edge moved."""
    said = yaml.safe_load(run("policy", "show", KEY).out)
    said["bands"][1]["edge"] = 0.08
    Path("draft.yaml").write_text(yaml.safe_dump(said))
    return "draft.yaml"


def test_thresholds_tells_exactly_the_promised_keys(run: Command, cards: str) -> None:
    ended = run(
        "thresholds", KEY, "--data", cards, "--label", "label", "--capacity", "20", "--prior", "0.002", "--json"
    )
    assert ended.code == 0, ended.err
    said = json.loads(ended.out)
    assert list(said) == [
        "threshold", "n", "positives", "recall", "precision", "false_alarm_rate", "alerts_per_day", "cost", "optimum",
        "capacity", "prior", "policy_hash", "model_version",
    ]  # fmt: skip
    assert set(said["recall"]) == {"value", "low", "high"}
    assert set(said["optimum"]) == {"threshold", "low", "high"}
    assert (said["n"], said["prior"], said["capacity"]["alerts_per_day"]) == (1_500, 0.002, 20)


def test_two_cut_offs_are_told_by_measure(run: Command) -> None:
    run("generate", "session_risk", "--rows", "500", "--out", "s.csv")
    said = json.loads(run("thresholds", "session_risk", "--data", "s.csv", "--label", "label", "--json").out)
    assert set(said["threshold"]) == {"medium", "high"}


def test_costs_come_from_a_file_or_from_a_receipt(run: Command, cards: str) -> None:
    Path("costs.yaml").write_text("currency: USD\nlosses: [0, 1000]\nhour: 60\neffects: {review: {catch_rate: 1}}\n")
    ended = run(
        "thresholds", KEY, "--data", cards, "--label", "label", "--costs", "costs.yaml", "--json", "--save", "r.json"
    )
    said = json.loads(ended.out)
    assert said["cost"]["currency"] == "USD"
    again = json.loads(run("thresholds", KEY, "--data", cards, "--label", "label", "--costs", "r.json", "--json").out)
    assert again == said
    Path("costs.yaml").write_text("currency: USD\nlosses: [0, -1]\neffect: {}\n")
    ended = run("thresholds", KEY, "--data", cards, "--label", "label", "--costs", "costs.yaml")
    assert ended.code == 2
    assert "losses[1] is -1" in ended.err
    assert "Did you mean 'effects'?" in ended.err


def test_a_receipt_repeats_to_the_last_digit_and_tells_when_it_does_not(run: Command, cards: str) -> None:
    run("thresholds", KEY, "--data", cards, "--label", "label", "--threshold", "0.2", "--save", "r.json")
    line = json.loads(Path("r.json").read_text())["command"].split()
    assert line == ["riskcore", "thresholds", KEY, "--receipt", "r.json", "--data", cards, "--label", "label", "--json"]
    ended = run(*line[1:])
    assert ended.code == 0, ended.err
    assert "Every number is as the receipt says." in ended.err
    assert json.loads(ended.out) == json.loads(Path("r.json").read_text())["numbers"]
    run("generate", KEY, "--rows", "1500", "--seed", "5", "--out", "other.csv")
    ended = run("thresholds", KEY, "--receipt", "r.json", "--data", "other.csv", "--label", "label")
    assert ended.code == 1
    assert "The events are not the same" in ended.err
    assert "optimum.high: " in ended.err
    assert run("thresholds", KEY, "--receipt", "r.json", "--data", cards, "--prior", "0.1").code == 2


def test_without_json_the_numbers_are_told_in_words(run: Command, cards: str) -> None:
    said = run("thresholds", KEY, "--data", cards, "--label", "label", "--capacity", "5").out
    for word in ("Threshold 0.05 on 1,500 events", "recall", "EUR", "optimum", "capacity"):
        assert word in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name the events with --data FILE."),
        (("--data", "in.csv", "--label", "label", "--capacity", "-1"), "Capacity is -1 alerts a day"),
        (("--data", "in.csv", "--label", "label", "--prior", "2"), "The prior is 2"),
        (("--data", "in.csv", "--label", "label", "--threshold", "7"), "The threshold is 7"),
        (("--data", "in.csv", "--label", "label", "--costs", "no.yaml"), "no.yaml cannot be read"),
        (("--data", "in.csv", "--label", "label", "--receipt", "in.csv"), "in.csv"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Command, cards: str, words: tuple[str, ...], said: str) -> None:
    ended = run("thresholds", KEY, *words)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_draft_is_looked_at_applied_and_taken_back(run: Command, cards: str, draft: str) -> None:
    assert run("policy", "lint", KEY, draft).code == 0
    said = json.loads(run("policy", "diff", KEY, draft, "--data", cards, "--label", "label", "--json").out)
    assert said["changes"] == ["bands[1]: review from risk >= 0.08, was review from risk >= 0.05."]
    assert said["moved"] == sum(move["events"] for move in said["moves"]) == said["loosened"]
    assert said["cost"]["low"] <= said["cost"]["value"] <= said["cost"]["high"]
    ended = run("policy", "apply", KEY, draft, "--author", "ann", "--note", "less review")
    assert ended.code == 0, ended.err
    assert json.loads(run("policy", "show", KEY, "--json").out)["policy_hash"] == said["policy_hash"]
    (kept,) = json.loads(run("policy", "show", KEY, "--versions", "--json").out)
    assert (kept["version"], kept["author"], kept["note"]) == (1, "ann", "less review")
    assert run("policy", "diff", KEY, draft).out == "The draft is the policy in force.\n"
    assert run("policy", "rollback", KEY, "0", "--author", "bob").code == 0
    assert json.loads(run("policy", "show", KEY, "--json").out)["policy_hash"] == said["in_force"]
    assert run("policy", "rollback", KEY, "1").code == 0
    assert len(json.loads(run("policy", "show", KEY, "--versions", "--json").out)) == 3


def test_a_dry_run_and_a_model_are_kept_with_the_policy(run: Command, draft: str) -> None:
    champion = next(row["champion"] for row in json.loads(run("list", "--json").out) if row["key"] == KEY)
    ended = run("policy", "apply", KEY, draft, "--model", champion, "--dry-run")
    assert "dry run" in ended.err
    said = yaml.safe_load(run("policy", "show", KEY).out)
    assert (said["model"], said["dry_run"]) == (champion, True)
    assert run("policy", "apply", KEY, draft, "--model", "nothing").code == 2


def test_a_dry_run_is_said_beside_what_the_policy_in_force_decides(run: Command, cards: str, draft: str) -> None:
    commands = (
        ("score", KEY, "--in", cards, "--out", "out.csv"),
        ("explain", KEY, "--in", cards, "--row", "0"),
        ("thresholds", KEY, "--data", cards, "--label", "label"),
        ("policy", "diff", KEY, draft),
    )
    assert not [words for words in commands if "dry run" in run(*words).err]
    assert run("policy", "apply", KEY, draft, "--dry-run").code == 0
    told = "The policy in force is a dry run: decisions are logged and not enforced."
    assert [words for words in commands if told in run(*words).err] == list(commands)


def test_what_lint_finds_is_told_before_a_policy_is_applied(run: Command) -> None:
    file = ruled(run)
    ended = run("policy", "apply", KEY, file)
    assert ended.code == 0
    found, *_, told = ended.err.splitlines()
    assert found == run("policy", "lint", KEY, file).out.strip()
    assert "recording (--record) is refused" in found
    assert told.startswith("Version 1, policy ")


def test_a_policy_that_was_changed_meanwhile_is_not_overwritten(run: Command, draft: str) -> None:
    seen = json.loads(run("policy", "show", KEY, "--json").out)["policy_hash"]
    assert run("policy", "apply", KEY, draft, "--expected", seen).code == 0
    ended = run("policy", "apply", KEY, draft, "--expected", seen)
    assert ended.code == 2
    assert "changed by someone else" in ended.err


def test_an_unsound_draft_is_told_and_neither_applied_nor_compared(run: Command, draft: str) -> None:
    text = Path(draft).read_text().replace("action: review", "action: reveiw").replace("bands:", "bandz: []\nbands:")
    Path(draft).write_text(text)
    ended = run("policy", "lint", KEY, draft)
    assert ended.code == 1
    assert "Did you mean 'review'?" in ended.out
    assert "Did you mean 'bands'?" in ended.out
    for command in ("apply", "diff"):
        ended = run("policy", command, KEY, draft)
        assert ended.code == 2
        assert f"{draft}: bands[1] has action 'reveiw'." in ended.err


def test_lint_on_events_finds_days_that_overflow(run: Command, cards: str) -> None:
    found = json.loads(run("policy", "lint", KEY, "--data", cards, "--label", "label", "--capacity", "1", "--json").out)
    assert "capacity overflow" in {f["rule"] for f in found}
    assert run("policy", "lint", KEY, "--capacity", "1").code == 2


def test_lint_judges_days_at_the_prior(run: Command, cards: str) -> None:
    asked = ("policy", "lint", KEY, "--data", cards, "--label", "label", "--json")
    as_is, often = (run(*asked, "--capacity", "1", *prior).out for prior in ((), ("--prior", "0.9")))
    assert as_is != often
    assert "capacity overflow" in often
    ended = run(*asked, "--prior", "0.9")
    assert (ended.code, "give --capacity too" in ended.err) == (2, True)


def test_a_difference_under_a_prior_and_a_capacity_is_that_of_the_thresholds_judged_alone(
    run: Command, cards: str, draft: str
) -> None:
    asked = ("--data", cards, "--label", "label", "--capacity", "3", "--prior", "0.002", "--json")
    told = json.loads(run("policy", "diff", KEY, draft, *asked).out)
    plain = json.loads(run("policy", "diff", KEY, draft, "--data", cards, "--label", "label", "--json").out)
    before = json.loads(run("thresholds", KEY, *asked).out)
    assert run("policy", "apply", KEY, draft).code == 0
    after = json.loads(run("thresholds", KEY, *asked).out)
    assert told["cost"]["value"] == pytest.approx(after["cost"]["value"] - before["cost"]["value"], rel=1e-9)
    assert (told["capacity"], told["prior"]) == (3, 0.002)
    assert plain["moves"] == told["moves"]
    assert plain["cost"] != told["cost"]
    ended = run("policy", "diff", KEY, draft, "--prior", "0.002")
    assert ended.code == 2
    assert "name them with --data" in ended.err


@pytest.mark.parametrize("command", [("lint",), ("diff", "draft.yaml")])
def test_policy_commands_read_times_in_the_zone_that_is_named(
    command: tuple[str, ...], run: Command, draft: str
) -> None:
    assert run("generate", "identity_risk", "--rows", "300", "--out", "logins.csv").code == 0
    Path("draft.yaml").write_text(run("policy", "show", "identity_risk").out)
    name, *rest = command
    ended = run("policy", name, "identity_risk", *rest, "--data", "logins.csv", "--zone", "Europe/Nowhere")
    assert ended.code == 2
    assert "Europe/Nowhere" in ended.err


def ruled(run: Command, **repeated: object) -> str:
    """The policy in force with a rule over time."""
    said = yaml.safe_load(run("policy", "show", KEY).out)
    rule = {"events": 2, "risk": 0.02, "minutes": 1_440} | repeated
    said["overrides"] = [{"name": "twice a day", "repeated": rule, "action": said["actions"][-1]["key"]}]
    Path("ruled.yaml").write_text(yaml.safe_dump(said))
    return "ruled.yaml"


def test_a_rule_over_time_is_told_in_words_by_lint_diff_and_show(run: Command, cards: str) -> None:
    file, words = ruled(run), "2 events at risk >= 0.02 within 1440 min"
    assert "recording (--record) is refused" in run("policy", "lint", KEY, file).out
    never = run("policy", "lint", KEY, ruled(run, risk=1.0, events=90), "--data", cards).out
    assert "meets 'twice a day' (90 events at risk >= 1 within 1440 min)" in never
    told = run("policy", "diff", KEY, ruled(run), "--data", cards, "--label", "label").out
    assert f"override 'twice a day': {words} to" in told
    assert run("policy", "apply", KEY, file).code == 0
    shown = run("policy", "show", KEY)
    assert f"twice a day: {words} to" in shown.err
    assert yaml.safe_load(shown.out)["overrides"][0]["repeated"] == {"events": 2, "risk": 0.02, "minutes": 1_440}


def test_a_rule_over_time_on_no_field_is_refused_with_file_path_and_value(run: Command) -> None:
    ended = run("policy", "apply", KEY, ruled(run, of="Amont"))
    assert ended.code == 2
    assert "overrides[0]: repeated.of is 'Amont', which is no field. Did you mean 'Amount'?" in ended.err
    ended = run("policy", "apply", KEY, ruled(run, minute=3))
    assert "ruled.yaml: overrides[0]: repeated: unknown key 'minute'. Did you mean 'minutes'?" in ended.err


def test_one_row_is_explained_with_the_past_that_a_rule_counts(run: Command, cards: str) -> None:
    assert run("policy", "apply", KEY, ruled(run, risk=0.0)).code == 0
    lines = Path(cards).read_text().splitlines()
    Path("first.csv").write_text("\n".join(lines[:100]))
    Path("later.csv").write_text("\n".join([lines[0], *lines[100:]]))
    alone = run("explain", KEY, "--in", "later.csv", "--row", "0", "--json")
    assert json.loads(alone.out)["rule"] != "twice a day"
    assert "without --history it sees this event alone" in alone.err
    after = run("explain", KEY, "--in", "later.csv", "--row", "0", "--history", "first.csv", "--json")
    assert json.loads(after.out)["rule"] == "twice a day"
    assert run("score", KEY, "--in", "later.csv", "--history", "first.csv", "--out", "out.csv").code == 0
    assert run("score", KEY, "--in", "later.csv", "--record", "--out", "other.csv").code == 2


def test_an_unknown_version_is_told(run: Command) -> None:
    assert "version of the policy of card_fraud" in run("policy", "show", KEY, "--version", "3").err
    assert run("policy", "rollback", KEY, "3").code == 2
