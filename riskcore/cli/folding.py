"""What `riskcore train --folds` prints."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskcore.core.progress import Progress
    from riskcore.core.scenario import Scenario
    from riskcore.services.training import Plan
    from riskcore.stores.datasets import Dataset


def print_folds(
    scenario: "Scenario", dataset: "Dataset", plan: "Plan", folds: int, repeats: int, progress: "Progress"
) -> None:
    """Judge a plan by repeated folds and print the mean of each metric; no model is stored."""
    from riskcore.services.judging.folds import cross_validate

    found = cross_validate(scenario, dataset, plan, folds, repeats, progress)
    model = plan.model or scenario.default_model
    print(f"{model} by {folds} folds, drawn {repeats} times, of {found.rows:,} rows; nothing was stored.")
    for name, m in found.metrics.items():
        print(f"  {name:<20} {m.value:.4f} [{m.low:.4f}, {m.high:.4f}]")
    print("Means over folds, 95 % intervals corrected for the rows that folds share.")
