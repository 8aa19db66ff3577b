"""Example events: one of each attack and honest ones, with what happened before each.

Ada has an account in Hamburg, a laptop and a phone, and signs in every other day.  A preset is her next event; `PASTS`
holds what went before, without which most attacks cannot be told from a login.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Said = Mapping[str, Any]

NOW = datetime(2026, 4, 20, 9, 30, tzinfo=UTC)
ADA: Said = {
    "user_id": "ada",
    "tenant_id": "default",
    "account_created_at": "2024-06-01T10:00:00Z",
    "auth_method": "password",
}
LAPTOP: Said = {"device_hash": "ada-laptop", "device_type": "desktop", "os": "macOS", "browser": "Safari"}
PHONE: Said = {"device_hash": "ada-phone", "device_type": "mobile", "os": "iOS", "browser": "Safari"}
HOME: Said = {
    "ip": "203.0.113.7", "asn": "64501", "network_kind": "residential",
    "country": "DE", "city_coarse": "Hamburg", "lat_coarse": 53.55, "lon_coarse": 9.99,
}  # fmt: skip
OTHER: Said = {"device_hash": "stranger", "device_type": "desktop", "os": "Windows", "browser": "Chrome"}
SERVER: Said = {
    "ip": "198.51.100.20", "asn": "64510", "network_kind": "hosting",
    "country": "NL", "city_coarse": "Amsterdam", "lat_coarse": 52.37, "lon_coarse": 4.9,
}  # fmt: skip
TOR: Said = {"ip": "192.0.2.66", "asn": "64520", "network_kind": "tor", "country": "NL"}
OVERSEAS: Said = {
    "ip": "192.0.2.9", "asn": "64530", "network_kind": "residential",
    "country": "BR", "city_coarse": "Sao Paulo", "lat_coarse": -23.55, "lon_coarse": -46.63,
}  # fmt: skip
SCRIPT: Said = {"device_hash": "script", "device_type": "bot", "user_agent": "python-requests/2.31"}


def event(kind: str, at: datetime = NOW, success: int = 1, **rest: Any) -> dict[str, Any]:
    """One event of Ada's account unless told otherwise; its identifier follows from what it says."""
    said = {**ADA, **rest}
    name = f"{said['user_id']}-{kind}-{at:%m%dT%H%M%S}"
    return {"event_id": name, "timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}", "event_type": kind, "success": success, **said}


def visit(at: datetime, **rest: Any) -> list[dict[str, Any]]:
    """A login that goes through."""
    steps = (("login_attempt", 0, 0), ("login_success", 6, 1), ("session_created", 7, 1))
    return [event(kind, at + timedelta(seconds=s), success, **rest) for kind, s, success in steps]


def habits() -> tuple[dict[str, Any], ...]:
    """Four weeks of Ada's mornings."""
    days = [NOW - timedelta(days=d, minutes=7 * d % 50) for d in range(28, 0, -2)]
    return tuple(step for i, day in enumerate(days) for step in visit(day, **HOME, **(PHONE if i % 3 == 2 else LAPTOP)))


def every(seconds: float, times: int, kind: str, success: int = 0, **rest: Any) -> tuple[dict[str, Any], ...]:
    """The same event again and again until just before now."""
    moments = [NOW - timedelta(seconds=seconds * k) for k in range(times, 0, -1)]
    return tuple(event(kind, at, success, **rest) for at in moments)


def others(n: int, kind: str, **rest: Any) -> tuple[dict[str, Any], ...]:
    """The same from other accounts, a minute apart until just before now."""
    return tuple(
        event(kind, NOW - timedelta(minutes=k), **rest, user_id=f"other-{k}", account_created_at=None)
        for k in range(n, 0, -1)
    )


STRANGE: Said = {**SERVER, **OTHER}
YOUNG: Said = {"user_id": "young", "account_created_at": "2026-04-20T09:10:00Z"}
PRESETS = {
    "Usual morning": event("login_success", **HOME, **LAPTOP),
    "New user": event("login_success", **HOME, **OTHER, user_id="new", account_created_at="2026-04-20T09:29:00Z"),
    "On a trip": event("login_success", **OVERSEAS, **PHONE),
    "Account takeover": event("login_success", **STRANGE, action_kind="transfer", action_value=900.0),
    "Bot": event("login_success", **SERVER, **SCRIPT),
    "Credential stuffing": event("login_success", **STRANGE),
    "Impossible travel": event("login_success", **OVERSEAS, **OTHER),
    "MFA fatigue": event("mfa_challenge_passed", **STRANGE, challenge_type="push"),
    "Sybil": event("login_success", **TOR, **OTHER, **YOUNG),
    "New account fraud": event(
        "login_success", **TOR, **OTHER, **YOUNG, action_kind="withdrawal", action_value=1_500.0
    ),
    "Passkey registration abuse": event("passkey_registered", **STRANGE, authenticator_id="key-4"),
    "Recovery abuse": event("recovery_requested", success=0, **STRANGE, recovery_channel="sms"),
    "Session hijack": event("session_created", **STRANGE, session_id="s-1"),
}
HABITS = habits()
PASTS = {
    "Usual morning": HABITS,
    "On a trip": HABITS,
    "Account takeover": HABITS,
    "Bot": (*HABITS, *every(60, 6, "login_success", 1, **SERVER, **SCRIPT)),
    "Credential stuffing": (*HABITS, *every(4, 11, "login_failure", **STRANGE), *others(6, "login_failure", **STRANGE)),
    "Impossible travel": (*HABITS, *visit(NOW - timedelta(minutes=50), **HOME, **LAPTOP)),
    "MFA fatigue": (*HABITS, *every(40, 9, "mfa_challenge_sent", **STRANGE, challenge_type="push")),
    "Sybil": others(7, "login_success", **TOR, **OTHER),
    "Passkey registration abuse": (
        *HABITS,
        *visit(NOW - timedelta(minutes=6), **STRANGE),
        *every(60, 3, "passkey_registered", 1, **STRANGE),
    ),
    "Recovery abuse": (*HABITS, *every(30, 5, "login_failure", **STRANGE)),
    "Session hijack": (*HABITS, *visit(NOW - timedelta(minutes=20), **HOME, **LAPTOP, session_id="s-1")),
}
