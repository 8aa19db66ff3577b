"""What the pages that decide work on: scored events, their labels, the policy in force and what outcomes cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.core.costs import Costs
from riskcore.core.policy import Policy
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.services.scoring import Scored
from riskcore.stores.datasets import Dataset
from riskcore.stores.policies import Applied
from riskcore.ui.context import applied_policy, current_dataset, current_scenario, current_trained, scored_dataset
from riskcore.ui.deciding.cost_editor import session_costs
from riskcore.ui.number_words import class_in_words


@dataclass(frozen=True)
class Case:
    """Everything that a decision is judged by.  Arrays are (n,), one value for each scored event."""

    scenario: Scenario
    model: Trained
    dataset: Dataset
    applied: Applied
    scored: Scored
    labels: NDArray[np.int64] | None
    costs: Costs

    @property
    def policy(self) -> Policy:
        return self.applied.policy

    @property
    def fingerprint(self) -> str:
        """Of the data."""
        return str(self.dataset.origin["fingerprint"])

    @property
    def seen(self) -> dict[str, str]:
        """What is on screen, by name: a result that was made of other things is out of date."""
        return {
            "model": self.model.version,
            "data": self.fingerprint,
            "policy": self.policy.fingerprint(),
            "costs": repr(self.costs),
        }

    @property
    def headline(self) -> str:
        """What is looked at, in one line."""
        kind = "synthetic " if self.dataset.synthetic else ""
        n = f"{len(self.scored.events):,} {kind}events of {self.dataset.name}"
        worse = " or ".join(map(class_in_words, self.scenario.target.classes[1:]))
        attacks = "" if self.labels is None else f", {int((self.labels > 0).sum()):,} of them {worse}"
        return f"{self.scenario.title} · {n}{attacks} · model {self.model.version}"

    @property
    def overrides_in_words(self) -> str:
        """That overrides are there, and what sliders don't do to them; nothing where there are none."""
        count = len(self.policy.overrides)
        if not count:
            return ""
        noun = "override is" if count == 1 else "overrides are"
        return f"{count} {noun} counted; the sliders do not move the events that they decide."

    @property
    def one_class(self) -> bool:
        """Whether labels are there, but all the same."""
        return self.labels is not None and len(np.unique(self.labels)) < 2

    @property
    def kinds(self) -> NDArray[np.object_] | None:
        """The kind of attack of each event, its class where kinds are not known; "" for none; None without labels."""
        if self.dataset.labels is None or self.labels is None:
            return None
        kinds = self.dataset.labels.attack
        if kinds is not None:
            return kinds[self.scored.kept]
        names = np.array(["", *self.scenario.target.classes[1:]], dtype=object)
        return np.asarray(names[self.labels])


def current_case() -> Case:
    """The case that the sidebar names; the first model is trained, and the data scored, where that is still to do."""
    scenario = current_scenario()
    model, dataset = current_trained(), current_dataset()
    applied = applied_policy(scenario)
    scored = scored_dataset(model, dataset)
    labels = None if dataset.labels is None else dataset.labels.label[scored.kept]
    return Case(scenario, model, dataset, applied, scored, labels, session_costs(scenario))
