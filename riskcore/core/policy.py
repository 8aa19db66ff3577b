"""From risk to action: bands and overrides.  Pure; files are read elsewhere, and money is in `costs`."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.costs import EFFECTS, Effect
from riskcore.core.errors import PolicyError, did_you_mean
from riskcore.core.overrides import Override, unsound_conditions
from riskcore.core.repeats import Met, Repeated, not_given, unsound_repeated

RISK = "risk"
NO_ACTIONS = "actions is missing or empty; it must list what can be done with an event, the mildest first."


@dataclass(frozen=True)
class Action:
    """What can be done with an event.  Lint, guard-rails and money follow from `effect`."""

    key: str
    label: str
    effect: Effect


@dataclass(frozen=True)
class Band:
    """`action` from `edge` upwards (`measure >= edge`).

    `measure` is the risk, or with classes the name of one: the probability of that class or a worse one.  Expected
    severity cannot tell a certain "medium" from a coin toss between "safe" and "high"; these probabilities can.
    `note` is for people and decides nothing.
    """

    edge: float
    action: str
    measure: str = RISK
    note: str = ""

    def to_mapping(self) -> dict[str, Any]:
        """Plain data; what is left out is as by default."""
        said = {"edge": float(self.edge), "action": self.action} | (
            {} if self.measure == RISK else {"measure": self.measure}
        )
        return said | ({"note": self.note} if self.note else {})


@dataclass(frozen=True)
class Decisions:
    """The action of each event and the rule that led there; codes index `Policy.actions` and `Policy.rules`."""

    actions: NDArray[np.int8]  # (n,)
    rules: NDArray[np.int16]  # (n,)


@dataclass(frozen=True)
class Rule:
    """One rule of a policy as it applies to one event; of all that apply, one is `effective`."""

    name: str
    action: str
    applies: bool
    effective: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Actions in order of severity, bands, and ordered overrides.

    An event gets the most severe action whose band it reaches; the first band of the mildest action has edge 0.
    """

    actions: tuple[Action, ...]
    bands: tuple[Band, ...]
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise PolicyError(problems)

    def _problems(self) -> list[str]:
        keys = [a.key for a in self.actions]
        problems = [f"Action '{k}' is declared twice." for k in sorted({k for k in keys if keys.count(k) > 1})]
        problems += [
            f"Action '{a.key}' has effect '{a.effect}'. {did_you_mean(a.effect, EFFECTS)}"
            for a in self.actions
            if a.effect not in EFFECTS
        ]
        problems += _unknown_actions(keys, [b.action for b in self.bands], [o.action for o in self.overrides])
        problems += [
            f"bands[{i}] has edge {b.edge}; it must be a number from 0 to 1."
            for i, b in enumerate(self.bands)
            if not 0 <= b.edge <= 1
        ]
        return [*problems, *_disorder(keys, self.bands)]

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """Every rule in words: bands first, then overrides."""
        return (
            *(f"{measure_in_words(b.measure)} >= {b.edge:g}" for b in self.bands),
            *(o.name for o in self.overrides),
        )

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """What its bands are compared with, in order; never empty."""
        return tuple(dict.fromkeys(b.measure for b in self.bands if b.edge > 0)) or (RISK,)

    def action(self, key: str) -> Action:
        return next(a for a in self.actions if a.key == key)

    def code(self, key: str) -> int:
        """Place of an action in order of severity."""
        return [a.key for a in self.actions].index(key)

    @cached_property
    def repeats(self) -> tuple[Repeated, ...]:
        """The conditions over time of its overrides, in order; empty where each event is judged by itself."""
        return tuple(o.repeated for o in self.overrides if o.repeated is not None)

    @property
    def reach(self) -> timedelta | None:
        """How far back past risks can count; None where they never do."""
        return max((r.within for r in self.repeats), default=None)

    def decide(
        self, measures: Mapping[str, NDArray[np.floating]], events: pd.DataFrame, met: Met = not_given
    ) -> Decisions:
        """Actions for n events.  `measures` holds `risk` and, with classes, P(class or worse); each (n,).

        `met` answers which of them meet a condition over time; without it, one raises `PolicyError`.
        """
        n = len(measures[RISK])
        # Bands rise in severity, so the last one that is reached wins; maximum spares a pass over masks.
        reached = np.zeros(n, dtype=np.int16)
        for i, band in enumerate(self.bands[1:], start=1):
            np.maximum(reached, (measures[band.measure] >= band.edge).astype(np.int16) * np.int16(i), out=reached)
        action_of = np.array([self.code(b.action) for b in self.bands], dtype=np.int8)
        actions, rules = action_of[reached], reached
        for i, override in reversed(list(enumerate(self.overrides))):
            hit = override.matches(events, met)
            actions[hit] = self.code(override.action)
            rules[hit] = len(self.bands) + i
        return Decisions(actions, rules)

    def trace(
        self,
        measures: Mapping[str, NDArray[np.floating]],
        events: pd.DataFrame,
        row: int = 0,
        met: Met = not_given,
    ) -> list[Rule]:
        """Every rule as it applies to one event: bands from mild to harsh, then overrides in order."""
        one = {name: values[row : row + 1] for name, values in measures.items()}
        event, met_here = events.iloc[row : row + 1], lambda condition: met(condition)[row : row + 1]
        effective = int(self.decide(one, event, met_here).rules[0])
        rules = [(b.action, bool(one[b.measure][0] >= b.edge), b.note) for b in self.bands]
        rules += [(o.action, bool(o.matches(event, met_here)[0]), "") for o in self.overrides]
        return [
            Rule(name, action, hit, place == effective, note)
            for place, (name, (action, hit, note)) in enumerate(zip(self.rules, rules, strict=True))
        ]

    def with_edges(self, edges: Mapping[int, float]) -> "Policy":
        """This policy with the edges of some bands, by position, moved."""
        return replace(
            self, bands=tuple(replace(b, edge=float(edges[i])) if i in edges else b for i, b in enumerate(self.bands))
        )

    def fingerprint(self) -> str:
        """Short hash of what the policy decides.

        Notes of bands don't count: a receipt or a logged decision stays comparable when one is written.  So of two
        people who write notes at once none is told of the other; the versions keep both.
        """
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        bare = replace(self, bands=tuple(replace(b, note="") for b in self.bands))
        return hashlib.sha256(json.dumps(bare.to_mapping(), sort_keys=True).encode()).hexdigest()[:12]

    def to_mapping(self) -> dict[str, Any]:
        """The policy as plain data that `policy_from_mapping` reads back."""
        said: dict[str, Any] = {
            "actions": [{"key": a.key, "label": a.label, "effect": a.effect} for a in self.actions],
            "bands": [b.to_mapping() for b in self.bands],
        }
        if self.overrides:
            said["overrides"] = [o.to_mapping() for o in self.overrides]
        return said


def _disorder(keys: Sequence[str], bands: Sequence[Band]) -> list[str]:
    """Where bands leave a gap at 0, or rise neither in severity nor in the edges of one measure, by their places."""
    if not bands:
        return ["bands is missing or empty; it must hold a band that starts at risk 0."]
    first, problems = bands[0], list[str]()
    if first.edge != 0 or first.measure != RISK:
        problems.append(
            f"bands[0] starts at {first.measure} {first.edge}; "
            "it must start at risk 0, or some events would have no action."
        )
    known = [(i, keys.index(b.action)) for i, b in enumerate(bands) if b.action in keys]
    for (i, place), (j, later) in pairwise(known):
        if later < place:
            problems.append(
                f"bands[{j}] has action '{keys[later]}', milder than '{keys[place]}' of bands[{i}]; bands must be in "
                "order of the severity of their actions."
            )
    for measure in dict.fromkeys(b.measure for b in bands):
        for (i, edge), (j, next_edge) in pairwise([(i, b.edge) for i, b in enumerate(bands) if b.measure == measure]):
            if next_edge <= edge:
                problems.append(
                    f"bands[{j}] has edge {next_edge}, and bands[{i}] has {edge}; edges of {measure} must rise."
                )
    return problems


def _unknown_actions(known: Sequence[object], bands: Sequence[object], overrides: Sequence[object]) -> list[str]:
    """What bands and overrides name that is no action; names that are no text are told elsewhere."""
    if not known:
        return [NO_ACTIONS]
    named = [(f"bands[{i}]", key) for i, key in enumerate(bands)]
    named += [(f"overrides[{i}]", key) for i, key in enumerate(overrides)]
    wrong = [(where, key) for where, key in named if isinstance(key, str) and key not in known]
    return [f"{where} has action '{key}'. {did_you_mean(key, known)}" for where, key in wrong]


def measure_in_words(measure: str) -> str:
    """What bands are compared with, in words.

    >>> measure_in_words("high")
    'P(≥ high)'
    """
    return RISK if measure == RISK else f"P(≥ {measure})"


def policy_from_mapping(said: object, where: str = "policy") -> Policy:
    """A policy from parsed YAML or JSON; a `PolicyError` lists every problem with its path."""
    problems: list[str] = []
    parts = {"actions": Action, "bands": Band, "overrides": Override}
    if not isinstance(said, Mapping):
        raise PolicyError(f"{where}: must be a mapping with actions and bands.")
    problems += [f"{where}: unknown key '{k}'. {did_you_mean(k, parts)}" for k in said if k not in parts]
    rows = {part: said.get(part) or [] for part in parts}
    unlisted = [part for part, given in rows.items() if not isinstance(given, Sequence) or isinstance(given, str)]
    if unlisted:
        raise PolicyError([*problems, *(f"{where}: {part} must be a list." for part in unlisted)])
    items = {
        part: [_item(kind, row, f"{where}: {part}[{i}]") for i, row in enumerate(rows[part])]
        for part, kind in parts.items()
    }
    wrong = [problem for part in items.values() for _, told in part for problem in told]
    if wrong:  # what has no places yet is judged by the names alone
        keys, *named = (
            [row.get(word) if isinstance(row, Mapping) else None for row in rows[part]]
            for part, word in zip(parts, ("key", "action", "action"), strict=True)
        )
        raise PolicyError([*problems, *wrong, *(f"{where}: {p}" for p in _unknown_actions(keys, *named))])
    try:
        policy = Policy(**{part: tuple(item for item, _ in made) for part, made in items.items()})
    except PolicyError as error:
        raise PolicyError([*problems, *(f"{where}: {p}" for p in error.problems)]) from None
    if problems:
        raise PolicyError(problems)
    return policy


KEYS: Mapping[type[Any], tuple[tuple[str, ...], tuple[str, ...]]] = {  # needed, and allowed besides
    Action: (("key", "label", "effect"), ()),
    Band: (("edge", "action"), ("measure", "note")),
    Override: (("name", "when", "action"), ("repeated",)),
}
KINDS: Mapping[str, tuple[type[Any] | tuple[type[Any], ...], str]] = {  # of what is no text
    "edge": ((int, float), "a number from 0 to 1"),
    "when": (Mapping, "a mapping of field to value"),
}


def _item(kind: type[Any], row: object, where: str) -> tuple[Any, list[str]]:
    needed, besides = KEYS[kind]
    if not isinstance(row, Mapping):
        return None, [f"{where} must be a mapping with {', '.join(needed)}."]
    said = dict(row)
    over_time = said.pop("repeated", None) if kind is Override else None
    if over_time is not None:
        said.setdefault("when", {})  # every event that completes it
    allowed = (*needed, *besides)
    problems = [f"{where}: unknown key '{k}'. {did_you_mean(k, allowed)}" for k in said if k not in allowed]
    problems += [f"{where}: {k} is missing." for k in needed if k not in said]
    for k, value in said.items():
        type_, words = KINDS.get(k, (str, "text"))
        if k in allowed and (isinstance(value, bool) or not isinstance(value, type_)):
            problems.append(f"{where}: {k} is {value!r}; it must be {words}.")
    if kind is Override and isinstance(said.get("when"), Mapping):
        problems += unsound_conditions(said["when"], where)
    if over_time is not None:
        problems += unsound_repeated(over_time, f"{where}: repeated")
    if problems:
        return None, problems
    return kind(**said, **({} if over_time is None else {"repeated": Repeated(**over_time)})), []
