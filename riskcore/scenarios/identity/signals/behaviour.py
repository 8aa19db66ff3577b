"""Signals of what is done, when and how often."""

import numpy as np

from riskcore.core.signal import Signal
from riskcore.scenarios.identity.signals.facts import (
    ENTRIES,
    FAILED_HALF_HOUR,
    HOUR,
    MINUTE,
    USER,
    Facts,
    Floats,
    Past,
    Rows,
)

LEAST_LOGINS = 8  # below, no hour is unusual
LEAST_STAKE = 25.0  # USD: what an account is worth to whoever opened it
BLOCK_H = 4  # hours that count as one time of day

BURST = Past(USER, 15 * MINUTE, lambda facts: facts.failed)
FAILED_HOUR = Past(USER, HOUR, lambda facts: facts.failed)
PROMPTS = Past(USER, HOUR, lambda facts: facts.among("mfa_challenge_sent", "mfa_challenge_failed"))
LOGINS = Past(USER, 2 * HOUR, lambda facts: facts.accepted)


def success_after_burst(facts: Facts) -> Floats:
    """Failures (n,) within half an hour before somebody gets in; NaN for other events."""
    inside = facts.is_a(*ENTRIES, "mfa_challenge_sent", "mfa_challenge_passed", "session_created")
    return np.where(inside, facts.failures_half_hour, np.nan)


def unusual_hour(facts: Facts) -> Floats:
    """Share (n,) of the user's logins at this time of day in UTC, smoothed by half a login.

    Two rows of blocks of four hours, one two hours after the other; the greater share counts, so no edge matters.
    """
    asof = facts.asof
    hour = (asof.times.astype("datetime64[h]").astype(np.int64)) % 24
    best = np.zeros(len(asof))
    for shift in (0, BLOCK_H // 2):
        name = f"time_of_day_{shift}"
        asof.define(name, (hour + shift) % 24 // BLOCK_H)
        best = np.maximum(best, asof.count((USER, name), where=facts.accepted))
    return np.where(facts.logins >= LEAST_LOGINS, (best + 0.5) / (facts.logins + 1), np.nan)


def recovery_abuse(facts: Facts) -> Floats:
    """Failures (n,) in an hour before a recovery on a device that is not familiar; NaN for other events."""
    strange = facts.now(facts.recovering) & ~(facts.new_device == 0)
    return np.where(strange & facts.known, FAILED_HOUR.count(facts), np.nan)


def account_fanout(facts: Facts) -> Floats:
    """Other accounts (n,) within half an hour, on the device or on the address, whichever has more."""
    return np.maximum(facts.accounts("device_hash", 30 * MINUTE), facts.accounts("ip", 30 * MINUTE)).astype(np.float64)


def who_fanned_out(facts: Facts, event: int) -> Rows:
    return max((facts.others(event, by, 30 * MINUTE) for by in ("device_hash", "ip")), key=len)


def new_account_high_value(facts: Facts) -> Floats:
    """USD at stake for each day (n,) since the account was opened; NaN where that is not told.

    Something always is at stake, so an account of minutes is a little riskier than one of years whatever it is for.
    Half a day is added to its age: people open accounts in order to buy something, and a first purchase within a minute
    is not riskier than within the hour.
    """
    asof = facts.asof
    opened = np.asarray(asof["account_created_at"], dtype="datetime64[us]")
    age = facts.now(asof.times - opened) / np.timedelta64(1, "D")
    stake = np.fmax(facts.now(asof["action_value"]), LEAST_STAKE)
    return np.asarray(stake / (np.maximum(age, 0) + 0.5))


SIGNALS: tuple[Signal[Facts], ...] = (
    Signal(
        name="failure_burst",
        group="guessing",
        label="Failed logins in 15 minutes",
        unit="failures",
        measure=BURST.count,
        counted=BURST.rows,
        ramp=(1, 7),
        weight=0.5,
        reason="{value:.0f} failed logins in 15 minutes",
    ),
    Signal(
        name="success_after_burst",
        group="guessing",
        label="Failed logins in the half hour before getting in",
        unit="failures",
        measure=success_after_burst,
        counted=FAILED_HALF_HOUR.rows,
        ramp=(1, 7),
        weight=0.5,
        reason="in after {value:.0f} failed logins in 30 minutes",
    ),
    Signal(
        name="unusual_hour",
        group="habit",
        label="Share of the account's logins at this time of day",
        unit="",
        measure=unusual_hour,
        ramp=(0.12, 0.0),
        weight=0.2,
        reason="{value:.1%} of the account's logins are at this time of day",
    ),
    Signal(
        name="auth_method_switch",
        group="habit",
        label="Share of the account's logins by this method",
        unit="",
        measure=lambda facts: facts.share("auth_method"),
        ramp=(0.5, 0.0),
        weight=0.6,
        reason="{value:.1%} of the account's logins are by this method",
    ),
    Signal(
        name="mfa_fatigue",
        group="challenge",
        label="Prompts sent or failed in an hour",
        unit="prompts",
        measure=PROMPTS.count,
        counted=PROMPTS.rows,
        ramp=(2, 9),
        weight=0.8,
        reason="{value:.0f} prompts for a second factor sent or failed in an hour",
    ),
    Signal(
        name="recovery_abuse",
        group="recovery",
        label="Failed logins in the hour before a recovery on an unfamiliar device",
        unit="failures",
        measure=recovery_abuse,
        counted=FAILED_HOUR.rows,
        ramp=(0, 4),
        weight=0.45,
        reason="a recovery on an unfamiliar device after {value:.0f} failed logins in an hour",
    ),
    Signal(
        name="login_cadence_anomaly",
        group="habit",
        label="Logins in two hours",
        unit="logins",
        measure=LOGINS.count,
        counted=LOGINS.rows,
        ramp=(1, 4),
        weight=0.65,
        reason="{value:.0f} logins in two hours",
    ),
    Signal(
        name="account_fanout",
        group="crowd",
        label="Other accounts on the device or address in 30 minutes",
        unit="accounts",
        measure=account_fanout,
        counted=who_fanned_out,
        ramp=(0, 6),
        weight=0.45,
        reason="{value:.0f} other accounts on this device or address in 30 minutes",
    ),
    Signal(
        name="new_account_high_value",
        group="new_account",
        label="Value at stake for each day since the account was opened",
        unit="USD/day",
        measure=new_account_high_value,
        ramp=(2, 2_000),  # by itself it is more than watched from some 400 USD on, in the first hours of an account
        scale="log",
        weight=0.85,
        reason="{value:,.0f} USD at stake for each day since the account was opened",
    ),
)
