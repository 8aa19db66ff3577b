"""Signals of the device."""

import re

import numpy as np
import pandas as pd

from riskcore.core.signal import Signal
from riskcore.scenarios.identity.signals.facts import DAY, HOUR, USER, Facts, Floats, Past, Rows

SCRIPT = re.compile("headless|emulator|selenium|playwright|puppeteer|phantomjs|python-requests|curl/|wget|bot", re.I)
UNKNOWN = 0.5  # of a program's strength where the user has no habits that it could be unlike
SESSIONS = Past(USER, HOUR, lambda facts: facts.among("session_created", "session_revoked"))


def device_dormant(facts: Facts) -> Floats:
    since = facts.asof.seconds_since((USER, "device_hash"), facts.accepted)
    return since / DAY.total_seconds()


def multi_account_device(facts: Facts) -> Floats:
    value = facts.accounts("device_hash", 30 * DAY).astype(np.float64)
    value[~facts.given("device_hash")] = np.nan
    return value


def device_velocity(facts: Facts) -> Floats:
    return facts.asof.nunique("device_hash", USER, DAY).astype(np.float64)


def other_accounts(facts: Facts, event: int) -> Rows:
    return facts.others(event, "device_hash", 30 * DAY)


def devices(facts: Facts, event: int) -> Rows:
    return facts.latest_of_each(event, "device_hash", USER, DAY)


def emulator_heuristic(facts: Facts) -> Floats:
    """1 (n,) where the device calls itself a program and is not one that the user is known by; one half where the user
    is not known by anything yet, for integrations are new users once, too."""
    codes, words = pd.factorize(facts.now(facts.asof["user_agent"]))
    says = np.array([*(bool(SCRIPT.search(word)) for word in words), False])
    script = says[codes] | facts.now(facts.asof.among("device_type", "bot"))
    return np.where(script & (facts.new_device != 0), np.where(facts.known, 1.0, UNKNOWN), 0.0)


SIGNALS: tuple[Signal[Facts], ...] = (
    Signal(
        name="new_device",
        group="device",
        label="Logins for each device so far, on one not familiar",
        unit="logins",
        measure=lambda facts: facts.new_device,
        ramp=(1.0, 6.0),
        weight=0.7,
        reason="a device that the account is not known by, while it has one for every {value:.1f} logins",
    ),
    Signal(
        name="device_dormant",
        group="device",
        label="Time since the device was last used by the account",
        unit="days",
        measure=device_dormant,
        ramp=(30, 80),
        weight=0.05,
        reason="a device of the account that was last used {value:.0f} days ago",
    ),
    Signal(
        name="multi_account_device",
        group="crowd",
        label="Other accounts on the device in 30 days",
        unit="accounts",
        measure=multi_account_device,
        counted=other_accounts,
        ramp=(1, 5),
        weight=0.85,
        reason="{value:.0f} other accounts on this device in 30 days",
    ),
    Signal(
        name="device_velocity",
        group="device",
        label="Devices of the account in 24 hours",
        unit="devices",
        measure=device_velocity,
        counted=devices,
        ramp=(3, 8),
        weight=0.2,
        reason="{value:.0f} devices of this account in 24 hours",
    ),
    Signal(
        name="session_churn",
        group="session",
        label="Sessions opened or revoked in an hour",
        unit="sessions",
        measure=SESSIONS.count,
        counted=SESSIONS.rows,
        ramp=(2, 7),
        weight=0.35,
        reason="{value:.0f} sessions opened or revoked in an hour",
    ),
    Signal(
        name="emulator_heuristic",
        group="device",
        label="Device calls itself a program",
        unit="",
        measure=emulator_heuristic,
        ramp=(0, 1),
        weight=0.7,
        reason="the device calls itself a program, and the account is not known by it",
    ),
)
