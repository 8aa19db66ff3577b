"""The compiled intervals of replicates against the same worked out plainly: all replicates held, numpy's quantiles."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from riskcore.core.costs import Costs
from riskcore.services.deciding.capacity import workload
from riskcore.services.deciding.cell_draws import Draw, by_event, by_unit, entity_of
from riskcore.services.deciding.figures import figures, formulas
from riskcore.services.deciding.prior import class_weights
from riskcore.services.deciding.resampling import intervals
from riskcore.services.deciding.spread import Spread
from riskcore.services.scoring import Scored
from riskcore.services.thresholds import Sweep, sweep
from tests.deciding import COSTS, POLICY, drawn, three_class

COUNT = 60
CARRIED = "session_duration"  # what stands for an amount of money
AMOUNTS = Costs(currency="EUR", losses=(0.0, 10.0, 40.0), share_lost=0.5, minute=1.0, effects=COSTS.effects)
WILSON = ("recall", "false_alarm_rate", "precision")  # never narrower than Wilson's, which is tested elsewhere


def sessions(entities: bool) -> tuple[Scored, np.ndarray]:
    """Three classes whose attacks carry an amount; and users, if so asked."""
    rows, labels = three_class(300)
    events = rows.events.assign(user=np.arange(300) % 40)
    kind = replace(rows.scenario, event=replace(rows.scenario.event, amount=CARRIED))
    kind = replace(kind, entities=("user",) if entities else ())
    return replace(rows, scenario=kind, validated=replace(rows.validated, events=events)), labels


def draws(swept: Sweep, rows: Scored, labels: np.ndarray | None) -> Draw:
    """The draws that `intervals` makes with the seed 0."""
    unit, rng = entity_of(rows)[0], np.random.default_rng(0)
    return by_event(swept, rows, labels, rng) if unit is None else by_unit(swept, rows, labels, unit, rng)


def quantile(values: np.ndarray, q: float) -> np.ndarray:
    """Of replicates (b, p) in which a number is defined; NaN where it is in none."""
    ranked = np.sort(values, axis=0)  # what is not defined comes last
    places = np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0) * q
    below, above = (ranked[f(places).astype(int), np.arange(len(places))] for f in (np.floor, np.ceil))
    return below + (above - below) * (places - np.floor(places))


def plainly(
    swept: Sweep, rows: Scored, labels: np.ndarray | None, prior: float | None, served: np.ndarray | None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray | None]:
    """Both ends of every number, and the point of least cost of each replicate."""
    tables = []
    totals = draws(swept, rows, labels)(COUNT)
    weights = class_weights(totals[0].sum(axis=-1), prior)[..., None]
    for drawn_totals in totals:
        if drawn_totals is None:
            tables.append(None if labels is None else np.zeros_like(tables[0]))  # labelled, and nothing is carried
            continue
        table = np.moveaxis(swept.grid.by_action(drawn_totals * weights), 1, -1)
        if served is not None:
            dropped = table * (1 - served)
            table = table - dropped
            table[..., 0, :] += dropped.sum(axis=-2)
        tables.append(table)
    found = figures(swept.policy, swept.costs, tables[0], tables[1], swept.n, swept.days)
    low, high = ({name: quantile(values, q) for name, values in found.items()} for q in (0.025, 0.975))
    return low, high, found["cost"].argmin(axis=1) if "cost" in found else None


def agrees(
    swept: Sweep, rows: Scored, labels: np.ndarray | None, prior: float | None = None, served: np.ndarray | None = None
) -> None:
    found = intervals(swept, rows, labels, prior, served, replicates=COUNT)
    low, high, cheapest = plainly(swept, rows, labels, prior, served)
    assert set(found.low) == set(low) == set(swept.figures)
    for name in set(low) - set(WILSON):
        assert found.low[name] == pytest.approx(low[name], rel=1e-6, abs=1e-9, nan_ok=True), name
        assert found.high[name] == pytest.approx(high[name], rel=1e-6, abs=1e-9, nan_ok=True), name
    for name in set(low) & set(WILSON):
        assert (found.low[name] <= low[name] + 1e-6).all() or np.isnan(low[name]).any(), name
    if cheapest is not None and prior is None:  # re-weighted, points that no event parts differ by rounding
        assert found.optimum is not None
        for axis, place, best in zip(swept.axes, np.unravel_index(cheapest, swept.shape), found.optimum, strict=True):
            ends = np.quantile(axis.thresholds[place], [0.025, 0.975])
            assert (best.low, best.high) == (min(ends[0], best.value), max(ends[1], best.value))


@pytest.mark.parametrize("entities", [False, True], ids=["rows", "users"])
@pytest.mark.parametrize("prior", [None, 0.01])
@pytest.mark.parametrize("capacity", [None, 3.0])
def test_two_cut_offs_with_amounts_have_the_intervals_of_a_plain_account(
    entities: bool, prior: float | None, capacity: float | None
) -> None:
    rows, labels = sessions(entities)
    swept = sweep(rows, rows.scenario.policy, AMOUNTS, labels)
    assert len(swept.axes) == 2
    served = None if capacity is None else workload(swept, rows, labels, capacity, prior).served
    agrees(swept, rows, labels, prior, served)


@pytest.mark.parametrize("users", [0, 30], ids=["rows", "users"])
@pytest.mark.parametrize("prior", [None, 0.01])
def test_one_cut_off_has_the_intervals_of_a_plain_account(users: int, prior: float | None) -> None:
    rows, labels = drawn(800, rate=0.1, entities=("user",) if users else (), users=users)
    swept = sweep(rows, POLICY, COSTS, labels)
    agrees(swept, rows, labels, prior)
    agrees(swept, rows, labels, prior, workload(swept, rows, labels, 5.0, prior).served)


def test_alerts_without_labels_have_the_intervals_of_a_plain_account() -> None:
    rows, _ = drawn(800)
    agrees(sweep(rows, POLICY, COSTS), rows, None)


@pytest.mark.parametrize("count", [1, 2, 40, 41, 200])
def test_replicates_in_which_a_number_is_not_defined_are_left_out(count: int) -> None:
    rng = np.random.default_rng(count)
    tables = rng.integers(0, 2, size=(count, 2, 7, 3)).astype(np.float64)  # often without an attack, or an alert
    tables[:, 1, 0] = 0  # at the first point there is never one
    known = formulas(POLICY, COSTS, 2, labelled=True)
    with ThreadPoolExecutor(1) as pool:
        spread = Spread(known, 7, count, None, pool, 1)
        for first in range(0, count, 9):
            spread.add(tables[first : first + 9], None)
    low, high = spread.middle()
    found = figures(POLICY, COSTS, np.moveaxis(tables, 1, -1), np.zeros((count, 7, 3, 2)), 10, 1)
    assert np.isnan(low["recall"][0])
    for name in known.numbers:
        for end, q in ((low, 0.025), (high, 0.975)):
            assert end[name] == pytest.approx(quantile(found[name], q), rel=1e-6, abs=1e-6, nan_ok=True), name
