"""Deciding: the sweep with money and capacity, its intervals, the replay of a draft, and a rule over time."""

from dataclasses import replace

import numpy as np

from benchmarks.measuring import Row, at_most, interleaved
from riskcore.core.overrides import Override
from riskcore.core.policy import policy_from_mapping
from riskcore.core.repeats import Repeated
from riskcore.core.trained import Trained
from riskcore.services import scoring
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.replay import replay
from riskcore.services.deciding.resampling import intervals
from riskcore.services.deciding.windows import with_rule
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import sweep

MILLION, SOME = 1_000_000, 100_000
CAPACITY, PRIOR = 500.0, 0.002
PER_USER = 20  # events of one entity


def rows(card: Trained, session: Trained) -> list[Row]:
    """Targets of the threshold page and of the policy page, with one cut-off and with two."""
    return [*(row for trained in (card, session) for row in (*_sweeps(trained), *_replays(trained))), _over_time(card)]


def _scored(trained: Trained, n: int, entities: bool = False) -> tuple[Scored, np.ndarray]:
    made = trained.scenario.synthesize(n, seed=4)
    scored = scoring.score(trained, made.events)
    if entities:
        users = np.random.default_rng(0).integers(0, n // PER_USER, n)
        events = scored.events.assign(user=users)
        scenario = replace(scored.scenario, entities=("user",))
        scored = replace(scored, scenario=scenario, validated=replace(scored.validated, events=events))
    return scored, made.labels.label


def _sweeps(trained: Trained) -> list[Row]:
    scenario = trained.scenario
    scored, labels = _scored(trained, MILLION)

    def whole() -> None:
        swept = sweep(scored, scenario.policy, scenario.costs, labels)
        assert workload(swept, scored, labels, CAPACITY, PRIOR).swept.figures

    cut_offs = len(sweep(scored, scenario.policy, scenario.costs, labels).axes)
    found = [
        at_most(
            f"sweep with money and capacity of 1,000,000 {scenario.key} rows, cut-offs: {cut_offs}, wall",
            interleaved({"sweep": whole})["sweep"].wall,
            1,
            "s",
        )
    ]
    for entities in (False, True):
        some, y = _scored(trained, SOME, entities)
        swept = sweep(some, scenario.policy, scenario.costs, y)
        drawn = interleaved({"drawn": lambda: intervals(swept, some, y)})["drawn"]  # noqa: B023
        count = intervals(swept, some, y).replicates
        unit = "entity" if entities else "row"
        found.append(at_most(f"{count} replicates by {unit} of 100,000 {scenario.key} rows: wall", drawn.wall, 1, "s"))
    return found


def _over_time(trained: Trained) -> Row:
    """A rule over time for each user, worked out anew; afterwards its answer is kept with the scored events."""
    scored, _ = _scored(trained, MILLION, entities=True)
    policy = trained.scenario.policy
    ruled = with_rule(
        policy, Repeated(events=3, risk=policy.bands[1].edge, minutes=30, of="user"), policy.bands[1].action
    )
    found = interleaved({"decide": lambda: scoring.decide(replace(scored), ruled)})["decide"]
    return at_most("decisions under a rule over time on 1,000,000 rows: wall", found.wall, 1, "s")


def _replays(trained: Trained) -> list[Row]:
    scenario = trained.scenario
    scored, labels = _scored(trained, MILLION)
    moved = {i: min(1.0, band.edge * 1.5) for i, band in enumerate(scenario.policy.bands) if band.edge}
    when = {scenario.event.amount: {"at_least": 100}} if scenario.event.amount else {}
    draft = replace(
        scenario.policy.with_edges(moved),
        overrides=(Override(name="large", when=when, action=scenario.policy.actions[1].key),) if when else (),
    )

    def replayed() -> None:
        """The policy in force as text and back, then every event decided by both, under a capacity and a prior."""
        applied = policy_from_mapping(scenario.policy.to_mapping())
        assert replay(scored, applied, draft, scenario.costs, labels, capacity=CAPACITY, prior=PRIOR).moved

    found = interleaved({"replay": replayed})["replay"]
    return [at_most(f"replay of a draft on 1,000,000 {scenario.key} rows: wall", found.wall, 1, "s")]
