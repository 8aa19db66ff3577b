"""Writing tables: what is written reads back the same, whole or not at all."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.core.errors import DataError
from riskcore.stores.tables import neutralise, open_table, open_writer, to_bytes

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
CELL = TEXT | st.text(' ",;\t|\n\r=é', max_size=8)


def csv_of(table: pd.DataFrame | pa.Table) -> str:
    return to_bytes(table, "csv").decode()


@st.composite
def tables(draw) -> pd.DataFrame:
    names = draw(st.lists(CELL, min_size=1, max_size=4))
    rows = draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), min_size=1, max_size=8))
    return pd.DataFrame(rows, columns=pd.Index(names), dtype="str")


@settings(max_examples=300, deadline=None)
@given(tables())
def test_any_text_survives_writing_and_reading(table: pd.DataFrame) -> None:
    content = to_bytes(table, "csv")
    source = open_table(content)
    assert source.columns == tuple(table.columns)
    assert source.read().table.astype(object).to_numpy().tolist() == table.astype(object).to_numpy().tolist()
    assert source.read().broken == ()


@settings(max_examples=100, deadline=None)
@given(tables())
def test_pythons_own_reader_reads_the_same(table: pd.DataFrame) -> None:
    rows = list(csv.reader(io.StringIO(csv_of(table), newline=""), strict=True))
    assert rows == [list(table.columns), *table.astype(object).to_numpy().tolist()]


def test_only_cells_that_need_quotes_have_them() -> None:
    table = pd.DataFrame({"a": ["x", "p,q", 'say "hi"', "", None], "b": ["1", " y ", "l\nm", "=2", "r\rs"]})
    assert csv_of(table) == 'a,b\nx,1\n"p,q", y \n"say ""hi""","l\nm"\n,=2\n,"r\rs"\n'


def test_quotes_in_one_column_change_no_other_cell() -> None:
    plain = pd.DataFrame(
        {
            "text": ["x", "y"],
            "float": [0.1, np.nan],
            "small": [1e-7, 1e22],
            "float32": np.array([0.3, 2], np.float32),
            "whole": [1, -2],
            "truth": [True, False],
            "moment": pd.to_datetime(["2026-01-31T12:00:00Z", None]),
            "kind": pd.Categorical(["p", "q"]),
        }
    )
    alone = csv_of(plain)
    assert alone.splitlines()[1] == "x,0.1,1e-7,0.3,1,true,2026-01-31 12:00:00.000000Z,p"
    assert csv_of(plain.assign(text=["x", "y,"])) == alone.replace("\ny,", '\n"y,",')


@given(st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1))
@settings(deadline=None)
def test_every_float_reads_back_the_same(values: list[float]) -> None:
    chunk = open_table(to_bytes(pd.DataFrame({"x": values, "y": values}), "csv")).read()
    assert [float(x) for x in chunk.table["x"]] == values


def test_missing_values_are_empty_cells() -> None:
    table = pa.table({"a": pa.array([1, None]), "b": pa.array([None, float("nan")])})
    assert csv_of(table) == "a,b\n1,\n,\n"


def test_columns_of_mixed_objects_are_written_as_text() -> None:
    assert csv_of(pd.DataFrame({"a": [1, "x", None], "b": [[1], {"k": 2}, b"z"]}, dtype=object)).count("\n") == 4


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_parts_written_one_by_one_are_one_table(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"id": ["1", "2", "3"], "risk": [0.25, 0.5, 1.0]})
    with open_writer(tmp_path / name) as writer:
        writer.write(table[:2])
        writer.write(table[:0])
        writer.write(table[2:])
    assert writer.rows == 3
    assert [p.name for p in tmp_path.iterdir()] == [name]
    found = open_table(tmp_path / name).read().table
    pd.testing.assert_frame_equal(found.astype({"risk": float}), table, check_dtype=False)


def test_the_same_table_gives_the_same_packed_bytes() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    assert to_bytes(table, "csv.gz") == to_bytes(table, "csv.gz")
    assert gzip.decompress(to_bytes(table, "csv.gz")) == b"a\n1\n2\n"


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_after_an_exception_nothing_is_left_and_the_old_file_stands(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("old")

    def fail() -> None:
        with open_writer(tmp_path / name) as writer:
            writer.write(pd.DataFrame({"a": [1]}))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(name, "old")]


def test_a_table_without_rows_writes_the_header_and_no_table_no_file(tmp_path: Path) -> None:
    with open_writer(tmp_path / "header.csv") as writer:
        writer.write(pd.DataFrame({"a": [], "b": []}))
    with open_writer(tmp_path / "none.csv"):
        pass
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("header.csv", "a,b\n")]


def test_an_unknown_extension_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must end in \.csv, \.csv\.gz, \.parquet"):
        open_writer(tmp_path / "out.xlsx")
    with pytest.raises(DataError, match="cannot be written"), open_writer(tmp_path / "none" / "out.csv"):
        pass


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-x", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "-1-1"])
@pytest.mark.parametrize("dtype", ["str", object, "category", "string"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(cell: str, dtype: str) -> None:
    table = pd.DataFrame({cell: pd.Series(["safe", cell, None], index=[5, 6, 7], dtype=dtype)})
    safe = neutralise(table)
    assert list(safe.columns) == ["'" + cell]
    assert safe.iloc[:2, 0].tolist() == ["safe", "'" + cell]
    assert safe.isna().iloc[2, 0]
    assert list(safe.index) == [5, 6, 7]
    assert table.iloc[1, 0] == cell


@pytest.mark.parametrize("cell", ["-12.50", "+3e4", "-1.234,50", "-.5", "-5%", "a=b", "x@y.z", "'=1", "", "2026-01-31"])
def test_numbers_and_other_text_stay_as_they_are(cell: str) -> None:
    table = pd.DataFrame({"a": pd.Series([cell], dtype="str"), "b": [-1.5], "c": [None]})
    pd.testing.assert_frame_equal(neutralise(table), table)
