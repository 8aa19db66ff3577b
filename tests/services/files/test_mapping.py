"""Which column is which field: suggested, repaired where asked, remembered by the file's columns."""

import pandas as pd
import pytest

from riskcore.core.errors import DataError
from riskcore.scenarios import coded
from riskcore.services.files.mapping import ColumnMap, propose_repairs, recall, remember, suggest, with_repairs
from riskcore.services.files.numerals import Repair, repairs_for

SESSION, CARD = coded()["session_risk"], coded()["card_fraud"]


def cells(*values: str) -> pd.Series:
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize("scenario", coded().values(), ids=coded())
def test_a_files_own_names_are_found_in_any_order(scenario) -> None:
    columns = ["extra", *reversed(scenario.event.names)]
    assert suggest(columns, scenario.event, scenario.target).columns == {n: n for n in scenario.event.names}


def test_case_separators_and_synonyms_do_not_matter() -> None:
    found = suggest(["Session Duration", "ip_changes", "LOGIN-HOUR", "revoked"], SESSION.event, SESSION.target).columns
    assert found == {
        "session_duration": "Session Duration",
        "ip_change_count": "ip_changes",
        "login_hour": "LOGIN-HOUR",
        "is_revoked": "revoked",
    }


def test_likeness_is_used_only_where_guesses_are_welcome() -> None:
    columns = ["sesion_duraton"]
    assert suggest(columns, SESSION.event, SESSION.target).columns == {"session_duration": "sesion_duraton"}
    assert suggest(columns, SESSION.event, SESSION.target, guess=False).columns == {}


def test_a_column_is_used_once_and_the_label_for_no_field() -> None:
    found = suggest(["login_hour", "Login Hour", "Class", "Amount"], CARD.event, CARD.target)
    assert found.label == "Class"
    assert "Class" not in found.columns.values()
    twice = suggest(["duration", "Duration"], SESSION.event, SESSION.target)
    assert list(twice.columns) == ["session_duration"]


def test_everything_wrong_with_a_mapping_is_told_at_once() -> None:
    mapping = ColumnMap({"login_hour": "hour", "os_variation": "os", "is_revoked": "os"}, label="os")
    with pytest.raises(DataError) as error:
        mapping.check(["os", "os", "note"], SESSION.event)
    told = str(error.value)
    assert "'os' appears 2 times" in told
    assert "'os' is used for two fields" in told
    assert "no column 'hour' (for login_hour)" in told
    assert "used as a field and as the label" in told
    assert "'session_duration' is missing" in told


def test_applying_a_mapping_renames_and_leaves_the_table_alone() -> None:
    table = pd.DataFrame({"hour": ["1"], "note": ["x"]})
    assert list(ColumnMap({"login_hour": "hour"}).apply(table).columns) == ["login_hour"]
    assert list(table.columns) == ["hour", "note"]


@pytest.mark.parametrize(
    ("given", "label", "becomes"),
    [
        (("1.234,50", "7,5", "12"), "decimal comma", ["1234.50", "7.5", "12"]),
        (("1,234.50", "7.5"), "comma between thousands", ["1234.50", "7.5"]),
        (("1 234,5", "-7,25"), "decimal comma", ["1234.5", "-7.25"]),
        (("$1,234.50", "$7"), "comma between thousands; currency sign dropped", ["1234.50", "7"]),
        (("1.234,50 €", "EUR 3"), "decimal comma; currency sign dropped", ["1234.50", "3"]),
        (("5 %", "12.5%"), "comma between thousands; percent as a share: 5 % is 0.05", ["0.05", "0.125"]),
    ],
)
def test_one_repair_reads_a_column_written_one_way(given: tuple[str, ...], label: str, becomes: list[str]) -> None:
    (repair,) = repairs_for(cells(*given))
    assert repair.label == label
    assert repair.apply(cells(*given)).tolist() == becomes


@pytest.mark.parametrize("given", [("1", "2.5", "", "1e-3", "NaN"), ("abc", "1,2"), ("1,5", "2.5"), ("2026-01-01",)])
def test_no_repair_is_offered_where_none_is_needed_or_none_fits_all(given: tuple[str, ...]) -> None:
    assert list(repairs_for(cells(*given))) == []


def test_a_few_bad_cells_do_not_hide_the_repair_and_stay_bad() -> None:
    column = cells(*(["1,5"] * 99), "n/a")
    (repair,) = repairs_for(column)
    assert repair.apply(column).iloc[-1] == "n/a"


def test_where_cells_leave_it_open_both_readings_are_offered() -> None:
    assert [r.decimal for r in repairs_for(cells("1,234", "2,000"))] == [".", ","]
    assert [r.decimal for r in repairs_for(cells("1,234", "22"), whole=True)] == ["."]


def test_a_point_in_whole_numbers_stands_between_thousands() -> None:
    (repair,) = repairs_for(cells("234.015", "673"), whole=True)
    assert repair.apply(cells("234.015", "673")).tolist() == ["234015", "673"]


def test_repairs_are_proposed_and_never_applied_unasked() -> None:
    table = pd.DataFrame({"Amount": ["1,5", "20,25"], "Time": ["0", "1"]})
    mapping = ColumnMap({"Amount": "Amount", "Time": "Time"})
    (proposal,) = propose_repairs(table, mapping, CARD.event)
    assert (proposal.column, proposal.example, proposal.becomes) == ("Amount", "20,25", ("20.25",))
    assert mapping.apply(table)["Amount"].tolist() == ["1,5", "20,25"]
    repaired = with_repairs(mapping, {"Amount": proposal.repairs[0]})
    assert repaired.apply(table)["Amount"].tolist() == ["1.5", "20.25"]


def test_a_mapping_is_remembered_by_the_set_of_columns(house) -> None:
    mapping = ColumnMap({"login_hour": "Stunde"}, {"Stunde": Repair(decimal=",")}, label="wahr")
    remember(house, SESSION, ["Stunde", "wahr", "x"], mapping)
    assert recall(house, SESSION, ["x", "wahr", "Stunde"]) == mapping
    assert recall(house, SESSION, ["Stunde", "wahr"]) is None
    assert recall(house, CARD, ["Stunde", "wahr", "x"]) is None


def test_a_damaged_memory_is_a_forgotten_one(own_house) -> None:
    remember(own_house, SESSION, ["a"], ColumnMap({}))
    (path,) = (own_house.settings.data / "mappings" / "session_risk").iterdir()
    path.write_text("{")
    assert recall(own_house, SESSION, ["a"]) is None


def test_a_kind_of_attack_is_not_taken_for_the_label_where_there_is_one() -> None:
    identity = coded()["identity_risk"]
    assert suggest(["attack", "label"], identity.event, identity.target).label == "label"
    assert suggest(["attack"], identity.event, identity.target).label == "attack"
