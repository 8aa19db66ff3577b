"""Carry an order out: train one family after the other on the same split, each stored whole or not at all."""

from riskcore.core.errors import DataError
from riskcore.core.progress import Progress
from riskcore.core.scenario import Scenario
from riskcore.services.comparing import candidate
from riskcore.stores.datasets import Dataset
from riskcore.ui.context import workspace
from riskcore.ui.progress import progress_bar
from riskcore.ui.training.candidates import keep_candidate
from riskcore.ui.training.training_form import Order


def can_learn(scenario: Scenario, dataset: Dataset) -> bool:
    """Whether any family can learn from the set: those that need labels cannot from rows without."""
    return dataset.labels is not None or any(not scenario.make_model(name).supervised for name in scenario.models)


def run(scenario: Scenario, dataset: Dataset, order: Order) -> None:
    """Train, store and keep each plan's model; a cancel ends the run, and what was finished before stays.

    Where families cannot learn from the rows, the others are trained, and one `DataError` tells all that could not.
    """
    house, problems = workspace(), list[str]()
    with progress_bar(f"Training {scenario.title.lower()}") as progress:
        progress(0.0, "making rows")
        rows = dataset if order.fresh is None else house.generate(scenario, *order.fresh)
        for place, plan in enumerate(order.plans):
            title = scenario.models[str(plan.model)].title.lower()
            told = f"{title} ({place + 1} of {len(order.plans)})" if len(order.plans) > 1 else title
            try:
                training = house.train(scenario, rows, plan, _part(progress, place, len(order.plans), told))
            except DataError as error:
                problems += [f"{scenario.models[str(plan.model)].title}: {problem}" for problem in error.problems]
                continue
            stored = house.keep(training, promote=False, expected=None)
            keep_candidate(scenario, candidate(training, stored, rows))
    if problems:
        raise DataError(problems)


def _part(progress: Progress, place: int, of: int, title: str) -> Progress:
    return lambda done, doing: progress((place + done) / of, f"{title}, {doing}")
