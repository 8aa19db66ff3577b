"""A result says what it was made of, and what of it has changed since."""

from riskcore.ui.results import Kept


def test_what_changed_is_named() -> None:
    kept = Kept(1, {"model": "a", "costs": "x", "capacity": "3"})
    assert kept.changed({"model": "a", "costs": "x", "capacity": "3"}) == []
    assert kept.changed({"model": "b", "costs": "x", "capacity": "4"}) == ["model", "capacity"]


def test_what_was_not_asked_about_before_counts_as_changed() -> None:
    assert Kept(1, {"model": "a"}).changed({"model": "a", "column": "country"}) == ["column"]
