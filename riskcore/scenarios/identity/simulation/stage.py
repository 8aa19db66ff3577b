"""What attackers have: victims to choose from, networks, devices, accounts of their own, and how well they hide.

*Stealth* runs from 0 (crude) to 1 (careful).  Each trace is hidden or not by itself, with a chance that grows with
stealth, so that careful attacks still leave some and crude ones not all.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from riskcore.scenarios.identity.simulation.devices import DeviceBook, draw_models
from riskcore.scenarios.identity.simulation.habits import Visits
from riskcore.scenarios.identity.simulation.networks import (
    RESIDENTIAL,
    AddressBook,
    Ints,
    same_country,
)
from riskcore.scenarios.identity.simulation.people import Flags, Floats, People, Places
from riskcore.scenarios.identity.simulation.steps import KINDS_OF_ACTION, Steps
from riskcore.scenarios.identity.simulation.world import CITIES, DAY, SHARE

SAME_CITY = 0.65  # of residential proxies near the victim; the others in the same country
CLONED = 0.35  # at full stealth: a stolen session or fingerprint makes the device look like the victim's own
SCRIPTS = 0.35  # of crude attackers who do not care what the device says
CLOSE_H = 1.0  # h around the victim's own hour
LOOT, LOOT_SPREAD = 5.3, 1.0  # mean and spread of the log value (USD) that crude attackers take: about 200
INSIDE = 0.35  # at full stealth: they act through malware on the victim's own machine


@dataclass(frozen=True)
class Deed:
    """Visits and steps of some attacks, and which attack each visit belongs to."""

    visits: Visits
    steps: Steps
    attack: Ints


@dataclass(frozen=True)
class Accounts:
    """Accounts that attackers opened for themselves, (a,)."""

    created: Floats
    tenant: Ints
    mail: Ints


@dataclass
class Stage:
    """Hands out what attacks need."""

    rng: np.random.Generator
    people: People
    places: Places
    genuine: Visits
    addresses: AddressBook
    devices: DeviceBook
    span: float  # s
    sessions: int  # the next free number
    passkeys: int
    accounts: list[Accounts] = field(default_factory=list)

    def hides(self, stealth: Floats, most: float = 1.0) -> Flags:
        """Which of the attackers hide one trace; `most` is the chance at full stealth."""
        return self.rng.random(len(stealth)) < most * stealth

    def victims(self, n: int) -> Ints:
        """Places of n genuine visits; who comes often is met often."""
        return self.rng.integers(0, self.genuine.n, n)

    def homes(self, like: Ints) -> Ints:
        """Cities where the victims live, as leaked lists tell."""
        return self.people.home[self.genuine.user[like]]

    def when(self, like: Ints, stealth: Floats, phase: Floats) -> Floats:
        """Moments around `phase` (share of the whole time), at the victim's own hour where that is hidden."""
        opened = np.maximum(self.people.created[self.genuine.user[like]], 0)
        day = np.floor((opened + phase * (self.span - opened)) / DAY) * DAY
        n = len(like)
        own = self.genuine.start[like] % DAY + self.rng.normal(0, CLOSE_H * 3600, n)
        clock = np.where(self.hides(stealth), own, self.rng.uniform(0, DAY, n))
        return np.asarray(np.maximum(day + clock, opened + 1800 + self.rng.exponential(DAY / 4, n)))

    def networks(self, city: Ints, stealth: Floats) -> Ints:
        """Addresses: a proxy in some home near the city, or servers, VPNs and relays anywhere."""
        rng, n = self.rng, len(city)
        near = np.where(rng.random(n) < SAME_CITY, city, same_country(rng, city))
        away = rng.choice(len(CITIES), n, p=SHARE)
        hidden = self.hides(stealth)
        home = hidden | (rng.random(n) < 0.15)
        address = np.empty(n, dtype=np.int64)
        address[home] = self.addresses.add(RESIDENTIAL, np.where(hidden, near, away)[home])
        others = [rng.choice(pool, n) for pool in (self.places.servers, self.places.exits, self.places.relays)]
        drawn = np.choose(rng.choice(3, n, p=(0.45, 0.45, 0.1)), others)
        return np.where(home, address, drawn)

    def gadgets(self, like: Ints, stealth: Floats, scripts: float = 0.0) -> Ints:
        """Devices: rarely the victim's own cloned, else one of the same model or any."""
        rng, n = self.rng, len(like)
        model = np.where(rng.random(n) < 0.3, draw_models(rng, "mobile", n), draw_models(rng, "desktop", n))
        model = np.where(rng.random(n) < scripts * (1 - stealth), draw_models(rng, "bot", n), model)
        own = self.genuine.device[like]
        model = np.where(self.hides(stealth), self.devices.model_of(own), model)
        return np.where(self.hides(stealth**2, CLONED), own, self.devices.add(model))

    def means(self, like: Ints, stealth: Floats, scripts: float = 0.0) -> tuple[Ints, Ints]:
        """Devices and addresses: the attackers' own, or both the victim's where they are inside its machine."""
        device, address = self.gadgets(like, stealth, scripts), self.networks(self.homes(like), stealth)
        inside = self.hides(stealth**2, INSIDE)
        genuine = self.genuine
        return np.where(inside, genuine.device[like], device), np.where(inside, genuine.address[like], address)

    def open_accounts(self, created: Floats, mail: Ints) -> Ints:
        """Numbers of new accounts, after those of people."""
        first = self.people.n + sum(len(a.created) for a in self.accounts)
        tenant = self.people.tenant[self.rng.integers(0, self.people.n, len(created))]
        self.accounts.append(Accounts(created, tenant, mail))
        return first + np.arange(len(created))

    def enter(self, user: Ints, start: Floats, device: Ints, address: Ints, session: Ints | None = None) -> Visits:
        """Visits of attackers, each with a session of its own unless told."""
        if session is None:
            session = self.sessions + np.arange(len(user))
            self.sessions += len(user)
        no = np.zeros(len(user), dtype=bool)
        none = np.full(len(user), -1)
        return Visits(
            user=user,
            start=start,
            device=device,
            address=address,
            session=session,
            fresh=no,
            first=no,
            home=no,
            after=none,
            action=none,
            value=np.full(len(user), np.nan),
        )

    def loot(self, visits: Visits, like: Ints, stealth: Floats, chance: Any) -> Visits:
        """The visits, some of them for an action of value: nearer to what a victim spends the more careful they are."""
        rng, n = self.rng, visits.n
        valued = rng.random(n) < chance
        action = rng.choice(KINDS_OF_ACTION, n, p=(0.3, 0.3, 0.3, 0.1))
        usual = self.people.spend[self.genuine.user[like]]
        value = np.exp(rng.normal(np.where(self.hides(stealth), usual + 0.4, LOOT), LOOT_SPREAD))
        return replace(visits, action=np.where(valued, action, -1), value=np.where(valued, np.round(value, 2), np.nan))

    def make_passkeys(self, n: int) -> Ints:
        """Numbers of new authenticators."""
        self.passkeys += n
        return np.arange(self.passkeys - n, self.passkeys)
