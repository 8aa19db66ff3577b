"""Ways between places, where events go, and rows by whom they belong to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.charts.funnel import sankey
from riskcore.charts.places import journey_map, said
from riskcore.core.geo import great_circle, great_circle_km
from riskcore.core.model import Output
from riskcore.core.schema import Validated
from riskcore.scenarios import coded
from riskcore.services.entities.journeys import journeys, places
from riskcore.services.files.bulk_output import DECISION, RISK_SCORE
from riskcore.services.files.bulk_past import by_entity
from riskcore.services.funnel import MOST_KINDS, funnel, funnel_of_file
from riskcore.services.scoring import Decided, Scored, decide

SCENARIO = next(s for s in coded().values() if s.event.place)
ANYWHERE = replace(SCENARIO, travel=None)  # takes every place for a person's
HAMBURG, SAO_PAULO = (53.55, 9.99, "Hamburg"), (-23.55, -46.63, "Sao Paulo")


def at(*stops: tuple[float, tuple[float, float, str] | None], through: str | None = None) -> pd.DataFrame:
    """Events so many hours after one moment, each at a place or nowhere; the last through a kind of network."""
    lat, lon, name = SCENARIO.event.place
    begin = datetime(2026, 4, 20, tzinfo=UTC)
    rows = []
    for i, (hours, place) in enumerate(stops):
        row = {"event_id": str(i), "timestamp": begin + timedelta(hours=hours), "user_id": "ada"}
        row |= {"event_type": "login_success", "success": 1}
        row |= dict(zip((lat, lon, name), place, strict=True)) if place else {}
        rows.append(row)
    rows[-1] |= {"network_kind": through} if through else {}
    return SCENARIO.event.accept(SCENARIO.event.frame(*rows))


def test_speed_is_the_great_circle_over_the_time_between() -> None:
    found = journeys(ANYWHERE, at((0, HAMBURG), (2, SAO_PAULO)))
    km = float(great_circle_km(*HAMBURG[:2], *SAO_PAULO[:2]))
    assert found["km"].tolist() == pytest.approx([km])
    assert found["kmh"].tolist() == pytest.approx([km / 2])
    assert (found["name"][0], found["name_to"][0], found["at"][0]) == ("Hamburg", "Sao Paulo", 1)


def test_a_way_is_as_fast_as_the_signals_of_the_scenario_count_it() -> None:
    events = at((0, HAMBURG), (2, SAO_PAULO))
    found = journeys(SCENARIO, events)
    assert found["kmh"].tolist() == pytest.approx([SCENARIO.features(events)["impossible_travel"].iloc[1]])
    assert found["travel"].tolist() == [True]


@pytest.mark.parametrize("kind", ["vpn", "hosting", "tor"])
def test_the_place_of_a_network_is_no_travel_and_never_faster_than_an_airliner(kind: str) -> None:
    events = at((0, HAMBURG), (1, SAO_PAULO), through=kind)
    found = journeys(SCENARIO, events)
    assert found["travel"].tolist() == [False]
    assert "airliner" not in said(found)
    assert "airliner" not in said(found, new=1)
    assert "not travel" in said(found, new=1)
    assert "airliner" in said(journeys(ANYWHERE, events))


def test_who_is_seen_through_a_network_in_between_has_not_been_there() -> None:
    events = pd.concat([at((0, HAMBURG), (1, SAO_PAULO), through="vpn"), at((2, HAMBURG)).assign(event_id="2")])
    found = journeys(SCENARIO, events.reset_index(drop=True))
    assert found[["name", "name_to"]].to_numpy().tolist() == [["Hamburg", "Sao Paulo"]]


def test_the_title_speaks_of_the_way_to_the_event_on_the_form_where_it_is_elsewhere() -> None:
    events = at((0, HAMBURG), (1, SAO_PAULO), (40, HAMBURG))
    found = journeys(SCENARIO, events)
    assert said(found).startswith("Faster than an airliner: Hamburg to Sao Paulo")
    assert said(found, new=2).startswith("To the event on the form: Sao Paulo to Hamburg")
    assert said(found, new=0) == said(found)


def test_events_without_a_place_are_passed_over_and_staying_is_no_journey() -> None:
    assert journeys(SCENARIO, at((0, HAMBURG), (1, None), (2, HAMBURG))).empty
    assert journeys(SCENARIO, at((0, HAMBURG), (1, None), (5, SAO_PAULO)))["hours"].tolist() == pytest.approx([5])
    assert places(SCENARIO, at((0, None))).empty


def test_a_drawn_way_begins_and_ends_at_its_places_and_is_as_long() -> None:
    lat, lon = great_circle(HAMBURG[:2], SAO_PAULO[:2], 24)
    assert (lat[0], lon[0], lat[-1], lon[-1]) == pytest.approx((*HAMBURG[:2], *SAO_PAULO[:2]))
    length = great_circle_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()
    assert length == pytest.approx(float(great_circle_km(*HAMBURG[:2], *SAO_PAULO[:2])), rel=1e-6)


def test_the_map_asks_nothing_of_the_net_and_says_what_is_too_fast() -> None:
    events = at((0, HAMBURG), (1, SAO_PAULO))
    drawn = journey_map(journeys(SCENARIO, events), places(SCENARIO, events), places(SCENARIO, events)).to_dict()
    assert "url" not in drawn["datasets"]
    assert "Faster than an airliner: Hamburg to Sao Paulo" in drawn["title"]["text"]


def decided(risk: list[float]) -> Decided:
    made = SCENARIO.synthesize(len(risk), 5)
    events = SCENARIO.event.accept(made.events)
    values = np.array(risk)
    validated = Validated(events, np.ones(len(risk), dtype=bool), ())
    return decide(Scored(SCENARIO, validated, pd.DataFrame(), Output(values, values), "v"), SCENARIO.policy)


def test_no_event_is_lost_in_a_funnel_and_every_ribbon_opens_its_events() -> None:
    found = decided(np.linspace(0, 1, 400).tolist())
    bad = np.arange(400) % 7 == 0
    flow = funnel(found, bad.astype(np.int64))
    assert len(flow.kind.categories) <= MOST_KINDS
    for side, n in ((None, 400), (True, int(bad.sum())), (False, int((~bad).sum()))):
        flows = flow.flows(side)
        assert flows.groupby("stage")["n"].sum().tolist() == [n, n]
        for source, target, count in zip(flows["source"], flows["target"], flows["n"], strict=True):
            assert len(flow.along(source, target, side)) == count


def test_bands_hold_their_lower_edge() -> None:
    edges = [band.edge for band in SCENARIO.policy.bands]
    flow = funnel(decided(edges))
    assert flow.band.codes.tolist() == list(range(len(edges)))
    assert flow.action.codes.tolist() == [SCENARIO.policy.code(b.action) for b in SCENARIO.policy.bands]


def test_a_sankey_draws_every_flow_once() -> None:
    flow = funnel(decided([0.01, 0.5, 0.99]))
    flows = flow.flows()
    names = {name: i for i, name in enumerate(dict.fromkeys([*flows["source"], *flows["target"]]))}
    series = sankey(flows, {}, names)["series"][0]
    assert sum(link["value"] for link in series["links"]) == 6
    assert {node["name"] for node in series["data"]} == set(names)


def test_rows_are_told_by_entity_with_the_highest_risk_first(tmp_path: Path) -> None:
    harsh = next(a.key for a in SCENARIO.policy.actions if a.effect == "stop")
    mild = SCENARIO.policy.actions[0].key
    scored = pd.DataFrame(
        {
            "who": ["a", "b", "a", None],
            "risk_score": [0.2, 0.99, 0.4, 0.5],
            "decision": [mild, harsh, mild, mild],
        }
    )
    scored.to_parquet(tmp_path / "scored.parquet")
    found = by_entity(tmp_path / "scored.parquet", "who", SCENARIO.policy)
    assert found["entity"].tolist() == ["b", "a"]
    assert found["events"].tolist() == [1, 2]
    assert found["harsh"].tolist() == [1, 0]
    assert found["mean"].tolist() == pytest.approx([0.99, 0.3])


def test_a_scored_file_has_the_funnel_of_its_events(tmp_path: Path) -> None:
    found = decided(np.linspace(0, 1, 400).tolist())
    table = pd.DataFrame(
        {
            "what": found.scored.events["event_type"].astype("str"),
            RISK_SCORE: found.scored.risk,
            DECISION: found.action_keys(),
        }
    )
    bad = pd.DataFrame({"what": ["?"], RISK_SCORE: [np.nan], DECISION: [None]})
    pd.concat([table, bad]).to_parquet(tmp_path / "scored.parquet")
    flows = funnel_of_file(tmp_path / "scored.parquet", "what", found.policy).flows()
    as_told = funnel(found).flows()
    assert flows.astype(str).to_dict("records") == as_told.astype(str).to_dict("records")


def test_a_labelled_file_has_good_and_bad_actors_apart_and_rows_without_a_label_on_neither_side(tmp_path: Path) -> None:
    found = decided(np.linspace(0, 1, 400).tolist())
    label = np.arange(400) % 5 == 0
    good, bad = SCENARIO.target.classes
    told = np.where(np.arange(400) < 40, "", np.where(label, bad, good))
    pd.DataFrame({RISK_SCORE: found.scored.risk, DECISION: found.action_keys(), "truth": told}).to_parquet(
        tmp_path / "scored.parquet"
    )
    flow = funnel_of_file(tmp_path / "scored.parquet", None, found.policy, "truth", SCENARIO.target)
    assert (flow.count(False), flow.count(True), flow.count()) == (288, 72, 400)
    for side, name in ((False, good), (True, bad)):
        assert flow.flows(side).groupby("stage")["n"].sum().tolist() == [(told == name).sum()] * 2
        rows = np.concatenate([flow.along(action, "", side) for action in flow.action.categories])
        assert set(told[rows]) == {name}
    bare = tmp_path / "bare.parquet"
    pd.DataFrame({RISK_SCORE: [0.5], DECISION: [found.action_keys()[0]], "truth": [None]}).to_parquet(bare)
    assert funnel_of_file(bare, None, found.policy, "truth", SCENARIO.target).actor is None


def test_every_part_of_a_sankey_tells_its_events_above_itself() -> None:
    flows = pd.DataFrame(
        [("login {b}", "low", 0, 1200), ("reset", "low", 0, 3), ("low", "allow", 1, 1203)],
        columns=["source", "target", "stage", "n"],
    )
    order = {name: i for i, name in enumerate(["login {b}", "reset", "low", "allow"])}
    nodes = sankey(flows, {}, order)["series"][0]["data"]
    assert [node["label"]["formatter"] for node in nodes] == ["{b} · 1,200", "{b} · 3", "{b} · 1,203", "{b} · 1,203"]
    assert all(node["label"]["position"][1] < 0 for node in nodes)
    assert [node["label"]["align"] for node in nodes] == ["left", "left", "center", "right"]
