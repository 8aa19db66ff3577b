"""riskcore: generate, train, score, decide and explain risk, on one design for every scenario."""

__version__ = "0.1.0"
