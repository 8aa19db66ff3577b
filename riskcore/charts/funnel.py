"""A Sankey of events: what happened, the band of its risk, and what was done."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from riskcore.charts.echarts import sankey_option
from riskcore.charts.theme import NEUTRAL, TEAL, VERMILION

LEAST, EACH = 430, 56  # px of the drawing, and of each part of its longest stage
ROOM = 150  # px for labels


def sankey(flows: pd.DataFrame, colors: Mapping[str, str], order: Mapping[str, int]) -> dict[str, Any]:
    """An ECharts option.  `flows` as in `services.funnel`; `colors` by name of a part, `order` its place from above.

    Ribbons take the colour of where they come from and can be clicked.
    """
    names = dict.fromkeys([*flows["source"], *flows["target"]])
    nodes = [
        {"name": name, "itemStyle": {"color": colors.get(name, NEUTRAL)}}
        for name in sorted(names, key=order.__getitem__)
    ]
    parts = zip(flows["source"], flows["target"], flows["n"], strict=True)
    links = [{"source": source, "target": target, "value": int(n)} for source, target, n in parts]
    return sankey_option(nodes, links, ROOM)


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
