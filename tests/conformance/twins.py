"""One broken twin of a sound scenario for each conformance check."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskcore.core.explanation import Explanation
from riskcore.core.knobs import Knobs
from riskcore.core.labels import Generated
from riskcore.core.model import Output
from riskcore.core.scenario import Floors, Scenario
from riskcore.core.schema import EventSchema, Validated
from riskcore.estimators.model import ChainModel
from riskcore.scenarios import identity, session_risk

SOUND = replace(session_risk.SCENARIO, training_rows=3_000, floors=Floors())
STATEFUL = replace(
    identity.SCENARIO, training_rows=3_000, floors=Floors(), models={"fusion": identity.SCENARIO.models["fusion"]}
)
CALLS = iter(range(1_000_000))  # what no pure function may look at

Changed = Callable[[Generated], Generated]


def generated_with(change: Changed) -> Scenario:
    def generate(rng: np.random.Generator, n: int, knobs: Knobs) -> Generated:
        return change(SOUND.generate(rng, n, knobs))

    return replace(SOUND, generate=generate)


def events_with(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Scenario:
    return generated_with(lambda made: replace(made, events=change(made.events)))


def featured_with(change: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]) -> Scenario:
    def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
        return change(SOUND.features(events, history), events)

    return replace(SOUND, features=features)


def remembered_with(change: Callable[[pd.DataFrame, pd.DataFrame], NDArray[np.floating]]) -> Scenario:
    """Given the events and all that is known, a number is added to what the first signal measured."""

    def features(events: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
        X = STATEFUL.features(events, history)
        known = events if history is None else pd.concat([history, events]).drop_duplicates("event_id")
        return X.assign(new_device=X["new_device"].fillna(0) + change(events, known).astype(np.float32))

    return replace(STATEFUL, features=features)


def _seen_at_any_time(events: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.floating]:
    """How often each user is seen, before or after."""
    return events["user_id"].map(known["user_id"].value_counts()).to_numpy(dtype=np.float64)


def _spelled(events: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.floating]:
    """The first letter of each user's name."""
    return events["user_id"].str[0].map(ord).to_numpy(dtype=np.float64) % 7


@dataclass(frozen=True)
class Maker:
    """The sound scenario's default family, making models of another class."""

    kind: type[ChainModel]

    @property
    def title(self) -> str:
        return "Broken"

    @property
    def settings(self) -> tuple[Any, ...]:
        return next(iter(SOUND.models.values())).settings

    def __call__(self, seed: int, settings: Mapping[str, Any]) -> ChainModel:
        made = next(iter(SOUND.models.values()))(seed, settings)
        assert isinstance(made, ChainModel)
        return self.kind(made.estimator, made.classes, made.source)


def modelled_by(kind: type[ChainModel]) -> Scenario:
    return replace(SOUND, models={"broken": Maker(kind)})


class RanksWithinItsBatch(ChainModel):
    def predict(self, X: pd.DataFrame) -> Output:
        said = super().predict(X)
        return replace(said, risk=pd.Series(said.risk).rank(pct=True).to_numpy())


class LooksAtPosition(ChainModel):
    def predict(self, X: pd.DataFrame) -> Output:
        said = super().predict(X)
        return replace(said, risk=said.risk * np.linspace(0.5, 1.0, len(X)))


class SaysMoreThanOne(ChainModel):
    def predict(self, X: pd.DataFrame) -> Output:
        said = super().predict(X)
        return replace(said, risk=said.risk * 1.5)


class ForgetsAContribution(ChainModel):
    def explain(self, X: pd.DataFrame, output: Output | None = None) -> Explanation:
        said = super().explain(X, output)
        return replace(
            said, contributions=np.concatenate([said.contributions[:, :-1] * 0.9, said.contributions[:, -1:]], axis=1)
        )


class NeverLearnsTheSameTwice(ChainModel):
    def fit(self, X: pd.DataFrame, y: Any = None, progress: Any = None) -> Self:
        shaken = X + np.random.default_rng(next(CALLS)).normal(0, 0.5, X.shape).astype(np.float32)
        return super().fit(shaken, y, lambda done, doing: None)


class KeepsAPickle(ChainModel):
    def dump(self) -> dict[str, bytes]:
        return super().dump() | {"extra.bin": pickle.dumps({"any": "code"})}


class IgnoresLabelsColumnOnce(EventSchema):
    """Lets an undeclared label column through to the features."""

    def validate(self, table: pd.DataFrame) -> Validated:
        found = super().validate(table)
        if "label" not in table:
            return found
        return replace(found, events=found.events.assign(session_duration=table["label"].to_numpy() * 1_000))


class StopsAtTheFirst(EventSchema):
    def validate(self, table: pd.DataFrame) -> Validated:
        found = super().validate(table)
        return replace(found, violations=found.violations[:1])


class DropsTheNeighbour(EventSchema):
    """Rejects the row after a bad one as well, without a word."""

    def validate(self, table: pd.DataFrame) -> Validated:
        found = super().validate(table)
        if not found.violations:
            return found
        kept = found.kept & np.roll(found.kept, 1)
        return replace(found, kept=kept, events=found.events[kept[found.kept]].reset_index(drop=True))


def schema_of(kind: type[EventSchema]) -> Scenario:
    event = SOUND.event
    return replace(SOUND, event=kind(fields=event.fields, id=event.id, time=event.time, amount=event.amount))


def _spoils_its_input(X: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    events["login_hour"] = 5
    return X


def _from_label(made: Generated) -> Generated:
    hour = np.where(made.labels.label > 0, 3, 14)
    events = made.events.assign(login_hour=hour)
    return replace(made, events=events.drop(columns=["is_night_login"], errors="ignore"))


def _overconfident(made: Generated) -> Generated:
    assert made.labels.p_true is not None
    sharp = made.labels.p_true**3
    return replace(made, labels=replace(made.labels, p_true=sharp / sharp.sum(axis=1, keepdims=True)))


def _certain(made: Generated) -> Generated:
    return replace(made, labels=replace(made.labels, p_true=np.eye(3)[made.labels.label]))


TWINS: dict[str, Callable[[], Scenario]] = {
    "same_seed_same_rows": lambda: events_with(
        lambda e: e.assign(session_duration=e["session_duration"] + next(CALLS) % 7)
    ),
    "generated_events_are_valid": lambda: events_with(lambda e: e.assign(login_hour=e["login_hour"] + 1)),
    "generated_events_are_unique": lambda: events_with(
        lambda e: pd.concat([e.head(1), e.iloc[:-1]], ignore_index=True)
    ),
    "labels_stay_apart": lambda: generated_with(
        lambda made: replace(made, events=made.events.assign(attack=made.labels.label))
    ),
    "undeclared_columns_reach_no_feature": lambda: schema_of(IgnoresLabelsColumnOnce),
    "true_probabilities_are_true": lambda: generated_with(_overconfident),
    "data_is_worth_learning_from": lambda: generated_with(_certain),
    "no_single_feature_gives_the_label_away": lambda: generated_with(_from_label),
    "features_change_nothing": lambda: featured_with(_spoils_its_input),
    "batch_size_cannot_be_seen": lambda: modelled_by(RanksWithinItsBatch),
    "only_its_own_past_is_seen": lambda: remembered_with(_seen_at_any_time),
    "names_of_entities_carry_nothing": lambda: remembered_with(_spelled),
    "row_order_changes_nothing": lambda: modelled_by(LooksAtPosition),
    "bad_rows_disturb_no_others": lambda: schema_of(DropsTheNeighbour),
    "every_problem_is_told": lambda: schema_of(StopsAtTheFirst),
    "risks_are_probabilities": lambda: modelled_by(SaysMoreThanOne),
    "explanations_add_up": lambda: modelled_by(ForgetsAContribution),
    "training_repeats": lambda: modelled_by(NeverLearnsTheSameTwice),
    "models_survive_storage": lambda: modelled_by(KeepsAPickle),
    "presets_are_good_events": lambda: replace(
        SOUND, presets={name: next(iter(SOUND.presets.values())) for name in ("one", "two")}
    ),
    "knobs_are_checked": lambda: replace(SOUND, recipes={"wild": {"noise": 17}}),
    "quality_reaches_its_floors": lambda: replace(SOUND, floors=Floors(metrics={"accuracy": 0.999})),
}
