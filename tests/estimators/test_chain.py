"""The chain around an estimator: categories, keys and missing values, ranks in a reference, storage."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import DataError, ModelIntegrityError, UnknownKeyError
from riskcore.core.model import MakeModel
from riskcore.estimators.arrays import pack, unpack
from riskcore.estimators.boosted import boosted
from riskcore.estimators.encoding import Encoder
from riskcore.estimators.forest import forest
from riskcore.estimators.isolation import isolation
from riskcore.estimators.logistic import logistic
from riskcore.estimators.model import ChainModel
from riskcore.estimators.reference import FILE, POPULATION, ReferenceRank
from tests.estimators.walking import root_to_leaf

CLASSES = ("harmless", "harmful")
SHOPS = tuple(f"shop {i:02d}" for i in range(12))
RISKY = ("shop 02", "shop 05", "shop 07")
SUPERVISED = {"boosted": boosted(CLASSES), "forest": forest(CLASSES), "logistic": logistic(CLASSES)}
FAMILIES = SUPERVISED | {"isolation": isolation(CLASSES, entity="user")}


def rows(n: int, seed: int = 0, missing: float = 0.05) -> tuple[pd.DataFrame, np.ndarray]:
    """A number, a category that matters, one that does not, and a key."""
    rng = np.random.default_rng(seed)
    amount, shop = rng.normal(size=n).astype(np.float32), rng.integers(0, 12, n)
    y = (amount + 2 * np.isin(shop, [2, 5, 7]) + rng.normal(size=n) > 1).astype(np.int64)
    amount[rng.random(n) < missing] = np.nan
    shop[rng.random(n) < missing] = -1
    frame = pd.DataFrame(
        {
            "amount": amount,
            "shop": pd.Categorical.from_codes(shop, categories=list(SHOPS)),
            "device": pd.Categorical.from_codes(rng.integers(0, 2, n), categories=["phone", "desk"]),
            "user": pd.Series(rng.integers(0, 30, n).astype(str), dtype="str"),
        }
    )
    return frame, y


def fitted(family: MakeModel) -> ChainModel:
    model = family(0, {})
    assert isinstance(model, ChainModel)
    model.fit(*rows(3_000))
    return model if model.supervised else model.calibrate(rows(800, seed=9)[0], None, "ecdf")


@pytest.mark.parametrize("name", SUPERVISED)
def test_every_supervised_family_learns_from_categories_with_missing_values(name: str) -> None:
    X, y = rows(2_000, seed=1)
    risk = fitted(FAMILIES[name]).predict(X).risk
    assert risk[y == 1].mean() > risk[y == 0].mean() + 0.2
    shops = X["shop"].astype("str")
    assert risk[shops.isin(RISKY)].mean() > risk[~shops.isin(RISKY)].mean() + 0.2


@pytest.mark.parametrize("name", FAMILIES)
def test_explanations_add_up_and_are_told_by_the_column_they_come_from(name: str) -> None:
    said = fitted(FAMILIES[name]).explain(rows(40, seed=2)[0])
    assert said.error() < 1e-5
    fields, _ = said.by_field()
    assert fields == ("amount", "shop", "device")


@pytest.mark.parametrize("name", FAMILIES)
def test_a_row_alone_scores_as_among_many_and_after_storage(name: str) -> None:
    model, X = fitted(FAMILIES[name]), rows(60, seed=3)[0]
    together = model.predict(X).risk
    alone = np.concatenate([model.predict(X.iloc[[i]]).risk for i in range(len(X))])
    np.testing.assert_allclose(alone, together, atol=1e-6)
    again = FAMILIES[name](0, {}).restore(model.dump())
    np.testing.assert_array_equal(again.predict(X).risk, together)
    assert again.features == model.features
    assert again.source == model.source


@pytest.mark.parametrize("name", FAMILIES)
def test_keys_reach_no_estimator(name: str) -> None:
    model, X = fitted(FAMILIES[name]), rows(50, seed=4)[0]
    renamed = X.assign(user=pd.Series(["someone"] * 50, dtype="str"))
    np.testing.assert_array_equal(model.predict(X).risk, model.predict(renamed).risk)
    assert not any("user" in feature for feature in model.features)


def test_codes_and_indicators_name_their_columns() -> None:
    X, _ = rows(10)
    assert Encoder(native=True).fit(X).features == ("amount", "shop", "device")
    indicators = Encoder(native=False).fit(X)
    assert indicators.features == ("amount", *(f"shop={s}" for s in SHOPS), "device=phone", "device=desk")
    M = indicators.matrix(X)
    assert (M[:, 1:13].sum(axis=1) == X["shop"].notna()).all()


def test_trees_that_ask_for_a_category_say_which() -> None:
    model = fitted(FAMILIES["boosted"])
    trees = model.trees()
    assert trees is not None
    asked = [codes for i in range(trees.tree_count()) for codes in trees.tree(i).codes.values()]
    assert asked
    assert all(0 <= code < 12 for codes in asked for code in codes)


def test_risk_is_the_share_of_reference_scores_strictly_below() -> None:
    scores = np.arange(100.0)[:, None]
    rank = ReferenceRank().fit(scores, np.zeros(100, np.int64), pd.DataFrame(index=range(100)))
    said = rank.apply(np.array([[-1.0], [0.0], [50.0], [97.9], [98.0], [500.0]]), pd.DataFrame())
    np.testing.assert_allclose(said[:, 0], [0, 0, 0.5, 0.98, 0.98, 1])
    assert (rank.apply(scores, pd.DataFrame())[:, 0] >= 0.98).mean() <= 0.02


def test_an_entitys_own_past_moves_its_risk_and_a_new_one_gets_the_populations() -> None:
    scores = np.concatenate([np.arange(200.0), np.full(150, 190.5)])[:, None]
    users = pd.DataFrame({"user": pd.Series(["calm"] * 200 + ["restless"] * 150, dtype="str")})
    rank = ReferenceRank("entity_ecdf", "user").fit(scores, np.zeros(350, np.int64), users)
    asked = pd.DataFrame({"user": pd.Series(["restless", "calm", "new"], dtype="str")})
    restless, calm, new = rank.apply(np.full((3, 1), 190.5), asked)[:, 0]
    of_all = 191 / 350
    assert new == pytest.approx(of_all)
    assert restless == pytest.approx(POPULATION * of_all / (POPULATION + 150))
    assert calm == pytest.approx((POPULATION * of_all + 191) / (POPULATION + 200))
    again = ReferenceRank("entity_ecdf", "user").restore(rank.dump())
    np.testing.assert_array_equal(again.apply(np.full((3, 1), 190.5), asked)[:, 0], [restless, calm, new])


def test_an_unsound_reference_is_refused() -> None:
    users = pd.DataFrame({"user": pd.Series(["a"] * 60, dtype="str")})
    content = ReferenceRank("entity_ecdf", "user").fit(np.arange(60.0)[:, None], np.zeros(60, np.int64), users).dump()
    arrays = unpack(FILE, content[FILE], {})
    for changed in ({"scores": arrays["scores"][::-1]}, {"counts": arrays["counts"] + 1}, {"own": arrays["own"][1:]}):
        with pytest.raises(ModelIntegrityError, match=FILE):
            ReferenceRank("entity_ecdf", "user").restore({FILE: pack(arrays | changed)})
    with pytest.raises(DataError, match="at least 50 held-out rows"):
        ReferenceRank().fit(np.zeros((9, 1)), np.zeros(9, np.int64), users)


def test_families_offer_the_last_steps_that_fit_them() -> None:
    assert fitted(FAMILIES["logistic"]).calibrations == ("none", "sigmoid", "isotonic")
    assert fitted(FAMILIES["isolation"]).calibrations == ("ecdf", "entity_ecdf")
    assert isolation(CLASSES)(0, {}).calibrations == ("ecdf",)
    with pytest.raises(UnknownKeyError, match="isotonic"):
        fitted(FAMILIES["isolation"]).calibrate(rows(100)[0], None, "isotonic")


def test_a_way_through_the_trees_adds_up_to_the_margin_also_where_categories_are_asked_for() -> None:
    model, X = fitted(FAMILIES["boosted"]), rows(30, seed=6, missing=0)[0]
    said = model.explain(X)
    trees = model.trees()
    assert trees is not None
    drawn = [trees.tree(i) for i in range(trees.tree_count())]
    assert drawn[0].choices[1] == SHOPS
    sums = np.array([sum(t.value[root_to_leaf(t, x)[-1]] for t in drawn) for x in said.values])
    margins = said.base[:, 0] + said.contributions[:, :, 0].sum(axis=1)
    np.testing.assert_allclose(sums - margins, np.median(sums - margins), atol=1e-4)
