"""What several signals ask about an event's past, each measured once.

Masks are over all rows (m,) of history and events; everything else answers for the n events.  Familiarity is earned: a
device, network or country is familiar to a user after two logins that went through, the first at least a day ago, so
that one takeover does not make the attacker's own familiar.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.asof import AsOf, Key, Mask
from riskcore.core.geo import great_circle_km

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]  # positions in the table of history and events

USER = "user_id"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOOKBACK = timedelta(days=90)
ENOUGH = 2  # logins after which a thing is familiar
HALF_FAMILIAR = 0.3  # of the surprise remains after one login a day ago
JOURNEY = 2 * DAY  # whoever was elsewhere longer ago may have gone by any means
COARSE_KM = 150.0  # addresses are placed by city, and a city's may stand in the next one
STAYS_STRANGE = HOUR  # after a jump of place, what follows is still done by whoever jumped
ENTRIES = ("login_success", "oauth_login_success", "passkey_auth_success", "magic_link_success")
FAILURES = ("login_failure", "oauth_login_failure", "passkey_auth_failure")
RECOVERIES = (
    "recovery_requested", "recovery_success", "recovery_failure",
    "password_reset_requested", "password_reset_success", "password_reset_failure",
)  # fmt: skip
REMOTE = ("hosting", "vpn", "tor")  # networks whose place is not the user's


@dataclass(frozen=True)
class Past:
    """Earlier events that are counted: whose, how far back, and which; both the number and the events themselves."""

    by: Key
    within: timedelta
    where: "Callable[[Facts], Mask]"

    def count(self, facts: "Facts") -> Floats:
        """How many (n,)."""
        return facts.asof.count(self.by, self.within, self.where(facts)).astype(np.float64)

    def rows(self, facts: "Facts", event: int) -> NDArray[np.integer]:
        """Which ones, for one event, as positions in the table."""
        return facts.asof.counted(event, self.by, self.within, self.where(facts))


class Jump(NamedTuple):
    """How each row (m,) lies to the user's placed row before it; NaN where either has no place of its own."""

    km: Floats
    kmh: Floats


class Facts:
    """Facts of n events, given all that was known before each."""

    def __init__(self, events: pd.DataFrame, history: pd.DataFrame | None = None) -> None:
        self.asof = AsOf(events, history, lookback=LOOKBACK)

    def is_a(self, *types: str) -> Mask:
        """Which events (n,) are of one of these types."""
        return np.asarray(self.now(self.among(*types)))

    def now(self, values: Any) -> Any:
        """The events' part (n,) of an array over all rows."""
        return self.asof.of_events(values)

    def given(self, *names: str) -> Mask:
        """Which events (n,) have all these columns filled."""
        return np.asarray(self.now(self.asof.given(*names)))

    @cached_property
    def accepted(self) -> Mask:
        """Rows (m,) in which somebody got in."""
        return np.asarray(self.among(*ENTRIES) & (self.asof["success"] == 1))

    @cached_property
    def failed(self) -> Mask:
        """Rows (m,) in which somebody did not get in."""
        return self.among(*FAILURES)

    @cached_property
    def recovering(self) -> Mask:
        """Rows (m,) of a recovery or a reset of the password."""
        return self.among(*RECOVERIES)

    @cached_property
    def logins(self) -> NDArray[np.int64]:
        """How often the user got in before (n,)."""
        return self.asof.count(USER, where=self.accepted)

    @cached_property
    def known(self) -> Mask:
        """Whether the user (n,) is known long enough for anything to be familiar."""
        return self.asof.seen(USER, self.accepted, ENOUGH, DAY)

    def familiar(self, what: str) -> Mask:
        """Whether this value of `what` is familiar to the user (n,)."""
        return self.asof.seen((USER, what), self.accepted, ENOUGH, DAY)

    def novelty(self, what: str) -> Floats:
        """Logins (n,) for each different `what` that the user had, where this one is not familiar.

        Less where it went through once, a day ago; 0 where it is; NaN for users of whom nothing can be familiar yet and
        where the event does not tell it.  Who changes often has few logins for each: another change says little.
        """
        logins = self.asof.count(USER, where=self.accepted & self.asof.given(what))
        different = self.asof.nunique(what, USER, where=self.accepted)
        value = (logins + 1) / (different + 0.5)
        value[self.asof.seen((USER, what), self.accepted, older_than=DAY)] *= HALF_FAMILIAR
        value[self.familiar(what)] = 0.0
        value[~(self.known & self.given(what))] = np.nan
        return value

    @cached_property
    def new_device(self) -> Floats:
        return self.novelty("device_hash")

    @cached_property
    def new_network(self) -> Floats:
        return self.novelty("asn")

    @cached_property
    def new_country(self) -> Floats:
        return self.novelty("country")

    def share(self, what: str) -> Floats:
        """Share (n,) of the user's earlier logins with this value of `what`, smoothed by half a login."""
        same = self.asof.count((USER, what), where=self.accepted)
        value = (same + 0.5) / (self.logins + 1.0)
        value[~(self.known & self.given(what))] = np.nan
        return value

    def among(self, *types: str) -> Mask:
        """Rows (m,) of one of these types of event."""
        return self.asof.among("event_type", *types)

    @cached_property
    def failures_half_hour(self) -> Floats:
        return FAILED_HALF_HOUR.count(self)

    def through(self, *kinds: str) -> Floats:
        """1 less the share of the user's logins through such networks (n,) where the event comes through one, else 0.

        The share is smoothed by half a login, so that it is one half where nothing is known.  NaN where the kind of
        network is not told.
        """
        such = self.asof.among("network_kind", *kinds)
        usual = (self.asof.count(USER, where=self.accepted & such) + 0.5) / (self.logins + 1.0)
        value = np.where(self.now(such), 1 - usual, 0.0)
        value[~self.given("network_kind")] = np.nan
        return value

    def accounts(self, by: str, within: timedelta, where: Mask | None = None) -> NDArray[np.int64]:
        """Other accounts (n,) met on the same device or address."""
        own = self.asof.count((USER, by), within, where) > 0
        return self.asof.nunique(USER, by, within, where) - own

    def latest_of_each(self, event: int, what: str, by: Key, within: timedelta, where: Mask | None = None) -> Rows:
        """Rows of earlier events, oldest first: the latest with each different `what` that `nunique` counted."""
        rows = self.asof.counted(event, by, within, where)
        values = pd.Series(np.asarray(self.asof[what])[rows], dtype=object)
        return np.asarray(rows[(values.notna() & ~values.duplicated(keep="last")).to_numpy()])

    def others(self, event: int, by: str, within: timedelta, where: Mask | None = None) -> Rows:
        """Rows of earlier events: the latest of each of the other accounts that `accounts` counted for one event."""
        rows = self.latest_of_each(event, USER, by, within, where)
        users = np.asarray(self.asof[USER])
        return np.asarray(rows[users[rows] != self.now(users)[event]])

    @cached_property
    def placed(self) -> Mask:
        """Rows (m,) whose place is the user's, not that of a network which carries somebody else's."""
        return np.asarray(self.asof.given("lat_coarse", "lon_coarse") & ~self.asof.among("network_kind", *REMOTE))

    @cached_property
    def jumps(self) -> Jump:
        """Distances and speeds of all rows (m,) from the user's latest placed row within two days.

        Networks that carry somebody else's place are left out, and so are changes within a country where one end is a
        mobile network, whose gateway may stand anywhere in it.
        """
        asof = self.asof
        before = asof.everywhere.latest(USER, JOURNEY, self.placed)
        km = self.distance(before, self.placed)
        mobile = asof.among("network_kind", "mobile")
        country = asof["country"].codes
        km[(km > 0) & (country[before] == country) & (mobile[before] | mobile)] = 0.0
        hours = (asof.times - asof.times[before]) / np.timedelta64(1, "h")
        kmh = np.maximum(km - COARSE_KM, 0) / np.maximum(hours, 1 / 60)
        kmh[np.isnan(km)] = np.nan
        return Jump(km, kmh)

    def distance(self, before: NDArray[np.int64], placed: Mask) -> Floats:
        """Distance (m,) from another row, NaN where there is none or a row has no place."""
        lat, lon = self.asof["lat_coarse"], self.asof["lon_coarse"]
        pair = placed & (before >= 0)
        km = np.where(pair, 0.0, np.nan)
        moved = np.flatnonzero(pair & ((lat != lat[before]) | (lon != lon[before])))  # most have not: spare the sines
        at = before[moved]
        km[moved] = great_circle_km(lat[at], lon[at], lat[moved], lon[moved])
        return km

    @cached_property
    def speed(self) -> Floats:
        """km/h (n,) of the greater of two jumps: the event's own, and the user's latest one within an hour before."""
        kmh = self.jumps.kmh
        latest = self.asof.latest(USER, STAYS_STRANGE, kmh > 0)
        return np.asarray(np.fmax(self.now(kmh), np.where(latest >= 0, kmh[latest], np.nan)))


FAILED_HALF_HOUR = Past(USER, 30 * MINUTE, lambda facts: facts.failed)
