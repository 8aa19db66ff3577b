"""What all ECharts drawings of flows share: parts stay in their order, and ribbons can be clicked."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskcore.charts.theme import ACCENT

MARGIN = 8  # px
GAP = 16  # px between parts, so that labels of thin ones do not touch


def sankey_option(nodes: Sequence[Mapping[str, Any]], links: Sequence[Mapping[str, Any]], room: int) -> dict[str, Any]:
    """An ECharts option of a Sankey.

    `nodes` from above to below; `links` have `source`, `target` and `value`, a number of events; `room` px are left for
    the labels of the last parts.  Ribbons take the colour of where they come from.
    """
    series = {
        "type": "sankey",
        "data": list(nodes),
        "links": list(links),
        "left": MARGIN,
        "right": room,
        "top": MARGIN,
        "bottom": MARGIN,
        "nodeGap": GAP,
        "nodeWidth": 14,
        "layoutIterations": 0,  # parts stay in their order: bands and actions by severity
        "draggable": False,
        "selectedMode": "single",
        "emphasis": {"focus": "adjacency"},
        "label": {"fontSize": 12},
        "lineStyle": {"color": "source", "opacity": 0.3},
        "select": {"lineStyle": {"opacity": 0.85}, "itemStyle": {"borderColor": ACCENT, "borderWidth": 2}},
    }
    return {"tooltip": {"trigger": "item", "valueFormatter": "%,d events"}, "series": [series]}
