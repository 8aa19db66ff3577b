"""What each user usually does: shrunk, never from the row itself, and stored as what was counted."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from riskcore.core.errors import DataError, ModelIntegrityError
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.baseline import ARRAYS, EVENTS, FILE, EntityBaseline
from riskcore.estimators.shrinkage import population, prior_strength, standardised
from riskcore.estimators.without import Without

COLOURS = ("red", "green", "blue")
DEVIATIONS = ["size_deviation", "hour_surprise", "colour_surprise"]
# Of each user: usual size and its spread, usual hour, favourite colour.
HABITS = {"ann": (0.0, 0.2, 9.0, 0), "bob": (5.0, 0.2, 9.0, 1), "cid": (0.0, 2.0, 23.5, 2), "dot": (2.0, 0.5, 14.0, 0)}


def baseline() -> EntityBaseline:
    return EntityBaseline("user", numbers=["size"], circles={"hour": 24}, categories=["colour"])


def rows(n: int, seed: int = 0, missing: float = 0.0) -> pd.DataFrame:
    """n events of four users with habits of their own, and a column that is nobody's business."""
    rng = np.random.default_rng(seed)
    names = np.array(list(HABITS))
    who = rng.integers(0, len(names), n)
    mean, spread, hour, colour = (np.array(column)[who] for column in zip(*HABITS.values(), strict=True))
    size = (mean + spread * rng.normal(size=n)).astype(np.float32)
    at = np.floor(hour + rng.normal(0, 1, n)).astype(np.float32) % 24
    code = np.where(rng.random(n) < 0.9, colour, rng.integers(0, 3, n))
    size[rng.random(n) < missing] = np.nan
    at[rng.random(n) < missing] = np.nan
    code[rng.random(n) < missing] = -1
    return pd.DataFrame(
        {
            "user": pd.array(names[who], dtype="str"),
            "size": size,
            "hour": at,
            "colour": pd.Categorical.from_codes(code, categories=list(COLOURS)),
            "other": rng.normal(size=n).astype(np.float32),
        }
    )


def event(user: str | None, size: float, hour: float, colour: str) -> pd.DataFrame:
    one = rows(1).assign(user=pd.array([user], dtype="str"), size=np.float32(size), hour=np.float32(hour))
    return one.assign(colour=pd.Categorical([colour], categories=list(COLOURS)))


def said(model: EntityBaseline, *of: tuple[str | None, float, float, str]) -> pd.DataFrame:
    return model.transform(pd.concat([event(*one) for one in of], ignore_index=True))


@pytest.fixture(scope="module")
def learned() -> EntityBaseline:
    model = baseline()
    model.fit_transform(rows(2_000))
    return model


def test_the_same_event_is_usual_for_one_user_and_odd_for_another(learned: EntityBaseline) -> None:
    ann, bob = said(learned, ("ann", 5.0, 9, "green"), ("bob", 5.0, 9, "green"))[DEVIATIONS].to_numpy()
    assert abs(bob[0]) < 0.5
    assert ann[0] > 10  # spreads of 0.2 away
    assert bob[2] < 0.2 < 2 < ann[2]


def test_deviations_are_signed_and_in_the_users_own_spread(learned: EntityBaseline) -> None:
    narrow, wide, below = said(learned, ("ann", 1.0, 9, "red"), ("cid", 1.0, 9, "red"), ("ann", -1.0, 9, "red"))[
        "size_deviation"
    ]
    assert narrow == pytest.approx(5, rel=0.15)
    assert wide == pytest.approx(0.5, abs=0.15)
    assert below == pytest.approx(-5, rel=0.15)


def test_hours_lie_on_a_circle(learned: EntityBaseline) -> None:
    late, early, noon = said(learned, *(("cid", 0.0, hour, "blue") for hour in (23, 0, 12)))["hour_surprise"]
    assert late == pytest.approx(early, abs=0.5)
    assert noon > early + 3


def test_a_new_user_is_told_by_the_population(learned: EntityBaseline) -> None:
    new = said(learned, ("eve", 1.75, 9, "red"), (None, 1.75, 9, "red"))
    assert new[EVENTS].tolist() == [0, 0]
    assert new["size_deviation"].abs().max() < 0.3  # the mean of the users' means
    share = learned.rates_[1].share[0]
    np.testing.assert_allclose(new["colour_surprise"], -np.log(share), rtol=1e-5)
    # Between users sizes differ more than within any of them: what is far for ann is not for somebody unknown.
    far = said(learned, ("eve", 5.0, 9, "red"), ("ann", 5.0, 9, "red"))["size_deviation"]
    assert far[0] < 2 < far[1]


def test_a_row_is_left_out_of_its_own_baseline() -> None:
    X = rows(300, missing=0.1)
    told = baseline().fit_transform(X)
    for i in (0, 7, 120, 299):
        without = baseline()
        without.fit_transform(X.drop(index=i))
        alone = without.transform(X.loc[[i]])
        assert told.loc[i, EVENTS] == alone.loc[i, EVENTS]
        # The population still holds the row, one of three hundred.
        np.testing.assert_allclose(
            told.loc[[i], DEVIATIONS].to_numpy(), alone[DEVIATIONS].to_numpy(), rtol=0.05, atol=0.05
        )


def test_a_users_only_row_is_told_by_the_population() -> None:
    X = pd.concat([rows(200), event("once", 40.0, 3, "blue")], ignore_index=True)
    told = baseline().fit_transform(X).iloc[-1]
    assert told[EVENTS] == 0
    assert told["size_deviation"] > 3


def test_rows_learned_from_look_no_more_usual_than_later_ones() -> None:
    model = baseline()
    first = model.fit_transform(rows(400, seed=1))[DEVIATIONS]
    later = model.transform(rows(20_000, seed=2))[DEVIATIONS]
    np.testing.assert_allclose((first**2).mean(), (later**2).mean(), rtol=0.3)
    assert (first["size_deviation"] ** 2).mean() == pytest.approx(1, abs=0.2)


def test_few_events_count_for_little_and_many_for_nearly_all() -> None:
    distances = []
    for count in (1, 5, 200):
        model = baseline()
        own = pd.concat([event("new", 8.0 + 0.2 * (i % 3), 3, "blue") for i in range(count)])
        model.fit_transform(pd.concat([rows(400), own], ignore_index=True))
        told = said(model, ("new", 8.2, 3, "blue")).iloc[0]
        assert told[EVENTS] == count
        distances.append([abs(told["size_deviation"]), told["hour_surprise"], told["colour_surprise"]])
    assert (np.diff(distances, axis=0) < 0).all()


def test_missing_values_have_no_deviation_and_teach_nothing() -> None:
    X = rows(400, missing=0.2)
    model = baseline()
    told = model.fit_transform(X)
    for made, of in model.source.items():
        if made != EVENTS:
            np.testing.assert_array_equal(told[made].isna(), X[of].isna())
    cleared = X.assign(size=X["size"].where(X["user"] != "ann"))
    model.fit_transform(cleared)
    assert said(model, ("ann", 2.0, 9, "red"))["size_deviation"].notna().all()


def test_a_column_without_any_value_is_borne() -> None:
    X = rows(50).assign(size=np.float32(np.nan))
    assert baseline().fit_transform(X)["size_deviation"].isna().all()


def test_other_columns_and_the_order_of_rows_stay() -> None:
    X = rows(60).iloc[::-1]
    told = baseline().fit_transform(X)
    pd.testing.assert_frame_equal(told[X.columns.tolist()], X)
    assert list(told.columns) == [*X.columns, *DEVIATIONS, EVENTS]
    assert {str(told[c].dtype) for c in (*DEVIATIONS, EVENTS)} == {"float32"}


def test_a_row_alone_is_told_as_among_many(learned: EntityBaseline) -> None:
    X = rows(200, seed=5, missing=0.1)
    together = learned.transform(X)
    alone = pd.concat([learned.transform(X.iloc[[i]]) for i in range(len(X))])
    pd.testing.assert_frame_equal(together, alone)


def test_learning_leaves_its_rows_as_they_were() -> None:
    X = rows(100, missing=0.1)
    before = X.copy()
    baseline().fit_transform(X)
    pd.testing.assert_frame_equal(X, before)


def test_other_choices_than_those_learned_are_refused(learned: EntityBaseline) -> None:
    X = rows(5).assign(colour=pd.Categorical(["grey"] * 5))
    with pytest.raises(DataError, match="'colour' has other choices than those learned: red, green, blue"):
        learned.transform(X)


# Storage


def test_a_stored_baseline_says_the_same(learned: EntityBaseline) -> None:
    X = rows(300, seed=6, missing=0.1)
    pd.testing.assert_frame_equal(baseline().restore(learned.dump()).transform(X), learned.transform(X))


def damaged(model: EntityBaseline, **changes: NDArray[np.generic]) -> Mapping[str, bytes]:
    return {FILE: pack(unpack(FILE, model.dump()[FILE], ARRAYS) | changes)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"keys": np.array(["ann", "ann", "cid", "dot"])}, "an entity stands twice"),
        ({"keys": np.array(["ann"])}, r"events has shape \(4,\); expected \(1,\)"),
        ({"events": np.zeros(4, dtype=np.int64)}, "at least one event"),
        ({"sums": np.full((1, 4), np.nan)}, "must be finite"),
        ({"sums": np.full((1, 4), 1e6)}, "cannot be those of the same numbers"),
        ({"seen": np.full((1, 4), 10_000)}, "seen must be from 0 to the entity's events"),
        ({"counts_1": np.full((4, 3), -1)}, "counts_1 must be at least 0"),
        ({"counts_0": np.full((4, 24), 900)}, "counts_0 must be at least 0 and sum to no more"),
        ({"counts_0": np.ones((4, 23), dtype=np.int64)}, r"counts_0 has shape \(4, 23\); expected \(4, 24\)"),
        ({"counts_0": np.ones((4, 24))}, "counts_0 has dtype float64"),
    ],
    ids=str,
)
def test_arrays_that_no_counting_gives_are_refused(
    learned: EntityBaseline, changes: dict[str, NDArray[np.generic]], told: str
) -> None:
    with pytest.raises(ModelIntegrityError, match=told):
        baseline().restore(damaged(learned, **changes))


def test_a_model_without_its_baseline_is_refused() -> None:
    with pytest.raises(ModelIntegrityError, match=r"no baseline\.npz"):
        baseline().restore({})


# The statistics


def test_the_priors_strengths_are_recovered_from_many_entities() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(5, 60, 4_000)
    who = np.repeat(np.arange(len(n)), n)
    variance = 0.5 * 8 / rng.chisquare(8, len(n))  # worth 8 degrees of freedom
    x = 3 + rng.normal(0, 2, len(n))[who] + np.sqrt(variance)[who] * rng.normal(size=len(who))
    found = population(n.astype(float), np.bincount(who, x), np.bincount(who, x**2))
    assert found.mean == pytest.approx(3, abs=0.1)
    assert found.between == pytest.approx(4, rel=0.1)
    assert found.within == pytest.approx(variance.mean(), rel=0.1)
    assert found.freedom == pytest.approx(8, rel=0.2)


@pytest.mark.parametrize("strength", [0.5, 5.0, 50.0])
def test_the_strength_of_a_prior_on_rates_is_recovered(strength: float) -> None:
    rng = np.random.default_rng(2)
    share = np.array([0.5, 0.3, 0.2])
    rates = rng.dirichlet(strength * share, 3_000)
    counts = rng.multinomial(rng.integers(10, 80, 3_000), rates).astype(float)
    assert prior_strength(counts, share) == pytest.approx(strength, rel=0.15)


def test_one_event_each_tells_nothing_about_single_entities() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    found = population(np.ones(4), x, x**2)
    assert found.between == 0
    assert found.within == pytest.approx(x.var(ddof=1))
    z = standardised(np.array([2.5]), np.ones(1), np.ones(1), np.ones(1), found)
    assert z == pytest.approx([0])


def test_an_entity_that_never_varied_has_a_spread_all_the_same() -> None:
    X = pd.concat([rows(400), *[event("robot", 1.0, 9, "red")] * 30], ignore_index=True)
    model = baseline()
    told = model.fit_transform(X)
    assert np.isfinite(told[DEVIATIONS].to_numpy()).all()
    assert 1 < said(model, ("robot", 2.0, 9, "red"))["size_deviation"][0] < 100


# Leaving columns out


def test_columns_left_out_reach_no_estimator_and_the_others_stay() -> None:
    X = rows(10)
    step = Without("size", "other")
    assert list(step.fit_transform(X).columns) == ["user", "hour", "colour"]
    pd.testing.assert_frame_equal(step.restore(step.dump()).transform(X), X[["user", "hour", "colour"]])
