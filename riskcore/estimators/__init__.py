"""Risk models, one family a file, each with its exact additive explanation.  No stored model can run code."""
