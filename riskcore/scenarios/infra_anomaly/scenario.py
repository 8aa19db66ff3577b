"""The declaration: models, policy, costs and presets."""

from functools import partial

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.estimators.isolation import isolation
from riskcore.estimators.logistic import logistic
from riskcore.estimators.residuals import Residuals
from riskcore.scenarios.infra_anomaly.event import COLUMNS, CONTEXT, EVENT, SOURCE, TARGET, features
from riskcore.scenarios.infra_anomaly.generator import ATTACKS, KNOBS, generate

# An anomaly that nobody sees costs 150 USD until the next reading; a look takes ten minutes at 90 USD an hour, a call
# out of bed twice that and, when it was for nothing, some trust in calls.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 150.0),
    minute=1.5,
    effects={
        "review": EffectCost(review_minutes=10.0, catch_rate=0.7),
        "stop": EffectCost(friction=60.0, review_minutes=20.0, catch_rate=0.95),
    },
)

POLICY = Policy(
    actions=(
        Action("ignore", "No action", "pass"),
        Action("ticket", "Open a ticket", "review"),
        Action("page", "Page on-call", "stop"),
    ),
    # Percentiles: of normal days, at most 2 % of readings open a ticket and 0.5 % call someone.
    bands=(Band(0.0, "ignore"), Band(0.98, "ticket"), Band(0.995, "page")),
)


def _at(moment: str, *metrics: float) -> dict[str, object]:
    return dict(EVENT.example(*metrics, timestamp=f"2026-01-14T{moment}:00Z"))


LEARNED = (partial(Residuals, COLUMNS, CONTEXT),)

SCENARIO = Scenario(
    key="infra_anomaly",
    title="Infrastructure anomaly",
    summary="Is this reading unlike what the load explains?",
    icon=":material/monitor_heart:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"anomaly_rate": 0.5},
        "realistic": {"anomaly_rate": 0.005},
        "nasty": {"anomaly_rate": 0.01} | {f"stealth_{name}": 0.7 for name in ATTACKS},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        # Among 256 rows, a metric that fails alone stands no further out than the odd ones of normal days.
        "isolation": isolation(TARGET.classes, SOURCE, transformers=LEARNED, rows_per_tree=1_024),
        # Where labels exist:
        "boosted": boosted(
            TARGET.classes, SOURCE, transformers=LEARNED, rounds=150, depth=4, rate=0.08, min_child_weight=5.0
        ),
        "forest": forest(TARGET.classes, SOURCE, transformers=LEARNED, min_leaf=5),
        "logistic": logistic(TARGET.classes, SOURCE, transformers=LEARNED),
    },
    policy=POLICY,
    costs=COSTS,
    presets={
        "Quiet night": _at("03:30", 84.0, 0.003, 22.0, 46.0),
        "Busy noon": _at("12:00", 158.0, 0.004, 55.0, 61.0),
        "Saturation": _at("14:10", 420.0, 0.012, 93.0, 68.0),
        "Memory leak": _at("11:20", 150.0, 0.004, 54.0, 83.0),
        "Error burst": _at("16:05", 160.0, 0.09, 58.0, 63.0),
        "Latency spike": _at("10:40", 420.0, 0.005, 50.0, 60.0),
        "Silent drop": _at("15:00", 82.0, 0.003, 22.0, 63.0),
        "Outage in errors alone": _at("12:00", 158.0, 1.0, 55.0, 61.0),
    },
    per_day=5_760,  # a reading each 15 s
    floors=Floors(metrics={"roc_auc": 0.92, "average_precision": 0.45}, single_field_auc=0.8),
    exceptions={
        "data_is_worth_learning_from": "Where one reading in fifty is an anomaly, most others are plainly normal.",
    },
)
