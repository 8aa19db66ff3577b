"""Identity risk: the parts of the scenario, from the event and its simulator to signals, fusion and policy."""

from riskcore.scenarios.identity.scenario import SCENARIO as SCENARIO
