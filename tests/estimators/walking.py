"""Trees walked by hand, as they are drawn."""

import numpy as np
from numpy.typing import NDArray

from riskcore.core.explanation import DrawnTree


def root_to_leaf(drawn: DrawnTree, values: NDArray[np.float64]) -> list[int]:
    """Nodes that an event with these features (k,) passes; none beyond a missing value."""
    # Trees compare in float32.
    row, node, passed = values.astype(np.float32), 0, [0]
    while drawn.feature[node] >= 0 and not np.isnan(x := row[drawn.feature[node]]):
        node = int(drawn.left[node] if _goes_left(drawn, node, x) else drawn.right[node])
        passed.append(node)
    return passed


def _goes_left(drawn: DrawnTree, node: int, x: np.float32) -> bool:
    if node in drawn.codes:
        return int(x) in drawn.codes[node]
    limit = drawn.threshold[node]
    return bool(x <= limit if drawn.inclusive else x < np.float32(limit))
