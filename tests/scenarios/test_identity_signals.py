"""What each signal of identity risk sees, and what it must not see."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskcore.core.signal import strengths
from riskcore.scenarios.identity.event import EVENT
from riskcore.scenarios.identity.features import SIGNALS, SOURCE, evidence, features
from riskcore.scenarios.identity.presets import (
    HABITS,
    HOME,
    LAPTOP,
    NOW,
    OTHER,
    OVERSEAS,
    PASTS,
    PRESETS,
    SCRIPT,
    SERVER,
    every,
    visit,
)
from riskcore.scenarios.identity.presets import event as happened
from riskcore.scenarios.identity.scenario import SCENARIO
from riskcore.scenarios.identity.signals.groups import GROUPS

NAMES = [signal.name for signal in SIGNALS]
LISTED = [
    "new_device", "device_dormant", "multi_account_device", "device_velocity", "session_churn",
    "emulator_heuristic", "impossible_travel", "geo_velocity", "new_country", "new_country_for_user",
    "rare_country_global", "device_location_mismatch", "geo_session_break", "new_asn", "tor_vpn_proxy",
    "ip_velocity", "residential_vs_datacenter", "impossible_travel_composite", "failure_burst",
    "success_after_burst", "unusual_hour", "auth_method_switch", "mfa_fatigue", "recovery_abuse",
    "login_cadence_anomaly", "account_fanout", "new_account_high_value", "new_passkey_unfamiliar_device",
    "passkey_registration_burst", "passkey_after_password_failure", "authenticator_churn", "credential_novelty",
    "recovery_unfamiliar_env", "recovery_after_lockout", "recovery_plus_credential_change", "recovery_fanout",
    "recovery_impossible_travel",
]  # fmt: skip


def typed(*events: Any) -> pd.DataFrame:
    return EVENT.accept(EVENT.frame(*events))


def measured(event: Any, past: Any = ()) -> dict[str, float]:
    """What every signal says of one event after others."""
    X = features(typed(event), typed(*past) if past else None)
    return {name: float(X[name].iloc[0]) for name in NAMES}


def strength(event: Any, past: Any = ()) -> dict[str, float]:
    said = np.array([list(measured(event, past).values())], dtype=np.float32)
    return dict(zip(NAMES, strengths(SIGNALS, said)[0].tolist(), strict=True))


def test_all_signals_are_there_one_of_them_as_a_group() -> None:
    assert sorted([*NAMES, "impossible_travel_composite"]) == sorted(LISTED)
    assert "impossible_travel_composite" in [group.name for group in GROUPS]
    assert set(SOURCE) == set(NAMES)


def test_every_signal_fires_in_simulated_traffic() -> None:
    made = SCENARIO.synthesize(150_000, 5, {"attack_share": 0.3, "stealth": 0.1})
    X = features(EVENT.accept(made.events))
    found = strengths(SIGNALS, X[NAMES].to_numpy()).max(axis=0)
    silent = {name for name, most in zip(NAMES, found, strict=True) if most == 0}
    assert silent == {"rare_country_global"}  # the model learns it


def test_a_usual_event_fires_nothing() -> None:
    fired = {name for name, s in strength(PRESETS["Usual morning"], HABITS).items() if s > 0}
    assert not fired


def test_an_address_counts_as_one_however_it_is_spelled() -> None:
    def fanout(*addresses: str) -> float:
        crowd = [
            {**PRESETS["Usual morning"], "event_id": f"c{i}", "user_id": f"c{i}", "device_hash": None, "ip": address}
            for i, address in enumerate(addresses)
        ]
        now = {**PRESETS["Usual morning"], "timestamp": "2026-04-20T09:40:00Z", "ip": "2001:db8::1"}
        return measured(now, crowd)["account_fanout"]

    assert fanout("2001:db8::1", "2001:db8::1") == fanout("2001:0DB8:0:0:0:0:0:0001", "2001:DB8::1")
    assert fanout("2001:db8::1", "2001:db8::1") > fanout("2001:db8::2", "2001:db8::3")


def test_simulated_addresses_are_spelled_canonically_already() -> None:
    made = SCENARIO.synthesize(5_000, 3).events
    assert made["ip"].str.contains(":").any()
    assert EVENT.accept(made)["ip"].astype("object").tolist() == made["ip"].astype("object").tolist()


def test_a_new_users_first_event_says_nothing_of_what_is_new() -> None:
    said = measured(PRESETS["New user"])
    assert all(np.isnan(said[name]) for name in ("new_device", "new_asn", "new_country", "unusual_hour"))


def test_what_a_new_user_usually_spends_is_no_fortune_and_a_fortune_is_one() -> None:
    def said(usd: float) -> float:
        return strength({**PRESETS["New user"], "action_kind": "purchase", "action_value": usd})[
            "new_account_high_value"
        ]

    assert said(100) - said(50) == pytest.approx(said(400) - said(200))
    assert 0 < said(60) < 0.65
    assert said(1_500) == 1


def test_a_program_is_half_as_strange_where_nothing_is_known_of_the_user() -> None:
    assert measured(happened("login_success", **SERVER, **SCRIPT))["emulator_heuristic"] == 0.5
    assert measured(happened("login_success", **SERVER, **SCRIPT), HABITS)["emulator_heuristic"] == 1
    always = [step for d in range(20, 0, -1) for step in visit(NOW - timedelta(days=d), **SERVER, **SCRIPT)]
    assert measured(happened("login_success", **SERVER, **SCRIPT), always)["emulator_heuristic"] == 0


def test_one_takeover_does_not_make_a_device_familiar() -> None:
    break_in = visit(NOW - timedelta(minutes=30), **HOME, **OTHER)
    assert measured(happened("login_success", **HOME, **OTHER), (*HABITS, *break_in))["new_device"] > 4


def test_a_device_is_familiar_after_two_logins_and_a_day() -> None:
    twice = [step for days in (3, 2) for step in visit(NOW - timedelta(days=days), **HOME, **OTHER)]
    assert measured(happened("login_success", **HOME, **OTHER), (*HABITS, *twice))["new_device"] == 0


def test_failures_do_not_make_a_device_familiar() -> None:
    failures = [happened("login_failure", NOW - timedelta(days=d), 0, **HOME, **OTHER) for d in range(1, 9)]
    assert measured(happened("login_success", **HOME, **OTHER), (*HABITS, *failures))["new_device"] > 5


def test_a_flight_is_no_impossible_travel() -> None:
    home = visit(NOW - timedelta(hours=15), **HOME, **LAPTOP)
    assert strength(happened("login_success", **OVERSEAS, **LAPTOP), (*HABITS, *home))["impossible_travel"] == 0
    late = visit(NOW - timedelta(hours=2), **HOME, **LAPTOP)
    assert strength(happened("login_success", **OVERSEAS, **LAPTOP), (*HABITS, *late))["impossible_travel"] == 1


@pytest.mark.parametrize("kind", ["vpn", "tor", "hosting"])
def test_the_place_of_a_proxy_is_not_the_users(kind: str) -> None:
    late = visit(NOW - timedelta(hours=2), **HOME, **LAPTOP)
    there = {**OVERSEAS, "network_kind": kind}
    assert np.isnan(measured(happened("login_success", **there, **LAPTOP), (*HABITS, *late))["geo_velocity"])


def test_a_mobile_gateway_may_stand_anywhere_in_its_country() -> None:
    late = visit(NOW - timedelta(minutes=5), **HOME, **LAPTOP)
    munich = {**HOME, "lat_coarse": 48.1, "lon_coarse": 11.6, "ip": "203.0.113.200"}
    past = (*HABITS, *late)
    assert strength(happened("login_success", **{**munich, "network_kind": "mobile"}), past)["geo_velocity"] == 0
    assert strength(happened("login_success", **munich), past)["geo_velocity"] > 0


def test_a_usual_vpn_is_not_unusual() -> None:
    vpn = {**SERVER, "network_kind": "vpn"}
    always = [step for d in range(20, 0, -1) for step in visit(NOW - timedelta(days=d), **vpn, **LAPTOP)]
    assert strength(happened("login_success", **vpn, **LAPTOP), always)["tor_vpn_proxy"] == 0
    assert strength(happened("login_success", **vpn, **LAPTOP), HABITS)["tor_vpn_proxy"] > 0.5


def test_a_country_as_such_is_no_risk() -> None:
    """The same story in another country, for every event of it, measures the same."""
    event, past = PRESETS["Account takeover"], PASTS["Account takeover"]
    swapped = {"DE": "NG", "NL": "BR"}
    moved = [{**e, "country": swapped[e["country"]]} for e in (event, *past)]
    assert measured(event, past) == pytest.approx(measured(moved[0], moved[1:]), nan_ok=True)


def test_metadata_reaches_no_feature() -> None:
    event, past = PRESETS["Account takeover"], PASTS["Account takeover"]
    told = {**event, "metadata": '{"account_takeover": true}'}
    assert measured(event, past) == pytest.approx(measured(told, past), nan_ok=True)


def test_renaming_every_identifier_changes_nothing() -> None:
    events = EVENT.accept(SCENARIO.synthesize(5_000, 3, {"attack_share": 0.1}).events)
    renamed = events.copy()
    for name in (
        "user_id",
        "session_id",
        "ip",
        "asn",
        "device_hash",
        "authenticator_id",
        "email_domain",
        "city_coarse",
    ):
        words = events[name].dropna().unique()
        turn = np.random.default_rng(1).permutation(len(words))
        renamed[name] = events[name].map(dict(zip(words, [f"x{t}" for t in turn], strict=True))).astype("str")
    assert np.array_equal(features(events)[NAMES], features(renamed)[NAMES], equal_nan=True)


def test_a_sessions_totals_hold_no_future() -> None:
    events = EVENT.accept(SCENARIO.synthesize(5_000, 3, {"attack_share": 0.1}).events)
    known = features(events.head(2_500))[NAMES]
    assert np.array_equal(known, features(events)[NAMES].head(2_500), equal_nan=True)


def test_evidence_is_what_was_counted() -> None:
    event, past = PRESETS["Credential stuffing"], PASTS["Credential stuffing"]
    found = evidence(typed(event), typed(*past), 0, "failure_burst")
    assert len(found) == measured(event, past)["failure_burst"] == 11
    assert set(found["event_type"]) == {"login_failure"}
    assert found["timestamp"].is_monotonic_increasing
    assert evidence(typed(event), typed(*past), 0, "new_device").empty


def test_every_counting_signal_shows_as_many_events_as_it_counted() -> None:
    counting = [signal.name for signal in SIGNALS if signal.counted and signal.unit != "min"]
    shown = 0
    for preset, event in PRESETS.items():
        now, past = typed(event), typed(*PASTS[preset]) if PASTS.get(preset) else None
        X = features(now, past)
        for name in counting:
            value = X[name].iloc[0]
            if value > 0:
                assert len(evidence(now, past, 0, name)) == value, (preset, name)
                shown += 1
    assert shown > 10


def test_other_accounts_are_shown_by_their_names() -> None:
    event, past = PRESETS["Sybil"], PASTS["Sybil"]
    found = evidence(typed(event), typed(*past), 0, "account_fanout")
    assert sorted(found["user_id"]) == [f"other-{k}" for k in range(1, 8)]


@pytest.mark.parametrize(
    ("name", "signals"),
    [
        ("Account takeover", {"new_device", "new_asn", "new_country"}),
        ("Bot", {"emulator_heuristic", "login_cadence_anomaly"}),
        ("Credential stuffing", {"failure_burst", "success_after_burst", "ip_velocity"}),
        ("Impossible travel", {"impossible_travel", "geo_velocity"}),
        ("MFA fatigue", {"mfa_fatigue"}),
        ("Sybil", {"multi_account_device", "account_fanout"}),
        ("New account fraud", {"new_account_high_value"}),
        ("Passkey registration abuse", {"passkey_registration_burst", "new_passkey_unfamiliar_device"}),
        ("Recovery abuse", {"recovery_abuse", "recovery_unfamiliar_env", "recovery_after_lockout"}),
        ("Session hijack", {"device_location_mismatch", "geo_session_break"}),
    ],
)
def test_a_preset_fires_what_it_is_named_after(name: str, signals: set[str]) -> None:
    said = strength(PRESETS[name], PASTS.get(name, ()))
    assert {signal for signal in signals if said[signal] > 0} == signals


def test_reasons_hold_the_measured_number() -> None:
    said = measured(happened("login_success", **HOME, **LAPTOP), every(30, 7, "login_failure", **HOME, **LAPTOP))
    burst = next(signal for signal in SIGNALS if signal.name == "failure_burst")
    assert burst.told(said["failure_burst"]) == "7 failed logins in 15 minutes"
