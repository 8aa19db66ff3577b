"""User behaviour: events unlike the user's own past, found without labels.

What is odd for one person is another's routine: some work at night, some download all day, some never touch a phone.
The generator's anomalies are therefore odd for their user only; somebody else does the same every day.  Who a user is
follows from the number alone, so a model that learned from one draw knows the users of another.
"""

from riskcore.scenarios.user_behavior.scenario import SCENARIO as SCENARIO
