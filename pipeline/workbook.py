"""What the XML of a workbook says and its reader passes over: how far a sheet reaches, and cells that failed.

An error (``#N/A``) and a formula that was never calculated read as empty cells; a person would see them. A value far
outside of the table would make the reader ask for more memory than there is. ECMA-376 part 1, 18.3.1 (c, f, v).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

MOST_CELLS = 100_000_000
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MOST_BYTES = 2_000_000_000
NOT_CALCULATED = "a formula that was never calculated"
_NAMES = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ADDRESS = rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']"""
_COLUMNS = re.compile(_ADDRESS + rb"([A-Za-z]+)")
_ROWS = re.compile(_ADDRESS + rb"[A-Za-z]*(\d+)")
_SUSPECT = re.compile(rb't="e"|<(?:\w+:)?f[ >/]')


class NoSheet(Exception):
    """A workbook that no table is in: what is wrong with it."""


@dataclass(frozen=True)
class FailedCell:
    """A cell without a value: its row and column from 1, and the error or ``NOT_CALCULATED``."""

    row: int
    column: int
    what: str


@dataclass(frozen=True)
class SheetFacts:
    """The last cell that holds something (``XFD1048576``), how many cells there are up to it, and what failed."""

    last: str
    cells: int
    failed: list[FailedCell]


def sheet_facts(path: Path, sheet: str) -> SheetFacts | None:
    """What the XML of a sheet says; None for a workbook that is none of XML (.xls) or that has no such part.

    What the sheet says of its own size (``dimension``) is not trusted. Raises NoSheet for a workbook that its reader
    could not survive, OSError and zipfile.BadZipFile for what is no archive after all.
    """
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as book:
        if (size := max((i.file_size for i in book.infolist()), default=0)) > MOST_BYTES:
            raise NoSheet(f"unpacks to {size:,} bytes")
        part = _part(book, sheet)
        if part not in book.namelist():
            return None
        data = book.read(part)
        size = _reach(data)
        if size <= MOST_CELLS and not _SUSPECT.search(data):
            return SheetFacts("", size, [])
        with book.open(part) as file:
            return _facts(file)


def _reach(data: bytes) -> int:
    """How many cells there are up to the last row and column that an address names; Excel has no others than these.

    Raises NoSheet for an address outside of any sheet. Source: ECMA-376 part 1, 18.3.1.4 and 18.3.1.73.
    """
    rows, columns = set(_ROWS.findall(data)), set(_COLUMNS.findall(data))
    longest = max((*map(len, rows), *(len(c) + 4 for c in columns)), default=0)
    row = max(map(int, rows), default=1) if longest <= len(str(LAST_ROW)) else LAST_ROW + 1
    column = max((number_of(c.decode().upper()) for c in columns), default=1) if row <= LAST_ROW else 1
    if row > LAST_ROW or column > LAST_COLUMN:
        raise NoSheet("holds a cell outside of the 1,048,576 rows and 16,384 columns that a sheet has")
    return row * column


def number_of(letters: str) -> int:
    """The number of a column of a sheet: A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet."""
    names = {
        str(e.get("name")): str(e.get(_NAMES)) for _, e in _elements(book.open("xl/workbook.xml"), "sheet")
    }  # fmt: skip
    targets = {
        str(e.get("Id")): str(e.get("Target"))
        for _, e in _elements(book.open("xl/_rels/workbook.xml.rels"), "Relationship")
    }
    target = targets.get(names.get(sheet, ""), "")
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)


def _elements(file: IO[bytes], name: str) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    yield from etree.iterparse(file, tag=f"{{*}}{name}", resolve_entities=False, no_network=True)


def _facts(file: IO[bytes]) -> SheetFacts:
    rows = columns = 0
    failed = []
    for _, cell in _elements(file, "c"):
        value, formula = cell.findtext("{*}v"), cell.find("{*}f")
        place = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r") or "")
        if place and (value or formula is not None or cell.find("{*}is") is not None):
            row, column = int(place[2]), number_of(place[1])
            rows, columns = max(rows, row), max(columns, column)
            if cell.get("t") == "e":
                failed.append(FailedCell(row, column, value or "an error"))
            elif formula is not None and not value and cell.get("t") != "str":
                failed.append(FailedCell(row, column, NOT_CALCULATED))
        cell.clear()
    return SheetFacts(f"row {rows}, column {columns}", rows * columns, failed)
