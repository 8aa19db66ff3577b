"""When, where and with what people come: visits drawn from their habits."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from riskcore.scenarios.identity.simulation.devices import DeviceBook
from riskcore.scenarios.identity.simulation.networks import Ints
from riskcore.scenarios.identity.simulation.people import EARLY, SCRIPT, Flags, Floats, People, Places
from riskcore.scenarios.identity.simulation.steps import KINDS_OF_ACTION
from riskcore.scenarios.identity.simulation.world import DAY, offset_at

LATE_NIGHT = 0.02  # of visits at any hour whatever the habit
FRESH = 0.035  # of visits: cookies cleared, private window, another browser, someone else's machine
GOES_ON = 0.25  # of visits: the session is used again later, often from another network
ANEW = 0.3  # of those: by another login
POLLS = 0.8  # of visits of scripts are followed by another one soon
CLEARED = 0.06  # of those: the browser was updated or cleared in between and seems another device
PRIVATE_FRESH = 0.6  # of visits of users who hide
WEEKEND = (0.35, 0.9, 0.9, 1.0, 1.0)  # how busy Saturdays and Sundays are, by rhythm
AT_OFFICE = 0.65  # of visits in working hours of those who have one
MOBILE_SHARE = 0.4  # of visits by phone go through the carrier
PUBLIC = 0.05  # of visits from a café
ROAMING = 0.2  # of visits on a trip go through the carrier at home
FAMILY = 0.3  # of visits to a shared account are of another person of the household
FAVOURITE_EXIT = 0.7
OF_VALUE = 0.13
SPEND_SPREAD = 0.9  # of log value around the user's own
ONION = 0.4  # of hidden visits of users who hide go through Tor
# Hours by rhythm: shares of morning, working day, evening and night, whose means and spreads follow.
HOURS = np.array([[0.14, 0.62, 0.22, 0.02], [0.15, 0.3, 0.53, 0.02], [0.02, 0.2, 0.38, 0.4], [0.25, 0.25, 0.25, 0.25]])
PEAKS, SPREADS = np.array([7.6, 13.2, 20.3, 25.0]), np.array([0.9, 2.6, 1.7, 2.0])  # h, local time
START = datetime(2026, 3, 2)


@dataclass(frozen=True)
class Visits:
    """One attempt to use an account each, (v,): who, when (s from the start), with what, from where."""

    user: Ints
    start: Floats
    device: Ints
    address: Ints
    session: Ints
    fresh: Flags  # the service has not seen this device with this user
    first: Flags  # the first one after opening the account
    home: Flags  # the user is where the user lives
    after: Ints  # the visit whose session goes on here, -1 for none
    action: Ints  # place in ACTIONS of what the visit is for, -1 for nothing of value
    value: Floats  # USD, NaN for none

    @property
    def n(self) -> int:
        return len(self.user)

    def take(self, rows: Ints) -> "Visits":
        """Some of the visits, in the given order."""
        return Visits(**{k: v[rows] for k, v in vars(self).items()})


def join_visits(parts: list[Visits]) -> Visits:
    """Visits one part after another."""
    return Visits(**{k: np.concatenate([getattr(p, k) for p in parts]) for k in vars(parts[0])})


@dataclass(frozen=True)
class _Coming:
    """Who comes (v,), when, where the user is, and with which of the user's devices."""

    user: Ints
    start: Floats  # s
    city: Ints
    local: Floats  # s of the week there
    away: Flags  # on a trip
    slot: Ints  # place in People.device

    def later(self, rows: Ints, wait: Floats) -> "_Coming":
        """Some of them again, seconds later."""
        same = _Coming(**{k: v[rows] for k, v in vars(self).items()})
        return replace(same, start=same.start + wait, local=same.local + wait)


def come(
    rng: np.random.Generator,
    people: People,
    places: Places,
    user: Ints,
    days: int,
    devices: DeviceBook,
    first: Flags,
) -> Visits:
    """One visit of each given user, and the later ones of those who go on; those marked `first` come right after
    opening the account."""
    start, city, local, away = _when(rng, people, user, days, first)
    slot, device = _with_what(rng, people, user, start)
    coming = _Coming(user, start, city, local, away, slot)
    address = _from_where(rng, people, places, coming)
    fresh = rng.random(len(user)) < np.where(people.private[user], PRIVATE_FRESH, FRESH)
    fresh &= ~people.scripted[user]
    device[fresh] = devices.add(devices.model_of(device[fresh]))
    action, value = _what_for(rng, people, user)
    visits = Visits(
        user=user,
        start=start,
        device=device,
        address=address,
        session=np.arange(len(user)),
        fresh=fresh | first,
        first=first,
        home=~away,
        after=np.full(len(user), -1),
        action=action,
        value=value,
    )
    return join_visits([visits, _go_on(rng, people, places, visits, coming, devices)])


def _go_on(
    rng: np.random.Generator, people: People, places: Places, visits: Visits, coming: _Coming, devices: DeviceBook
) -> Visits:
    """Later visits in the sessions of some, often from another network; some log in anew."""
    user, v = visits.user, visits.n
    script = people.scripted[user]
    on = np.flatnonzero(rng.random(v) < np.where(script, POLLS, GOES_ON))
    wait = rng.uniform(2 * 60, 75 * 60, len(on))
    address = _from_where(rng, people, places, coming.later(on, wait))
    action, value = _what_for(rng, people, user[on])
    anew = script[on] | (rng.random(len(on)) < ANEW)
    no = np.zeros(len(on), dtype=bool)
    later = replace(
        visits.take(on),
        start=visits.start[on] + wait,
        address=address,
        session=np.where(anew, v + np.arange(len(on)), on),
        first=no,
        fresh=no,
        after=np.where(anew, -1, on),
        action=action,
        value=value,
    )
    cleared = ~script[on] & (rng.random(len(on)) < CLEARED)
    later.device[cleared] = devices.add(devices.model_of(later.device[cleared]))
    return later


def _what_for(rng: np.random.Generator, people: People, user: Ints) -> tuple[Ints, Floats]:
    """The action of value that a visit leads to, and its value in USD."""
    v = len(user)
    valued = (rng.random(v) < OF_VALUE) & ~people.scripted[user]
    action = rng.choice(KINDS_OF_ACTION, v, p=(0.55, 0.25, 0.17, 0.03))
    value = np.exp(rng.normal(people.spend[user], SPEND_SPREAD))
    return np.where(valued, action, -1), np.where(valued, np.round(value, 2), np.nan)


def _when(
    rng: np.random.Generator, people: People, user: Ints, days: int, first: Flags
) -> tuple[Floats, Ints, Floats, Flags]:
    """Moment, city, local second of the week, and whether on a trip; nobody is anywhere while travelling."""
    v, span = len(user), days * DAY
    opened = people.created[user]
    rhythm = people.rhythm[user]
    begin = np.maximum(opened, 0) // DAY
    day = begin + np.floor(rng.random(v) * (days - begin))
    weekend = (day % 7 >= 5) & (rng.random(v) > np.array(WEEKEND)[rhythm])
    day = np.where(weekend & (day >= begin + 5), day - rng.integers(2, 6, v), day)
    clock = day * DAY + _hours(rng, rhythm) * 3600
    city = people.home[user]
    start = clock - offset_at(START, days, city, clock)
    start = np.where(first, opened + rng.uniform(5, 90, v), start)
    late = np.maximum(opened, 0)
    start = np.where((start < late) | (start >= span), late + rng.random(v) * (span - late), start)
    start, city, away = _on_the_way(rng, people, user, start, clock, days)
    start = np.maximum(start, opened + 5)
    local = np.asarray(start + offset_at(START, days, city, start), dtype=np.float64)
    return start, city, local, away


def _hours(rng: np.random.Generator, rhythm: Ints) -> Floats:
    v = len(rhythm)
    part = (rng.random(v)[:, None] > np.cumsum(HOURS, axis=1)[np.minimum(rhythm, len(HOURS) - 1)][:, :-1]).sum(axis=1)
    hour = rng.normal(PEAKS[part], SPREADS[part])
    anytime = (rng.random(v) < LATE_NIGHT) | (rhythm == SCRIPT)
    return np.asarray(np.where(anytime, rng.uniform(0, 24, v), hour % 24))


def _on_the_way(
    rng: np.random.Generator, people: People, user: Ints, start: Floats, clock: Floats, days: int
) -> tuple[Floats, Ints, Flags]:
    """Who is on a trip lives by the clock there; who is in the air comes after landing."""
    city, away = people.home[user].copy(), np.zeros(len(user), dtype=bool)
    trips = people.trips
    for k in range(2):
        leave, arrive, turn, back = (getattr(trips, name)[user, k] for name in ("leave", "arrive", "turn", "back"))
        out = np.flatnonzero((start >= leave - EARLY) & (start < turn - EARLY))
        there = trips.city[user[out], k]
        moved = clock[out] - offset_at(START, days, there, clock[out])
        landed = arrive[out] + rng.exponential(3600, len(out))
        moved = np.where((moved < arrive[out]) | (moved >= turn[out] - EARLY), landed, moved)
        moved = np.minimum(moved, turn[out] - EARLY)
        homeward = np.flatnonzero((start >= turn - EARLY) & (start < back))
        start[homeward] = back[homeward] + rng.exponential(2 * 3600, len(homeward))
        start[out], city[out], away[out] = moved, there, True
    return start, city, away


def _with_what(rng: np.random.Generator, people: People, user: Ints, start: Floats) -> tuple[Ints, Ints]:
    """Slot and number of the device: phone, laptop or tablet, or one of the household where the account is shared."""
    draw = rng.random(len(user))
    owner = user.copy()
    shared = np.flatnonzero(people.shares[user] & (rng.random(len(user)) < FAMILY))
    beside = np.clip(user[shared] + rng.choice([-1, 1], len(shared)), 0, people.n - 1)
    same = people.household[beside] == people.household[user[shared]]
    owner[shared[same]] = beside[same]
    slot = np.where(draw < 0.5, 0, np.where(draw < 0.9, 1, 2))
    slot = np.where(people.device[owner, slot] < 0, 0, slot)
    slot = np.where((slot == 0) & (start >= people.replaced[owner]), 3, slot)
    return slot, people.device[owner, slot]


def _from_where(rng: np.random.Generator, people: People, places: Places, coming: _Coming) -> Ints:
    """Addresses (v,): at home, at the office, in a café or hotel, by phone, and whatever hides them."""
    user, away, v = coming.user, coming.away, len(coming.user)
    hour, weekday = coming.local % DAY / 3600, coming.local // DAY % 7
    address = people.address[user, (coming.start >= people.moved[user]).astype(np.int64)]
    office = people.office[user]
    working = (weekday < 5) & (hour >= 8.5) & (hour < 18) & (office >= 0) & (rng.random(v) < AT_OFFICE)
    address = np.where(working & ~away, office, address)
    script = people.scripted[user]
    out = (away | (rng.random(v) < PUBLIC)) & ~script
    address = np.where(out, places.wifi.draw(rng, coming.city), address)
    phone = (coming.slot % 3 == 0) & ~script
    carrier = phone & (rng.random(v) < np.where(away, ROAMING, MOBILE_SHARE))
    address = np.where(carrier, places.mobile.draw(rng, people.home[user]), address)
    hidden = rng.random(v) < people.vpn[user]
    usual = np.where(rng.random(v) < FAVOURITE_EXIT, people.exit[user], rng.choice(places.exits, v))
    usual = np.where(people.private[user] & (rng.random(v) < ONION), rng.choice(places.relays, v), usual)
    return np.where(hidden, usual, address)
