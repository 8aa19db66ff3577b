"""Names beside points that do not lie over each other: each takes the first free side of its point, or is left out."""

from collections.abc import Sequence
from typing import NamedTuple

LETTER, LINE = 6.6, 14.0  # px, on average
GAP = 7.0  # px between a point's edge and its name


class Box(NamedTuple):
    """What is taken on the screen, in px, y downward."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Label(NamedTuple):
    """Where a name's middle stands from its point, in px."""

    dx: float
    dy: float


def around(x: float, y: float, radius: float) -> Box:
    """What a point takes."""
    return Box(x - radius, y - radius, x + radius, y + radius)


def beside(text: str, radius: float) -> list[Label]:
    """The sides of a point, the best first: right, left, above, below."""
    across, up = radius + GAP + LETTER * len(text) / 2, radius + LINE / 2
    return [Label(across, 0), Label(-across, 0), Label(0, -up), Label(0, up)]


def off_line(text: str, slope: float) -> list[Label]:
    """Either side of a line through the point, near enough for it to be seen whose name it is; `slope` in px per px.

    Along a flat line that is above or below it, along a steep one right or left of it.
    """
    wide, high = LETTER * len(text) / 2 + GAP, LINE / 2 + GAP
    up, across = high + wide * abs(slope), wide + high / max(abs(slope), 1e-9)
    return [Label(0, -up), Label(0, up)] if up < across else [Label(across, 0), Label(-across, 0)]


def place(x: float, y: float, text: str, sides: Sequence[Label], taken: list[Box]) -> Label | None:
    """The first side on which nothing is, which then is taken; None where there is something on each."""
    for label in sides:
        middle, half = (x + label.dx, y + label.dy), (LETTER * len(text) / 2, LINE / 2)
        box = Box(middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
        if not any(box.meets(other) for other in taken):
            taken.append(box)
            return label
    return None
