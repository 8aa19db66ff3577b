"""Infrastructure anomaly: is a reading of a service's metrics unlike what its load explains?

Load follows the time of day and moves response time, CPU and memory together, so that none of them is unusual merely
for being high.  Readings are independent.  On a logarithmic scale (of odds, where a metric is a share) the metrics of
each kind of reading are normal given the hour, with load a common factor; `p_true` is Bayes' rule over the kinds.
Labels judge; the default model never sees them.
"""

from riskcore.scenarios.infra_anomaly.scenario import SCENARIO as SCENARIO
