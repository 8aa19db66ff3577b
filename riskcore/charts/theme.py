"""Colours of all charts, by meaning.  Each is readable on the light and on the dark background.

After Okabe and Ito, told apart with any common colour blindness; teal is harmless, vermilion severe.  Colour never
carries a meaning alone: labels, order or shape say it too.
"""

from collections.abc import Mapping

from riskcore.core.costs import Effect

TEAL, AMBER, VERMILION = "#2a969b", "#e8a729", "#d64d1d"
INDIGO, SKY, PLUM, OLIVE = "#6d5fd6", "#5fb4e8", "#a3678b", "#8f8422"

NEUTRAL = "#8a969c"  # rules, references, whatever has no meaning of its own
ACCENT = INDIGO  # one series, or the thing the chart is about
ALARM = VERMILION
SERIES = (INDIGO, AMBER, TEAL, VERMILION, SKY, PLUM, OLIVE)  # things without an order: models, fields
RAISES, LOWERS = VERMILION, TEAL  # contributions that raise risk, and that lower it

EFFECT_COLORS: Mapping[Effect, str] = {"pass": TEAL, "challenge": AMBER, "review": INDIGO, "stop": VERMILION}


def class_colors(n: int) -> tuple[str, ...]:
    """Colours of n classes in order of severity, from harmless to severe.

    >>> class_colors(2)
    ('#2a969b', '#d64d1d')
    """
    between = (AMBER, PLUM, INDIGO, OLIVE, SKY)
    return (TEAL, *between[: max(0, n - 2)], VERMILION)[:n] if n > 1 else (NEUTRAL,)
