"""Network addresses of the simulated world: homes, offices, mobile gateways, hotels, VPN exits, data centres.

Genuine users and attackers draw from the same operators.  What a provider of address data says is imperfect, as in
life: a fifth of addresses has no kind, VPN exits often pass for plain hosting, a mobile gateway may stand in another
city of the country, and one in fifty has no coordinates.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from riskcore.scenarios.identity.event import NETWORKS
from riskcore.scenarios.identity.simulation.world import CITIES, COUNTRY, LAT, LON

Ints = NDArray[np.int64]

RESIDENTIAL, BUSINESS, MOBILE, HOSTING, VPN, TOR = (
    NETWORKS.index(k) for k in ("residential", "business", "mobile", "hosting", "vpn", "tor")
)
OPERATORS = np.array([0.4, 0.25, 0.15, 0.12, 0.08])  # market shares of a country's operators
CARRIERS = np.array([0.45, 0.35, 0.2])
CENTRES, VPNS = 14, 6  # operators of data centres and of VPNs in the world
KIND_UNTOLD = 0.2  # of addresses; providers do not know every one
VPN_AS_HOSTING = 0.3  # of VPN exits
HUB_ELSEWHERE = 0.15  # of mobile gateways geolocate to another city of the country
NO_PLACE = 0.02  # of addresses have no coordinates
SPREAD_DEG = 0.05  # about 5 km between addresses of one city
IPV6 = 0.15

_COUNTRIES = sorted(set(COUNTRY))
_COUNTRY_OF = np.array([_COUNTRIES.index(c) for c in COUNTRY])  # (cities,)
_MOBILE_AT = len(_COUNTRIES) * len(OPERATORS)
_CENTRE_AT = _MOBILE_AT + len(_COUNTRIES) * len(CARRIERS)
_VPN_AT = _CENTRE_AT + CENTRES
N_OPERATORS = _VPN_AT + VPNS


@dataclass(frozen=True)
class Addresses:
    """Every address (a,): where it seems to be, what it is said to be, whose it is."""

    city: Ints
    told: Ints  # place in NETWORKS by what the provider says, -1 for nothing
    operator: Ints
    lat: NDArray[np.float64]  # NaN where the place is not known
    lon: NDArray[np.float64]


@dataclass
class AddressBook:
    """Hands out new addresses; `close` gives them all."""

    rng: np.random.Generator
    parts: list[Addresses] = field(default_factory=list)
    n: int = 0

    def add(self, kind: int, city: Ints, operator: Ints | None = None) -> Ints:
        """Numbers of new addresses, one in each given city."""
        rng, k = self.rng, len(city)
        if operator is None:
            operator = draw_operators(rng, kind, city)
        seen = _elsewhere(rng, city) if kind == MOBILE else city
        told = np.full(k, kind)
        if kind == VPN:
            told[rng.random(k) < VPN_AS_HOSTING] = HOSTING
        told[rng.random(k) < KIND_UNTOLD] = -1
        unplaced = np.where(rng.random(k) < NO_PLACE, np.nan, 0.0)
        lat = np.round(LAT[seen] + rng.normal(0, SPREAD_DEG, k) + unplaced, 2)
        lon = np.round(LON[seen] + rng.normal(0, SPREAD_DEG, k) + unplaced, 2)
        self.parts.append(Addresses(seen, told, operator, lat, lon))
        self.n += k
        return np.arange(self.n - k, self.n)

    def close(self) -> Addresses:
        """All addresses so far, number i in place i."""
        names = ("city", "told", "operator", "lat", "lon")
        return Addresses(*(np.concatenate([getattr(p, name) for p in self.parts]) for name in names))


def draw_operators(rng: np.random.Generator, kind: int, city: Ints) -> Ints:
    """An operator for each address; homes, offices and phones have those of their country."""
    k = len(city)
    if kind == MOBILE:
        return np.asarray(_MOBILE_AT + _COUNTRY_OF[city] * len(CARRIERS) + rng.choice(len(CARRIERS), k, p=CARRIERS))
    if kind in (HOSTING, TOR):
        return _CENTRE_AT + rng.integers(0, CENTRES, k)
    if kind == VPN:
        return _VPN_AT + rng.integers(0, VPNS, k)
    return np.asarray(_COUNTRY_OF[city] * len(OPERATORS) + rng.choice(len(OPERATORS), k, p=OPERATORS))


def _elsewhere(rng: np.random.Generator, city: Ints) -> Ints:
    """The cities, some exchanged for any city of the same country."""
    moved = rng.random(len(city)) < HUB_ELSEWHERE
    return np.where(moved, same_country(rng, city), city)


def same_country(rng: np.random.Generator, city: Ints) -> Ints:
    """A city of the same country as each given one, by chance that one itself."""
    order = np.argsort(_COUNTRY_OF, kind="stable")
    first = np.searchsorted(_COUNTRY_OF[order], _COUNTRY_OF[city])
    count = np.bincount(_COUNTRY_OF)[_COUNTRY_OF[city]]
    return np.asarray(order[first + (rng.random(len(city)) * count).astype(np.int64)])


@dataclass(frozen=True)
class Pool:
    """Shared addresses grouped by city, `per_city` each: mobile gateways, hotels and cafés."""

    ids: Ints  # (cities, per_city)

    def draw(self, rng: np.random.Generator, city: Ints) -> Ints:
        """An address of each given city."""
        return np.asarray(self.ids[city, rng.integers(0, self.ids.shape[1], len(city))])


def open_pool(book: AddressBook, kind: int, per_city: int) -> Pool:
    """`per_city` addresses of one kind in every city."""
    city = np.repeat(np.arange(len(CITIES)), per_city)
    return Pool(book.add(kind, city).reshape(len(CITIES), per_city))


def write_addresses(rng: np.random.Generator, n: int) -> NDArray[np.object_]:
    """n different addresses as text, drawn from one pool: nothing but sameness can be read from them."""
    four = np.unique(rng.integers(1 << 24, 223 << 24, n + n // 50 + 10))
    four = rng.permutation(four)[:n]
    said = [f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}" for a in four.tolist()]
    six = rng.random(n) < IPV6
    words = rng.integers(0, 1 << 16, (int(six.sum()), 3))
    for place, (a, b, c) in zip(np.flatnonzero(six).tolist(), words.tolist(), strict=True):
        said[place] = f"2a{place >> 16:02x}:{place & 65535:x}:{a:x}:{b:x}::{c:x}"
    return np.array(said, dtype=object)
