"""Identity risk: the parts of the scenario, from the event and its simulator to signals, fusion and policy."""
