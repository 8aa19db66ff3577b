"""From a checked spec to the scenario it declares."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from riskcore.core.errors import DataError, ScenarioError, did_you_mean
from riskcore.core.knobs import turn
from riskcore.core.labels import Target
from riskcore.core.model import MakeModel
from riskcore.core.policy import policy_from_mapping
from riskcore.core.scenario import Scenario
from riskcore.core.schema import EventSchema, Field
from riskcore.estimators.boosted import boosted
from riskcore.estimators.forest import forest
from riskcore.estimators.isolation import isolation
from riskcore.estimators.logistic import logistic
from riskcore.estimators.model import Family
from riskcore.scenarios.declared.checking import Locate, check_spec, in_words
from riskcore.scenarios.declared.columns import features_of
from riskcore.scenarios.declared.defaults import costs_for, models_for, policy_for
from riskcore.scenarios.declared.memory import memories
from riskcore.scenarios.declared.spec import FieldSpec, Spec, span
from riskcore.scenarios.declared.twin import twin_of

FAMILIES: Mapping[str, Callable[..., Family]] = {
    "boosted": boosted,
    "forest": forest,
    "logistic": logistic,
    "isolation": isolation,
}
UNLABELLED = ("usual", "unusual")
REMEMBERS = "Its models remember how events of each entity turned out, so its name says something."
REPEATS = "Its fields have so few values that different events can be equal, as they are in the data it was made from."


def from_spec(said: object, locate: Locate | None = None) -> Scenario:
    """The scenario that a mapping declares.

    `locate` says where a part stands in its file.  One `ScenarioError` has every mistake of a stage: first those of
    form, then parts that do not fit one another, then settings of models.
    """
    locate = locate or in_words
    spec = check_spec(said, locate)
    schema = _schema(spec)
    target = _target(spec)
    classes = target.classes if target.labelled else ()
    twin = twin_of(spec.twin, schema, classes)
    features = features_of(spec, schema, twin.usual)
    policy = policy_for(target.labelled, target.classes)
    if spec.policy is not None:
        policy = policy_from_mapping(dict(spec.policy), locate(("policy",)))
    return Scenario(
        key=spec.key,
        title=spec.title,
        summary=spec.summary or f"What is the risk of an event of {spec.title}?",
        icon=spec.icon,
        event=schema,
        target=target,
        knobs=twin.knobs,
        recipes=twin.recipes,
        generate=twin,
        features=features,
        source=features.source,
        phrases=features.phrases,
        evidence=None if features.past is None else features.past.evidence,
        models=_models(spec, target, features.source, locate),
        policy=policy,
        costs=costs_for(len(target.classes), schema.amount is not None),
        presets=spec.presets,
        lookback=spec.reach,
        entities=spec.entities,
        per_day=spec.per_day,
        exceptions=_exceptions(spec, twin.unique),
    )


def _schema(spec: Spec) -> EventSchema:
    return EventSchema(
        fields=tuple(_field(f) for f in spec.fields),
        id=spec.roles.id,
        time=spec.roles.time,
        amount=spec.roles.amount,
        tenant=spec.roles.tenant,
        origin=spec.origin,
    )


def _field(said: FieldSpec) -> Field:
    flag = said.kind == "flag"
    return Field(
        name=said.name,
        kind=said.kind,
        label=said.label or said.name.replace("_", " ").strip().capitalize() or said.name,
        help=said.help,
        unit=said.unit,
        low=0 if flag else said.low,
        high=1 if flag else said.high,
        usual=said.usual,
        choices=said.choices,
        open=said.kind == "category" and said.open,
        optional=said.optional,
        synonyms=said.synonyms,
        formats=said.formats,
    )


def _target(spec: Spec) -> Target:
    if spec.target is None:
        return Target(name="", classes=UNLABELLED)
    delay = span(spec.target.delay) if spec.target.delay else timedelta(0)
    return Target(name=spec.target.name, classes=spec.target.classes, aliases=spec.target.aliases, delay=delay)


def _models(spec: Spec, target: Target, source: Mapping[str, str], locate: Locate) -> dict[str, MakeModel]:
    shares = spec.twin.shares
    wanted = spec.models or models_for(target.labelled, len(target.classes), min(shares) / sum(shares))
    problems, found = list[str](), dict[str, MakeModel]()
    for name, settings in wanted.items():
        place = ("models", name)
        if name not in FAMILIES:
            problems.append(f"{locate(place)} is no family of models. {did_you_mean(name, FAMILIES)}")
            continue
        make = partial(FAMILIES[name], target.classes, source, **_entity(name, spec))
        try:
            tuned = turn(make().settings, settings, "setting")
        except DataError as error:
            problems += [f"{locate(place)}: {p}" for p in error.problems]
            continue
        if make()(0, {}).supervised:
            make = partial(make, transformers=memories(spec, target.delay))
            if not target.labelled:
                problems.append(f"{locate(place)} learns from labels, and there is no target. Use isolation.")
        found[name] = make(**{k: v for k, v in tuned.items() if k in settings})
    if problems:
        raise ScenarioError("\n".join(problems))
    return found


def _exceptions(spec: Spec, unique: bool) -> dict[str, str]:
    """Promises that such a scenario cannot keep, and why."""
    found = {} if unique else {"generated_events_are_unique": REPEATS}
    return found | ({"names_of_entities_carry_nothing": REMEMBERS} if spec.remember and spec.as_of else {})


def _entity(name: str, spec: Spec) -> dict[str, Any]:
    return {"entity": spec.entities[0]} if name == "isolation" and spec.entities else {}
