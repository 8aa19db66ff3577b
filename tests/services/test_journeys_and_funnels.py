"""Ways between places, where events go, and rows by whom they belong to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.charts.funnel import sankey
from riskcore.charts.places import journey_map
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
HAMBURG, SAO_PAULO = (53.55, 9.99, "Hamburg"), (-23.55, -46.63, "Sao Paulo")


def at(*stops: tuple[float, tuple[float, float, str] | None]) -> pd.DataFrame:
    """Events so many hours after one moment, each at a place or nowhere."""
    lat, lon, name = SCENARIO.event.place
    begin = datetime(2026, 4, 20, tzinfo=UTC)
    rows = []
    for i, (hours, place) in enumerate(stops):
        row = {"event_id": str(i), "timestamp": begin + timedelta(hours=hours), "user_id": "ada"}
        row |= {"event_type": "login_success", "success": 1}
        row |= dict(zip((lat, lon, name), place, strict=True)) if place else {}
        rows.append(row)
    return SCENARIO.event.accept(SCENARIO.event.frame(*rows))


def test_speed_is_the_great_circle_over_the_time_between() -> None:
    found = journeys(SCENARIO, at((0, HAMBURG), (2, SAO_PAULO)))
    km = float(great_circle_km(*HAMBURG[:2], *SAO_PAULO[:2]))
    assert found["km"].tolist() == pytest.approx([km])
    assert found["kmh"].tolist() == pytest.approx([km / 2])
    assert (found["name"][0], found["name_to"][0], found["at"][0]) == ("Hamburg", "Sao Paulo", 1)


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
    said = journey_map(journeys(SCENARIO, events), places(SCENARIO, events), places(SCENARIO, events)).to_dict()
    assert "url" not in said["datasets"]
    assert "Faster than an airliner: Hamburg to Sao Paulo" in said["title"]["text"]


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
