"""A Sankey of events: what happened, the band of its risk, and what was done."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from riskcore.charts.echarts import sankey_option
from riskcore.charts.theme import NEUTRAL, TEAL, VERMILION

LEAST, EACH = 430, 60  # px of the drawing, and of each part of its longest stage
NODE = 14  # px, the width of a part as `echarts.sankey_option` draws it
ROOM = 8  # px beside the last parts
LINE = 17  # px above a part, for its label: in the gap between parts no ribbon begins or ends
GAP = 26  # px between parts
SIDES = ("left", "center", "right")  # to which side of a part's label it stands, by stage: none leaves the drawing


def sankey(flows: pd.DataFrame, colors: Mapping[str, str], order: Mapping[str, int]) -> dict[str, Any]:
    """An ECharts option.  `flows` as in `services.funnel`; `colors` by name of a part, `order` its place from above.

    Ribbons take the colour of where they come from and can be clicked.  Labels tell the events of each part.
    """
    counts = _counts(flows)
    nodes = [
        {"name": name, "itemStyle": {"color": colors.get(name, NEUTRAL)}, "label": _label(*counts[name])}
        for name in sorted(counts, key=order.__getitem__)
    ]
    parts = zip(flows["source"], flows["target"], flows["n"], strict=True)
    links = [{"source": source, "target": target, "value": int(n)} for source, target, n in parts]
    option = sankey_option(nodes, links, ROOM)
    option["series"][0] |= {"top": LINE + 8, "nodeGap": GAP}
    return option


def _counts(flows: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Stage and events of each part."""
    found: dict[str, tuple[int, int]] = {}
    for end, step in (("source", 0), ("target", 1)):
        sums = flows.groupby(["stage", end], observed=True)["n"].sum().reset_index()
        for stage, name, n in zip(sums["stage"], sums[end], sums["n"], strict=True):
            found[name] = (int(stage) + step, int(n))
    return found


def _label(stage: int, n: int) -> dict[str, Any]:
    """Above its part, beside no ribbon's end; the name is ECharts' to fill in, for it may hold braces."""
    side = SIDES[min(stage, len(SIDES) - 1)]
    at = {"left": 0, "center": NODE / 2, "right": NODE}[side]
    return {"formatter": f"{{b}} · {n:,}", "position": [at, -LINE], "align": side}


def height(flows: pd.DataFrame) -> int:
    """Pixels that the drawing of these flows needs."""
    stages = [
        side[flows["stage"] == stage]
        for stage in flows["stage"].unique()
        for side in (flows["source"], flows["target"])
    ]
    return max(LEAST, EACH * max((stage.nunique() for stage in stages), default=0))


def severity_colors(names: list[str]) -> dict[str, str]:
    """Colours of bands from harmless to severe, mixed between teal and vermilion."""
    last = max(1, len(names) - 1)
    return {name: _mixed(TEAL, VERMILION, i / last) for i, name in enumerate(names)}


def _mixed(a: str, b: str, share: float) -> str:
    parts = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in parts)
