"""What a file is, told by its first bytes: signature, encoding, delimiter, header.  Names are never trusted."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from riskcore.stores.tables.records import MAX_RECORD, TERMINATOR, RecordRule

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "cp1252"]

HEAD = MAX_RECORD  # bytes looked at: a header is no longer
DELIMITERS = ",;\t|"
SAMPLE = 200  # records that a delimiter must fit
# Windows-1252 as browsers read it: bytes it leaves undefined keep their code, so that every file can be read.
CP1252 = "".join(bytes([i]).decode("cp1252", "ignore") or chr(i) for i in range(256))
SIGNATURES = (  # first bytes, what it is, what to do
    (b"PAR1", "a packed Parquet file", "Parquet is packed already: unpack it."),
    (b"\x1f\x8b", "an archive within an archive", "Unpack it first."),
    (b"PK\x03\x04", "an archive within an archive", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "Save it as CSV."),
    (b"BZh", "packed with bzip2", "Unpack it, or pack it as .gz or .zip."),
    (b"\xfd7zXZ", "packed with xz", "Unpack it, or pack it as .gz or .zip."),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it, or pack it as .gz or .zip."),
    (b"7z\xbc\xaf", "packed with 7-zip", "Unpack it, or pack it as .gz or .zip."),
    (b"%PDF", "a PDF document", "Export the table as CSV."),
)
PICKLE = re.compile(rb"\x80[\x02-\x05]")  # protocols that begin with a mark


@dataclass(frozen=True)
class CsvLayout:
    """How a CSV file is laid out."""

    encoding: Encoding
    delimiter: str
    columns: tuple[str, ...]  # as they stand; may repeat
    start: int  # where the first record begins, in bytes of the content as UTF-8
    line: int  # physical line of that place, from 1


class UnfitError(ValueError):
    """The content is not a CSV table; the message ends a sentence that begins with the file's name."""


class EmptyError(UnfitError):
    """The content is a table without a row, or nothing at all."""


def sniff_csv(head: bytes) -> CsvLayout:
    """The layout of a CSV file from its first `HEAD` bytes, or `UnfitError`."""
    for signature, kind, remedy in SIGNATURES:
        if head.startswith(signature):
            raise UnfitError(f"is {kind}. {remedy}")
    if PICKLE.match(head):
        raise UnfitError("is a Python pickle, which could run code and is never opened. Save it as CSV or Parquet.")
    encoding = sniff_encoding(head)
    text = b"".join(as_utf8([head], encoding))
    if not text.strip(b"\r\n"):
        raise EmptyError("is empty.")
    if b"\0" in text:
        raise UnfitError("is not text: it has NUL bytes. Save it as CSV in UTF-8, or as Parquet.")
    if len(head) < HEAD and not text.endswith((b"\n", b"\r")):
        text += b"\n"
    start = len(text) - len(text.lstrip(b"\r\n"))
    delimiter = sniff_delimiter(text, start)
    header = RecordRule(delimiter).header(text, start)
    if header is None:
        raise UnfitError(
            "has no readable header: its first line is longer than 1 MB or has a quote that is never closed."
        )
    if len(head) < HEAD and not text[header.end :].strip(b"\r\n"):
        raise EmptyError("has a header but no rows.")
    line = 1 + len(TERMINATOR.findall(text, 0, header.end))
    return CsvLayout(encoding, delimiter, header.values, header.end, line)


def sniff_encoding(head: bytes) -> Encoding:
    """The encoding: by byte order mark, else UTF-8 unless more of it is wrong than right, else Windows-1252."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    wrong = text.count("\N{REPLACEMENT CHARACTER}")
    right = sum(character > "\x7f" for character in text) - wrong if wrong else 0
    return "cp1252" if wrong > right else "utf-8"


def sniff_delimiter(text: bytes, start: int) -> str:
    """The delimiter that splits most of the first records as it splits the header; comma where none splits it."""
    best, delimiter = (False, 0.0, 0), ","
    for candidate in DELIMITERS:
        header = RecordRule(candidate).header(text, start)
        if header is None or len(header.values) < 2:
            continue
        width = len(header.values)
        records = list(islice(RecordRule(candidate, width).scan(text[header.end :], final=True), SAMPLE))
        fitting = sum(not record.rule for record in records) / max(len(records), 1)
        if (not header.stray, fitting, width) > best:
            best, delimiter = (not header.stray, fitting, width), candidate
    return delimiter


def as_utf8(blocks: Iterable[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The content as UTF-8 without a byte order mark.  What cannot be decoded stays invalid, to be told by its line."""
    if encoding == "utf-16":
        decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
        for block in blocks:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        if decoder.getstate()[0]:  # cut off within a character
            yield b"\xff"
        return
    for i, block in enumerate(blocks):
        if encoding == "cp1252":
            yield codecs.charmap_decode(block, "strict", CP1252)[0].encode()
        else:
            yield block.removeprefix(codecs.BOM_UTF8) if i == 0 else block
