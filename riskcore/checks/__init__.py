"""What every scenario promises, as checks that run it: in the tests, and by `riskcore check KEY`."""
