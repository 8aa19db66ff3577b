"""The declaration: models, policy, costs and presets."""

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario
from riskcore.estimators.baseline import EntityBaseline
from riskcore.estimators.boosted import boosted
from riskcore.estimators.isolation import isolation
from riskcore.estimators.without import Without
from riskcore.scenarios.user_behavior.event import EVENT, SOURCE, TARGET, features
from riskcore.scenarios.user_behavior.generator import DAYS, KNOBS, generate


def baseline() -> EntityBaseline:
    """What each user usually does."""
    return EntityBaseline(
        "user_id",
        numbers=("log_duration", "log_events"),
        circles={"hour_of_day": 24, "day_of_week": 7},
        categories=("event_type", "device_type"),
    )


def only_deviations() -> Without:
    """Leaves the event's own fields out, and how many events a baseline rests on, for a user is not suspect for having
    few.  Random cuts are spent on deviations only: average precision on 70,000 fresh events 0.43 against 0.26."""
    return Without(
        "log_duration", "log_events", "hour_of_day", "hour_sin", "hour_cos", "day_of_week", "event_type", "device_type",
        "baseline_events",
    )  # fmt: skip


# An anomaly costs 60 USD on average if nobody looks.  An analyst takes ten minutes at 60 USD an hour and sees seven in
# ten; a locked session stops nearly all, and an honest user then calls the help desk.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 60.0),
    minute=1.0,
    effects={
        "review": EffectCost(review_minutes=10.0, catch_rate=0.7),
        "stop": EffectCost(friction=25.0, review_minutes=10.0, catch_rate=0.97),
    },
)

POLICY = Policy(
    actions=(
        Action("allow", "Allow", "pass"),
        Action("review", "Have it looked at", "review"),
        Action("lock", "Lock the session", "stop"),
    ),
    # Risk is a percentile: two events in a hundred are looked at, one in two hundred is locked.  These are the edges of
    # least cost under COSTS for the default model, to the half percent.
    bands=(Band(0.0, "allow"), Band(0.98, "review"), Band(0.995, "lock")),
)

PRESETS = {
    "Usual morning": EVENT.example("123", "click", 1_900, 24, "desktop", hour_of_day=11, day_of_week=1),
    "Long session at night": EVENT.example("123", "login", 18_000, 190, "desktop", hour_of_day=2, day_of_week=1),
    "Night worker at night": EVENT.example("407", "view", 2_400, 90, "desktop", hour_of_day=2, day_of_week=2),
    "Night worker in the afternoon": EVENT.example("407", "view", 2_400, 90, "desktop", hour_of_day=15, day_of_week=2),
    "Downloads all day": EVENT.example("144", "download", 2_400, 95, "desktop", hour_of_day=15, day_of_week=3),
    "Hardly ever downloads": EVENT.example("88", "download", 4_000, 140, "mobile", hour_of_day=16, day_of_week=3),
    "Phone user at a desktop": EVENT.example("45", "login", 6_300, 70, "desktop", hour_of_day=17, day_of_week=1),
    "New user": EVENT.example("new-colleague", "login", 1_500, 25, "desktop", hour_of_day=10, day_of_week=0),
}

SCENARIO = Scenario(
    key="user_behavior",
    title="User behaviour",
    summary="Is this event unlike what this user usually does?",
    icon=":material/person_search:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"anomaly_rate": 0.5},
        "crude": {"stealth": 0.1},
        "realistic": {"anomaly_rate": 0.005},
        "nasty": {"stealth": 0.8, "drift": 0.8},
    },
    generate=generate,
    features=features,
    source=SOURCE,
    models={
        "isolation": isolation(
            TARGET.classes,
            SOURCE,
            transformers=(baseline, only_deviations),
            entity="user_id",
            rows_per_tree=512,
        ),
        "isolation_plain": isolation(
            TARGET.classes, SOURCE, entity="user_id", title="Isolation forest without baselines", rows_per_tree=512
        ),
        # Where labels exist, they say which deviations matter.
        "boosted": boosted(
            TARGET.classes,
            SOURCE,
            transformers=(baseline,),
            rounds=200,
            depth=4,
            rate=0.08,
            min_child_weight=5.0,
            rows_share=0.8,
            columns_share=0.5,
        ),
    },
    policy=POLICY,
    costs=COSTS,
    presets=PRESETS,
    entities=("user_id",),
    training_rows=70_000,
    per_day=70_000 / DAYS,
    floors=Floors(metrics={"roc_auc": 0.92, "average_precision": 0.33}, single_field_auc=0.8),
)
