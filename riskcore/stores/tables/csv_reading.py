"""Rows of CSV text in constant memory: whole blocks through pyarrow where all is regular, else record by record.

Both ways give the same rows: `RecordRule.scan` decides, and the fast way is taken only where it can be seen to agree.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from riskcore.stores.tables.chunks import Broken, Piece
from riskcore.stores.tables.records import MAX_RECORD, TERMINATOR, Found, RecordRule
from riskcore.stores.tables.sniff import CsvLayout, as_utf8

PARSED_AT_ONCE = 4 * MAX_RECORD  # bytes; a record must lie within two of pyarrow's blocks
LARGE = 2 * MAX_RECORD  # bytes; an odd text above it is read in parts
PART = 2**16  # bytes; with what an undecided record may bring along, well below LARGE
TOLD = 200  # characters of a broken line that are kept
QUOTE, NEWLINE, RETURN = b'"\n\r'


@dataclass(frozen=True)
class _Rows:
    """Good rows of a text, and where each began: records and lines counted from the text's beginning."""

    table: pa.Table
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    broken: tuple[Broken, ...]
    records: int
    end: int  # bytes of the text that are done
    passed: int  # lines among them


class CsvReader:
    """Reads the records below the header of one layout."""

    def __init__(self, layout: CsvLayout) -> None:
        self._layout = layout
        self._rule = RecordRule(layout.delimiter, len(layout.columns))
        self._names = [str(i) for i in range(len(layout.columns))]

    def pieces(self, blocks: Iterable[tuple[bytes, int]]) -> Iterator[Piece]:
        """What each block of the file adds, in order; at least one piece, which may be empty."""
        row, line, rest, skipping = 0, self._layout.line, b"", False
        waiting = deque[tuple[bytes, bool]]()
        for block, bytes_done, last in self._texts(blocks):
            waiting.append((block, last))
            while waiting:
                text, final = waiting.popleft()
                if skipping:  # the rest of a line that was too long to be kept
                    ending = TERMINATOR.search(text)
                    text = text[ending.end() :] if ending else b""
                    skipping, line = ending is None, line + (1 if ending else 0)
                text = rest + text
                if final and text and not text.endswith((b"\n", b"\r")):
                    text += b"\n"
                # A return at the very end may be half of a line's ending.
                held = 1 if text.endswith(b"\r") and not final else 0
                text, tail = text[: len(text) - held], text[len(text) - held :]
                found = self._regular(text, final)
                if found is None and len(text) > LARGE:  # one odd line must not slow the others down
                    waiting.extendleft(reversed(_parts(text + tail, final)))
                    rest = b""
                    continue
                found = found or self._careful(text, final)
                rest = text[found.end :] + tail
                skipping = skipping or (bool(text) and not rest and text[-1] not in b"\r\n")
                broken = tuple(Broken(line + b.line, row + b.row, b.text, b.rule) for b in found.broken)
                yield Piece(found.table, found.rows + row, found.lines + line, broken, row + found.records, bytes_done)
                row, line = row + found.records, line + found.passed

    def _texts(self, blocks: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int, bool]]:
        """The content below the header as UTF-8, with the bytes read by then and whether it is the last."""
        bytes_done, ahead, waiting = 0, self._layout.start, b""

        def contents() -> Iterator[bytes]:
            nonlocal bytes_done
            for content, position in blocks:
                bytes_done = position
                yield content

        for text in as_utf8(contents(), self._layout.encoding):
            below, ahead = text[ahead:], max(0, ahead - len(text))
            if waiting:
                yield waiting, bytes_done, False
            waiting = below
        yield waiting, bytes_done, True

    def _regular(self, text: bytes, final: bool) -> _Rows | None:
        """All whole records of a text, or None where anything in it is out of the ordinary."""
        bytes_ = np.frombuffer(text, np.uint8)
        newlines = np.flatnonzero(bytes_ == NEWLINE)
        inside = np.zeros(len(newlines), bool)
        if b'"' in text:
            quotes = np.flatnonzero(bytes_ == QUOTE)
            inside = np.searchsorted(quotes, newlines) % 2 == 1
        closing = newlines[~inside]
        end = int(closing[-1]) + 1 if len(closing) else 0
        undecided = 0 if final else MAX_RECORD - 1
        if not end or len(text) - end > undecided or (np.diff(closing, prepend=-1) > MAX_RECORD).any():
            return None
        if b'"' in text and not self._quotes_are_regular(bytes_, quotes[quotes < end]):
            return None
        if b"\r" in text and text.count(b"\r", 0, end) != text.count(b"\r\n", 0, end):
            return None
        table = self._parse(pa.py_buffer(text).slice(0, end), over_lines=bool(inside.any()))
        if table is None:
            return None
        passed = int(np.searchsorted(newlines, end))
        rows = np.arange(table.num_rows)
        lines = rows if passed == len(rows) else _first_lines(bytes_, newlines[:passed], inside[:passed])
        return _Rows(table, rows, lines, (), len(rows), end, passed) if len(lines) == len(rows) else None

    def _quotes_are_regular(self, text: NDArray[np.uint8], quotes: NDArray[np.intp]) -> bool:
        """Whether each odd quote begins a field and each even one ends it, or both are one doubled quote."""
        opening, closing = quotes[0::2], quotes[1::2]
        edges = np.frombuffer(self._layout.delimiter.encode() + b'"\r\n', np.uint8)
        before = np.where(opening > 0, text[opening - 1], NEWLINE)
        return bool(np.isin(before, edges).all() and np.isin(text[closing + 1], edges).all())

    def _careful(self, text: bytes, final: bool) -> _Rows:
        """The records of a text one by one."""
        good, broken, records, end, passed = list[tuple[int, Found]](), list[Broken](), 0, 0, 0
        kept = list[bytes]()
        sound = _is_utf8(text)
        for found in self._rule.scan(text, final):
            rule, record = found.rule, text[found.start : found.end]
            if not rule and not sound and not _is_utf8(record):
                rule = "is not UTF-8 text"
            if rule:
                told = record[: 4 * TOLD].decode("utf-8", "replace").rstrip("\r\n")[:TOLD]
                broken.append(Broken(found.line, records, told, rule))
            else:
                good.append((records, found))
                kept.append(record.rstrip(b"\r\n") + b"\n")
            records += 1
            end = found.end
        # Blank lines after the last record are done as well.
        blank = len(text[end:]) - len(text[end:].lstrip(b"\r\n"))
        end += blank
        passed = len(TERMINATOR.findall(text, 0, end))
        table = self._parse(pa.py_buffer(b"".join(kept)), over_lines=True)
        assert table is not None
        assert table.num_rows == len(good)
        rows = np.array([row for row, _ in good], dtype=np.int64)
        lines = np.array([f.line for _, f in good], dtype=np.int64)
        return _Rows(table, rows, lines, tuple(broken), records, end, passed)

    def _parse(self, text: pa.Buffer, over_lines: bool) -> pa.Table | None:
        """Whole records as text columns; None where one has another number of values or is not UTF-8."""
        types = dict.fromkeys(self._names, pa.large_string())  # as pandas keeps text, so that nothing is copied
        if not text.size:
            return pa.schema(types).empty_table()
        unfit = list[int]()

        def on_unfit(row: pa_csv.InvalidRow) -> str:
            unfit.append(row.actual_columns)
            return "skip"

        try:
            table = pa_csv.read_csv(
                text,
                read_options=pa_csv.ReadOptions(column_names=self._names, block_size=PARSED_AT_ONCE),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self._layout.delimiter, newlines_in_values=over_lines, invalid_row_handler=on_unfit
                ),
                convert_options=pa_csv.ConvertOptions(column_types=types),
            )
        except pa.ArrowInvalid:
            return None
        return None if unfit else table


def _parts(text: bytes, final: bool) -> list[tuple[bytes, bool]]:
    """A text cut anywhere; the last part is final where the text is."""
    return [(text[at : at + PART], final and at + PART >= len(text)) for at in range(0, len(text), PART)]


def _first_lines(text: NDArray[np.uint8], newlines: NDArray[np.intp], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The line, from 0, that each record begins on; blank ones are none.  The last newline ends a record."""
    first = np.flatnonzero(np.append(True, ~inside[:-1]))
    starts = np.append(0, newlines[:-1] + 1)[first]
    length = newlines[~inside] - starts
    blank = (length == 0) | ((length == 1) & (text[starts] == RETURN))
    lines: NDArray[np.int64] = first[~blank]
    return lines


def _is_utf8(text: bytes) -> bool:
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False
