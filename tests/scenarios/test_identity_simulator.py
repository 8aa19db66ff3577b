"""Simulated authentication events: people one would believe, attacks that touch what they can, no way to peek."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from riskcore.core.geo import great_circle_km
from riskcore.core.knobs import turn
from riskcore.core.labels import Generated
from riskcore.scenarios.identity.event import EVENT
from riskcore.scenarios.identity.simulation.attacks import ATTACKS
from riskcore.scenarios.identity.simulation.oddities import ODDITIES
from riskcore.scenarios.identity.simulation.simulator import KNOBS, generate
from riskcore.scenarios.identity.simulation.world import CITIES
from riskcore.services.files.mapping import suggest

N = 60_000
# What an attacker on another's account cannot change, in words of the event.
VICTIMS_OWN = ["tenant_id", "email_domain", "account_created_at"]
# Attacks on nobody's account: they open their own.
OWN_ACCOUNTS = ["multi_account_sybil", "new_account_fraud"]


def simulate(n: int, seed: int, **knobs: object) -> Generated:
    return generate(np.random.default_rng(seed), n, turn(KNOBS, knobs, "knob"))


@pytest.fixture(scope="module")
def many() -> Generated:
    return simulate(N, seed=3)


@pytest.fixture(scope="module")
def truth(many: Generated) -> pd.DataFrame:
    labels = many.labels
    return pd.DataFrame({
        "label": labels.label, "attack": labels.attack, "attack_id": labels.attack_id, "stealth": labels.stealth
    })  # fmt: skip


@pytest.fixture(scope="module")
def genuine(many: Generated) -> pd.DataFrame:
    return many.events[many.labels.label == 0].reset_index(drop=True)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first, again, other = (simulate(3_000, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.events, again.events)
    for name in ("label", "attack", "attack_id", "stealth"):
        np.testing.assert_array_equal(getattr(first.labels, name), getattr(again.labels, name))
    assert not first.events.equals(other.events)


@pytest.mark.parametrize("n", [1, 10, 300, 5_000])
def test_there_are_as_many_events_as_asked_for_and_all_are_valid(n: int) -> None:
    made = simulate(n, seed=0)
    assert len(made.events) == n == len(made.labels.label)
    validated = EVENT.validate(made.events)
    assert list(validated.sentences()) == []
    pd.testing.assert_frame_equal(validated.events, made.events)


def test_events_carry_declared_fields_only_and_no_word_of_the_truth(many: Generated, truth: pd.DataFrame) -> None:
    assert tuple(many.events.columns) == EVENT.names
    secrets = {*ATTACKS, *truth["attack_id"].unique()} - {""}
    for f in EVENT.fields:
        if f.kind == "text":
            assert not secrets & set(many.events[f.name].dropna().unique()), f.name
    assert many.labels.p_true is None


def test_events_come_in_order_of_time_then_identifier_and_in_utc(many: Generated) -> None:
    events = many.events
    assert str(events["timestamp"].dtype) == "datetime64[us, UTC]"
    assert events["event_id"].is_unique
    order = np.lexsort((events["event_id"].to_numpy(dtype=str), events["timestamp"].astype("int64").to_numpy()))
    np.testing.assert_array_equal(order, np.arange(len(events)))


def test_identifiers_are_random_words_that_do_not_tell_attackers_apart(many: Generated) -> None:
    label = many.labels.label
    for name in ("event_id", "user_id", "session_id", "device_hash", "authenticator_id"):
        words = many.events[name].dropna()
        assert words.str.fullmatch("[0-9a-f]{16}").all(), name
    as_number = many.events["event_id"].map(lambda word: int(word, 16) / 2**64).to_numpy()
    assert roc_auc_score(label, as_number) == pytest.approx(0.5, abs=0.05)


def test_time_stays_within_the_days_and_users_are_as_many_as_turned() -> None:
    made = simulate(20_000, seed=4, days=10, users=300)
    time = made.events["timestamp"]
    assert time.max() - time.min() < pd.Timedelta(days=10.6)
    people = made.events["user_id"][made.labels.label == 0]
    assert 250 < people.nunique() <= 300


# Attacks


@pytest.mark.parametrize("share", [0.005, 0.01, 0.2])
def test_attack_events_have_their_share_and_all_kinds_are_there(share: float) -> None:
    labels = simulate(10_000, seed=6, attack_share=share).labels
    assert labels.label.mean() == pytest.approx(share)
    assert labels.attack is not None
    assert set(labels.attack) == {"", *ATTACKS}


def test_the_mix_of_attacks_is_as_turned() -> None:
    mix = (1, 1, 1, 1, 10, 1, 1, 1, 1, 2)
    labels = simulate(20_000, seed=7, attack_share=0.1, mix=mix).labels
    for kind, weight in zip(ATTACKS, mix, strict=True):
        assert np.sum(labels.attack == kind) == pytest.approx(2_000 * weight / 20, abs=1)


def test_an_attack_has_one_kind_and_one_stealth_and_genuine_events_have_none(truth: pd.DataFrame) -> None:
    bad = truth[truth["label"] == 1]
    assert (bad.groupby("attack_id")[["attack", "stealth"]].nunique() == 1).all(axis=None)
    rest = truth[truth["label"] == 0]
    assert (rest["attack"] == "").all()
    assert (rest["attack_id"] == "").all()
    assert rest["stealth"].isna().all()


def test_stealth_is_spread_over_crude_and_careful(truth: pd.DataFrame) -> None:
    each = truth[truth["label"] == 1].drop_duplicates("attack_id")["stealth"]
    assert each.between(0, 1).all()
    assert (each < 0.25).mean() > 0.1
    assert (each > 0.75).mean() > 0.1


def test_attacks_on_others_leave_tenant_mail_and_age_of_the_account_as_they_are(
    many: Generated, truth: pd.DataFrame
) -> None:
    events = many.events
    assert (events.groupby("user_id")[VICTIMS_OWN].nunique(dropna=False) == 1).all(axis=None)
    on_others = ~truth["attack"].isin(["", *OWN_ACCOUNTS])
    people = set(events["user_id"][truth["label"] == 0])
    assert events["user_id"][on_others].isin(people).mean() > 0.95  # a few people never come themselves
    assert not events["user_id"][truth["attack"].isin(OWN_ACCOUNTS)].isin(people).any()


def test_only_a_hijack_is_in_the_session_of_another(many: Generated, truth: pd.DataFrame) -> None:
    genuine = set(many.events["session_id"][truth["label"] == 0])
    inside = many.events["session_id"].isin(genuine) & (truth["label"] == 1)
    assert set(truth["attack"][inside]) == {"session_hijack"}
    assert inside[truth["attack"] == "session_hijack"].mean() > 0.9


def test_no_event_precedes_the_opening_of_its_account(many: Generated) -> None:
    assert (many.events["timestamp"] >= many.events["account_created_at"]).all()


@pytest.mark.parametrize(
    ("attack", "kind", "least"),
    [
        ("credential_stuffing", "login_failure", 0.4),
        ("mfa_fatigue", "mfa_challenge_sent", 0.3),
        ("passkey_registration_abuse", "passkey_registered", 0.1),
        ("session_hijack", "session_created", 0.3),
    ],
)
def test_attacks_do_what_they_are_named_for(attack: str, kind: str, least: float) -> None:
    made = simulate(20_000, 10, attack_share=0.2)
    chosen = made.labels.attack == attack
    assert (made.events["event_type"][chosen] == kind).mean() > least


# Knobs


def _stealth(made: Generated) -> float:
    assert made.labels.stealth is not None
    return float(np.nanmean(made.labels.stealth))


def _of(made: Generated, kind: str) -> NDArray[np.bool_]:
    """Which events belong to attacks of a kind."""
    return np.asarray(made.labels.attack == kind)


def _through_servers(made: Generated) -> float:
    """Share of attack events that come through data centres, VPNs and Tor."""
    told = made.events["network_kind"][made.labels.label == 1].dropna()
    return float(told.isin(["hosting", "vpn", "tor"]).mean())


def _kept_devices(made: Generated) -> float:
    """Share of attack events on a device that genuine users have."""
    bad = made.labels.label == 1
    return float(made.events["device_hash"][bad].isin(set(made.events["device_hash"][~bad])).mean())


def _halves(made: Generated) -> tuple[Generated, Generated]:
    """The earlier and the later half of the time."""
    at = made.events["timestamp"]
    late = (at > at.min() + (at.max() - at.min()) / 2).to_numpy()
    early, later = (
        Generated(
            made.events[half],
            replace(made.labels, **{k: v[half] for k, v in vars(made.labels).items() if v is not None}),
        )
        for half in (~late, late)
    )
    return early, later


def _grows(measure: Callable[[Generated], float]) -> Callable[[Generated], float]:
    """How much more of it there is in the later half of the time."""

    def by(made: Generated) -> float:
        early, later = _halves(made)
        return measure(later) - measure(early)

    return by


# For each knob: two settings, what must be more at the second one, and by how much at least, as its help says.
TURNED: list[tuple[str, object, object, Callable[[Generated], float], float]] = [
    ("attack_share", 0.05, 0.3, lambda made: float(made.labels.label.mean()), 0.249),
    ("stealth", 0.1, 0.9, _stealth, 0.6),
    ("stealth", 0.1, 0.9, lambda made: -_through_servers(made), 0.3),
    ("stealth", 0.1, 0.9, _kept_devices, 0.2),
    ("mix", (1,) * 10, (1,) * 9 + (0,), lambda made: -float(_of(made, [*ATTACKS][-1]).mean()), 0.02),
    ("users", 100, 400, lambda made: made.events["user_id"][made.labels.label == 0].nunique(), 250),
    ("days", 5, 50, lambda made: np.ptp(made.events["timestamp"].to_numpy()) / np.timedelta64(1, "D"), 40),
    ("drift", 0.0, 1.0, _grows(_stealth), 0.1),
    ("drift", 0.0, 1.0, _grows(lambda made: -_through_servers(made)), 0.05),
]


@pytest.mark.parametrize("turned", TURNED, ids=lambda turned: turned[0])
def test_a_knob_does_what_it_says(turned: tuple[str, object, object, Callable[[Generated], float], float]) -> None:
    knob, low, high, measure, least = turned
    both = [simulate(60_000, 9, **{"attack_share": 0.3, knob: setting}) for setting in (low, high)]
    before, after = (measure(made) for made in both)
    assert after - before > least


def test_every_knob_is_turned() -> None:
    assert {knob for knob, *_ in TURNED} == {knob.key for knob in KNOBS}


def test_without_drift_attackers_stay_as_they_are() -> None:
    assert _grows(_stealth)(simulate(60_000, 9, drift=0.0, attack_share=0.2)) == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("knobs", [{"users": 5_000}, {"attack_share": 0.5}, {"days": 2, "stealth": 0.98}])
def test_knobs_at_their_ends_still_make_valid_events(knobs: dict[str, float]) -> None:
    made = simulate(2_000, 5, **knobs)
    assert EVENT.validate(made.events).rejected == 0
    assert len(made.events) == 2_000


# People


def local_hours(events: pd.DataFrame) -> NDArray[np.float64]:
    """Hour of the day in the city of the address, NaN where that is not told."""
    hours = np.full(len(events), np.nan)
    for city in CITIES:
        here = (events["city_coarse"] == city.name).to_numpy(dtype=bool)
        local = events["timestamp"][here].dt.tz_convert(ZoneInfo(city.zone))
        hours[here] = local.dt.hour + local.dt.minute / 60
    return hours


def physical(events: pd.DataFrame) -> pd.DataFrame:
    """Events whose address is where the person is: not behind a VPN, a data centre or a mobile gateway."""
    return events[events["network_kind"].isin(["residential", "business"]) & events["lat_coarse"].notna()]


def test_nobody_travels_faster_than_an_airliner(genuine: pd.DataFrame) -> None:
    told = physical(genuine)
    before = told.groupby("user_id")[["lat_coarse", "lon_coarse"]].shift()
    km = great_circle_km(before["lat_coarse"], before["lon_coarse"], told["lat_coarse"], told["lon_coarse"])
    hours = told.groupby("user_id")["timestamp"].diff().dt.total_seconds().to_numpy() / 3600
    far = km > 100  # below, coarse places say little
    assert far.sum() > 100
    assert (km[far] / hours[far]).max() <= 1_000


def test_people_live_by_the_clock_of_their_city(genuine: pd.DataFrame) -> None:
    at_home = physical(genuine)
    for zone in ("Europe/", "America/", "Asia/"):
        names = [c.name for c in CITIES if c.zone.startswith(zone)]
        hours = local_hours(at_home[at_home["city_coarse"].isin(names)])
        day, night = ((hours >= 9) & (hours < 18)).mean() / 9, ((hours >= 2) & (hours < 6)).mean() / 4
        assert day > 3 * night > 0, zone


def test_weekends_are_quieter(genuine: pd.DataFrame) -> None:
    weekday = genuine["timestamp"].dt.day_of_week
    assert (weekday >= 5).mean() / 2 < 0.9 * (weekday < 5).mean() / 5


def test_user_agents_fit_the_device(many: Generated) -> None:
    said = {"iOS": "iPhone", "Android": "Android", "Windows": "Windows NT", "macOS": "Macintosh", "iPadOS": "iPad"}
    told = many.events[many.events["os"].isin(said)]
    words = told["os"].map(said)
    assert all(word in agent for word, agent in zip(words, told["user_agent"], strict=True))
    one = many.events.groupby("device_hash")[["os", "browser", "device_type"]].nunique()
    assert (one == 1).all(axis=None)


def test_people_have_one_second_factor_and_challenges_name_it(genuine: pd.DataFrame) -> None:
    asked = genuine["event_type"].astype(str).str.startswith("mfa_challenge")
    assert asked.sum() > 1_000
    pd.testing.assert_series_equal(genuine["challenge_type"].notna(), asked, check_names=False)
    assert (genuine[asked].groupby("user_id")["challenge_type"].nunique() == 1).all()


def test_a_registered_passkey_is_a_new_one(genuine: pd.DataFrame) -> None:
    registered = genuine[genuine["event_type"] == "passkey_registered"]["authenticator_id"]
    assert len(registered) > 100
    assert registered.is_unique
    assert not registered.isin(genuine[genuine["event_type"] == "passkey_auth_success"]["authenticator_id"]).any()


def test_browsers_are_updated_over_the_time(genuine: pd.DataFrame) -> None:
    chrome = genuine["user_agent"].str.extract(r" Chrome/(\d+)")[0].astype(float)
    tenth = len(genuine) // 10
    assert chrome.iloc[-tenth:].mean() > chrome.iloc[:tenth].mean() + 1


def _per_session(events: pd.DataFrame, kind: str, least: int) -> float:
    count = (events["event_type"] == kind).groupby(events["session_id"]).sum()
    return float((count >= least).mean())


def _new_devices(events: pd.DataFrame) -> float:
    nth = events.groupby("user_id").cumcount()
    new = ~events.duplicated(["user_id", "device_hash"])
    return float(new[nth >= 10].mean())


def _travellers(events: pd.DataFrame) -> float:
    spread = physical(events).groupby("user_id")[["lat_coarse", "lon_coarse"]].agg(["min", "max"])
    wide = (spread["lat_coarse", "max"] - spread["lat_coarse", "min"] > 1.5) | (
        spread["lon_coarse", "max"] - spread["lon_coarse", "min"] > 3
    )
    return float(wide.mean())


def _shared_by(events: pd.DataFrame, column: str, users: int) -> float:
    """Share of events from an address or device that so many users have."""
    return float((events.groupby(column)["user_id"].transform("nunique") >= users).mean())


def _households(events: pd.DataFrame) -> float:
    return _shared_by(events[events["network_kind"] == "residential"], "ip", 2)


def _several_networks(events: pd.DataFrame) -> float:
    return float((events.groupby("session_id")["ip"].nunique() > 1).mean())


def _late(events: pd.DataFrame) -> float:
    hours = local_hours(physical(events))
    return float((hours < 5).mean())


def _young_and_of_value(events: pd.DataFrame) -> float:
    young = events["timestamp"] - events["account_created_at"] < pd.Timedelta(days=1)
    return float((young & events["action_value"].notna()).mean())


def _changed_after_recovery(events: pd.DataFrame) -> float:
    back = events["event_type"].isin(["recovery_success", "password_reset_success"])
    change = events["event_type"].isin(["email_changed", "phone_changed"])
    both = back.groupby(events["session_id"]).any() & change.groupby(events["session_id"]).any()
    return float(both.sum() / back.sum())


HARD: dict[str, tuple[Callable[[pd.DataFrame], float], float, float]] = {
    "a device the user never had before": (_new_devices, 0.02, 0.10),
    "users who travel": (_travellers, 0.07, 0.35),
    "an address of a household": (_households, 0.2, 0.8),
    "an address of five users or more": (lambda e: _shared_by(e, "ip", 5), 0.1, 0.6),
    "a device of two users": (lambda e: _shared_by(e, "device_hash", 2), 0.01, 0.1),
    "a session over several networks": (_several_networks, 0.05, 0.25),
    "VPN, Tor or data centre": (lambda e: float(e["network_kind"].isin(["vpn", "tor", "hosting"]).mean()), 0.03, 0.15),
    "a script": (lambda e: float((e["device_type"] == "bot").mean()), 0.002, 0.05),
    "a failed password": (lambda e: _per_session(e, "login_failure", 1), 0.03, 0.12),
    "a forgotten password: three failures": (lambda e: _per_session(e, "login_failure", 3), 0.005, 0.03),
    "three prompts of a second factor": (lambda e: _per_session(e, "mfa_challenge_sent", 3), 0.002, 0.02),
    "two passkeys at once": (lambda e: _per_session(e, "passkey_registered", 2), 0.0005, 0.01),
    "a password reset": (lambda e: _per_session(e, "password_reset_requested", 1), 0.003, 0.02),
    "a recovery": (lambda e: _per_session(e, "recovery_requested", 1), 0.0005, 0.01),
    "settings changed after a recovery": (_changed_after_recovery, 0.05, 0.4),
    "between midnight and five": (_late, 0.015, 0.12),
    "an action of value on the first day": (_young_and_of_value, 0.0005, 0.02),
}


@pytest.mark.parametrize("oddity", HARD)
def test_honest_oddities_are_there_at_a_plausible_rate(genuine: pd.DataFrame, oddity: str) -> None:
    measure, low, high = HARD[oddity]
    assert low <= measure(genuine) <= high


def test_every_documented_oddity_is_counted() -> None:
    assert set(HARD) == set(ODDITIES)


# Difficulty


def _learned_alone(column: pd.Series, label: NDArray[np.int64]) -> float:
    """AUC on the later half of the rate of attacks that a value had in the first half."""
    cells = pd.qcut(column, 20, duplicates="drop") if pd.api.types.is_float_dtype(column) else column
    keys = cells.astype("str").fillna("")
    half = len(label) // 2
    seen = pd.Series(label[:half]).groupby(keys.iloc[:half].to_numpy()).agg(["sum", "size"])
    rate = (seen["sum"] + 20 * label.mean()) / (seen["size"] + 20)
    return float(roc_auc_score(label[half:], keys.iloc[half:].map(rate).fillna(label.mean())))


def test_no_single_field_gives_attacks_away(many: Generated) -> None:
    alone = {f.name: _learned_alone(many.events[f.name], many.labels.label) for f in EVENT.fields}
    assert {name: auc for name, auc in alone.items() if max(auc, 1 - auc) > 0.95} == {}


def test_the_country_carries_no_risk(many: Generated) -> None:
    assert _learned_alone(many.events["country"], many.labels.label) == pytest.approx(0.5, abs=0.1)


def test_attacks_are_at_home_in_devices_networks_and_hours_of_genuine_users(many: Generated) -> None:
    bad = many.labels.label == 1
    for name in ("event_type", "network_kind", "device_type", "os", "browser", "auth_method", "country"):
        seen = set(many.events[name][~bad].dropna())
        assert set(many.events[name][bad].dropna()) <= seen, name


# Files


def test_columns_of_a_public_login_data_set_are_recognised() -> None:
    columns = ["index", "login_timestamp", "user_id", "rtt_ms", "ip_address", "country", "region", "city", "asn"]
    columns += ["user_agent", "browser", "os", "device_type", "login_successful", "is_attack_ip", "label"]
    found = suggest(columns, EVENT).columns
    assert found == {
        "event_id": "index", "timestamp": "login_timestamp", "user_id": "user_id", "success": "login_successful",
        "ip": "ip_address", "asn": "asn", "country": "country", "city_coarse": "city", "device_type": "device_type",
        "os": "os", "browser": "browser", "user_agent": "user_agent",
    }  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [("lat_coarse", 91.0), ("lon_coarse", -181.0), ("country", "us")])
def test_impossible_coordinates_and_unknown_countries_are_told(many: Generated, field: str, value: object) -> None:
    row = many.events.head(2).astype({field: object})
    row.loc[1, field] = value
    validated = EVENT.validate(row)
    assert [(v.field, v.rows.tolist()) for v in validated.violations] == [(field, [1])]
