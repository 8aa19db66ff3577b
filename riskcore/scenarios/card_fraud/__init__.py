"""Card fraud: the probability that a card payment is fraudulent, from the principal components a bank publishes of it.

The columns are those of the ULB set (Dal Pozzolo et al., CIDM 2015), whose files are used as they are.  Synthetic rows
are independent draws from a mixture of kinds of payment.  Given its kind, a payment's components are normal around the
kind's mean, wide or narrow all together (heavy tails), its amount is a mixture of geometric distributions of cents, and
its time follows a daily curve.  All three have exact probabilities, so `p_true` is Bayes' rule.  V1, V6, V9, V13, V15
and V22 to V28 say nothing of their own, and the model is expected to find that out.
"""

from riskcore.scenarios.card_fraud.scenario import SCENARIO as SCENARIO
