"""Risks, explanations and actions mean what they say, and are good enough."""

import numpy as np

from riskcore.checks.subject import FEW, SEED, Subject, promise
from riskcore.services import explaining, scoring
from riskcore.services.evaluation import evaluate
from riskcore.services.judging.ranking import area, rank_key

EXPLANATION_TOLERANCE = 1e-5  # float32 margins


def risks_are_probabilities(subject: Subject) -> None:
    """Risks lie in [0, 1], class probabilities sum to 1, and higher is riskier."""
    scored = scoring.score(subject.trained, subject.sample.events)
    risk, p = scored.risk, scored.output.probabilities
    promise(bool(((risk >= 0) & (risk <= 1)).all()), f"risks run from {risk.min():g} to {risk.max():g}")
    promise(p is None or bool(np.allclose(p.sum(axis=1), 1, atol=1e-5)), "class probabilities do not sum to 1")
    harmful = subject.sample.labels.label > 0
    if harmful.any() and not harmful.all():
        auc = area(rank_key(scored.output), harmful)
        promise(auc > 0.5, f"harmful events get lower risks (AUC {auc:.3f})")


def explanations_add_up(subject: Subject) -> None:
    """Base and contributions add up to the raw output, every feature comes from a declared field."""
    explanation = explaining.explain(subject.trained, subject.sample.events.head(FEW))
    promise(explanation.error() <= EXPLANATION_TOLERANCE, f"the parts miss the output by {explanation.error():.2g}")
    fields, _ = explanation.by_field()
    unknown = sorted(set(fields) - set(subject.scenario.event.names))
    promise(not unknown, f"features are told as {', '.join(unknown)}, which are no fields")


def presets_are_good_events(subject: Subject) -> None:
    """There are presets, each a valid event, and the default policy answers at least two of them differently."""
    scenario = subject.scenario
    promise(len(scenario.presets) >= 2, "there are fewer than two presets")
    actions = set()
    for name, event in scenario.presets.items():
        table = scenario.event.accept(scenario.event.frame(event))
        scored = scoring.score(subject.trained, table, scenario.past(name))
        actions.add(scoring.decide(scored, scenario.policy).action_keys()[0])
    promise(len(actions) > 1, f"every preset is answered with {', '.join(actions)}")


def quality_reaches_its_floors(subject: Subject) -> None:
    """The default model, trained on the default recipe, reaches every declared floor on fresh events."""
    fresh = subject.scenario.synthesize(subject.scenario.training_rows, seed=SEED)
    scored = scoring.score(subject.trained, fresh.events)
    found = evaluate(scored.output, fresh.labels.label, subject.scenario.target.classes)
    for name, floor in subject.scenario.floors.metrics.items():
        promise(name in found, f"there is no metric {name}")
        promise(found[name].value >= floor, f"{name} is {found[name].value:.4f}, floor {floor}")
