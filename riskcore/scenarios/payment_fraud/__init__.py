"""Payment fraud: the probability that a payment made without the card at hand is fraudulent.

Each kind of fraud has known log-odds against a genuine payment: a weight for the amount, one for the time since the
card's previous payment, and one for what the merchant sells.  They rise alike for all kinds when `interaction` is 0,
and then a straight line is the best model; the more the kinds differ, the more a straight line misses.  Country and
device carry no risk: the country goes with nothing, the device only with what is bought, and the model is expected to
find that out.
"""

from riskcore.scenarios.payment_fraud.scenario import SCENARIO as SCENARIO
