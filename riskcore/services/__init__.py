"""One verb each, over any scenario: score, train, evaluate, sweep, explain."""
