"""Signals of recovery and of what follows it."""

import numpy as np

from riskcore.core.signal import Signal
from riskcore.scenarios.identity.signals.facts import DAY, FAILED_HALF_HOUR, HOUR, USER, Facts, Floats, Past, Rows

DONE = Past(USER, HOUR, lambda facts: facts.among("recovery_success", "password_reset_success"))


def recovery_unfamiliar_env(facts: Facts) -> Floats:
    """How many of device, network and country are not familiar (n,) at a recovery; NaN for other events."""
    strange = sum(
        np.asarray(new > 0, dtype=np.float64) for new in (facts.new_device, facts.new_network, facts.new_country)
    )
    return np.where(facts.now(facts.recovering) & facts.known, strange, np.nan)


def recovery_after_lockout(facts: Facts) -> Floats:
    """Failures (n,) within half an hour before a recovery; NaN for other events."""
    return np.where(facts.now(facts.recovering), facts.failures_half_hour, np.nan)


def recovery_plus_credential_change(facts: Facts) -> Floats:
    """Minutes (n,) since a recovery succeeded, where address or phone are changed; NaN for other events."""
    since = facts.asof.seconds_since(USER, DONE.where(facts), HOUR) / 60
    return np.where(facts.is_a("email_changed", "phone_changed"), since, np.nan)


def recovery_fanout(facts: Facts) -> Floats:
    """Other accounts (n,) recovered on this device or address within a day; NaN for other events."""
    others = [facts.accounts(by, DAY, facts.recovering) for by in ("device_hash", "ip")]
    return np.where(facts.now(facts.recovering), np.maximum(*others), np.nan)


def who_recovered(facts: Facts, event: int) -> Rows:
    return max((facts.others(event, by, DAY, facts.recovering) for by in ("device_hash", "ip")), key=len)


def recovery_impossible_travel(facts: Facts) -> Floats:
    return np.where(facts.now(facts.recovering), facts.speed, np.nan)


SIGNALS: tuple[Signal[Facts], ...] = (
    Signal(
        name="recovery_unfamiliar_env",
        group="recovery",
        label="How many of device, network and country are not familiar at a recovery",
        unit="",
        measure=recovery_unfamiliar_env,
        ramp=(0, 2),
        weight=0.6,
        reason="a recovery with {value:.0f} of device, network and country not familiar",
    ),
    Signal(
        name="recovery_after_lockout",
        group="recovery",
        label="Failed logins in the half hour before a recovery",
        unit="failures",
        measure=recovery_after_lockout,
        counted=FAILED_HALF_HOUR.rows,
        ramp=(3, 10),
        weight=0.2,
        reason="a recovery after {value:.0f} failed logins in 30 minutes",
    ),
    Signal(
        name="recovery_plus_credential_change",
        group="recovery",
        label="Time from a recovery to a change of address or phone",
        unit="min",
        measure=recovery_plus_credential_change,
        counted=DONE.rows,
        ramp=(60, 0),
        weight=0.65,
        reason="address or phone changed {value:.0f} minutes after a recovery",
    ),
    Signal(
        name="recovery_fanout",
        group="recovery",
        label="Other accounts recovered on the device or address in a day",
        unit="accounts",
        measure=recovery_fanout,
        counted=who_recovered,
        ramp=(0, 4),
        weight=0.7,
        reason="{value:.0f} other accounts recovered on this device or address in a day",
    ),
    Signal(
        name="recovery_impossible_travel",
        group="recovery",
        label="Speed from the place before a recovery",
        unit="km/h",
        measure=recovery_impossible_travel,
        ramp=(300, 1_000),
        weight=0.6,
        reason="a recovery {value:,.0f} km/h from the place before",
    ),
)
