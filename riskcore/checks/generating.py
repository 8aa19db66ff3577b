"""Generated events are sound, repeat by their seed, and are neither trivial nor wrong about the truth."""

import numpy as np

from riskcore.checks.subject import ROWS, SEED, BrokenPromise, Subject, promise
from riskcore.core.errors import DataError


def same_seed_same_rows(subject: Subject) -> None:
    """The same seed gives the same events and labels, another seed gives others."""
    again, other = (subject.scenario.synthesize(ROWS, seed) for seed in (SEED, SEED + 1))
    promise(subject.sample.events.equals(again.events), "the same seed gave other events")
    promise(np.array_equal(subject.sample.labels.label, again.labels.label), "the same seed gave other labels")
    promise(not subject.sample.events.equals(other.events), "another seed gave the same events")


def generated_events_are_valid(subject: Subject) -> None:
    """Every generated event passes the scenario's own schema, and there are as many as were asked for."""
    events = subject.sample.events
    promise(len(events) == ROWS == len(subject.sample.labels.label), f"{len(events)} events for {ROWS} asked for")
    rejects = subject.scenario.event.validate(events).rejects()
    promise(rejects.empty, f"{len(rejects)} problems, the first: {rejects.head(1).to_dict('records')}")


def generated_events_are_unique(subject: Subject) -> None:
    """No two generated events are equal in every field."""
    twice = int(subject.sample.events.duplicated().sum())
    promise(twice == 0, f"{twice} of {ROWS} events stand twice")


def labels_stay_apart(subject: Subject) -> None:
    """Generated events carry declared fields only: no label, kind of attack or true probability."""
    extra = sorted(set(subject.sample.events.columns) - set(subject.scenario.event.names))
    promise(not extra, f"undeclared columns travel with the events: {', '.join(extra)}")


def true_probabilities_are_true(subject: Subject) -> None:
    """In every decile of `p_true` the labels' mean is within 4 standard errors of it, for each class."""
    p, y = subject.sample.labels.p_true, subject.sample.labels.label
    if p is None:
        return
    promise(bool(np.allclose(p.sum(axis=1), 1, atol=1e-9)), "true probabilities do not sum to 1")
    for c in range(p.shape[1]):
        for part in np.array_split(np.argsort(p[:, c], kind="stable"), 10):
            said, seen = p[part, c], y[part] == c
            error = np.sqrt((said * (1 - said)).sum()) / len(part)
            off = abs(seen.mean() - said.mean())
            # A handful of expected events is no normal distribution; one event more or less is always allowed.
            promise(
                off <= 4 * error + 1 / len(part),
                f"class {c}: p_true says {said.mean():.4f}, {seen.mean():.4f} was seen (standard error {error:.4f})",
            )


def data_is_worth_learning_from(subject: Subject) -> None:
    """At least 10 % of the rows have no class with a true probability of 0.9 or more: classes overlap."""
    p = subject.sample.labels.p_true
    if p is None:
        return
    unclear = float((p.max(axis=1) < 0.9).mean())
    promise(unclear >= 0.1, f"only {unclear:.1%} of the rows are unclear")


def knobs_are_checked(subject: Subject) -> None:
    """Named recipes are valid, an unknown knob and a value out of range are refused."""
    scenario = subject.scenario
    for recipe in scenario.recipes.values():
        scenario.turn(recipe)
    bad = {"no such knob": 1} | {k.key: k.high + 1 for k in scenario.knobs if k.kind != "shares"}
    for key, value in bad.items():
        try:
            scenario.synthesize(10, SEED, {key: value})
        except DataError:
            continue
        raise BrokenPromise(f"Knob {key} = {value} was accepted.")
