"""From events and their past to what each signal measures."""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from riskcore.core.schema import framed
from riskcore.core.signal import Signal, check_signals, quantities
from riskcore.estimators.rarity import Rarity
from riskcore.scenarios.identity.signals import behaviour, device, network, passkey, recovery
from riskcore.scenarios.identity.signals.facts import Facts
from riskcore.scenarios.identity.signals.groups import GROUPS

SIGNALS: tuple[Signal[Facts], ...] = (
    *device.SIGNALS, *network.SIGNALS, *behaviour.SIGNALS, *passkey.SIGNALS, *recovery.SIGNALS,
)  # fmt: skip
check_signals(SIGNALS, GROUPS)
# The one signal that has to be learned: a single event's past does not tell where the others are.
rarity = partial(Rarity, "country", within="tenant_id", where="new_country", into="rare_country_global")

TOLD = ("event_id", "user_id", "event_type", "ip", "device_hash", "country")  # of the events that a signal counted
# What each signal is told under, where explanations are by field.
SOURCE: Mapping[str, str] = dict.fromkeys(
    ("impossible_travel", "geo_velocity", "geo_session_break", "recovery_impossible_travel"), "lat_coarse"
) | {
    "new_device": "device_hash", "device_dormant": "device_hash", "multi_account_device": "device_hash",
    "device_velocity": "device_hash", "session_churn": "session_id", "emulator_heuristic": "user_agent",
    "new_country": "country", "new_country_for_user": "country", "rare_country_global": "country",
    "device_location_mismatch": "session_id", "new_asn": "asn", "tor_vpn_proxy": "network_kind", "ip_velocity": "ip",
    "residential_vs_datacenter": "network_kind", "failure_burst": "event_type", "success_after_burst": "event_type",
    "unusual_hour": "timestamp", "auth_method_switch": "auth_method", "mfa_fatigue": "event_type",
    "recovery_abuse": "event_type", "login_cadence_anomaly": "timestamp", "account_fanout": "ip",
    "new_account_high_value": "account_created_at", "new_passkey_unfamiliar_device": "device_hash",
    "passkey_registration_burst": "event_type", "passkey_after_password_failure": "event_type",
    "authenticator_churn": "event_type", "credential_novelty": "authenticator_id",
    "recovery_unfamiliar_env": "event_type", "recovery_after_lockout": "event_type",
    "recovery_plus_credential_change": "event_type", "recovery_fanout": "ip",
}  # fmt: skip


def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """What each signal measured (n, s) in its own unit, NaN where it abstains; models read strengths made of it.

    Country and tenant stand beside for `rarity`, which reads them in place of the models.
    """
    facts = Facts(events, history)
    values = quantities(SIGNALS, facts, facts.asof)
    columns = {s.name: values[:, i] for i, s in enumerate(SIGNALS)}
    return framed({"country": events["country"].array, "tenant_id": events["tenant_id"].array} | columns)


def travel(events: pd.DataFrame) -> pd.DataFrame:
    """Whether each event's place is its user's, and the speed there that the signals of place count."""
    facts = Facts(events)
    return pd.DataFrame({"own": facts.now(facts.placed), "kmh": facts.now(facts.jumps.kmh)})


def evidence(events: pd.DataFrame, history: pd.DataFrame | None, row: int, feature: str) -> pd.DataFrame:
    """The past events that a signal counted for one event, oldest first; none for signals that count no events."""
    counted = next((s.counted for s in SIGNALS if s.name == feature), None)
    if counted is None:
        return pd.DataFrame(columns=[*TOLD, "timestamp"])
    facts = Facts(events, history)
    found = counted(facts, row)
    columns = {name: facts.asof[name][found] for name in TOLD}
    return pd.DataFrame(columns | {"timestamp": pd.DatetimeIndex(facts.asof.times[found], tz="UTC")})
