"""Signals of place and network.

None looks at a country as such: what counts is that it is new *for this user*.  `rare_country_global` adds that few of
the tenant's logins come from there, for then a colleague's trip is a less likely reason; it is learned from training
traffic (`rarity`), counts only where the country is new for the user, and weighs little.
"""

import numpy as np

from riskcore.core.signal import Signal
from riskcore.scenarios.identity.signals.facts import DAY, HOUR, USER, Facts, Floats, Rows

SESSION = (USER, "session_id")  # only its user's past is at hand


def device_location_mismatch(facts: Facts) -> Floats:
    """Earlier events of the session (n,) that ran on another device; NaN where session or device is not told."""
    asof, own = facts.asof, facts.asof.given("device_hash")
    value = asof.count(SESSION, where=own) - asof.count((*SESSION, "device_hash"))
    return np.where(facts.given("session_id", "device_hash"), value, np.nan)


def on_another_device(facts: Facts, event: int) -> Rows:
    rows = facts.asof.counted(event, SESSION, where=facts.asof.given("device_hash"))
    devices = np.asarray(facts.asof["device_hash"])
    return np.asarray(rows[devices[rows] != facts.now(devices)[event]])


def geo_session_break(facts: Facts) -> Floats:
    """Kilometres (n,) to the place where the session was before, whatever the networks."""
    asof = facts.asof
    placed = asof.given("lat_coarse", "lon_coarse")
    last = asof.everywhere.latest(SESSION, DAY, placed)
    return np.asarray(facts.now(facts.distance(last, placed)))


def ip_velocity(facts: Facts) -> Floats:
    value = facts.accounts("ip", HOUR, facts.failed).astype(np.float64)
    value[~facts.given("ip")] = np.nan
    return value


def who_failed(facts: Facts, event: int) -> Rows:
    return facts.others(event, "ip", HOUR, facts.failed)


SIGNALS: tuple[Signal[Facts], ...] = (
    Signal(
        name="impossible_travel",
        group="impossible_travel_composite",
        label="Speed from the place before, against an airliner's",
        unit="km/h",
        measure=lambda facts: facts.speed,
        ramp=(700, 1_800),
        weight=0.6,
        reason="{value:,.0f} km/h from the place before, faster than an airliner from door to door",
    ),
    Signal(
        name="geo_velocity",
        group="impossible_travel_composite",
        label="Speed from the place before",
        unit="km/h",
        measure=lambda facts: facts.speed,
        ramp=(100, 700),
        weight=0.5,
        reason="{value:,.0f} km/h from the place before",
    ),
    Signal(
        name="new_country",
        group="impossible_travel_composite",
        label="Logins for each country so far, in one not familiar",
        unit="logins",
        measure=lambda facts: facts.new_country,
        ramp=(1.5, 10),
        weight=0.45,
        reason="a country that is not familiar for the account, which has one for every {value:.1f} logins",
    ),
    Signal(
        name="new_country_for_user",
        group="impossible_travel_composite",
        label="Share of the account's logins from this country",
        unit="",
        measure=lambda facts: facts.share("country"),
        ramp=(0.1, 0.0),
        weight=0.15,
        reason="{value:.1%} of the account's logins come from this country",
    ),
    Signal(
        name="rare_country_global",
        group="impossible_travel_composite",
        label="Share of the tenant's logins from this country, which is new for the account",
        unit="",
        measure=lambda facts: np.full(len(facts.asof), np.nan),  # learned: `rarity` fills it in
        ramp=(0.01, 0.0),
        weight=0.1,
        reason="a country new for the account, from which few of the tenant's logins come",
    ),
    Signal(
        name="device_location_mismatch",
        group="session",
        label="Earlier events of the session on another device",
        unit="events",
        measure=device_location_mismatch,
        counted=on_another_device,
        ramp=(0, 2),
        weight=0.55,
        reason="the session ran on another device before, for {value:.0f} events",
    ),
    Signal(
        name="geo_session_break",
        group="session",
        label="Distance to the session's place before",
        unit="km",
        measure=geo_session_break,
        ramp=(200, 2_000),
        weight=0.25,
        reason="the session goes on {value:,.0f} km from where it was",
    ),
    Signal(
        name="new_asn",
        group="network",
        label="Logins for each network operator so far, on one not familiar",
        unit="logins",
        measure=lambda facts: facts.new_network,
        ramp=(1.0, 6.0),
        weight=0.45,
        reason="a network operator not familiar for the account, which has one for every {value:.1f} logins",
    ),
    Signal(
        name="tor_vpn_proxy",
        group="network",
        label="Comes through Tor or a VPN; less the share of the account's logins that do",
        unit="",
        measure=lambda facts: facts.through("vpn", "tor"),
        ramp=(0.5, 1.0),
        weight=0.55,
        reason="a VPN or Tor, unlike {value:.0%} of the account's logins",
    ),
    Signal(
        name="ip_velocity",
        group="crowd",
        label="Other accounts that failed to log in from this address in an hour",
        unit="accounts",
        measure=ip_velocity,
        counted=who_failed,
        ramp=(0, 4),
        weight=0.65,
        reason="{value:.0f} other accounts failed to log in from this address in an hour",
    ),
    Signal(
        name="residential_vs_datacenter",
        group="network",
        label="Comes from a data centre; less the share of the account's logins that do",
        unit="",
        measure=lambda facts: facts.through("hosting"),
        ramp=(0.5, 1.0),
        weight=0.65,
        reason="a data centre, unlike {value:.0%} of the account's logins",
    ),
)
