"""Session risk: is a user's session safe, of medium risk, or high?

No field gives the class away: a revoked token can be a forgotten log-out, a new place a journey, a night login a shift.
Risk lies in what comes together.  The generator therefore draws each session from one of a dozen kinds of people and
attacks, each a product of simple distributions, so that the true probabilities follow exactly, by Bayes' rule.
"""

from riskcore.scenarios.session_risk.scenario import SCENARIO as SCENARIO
