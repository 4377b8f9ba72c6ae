"""XLSX files: every cell as the text that it shows, and written so that the same sheets give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from define.exchange.errors import ExchangeError, ExchangeUsage

LONGEST = 32767
"""The most characters that a cell can hold (Excel specifications and limits)."""
MAX_CELLS = 5_000_000
EPOCH = (1980, 1, 1, 0, 0, 0)
STAMP = datetime(1980, 1, 1)
WIDEST = 60


@dataclass(frozen=True)
class Cell:
    """What a cell holds: a text, and whether it is a number or a truth value of the sheet."""

    text: str
    kind: str = "text"


@dataclass
class Grid:
    """A sheet as it stands: its name, its header, and its rows."""

    name: str
    header: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)


def read_book(path: Path) -> list[Grid]:
    """The sheets of a workbook. Raises ExchangeUsage where there is no file, ExchangeError for what is no XLSX."""
    if not path.is_file():
        raise ExchangeUsage(f"no file {path}")
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(i.file_size for i in packed.infolist()) > 50 * MAX_CELLS:
                raise ExchangeError(f"{path.name}: too large for a specification")
        book = load_workbook(path, data_only=True)
        return [_grid(sheet) for sheet in book.worksheets]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        text = " ".join(str(error).split())
        raise ExchangeError(f"{path.name}: cannot be read as an XLSX workbook: {text}; save it as .xlsx") from None


def _grid(sheet: Any) -> Grid:
    lines = [[_cell(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    while lines and not any(c.text for c in lines[-1]):
        lines.pop()
    if not lines:
        return Grid(str(sheet.title))
    width = max(i + 1 for line in lines for i, c in enumerate(line) if c.text)
    header = [c.text.strip() for c in lines[0][:width]]
    return Grid(str(sheet.title), header, [line[:width] for line in lines[1:]])


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE", "truth")
    if isinstance(value, int | float):
        return Cell(str(int(value)) if float(value).is_integer() else repr(float(value)), "number")
    if isinstance(value, datetime):
        return Cell(value.date().isoformat() if value.time() == time() else value.isoformat())
    return Cell(value.isoformat() if isinstance(value, date | time) else str(value))


def write_book(grids: list[Grid], path: Path) -> None:
    """Write a workbook. Raises ExchangeError for a text that no cell can hold."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "Cutline"
    book.properties.created = STAMP
    for grid in grids:
        _write_sheet(book.create_sheet(grid.name), grid)
    raw = io.BytesIO()
    book.save(raw)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_without_clock(raw))


def _write_sheet(sheet: Any, grid: Grid) -> None:
    bold, fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
    for i, name in enumerate(grid.header, start=1):
        cell = sheet.cell(1, i)
        _put(cell, Cell(name), f"{grid.name} row 1")
        cell.font, cell.fill = bold, fill
    for r, row in enumerate(grid.rows, start=2):
        for c, content in enumerate(row, start=1):
            if content.text:
                cell = sheet.cell(r, c)
                _put(cell, content, f"{grid.name} row {r}")
                cell.alignment = Alignment(vertical="top", wrap_text=True)
    for i, name in enumerate(grid.header, start=1):
        longest = max((len(r[i - 1].text) for r in grid.rows if len(r) >= i), default=0)
        sheet.column_dimensions[get_column_letter(i)].width = min(WIDEST, max(len(name), longest) + 2)
    if grid.header:
        sheet.freeze_panes = "A2"


def _put(cell: Any, content: Cell, place: str) -> None:
    """Set a cell; a text that begins with = is a text."""
    if content.kind == "number":
        cell.value = float(content.text) if "." in content.text or "e" in content.text else int(content.text)
        return
    if content.kind == "truth":
        cell.value = content.text == "TRUE"
        return
    if len(content.text) > LONGEST:
        raise ExchangeError(f"{place}: a text of {len(content.text):,} characters; a cell holds {LONGEST:,}")
    cell.value = content.text
    cell.data_type = "s"


def _without_clock(raw: io.BytesIO) -> bytes:
    """The same workbook with fixed times."""
    result = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, content)
    return result.getvalue()
