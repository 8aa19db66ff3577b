"""What outcomes cost: money by class, by amount and by the effect of an action.  Pure; files are read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from riskcore.core.errors import DataError, did_you_mean
from riskcore.core.fields import finite

Effect = Literal["pass", "challenge", "review", "stop"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)  # in order of severity
HOUR_MIN = 60
# What a number may be at most; all are 0 or more.  Shares end at 1.
MOST = {"share_lost": 1.0, "drop_out": 1.0, "catch_rate": 1.0}


@dataclass(frozen=True, kw_only=True)
class EffectCost:
    """What an action's effect costs and prevents, for one event."""

    friction: float = 0.0  # money lost on an honest event that gives up: the basket, a call to the help desk
    drop_out: float = 1.0  # share of honest events that give up, 0 to 1
    review_minutes: float = 0.0  # an analyst's time, whatever the event turns out to be
    catch_rate: float = 0.0  # share of an attack's loss that it prevents, 0 to 1

    @property
    def annoyance(self) -> float:
        """Money lost on one honest event, on average."""
        return self.friction * self.drop_out


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Money by the effect of an action.  `losses` are by class in order of severity; an attack that carries an amount
    loses `share_lost` of it besides."""

    currency: str
    losses: tuple[float, ...]
    share_lost: float = 0.0
    minute: float = 1.0  # one minute of an analyst
    effects: Mapping[Effect, EffectCost] = field(default_factory=dict)

    @property
    def hour(self) -> float:
        """One hour of an analyst."""
        return self.minute * HOUR_MIN

    @property
    def free(self) -> bool:
        """Whether every outcome costs nothing, so that no threshold is better than another."""
        return not any((*self.losses, self.share_lost)) and not any(
            e.annoyance or e.review_minutes * self.minute for e in self.effects.values()
        )

    def effect(self, effect: Effect) -> EffectCost:
        """What an effect costs; nothing where it is not declared."""
        return self.effects.get(effect, EffectCost())

    def stakes(self, labels: NDArray[np.integer], amounts: NDArray[np.floating] | None) -> NDArray[np.float64]:
        """Money at stake (n,): what each event costs if nothing stops it; labels are class numbers."""
        loss = np.asarray(self.losses, dtype=np.float64)[labels]
        if amounts is None or not self.share_lost:
            return np.asarray(loss)
        return np.asarray(loss + np.where(labels > 0, self.share_lost * amounts, 0.0))

    def of(
        self, labels: NDArray[np.integer], amounts: NDArray[np.floating] | None, effect: Effect
    ) -> NDArray[np.float64]:
        """Money lost (n,) when every one of n events is met with `effect`; labels are class numbers."""
        cost = self.effect(effect)
        honest = np.where(labels == 0, cost.annoyance, 0.0)
        through = self.stakes(labels, amounts) * (1.0 - cost.catch_rate)
        return np.asarray(through + honest + cost.review_minutes * self.minute)

    def to_mapping(self) -> dict[str, Any]:
        """The costs as plain data that `costs_from_mapping` reads back."""
        effects = {
            name: {
                "friction": e.friction,
                "drop_out": e.drop_out,
                "review_minutes": e.review_minutes,
                "catch_rate": e.catch_rate,
            }
            for name, e in self.effects.items()
        }
        losses = [float(loss) for loss in self.losses]
        return {
            "currency": self.currency,
            "losses": losses,
            "share_lost": self.share_lost,
            "minute": self.minute,
            "effects": effects,
        }


def costs_from_mapping(said: object, classes: int, where: str = "costs") -> Costs:
    """Costs from parsed YAML or JSON for so many classes; a `DataError` lists every problem with its path.

    An analyst's pay is given by the `minute` or by the `hour`; what is left out keeps its default.
    """
    if not isinstance(said, Mapping):
        raise DataError(f"{where}: must be a mapping with currency and losses.")
    known = ("currency", "losses", "share_lost", "minute", "hour", "effects")
    problems = [f"{where}: unknown key '{k}'. {did_you_mean(k, known)}" for k in said if k not in known]
    problems += [f"{where}: {k} is missing." for k in ("currency", "losses") if k not in said]
    if "minute" in said and "hour" in said:
        problems.append(f"{where}: minute and hour are both given; an analyst's time has one price.")
    currency = said.get("currency", "")
    if not isinstance(currency, str) or ("currency" in said and not currency):
        problems.append(f"{where}: currency is {currency!r}; it must be text such as EUR.")
    losses = said.get("losses", [0.0] * classes)
    if not isinstance(losses, (list, tuple)) or len(losses) != classes:
        problems.append(f"{where}: losses is {losses!r}; it must be a list of {classes} numbers, one for each class.")
        losses = []
    losses = [_number(loss, f"{where}: losses[{i}]", "losses", problems) for i, loss in enumerate(losses)]
    pay = {k: _number(said[k], f"{where}: {k}", k, problems) for k in ("share_lost", "minute", "hour") if k in said}
    if "hour" in pay:
        pay["minute"] = pay.pop("hour") / HOUR_MIN
    effects = _effects(said.get("effects", {}), where, problems)
    if problems:
        raise DataError(problems)
    return Costs(currency=str(currency), losses=tuple(losses), effects=effects, **pay)


def _effects(said: object, where: str, problems: list[str]) -> dict[Effect, EffectCost]:
    if not isinstance(said, Mapping):
        problems.append(f"{where}: effects must be a mapping of effect to costs.")
        return {}
    found: dict[Effect, EffectCost] = {}
    names = tuple(EffectCost.__dataclass_fields__)
    for effect, row in said.items():
        place = f"{where}: effects.{effect}"
        if effect not in EFFECTS:
            problems.append(f"{where}: unknown effect '{effect}'. {did_you_mean(effect, EFFECTS)}")
        elif not isinstance(row, Mapping):
            problems.append(f"{place} must be a mapping with {', '.join(names)}.")
        else:
            problems += [f"{place}: unknown key '{k}'. {did_you_mean(k, names)}" for k in row if k not in names]
            values = {k: _number(v, f"{place}.{k}", k, problems) for k, v in row.items() if k in names}
            found[effect] = EffectCost(**values)
    return found


def _number(value: object, where: str, name: str, problems: list[str]) -> float:
    most = MOST.get(name)
    rule = "a number of 0 or more" if most is None else f"a number from 0 to {most:g}"
    if not finite(value) or value < 0 or (most is not None and value > most):
        problems.append(f"{where} is {value!r}; it must be {rule}.")
        return 0.0
    return float(value)
