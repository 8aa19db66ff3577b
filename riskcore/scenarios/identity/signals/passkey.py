"""Signals of passkeys and other authenticators."""

import numpy as np

from riskcore.core.signal import Signal
from riskcore.scenarios.identity.signals.facts import DAY, FAILED_HALF_HOUR, HOUR, MINUTE, USER, Facts, Floats, Past

ADDED = ("passkey_registered", "device_enrolled")
REGISTERED = Past(USER, 30 * MINUTE, lambda facts: facts.among(*ADDED))
CHANGED = Past(USER, DAY, lambda facts: facts.among(*ADDED, "device_removed"))


def new_passkey_unfamiliar_device(facts: Facts) -> Floats:
    """How new the device is (n,), for passkeys registered or used on it; NaN for other events."""
    return np.where(
        facts.is_a("passkey_registered", "passkey_auth_success", "device_enrolled"), facts.new_device, np.nan
    )


def passkey_registration_burst(facts: Facts) -> Floats:
    """Earlier registrations (n,) within half an hour of one; NaN for other events."""
    return np.where(facts.is_a(*ADDED), REGISTERED.count(facts), np.nan)


def passkey_after_password_failure(facts: Facts) -> Floats:
    """Failures (n,) within half an hour before a passkey is registered or used; NaN for other events."""
    passkey = facts.is_a("passkey_registered", "passkey_auth_success")
    return np.where(passkey, facts.failures_half_hour, np.nan)


def credential_novelty(facts: Facts) -> Floats:
    """Hours (n,) since the passkey that is used was first met, 0 for one never met; NaN for other events."""
    since = np.nan_to_num(facts.asof.seconds_since_first((USER, "authenticator_id"))) / HOUR.total_seconds()
    uses = facts.is_a("passkey_auth_success") & facts.given("authenticator_id") & facts.known
    return np.where(uses, since, np.nan)


SIGNALS: tuple[Signal[Facts], ...] = (
    Signal(
        name="new_passkey_unfamiliar_device",
        group="credential",
        label="How new the device is on which a passkey is added or used",
        unit="logins",
        measure=new_passkey_unfamiliar_device,
        ramp=(1.0, 6.0),
        weight=0.3,
        reason="a passkey on a device that the account is not known by, with one for every {value:.1f} logins",
    ),
    Signal(
        name="passkey_registration_burst",
        group="credential",
        label="Earlier registrations in 30 minutes",
        unit="registrations",
        measure=passkey_registration_burst,
        counted=REGISTERED.rows,
        ramp=(0, 3),
        weight=0.7,
        reason="{value:.0f} earlier registrations in 30 minutes",
    ),
    Signal(
        name="passkey_after_password_failure",
        group="credential",
        label="Failed logins in the half hour before a passkey",
        unit="failures",
        measure=passkey_after_password_failure,
        counted=FAILED_HALF_HOUR.rows,
        ramp=(0, 4),
        weight=0.4,
        reason="a passkey after {value:.0f} failed logins in 30 minutes",
    ),
    Signal(
        name="authenticator_churn",
        group="credential",
        label="Authenticators added or removed in 24 hours",
        unit="changes",
        measure=CHANGED.count,
        counted=CHANGED.rows,
        ramp=(1, 5),
        weight=0.3,
        reason="{value:.0f} authenticators added or removed in 24 hours",
    ),
    Signal(
        name="credential_novelty",
        group="credential",
        label="Time since the passkey was first met",
        unit="h",
        measure=credential_novelty,
        ramp=(24, 0),
        weight=0.6,
        reason="a passkey first met {value:.1f} hours ago",
    ),
)
