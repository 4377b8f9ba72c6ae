"""The file formats of sources: each reader gives every column as text, exactly as delivered.

Delimited text keeps its characters; typed formats (SAS, Excel, Parquet) give numbers as their shortest decimal, dates
and times as ISO 8601, and say which type they recorded. Nothing is guessed: no type, no encoding, no missing value but
the empty text.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.workbook import MOST_CELLS, NoSheet, sheet_facts
from transforms.columns import Codes, Column, Mask, format_number, from_codes, missing, on_distinct, take_results, text


class SourceError(Exception):
    """A source that cannot be read at all: which file, where in it, what is wrong, and what to do."""

    def __init__(
        self, file: str, what: str, remedy: str = "", *, row: int | None = None, column: str | None = None
    ) -> None:
        self.file, self.row, self.column, self.what, self.remedy = file, row, column, what, remedy
        place = ", ".join(filter(None, [file, f"row {row}" if row else "", f"column {column}" if column else ""]))
        super().__init__(f"{place}: {what}" + (f"; {remedy}" if remedy else ""))


@dataclass(frozen=True)
class ReadProblem:
    """Something wrong in a source that the rest of it survives; ``row`` counts from 1 in the file as delivered."""

    rule: str
    severity: Literal["error", "warning", "note"]
    row: int | None
    column: str | None
    message: str
    value: str | None = None


@dataclass
class Delivered:
    """What a file holds: names and columns (text, aligned), the row number of each record, and what was turned away."""

    names: list[str]
    columns: list[Column]
    numbers: Codes
    types: list[str]
    """The type that the file recorded for each column: text, number, date, datetime, time, true/false or mixed."""
    problems: list[ReadProblem] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


# ------------------------------------------------------------------------------------------------------ delimited text

_SEPARATORS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8"),
)  # fmt: skip
_NO_TEXT = {
    b"\x1f\x8b": ("compressed with gzip", "unpack it"),
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or declare and deliver it as .xlsx"),
    b"\xd0\xcf\x11\xe0": ("a workbook", "declare and deliver it as .xls"),
    b"PAR1": ("a Parquet file", "declare and deliver it as .parquet"),
}
"""How files begin that are delivered under the name of a text file."""
_SENTINEL = "endofsource"


def read_delimited(path: Path, file: str, encoding: str, delimiter: str, header_row: int) -> Delivered:
    """A delimited text file (RFC 4180 quoting, any line ends, newlines inside quotes).

    Rows are numbered by record, which is the line unless a quoted value holds line ends; ``header_row`` is the line of
    the header, lines before it are passed over. Rows with too few or too many fields and empty rows are rejected.
    Raises ``SourceError`` for undecodable bytes, NUL bytes, a missing header and a quote that is never closed.
    """
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n':
        raise SourceError(file, f"{delimiter!r} cannot be a delimiter", "declare one ASCII character, such as ; or |")
    data = _as_utf8(path.read_bytes(), file, encoding)
    names, start = _header(data, file, delimiter, header_row)
    short, rejected, columns = _records(data, start, file, delimiter, len(names), header_row)
    total = len(columns[0]) + len(rejected)
    numbers = np.delete(np.arange(total) + 1, [number - 1 for number, _ in rejected]) + header_row
    rejected = [(number + header_row, reason) for number, reason in rejected]
    if rejected and not len(numbers):
        raise SourceError(
            file, f"no row has the {len(names)} fields of the header; {rejected[0][1]}",
            "check the delimiter and whether the header is on the declared line", row=rejected[0][0],
        )  # fmt: skip
    problems = [
        ReadProblem(
            "ROW_SHORT" if number - header_row in short else "ROW_LONG", "error", number, None,
            f"row {reason}; it was rejected",
        )
        for number, reason in rejected
    ]  # fmt: skip
    others = [mark for mark in _SEPARATORS if mark != delimiter and mark in names[0]]
    if len(names) == 1 and others:
        shown = names[0] if len(names[0]) <= 60 else f"{names[0][:60]}..."
        message = f"the header is one column, {shown!r}; declare `delimiter: {json.dumps(others[0])}` for the source"
        problems.append(ReadProblem("DELIMITER", "warning", header_row, None, message))
    found = Delivered(names, columns, numbers.astype(np.int64), ["text"] * len(names), problems, rejected)
    return _without_empty_rows(found)


def _as_utf8(data: bytes, file: str, encoding: str) -> bytes:
    """The bytes as UTF-8 without byte order mark, strictly decoded from the declared encoding."""
    for magic, (what, remedy) in _NO_TEXT.items():
        if data.startswith(magic):
            raise SourceError(file, f"is {what}, not text", remedy)
    try:
        codec = codecs.lookup(encoding).name
        marked = next((name for mark, name in _MARKS if data.startswith(mark)), codec)
        if not codec.startswith(marked):
            raise SourceError(
                file, f"declared as {encoding}, but it begins with the byte order mark of {marked}",
                f"declare encoding: {marked}",
            )  # fmt: skip
        decoded = data.decode(encoding)
        if codec not in ("utf-8", "ascii"):
            data = decoded.encode("utf-8")
    except LookupError:
        raise SourceError(file, f"there is no encoding {encoding!r}", "declare one such as utf-8 or gb18030") from None
    except UnicodeDecodeError as problem:
        line = len(re.findall(r"\r\n|\n|\r", data[: problem.start].decode(encoding, "ignore"))) + 1
        shown = data[problem.start : problem.end][:8].hex(" ").upper()
        raise SourceError(
            file, f"line {line}, byte {problem.start}: {shown} is not valid {encoding}",
            "declare the encoding in which the file was written, or ask for it again",
        ) from None  # fmt: skip
    except UnicodeError as problem:
        raise SourceError(file, f"cannot be read as {encoding}: {problem}", "declare another encoding") from None
    data = data.removeprefix(codecs.BOM_UTF8)
    if (nul := data.find(b"\0")) >= 0:
        line = len(re.findall(rb"\r\n|\n|\r", data[:nul])) + 1
        raise SourceError(
            file, f"line {line} holds a NUL byte (byte {nul}), which no text file does",
            "declare encoding: utf-16 if it is that, or ask for the file again",
        )  # fmt: skip
    return data


def _header(data: bytes, file: str, delimiter: str, header_row: int) -> tuple[list[str], int]:
    """The column names, and where the records begin."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in re.finditer(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", data):
            end = line.end()
            yield line[0].decode("utf-8")

    remaining = lines()
    for _ in range(header_row - 1):
        next(remaining, None)
    try:
        names = next(csv.reader(remaining, delimiter=delimiter, strict=True), [])
    except csv.Error as problem:
        raise SourceError(file, f"the header cannot be read: {problem}", "check its quotes", row=header_row) from None
    if not any(names):
        raise SourceError(
            file, f"there is no header on line {header_row}", "declare header_row, or ask for the file again"
        )
    return names, end


def _records(
    data: bytes, start: int, file: str, delimiter: str, width: int, header_row: int
) -> tuple[set[int], list[tuple[int, str]], list[Column]]:
    """The records with the right number of fields as text columns; the short ones, and all others, by number from 1.

    A last record of our own shows whether a quote was left open: it would have been swallowed.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    stop = len(data)
    while stop > start and data[stop - 1] in b"\r\n":
        stop -= 1
    last_record = delimiter.join([_SENTINEL] * width).encode()
    body = b"".join([memoryview(data)[start:stop], b"\n" if stop > start else b"", last_record])
    names = [str(number) for number in range(width)]
    short: set[int] = set()
    rejected: list[tuple[int, str]] = []

    def reject(row: Any) -> str:
        if row.actual_columns < row.expected_columns:
            short.add(row.number)
        rejected.append((row.number, f"has {_fields(row.actual_columns)}, the header has {row.expected_columns}"))
        return "skip"

    def parse(block: int) -> Any:
        short.clear()
        rejected.clear()
        return arrow.read_csv(
            pa.BufferReader(body),
            arrow.ReadOptions(use_threads=False, column_names=names, block_size=block),  # numbered only in one thread
            arrow.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=reject
            ),
            arrow.ConvertOptions(
                check_utf8=False, column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in names},
                strings_can_be_null=True, null_values=[""],
            ),
        )  # fmt: skip

    try:
        table = parse(1 << 22)
    except pa.ArrowInvalid:  # one record larger than a block, most often after a quote that is never closed
        table = parse(len(body) + 1)
    last = table.slice(max(table.num_rows - 1, 0)).to_pylist()
    if not last or set(last[0].values()) != {_SENTINEL}:
        number = table.num_rows + len(rejected) + header_row
        raise SourceError(
            file, "a quote opened in this record (or one before it) is never closed", "repair the file", row=number
        )
    table = table.slice(0, table.num_rows - 1)
    return short, rejected, [_from_dictionary(column) for column in table.columns]


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"


def _from_dictionary(column: Any) -> Column:
    """A text column from an Arrow dictionary column; categories sorted, those not in use dropped."""
    import pyarrow.compute as compute

    whole = column.unify_dictionaries().combine_chunks()
    parts = whole.chunks if hasattr(whole, "chunks") else [whole]
    if not parts:
        return text([])
    indices = parts[0].indices.fill_null(-1).to_numpy(zero_copy_only=False)
    values = parts[0].dictionary
    used = np.zeros(len(values) + 1, dtype=bool)
    used[indices] = True
    order = compute.sort_indices(values).to_numpy()
    order = order[used[order]]
    rank = np.full(len(values) + 1, -1, dtype=np.int32)
    rank[order] = np.arange(len(order))
    return from_codes(rank[indices], values.take(order))


def _without_empty_rows(found: Delivered) -> Delivered:
    """Rows without any value are no records: rejected, with one note."""
    empty: Mask = np.logical_and.reduce([missing(column) for column in found.columns])
    if not empty.any():
        return found
    rows = [int(number) for number in found.numbers[empty]]
    notes = [ReadProblem("ROW_EMPTY", "note", row, None, "row is empty; passed over") for row in rows]
    return Delivered(
        found.names, [column[~empty].reset_index(drop=True) for column in found.columns], found.numbers[~empty],
        found.types, [*found.problems, *notes], sorted([*found.rejected, *((row, "is empty") for row in rows)]),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- SAS

_EPOCH = datetime(1960, 1, 1)
_SAS_TYPES: list[tuple[Literal["date", "datetime", "time"], str]] = [
    ("date", r"DATE|DAY|DOWNAME|(?:DDMMYY|MMDDYY|YYMMDD|MMYY|YYMM|YYQ|YYQR)[BCDNPS]?|(?:E|B|IS)8601DA|HDATE|JULDAY"
             r"|JULIAN|MINGUO|MONNAME|MONTH|MONYY|NENGO|NLDATE\w*|QTRR?|WEEKDAT[EX]|WEEKDAY|WEEK[UVW]|WORDDAT[EX]|YEAR|YYMON"),
    ("datetime", r"DATETIME|DATEAMPM|DTDATE|DTMONYY|DTWKDATX|DTYEAR|DTYYQC|(?:E|B|IS)8601D[NTXZ]|MDYAMPM|NLDATM\w*"),
    ("time", r"TIME|TIMEAMPM|TOD|HHMM|HOUR|MMSS|(?:E|B|IS)8601(?:TM|TX|TZ|LZ)|NLTIM\w*"),
]  # fmt: skip


def read_sas(path: Path, file: str, encoding: str) -> Delivered:
    """A SAS7BDAT file or XPT transport file; dates and times by their SAS format, counted from 1960-01-01.

    Text is decoded from the declared encoding, or (declared utf-8, the default) from the one that a SAS7BDAT names.
    Raises ``SourceError`` when the file is no such file or a text cannot be decoded.
    """
    import pyreadstat

    transport = path.suffix.lower() == ".xpt"
    read = pyreadstat.read_xport if transport else pyreadstat.read_sas7bdat
    try:
        # As Latin-1 every byte survives; an encoding given here would turn what it cannot decode into empty texts.
        frame, about = read(str(path), disable_datetime_conversion=True, encoding="ISO-8859-1")
        if not transport and encoding.lower() in ("utf-8", "utf8"):
            encoding = read(str(path), metadataonly=True)[1].file_encoding or encoding
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError, ValueError) as problem:
        raise SourceError(file, f"cannot be read as a SAS file: {problem}", "ask for the file again") from None
    names = [_redecoded(name, file, encoding, None) for name in about.column_names]
    columns, types = [], []
    for name, own in zip(names, about.column_names, strict=True):
        if about.readstat_variable_types[own] == "string":
            columns.append(_decoded_column(text(frame[own]), file, encoding, name))
            types.append("text")
        else:
            kind = sas_type(about.original_variable_types[own])
            columns.append(_sas_numbers(frame[own], kind))
            types.append(kind)
    return Delivered(names, columns, np.arange(1, len(frame) + 1, dtype=np.int64), types)


def sas_type(sas_format: str | None) -> Literal["number", "date", "datetime", "time"]:
    """What the numbers of a SAS variable are, by its format (SAS 9.4 Formats and Informats, dates and times)."""
    bare = re.sub(r"\d*\.?\d*$", "", (sas_format or "").upper())
    return next((kind for kind, names in _SAS_TYPES if re.fullmatch(names, bare)), "number")


def _sas_numbers(column: Column, kind: str) -> Column:
    values, inverse = np.unique(column.to_numpy(dtype=np.float64), return_inverse=True)
    return take_results([_sas_value(float(value), kind) for value in values], inverse.astype(np.int64))


def _sas_value(value: float, kind: str) -> str | None:
    """A number as ISO 8601 where its format says so and the calendar (or clock) allows, else as a decimal."""
    try:
        if np.isnan(value) or kind == "number":
            return format_number(value)
        if kind == "date":
            return (_EPOCH + timedelta(days=np.floor(value))).date().isoformat()
        if kind == "datetime":
            return _moment(_EPOCH + timedelta(seconds=value))
        return _moment(_EPOCH + timedelta(seconds=value))[11:] if 0 <= value < 86400 else format_number(value)
    except OverflowError:
        return format_number(value)


def _redecoded(value: str, file: str, encoding: str, column: str | None) -> str:
    try:
        return value.encode("latin-1").decode(encoding)
    except LookupError:
        raise SourceError(file, f"there is no encoding {encoding!r}", "declare one such as windows-1252") from None
    except UnicodeDecodeError as problem:
        shown = problem.object[problem.start : problem.end].hex(" ").upper()
        what = f"{shown} in {value!r} is not valid {encoding}"
        raise SourceError(file, what, "declare the encoding in which the file was written", column=column) from None


def _decoded_column(column: Column, file: str, encoding: str, name: str) -> Column:
    if all(value.isascii() for value in column.cat.categories):
        return column
    return on_distinct(column, lambda value: _redecoded(value, file, encoding, name))


# -------------------------------------------------------------------------------------------------- Excel and Parquet


def read_excel(path: Path, file: str, sheet: str | None, header_row: int) -> Delivered:
    """One sheet of a workbook; rows and columns are numbered as Excel shows them, empty trailing ones are left out.

    Raises ``SourceError`` when the workbook or sheet cannot be read, when several sheets leave a choice, and when a
    column with values has no name (as below merged header cells).
    """
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = book.sheet_names
        if sheet is None and len(sheets) != 1:
            raise SourceError(file, f"holds the sheets {', '.join(sheets)}", "declare one as sheet:")
        if sheet is not None and sheet not in sheets:
            raise SourceError(file, f"has no sheet {sheet!r}", f"it holds {', '.join(sheets)}")
        facts = sheet_facts(path, sheet or sheets[0])
        if facts and facts.cells > MOST_CELLS:
            raise SourceError(
                file, f"reaches to {facts.last}, as no table does", "delete what stands far outside of the table"
            )
        cells = book.get_sheet_by_name(sheet or sheets[0]).to_python(skip_empty_area=False)
    except NoSheet as problem:
        raise SourceError(file, str(problem), "save the table alone in a workbook of its own") from None
    except (calamine.CalamineError, OSError, zipfile.BadZipFile, SyntaxError) as problem:
        raise SourceError(file, f"cannot be read as a workbook: {problem}", "save it again as .xlsx") from None
    while cells and not any(value != "" for value in cells[-1]):
        cells.pop()
    if len(cells) < header_row or not any(value != "" for value in cells[header_row - 1]):
        raise SourceError(file, f"there is no header in row {header_row}", "declare header_row")
    names = [_rendered(value) or "" for value in cells[header_row - 1]]
    rows = cells[header_row:]
    columns = [_from_objects([row[place] for row in rows]) for place in range(len(names))]
    for place in reversed(range(len(names))):
        if names[place] == "" and not missing(columns[place][0]).all():
            raise SourceError(
                file, f"column {_letters(place)} holds values but has no name (merged header cells?)",
                "give every column its own header cell", row=header_row,
            )  # fmt: skip
    kept = [place for place, name in enumerate(names) if name]
    numbers = np.arange(len(rows), dtype=np.int64) + header_row + 1
    problems = [
        ReadProblem(
            "CELL_FAILED", "error", cell.row, names[cell.column - 1], f"the cell holds {cell.what}; read as empty",
            cell.what,
        )
        for cell in (facts.failed if facts else [])
        if cell.row > header_row and cell.column <= len(names)
    ]  # fmt: skip
    return _without_empty_rows(
        Delivered(
            [names[place] for place in kept], [columns[place][0] for place in kept], numbers,
            [columns[place][1] for place in kept], problems,
        )
    )  # fmt: skip


def read_parquet(path: Path, file: str) -> Delivered:
    """A Parquet file with flat columns. Raises ``SourceError`` for anything else."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        names = parquet.read_schema(path).names
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise SourceError(file, f"has more than one column {', '.join(twice)}", "give every column its own name")
        table = parquet.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as problem:
        raise SourceError(file, f"cannot be read as Parquet: {problem}", "ask for the file again") from None
    columns, types = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            raise SourceError(file, f"holds {column.type}, not plain values", "deliver flat columns", column=name)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        try:
            found, kind = _from_encoded(encoded.unify_dictionaries().combine_chunks())
        except (OverflowError, ValueError):  # Arrow holds moments that the calendar (years 1 to 9999) does not
            raise SourceError(
                file, f"holds a {column.type} outside the years 1 to 9999", "correct it, or deliver text", column=name
            ) from None
        columns.append(found)
        types.append(kind)
    return Delivered(table.column_names, columns, np.arange(1, table.num_rows + 1, dtype=np.int64), types)


def _from_encoded(whole: Any) -> tuple[Column, str]:
    parts = whole.chunks if hasattr(whole, "chunks") else [whole]
    if not parts:
        return text([]), "text"
    values = parts[0].dictionary.to_pylist()
    codes = parts[0].indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return take_results([_rendered(value, midnight="T00:00:00") for value in values], codes), _kind(values)


def _from_objects(values: Sequence[Any]) -> tuple[Column, str]:
    """A text column and its recorded type from cells; each distinct cell is rendered once."""
    keys = [(type(value), value) for value in values]  # 1, 1.0 and True are equal, but not the same cell
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    codes = np.fromiter(map(number.__getitem__, keys), dtype=np.int64, count=len(keys))
    distinct = [value for _, value in number]
    return take_results([_rendered(value) for value in distinct], codes), _kind(distinct)


_KINDS: list[tuple[tuple[type, ...], str]] = [
    ((str,), "text"), ((bool,), "true/false"), ((int, float, Decimal), "number"), ((datetime,), "datetime"),
    ((date,), "date"), ((time,), "time"), ((timedelta,), "duration"),
]  # fmt: skip


def _kind(values: Sequence[Any]) -> str:
    kinds = {next(word for types, word in _KINDS if isinstance(v, types)) for v in values if v is not None and v != ""}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "text")


def _rendered(value: Any, midnight: str = "") -> str | None:
    """A typed value as text; a date-time at midnight as a date where the format does not tell the two apart."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, Decimal):
        digits = format(value, "f")  # not normalize(), which rounds to 28 digits
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    if isinstance(value, datetime):
        return value.date().isoformat() + midnight if value.time() == time() and not value.tzinfo else _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _moment(datetime.combine(_EPOCH, value))[11:]
    if isinstance(value, timedelta):
        return format_number(value.total_seconds())
    return str(value)


def _moment(value: datetime) -> str:
    """ISO 8601 to the second, and below where there is more."""
    whole = value.isoformat(timespec="seconds")
    return whole if not value.microsecond else whole[:19] + f".{value.microsecond:06d}".rstrip("0") + whole[19:]


def _letters(place: int) -> str:
    """The name that Excel shows for a column, from 0."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)
