"""All checks in order, and what comes of them.

A check's docstring is the promise.  It raises `BrokenPromise` with what it saw; the tests hold a broken twin of a
scenario for each check, which it must reject.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from riskcore.checks import answers, features, generating, models, rows
from riskcore.checks.subject import BrokenPromise, Check, Subject
from riskcore.core.errors import RiskcoreError
from riskcore.core.scenario import Scenario

CHECKS: tuple[Check, ...] = (
    generating.same_seed_same_rows,
    generating.generated_events_are_valid,
    generating.generated_events_are_unique,
    generating.labels_stay_apart,
    features.undeclared_columns_reach_no_feature,
    generating.true_probabilities_are_true,
    generating.data_is_worth_learning_from,
    features.no_single_feature_gives_the_label_away,
    features.features_change_nothing,
    rows.batch_size_cannot_be_seen,
    rows.only_its_own_past_is_seen,
    rows.names_of_entities_carry_nothing,
    rows.row_order_changes_nothing,
    rows.bad_rows_disturb_no_others,
    rows.every_problem_is_told,
    answers.risks_are_probabilities,
    answers.explanations_add_up,
    models.training_repeats,
    models.models_survive_storage,
    models.changed_models_are_refused,
    answers.presets_are_good_events,
    generating.knobs_are_checked,
    answers.quality_reaches_its_floors,
)


@dataclass(frozen=True)
class Outcome:
    """Result of one check: `ok` is also true for a failure that the scenario declares as an exception."""

    check: str
    promise: str
    ok: bool
    detail: str = ""


def outcome(subject: Subject, check: Check) -> Outcome:
    """Run one check.  A declared exception must still fail: once it passes, the exception has to go."""
    promise = (check.__doc__ or "").strip()
    excuse = subject.scenario.exceptions.get(check.__name__)
    try:
        check(subject)
    except (BrokenPromise, RiskcoreError) as error:
        return Outcome(check.__name__, promise, excuse is not None, f"{error} {f'Excused: {excuse}' if excuse else ''}")
    if excuse is not None:
        return Outcome(check.__name__, promise, False, f"It passes now; remove the exception '{excuse}'.")
    return Outcome(check.__name__, promise, True)


def run(scenario: Scenario) -> Iterator[Outcome]:
    """All checks of a scenario, as they end; an exception for a check that does not exist is a failure itself."""
    names = {check.__name__ for check in CHECKS}
    for name in sorted(set(scenario.exceptions) - names):
        yield Outcome(name, "", False, "An exception is declared for a check that does not exist.")
    subject = Subject(scenario)
    for check in CHECKS:
        yield outcome(subject, check)
