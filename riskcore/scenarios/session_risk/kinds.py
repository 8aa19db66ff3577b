"""The kinds of sessions that the generator mixes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Kind:
    """One kind of session: independent fields, given the kind.

    Durations are log-logistic (Fisk), whose distribution function and quantiles are closed, cut to 1 s … a week and
    rounded.  Hours are von Mises on the circle of the day.  Counts are negative binomial, because people differ.
    """

    name: str
    weight: float  # share within its class
    minutes: float  # median duration
    shape: float  # of the duration: 3 is narrow, 1.5 wide
    hour: float  # the usual one
    focus: float  # concentration of the hour; 0 is any time
    revoked: float  # probability
    moved: float  # probability of a change of location
    ips: float  # mean number of changes
    devices: float  # mean number of changes
    systems: float  # mean number beyond the first


# fmt: off
KINDS: tuple[tuple[Kind, ...], ...] = (  # by class
    (   #                      weight  minutes shape  hour focus revoked moved  ips devices systems
        Kind("office_day",        0.38,    430,  2.2,  9.5,  2.0,  0.005, 0.01,  0.5,  0.03,  0.02),
        Kind("night_shift",       0.18,    460,  2.4, 23.5,  2.0,  0.005, 0.01,  0.4,  0.03,  0.02),
        Kind("traveller",         0.20,    240,  2.0, 13.0,  1.0,  0.005, 0.98,  1.0,  0.04,  0.03),
        Kind("commuter",          0.24,    300,  2.2, 12.0,  1.0,  0.005, 0.02,  6.0,  0.04,  0.03),
    ),
    (
        Kind("new_device",        0.22,    150,  2.0, 19.0,  1.2,  0.010, 0.02,  0.8,  3.60,  2.20),
        Kind("second_device",     0.10,      7,  1.8, 13.0,  1.0,  0.010, 0.02,  1.5,  1.60,  1.20),
        Kind("shared_account",    0.24,    600,  2.4, 20.0,  1.4,  0.010, 0.02,  2.0,  6.00,  3.00),
        Kind("forgotten_logout",  0.22,    220,  1.8, 11.0,  1.0,  0.990, 0.02,  0.6,  0.08,  0.04),
        Kind("network_hopper",    0.22,    240,  2.0, 15.0,  1.2,  0.010, 0.98, 17.0,  0.10,  0.06),
    ),
    (
        Kind("hijacked_session",  0.28,     25,  2.0,  2.5,  1.2,  0.060, 0.98,  3.5,  3.40,  2.10),
        Kind("credential_resale", 0.24,    300,  1.8,  1.0,  0.4,  0.040, 0.98, 11.0,  7.00,  3.80),
        Kind("token_replay",      0.26,     18,  1.9,  3.0,  0.6,  0.990, 0.95,  5.0,  0.70,  0.50),
        Kind("slow_bot",          0.22,  4_300,  2.8, 12.0,  0.0,  0.010, 0.06, 26.0,  0.08,  0.04),
    ),
)
ANYBODY = Kind("anybody",         1.00,    150,  1.3, 13.0,  0.5,  0.150, 0.35,  4.0,  1.20,  0.60)
# fmt: on
FLAT = tuple(kind for kinds in KINDS for kind in kinds)
CLASS_OF = np.repeat(np.arange(len(KINDS)), [len(kinds) for kinds in KINDS])  # (kinds,)
SHARE = np.where(np.arange(len(KINDS))[:, None] == CLASS_OF, [kind.weight for kind in FLAT], 0.0)  # P(kind | class)
ATTACKS = np.array([kind.name if c == len(KINDS) - 1 else "" for kind, c in zip(FLAT, CLASS_OF, strict=True)], object)
