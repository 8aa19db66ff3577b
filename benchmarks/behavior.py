"""User behaviour: what baselines are worth on contextual anomalies, and what they cost."""

from datetime import UTC, datetime

from benchmarks.measuring import Row, at_least, at_most, interleaved, median_ms
from riskcore.core.scenario import Scenario
from riskcore.core.trained import Trained
from riskcore.estimators.model import ChainModel
from riskcore.services import scoring, training
from riskcore.services.evaluation import evaluate, paired_differences
from riskcore.services.workspace import Workspace

MILLION = 1_000_000
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = {"with": "isolation", "without": "isolation_plain"}


def rows(workspace: Workspace) -> list[Row]:
    """Average precision with and without baselines on fresh events, and the time of features."""
    scenario = workspace.scenario("user_behavior")
    trained = {name: _trained(scenario, model) for name, model in MODELS.items()}
    return [*_worth(scenario, trained), *_cost(scenario, trained["with"])]


def _trained(scenario: Scenario, model: str) -> Trained:
    made = scenario.synthesize(scenario.training_rows, seed=0)
    events = scenario.event.accept(made.events)
    return training.train(scenario, events, made.labels, training.Plan(model=model), {}, CREATED).trained


def _worth(scenario: Scenario, trained: dict[str, Trained]) -> list[Row]:
    """Both models judged on the same events of the same users, drawn by user."""
    fresh = scenario.synthesize(scenario.training_rows, seed=1)
    y, classes = fresh.labels.label, scenario.target.classes
    said = {name: scoring.score(one, fresh.events).output for name, one in trained.items()}
    users = fresh.events[scenario.entities[0]].to_numpy()
    found = {name: evaluate(output, y, classes, units=users)["average_precision"] for name, output in said.items()}
    ahead = paired_differences({"with": said["with"]}, said["without"], y, classes, users)["with"]["average_precision"]
    told = {name: f"{m.value:.3f} ({m.low:.3f} to {m.high:.3f})" for name, m in found.items()}
    return [
        at_least(f"user_behavior: average precision with baselines, {told['with']}", found["with"].value, 0.33, "AP"),
        at_least(
            f"user_behavior: lead over the same model without them, {told['without']}: low end by user",
            ahead.low,
            0.2,
            "AP",
        ),
    ]


def _cost(scenario: Scenario, trained: Trained) -> list[Row]:
    model = trained.model
    assert isinstance(model, ChainModel)
    baseline = model.transformers[0]
    events = scenario.event.accept(scenario.synthesize(MILLION, seed=3).events)
    one = scenario.features(events.head(1))

    def features() -> None:
        baseline.transform(scenario.features(events))

    features()
    bulk = interleaved({"features": features}, runs=3)["features"]
    return [
        at_most("user_behavior features and deviations of 1,000,000 events: wall", bulk.wall, 3, "s"),
        at_most("user_behavior: deviations of one event, median", median_ms(lambda: baseline.transform(one)), 1, "ms"),
    ]
