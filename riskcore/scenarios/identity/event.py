"""What an authentication event looks like: 26 types of event and all that may be known of who, where and with what.

Only the identifier, the user, the type, the moment and the outcome must be given; signals abstain where a field is
empty.  Text fields are keys or stored words: renaming them at random changes no risk.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.schema import EventSchema, Field, category, flag, number, text, timestamp

EVENT_TYPES = (
    "login_attempt", "login_success", "login_failure", "logout",
    "oauth_login_success", "oauth_login_failure", "magic_link_sent", "magic_link_success",
    "passkey_registered", "passkey_auth_success", "passkey_auth_failure",
    "password_reset_requested", "password_reset_success", "password_reset_failure",
    "recovery_requested", "recovery_success", "recovery_failure",
    "mfa_challenge_sent", "mfa_challenge_passed", "mfa_challenge_failed",
    "device_enrolled", "device_removed", "session_created", "session_revoked",
    "email_changed", "phone_changed",
)  # fmt: skip
AUTH_METHODS = ("password", "passkey", "oauth", "magic_link", "other")
CHALLENGES = ("push", "totp", "sms", "email", "passkey", "other")
CHANNELS = ("email", "sms", "support", "backup_code", "other")
DEVICE_TYPES = ("desktop", "mobile", "tablet", "bot", "other")
NETWORKS = ("residential", "business", "mobile", "hosting", "vpn", "tor", "other")
ACTIONS = ("purchase", "transfer", "withdrawal", "payout_change", "other")
# ISO 3166-1 alpha-2, and XK.
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = tuple(_CODES.split())

# Names that columns go by in uploads.
_SYNONYMS = {
    "event_id": "id uuid event_uuid log_id record_id index row_id",
    "timestamp": "login_timestamp event_time time datetime date occurred_at created_at ts",
    "user_id": "user account account_id username login uid subject",
    "event_type": "type event event_name activity operation",
    "success": "login_successful successful is_success succeeded",
    "session_id": "session sid session_key",
    "ip": "ip_address ip_addr client_ip source_ip src_ip remote_addr",
    "asn": "as_number ip_asn isp as",
    "network_kind": "connection_type ip_type network_type network",
    "country": "country_code geo_country ip_country country_iso",
    "city_coarse": "city geo_city location town",
    "lat_coarse": "latitude lat geo_lat",
    "lon_coarse": "longitude lon lng geo_lon",
    "device_hash": "device device_id fingerprint device_token",
    "device_type": "device_kind device_class form_factor",
    "os": "os_name os_name_and_version operating_system",
    "browser": "browser_name browser_name_and_version client",
    "user_agent": "user_agent_string ua http_user_agent",
    "auth_method": "method authentication_method login_method factor",
    "authenticator_id": "credential_id passkey_id aaguid",
    "challenge_type": "mfa_type mfa_method second_factor",
    "recovery_channel": "channel reset_channel",
    "failure_reason": "reason error error_code failure_code",
    "email_domain": "domain mail_domain",
    "account_created_at": "account_created signup_at registered_at signup_time",
    "action_kind": "action purpose",
    "action_value": "value amount transaction_amount",
    "tenant_id": "tenant org_id realm",
}


def _other(name: str, label: str, choices: tuple[str, ...], help: str = "") -> Field:
    """An optional category that counts what it does not know as "other"."""
    return category(name, label, choices, optional=True, open=True, help=help, synonyms=_names(name))


def _key(name: str, label: str, help: str = "") -> Field:
    """Optional text."""
    return text(name, label, optional=True, help=help, synonyms=_names(name))


def _names(name: str) -> tuple[str, ...]:
    return tuple(_SYNONYMS.get(name, "").split())


def _login(events: pd.DataFrame) -> NDArray[np.object_]:
    """What an event (n,) without a type was: a table without types is one of logins."""
    return np.where(events["success"].to_numpy() == 1, "login_success", "login_failure").astype(object)


EVENT = EventSchema(
    fields=(
        text(
            "event_id",
            "Identifier of the event",
            help="Unique. Events of the same moment are taken in the order of their identifiers.",
            synonyms=_names("event_id"),
        ),
        timestamp(
            "timestamp",
            "When it happened",
            help="With its time zone, such as 2026-03-02T08:15:00Z or 2026-03-02T09:15:00+01:00.",
            zoned=True,
            synonyms=_names("timestamp"),
        ),
        text("user_id", "Account", synonyms=_names("user_id")),
        category(
            "event_type",
            "What happened",
            EVENT_TYPES,
            derive=_login,
            derive_rule="success, for tables that hold logins only",
            agrees=False,
            asked=True,
            synonyms=_names("event_type"),
        ),
        flag(
            "success",
            "Whether it succeeded",
            help="1 for a login, a challenge or a change that went through; 0 for an attempt, a request or a failure.",
            synonyms=_names("success"),
        ),
        _key("session_id", "Session", help="Events of one session share it."),
        text(
            "ip",
            "Network address",
            form="ip address",
            optional=True,
            help="IPv4 or IPv6; other spellings of the same address count as it.",
            synonyms=_names("ip"),
        ),
        _key("asn", "Network operator (AS number)"),
        _other("network_kind", "Kind of network", NETWORKS, help="Where a provider of address data tells it."),
        category(
            "country",
            "Country of the address",
            COUNTRIES,
            optional=True,
            help="Two letters, as in ISO 3166.",
            synonyms=_names("country"),
        ),
        _key("city_coarse", "City of the address"),
        number(
            "lat_coarse",
            "Latitude of the address",
            unit="°",
            low=-90,
            high=90,
            optional=True,
            synonyms=_names("lat_coarse"),
        ),
        number(
            "lon_coarse",
            "Longitude of the address",
            unit="°",
            low=-180,
            high=180,
            optional=True,
            synonyms=_names("lon_coarse"),
        ),
        _key("device_hash", "Device"),
        _other("device_type", "Kind of device", DEVICE_TYPES),
        _key("os", "Operating system"),
        _key("browser", "Browser"),
        _key("user_agent", "User agent"),
        _other("auth_method", "How the user proves who it is", AUTH_METHODS),
        _key("authenticator_id", "Passkey used or registered"),
        _other("challenge_type", "Second factor asked for", CHALLENGES),
        _other(
            "recovery_channel", "Way of recovery", CHANNELS, help="How a password is reset or an account recovered."
        ),
        _key("failure_reason", "Why it failed"),
        _key("email_domain", "Domain of the user's e-mail"),
        timestamp(
            "account_created_at", "When the account was opened", optional=True, synonyms=_names("account_created_at")
        ),
        _other(
            "action_kind",
            "What the session is for",
            ACTIONS,
            help="The action of value that the event leads to, where it is known.",
        ),
        number(
            "action_value",
            "Value of that action",
            unit="USD",
            low=0,
            high=1e09,
            optional=True,
            synonyms=_names("action_value"),
        ),
        _key("tenant_id", "Tenant", help="Whose policy applies."),
        _key("metadata", "Anything else", help="Stored with the event; reaches no feature."),
    ),
    id="event_id",
    time="timestamp",
    tenant="tenant_id",
    success="success",
    place=("lat_coarse", "lon_coarse", "city_coarse"),
)
