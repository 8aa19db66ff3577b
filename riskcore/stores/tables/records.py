r"""Where records of CSV text begin and end, decided line by line: RFC 4180, and what a broken line costs.

A record ends at \n, \r\n or \r outside quotes.  A field is quoted if it begins with a quote; a quote further on is a
character like any other.  A line that does not fit is broken alone: reading goes on at the next line, so that a quote
that is never closed cannot swallow the rest of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

MAX_RECORD = 1024**2  # bytes; bounds what must be looked at, and no real row comes near
TERMINATOR = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Header:
    """The names in the first record, and where the next one begins."""

    values: tuple[str, ...]
    end: int
    stray: bool  # whether a quote stands within a name: a sign of the wrong delimiter


class Found(NamedTuple):
    """A record at `start:end` of the text, its terminator included.  `rule` is empty for a good one."""

    start: int
    end: int
    line: int  # lines before it
    rule: str


@dataclass(frozen=True)
class RecordRule:
    """What a record looks like: values between delimiters, `width` of them (0: any number)."""

    delimiter: str
    width: int = 0

    @cached_property
    def _field(self) -> bytes:
        d = re.escape(self.delimiter).encode()
        return rb'(?:"(?:[^"]++|"")*+"|[^"\r\n' + d + rb"][^\r\n" + d + rb"]*+)?+"

    @cached_property
    def _values(self) -> bytes:
        d = re.escape(self.delimiter).encode()
        times = b"{%d}" % (self.width - 1) if self.width else b"*+"
        return rb"(?:" + self._field + d + rb")" + times + self._field

    @cached_property
    def record(self) -> re.Pattern[bytes]:
        return re.compile(self._values + rb"(?:\r\n|\n|\r)")

    @cached_property
    def line(self) -> re.Pattern[bytes]:
        return re.compile(self._values)

    @cached_property
    def field(self) -> re.Pattern[bytes]:
        return re.compile(self._field)

    @cached_property
    def _any_width(self) -> "RecordRule":
        return RecordRule(self.delimiter)

    def fits(self, line: bytes) -> bool:
        """Whether a line without its terminator is a record."""
        return self.line.fullmatch(line) is not None

    def header(self, text: bytes, start: int) -> Header | None:
        """The first record as names, or None where it does not end within the text."""
        found = self.record.match(text, start, start + MAX_RECORD)
        if found is None:
            return None
        values = self.split(found[0])
        stray = any(b'"' in value and not value.startswith(b'"') for value in values)
        return Header(tuple(_unquoted(v).decode("utf-8", "replace") for v in values), found.end(), stray)

    def split(self, record: bytes) -> list[bytes]:
        """The values of a record that fits some width, as they stand."""
        values, at = [], 0
        while found := self.field.match(record, at):
            values.append(found[0])
            at = found.end() + 1
            if record[found.end() : at] != self.delimiter.encode():
                break
        return values

    def scan(self, text: bytes, final: bool) -> Iterator[Found]:
        """Each record of the text in turn, as far as it can be decided: all of it if nothing follows (`final`).

        A final text ends with a terminator.
        """
        at, line = 0, 0
        while at < len(text):
            if text[at] in b"\r\n":
                blank = TERMINATOR.match(text, at)
                assert blank is not None
                at, line = blank.end(), line + 1
                continue
            record = self.record.match(text, at, at + MAX_RECORD)
            if record is not None:
                yield Found(at, record.end(), line, "")
                line += 1 if text.find(b'"', at, record.end()) < 0 else len(TERMINATOR.findall(text, at, record.end()))
                at = record.end()
                continue
            if not final and len(text) - at < MAX_RECORD:
                return
            ending = TERMINATOR.search(text, at)
            end = ending.end() if ending else len(text)
            short = ending is not None and end - at <= MAX_RECORD
            rule = self._why(text[at:end].rstrip(b"\r\n")) if short else "is longer than 1 MB"
            yield Found(at, end, line, rule)
            at, line = end, line + 1

    def _why(self, line: bytes) -> str:
        """The rule that a line breaks."""
        if self._any_width.fits(line):
            n = len(self.split(line))
            return f"has {n} {'value' if n == 1 else 'values'}; the header has {self.width}"
        fitting = self._any_width.line.match(line)
        assert fitting is not None  # even nothing at all fits
        if line[fitting.end() : fitting.end() + 1] == b'"':
            return "a quote opened here is never closed"
        return "has text after a closing quote"


def _unquoted(value: bytes) -> bytes:
    return value[1:-1].replace(b'""', b'"') if value.startswith(b'"') else value
