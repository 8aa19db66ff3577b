"""Identity risk: is this authentication event an attack, and what should be done about it?

36 signals measure how an event lies to the user's own past and to what goes on around it, in groups that each see one
fact: `impossible_travel_composite` is the group of all that tells of place.  They are fused without labels, learned
from with labels, or both.
"""

from functools import partial
from typing import Any

from riskcore.core.costs import Costs, EffectCost
from riskcore.core.labels import Target
from riskcore.core.policy import Action, Band, Policy
from riskcore.core.scenario import Floors, Scenario, Simulation
from riskcore.estimators.boosted import boosted
from riskcore.estimators.ensemble import ensemble
from riskcore.estimators.fusion import fusion
from riskcore.estimators.ramps import Ramps
from riskcore.scenarios.identity.event import EVENT
from riskcore.scenarios.identity.features import SIGNALS, SOURCE, evidence, features, rarity, travel
from riskcore.scenarios.identity.presets import PASTS, PRESETS
from riskcore.scenarios.identity.signals.facts import LOOKBACK
from riskcore.scenarios.identity.signals.groups import GROUPS
from riskcore.scenarios.identity.simulation.simulator import EVENTS_PER_SESSION, KNOBS, generate

TARGET = Target(
    name="is_attack",
    classes=("genuine", "attack"),
    # "attack" comes last: in generated files it is the kind of attack, beside "label".
    aliases=("label", "is_fraud", "fraud", "is_account_takeover", "is_attack_ip", "target", "y", "attack"),
)

# The bands are those of the reference system.  All step-ups ask the user, each in a way that is harder to steal.
POLICY = Policy(
    actions=(
        Action("allow", "Allow", "pass"),
        Action("allow_with_monitoring", "Allow and watch", "pass"),
        Action("step_up_with_passkey", "Ask for a passkey", "challenge"),
        Action("step_up_with_totp", "Ask for a one-time code", "challenge"),
        Action("step_up_with_email_code", "Ask for a code by e-mail", "challenge"),
        Action("require_recovery_review", "Recover after review", "review"),
        Action("manual_review", "Have it looked at", "review"),
        Action("block", "Block", "stop"),
        Action("revoke_session", "Revoke the session", "stop"),
    ),
    bands=(
        Band(0.0, "allow"),
        Band(0.15, "allow_with_monitoring"),
        Band(0.3, "step_up_with_passkey"),
        Band(0.45, "step_up_with_totp"),
        Band(0.6, "step_up_with_email_code"),
        Band(0.72, "require_recovery_review"),
        Band(0.82, "manual_review"),
        Band(0.9, "block"),
        Band(0.97, "revoke_session"),
    ),
)

# An event of an attack costs 80 USD on average if nothing stops it.  A step-up costs an honest user half a minute, and
# one in forty gives up a visit worth 12 USD; it stops most attackers, but not who has phished the second factor too.
COSTS = Costs(
    currency="USD",
    losses=(0.0, 80.0),
    minute=1.0,
    effects={
        "challenge": EffectCost(friction=12.0, drop_out=0.025, catch_rate=0.75),
        "review": EffectCost(friction=12.0, drop_out=0.2, review_minutes=6.0, catch_rate=0.9),
        "stop": EffectCost(friction=30.0, review_minutes=4.0, catch_rate=0.98),
    },
)

learned: dict[str, Any] = {
    "rounds": 120,
    "depth": 3,
    "rate": 0.1,
    "min_child_weight": 2.0,
    "rows_share": 0.8,
    "columns_share": 0.5,
}

SCENARIO = Scenario(
    key="identity_risk",
    title="Identity risk",
    summary="Is this login, recovery or change of credentials an attack?",
    icon=":material/fingerprint:",
    event=EVENT,
    target=TARGET,
    knobs=KNOBS,
    recipes={
        "balanced": {"attack_share": 0.5},
        "crude": {"stealth": 0.1},
        "realistic": {"attack_share": 0.003},
        "nasty": {"stealth": 0.85, "drift": 0.6},
    },
    generate=generate,
    simulation=Simulation(
        rows_per_session=EVENTS_PER_SESSION,
        users="users",
        attack_share="attack_share",
        person="user_id",
        session="session_id",
    ),
    features=features,
    source=SOURCE,
    signals=SIGNALS,
    evidence=evidence,
    travel=travel,
    models={
        "ensemble": ensemble(TARGET.classes, SOURCE, signals=SIGNALS, groups=GROUPS, transformers=(rarity,), **learned),
        "fusion": fusion(TARGET.classes, SOURCE, signals=SIGNALS, groups=GROUPS, transformers=(rarity,)),
        "boosted": boosted(
            TARGET.classes, SOURCE, transformers=(rarity, partial(Ramps, SIGNALS)), monotone=True, **learned
        ),
    },
    policy=POLICY,
    costs=COSTS,
    presets=PRESETS,
    pasts=PASTS,
    lookback=LOOKBACK,
    entities=("user_id", "device_hash", "ip"),
    training_rows=200_000,
    per_day=100_000,
    floors=Floors(metrics={"roc_auc": 0.9}, single_field_auc=0.95),
)
