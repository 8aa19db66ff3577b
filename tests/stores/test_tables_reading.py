"""Reading tables: what a file is, what its rows are, and what a broken line costs."""

import gzip
import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.core.errors import DataError
from riskcore.stores.tables import Chunk, open_table, packing
from riskcore.stores.tables.csv_reading import CsvReader
from riskcore.stores.tables.records import MAX_RECORD
from riskcore.stores.tables.sniff import CsvLayout

BASIC = "id,amount,note\n007,1.50, x \n8,-2,\n"
ROWS = [["007", "1.50", " x "], ["8", "-2", ""]]


def cells(chunk: Chunk) -> list[list[str]]:
    return chunk.table.astype(object).to_numpy().tolist()


def read(text: str | bytes) -> Chunk:
    return open_table(text.encode() if isinstance(text, str) else text).read()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def parquet(table: pa.Table | pd.DataFrame) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table) if isinstance(table, pd.DataFrame) else table, file)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found_and_values_stay_as_they_stood(delimiter: str) -> None:
    source = open_table(BASIC.replace(",", delimiter).encode())
    assert (source.delimiter, source.columns, source.format) == (delimiter, ("id", "amount", "note"), "csv")
    assert cells(source.read()) == ROWS
    assert {str(dtype) for dtype in source.read().table.dtypes} == {"str"}


def test_a_decimal_comma_does_not_make_a_semicolon_file_a_comma_file() -> None:
    source = open_table(b"a;b;c\n1,5;2,5;3\n4,5;5;6,1\n")
    assert source.delimiter == ";"
    assert cells(source.read())[0] == ["1,5", "2,5", "3"]


def test_a_file_of_one_column_is_read() -> None:
    assert cells(read("id\n1\n\n2\n")) == [["1"], ["2"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_ending_is_read(ending: str, last: bool) -> None:
    text = BASIC.replace("\n", ending)
    chunk = read(text if last else text.removesuffix(ending))
    assert cells(chunk) == ROWS
    assert chunk.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("latin-1", "cp1252"), ("cp1252", "cp1252")],
)
def test_every_encoding_is_told_from_the_content(encoding: str, told: str) -> None:
    source = open_table("näme,ort\nZoë,Köln\nJosé,Málaga\n".encode(encoding))
    assert (source.encoding, source.columns) == (told, ("näme", "ort"))
    assert cells(source.read()) == [["Zoë", "Köln"], ["José", "Málaga"]]
    assert ("Windows-1252" in source.notice) == (told == "cp1252")


def test_bytes_that_windows_1252_leaves_undefined_are_read_all_the_same() -> None:
    assert cells(read(b"a,b\n\x80\xe9,\x81\n")) == [["€é", "\x81"]]


def test_a_line_that_is_not_utf_8_is_broken_alone() -> None:
    chunk = read("a,b\nköln,1\n".encode() + b"k\xf6ln,2\nc,3\n")
    assert cells(chunk) == [["köln", "1"], ["c", "3"]]
    assert [(b.line, b.row, b.text, b.rule) for b in chunk.broken] == [(3, 1, "k�ln,2", "is not UTF-8 text")]


def test_half_a_character_at_the_end_of_utf_16_breaks_the_last_line_alone() -> None:
    chunk = read("a,b\n1,2\n3,4".encode("utf-16") + b"\x31")
    assert cells(chunk) == [["1", "2"]]
    assert [b.rule for b in chunk.broken] == ["is not UTF-8 text"]


def test_a_line_with_another_number_of_values_is_broken_alone() -> None:
    chunk = read("a,b,c\n1,2,3\n1,2\n1,2,3,4\nx\n4,5,6\n")
    assert cells(chunk) == [["1", "2", "3"], ["4", "5", "6"]]
    assert (chunk.rows.tolist(), chunk.lines.tolist()) == ([0, 4], [2, 6])
    assert [(b.line, b.row, b.text, b.rule) for b in chunk.broken] == [
        (3, 1, "1,2", "has 2 values; the header has 3"),
        (4, 2, "1,2,3,4", "has 4 values; the header has 3"),
        (5, 3, "x", "has 1 value; the header has 3"),
    ]


def test_quoted_newlines_and_blank_lines_keep_line_numbers_right() -> None:
    chunk = read('a,b\n\n1,"x\ny"\n\r\n2,"say ""hi"", you"\n3,z\n')
    assert cells(chunk) == [["1", "x\ny"], ["2", 'say "hi", you'], ["3", "z"]]
    assert (chunk.rows.tolist(), chunk.lines.tolist()) == ([0, 1, 2], [3, 6, 7])


@pytest.mark.parametrize("after", ["3,z\n", '3,"z"\n', '3,""\n4,"q\nr"\n'])
def test_a_quote_that_is_never_closed_loses_its_own_line_only(after: str) -> None:
    chunk = read(f'a,b\n1,x\n2,"open\n{after}')
    assert cells(chunk)[:2] == [["1", "x"], ["3", "" if '""' in after else "z"]]
    assert [(b.line, b.row, b.rule) for b in chunk.broken] == [(3, 1, "a quote opened here is never closed")]
    assert chunk.rows.tolist()[:2] == [0, 2]


def test_a_quote_within_a_value_is_a_character_like_any_other() -> None:
    assert cells(read('a,b\n5" pipe,x"y"\n"q",z\n')) == [['5" pipe', 'x"y"'], ["q", "z"]]


def test_text_after_a_closing_quote_breaks_the_line() -> None:
    chunk = read('a,b\n"1"x,2\n3,4\n')
    assert cells(chunk) == [["3", "4"]]
    assert [b.rule for b in chunk.broken] == ["has text after a closing quote"]


@pytest.mark.parametrize("before", ["", "k,1\n" * 300_000])
def test_a_line_of_ten_megabytes_is_broken_and_the_rest_is_read(before: str) -> None:
    n = before.count("\n")
    chunk = read("a,b\n" + before + "1,2\n" + "x" * 10_000_000 + "\n3,4\n5,6\n")
    assert cells(chunk)[n:] == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert (chunk.rows[n:].tolist(), chunk.lines[n:].tolist()) == ([n, n + 2, n + 3], [n + 2, n + 4, n + 5])
    assert [(b.line, b.row, b.text, b.rule) for b in chunk.broken] == [(n + 3, n + 1, "x" * 200, "is longer than 1 MB")]


def test_the_longest_line_allowed_is_a_row_and_one_byte_more_is_not() -> None:
    longest = "x" * (MAX_RECORD - 2)
    chunk = read(f"a,b\n{longest},\ny{longest},\n1,2\n")
    assert [len(a) for a, _ in cells(chunk)] == [MAX_RECORD - 2, 1]
    assert [b.rule for b in chunk.broken] == ["is longer than 1 MB"]


def test_repeated_names_are_kept_as_they_stand() -> None:
    source = open_table(b"a,b,a\n1,2,3\n")
    assert source.columns == ("a", "b", "a")
    assert list(source.read().table.columns) == ["a", "b", "a"]
    assert cells(source.read()) == [["1", "2", "3"]]


def test_a_header_may_be_quoted_and_may_follow_blank_lines() -> None:
    chunk = read('\n"a,1","b\nc"\n1,2\n')
    assert list(chunk.table.columns) == ["a,1", "b\nc"]
    assert chunk.lines.tolist() == [4]


def office(name: str) -> bytes:
    return zipped({name: b"<Types/>", "xl/workbook.xml": b"<w/>"})


def encrypted() -> bytes:
    content = bytearray(zipped({"a": BASIC.encode()}))
    content[6] |= 1  # the flag of an encrypted member, in its own header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "up.csv is empty.", id="empty"),
        pytest.param(b"\r\n\n", "up.csv is empty.", id="blank lines"),
        pytest.param(b"\xef\xbb\xbf", "up.csv is empty.", id="byte order mark"),
        pytest.param(b"a,b\n\n", "up.csv has a header but no rows.", id="header only"),
        pytest.param(b"a,b", "up.csv has a header but no rows.", id="header without an end"),
        pytest.param(b'a,"b\n1,2\n', "no readable header", id="header with an open quote"),
        pytest.param(b"a" * 3_000_000 + b"\n1\n", "no readable header", id="endless header"),
        pytest.param(b"a,b\n1,\0\n", "NUL bytes", id="binary"),
        pytest.param(pickle.dumps({"a": 1}), "a Python pickle, which could run code", id="pickle"),
        pytest.param(office("[Content_Types].xml"), "an Excel workbook", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook. Save it as CSV.", id="xls"),
        pytest.param(zipped({"a": b"a\n1\n", "b": b"a\n1\n"}), "a zip archive of 2 files", id="two files in a zip"),
        pytest.param(zipped({}), "a zip archive of 0 files", id="empty zip"),
        pytest.param(zipped({"a": zipped({"b": b"a\n1\n"})}), "an archive within an archive", id="zip in a zip"),
        pytest.param(gzip.compress(gzip.compress(b"a\n1\n")), "an archive within an archive", id="gz in a gz"),
        pytest.param(zipped({"a": parquet(pd.DataFrame({"a": [1]}))}), "a packed Parquet file", id="Parquet in a zip"),
        pytest.param(encrypted(), "an encrypted zip archive", id="encrypted zip"),
        pytest.param(gzip.compress(BASIC.encode())[:-12], "a damaged gzip file", id="cut gzip"),
        pytest.param(zipped({"a": BASIC.encode()})[:40], "a damaged zip file", id="cut zip"),
        pytest.param(b"PAR1 and nothing more", "a Parquet file that cannot be read", id="broken Parquet"),
        pytest.param(parquet(pd.DataFrame({"a": []})), "has columns but no rows", id="Parquet without rows"),
    ],
)
def test_what_is_not_a_table_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        open_table(content, name="up.csv")
    assert str(refused.value).startswith("up.csv ")
    assert sentence in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        open_table(tmp_path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped({"a.csv": text, "__MACOSX/._a.csv": b"shadow"})])
def test_packed_files_are_read(pack) -> None:
    source = open_table(pack(BASIC.encode()))
    assert cells(source.read()) == ROWS
    assert source.packing in ("gzip", "zip")


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped({"a": text})])
def test_a_bomb_is_refused_before_it_is_unpacked(pack) -> None:
    bomb = pack(b"a,b\n" + b"0,0\n" * 15_000_000)
    with pytest.raises(DataError, match="200 times its size"):
        open_table(bomb).read()
    with pytest.raises(DataError, match="more than 1 MB"):
        open_table(bomb, limit=1_000_000).read()


def test_a_repetitive_file_below_the_bombs_size_is_read() -> None:
    text = b"a,b\n" + b"0,0\n" * 1_000_000
    packed = gzip.compress(text)
    assert len(text) > packing.MOST_RATIO * len(packed)
    assert len(open_table(packed).read().table) == 1_000_000


def test_a_plain_file_above_the_limit_is_refused() -> None:
    with pytest.raises(DataError, match="larger than 0 MB"):
        open_table(BASIC.encode(), limit=10)


def test_a_parquet_file_named_csv_is_read_and_said(tmp_path) -> None:
    path = tmp_path / "up.csv"
    path.write_bytes(parquet(pd.DataFrame({"a": [1, 2]})))
    source = open_table(path)
    assert (source.format, source.read().table["a"].tolist()) == ("parquet", [1, 2])
    assert "is named .csv but is Parquet" in source.notice
    assert "is CSV" in open_table(BASIC.encode(), name="x.parquet").notice


def test_parquet_keeps_types_and_counts_rows() -> None:
    table = pa.table(
        {
            "whole": pa.array([1, None, 3]),
            "full": pa.array([1, 2, 3], pa.int32()),
            "text": pa.array(["a", None, "c"]).dictionary_encode(),
            "moment": pa.array([0, 1, None], pa.timestamp("us", "UTC")),
            "day": pa.array([0, 1, None], pa.date32()),
            "money": pa.array([1, 2, None], pa.decimal128(9, 2)),
            "nested": pa.array([[1, 2], None, []]),
        }
    )
    chunk = open_table(parquet(table)).read()
    assert [str(d) for d in chunk.table.dtypes] == [
        "float64", "int32", "str", "datetime64[us, UTC]", "datetime64[ms]", "float64", "str",
    ]  # fmt: skip
    assert chunk.table["nested"].tolist()[0] == "[1, 2]"
    assert np.isnan(chunk.table["whole"][1])
    assert (chunk.rows.tolist(), chunk.lines.tolist(), chunk.broken) == ([0, 1, 2], [1, 2, 3], ())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_chunks_of_any_size_give_the_same_records(size: int) -> None:
    text = 'a,b\n1,x\n\n2\n3,"p\nq"\n4,"open\n5,y\n6,z\n'
    for content in (text.encode(), parquet(pd.DataFrame({"a": range(7), "b": list("abcdefg")}))):
        source = open_table(content)
        all_, chunks = source.read(), list(source.chunks(size))
        assert [row for c in chunks for row in cells(c)] == cells(all_)
        assert np.concatenate([c.rows for c in chunks]).tolist() == all_.rows.tolist()
        assert np.concatenate([c.lines for c in chunks]).tolist() == all_.lines.tolist()
        assert tuple(b for c in chunks for b in c.broken) == all_.broken
        assert all(len(c.table) + len(c.broken) == size for c in chunks[:-1])
        assert chunks[-1].bytes_done == len(content)
        assert all(c.table.index.equals(pd.RangeIndex(len(c.table))) for c in chunks)


def test_the_head_is_the_first_records() -> None:
    assert cells(open_table(BASIC.encode()).head(1)) == ROWS[:1]
    assert cells(open_table(BASIC.encode()).head(10)) == ROWS


def test_a_file_with_no_good_line_yields_only_broken_ones() -> None:
    chunk = read("a,b\n1\n2\n")
    assert (len(chunk.table), list(chunk.table.columns), len(chunk.broken)) == (0, ["a", "b"], 2)


def blocks_of(text: bytes, size: int):
    return [(text[i : i + size], i + size) for i in range(0, len(text), size)]


def told(reader: CsvReader, text: bytes, size: int) -> tuple[list, list, list, list]:
    pieces = list(reader.pieces(blocks_of(text, size)))
    return (
        [row for p in pieces for row in zip(*(c.to_pylist() for c in p.table.columns), strict=True)],
        [int(r) for p in pieces for r in p.rows],
        [int(n) for p in pieces for n in p.lines],
        [b for p in pieces for b in p.broken],
    )


@settings(max_examples=300, deadline=None)
@given(st.text('ab",\n\r é', max_size=60), st.integers(1, 20))
def test_blocks_of_any_size_and_both_ways_of_reading_agree(text: str, size: int) -> None:
    content = text.encode()
    reader = CsvReader(CsvLayout("utf-8", ",", ("x", "y"), 0, 1))
    careful = CsvReader(CsvLayout("utf-8", ",", ("x", "y"), 0, 1))
    careful._regular = lambda *_: None  # type: ignore[method-assign, assignment]
    expected = told(careful, content, len(content) + 1)
    assert told(reader, content, len(content) + 1) == expected
    assert told(reader, content, size) == expected
    assert told(careful, content, size) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["1,2\n", "x\n", '"p\nq",3\n', '4,"\n', "\n", "z" * 40 + ",\n", "y" * 150 + "\n"]), max_size=30
    )
)
def test_long_lines_across_blocks_cost_only_themselves(lines: list[str]) -> None:
    text = "".join(lines).encode()
    with pytest.MonkeyPatch.context() as patch:
        for module in ("records", "csv_reading"):
            patch.setattr(f"riskcore.stores.tables.{module}.MAX_RECORD", 32)
        patch.setattr("riskcore.stores.tables.csv_reading.LARGE", 64)
        patch.setattr("riskcore.stores.tables.csv_reading.PART", 16)
        reader = CsvReader(CsvLayout("utf-8", ",", ("x", "y"), 0, 1))
        *rows, broken = told(reader, text, 16)
        *expected_rows, expected = told(reader, text, 1_000)
        assert rows == expected_rows
        assert [(b.line, b.row, b.rule) for b in broken] == [(b.line, b.row, b.rule) for b in expected]
