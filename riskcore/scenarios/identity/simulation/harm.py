"""A given number of attack events, mixed of all kinds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from riskcore.scenarios.identity.simulation.attacks import ATTACKS
from riskcore.scenarios.identity.simulation.habits import Visits, join_visits
from riskcore.scenarios.identity.simulation.networks import Ints
from riskcore.scenarios.identity.simulation.people import Floats
from riskcore.scenarios.identity.simulation.stage import Deed, Stage
from riskcore.scenarios.identity.simulation.steps import Steps, join_steps

SPREAD = 2.4  # concentration of the beta distribution of stealth: crude and careful ones at any mean
DRIFTED = 0.5  # by how much stealth rises from the first day to the last at drift 1
WITHIN = (0.03, 0.97)  # of the whole time in which attacks begin
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Harm:
    """Attacks: their visits, their steps (k,), and for each step which attack, of which kind, how careful."""

    visits: Visits
    steps: Steps
    attack: Ints
    kind: Ints  # place in ATTACKS
    stealth: Floats


def harm(stage: Stage, n: int, mix: Sequence[float], mean: float, drift: float) -> Harm:
    """n steps of attacks, each kind with its share of them; the last attack of each kind is cut short."""
    parts, visits, attacks = [], 0, 0
    for place, (attack, budget) in enumerate(zip(ATTACKS.values(), _split(n, mix), strict=True)):
        phase = _phases(stage.rng, budget)
        stealth = _draw_stealth(stage.rng, phase, mean, drift)
        deed = attack(stage, stealth, phase)  # an attack has a step at least: there are enough of them
        steps = deed.steps.take(_first(stage, deed, budget))
        of = deed.attack[steps.visit]
        parts.append(
            Harm(
                deed.visits,
                replace(steps, visit=steps.visit + visits),
                of + attacks,
                np.full(len(of), place),
                stealth[of],
            )
        )
        visits, attacks = visits + deed.visits.n, attacks + budget
    return Harm(
        join_visits([p.visits for p in parts]),
        join_steps([p.steps for p in parts]),
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("attack", "kind", "stealth")),
    )


def _split(n: int, mix: Sequence[float]) -> list[int]:
    """n divided by the shares, whole numbers that add up.

    >>> _split(10, (0.5, 0.25, 0.25))
    [5, 2, 3]
    """
    edges = np.ceil(np.round(np.cumsum([0.0, *mix]) * n, 6) - 0.5).astype(int)
    edges[-1] = n
    return [int(part) for part in np.diff(edges)]


def _phases(rng: np.random.Generator, n: int) -> Floats:
    """Shares of the whole time, of which the first few are spread evenly, too (golden-section sequence)."""
    return np.asarray(WITHIN[0] + (WITHIN[1] - WITHIN[0]) * ((rng.random() + GOLDEN * np.arange(n)) % 1))


def _draw_stealth(rng: np.random.Generator, phase: Floats, mean: float, drift: float) -> Floats:
    drawn = rng.beta(SPREAD * mean, SPREAD * (1 - mean), len(phase))
    return np.asarray(np.clip(drawn + DRIFTED * drift * (phase - 0.5), 0, 1))


def _first(stage: Stage, deed: Deed, n: int) -> Ints:
    """The first n steps, attack by attack, each in order of time; none after the end of the simulation."""
    when = deed.visits.start[deed.steps.visit] + deed.steps.at
    attack = deed.attack[deed.steps.visit]
    order = np.lexsort((when, attack))
    return order[when[order] < stage.span][:n]
