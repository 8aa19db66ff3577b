"""The threshold slider in a real browser: numbers move, the server hears nothing, what was shown is applied."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from riskcore.core.settings import Settings
from riskcore.services.deciding.resampling import intervals
from riskcore.services.scoring import score
from riskcore.services.thresholds import Sweep, exact, sweep
from riskcore.services.workspace import Workspace, open_workspace
from riskcore.stores.policies import Applied, to_yaml
from riskcore.ui.context import SAMPLE_ROWS, SAMPLE_SEED

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

METRICS = ("cost", "saved", "lost", "alerts", "alerts_per_day", "recall", "precision", "false_alarm_rate")
ROW_PX = 35  # of a table, its header too
TRAINED = 60_000  # ms: a first visit trains the model


@pytest.fixture
def house(server) -> Iterator[Workspace]:
    """The workspace behind the running app, its policies back at their defaults afterwards."""
    found = open_workspace(Settings(data=server.data, models=server.models))
    yield found
    for key, scenario in found.scenarios.items():
        found.policies.rollback(key, 0, scenario.policy, found.applied(scenario).policy.fingerprint())


@pytest.fixture
def frames(page: "Page") -> list[str]:
    """What goes over the page's websockets, one entry a frame."""
    seen: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: seen.append("sent")))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda _: seen.append("received")))
    return seen


def open_thresholds(page: "Page", house: Workspace, key: str) -> "Locator":
    """The page of a scenario, drawn; its cockpit."""
    page.goto(f"/?scenario={key}")
    # A link that is clicked before the first run has ended forgets what the address said.
    page.get_by_test_id("stSidebarUserContent").get_by_text("Policy").first.wait_for(timeout=TRAINED)
    assert page.get_by_role("combobox", name="Scenario").input_value() == house.scenario(key).title
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Thresholds").click()
    cockpit = page.locator(".cockpit")
    cockpit.locator("[data-metric=alerts]").wait_for(timeout=TRAINED)
    page.get_by_text("A threshold is inclusive").wait_for()
    return cockpit


def swept_by_python(house: Workspace, key: str) -> Sweep:
    """The sweep of the same events under the same model, policy and costs."""
    scenario = house.scenario(key)
    dataset = house.generate(scenario, SAMPLE_ROWS, SAMPLE_SEED)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    return sweep(scored, house.applied(scenario).policy, scenario.costs, dataset.labels.label)


def shown(cockpit: "Locator") -> dict[str, float]:
    """The raw numbers behind the tiles."""
    tiles = cockpit.locator("[data-metric]").all()
    return {str(t.get_attribute("data-metric")): float(t.get_attribute("data-value") or "nan") for t in tiles}


def agree(cockpit: "Locator", swept: Sweep) -> dict[str, float]:
    """What is shown, after a check that it is what Python says at the sliders' places."""
    places = [int(slider.input_value()) for slider in cockpit.get_by_role("slider").all()]
    point = swept.point(*places)
    expected = swept.metrics(point)
    found = shown(cockpit)
    for name in METRICS:
        assert found[name] == expected[name], name
    for cell in cockpit.locator("[data-cell]").all():
        action, label = map(int, str(cell.get_attribute("data-cell")).split())
        assert float(str(cell.get_attribute("data-value"))) == swept.confusion[point, action, label]
    return found


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
def test_sliders_move_all_numbers_as_python_says_and_ask_the_server_for_nothing(
    key: str, page: "Page", frames: list[str], house: Workspace
) -> None:
    cockpit = open_thresholds(page, house, key)
    swept = swept_by_python(house, key)
    before = agree(cockpit, swept)
    page.wait_for_timeout(500)
    quiet = len(frames)
    assert quiet > 0  # the page itself came over the websocket
    sliders = cockpit.get_by_role("slider").all()
    assert len(sliders) == len(swept.axes)
    for slider in sliders:
        slider.focus()
        for press in ("ArrowRight", "ArrowRight", "PageDown", "ArrowLeft"):
            page.keyboard.press(press)
        box = slider.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
        page.mouse.down()
        for step in range(20):
            page.mouse.move(box["x"] + box["width"] * (0.5 + step / 100), box["y"] + box["height"] / 2)
        page.mouse.up()
        after = agree(cockpit, swept)
    assert after["alerts"] != before["alerts"]
    assert after["cost"] != before["cost"]
    for unit in ("Money", "Rates", "Per 100,000 events"):
        cockpit.get_by_text(unit, exact=True).click()
        agree(cockpit, swept)
    cockpit.get_by_role("button", name="Optimum").click()
    assert agree(cockpit, swept)["cost"] == swept.metrics(swept.optimum() or 0)["cost"]
    page.wait_for_timeout(500)
    assert len(frames) == quiet


def test_the_keyboard_reaches_the_slider_and_hears_its_value(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    slider = cockpit.get_by_role("slider")
    page.get_by_role("radio", name="Decline").or_(page.get_by_role("button", name="Decline")).first.focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if slider.evaluate("e => e.getRootNode().activeElement === e"):
            break
    assert slider.evaluate("e => e.getRootNode().activeElement === e")
    said = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") != said
    assert str(slider.get_attribute("aria-valuetext")).startswith("risk at least ")


def test_a_round_threshold_that_is_typed_is_the_one_that_counts(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    swept = swept_by_python(house, "card_fraud")
    field = cockpit.get_by_role("spinbutton")
    for typed in ("0.103", "0.02", "0.3"):
        field.fill(typed)
        field.press("Enter")
        assert field.input_value() == typed
        assert swept.axes[0].thresholds[int(cockpit.get_by_role("slider").input_value())] == float(typed)
        assert cockpit.get_by_role("status").inner_text() == ""
    cockpit.get_by_role("slider").press("End")
    assert "≥ >" not in cockpit.locator(".sentence").inner_text()


def test_a_typed_threshold_snaps_to_the_nearest_one_and_says_so(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    swept = swept_by_python(house, "card_fraud")
    field = cockpit.get_by_role("spinbutton")
    field.fill("0.314159")
    field.press("Enter")
    assert int(cockpit.get_by_role("slider").input_value()) == swept.axes[0].nearest(0.314159)
    agree(cockpit, swept)
    status = cockpit.get_by_role("status")
    assert status.inner_text() == f"nearest of the {len(swept.axes[0].thresholds):,} to 0.314159"
    cockpit.get_by_role("button", name="Applied").click()
    assert status.inner_text() == ""
    assert int(cockpit.get_by_role("slider").input_value()) == swept.axes[0].applied


def test_names_of_lines_stay_clear_of_the_ticks_below(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    word = cockpit.locator("svg text.said", has_text="Precision").bounding_box()
    ticks = [tick.bounding_box() for tick in cockpit.locator("svg", has_text="Precision").first.locator("g text").all()]
    assert word is not None
    crossed = [
        t
        for t in ticks
        if t
        and t != word
        and t["x"] < word["x"] + word["width"]
        and word["x"] < t["x"] + t["width"]
        and t["y"] < word["y"] + word["height"]
        and word["y"] < t["y"] + t["height"]
    ]
    assert not crossed


def test_every_chart_says_in_words_what_it_shows(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "session_risk")
    charts = cockpit.locator("svg[role=img]").all()
    assert len(charts) == 8
    for chart in charts:
        assert len(str(chart.get_attribute("aria-label"))) > 40
    words = [str(chart.get_attribute("aria-label")) for chart in charts]
    cockpit.get_by_role("slider").first.press("PageUp")
    assert [str(chart.get_attribute("aria-label")) for chart in charts] != words


@pytest.mark.parametrize("key", ["card_fraud", "session_risk"])
def test_use_this_puts_what_was_shown_in_force_and_default_takes_it_back(
    key: str, page: "Page", house: Workspace
) -> None:
    cockpit = open_thresholds(page, house, key)
    swept = swept_by_python(house, key)
    use = cockpit.get_by_role("button", name="Use this")
    assert use.is_disabled()
    slider = cockpit.get_by_role("slider").last
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    found = agree(cockpit, swept)
    places = [int(s.input_value()) for s in cockpit.get_by_role("slider").all()]
    use.click()
    page.get_by_role("button", name="Put them in force").click()
    page.get_by_text("exactly as the slider said").wait_for()
    scenario = house.scenario(key)
    applied = house.applied(scenario)
    assert applied.model == house.registry.champion(key)
    for band, edge in swept.edges(*places).items():
        assert applied.policy.bands[band].edge == edge
    dataset = house.generate(scenario, SAMPLE_ROWS, SAMPLE_SEED)
    assert dataset.labels is not None
    scored = score(house.trained(scenario), dataset.events)
    outcome = exact(scored, applied.policy, scenario.costs, dataset.labels.label).metrics(0)
    assert outcome["alerts"] == found["alerts"]
    page.get_by_role("button", name="Back to the default thresholds").click()
    page.get_by_role("button", name="Put it back in force").click()
    page.get_by_role("button", name="Back to the default thresholds").wait_for(state="detached")
    assert house.applied(scenario).model is None


def test_a_policy_changed_in_another_tab_is_a_conflict_and_stays(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    cockpit.get_by_role("slider").press("PageUp")
    scenario = house.scenario("card_fraud")
    theirs = scenario.policy.with_edges({2: 0.77})
    champion = str(house.registry.champion(scenario.key))
    house.policies.apply(scenario.key, theirs, champion, scenario.policy, scenario.policy.fingerprint())
    cockpit.get_by_role("button", name="Use this").click()
    page.get_by_text("changed since these thresholds were shown").wait_for()
    assert house.applied(scenario).policy.fingerprint() == theirs.fingerprint()


def test_every_number_carries_the_interval_that_python_says(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    scenario = house.scenario("card_fraud")
    dataset = house.generate(scenario, SAMPLE_ROWS, SAMPLE_SEED)
    assert dataset.labels is not None
    scored, labels = score(house.trained(scenario), dataset.events), dataset.labels.label
    swept = sweep(scored, house.applied(scenario).policy, scenario.costs, labels)
    found = intervals(swept, scored, labels).at(swept, swept.applied())
    recall = found["recall"]
    assert recall is not None
    tile = cockpit.locator("dl.numbers > div", has=page.locator("[data-metric=recall]"))
    assert f"{100 * recall.low:.1f} % – {100 * recall.high:.1f} %" in tile.inner_text()


def test_the_address_rebuilds_the_view(page: "Page", house: Workspace, complaints: list[str]) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    cockpit.get_by_role("slider").press("PageUp")
    cockpit.get_by_text("Money", exact=True).click()
    chosen = shown(cockpit)
    address = page.url
    assert "t=" in address
    page.goto("about:blank")
    page.goto(address)
    cockpit.locator("[data-metric=alerts]").wait_for(timeout=TRAINED)
    assert shown(cockpit) == chosen
    assert cockpit.get_by_role("radio", name="Money").is_checked()
    complaints.clear()  # on a page's own address Streamlit first asks for its settings beneath it, and is answered 404


def test_the_address_follows_the_slider_after_compare_opened_its_tab(
    page: "Page", house: Workspace, complaints: list[str]
) -> None:
    open_thresholds(page, house, "card_fraud")
    page.goto("/thresholds?scenario=card_fraud&t=0.3")
    cockpit = page.locator(".cockpit")
    cockpit.locator("[data-metric=alerts]").wait_for(timeout=TRAINED)
    assert cockpit.get_by_role("spinbutton").input_value() == "0.3"
    for _ in range(5):
        cockpit.get_by_role("slider").press("ArrowLeft")
    chosen = cockpit.get_by_role("spinbutton").input_value()
    assert chosen != "0.3"
    cockpit.get_by_role("button", name="Compare").click()
    page.get_by_text("B: the slider's thresholds.").wait_for()
    page.get_by_text("The address rebuilds this view but for B of the comparison").wait_for()
    page.wait_for_url("**tab=Compare**")
    page.wait_for_timeout(500)  # until the server has pushed what it has to
    assert f"t={chosen}&" in f"{page.url}&"
    complaints.clear()  # see above


def test_compare_makes_the_slider_b_and_a_ribbon_opens_its_events(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    slider = cockpit.get_by_role("slider")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    cockpit.get_by_role("button", name="Compare").click()
    page.get_by_text("B: the slider's thresholds.").wait_for()
    ribbons = page.locator(".st-key-compare-card_fraud-sankey canvas").first
    ribbons.scroll_into_view_if_needed()
    page.locator("[data-test-script-state=notRunning]").wait_for()  # until then the page still moves below the pointer
    page.wait_for_timeout(1_000)  # until it is drawn
    box = ribbons.bounding_box()
    assert box is not None
    told = page.get_by_text("events go from Approve to Hold for review.")
    for _ in range(6):  # a chart on a busy machine may not listen yet
        ribbons.click(position={"x": box["width"] * 0.3, "y": box["height"] / 2})
        page.wait_for_timeout(4_000)
        if told.is_visible():
            break
    assert told.is_visible()


def test_a_policy_file_is_opened_applied_and_rolled_back(page: "Page", house: Workspace) -> None:
    open_thresholds(page, house, "card_fraud")
    scenario = house.scenario("card_fraud")
    draft = scenario.policy.with_edges({1: 0.02})
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Policy").click()
    page.get_by_role("tab", name="YAML").click()
    content = to_yaml(Applied(draft, None)).encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "draft.yaml", "mimeType": "application/yaml", "buffer": content}
    )
    page.get_by_text("draft.yaml").wait_for()
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_text("to a milder action.").wait_for()
    page.get_by_role("button", name="Put it in force").click()
    page.get_by_text("is in force.", exact=False).first.wait_for()
    assert house.applied(scenario).policy == draft
    assert house.applied(scenario).model == house.registry.champion("card_fraud")
    page.get_by_role("tab", name="Versions").click()
    versions = page.locator(".st-key-policy-versions-card_fraud canvas").first
    versions.wait_for()
    page.wait_for_timeout(1_000)  # until it is drawn; it is made anew while the tab opens
    versions.scroll_into_view_if_needed()
    before = [0, *(v.number for v in house.policies.versions(scenario.key))][-2]  # the default: tests end with it
    versions.click(position={"x": 16, "y": 2.5 * ROW_PX}, force=True)  # a layer that scrolls lies over it
    back = page.get_by_role("button", name="Roll back to it")
    back.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"Version {before} comes back in force, as a new version; nothing is forgotten.").wait_for()
    dialog.get_by_text(f"Version {before} minus in force, on the same 20,000 events: alerts -").wait_for()
    assert house.applied(scenario).policy == draft  # nothing happens before it is confirmed
    dialog.get_by_role("textbox", name="Author").fill("Ada")
    dialog.get_by_role("button", name="Put it back in force").click()
    page.get_by_text(f"Version {before} is in force again, as version").wait_for()
    assert house.applied(scenario).policy == scenario.policy
    assert house.policies.versions(scenario.key)[-1].author == "Ada"


def test_thresholds_that_break_a_guard_rail_are_not_put_in_force(page: "Page", house: Workspace) -> None:
    cockpit = open_thresholds(page, house, "card_fraud")
    page.get_by_role("tab", name="Compare", exact=True).click()
    page.get_by_role("radio", name="Another policy").or_(page.get_by_role("button", name="Another policy")).click()
    page.get_by_role("button", name="Condition").click()
    page.get_by_role("combobox", name="Field").fill("Amount")
    page.get_by_role("option", name="Amount", exact=True).click()  # once it is offered; Enter might come before
    page.locator(".st-key-guard-rail-card_fraud-Amount-at_least input").fill("1")
    page.keyboard.press("Enter")
    page.get_by_text("of these events: Amount >= 1.").wait_for()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Amount >= 1", exact=True).wait_for()
    slider = cockpit.get_by_role("slider")
    slider.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    cockpit.get_by_role("button", name="Use this").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("May not loosen for Amount >= 1: ").wait_for()
    assert dialog.get_by_role("button", name="Put them in force").is_disabled()
