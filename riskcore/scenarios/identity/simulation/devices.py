"""Devices and what they say of themselves: operating system, browser, kind and a user agent that fits all three."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from riskcore.scenarios.identity.simulation.networks import Ints

# Parts of user agents; the numbers of a release are filled in by `user_agents`.
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {ios} like Mac OS X)"
_IPAD = "Mozilla/5.0 (iPad; CPU OS {ios} like Mac OS X)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_APPLE_KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_SAFARI = _APPLE_KIT + " Version/{safari}"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CHROME = _BLINK + " Chrome/{chrome}.0.0.0"
_SAMSUNG = _CHROME + " SamsungBrowser/{samsung}.0"
_PHONE_END, _END = " Mobile/15E148 Safari/604.1", " Safari/537.36"
_GECKO = "rv:{firefox}.0) Gecko/20100101 Firefox/{firefox}.0"


@dataclass(frozen=True)
class Model:
    """A combination of system and browser, and how common it is among devices of its kind."""

    os: str
    browser: str
    device_type: str
    share: float
    agent: str


MODELS = (
    Model("iOS", "Safari", "mobile", 0.42, f"{_IPHONE} {_SAFARI}{_PHONE_END}"),
    Model("iOS", "Chrome", "mobile", 0.08, f"{_IPHONE} {_APPLE_KIT} CriOS/{{chrome}}.0.0.0{_PHONE_END}"),
    Model("Android", "Chrome", "mobile", 0.4, f"{_ANDROID} {_CHROME} Mobile{_END}"),
    Model("Android", "Samsung Internet", "mobile", 0.1, f"{_ANDROID} {_SAMSUNG} Mobile{_END}"),
    Model("Windows", "Chrome", "desktop", 0.38, f"{_WINDOWS} {_CHROME}{_END}"),
    Model("Windows", "Edge", "desktop", 0.17, f"{_WINDOWS} {_CHROME}{_END} Edg/{{chrome}}.0.0.0"),
    Model("Windows", "Firefox", "desktop", 0.07, f"{_WINDOWS[:-1]}; {_GECKO}"),
    Model("macOS", "Safari", "desktop", 0.15, f"{_MAC} {_SAFARI} Safari/605.1.15"),
    Model("macOS", "Chrome", "desktop", 0.16, f"{_MAC} {_CHROME}{_END}"),
    Model("Linux", "Chrome", "desktop", 0.04, f"{_LINUX} {_CHROME}{_END}"),
    Model("Linux", "Firefox", "desktop", 0.03, f"{_LINUX[:-1]}; {_GECKO}"),
    Model("iPadOS", "Safari", "tablet", 0.65, f"{_IPAD} {_SAFARI}{_PHONE_END}"),
    Model("Android", "Chrome", "tablet", 0.35, f"{_ANDROID} {_CHROME}{_END}"),
    # Scripts: monitoring and integrations of customers use them as well as crude bots.
    Model("Linux", "python-requests", "bot", 0.5, "python-requests/2.{requests}"),
    Model("Linux", "Headless Chrome", "bot", 0.5, f"{_LINUX} {_BLINK} HeadlessChrome/{{chrome}}.0.0.0{_END}"),
)
RELEASES = 24  # months of browser releases that are in use
MONTH = 28 * 86_400  # s between two releases
MEAN_LAG = 1.5  # releases that a device is behind the newest


def models_of(device_type: str) -> tuple[Ints, NDArray[np.float64]]:
    """Places in MODELS of one kind of device, and their shares."""
    places = np.array([i for i, m in enumerate(MODELS) if m.device_type == device_type])
    shares = np.array([MODELS[i].share for i in places])
    return places, shares / shares.sum()


def draw_models(rng: np.random.Generator, device_type: str, n: int) -> Ints:
    """n common models of one kind of device."""
    places, shares = models_of(device_type)
    return rng.choice(places, n, p=shares)


@dataclass(frozen=True)
class Devices:
    """Every device (d,): its model and how many releases it is behind."""

    model: Ints
    lag: Ints


@dataclass
class DeviceBook:
    """Hands out new devices; `close` gives them all."""

    rng: np.random.Generator
    models: list[Ints] = field(default_factory=list)
    n: int = 0

    def add(self, model: Ints) -> Ints:
        """Numbers of new devices, one of each given model."""
        self.models.append(model)
        self.n += len(model)
        return np.arange(self.n - len(model), self.n)

    def model_of(self, device: Ints) -> Ints:
        """Models of devices handed out before."""
        self.models = [np.concatenate(self.models)]
        return self.models[0][device]

    def close(self) -> Devices:
        """All devices so far, number i in place i."""
        model = np.concatenate(self.models)
        return Devices(model, np.minimum(self.rng.geometric(1 / (1 + MEAN_LAG), len(model)) - 1, RELEASES // 2))


def user_agents() -> list[list[str]]:
    """User agents by model and release, the oldest first."""
    releases = [
        {
            "chrome": 124 + r,
            "firefox": 126 + r,
            "safari": f"{17 + r // 12}.{r % 12 // 2}",
            "ios": f"{17 + r // 12}_{r % 12 // 2}",
            "samsung": 20 + r // 3,
            "requests": f"{28 + r // 6}.{r % 6}",
        }
        for r in range(RELEASES)
    ]
    return [[m.agent.format(**release) for release in releases] for m in MODELS]


def releases_at(seconds: NDArray[np.float64], lag: Ints) -> Ints:
    """Which release runs at moments in seconds from the start of the simulation; 3 are still to come at its start."""
    newest = RELEASES - 4 + seconds // MONTH
    return np.clip(newest - lag, 0, RELEASES - 1).astype(np.int64)
