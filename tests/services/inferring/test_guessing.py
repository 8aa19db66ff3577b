"""What a column seems to be: from its cells, whether a file has types or all is text."""

import numpy as np
import pandas as pd
import pytest

from riskcore.core.casting import OTHER
from riskcore.services.inferring.guessing import MOST_CHOICES, guess

N = 400


def words(*cells: object) -> pd.Series:
    return pd.Series(np.resize(np.array(cells, dtype=object), N), dtype="str")


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (words("1.5", "2.25", "-3e2"), "number"),
        (pd.Series(np.arange(N) % 7), "integer"),
        (words("0", "1"), "flag"),
        (words("true", "false"), "flag"),
        (pd.Series([True, False] * 200), "flag"),
        (words("red", "green", "blue"), "category"),
        (words("2026-01-01T10:00:00Z", "2026-02-01"), "time"),
        (pd.Series(pd.date_range("2026-01-01", periods=N, freq="h")), "time"),
    ],
)
def test_kinds_are_told_apart(column: pd.Series, kind: str) -> None:
    assert guess("x", column).kind == kind


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("x", words("", " "), "is empty in every row"),
        ("x", pd.Series(np.full(N, np.nan)), "is empty in every row"),
        ("x", words("same"), "has one value in every row: same"),
        ("x", pd.Series(np.full(N, 3)), "has one value in every row: 3"),
        ("x", pd.Series(np.arange(N) + 5), "looks like an identifier: 400 different values in 400 rows"),
        ("user_id", pd.Series(np.arange(N) % 300), "looks like an identifier: 300 different values in 400 rows"),
        ("x", words(*(f"{i:04x}-z" for i in range(N))), "looks like an identifier or free text: 400 different values"),
    ],
)
def test_what_cannot_be_learned_from_is_ignored_with_the_reason(name: str, column: pd.Series, why: str) -> None:
    found = guess(name, column)
    assert found.kind is None
    assert found.notice.startswith(why)


def test_an_amount_that_happens_to_differ_in_every_row_is_no_identifier() -> None:
    assert guess("amount", pd.Series(np.random.default_rng(0).permutation(N) * 3)).kind == "integer"


def test_a_constant_with_gaps_is_kept_for_its_gaps() -> None:
    found = guess("x", words("yes", ""))
    assert (found.kind, found.choices) == ("category", ("yes", OTHER))
    assert found.missing.sum() == N / 2


def test_a_category_of_100_000_values_keeps_the_frequent_ones_and_says_what_they_cover() -> None:
    rng = np.random.default_rng(0)
    common, rare = rng.integers(0, 150, 250_000), rng.integers(150, 100_150, 250_000)
    found = guess("merchant", pd.Series([f"m{i}" for i in np.concatenate([common, rare])], dtype="str"))
    assert found.kind == "category"
    assert len(found.choices) == MOST_CHOICES
    assert found.choices[-1] == OTHER
    assert {f"m{i}" for i in range(150)} <= set(found.choices)
    assert "the 199 most frequent ones, in 50% of the rows" in found.notice


def test_a_few_cells_that_are_no_numbers_are_told_with_what_becomes_of_them() -> None:
    column = pd.Series([*map(str, np.arange(N) / 8), "?", "n/k"], dtype="str")
    found = guess("x", column)
    assert found.kind == "number"
    assert found.notice == ("holds 2 of 402 cells that are no numbers ('?', 'n/k'); rows with them are left out")
    assert np.isnan(found.values[-2:]).all()


def test_infinities_count_as_missing() -> None:
    assert guess("x", pd.Series([1.5, np.inf, 2.5] * 40)).missing.sum() == 40


def test_dates_in_five_formats_are_read_where_each_can_be_read_in_one_way() -> None:
    forms = ("2026-03-25", "25.03.2026", "25 Mar 2026", "2026/03/25", "25/03/2026")
    cells = [day.replace("25", f"{d:02}") for d in range(13, 29) for day in forms]
    found = guess("at", words(*cells))
    assert found.kind == "time"
    assert not found.missing.any()
    assert len(np.unique(found.values)) == 16
    assert set(found.formats) == {"%d.%m.%Y", "%d %b %Y", "%d/%m/%Y"}


def test_dates_of_birth_are_no_times_and_a_single_one_out_of_range_is_told() -> None:
    births = pd.Series([f"{1940 + i % 50}-0{i % 9 + 1}-11" for i in range(400)])
    assert guess("born", births).kind is None
    assert guess("born", births).notice.endswith("cells that are no dates from 1970 to 2199")
    seen = pd.Series([f"2024-0{i % 9 + 1}-11" for i in range(400)] + ["1901-01-01"])
    found = guess("seen", seen)
    assert found.kind == "time"
    assert "holds 1 of 401 cells that are no dates from 1970 to 2199 ('1901-01-01')" in found.notice


def test_dates_that_could_be_read_in_two_ways_are_not_read() -> None:
    cells = [f"{d:02}/{m:02}/2026" for d in range(1, 13) for m in range(1, 13)]
    found = guess("at", words(*cells))
    assert found.kind is None
    assert "can be day/month or month/day, and none of 144 different cells tells which" in found.notice
    assert guess("at", words(*cells), day_first=True).formats == ("%d/%m/%Y",)
    assert guess("at", words(*cells), day_first=False).formats == ("%m/%d/%Y",)


def test_day_first_mixed_with_month_first_is_told_with_counts() -> None:
    found = guess("at", words("31/12/2026", "30/12/2026", "12/31/2026", "01/02/2026"))
    assert found.kind is None
    assert found.notice.startswith(
        "mixes day/month (31/12/2026 and 1 more) with month/day (12/31/2026 and 0 more), and 1 different cells"
    )


def test_a_column_that_counts_up_names_rows_unless_it_is_known_to_name_nothing() -> None:
    counted = pd.Series(np.arange(N))
    assert guess("minute", counted).kind is None
    assert guess("minute", counted, names=False).kind == "integer"
