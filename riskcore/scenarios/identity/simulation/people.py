"""The people of the simulated world: home, work, devices, habits, trips.

Shares below are of users unless said otherwise.  They are set so that every honest oddity that trips a rule is common
enough to be counted (hard negatives), at rates that published surveys of workplaces and consumers make plausible; none
depends on the country.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcore.scenarios.identity.event import CHALLENGES
from riskcore.scenarios.identity.simulation.devices import DeviceBook, draw_models
from riskcore.scenarios.identity.simulation.networks import (
    BUSINESS,
    HOSTING,
    MOBILE,
    RESIDENTIAL,
    TOR,
    VPN,
    AddressBook,
    Ints,
    Pool,
    open_pool,
)
from riskcore.scenarios.identity.simulation.world import CITIES, DAY, SHARE, distances

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TENANTS = (0.5, 0.25, 0.15, 0.07, 0.03)  # shares of users
METHODS = (0.55, 0.25, 0.13, 0.07)  # usual way in: password, passkey, oauth, magic link
HOUSEHOLDS = (0.35, 0.35, 0.18, 0.12)  # of 1, 2, 3, 4 users: they share an address, some a tablet
WITH_OFFICE = 0.5
COLLEAGUES = 12  # users behind one office address, on average
CLOUD_OFFICE = 0.08  # of offices leave through a data centre
WITH_LAPTOP, WITH_TABLET, SHARED_TABLET = 0.8, 0.2, 0.4
VPN_USERS, VPN_SOMETIMES = 0.07, 0.12  # use one half the time, one visit in fifteen
PRIVATE = 0.04  # wipe or hide what makes a device known, most of the time
FAMILY_SHARING = 0.04  # let another of the household use the account on a device of their own
NEW_PHONE = 0.12  # in 60 days
NEW_HOME_ADDRESS = 0.4  # of households, in 60 days: routers restart, contracts change
TRAVELLERS = 0.3  # in 60 days, half of them twice
NEARBY_KM = 900.0  # typical length of a trip
SCRIPTED = 0.004  # accounts of monitoring and integrations, from one machine in a data centre
OPENED_WITHIN = 0.2  # accounts opened during the 60 days
WITH_MFA = 0.55
MFA_TYPES = {"push": 0.4, "totp": 0.3, "sms": 0.2, "email": 0.1}
OFFICE_HOURS, NIGHT_OWL, SHIFTS = 0.62, 0.08, 0.08  # the rest lives mostly in the evening
AIRLINER_KMH, AIRPORT_H = 750.0, 3.5  # door to door: ground speed and time before and after
EARLY = 3 * 3600.0  # s before leaving within which no session begins: it would outlive the departure
SIXTY_DAYS = 60 * DAY
NEVER = 1e12  # s
SCRIPT = 4  # the rhythm of accounts that no person uses


@dataclass(frozen=True)
class Trips:
    """Up to two trips (u, 2) of each user, in seconds from the start; a trip that is not made leaves at `NEVER`."""

    leave: Floats
    arrive: Floats  # at the destination
    turn: Floats  # leaves for home
    back: Floats  # is home again
    city: Ints


@dataclass(frozen=True)
class People:
    """Every account (u,) and the person behind it."""

    home: Ints  # city
    household: Ints
    office: Ints  # address, -1 for none
    tenant: Ints
    mail: Ints  # domain
    created: Floats  # s from the start, below 0 for older accounts
    method: Ints  # place in AUTH_METHODS
    mfa: Ints  # place in CHALLENGES, -1 for none
    rhythm: Ints  # 0 office hours, 1 evening, 2 night owl, 3 shifts, SCRIPT
    activity: Floats  # relative number of visits
    spend: Floats  # log of the usual value of an action, USD
    vpn: Floats  # chance of a visit through a VPN
    exit: Ints  # usual VPN exit, an address
    private: Flags
    shares: Flags  # the account with the household
    address: Ints  # (u, 2) before and after `moved`: address at home, or of the script
    moved: Floats
    device: Ints  # (u, 4): phone, laptop, tablet (or -1), the phone after `replaced`
    replaced: Floats
    passkey: Ints  # number of the authenticator; with the new phone comes the one that is u further
    trips: Trips

    @property
    def n(self) -> int:
        return len(self.home)

    @property
    def scripted(self) -> Flags:
        """Which accounts (u,) are of monitoring and integrations."""
        return np.asarray(self.rhythm == SCRIPT)


@dataclass(frozen=True)
class Places:
    """Addresses that many share."""

    mobile: Pool
    wifi: Pool
    exits: Ints
    relays: Ints
    servers: Ints


def settle(
    rng: np.random.Generator, u: int, span: float, addresses: AddressBook, devices: DeviceBook
) -> tuple[People, Places]:
    """u accounts with homes, offices, devices and habits over `span` seconds."""
    per = span / SIXTY_DAYS
    household = _households(rng, u)
    city = rng.choice(len(CITIES), household[-1] + 1, p=SHARE)
    home = city[household]
    places = _public(addresses, u)
    scripted = rng.random(u) < SCRIPTED
    address = _at_home(rng, city, household, scripted, addresses)
    moves = rng.random(household[-1] + 1) < NEW_HOME_ADDRESS * per
    moved = np.where(moves, rng.uniform(0, span, len(moves)), NEVER)[household]
    private = (rng.random(u) < PRIVATE) & ~scripted
    vpn = np.where(private | (rng.random(u) < VPN_USERS), 0.5, np.where(rng.random(u) < VPN_SOMETIMES, 1 / 15, 0.0))
    people = People(
        home=home,
        household=household,
        office=_offices(rng, home, addresses),
        tenant=rng.choice(len(TENANTS), u, p=TENANTS),
        mail=_mail(rng, u),
        created=_created(rng, u, span),
        method=np.where(scripted, 0, rng.choice(len(METHODS), u, p=METHODS)),
        mfa=np.where(scripted, -1, draw_mfa(rng, u)),
        rhythm=np.where(scripted, SCRIPT, _rhythms(rng, u)),
        activity=np.where(scripted, 4.0, rng.gamma(1.6, 1 / 1.6, u) + 0.1),
        spend=rng.normal(3.6, 0.9, u),
        vpn=np.where(scripted, 0.0, vpn),
        exit=rng.choice(places.exits, u),
        private=private,
        shares=(rng.random(u) < FAMILY_SHARING) & ~scripted,
        address=address,
        moved=moved,
        device=_devices(rng, household, scripted, devices),
        replaced=np.where((rng.random(u) < NEW_PHONE * per) & ~scripted, rng.uniform(0, span, u), NEVER),
        passkey=np.arange(u),
        trips=_trips(rng, home, scripted, span),
    )
    return people, places


def _households(rng: np.random.Generator, u: int) -> Ints:
    sizes = rng.choice(len(HOUSEHOLDS), u, p=HOUSEHOLDS) + 1
    return np.repeat(np.arange(u), sizes)[:u]


def _at_home(rng: np.random.Generator, city: Ints, household: Ints, scripted: Flags, addresses: AddressBook) -> Ints:
    """Addresses (u, 2) before and after a household moves to another; a script's is in a data centre and stays."""
    address = np.column_stack([addresses.add(RESIDENTIAL, city) for _ in range(2)])[household]
    rack = addresses.add(HOSTING, rng.choice(len(CITIES), int(scripted.sum()), p=SHARE))
    address[scripted] = rack[:, None]
    return address


def _public(addresses: AddressBook, u: int) -> Places:
    per_city = max(3, u // (40 * len(CITIES)))
    exits = addresses.rng.choice(len(CITIES), max(24, u // 80), p=SHARE)
    return Places(
        mobile=open_pool(addresses, MOBILE, per_city),
        wifi=open_pool(addresses, BUSINESS, per_city),
        exits=addresses.add(VPN, exits),
        relays=addresses.add(TOR, addresses.rng.choice(len(CITIES), max(12, u // 200), p=SHARE)),
        servers=addresses.add(HOSTING, addresses.rng.choice(len(CITIES), max(60, u // 10), p=SHARE)),
    )


def _offices(rng: np.random.Generator, home: Ints, addresses: AddressBook) -> Ints:
    """Each worker goes to one of the offices of the home city."""
    count = np.maximum(1, np.bincount(home, minlength=len(CITIES)) * WITH_OFFICE // COLLEAGUES).astype(np.int64)
    first = np.cumsum(count) - count
    city = np.repeat(np.arange(len(CITIES)), count)
    office = addresses.add(BUSINESS, city)
    cloud = rng.random(len(city)) < CLOUD_OFFICE
    office[cloud] = addresses.add(HOSTING, rng.choice(len(CITIES), int(cloud.sum()), p=SHARE))
    mine = office[first[home] + (rng.random(len(home)) * count[home]).astype(np.int64)]
    return np.where(rng.random(len(home)) < WITH_OFFICE, mine, -1)


def _mail(rng: np.random.Generator, u: int) -> Ints:
    """Domains by popularity: a few providers and many small ones."""
    return np.asarray(np.minimum(rng.zipf(1.7, u) - 1, 199))


def _created(rng: np.random.Generator, u: int, span: float) -> Floats:
    old = -DAY * np.minimum(rng.lognormal(5.8, 1.1, u), 4000)
    return np.where(rng.random(u) < OPENED_WITHIN * span / SIXTY_DAYS, rng.uniform(0, span, u), old)


def draw_mfa(rng: np.random.Generator, u: int) -> Ints:
    """Second factor of each account as a place in CHALLENGES, -1 for none."""
    kinds = np.array([CHALLENGES.index(k) for k in MFA_TYPES])
    drawn = rng.choice(kinds, u, p=np.array(list(MFA_TYPES.values())))
    return np.where(rng.random(u) < WITH_MFA, drawn, -1)


def _rhythms(rng: np.random.Generator, u: int) -> Ints:
    rest = 1 - OFFICE_HOURS - NIGHT_OWL - SHIFTS
    return rng.choice(4, u, p=(OFFICE_HOURS, rest, NIGHT_OWL, SHIFTS))


def _devices(rng: np.random.Generator, household: Ints, scripted: Flags, devices: DeviceBook) -> Ints:
    u = len(household)
    phone, laptop, after = (devices.add(draw_models(rng, k, u)) for k in ("mobile", "desktop", "mobile"))
    owned = devices.add(draw_models(rng, "tablet", u))
    family = devices.add(draw_models(rng, "tablet", household[-1] + 1))[household]
    tablet = np.where(rng.random(u) < SHARED_TABLET, family, owned)
    device = np.column_stack([phone, laptop, tablet, after])
    device[rng.random(u) >= WITH_LAPTOP, 1] = -1
    device[rng.random(u) >= WITH_TABLET, 2] = -1
    device[scripted] = devices.add(draw_models(rng, "bot", int(scripted.sum())))[:, None]
    return device


def _trips(rng: np.random.Generator, home: Ints, scripted: Flags, span: float) -> Trips:
    """Trips that take the time they take; the second one starts after the first is over."""
    u = len(home)
    share = min(1.0, TRAVELLERS * span / SIXTY_DAYS)
    goes = (rng.random(u) < share) & ~scripted
    made = np.column_stack([goes, goes & (rng.random(u) < 0.5)])
    pull = SHARE[None, :] * np.exp(-distances() / (2 * NEARBY_KM)) + 0.12 * SHARE[None, :]
    np.fill_diagonal(pull, 0)
    reach = np.cumsum(pull / pull.sum(axis=1, keepdims=True), axis=1)
    city = (rng.random((u, 2, 1)) > reach[home][:, None, :]).sum(axis=2).clip(0, len(CITIES) - 1)
    way = (distances()[home[:, None], city] / AIRLINER_KMH + AIRPORT_H) * 3600
    leave, arrive, turn, back = (np.full((u, 2), NEVER) for _ in range(4))
    free = np.full(u, -10.0 * DAY)
    for k in range(2):
        start = np.maximum(free, rng.uniform(-5 * DAY, span, u) if k == 0 else free + rng.uniform(2, 30, u) * DAY)
        stay = DAY * np.minimum(0.5 + rng.exponential(4.0, u), 30)
        leave[:, k] = np.where(made[:, k], start, NEVER)
        arrive[:, k] = leave[:, k] + way[:, k]
        turn[:, k] = arrive[:, k] + stay
        back[:, k] = turn[:, k] + way[:, k]
        free = np.where(made[:, k], back[:, k] + DAY, free)
    return Trips(leave, arrive, turn, back, city)
