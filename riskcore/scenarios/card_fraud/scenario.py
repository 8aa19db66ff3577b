"""The declaration: models, policy, costs and presets."""

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.scenarios.card_fraud.event import EVENT, SOURCE, TARGET, features
from riskcore.scenarios.card_fraud.generator import KNOBS, generate

# A fraud that goes through costs its amount and 15 EUR of chargeback.  Analysts take six minutes at 60 EUR an hour and
# see nine frauds in ten; an honest customer who is declined takes the basket elsewhere, and sometimes all later ones.
COSTS = Costs(
    currency="EUR",
    losses=(0.0, 15.0),
    share_lost=1.0,
    minute=1.0,
    effects={
        "challenge": EffectCost(friction=0.5, catch_rate=0.8),
        "review": EffectCost(friction=0.5, review_minutes=6.0, catch_rate=0.9),
        "stop": EffectCost(friction=30.0, catch_rate=1.0),
    },
)

POLICY = Policy(
    actions=(
        Action("approve", "Approve", "pass"),
        Action("review", "Hold for review", "review"),
        Action("decline", "Decline", "stop"),
    ),
    # The edges of least cost under COSTS, for the default model on 300,000 generated payments.
    bands=(Band(0.0, "approve"), Band(0.05, "review"), Band(0.15, "decline")),
)

# Generated payments, their components rounded to two digits.
PRESETS = {
    "Ordinary groceries": EVENT.example(
        57_612, -1.03, 1.84, 0.35, -0.75, -0.39, -2.22, 0.42, -0.51, 0.76, 0.55, 0.59, -0.15, 0.09, 0.52, -0.74,
        0.24, 0.25, -0.23, -0.48, -0.26, 0.12, -0.56, 0.89, 0.68, -0.26, 0.62, -0.1, 0.28, 31.36,
    ),
    "Large but ordinary": EVENT.example(
        319, 0.1, 1.04, 1.28, -0.33, -0.18, 0.12, -0.44, -0.65, 0.68, -0.05, -0.13, -0.63, -0.02, 0.81, 0.81,
        -0.59, 0.48, -0.47, -0.12, 0.62, 0.53, -0.29, 0.66, 0.28, 0.04, -0.55, -0.09, -0.22, 1_726.35,
    ),
    "Odd but honest": EVENT.example(
        8_359, 3.06, -2.77, -2.35, 3.3, -3.71, 0.62, -2.27, -0.53, 1.24, -2.27, -1.52, -2.2, -0.67, -1.43, 1.41,
        -0.62, -1.56, 1.94, 0.67, 0.16, 3.57, -0.34, -1.14, -0.45, 0.01, -0.04, 0.2, -0.56, 110.35,
    ),
    "Card testing at night": EVENT.example(
        7_295, 1.21, 2.44, 0.67, 3.47, 1.78, 0.97, 2.25, -1.24, -0.01, -1.57, 2.48, -1.42, -0.01, -2.2, -0.71,
        -0.02, 0.74, 0.69, 1.17, 0.7, 0.26, -0.01, -0.09, 0.46, -0.31, -0.36, 0.21, -0.16, 1.01,
    ),
    "Big-ticket fraud": EVENT.example(
        12_478, 1.83, 0.99, -3.44, 0.0, -0.76, 0.47, -2.17, -1.31, -0.66, -3.15, 0.36, -2.43, 0.56, -0.43, 1.84,
        -1.74, -1.1, -1.73, -0.14, -0.41, -0.14, -0.58, 0.31, -0.49, -0.06, -0.08, -0.07, 0.05, 2_524.56,
    ),
    "Drained account": EVENT.example(
        77_130, -1.04, -0.53, -1.84, -3.39, 0.62, -0.93, -0.22, 2.94, 0.42, -0.74, -2.48, 0.6, -1.17, -2.65, -0.18,
        0.28, 0.49, 0.33, 0.91, 0.69, 1.32, 0.5, 0.05, -0.14, -0.28, 0.4, -0.1, -0.58, 738.95,
    ),
    "Lookalike": EVENT.example(
        35_851, -1.23, -0.71, 1.46, 1.73, 0.74, 1.73, -0.32, 0.33, 1.45, 0.6, -1.02, 0.3, 0.51, -1.89, 1.29,
        0.57, 0.67, 0.81, -0.4, -0.08, 0.9, -1.06, -0.27, -0.3, -0.1, 0.09, 0.65, -0.14, 56.22,
    ),
}  # fmt: skip

SCENARIO = Scenario(
    key="card_fraud",
    title="Card fraud",
    summary="Is this card payment fraudulent?",
    icon=":material/credit_card:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"fraud_rate": 0.5},
        "realistic": {"fraud_rate": 0.0017},
        "nasty": {"fraud_rate": 0.005, "overlap": 0.75, "drift": 0.8},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "forest": forest(TARGET.classes, SOURCE, trees=100, depth=12, negatives_per_positive=5.0),
        # The defaults for balanced classes collapse on rare frauds: a lower rate, heavier leaves, less for each tree.
        "boosted": boosted(
            TARGET.classes,
            SOURCE,
            rounds=300,
            depth=5,
            rate=0.05,
            min_child_weight=5.0,
            rows_share=0.8,
            columns_share=0.5,
        ),
    },
    policy=POLICY,
    costs=COSTS,
    presets=PRESETS,
    per_day=142_000,  # the published file: 284,807 rows in two days
    floors=Floors(metrics={"roc_auc": 0.88, "average_precision": 0.40}, single_field_auc=0.9),
    exceptions={
        "data_is_worth_learning_from": "Where one payment in fifty is a fraud, most others are plainly genuine; of the "
        "frauds 43 % have a true probability under 0.9, and of the payments above 0.1 more than half."
    },
)
