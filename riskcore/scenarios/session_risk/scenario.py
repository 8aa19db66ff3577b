"""The declaration: models, policy, costs and presets."""

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.labels import Target
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.scenarios.session_risk.event import CLASSES, EVENT, features
from riskcore.scenarios.session_risk.generator import KNOBS, generate

# A loss is what a session of the class costs on average if it is let through.  A challenge is a second factor, at which
# some honest users give up; a stop ends the session and brings a call to the help desk.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 6.0, 120.0),
    effects={
        "challenge": EffectCost(friction=4.0, catch_rate=0.80),
        "stop": EffectCost(friction=20.0, review_minutes=10.0, catch_rate=0.97),
    },
)

POLICY = Policy(
    actions=(
        Action("allow", "Allow", "pass"),
        Action("step_up", "Ask for a second factor", "challenge"),
        Action("revoke", "Revoke the session", "stop"),
    ),
    # The cut-offs of least cost under COSTS, for the default model on 200,000 generated sessions.
    bands=(Band(0.0, "allow"), Band(0.10, "step_up", measure="medium"), Band(0.57, "revoke", measure="high")),
)

SCENARIO = Scenario(
    key="session_risk",
    title="Session risk",
    summary="Is this session safe, of medium risk, or in the wrong hands?",
    icon=":material/devices:",
    event=EVENT,
    target=Target(name="risk_class", classes=CLASSES, aliases=("label", "risk_level", "risk", "class", "y", "target")),
    knobs=KNOBS,
    recipes={
        "balanced": {"balance": (1, 1, 1)},
        "realistic": {"balance": (0.90, 0.08, 0.02)},
        "nasty": {"noise": 0.5, "label_noise": 0.05},
    },
    generate=generate,
    features=features,
    # Seven in ten fields to a tree, for any field may be anybody's.  60 rounds at 0.3 judge alike at a third more cost.
    models={
        "boosted": boosted(CLASSES, rounds=40, depth=5, rate=0.4, columns_share=0.7),
        "forest": forest(CLASSES, min_leaf=5),  # half the nodes of leaves of one, and no worse
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Quiet office day": EVENT.example(27_300, 0, 0, 0, 0, 9, 1),
        "Night shift": EVENT.example(29_400, 0, 0, 0, 0, 23, 1),
        "Frequent traveller": EVENT.example(12_600, 0, 1, 0, 1, 14, 1),
        "Second device, ten o'clock": EVENT.example(180, 0, 2, 1, 0, 10, 2, is_night_login=0),
        "Forgotten log-out": EVENT.example(9_800, 1, 0, 0, 0, 11, 1),
        "Hijacked session": EVENT.example(1_150, 0, 4, 3, 1, 2, 3),
        "Slow bot": EVENT.example(312_000, 0, 27, 0, 0, 4, 1),
    },
    training_rows=20_000,
    floors=Floors(metrics={"accuracy": 0.94}),
)
