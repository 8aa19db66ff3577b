"""The declaration: models, policy, costs and presets."""

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.estimators.logistic import logistic
from riskcore.scenarios.payment_fraud.event import EVENT, SOURCE, TARGET, features
from riskcore.scenarios.payment_fraud.generator import KNOBS, generate

# A fraud that goes through costs its amount and 20 USD of chargeback.  Analysts take ten minutes at 60 USD an hour and
# see nine frauds in ten; an honest customer who is declined takes the basket elsewhere, and sometimes all later ones.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 20.0),
    share_lost=1.0,
    minute=1.0,
    effects={
        "challenge": EffectCost(friction=1.0, catch_rate=0.8),
        "review": EffectCost(friction=2.0, review_minutes=10.0, catch_rate=0.9),
        "stop": EffectCost(friction=60.0, catch_rate=1.0),
    },
)

POLICY = Policy(
    actions=(
        Action("approve", "Approve", "pass"),
        Action("review", "Hold for review", "review"),
        Action("decline", "Decline", "stop"),
    ),
    # The edges of least cost under COSTS, for the default model on 200,000 generated payments.
    bands=(Band(0.0, "approve"), Band(0.09, "review"), Band(0.55, "decline")),
)

SCENARIO = Scenario(
    key="payment_fraud",
    title="Payment fraud",
    summary="Is this payment fraudulent?",
    icon=":material/payments:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"fraud_rate": 0.5},
        "realistic": {"fraud_rate": 0.005},
        "nasty": {"fraud_rate": 0.02, "overlap": 0.6, "interaction": 1.0, "label_noise": 0.1, "drift": 1.0},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "logistic": logistic(TARGET.classes, SOURCE),
        "boosted": boosted(TARGET.classes, SOURCE, rounds=100, depth=3, rate=0.1, min_child_weight=5.0),
        "forest": forest(TARGET.classes, SOURCE, min_leaf=10),
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Weekly groceries": EVENT.example(42.10, "grocery", "DE", 71.5, "mobile"),
        "Dinner out": EVENT.example(63.00, "restaurant", "US", 20.0, "mobile"),
        "Flight for the family": EVENT.example(640.00, "travel", "GB", 52.0, "desktop"),
        "Second game of the evening": EVENT.example(24.99, "gaming", "US", 0.4, "mobile"),
        "Card testing": EVENT.example(4.99, "digital_goods", "US", 0.01, "desktop"),
        "Gift cards in a row": EVENT.example(900.00, "gift_cards", "CA", 0.05, "mobile"),
        "Laptop after a long rest": EVENT.example(2_900.00, "electronics", "FR", 900.0, "desktop"),
    },
    training_rows=40_000,  # with fewer, chance makes small countries look risky
    per_day=50_000,
    floors=Floors(metrics={"roc_auc": 0.82, "average_precision": 0.29}, single_field_auc=0.8),
)
