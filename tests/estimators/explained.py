"""An estimator's explanation outside of a chain."""

from riskcore.core.explanation import Explanation
from riskcore.estimators.encoding import Matrix
from riskcore.estimators.estimating import Estimator, explanation


def explained(model: Estimator, X: Matrix, features: tuple[str, ...], classes: tuple[str, ...] = ()) -> Explanation:
    """Why it gives rows X (n, k) its raw outputs."""
    return explanation(model, X, model.raw(X), features, classes)
