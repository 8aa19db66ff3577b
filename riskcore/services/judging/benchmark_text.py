"""A benchmark as Markdown: what was done, and every figure with its interval and its number of events."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from riskcore.services.judging.benchmarking import STRANGERS, Benchmark, Cohort, Judgement
from riskcore.services.judging.detectability import EDGES
from riskcore.services.judging.detection import ALL, Detected
from riskcore.services.judging.estimates import FEW_POSITIVES, Metric
from riskcore.services.judging.friction import BENIGN, FIRST_EVENTS, FIRST_SUCCESSES, STEPPED_UP, STOPPED, Friction

METRICS: Mapping[str, str] = {
    "roc_auc": "AUC",
    "precision_at_95_recall": "Precision at 95 % recall",
    "recall_at_95_precision": "Recall at 95 % precision",
    "recall_at_1_benign": "Recall at 1 % benign step-ups",
}
CAUGHT = "Attacks caught in time"  # at 1 % benign step-ups
SPLITS = {
    "time": "learned from the first 60 % of the time, judged on the last 30 %",
    "random": "drawn at random, for events carry no time: 60 % to learn from, 30 % to judge",
}


def markdown(found: Benchmark, command: str, picture: str = "") -> str:
    """The whole page; `picture` is the file of the detectability curve, if there is one."""
    parts = [f"# Benchmark of {found.scenario.title}", f"`{command}`", *_method(found)]
    for cohort in found.cohorts:
        parts += _cohort(cohort)
    if picture:
        parts += ["## Recall against stealth", f"![Recall against stealth for each kind of attack]({picture})"]
    parts += [_stealth(judgement) for judgement in found.cohorts[0].judgements if judgement.curve]
    if found.cohorts[0].firing:
        parts += ["## How often each signal fires", _firing(found.cohorts[0])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _method(found: Benchmark) -> list[str]:
    split = found.split
    held = split["held_out_entities"]
    until = " no later than the first success" if found.scenario.event.success else ""
    newcomers = " *Newcomers* did nothing before the judged period." if held else ""
    apart = f" {100 * held:.0f} % of the {found.scenario.entities[0]}s were kept from every model." if held else ""
    return [
        f"Synthetic data: {found.data['rows']:,} events, seed {found.data['seed']}. "
        f"{SPLITS[split['how']].capitalize()}: {split['learned']:,} and {split['judged']:,} events.{apart} "
        "Each kind of attack is judged against benign events only; brackets are 95 % intervals, drawn by whole "
        "attacks and users. Users who share addresses are not quite independent.",
        f"*{METRICS['recall_at_1_benign']}* is a point of the ROC curve. *{CAUGHT}* is the share of attacks of which, "
        f"at the same threshold, an event alarms{until}. The default policy was fixed before. "
        f"Kinds with fewer than {FEW_POSITIVES} events are marked *: read the interval.{newcomers}",
    ]


def _cohort(cohort: Cohort) -> list[str]:
    of = f", {cohort.entities:,} users" if cohort.entities else ""
    title = f"## {cohort.name.capitalize()}: {cohort.events:,} events, {cohort.benign:,} of them benign{of}"
    models = {j.name: j.friction for j in cohort.judgements if j.friction is not None}
    parts = [title, _table(["Model", *METRICS.values(), CAUGHT], (_line(j) for j in cohort.judgements))]
    parts += ["### Under the default policy", _policy(models)]
    if cohort.name != STRANGERS:
        told = [judgement for judgement in cohort.judgements if judgement.name in models]
        parts += [part for judgement in told for part in (f"### Kinds of attack: {judgement.name}", _kinds(judgement))]
    return parts


def _line(judgement: Judgement) -> list[str]:
    every = next(one for one in judgement.detected if one.kind == ALL)
    return [judgement.name, *_figures(every)]


def _figures(one: Detected) -> list[str]:
    return [*(_told(one.by_event[name]) for name in METRICS), _told(_caught(one))]


def _caught(one: Detected) -> Metric | None:
    return None if one.by_attack is None else one.by_attack["recall_at_1_benign"]


def _kinds(judgement: Judgement) -> str:
    head = ["Kind", "Events", "Attacks", *METRICS.values(), CAUGHT]
    rows = (
        [
            one.kind + ("*" if one.events < FEW_POSITIVES else ""),
            f"{one.events:,}",
            "–" if one.attacks is None else f"{one.attacks:,}",
            *_figures(one),
        ]
        for one in judgement.detected
    )
    return _table(head, rows)


def _policy(models: Mapping[str, Friction]) -> str:
    """What was done to whom, a line for each, and how high benign events come."""
    n = next(iter(models.values())).n
    head = ["Of", "n", *(f"{model} {what}" for model in models for what in (STOPPED, STEPPED_UP))]
    rows = (
        [
            of,
            f"{n[of]:,}",
            *(_percent(met.shares[of][what]) for met in models.values() for what in (STOPPED, STEPPED_UP)),
        ]
        for of in (BENIGN, FIRST_EVENTS, FIRST_SUCCESSES, ALL)
        if of in n
    )
    risks = (f"{model} {met.percentiles['97']:.2f} and {met.percentiles['99.8']:.2f}" for model, met in models.items())
    return f"{_table(head, rows)}\n\nBenign risk at its 97th and 99.8th percentiles: {'; '.join(risks)}."


def _stealth(judgement: Judgement) -> str:
    kinds = list(dict.fromkeys(point.kind for point in judgement.curve))
    cells = {(p.kind, p.low_stealth): f"{p.recall:.2f} ({p.low:.2f}–{p.high:.2f}) of {p.n:,}" for p in judgement.curve}
    bins = list(pairwise(EDGES))
    head = ["Kind", *(f"stealth {low:.1f}–{high:.1f}" for low, high in bins)]
    rows = ([kind, *(cells.get((kind, low), "–") for low, _ in bins)] for kind in kinds)
    return f"### Caught in time at 1 % benign step-ups, by stealth: {judgement.name}\n\n{_table(head, rows)}"


def _firing(cohort: Cohort) -> str:
    head = ["Signal", "Group", "Benign events", "Attack events", "Abstains (benign)"]
    rows = ([f.signal, f.group, f"{f.benign:.2%}", f"{f.harmful:.2%}", f"{f.abstains:.1%}"] for f in cohort.firing)
    return _table(head, rows)


def _told(metric: Metric | None) -> str:
    return "–" if metric is None else f"{metric.value:.3f} ({metric.low:.3f}–{metric.high:.3f})"


def _percent(metric: Metric) -> str:
    return f"{metric.value:.2%} ({metric.low:.2%}–{metric.high:.2%})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
