"""Cities of the world: where people live and travel, and what hour it is there.

Places carry no risk: genuine users and attackers are spread over the same cities by the same weights.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from riskcore.core.geo import great_circle_km

DAY = 86_400  # s

# city | country | latitude | longitude | time zone | weight: how many of the users live there
_TABLE = """
London|GB|51.51|-0.13|Europe/London|9
Manchester|GB|53.48|-2.24|Europe/London|3
Dublin|IE|53.35|-6.26|Europe/Dublin|2
Paris|FR|48.86|2.35|Europe/Paris|7
Lyon|FR|45.76|4.84|Europe/Paris|2
Berlin|DE|52.52|13.41|Europe/Berlin|5
Munich|DE|48.14|11.58|Europe/Berlin|3
Hamburg|DE|53.55|9.99|Europe/Berlin|2
Amsterdam|NL|52.37|4.90|Europe/Amsterdam|3
Brussels|BE|50.85|4.35|Europe/Brussels|2
Zurich|CH|47.38|8.54|Europe/Zurich|2
Vienna|AT|48.21|16.37|Europe/Vienna|2
Prague|CZ|50.08|14.44|Europe/Prague|2
Warsaw|PL|52.23|21.01|Europe/Warsaw|3
Copenhagen|DK|55.68|12.57|Europe/Copenhagen|2
Stockholm|SE|59.33|18.07|Europe/Stockholm|2
Oslo|NO|59.91|10.75|Europe/Oslo|2
Helsinki|FI|60.17|24.94|Europe/Helsinki|2
Madrid|ES|40.42|-3.70|Europe/Madrid|4
Barcelona|ES|41.39|2.17|Europe/Madrid|3
Lisbon|PT|38.72|-9.14|Europe/Lisbon|2
Rome|IT|41.90|12.50|Europe/Rome|3
Milan|IT|45.46|9.19|Europe/Rome|3
Athens|GR|37.98|23.73|Europe/Athens|2
Bucharest|RO|44.43|26.10|Europe/Bucharest|2
Istanbul|TR|41.01|28.98|Europe/Istanbul|4
Kyiv|UA|50.45|30.52|Europe/Kyiv|2
Cairo|EG|30.04|31.24|Africa/Cairo|3
Lagos|NG|6.52|3.38|Africa/Lagos|4
Accra|GH|5.60|-0.19|Africa/Accra|2
Nairobi|KE|-1.29|36.82|Africa/Nairobi|2
Johannesburg|ZA|-26.20|28.05|Africa/Johannesburg|3
Casablanca|MA|33.57|-7.59|Africa/Casablanca|2
Tel Aviv|IL|32.09|34.78|Asia/Jerusalem|2
Dubai|AE|25.20|55.27|Asia/Dubai|2
Riyadh|SA|24.71|46.68|Asia/Riyadh|2
Karachi|PK|24.86|67.01|Asia/Karachi|3
Mumbai|IN|19.08|72.88|Asia/Kolkata|6
Delhi|IN|28.61|77.21|Asia/Kolkata|5
Bengaluru|IN|12.97|77.59|Asia/Kolkata|4
Dhaka|BD|23.81|90.41|Asia/Dhaka|2
Bangkok|TH|13.76|100.50|Asia/Bangkok|3
Singapore|SG|1.35|103.82|Asia/Singapore|3
Kuala Lumpur|MY|3.14|101.69|Asia/Kuala_Lumpur|2
Jakarta|ID|-6.21|106.85|Asia/Jakarta|4
Ho Chi Minh City|VN|10.82|106.63|Asia/Ho_Chi_Minh|3
Manila|PH|14.60|120.98|Asia/Manila|3
Hong Kong|HK|22.32|114.17|Asia/Hong_Kong|3
Shanghai|CN|31.23|121.47|Asia/Shanghai|4
Taipei|TW|25.03|121.57|Asia/Taipei|2
Seoul|KR|37.57|126.98|Asia/Seoul|4
Tokyo|JP|35.68|139.69|Asia/Tokyo|6
Osaka|JP|34.69|135.50|Asia/Tokyo|3
Sydney|AU|-33.87|151.21|Australia/Sydney|3
Melbourne|AU|-37.81|144.96|Australia/Melbourne|2
Auckland|NZ|-36.85|174.76|Pacific/Auckland|2
New York|US|40.71|-74.01|America/New_York|9
Boston|US|42.36|-71.06|America/New_York|3
Atlanta|US|33.75|-84.39|America/New_York|3
Chicago|US|41.88|-87.63|America/Chicago|5
Houston|US|29.76|-95.37|America/Chicago|4
Denver|US|39.74|-104.99|America/Denver|3
Los Angeles|US|34.05|-118.24|America/Los_Angeles|6
Seattle|US|47.61|-122.33|America/Los_Angeles|3
Toronto|CA|43.65|-79.38|America/Toronto|4
Vancouver|CA|49.28|-123.12|America/Vancouver|2
Mexico City|MX|19.43|-99.13|America/Mexico_City|5
Bogota|CO|4.71|-74.07|America/Bogota|3
Lima|PE|-12.05|-77.04|America/Lima|2
Santiago|CL|-33.45|-70.67|America/Santiago|2
Buenos Aires|AR|-34.60|-58.38|America/Argentina/Buenos_Aires|3
Sao Paulo|BR|-23.55|-46.63|America/Sao_Paulo|6
Rio de Janeiro|BR|-22.91|-43.17|America/Sao_Paulo|3
"""


@dataclass(frozen=True)
class City:
    """A city; coordinates in degrees."""

    name: str
    country: str  # ISO 3166-1 alpha-2
    lat: float
    lon: float
    zone: str  # IANA time zone
    weight: float


def _read(line: str) -> City:
    name, country, lat, lon, zone, weight = line.split("|")
    return City(name, country, float(lat), float(lon), zone, float(weight))


CITIES = tuple(_read(line) for line in _TABLE.strip().splitlines())
LAT = np.array([c.lat for c in CITIES])
LON = np.array([c.lon for c in CITIES])
COUNTRY = np.array([c.country for c in CITIES], dtype=object)
SHARE = np.array([c.weight for c in CITIES]) / sum(c.weight for c in CITIES)


@cache
def distances() -> NDArray[np.float64]:
    """Kilometres between all pairs of cities, (c, c)."""
    return great_circle_km(LAT[:, None], LON[:, None], LAT[None, :], LON[None, :])


@cache
def utc_offsets(start: datetime, days: int) -> NDArray[np.int64]:
    """Seconds by which local time is ahead of UTC, (cities, days), at noon UTC of each day from `start` (UTC)."""
    noons = [start.replace(tzinfo=UTC) + timedelta(days=d, hours=12) for d in range(days)]
    by_zone = {}
    for zone in {c.zone for c in CITIES}:
        local = ZoneInfo(zone)
        by_zone[zone] = [int((noon.astimezone(local).utcoffset() or timedelta()).total_seconds()) for noon in noons]
    return np.array([by_zone[c.zone] for c in CITIES], dtype=np.int64)


def offset_at(start: datetime, days: int, city: NDArray[np.int64], seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Seconds local time is ahead of UTC (n,) at moments in seconds from `start`; the outermost days go on for ever."""
    day = np.clip(seconds // DAY, 0, days - 1).astype(np.int64)
    return np.asarray(utc_offsets(start, days)[city, day])
