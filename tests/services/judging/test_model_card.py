"""A model card says what a model is, is good for and is not, in one page that opens offline and runs nothing."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import pytest

from riskcore.charts.svg import line_chart
from riskcore.core.trained import ModelCard
from riskcore.scenarios import coded
from riskcore.services.judging.model_card import render
from riskcore.services.judging.model_card_words import cautions, facts
from riskcore.services.training import Plan
from riskcore.services.workspace import Workspace

SCENARIOS = coded()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&**bold**"

every = pytest.mark.parametrize("key", SCENARIOS)


@pytest.fixture(scope="module")
def cards(house: Workspace) -> dict[str, ModelCard]:
    return {
        key: house.train(scenario, house.generate(scenario, 3_000, 3), Plan(), now=NOW).trained.card
        for key, scenario in SCENARIOS.items()
    }


class Page(HTMLParser):
    """Tags, attributes and words of a page; every tag must be closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@every
def test_a_card_is_one_sound_page_that_asks_no_host_and_runs_no_script(key, cards) -> None:
    html = render(SCENARIOS[key], cards[key])
    page = Page(html)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "form"}
    told = [(name, value) for _, attrs in page.tags for name, value in attrs.items()]
    assert not [name for name, _ in told if name.startswith("on") or name in ("src", "href", "action")]
    assert "http" not in html.replace("http-equiv", "")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in told


@every
def test_a_card_holds_figures_with_intervals_curves_and_how_it_was_made(key, cards) -> None:
    card = cards[key]
    html = render(SCENARIOS[key], card)
    said = unescape(re.sub(r"<[^>]+>", "\n", html))
    auc = card.metrics["roc_auc"]
    assert f"{auc['value']:.3f} ({auc['low']:.3f}–{auc['high']:.3f})" in said
    for words in (
        card.version,
        str(card.data["fingerprint"]),
        "What it must not be used for",
        *card.libraries.values(),
    ):
        assert words in said
    assert all(str(line["name"]) in said for line in card.results[1:])
    assert html.count("<svg") == len(card.curves) + 1  # ROC and precision-recall are of one set of points
    assert all(str(one["kind"]) in said for one in card.attacks)
    assert next(iter(card.importance)) in said


def test_words_of_data_scenario_and_settings_are_never_markup(cards) -> None:
    card = replace(
        cards["card_fraud"],
        model=HOSTILE,
        version=HOSTILE,
        data={"name": HOSTILE, "fingerprint": HOSTILE, "recipe": {HOSTILE: HOSTILE}},
        settings={HOSTILE: HOSTILE},
        importance={HOSTILE: 1.0},
        attacks=tuple({**one, "kind": HOSTILE} for one in cards["card_fraud"].attacks),
        results=tuple({**line, "name": HOSTILE} for line in cards["card_fraud"].results),
        libraries={HOSTILE: HOSTILE},
    )
    scenario = replace(SCENARIOS["card_fraud"], title=HOSTILE, summary=HOSTILE)
    html = render(scenario, card)
    assert "<script" not in html
    assert 'alert(1)</script>"' not in html
    assert {tag for tag, _ in Page(html).tags} == {tag for tag, _ in Page(render(scenario, cards["card_fraud"])).tags}
    assert "<script" not in line_chart([(0, 0), (1, 1)], HOSTILE, HOSTILE, HOSTILE)


def test_a_card_that_was_not_judged_says_so_and_draws_nothing(cards) -> None:
    bare = replace(cards["card_fraud"], metrics={}, results=(), curves={}, attacks=(), importance={})
    html = render(SCENARIOS["card_fraud"], bare)
    assert "nothing is known of how good it is" in html
    assert "<svg" not in html
    assert "By kind of attack" not in html
    assert any("before it has been judged" in s for s in cautions(SCENARIOS["card_fraud"], bare))


def test_cautions_follow_from_how_a_model_was_made(cards) -> None:
    scenario = SCENARIOS["card_fraud"]
    made = cards["card_fraud"]
    synthetic = " ".join(cautions(scenario, made))
    real = " ".join(cautions(scenario, replace(made, data={"file": "a.csv"}, class_counts=(1_000, 40))))
    anomaly = " ".join(cautions(SCENARIOS["infra_anomaly"], cards["infra_anomaly"]))
    assert "learned from synthetic rows" in synthetic
    assert "synthetic" not in real
    assert "has seen only 40 of them" in real
    assert "As a probability of harm" in anomaly
    assert "As a probability where" not in anomaly
    assert "same time" in " ".join(cautions(SCENARIOS["session_risk"], cards["session_risk"]))


def test_facts_leave_out_what_is_not_known(cards) -> None:
    told = facts(replace(cards["card_fraud"], calibrations={"none": 0.5, "sigmoid": 0.25}, files={}))
    assert told["Calibrations tried"] == "none: log loss 0.5000, sigmoid: log loss 0.2500"
    assert "Files" not in told
    assert "Calibrations tried" not in facts(cards["card_fraud"])


def test_a_card_stored_before_curves_were_kept_still_reads(cards) -> None:
    said = cards["card_fraud"].to_mapping()
    for later in ("attacks", "curves", "calibrations"):
        said.pop(later)
    assert "How good it is" in render(SCENARIOS["card_fraud"], ModelCard.from_mapping(said))


def test_points_beyond_the_axes_stay_inside_the_drawing() -> None:
    svg = line_chart([(0, 0), (5, 9)], "x", "y", "said", intervals=[(5, -3, 9)])
    places = [float(v) for v in re.findall(r'(?:[xyc]\d?|cy|cx)="(-?[\d.]+)"', svg)]
    assert min(places) >= 0
    assert max(places) <= 300
