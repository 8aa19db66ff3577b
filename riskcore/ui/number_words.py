"""Counts, shares and money with their intervals, as a person reads them."""

from collections.abc import Callable

from riskcore.services.judging.estimates import Metric

NOISE = 1e-9  # of an interval's width: below it a difference is 0


def percent(share: float | None) -> str:
    """A share as a percentage with three significant digits.

    >>> percent(0.12345), percent(0.000451), percent(1.0), percent(None)
    ('12.3 %', '0.0451 %', '100 %', '–')
    """
    return "–" if share is None else f"{_short(100 * share)} %"


def amount(value: float | None) -> str:
    """A count or money: whole from 100 upwards, otherwise three significant digits.

    >>> amount(12_345.6), amount(0.01234), amount(-250.4), amount(None)
    ('12,346', '0.0123', '-250', '–')
    """
    return "–" if value is None else _short(value)


def ranged(metric: Metric | None) -> str:
    """An estimate and its 95 % interval.

    >>> ranged(Metric(0.5, 0.41, 0.59))
    '50 % (41 % to 59 %)'
    """
    return "–" if metric is None else f"{percent(metric.value)} ({percent(metric.low)} to {percent(metric.high)})"


def change(metric: Metric, words: Callable[[float | None], str] = amount) -> str:
    """A difference alone, with its sign.

    >>> change(Metric(-9.5e-16, -0.9, 0.6)), change(Metric(12.0, 1.0, 20.0))
    ('0', '+12')
    """
    return _with_sign(metric.value, metric, words)


def signed(metric: Metric | None, words: Callable[[float | None], str] = amount) -> str:
    """A difference and its 95 % interval, with signs.

    >>> signed(Metric(-1_500.0, -2_000.0, 10.0))
    '-1,500 (-2,000 to +10)'
    """
    if metric is None:
        return "–"
    value, low, high = (_with_sign(x, metric, words) for x in (metric.value, metric.low, metric.high))
    return f"{value} ({low} to {high})"


def class_in_words(name: str) -> str:
    """A class as it stands in a sentence; a bare number is told to be one.

    >>> class_in_words("fraud"), class_in_words("1")
    ('fraud', 'class 1')
    """
    return f"class {name}" if name.isdigit() else name


def _with_sign(x: float, metric: Metric, words: Callable[[float | None], str]) -> str:
    """An end or the middle of an interval; what sums of floats leave beside its width is 0."""
    told = 0.0 if abs(x) <= NOISE * (metric.high - metric.low) else x
    return f"{'+' if told > 0 else ''}{words(told)}"


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    told = f"{value:.3g}"
    return told if "e" not in told else f"{value:.2e}"
