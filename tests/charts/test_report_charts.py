"""Charts of reports are whole drawings: every event is in them, true to scale, and no word becomes markup."""

import re
from xml.etree import ElementTree

from riskcore.charts.panels import Mark, panels
from riskcore.charts.report import histogram, strip
from riskcore.charts.sankey import TALL, Flow, sankey

FLOWS = [
    Flow(("login", "low", "allow"), 90, "#111111"),
    Flow(("login", "high", "block"), 5, "#222222"),
    Flow(("reset", "high", "block"), 5, "#222222"),
]
ORDERS = [["login", "reset"], ["low", "middle", "high"], ["allow", "block"]]


def test_ribbons_are_as_wide_as_their_events_and_join_at_a_node() -> None:
    drawn = sankey(["event", "band", "action"], ORDERS, FLOWS, "flows")
    wide = {
        path.find("title").text: float(path.get("stroke-width"))  # type: ignore[union-attr, arg-type]
        for path in ElementTree.fromstring(drawn).iter("path")
    }
    assert wide == {
        "login → low: 90": 0.9 * TALL,
        "login → high: 5": 0.05 * TALL,
        "reset → high: 5": 0.05 * TALL,
        "low → allow: 90": 0.9 * TALL,
        "high → block: 10": 0.1 * TALL,
    }


def test_nodes_without_events_are_left_out_and_labels_do_not_touch() -> None:
    drawn = sankey(["event", "band", "action"], ORDERS, FLOWS, "flows")
    assert "middle</tspan>" not in drawn
    assert ">middle " not in drawn
    nodes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="12" height="([\d.]+)"', drawn)
    assert len(nodes) == 6
    labels = [float(y) for y in re.findall(r'y="([\d.]+)" text-anchor="\w+">', drawn)]
    for (x, y, _), label in zip(nodes, labels, strict=True):
        above = [float(top) + float(tall) for left, top, tall in nodes if left == x and float(top) < float(y)]
        assert max(above, default=0) + 12 <= label < float(y)


def test_no_word_becomes_markup() -> None:
    evil = '<b>&"'
    charts = (
        sankey([evil, "b"], [[evil], ["x"]], [Flow((evil, "x"), 1, "#111111")], evil),
        histogram([1, 2], [0, 1], [0.5], evil),
        strip({evil: [1, 2]}, {evil: "#111111"}, [(0.5, evil)], evil),
        panels({evil: {evil: [Mark(0.5, 0.5, 0.4, 0.6)]}}, evil, evil, evil, [0, 1]),
    )
    for chart in charts:
        assert "<b>" not in chart
        ElementTree.fromstring(chart)


def test_a_histogram_without_events_and_a_strip_of_nothing_are_still_drawn() -> None:
    assert ElementTree.fromstring(histogram([0, 0], [0, 0], [], "empty")).get("aria-label") == "empty"
    assert ElementTree.fromstring(strip({"pass": [0]}, {"pass": "#111111"}, [], "empty")).get("role") == "img"


def test_series_of_panels_differ_by_more_than_colour() -> None:
    marks = [Mark(0.1, 0.5, 0.4, 0.6), Mark(0.9, 0.2, 0.1, 0.3)]
    drawn = panels({"kind": {"one": marks, "two": marks}}, "x", "y", "said", [0, 1])
    dashes = set(re.findall(r'<path [^>]*stroke-dasharray="([^"]*)"', drawn))
    assert len(dashes) == 2
