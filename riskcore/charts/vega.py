"""What Vega-Lite specifications share that are drawn on every rerun, with their few values inside."""

from typing import Any

Spec = dict[str, Any]

LABELS = {"labelLimit": 360, "domain": False, "ticks": False, "labelPadding": 8}  # of rows with a name each
