"""What stands in for parts that a spec leaves out: model families, policy and costs by number of classes."""

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.policy import Action, Band, Policy

FEW_POSITIVES = 0.01  # share of the rarest class below which boosting at a high rate collapses
ALLOW = Action("allow", "Allow", "pass")
REVIEW = Action("review", "Hold for review", "review")
STOP = Action("stop", "Stop", "stop")


def models_for(labelled: bool, classes: int, rarest: float) -> dict[str, dict[str, float]]:
    """Families with their settings, the default first.  Rare classes want a lower rate and heavier leaves."""
    if not labelled:
        return {"isolation": {}}
    boosted = {"rounds": 300.0, "rate": 0.05, "min_child_weight": 5.0, "rows_share": 0.8, "columns_share": 0.5}
    found: dict[str, dict[str, float]] = {"boosted": boosted if rarest < FEW_POSITIVES else {}}
    found |= {"forest": {}, "logistic": {}}
    return found | ({"isolation": {}} if classes == 2 else {})


def policy_for(labelled: bool, classes: tuple[str, ...]) -> Policy:
    """Bands to begin with; costs decide where they should be."""
    if not labelled:  # risk is a percentile: one event in fifty is looked at
        return Policy(actions=(ALLOW, REVIEW), bands=(Band(0.0, "allow"), Band(0.98, "review")))
    if len(classes) == 2:
        return Policy(actions=(ALLOW, REVIEW, STOP), bands=(Band(0.0, "allow"), Band(0.3, "review"), Band(0.8, "stop")))
    worse, worst = classes[1], classes[-1]
    return Policy(
        actions=(ALLOW, REVIEW, STOP),
        bands=(Band(0.0, "allow"), Band(0.5, "review", measure=worse), Band(0.5, "stop", measure=worst)),
    )


def costs_for(classes: int, has_amount: bool) -> Costs:
    """A stand-in of round figures: the worst class costs 100 units or its amount, a false stop 10, a review 5."""
    worst = 0.0 if has_amount else 100.0
    return Costs(
        currency="units",
        losses=tuple(worst * c / (classes - 1) for c in range(classes)),
        share_lost=1.0 if has_amount else 0.0,
        effects={
            "review": EffectCost(friction=1.0, review_minutes=5.0, catch_rate=0.9),
            "stop": EffectCost(friction=10.0, catch_rate=1.0),
        },
    )
