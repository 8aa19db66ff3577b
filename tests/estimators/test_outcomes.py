"""How an entity's events turned out is remembered as it became known, never sooner."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcore.core.errors import ModelIntegrityError
from riskcore.estimators.arrays import pack
from riskcore.estimators.outcomes import KnownOutcomes

DAY = timedelta(days=1)


def rows(shops: list[str | None], days: list[float]) -> pd.DataFrame:
    moments = pd.Series([round(day * 86_400e6) for day in days], dtype="int64")
    return pd.DataFrame({"shop": pd.array(shops, dtype="str"), "at": moments.astype("str")})


def made(within: int = 10, delay: int = 3) -> KnownOutcomes:
    return KnownOutcomes("shop", "at", within * DAY, delay * DAY, into="share")


def plainly(memory: KnownOutcomes, learned: pd.DataFrame, y: np.ndarray, asked: pd.DataFrame) -> list[float]:
    """The shares by their definition, one row at a time."""
    day, known = 86_400_000_000, learned["at"].astype("int64")
    found = []
    for shop, at in zip(asked["shop"], asked["at"].astype("int64"), strict=True):
        mine = (learned["shop"] == shop) & (known + 3 * day <= at) & (known >= at - 10 * day)
        mine = mine.fillna(False).to_numpy(dtype=bool)
        harm = int((y[mine] > 0).sum())
        found.append((harm + memory.strength_ * memory.share_) / (int(mine.sum()) + memory.strength_))
    return found


@given(st.data())
def test_a_share_is_that_of_labels_which_had_arrived_and_have_not_faded(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 20))
    shops = st.sampled_from(["a", "b", "c", None])
    days = st.sampled_from([0.0, 1.0, 3.0, 4.0, 4.5, 7.0, 10.0, 13.0, 13.5, 30.0])
    learned = rows(*(data.draw(st.lists(each, min_size=n, max_size=n)) for each in (shops, days)))
    y = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    asked = rows([*data.draw(st.lists(shops, min_size=m, max_size=m)), "new"], [*([9.0] * m), 9.0])
    memory = made()
    seen = memory.fit_transform(learned, y)
    assert seen["share"].dtype == np.float32
    np.testing.assert_allclose(seen["share"], plainly(memory, learned, y, learned), rtol=1e-6)
    np.testing.assert_allclose(memory.transform(asked)["share"], plainly(memory, learned, y, asked), rtol=1e-6)


def test_a_label_changes_nothing_before_it_arrives_and_after_it_has_faded() -> None:
    learned, y = rows(["a", "b"] * 40, [i / 2 for i in range(80)]), np.tile([0, 0, 0, 1], 20)
    memory = made()
    memory.fit_transform(learned, y)
    changed = made()
    changed.fit_transform(learned, np.where(np.arange(80) == 40, 1, y))  # shop a, day 20
    changed.share_, changed.strength_ = memory.share_, memory.strength_  # what all say is of everybody, at any time
    at = [19.0, 20.0, 22.9, 23.0, 26.0, 30.0, 30.1, 60.0]
    moved = [
        not np.isclose(
            memory.transform(rows(["a"], [day]))["share"][0], changed.transform(rows(["a"], [day]))["share"][0]
        )
        for day in at
    ]
    assert moved == [False, False, False, True, True, True, False, False]


def test_who_is_unknown_or_long_forgotten_has_everybodys_share() -> None:
    memory = made()
    memory.fit_transform(rows(["a"] * 60 + ["b"] * 60, [i / 6 for i in range(60)] * 2), np.repeat([1, 0], 60))
    told = memory.transform(rows(["a", "b", "c", None, "a"], [11.0, 11.0, 11.0, 11.0, 99.0]))["share"]
    assert told[0] > 0.9
    assert told[1] < 0.1
    assert told[2:].to_numpy() == pytest.approx(np.float32(60.5 / 121))


def test_memory_goes_on_with_other_rows_and_shares_keep_their_meaning() -> None:
    memory, learned, later = made(), rows(["a", "b"] * 30, [i / 6 for i in range(60)]), rows(["a"] * 5, [20.0] * 5)
    memory.fit_transform(learned, np.tile([1, 0], 30))
    prior = memory.share_, memory.strength_
    asked = rows(["a", "b", "c"], [24.0, 24.0, 24.0])
    before = memory.transform(asked)["share"].tolist()
    assert before == [np.float32(prior[0])] * 3  # all is forgotten by then
    after = memory.remember(pd.concat([learned, later]), np.r_[np.tile([1, 0], 30), np.ones(5, dtype=int)])
    assert (memory.share_, memory.strength_) == prior
    expected = (5 + prior[1] * prior[0]) / (5 + prior[1])
    assert after.transform(asked)["share"].tolist() == pytest.approx([expected, prior[0], prior[0]])


def test_rows_without_labels_are_not_remembered() -> None:
    with pytest.raises(ValueError, match="labelled rows"):
        made().fit_transform(rows(["a"], [1.0]))


def test_a_restored_memory_says_the_same_and_an_unsound_one_is_refused() -> None:
    memory, learned = made(), rows(["a", "b", "b", None], [1.0, 2.0, 5.0, 3.0])
    memory.fit_transform(learned, np.array([1, 0, 1, 0]))
    again = made().restore(memory.dump())
    pd.testing.assert_frame_equal(again.transform(learned), memory.transform(learned))
    sound = {"keys": np.array(["a", "b"]), "starts": np.array([0, 1, 3]), "times": np.array([1, 2, 3])}
    sound |= {"harmful": np.array([True, False, True]), "prior": np.array([0.1, 5.0])}
    made().restore({memory.file: pack(sound)})
    for name, spoiled, told in (
        ("starts", np.array([0, 3]), "events for each entity"),
        ("starts", np.array([0, 4, 3]), "events for each entity"),
        ("starts", np.array([0, 1, 2]), "events for each entity"),
        ("harmful", np.array([True]), "events for each entity"),
        ("keys", np.array(["a", "a"]), "events for each entity"),
        ("times", np.array([1, 3, 2]), "in order of time"),
        ("harmful", np.ones((3, 2), dtype=bool), "events for each entity"),
        ("prior", np.array([0.1]), "a share and a strength"),
        ("prior", np.array([1.5, 5.0]), "a share and a strength"),
        ("prior", np.array([0.1, np.nan]), "a share and a strength"),
        ("harmful", np.array([1, 0, 1]), "dtype"),
    ):
        with pytest.raises(ModelIntegrityError, match=told):
            made().restore({memory.file: pack(sound | {name: spoiled})})
