"""Steps of visits written out as a table of events, with random words for identifiers and the truth beside it."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskcore.core.labels import Generated, Labels
from riskcore.core.schema import framed
from riskcore.scenarios.identity.event import (
    ACTIONS,
    AUTH_METHODS,
    CHALLENGES,
    CHANNELS,
    COUNTRIES,
    DEVICE_TYPES,
    EVENT,
    EVENT_TYPES,
    NETWORKS,
)
from riskcore.scenarios.identity.simulation.attacks import ATTACKS
from riskcore.scenarios.identity.simulation.devices import MODELS, RELEASES, Devices, releases_at, user_agents
from riskcore.scenarios.identity.simulation.habits import START, Visits, join_visits
from riskcore.scenarios.identity.simulation.harm import Harm
from riskcore.scenarios.identity.simulation.networks import N_OPERATORS, Addresses, Ints, write_addresses
from riskcore.scenarios.identity.simulation.stage import Stage
from riskcore.scenarios.identity.simulation.steps import REASONS, SUCCEEDS, TELLS_ACTION, Steps, join_steps
from riskcore.scenarios.identity.simulation.world import CITIES

STRING = pd.StringDtype(na_value=np.nan)
TENANT_NAMES = ("default", "retail", "gaming", "finance", "health")
EPOCH_MS = int(np.datetime64(START, "ms").astype(np.int64))
WORD = 16  # hexadecimal digits of an identifier: 64 bits, so that none comes twice


def write(stage: Stage, visits: Visits, steps: Steps, harm: Harm) -> Generated:
    """All steps as events in the order (timestamp, event_id), and what is true of them."""
    rng = stage.rng
    everyone = join_visits([visits, harm.visits])
    every = join_steps([steps, _moved(harm.steps, visits.n)])
    n, genuine = len(every.visit), len(steps.visit)
    time = EPOCH_MS + np.floor((everyone.start[every.visit] + every.at) * 1000).astype(np.int64)
    words = _draw(rng, n)
    order = np.lexsort((words, time))
    every, harmful = every.take(order), order - genuine
    columns = _columns(stage, everyone, every, time[order])
    columns["event_id"] = _spell(words[order])
    events = framed({name: columns[name] for name in EVENT.names})
    return Generated(events, _truth(rng, harm, harmful))


def _moved(steps: Steps, by: int) -> Steps:
    return Steps(**vars(steps) | {"visit": steps.visit + by})


def _truth(rng: np.random.Generator, harm: Harm, place: Ints) -> Labels:
    """Labels of events from their place among the steps of attacks, below 0 for genuine ones."""
    bad = place >= 0
    at = place[bad]
    names = np.array(list(ATTACKS), dtype=object)
    numbers, which = np.unique(harm.attack, return_inverse=True)
    words = _spell_arrow(_draw(rng, len(numbers))).to_numpy(zero_copy_only=False)
    attack, attack_id = (np.full(len(place), "", dtype=object) for _ in range(2))
    stealth = np.full(len(place), np.nan)
    attack[bad], attack_id[bad], stealth[bad] = names[harm.kind[at]], words[which[at]], harm.stealth[at]
    return Labels(label=bad.astype(np.int64), attack=attack, attack_id=attack_id, stealth=stealth)


def _columns(stage: Stage, visits: Visits, steps: Steps, time: Ints) -> dict[str, Any]:
    """Every column but the identifier, for steps in their final order at `time` (ms since 1970)."""
    rng, visit = stage.rng, steps.visit
    user, device, address = visits.user[visit], visits.device[visit], visits.address[visit]
    tells = TELLS_ACTION[steps.kind]
    columns = {
        "timestamp": _moments(time),
        "user_id": _words(rng, user),
        "event_type": _category(steps.kind, EVENT_TYPES),
        "success": SUCCEEDS[steps.kind].astype(np.int64),
        "session_id": _words(rng, visits.session[visit]),
        "auth_method": _category(steps.method, AUTH_METHODS),
        "authenticator_id": _words(rng, steps.authenticator),
        "challenge_type": _category(steps.challenge, CHALLENGES),
        "recovery_channel": _category(steps.channel, CHANNELS),
        "failure_reason": _text(pa.array(REASONS), steps.reason),
        "action_kind": _category(np.where(tells, visits.action[visit], -1), ACTIONS),
        "action_value": np.where(tells, visits.value[visit], np.nan),
        "metadata": _text(pa.array([""]), np.full(len(visit), -1)),
    }
    columns |= _where(rng, stage.addresses.close(), address)
    columns |= _with(rng, stage.devices.close(), device, time)
    return columns | _whose(stage, user)


def _where(rng: np.random.Generator, addresses: Addresses, address: Ints) -> dict[str, Any]:
    lat = addresses.lat[address]
    city = addresses.city[address]
    countries = np.array([COUNTRIES.index(c.country) for c in CITIES])
    used, place = np.unique(address, return_inverse=True)
    numbers = rng.permutation(np.arange(1_000, 64_000))[:N_OPERATORS]
    return {
        "ip": _text(pa.array(write_addresses(rng, len(used))), place),
        "asn": _text(pa.array([str(a) for a in numbers.tolist()]), addresses.operator[address]),
        "network_kind": _category(addresses.told[address], NETWORKS),
        "country": _category(countries[city], COUNTRIES),
        "city_coarse": _text(pa.array([c.name for c in CITIES]), np.where(np.isnan(lat), -1, city)),
        "lat_coarse": lat,
        "lon_coarse": addresses.lon[address],
    }


def _with(rng: np.random.Generator, devices: Devices, device: Ints, time: Ints) -> dict[str, Any]:
    model = devices.model[device]
    release = releases_at((time - EPOCH_MS) / 1000, devices.lag[device])
    agents = pa.array([agent for agents in user_agents() for agent in agents])
    kinds = np.array([DEVICE_TYPES.index(m.device_type) for m in MODELS])
    return {
        "device_hash": _words(rng, device),
        "device_type": _category(kinds[model], DEVICE_TYPES),
        "os": _text(pa.array([m.os for m in MODELS]), model),
        "browser": _text(pa.array([m.browser for m in MODELS]), model),
        "user_agent": _text(agents, model * RELEASES + release),
    }


def _whose(stage: Stage, user: Ints) -> dict[str, Any]:
    own = stage.accounts
    created = np.concatenate([stage.people.created, *(a.created for a in own)])
    tenant = np.concatenate([stage.people.tenant, *(a.tenant for a in own)])
    mail = np.concatenate([stage.people.mail, *(a.mail for a in own)])
    domains = pa.array([f"mail{i}.example" for i in range(int(mail.max()) + 1)])
    return {
        "account_created_at": _moments(EPOCH_MS + np.floor(created[user]).astype(np.int64) * 1000),
        "tenant_id": _text(pa.array(TENANT_NAMES), tenant[user]),
        "email_domain": _text(domains, mail[user]),
    }


def _moments(ms: Ints) -> pd.Series:
    return pd.Series((ms * 1000).view("datetime64[us]")).dt.tz_localize("UTC")


def _category(codes: Ints, choices: tuple[str, ...]) -> Any:
    return pd.Categorical.from_codes(codes.astype(np.int16), dtype=pd.CategoricalDtype(list(choices)))


def _text(pool: pa.Array, places: Ints) -> Any:
    """A text column from a pool of words; places below 0 are empty."""
    taken = pc.take(pool.cast(pa.large_string()), pa.array(places, mask=places < 0))
    return pd.array(taken, dtype=STRING)


def _words(rng: np.random.Generator, places: Ints) -> Any:
    """One random word for each number that occurs; numbers below 0 are empty."""
    return _text(_spell_arrow(_draw(rng, int(places.max(initial=0)) + 1)), places)


def _draw(rng: np.random.Generator, n: int) -> NDArray[np.uint64]:
    return rng.integers(0, 1 << 64, n, dtype=np.uint64)


def _spell(words: NDArray[np.uint64]) -> Any:
    return pd.array(_spell_arrow(words), dtype=STRING)


def _spell_arrow(words: NDArray[np.uint64]) -> pa.Array:
    """Numbers as hexadecimal words of equal length, in the same order as the numbers."""
    letters = np.frombuffer(words.astype(">u8").tobytes().hex().encode(), dtype=np.uint8)
    ends = np.arange(len(words) + 1, dtype=np.int64) * WORD
    return pa.LargeStringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(letters))
