"""How common a value is, is learned within a population, without the row itself."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.errors import ModelIntegrityError
from riskcore.estimators.arrays import pack
from riskcore.estimators.rarity import PRIOR, Rarity

PLACES = pd.CategoricalDtype(["here", "there"])


def rows(places: list[str | None], tenants: list[str], new: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": pd.Categorical(places, dtype=PLACES),
            "tenant": pd.array(tenants, dtype="str"),
            "new": np.array(new, dtype=np.float32),
            "share": np.full(len(places), np.nan, dtype=np.float32),
        }
    )


LEARNED = rows(["here"] * 900 + ["there"] * 100, ["a"] * 900 + ["b"] * 100, [1.0] * 1000)


def made() -> Rarity:
    return Rarity("place", within="tenant", where="new", into="share")


def test_a_share_is_the_populations_own_shrunk_to_everybodys() -> None:
    rarity = made()
    rarity.fit_transform(LEARNED)
    found = rarity.transform(rows(["there", "there", "there"], ["a", "b", "new"], [1, 1, 1]))["share"]
    everybody = 0.1
    expected = [PRIOR * everybody / (900 + PRIOR), (100 + PRIOR * everybody) / (100 + PRIOR), everybody]
    assert found.to_numpy() == pytest.approx(expected, rel=1e-5)


def test_a_row_learned_from_does_not_count_itself() -> None:
    once = pd.concat([LEARNED.head(900), rows(["there"], ["a"], [1])], ignore_index=True)
    assert made().fit_transform(once)["share"].iloc[-1] == 0


def test_nothing_is_written_where_the_value_is_not_new_or_not_known() -> None:
    rarity = made()
    rarity.fit_transform(LEARNED)
    assert rarity.transform(rows(["here", None], ["a", "a"], [0, 1]))["share"].isna().all()


def test_the_input_is_not_changed() -> None:
    before = LEARNED.copy()
    made().fit_transform(LEARNED)
    assert LEARNED.equals(before)


def test_a_restored_transformer_says_the_same_and_an_unsound_one_is_refused() -> None:
    rarity = made()
    rarity.fit_transform(LEARNED)
    again = made().restore(rarity.dump())
    assert again.transform(LEARNED).equals(rarity.transform(LEARNED))
    broken = {"populations": np.array(["a"]), "counts": np.ones((2, 2)), "everybody": np.ones(2)}
    with pytest.raises(ModelIntegrityError, match="a count of 0 or more"):
        made().restore({rarity.file: pack(broken)})
