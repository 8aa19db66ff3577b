"""Sessions with their labels and true probabilities."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from riskcore.core.drawing import draw_columns, neighbours
from riskcore.core.errors import DataError
from riskcore.core.knobs import Knob, Knobs
from riskcore.core.labels import Generated, Labels
from riskcore.scenarios.session_risk.event import CLASSES, EVENT
from riskcore.scenarios.session_risk.kinds import ATTACKS, SHARE
from riskcore.scenarios.session_risk.world import World

BLUR = 0.9  # share of fields that are anybody's at noise 1
MOST_REPEATED = 0.2  # of all draws; beyond it the frequent sessions would be too rare among the different ones

KNOBS = (
    Knob(
        key="balance",
        label="Class mix",
        kind="shares",
        default=(0.40, 0.33, 0.27),
        parts=CLASSES,
        help="How many of the recorded labels are safe, medium and high.",
    ),
    Knob(
        key="noise",
        label="Noise",
        kind="number",
        default=0.2,
        step=0.05,
        help="How often a field looks like anybody's. At 0 kinds of sessions are as distinct as they can be, at 1 the "
        "classes can hardly be told apart.",
    ),
    Knob(
        key="label_noise",
        label="Wrong labels",
        kind="number",
        default=0.0,
        high=0.4,
        step=0.01,
        help="Share of recorded labels that belong to the neighbouring class.",
    ),
)


def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
    """n different sessions, their labels and P(recorded label | session).

    Raises `DataError` where the settings hold too few different sessions for n.
    """
    world = World.at(BLUR * knobs["noise"] ** 2)  # squared, so that the knob is finest where it is used
    shares, latent = np.array(knobs["balance"]), neighbours(len(CLASSES), knobs["label_noise"])

    def draw(m: int) -> pd.DataFrame:
        label = rng.choice(len(CLASSES), size=m, p=shares)
        kind = draw_columns(rng, SHARE, draw_columns(rng, latent, label))
        return world.draw(rng, kind).assign(label=label, kind=kind)

    drawn = distinct(draw, n, by=EVENT.names)
    joint = world.likelihood(drawn) @ (latent @ SHARE).T * shares
    return Generated(
        events=drawn[list(EVENT.names)],
        labels=Labels(
            label=drawn["label"].to_numpy(),
            attack=ATTACKS[drawn["kind"].to_numpy()],
            p_true=joint / joint.sum(axis=1, keepdims=True),
        ),
    )


def distinct(draw: Callable[[int], pd.DataFrame], n: int, by: Sequence[str]) -> pd.DataFrame:
    """The first n draws that differ in the columns `by`.

    A repeated draw is dropped whatever its label, so P(label | session) stays as it was; only frequent sessions become
    rarer.  Raises `DataError` where that would be more than a trifle.
    """
    kept, drawn = draw(n), n
    while True:
        kept = kept[~kept.duplicated(list(by))]
        repeated = drawn - len(kept)
        if repeated > MOST_REPEATED * max(drawn, 100):
            held = max(1, int(n * MOST_REPEATED / 2 * drawn / repeated))
            raise DataError(
                f"Rows is {n}, but {repeated} of {drawn} draws repeated an earlier one: these settings do not hold so "
                f"many different sessions. Ask for about {held} rows, or for more noise."
            )
        if len(kept) == n:
            return kept.reset_index(drop=True)
        drawn += n - len(kept)
        kept = pd.concat([kept, draw(n - len(kept))], ignore_index=True)
