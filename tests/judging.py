"""Judged rows of our own making, for tests of how models are judged."""

import numpy as np

from riskcore.core.model import Output, as_output

TWO, THREE = ("good", "bad"), ("safe", "medium", "high")


def two_class(n: int, seed: int, rate: float = 0.2) -> tuple[Output, np.ndarray]:
    """Risks and labels (n,) of overlapping classes, the second a share `rate`."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rate).astype(np.int64)
    risk = 1 / (1 + np.exp(-rng.normal(2 * y - 2, 1.3)))
    return Output(risk, risk), y


def three_class(n: int, seed: int) -> tuple[Output, np.ndarray]:
    """Probabilities and labels drawn by them."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((1, 1, 1), n)
    y = np.array([rng.choice(3, p=row) for row in p])
    return as_output(p), y
