"""Generating events and training the default models."""

from benchmarks.measuring import Row, at_least, at_most, interleaved
from riskcore.services.workspace import Workspace

HALF_MILLION = 500_000
QUICK = 50_000  # rows of a default training that must not keep anybody waiting; those of people with a past have more


def rows(workspace: Workspace) -> list[Row]:
    """Targets of generating and training."""
    scenario = workspace.scenario("session_risk")
    made = scenario.synthesize(HALF_MILLION, seed=7).events
    unique = HALF_MILLION - int(made.duplicated().sum())
    generating = interleaved({"generate": lambda: scenario.synthesize(HALF_MILLION, seed=7)})["generate"]
    found = [
        at_least("500,000 session_risk rows: unique", unique, HALF_MILLION, "rows"),
        at_most("500,000 session_risk rows: wall", generating.wall, 5, "s"),
    ]
    for key, scenario in workspace.scenarios.items():
        if scenario.training_rows > QUICK:
            continue
        scenario.make_model(scenario.default_model)  # imports are not training
        workspace.train_default(scenario)
        training = interleaved({"train": lambda s=scenario: workspace.train_default(s)}, runs=3)["train"]
        found.append(at_most(f"default training of {key}: wall", training.wall, 5, "s"))
    return found
