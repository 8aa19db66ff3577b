"""A report tells what a scored file holds, by the decisions in it or by another policy, and runs nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore import scenarios
from riskcore.core.errors import DataError
from riskcore.core.policy import Policy
from riskcore.services.files.mapping import suggest
from riskcore.services.report_page import render
from riskcore.services.reporting import Report, report
from riskcore.stores.datasets import label_frame
from riskcore.stores.tables import open_table

IDENTITY = scenarios.coded()["identity_risk"]
POLICY = IDENTITY.policy
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
N = 4_000


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    """Events with labels, and risks and decisions as if scored: attacks a little higher."""
    made = IDENTITY.synthesize(N, 2, {"attack_share": 0.1})
    rng = np.random.default_rng(0)
    risk = np.clip(rng.beta(0.3, 6, N) + 0.3 * rng.random(N) * (made.labels.label == 1), 0, 1).round(9)
    keys = np.array([a.key for a in POLICY.actions], dtype=object)
    table = pd.concat([made.events, label_frame(made.labels)], axis=1).assign(risk_score=risk)
    table["decision"] = keys[POLICY.decide({"risk": risk}, made.events).actions]
    table["reasons"] = np.where(risk > 0.2, "7 failed logins in 15 minutes: raises the risk; A: lowers the risk", "")
    return table


def told(table: pd.DataFrame, folder: Path, policy: Policy = POLICY, anew: bool = False) -> Report:
    path = folder / "scored.csv"
    table.to_csv(path, index=False)
    source = open_table(path)
    return report(IDENTITY, source, suggest(source.columns, IDENTITY.event, IDENTITY.target, guess=False), policy, anew)


def test_totals_are_those_of_the_file(scored: pd.DataFrame, tmp_path: Path) -> None:
    found = told(scored, tmp_path)
    risk = scored["risk_score"]
    assert (found.n, found.scored) == (N, N)
    assert (found.mean, found.p95) == (pytest.approx(risk.mean()), pytest.approx(risk.quantile(0.95)))
    assert found.actions == {a.key: int((scored["decision"] == a.key).sum()) for a in POLICY.actions}
    worse = {a.key for a in POLICY.actions if a.effect in ("review", "stop")}
    assert found.positive.value == pytest.approx(scored["decision"].isin(worse).mean())
    assert sum(found.flows.values()) == found.histogram.sum() == found.moments["n"].sum() == N
    assert found.histogram[1].sum() == (scored["label"] == 1).sum()
    assert found.reasons == (("… failed logins in … minutes", int((risk > 0.2).sum())),)


def test_kinds_of_attack_are_told_where_labels_are(scored: pd.DataFrame, tmp_path: Path) -> None:
    found = told(scored, tmp_path)
    counts = scored["attack"][scored["attack"] != ""].value_counts()
    assert {one.kind: one.events for one in found.attacks} == {"all attacks": int(counts.sum()), **counts.to_dict()}
    bare = told(scored.drop(columns=["label", "attack", "attack_id", "stealth"]), tmp_path)
    assert not bare.attacks
    assert "Kinds of attack" not in render(bare, NOW)
    only = told(scored.drop(columns=["attack", "attack_id", "stealth"]), tmp_path)
    assert [one.kind for one in only.attacks] == ["all attacks", IDENTITY.target.classes[1]]


def test_good_and_bad_actors_stand_side_by_side_where_labels_are(scored: pd.DataFrame, tmp_path: Path) -> None:
    found = told(scored, tmp_path)
    assert found.sides is not None
    good, bad = (sum(flows.values()) for flows in found.sides)
    assert (good, bad) == (int((scored["label"] == 0).sum()), int((scored["label"] == 1).sum()))
    page = render(found, NOW)
    benign, attack = IDENTITY.target.classes
    assert f"<b>Good actors: {benign}</b> · {good:,} events" in page
    assert f"<b>Bad actors: {attack}</b> · {bad:,} events" in page
    bare = told(scored.drop(columns=["label", "attack", "attack_id", "stealth"]), tmp_path)
    assert bare.sides is None
    assert "actors" not in render(bare, NOW)
    assert f"All {N:,} events." in render(bare, NOW)


def test_another_policy_decides_anew_and_leaves_risks_alone(scored: pd.DataFrame, tmp_path: Path) -> None:
    stricter = POLICY.with_edges({i: band.edge / 2 for i, band in enumerate(POLICY.bands)})
    found, before = told(scored, tmp_path, stricter, anew=True), told(scored, tmp_path)
    assert found.mean == before.mean
    assert found.positive.value > before.positive.value
    same = told(scored.drop(columns="decision"), tmp_path, anew=True)
    assert same.actions == before.actions


def test_rows_without_a_risk_are_counted_and_left_out(scored: pd.DataFrame, tmp_path: Path) -> None:
    table = scored.copy()
    table.loc[:9, ["risk_score", "decision"]] = None
    found = told(table, tmp_path)
    assert (found.n, found.scored) == (N, N - 10)
    assert "10 rows were not" in render(found, NOW)


def test_a_page_holds_everything_and_asks_nobody_for_anything(scored: pd.DataFrame, tmp_path: Path) -> None:
    page = render(told(scored, tmp_path), NOW)
    assert len(page) < 200_000
    assert "default-src 'none'" in page
    assert not re.search(r"<script|src=|href=|url\(|@import", page)
    for heading in ("Actions", "From event to action", "Risks", "Over time", "Reasons", "Kinds of attack"):
        assert f"<h2>{heading}</h2>" in page
    assert page.count("<svg") == 4


def test_nothing_in_a_file_becomes_markup(scored: pd.DataFrame, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    table = scored.assign(attack=scored["attack"].where(scored["attack"] == "", evil), reasons=f"{evil} & more")
    page = render(told(table, tmp_path), NOW)
    assert "<script" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"risk_score": None}, "has no column risk_score"),
        ({"risk_score": "high"}, "risk_score holds 'high'"),
        ({"risk_score": 1.5}, "must be from 0 to 1"),
        ({"decision": "shrug"}, "decision is 'shrug', which is no action of the policy"),
    ],
)
def test_what_no_scoring_writes_is_refused(
    scored: pd.DataFrame, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    name, value = next(iter(change.items()))
    table = scored.drop(columns=name) if value is None else scored.assign(**{name: value})
    with pytest.raises(DataError, match=said):
        told(table, tmp_path)


def test_a_file_without_a_scored_row_has_no_report(scored: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="was scored, so there is nothing"):
        told(scored.head(5).assign(risk_score="", decision=""), tmp_path)
