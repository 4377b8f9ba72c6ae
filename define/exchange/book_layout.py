"""How a workbook looked when it was imported: what its sheets have that a define has no place for, or says otherwise.

``metadata/workbook.yaml`` of a pack holds the sheets and columns in their order, and every cell that is written in
other words than the define gives back: {is: what the define gives, written: what stands in the cell}. As long as the
define gives that, the cell is written as it was; an edit of the metadata shows in the workbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from define.exchange.book_file import Cell, Grid
from define.exchange.errors import ExchangeError
from define.exchange.sheets import ALIASES, BY_NAME, NUMBERS, SHEETS, Book, Row

Layout = dict[str, Any]
FILE = "workbook.yaml"


def rows_of_grids(grids: list[Grid], source: str) -> Book:
    """The rows of the sheets that we know. Raises ExchangeError for sheets and columns that are missing or repeated."""
    book: Book = {}
    problems: list[str] = []
    for grid in grids:
        name = ALIASES.get(grid.name, grid.name)
        if name not in BY_NAME:
            continue
        if name in book:
            problems.append(f"{source}: there are two sheets of {name}; keep one")
        repeated = sorted({c for c in grid.header if c and grid.header.count(c) > 1})
        absent = [c for c in BY_NAME[name].needed if c not in grid.header]
        problems += [f"{source} {grid.name}: column '{c}' is there twice; keep one" for c in repeated]
        if absent:
            problems.append(f"{source} {grid.name}: no column {', '.join(absent)}; row 1 holds the names of columns")
        book[name] = [{c: v.text.strip() for c, v in zip(grid.header, row, strict=False) if c} for row in grid.rows]
    missing = [s.name for s in SHEETS if s.required and s.name not in book]
    if missing:
        there = ", ".join(g.name for g in grids) or "none"
        problems.append(f"{source}: no sheet {', '.join(missing)}; the sheets are {there}")
    if problems:
        raise ExchangeError("\n".join(problems))
    return book


def keyed(name: str, rows: list[Row]) -> Iterator[tuple[str, Row]]:
    """The rows of a sheet, each with what it is recognised by; the second of its kind with a number."""
    seen: dict[str, int] = {}
    for row in rows:
        key = " | ".join(row.get(c, "") for c in BY_NAME[name].key)
        seen[key] = seen.get(key, 0) + 1
        yield key if seen[key] == 1 else f"{key} #{seen[key]}", row


def plain_cell(column: str, text: str) -> Cell:
    """A cell as we write it: whole numbers of the columns of numbers are numbers."""
    number = column in NUMBERS and text.isdigit() and (text == "0" or not text.startswith("0"))
    return Cell(text, "number" if number else "text")


def layout_of(grids: list[Grid], book: Book) -> Layout:
    """How the workbook looked, against what the define gives back (``book``)."""
    return {grid.name: _look(grid, book.get(ALIASES.get(grid.name, grid.name), [])) for grid in grids}


def _look(grid: Grid, made: list[Row]) -> Layout:
    """How one sheet looked: its columns, and what it has in other words, order or number than the define gives back."""
    name = ALIASES.get(grid.name, grid.name)
    if name not in BY_NAME:
        return {"lines": [[_data(c) for c in row] for row in [[Cell(c) for c in grid.header], *grid.rows]]}
    header = _named(grid.header)
    plain = [{c: v.text.strip() for c, v in zip(header, row, strict=False)} for row in grid.rows]
    ours = dict(keyed(name, made))
    keys = [k for k, _ in keyed(name, plain)]
    cells: dict[str, Any] = {}
    for key, row in zip(keys, grid.rows, strict=True):
        for column, cell in zip(header, row, strict=False):
            text = ours.get(key, {}).get(column, "")
            if cell != plain_cell(column, text):
                cells.setdefault(key, {})[column] = {"is": text, "written": _data(cell)}
    found: Layout = {
        "columns": header,
        "unwritten": sorted({c for row in made for c, text in row.items() if text and c not in header}),
        "order": keys if keys != list(ours) else [],
        "alone": [k for k in keys if k not in ours],
        "left out": [k for k in ours if k not in keys],
        "cells": cells,
    }
    return {k: v for k, v in found.items() if v or k == "columns"}


def _named(header: list[str]) -> list[str]:
    """The names of columns; one without a name is called by its number."""
    return [c or f"({i})" for i, c in enumerate(header, start=1)]


def _data(cell: Cell) -> Any:
    return cell.text if cell.kind == "text" else {cell.kind: cell.text}


def _cell(data: Any) -> Cell:
    if isinstance(data, str):
        return Cell(data)
    ((kind, text),) = data.items()
    return Cell(text, kind)


def grids_of(book: Book, layout: Layout | None) -> list[Grid]:
    """The sheets to write: as they looked when they were imported, with what has changed since.

    Raises ExchangeError for a layout that is none.
    """
    if layout is None:
        return [_grid(s.name, book[s.name], {}) for s in SHEETS if s.name in book]
    try:
        grids = [_grid(name, book.get(ALIASES.get(name, name), []), look) for name, look in layout.items()]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ExchangeError(
            f"metadata/{FILE}: cannot be used: {error}; remove it, or import the workbook again"
        ) from None
    listed = {ALIASES.get(n, n) for n in layout}
    more = [s for s in SHEETS if s.name not in listed and book.get(s.name) and s.name != "Standards"]
    return [*grids, *(_grid(s.name, book[s.name], {}) for s in more)]


def _grid(name: str, rows: list[Row], look: Layout) -> Grid:
    """One sheet: rows in the order in which they were, then new ones; columns as they were, then filled ones."""
    if "lines" in look:
        lines = [[_cell(c) for c in row] for row in look["lines"]]
        return Grid(name, [c.text for c in lines[0]], lines[1:])
    known = BY_NAME[ALIASES.get(name, name)]
    by_key = dict(keyed(known.name, rows))
    order = [k for k in look.get("order", by_key) if k in by_key or k in look.get("alone", [])]
    new = [k for k in by_key if k not in set(order) | set(look.get("left out", []))]
    columns = list(look.get("columns", known.columns))
    filled = {c for row in rows for c, text in row.items() if text} - set(look.get("unwritten", []))
    columns += [c for c in known.columns if c in filled and c not in columns]
    grid = Grid(name, ["" if c == f"({i})" else c for i, c in enumerate(columns, start=1)])
    for key in [*order, *new]:
        written = look.get("cells", {}).get(key, {})
        grid.rows.append([_shown(c, by_key.get(key, {}).get(c, ""), written.get(c)) for c in columns])
    return grid


def _shown(column: str, text: str, known: Any) -> Cell:
    """A cell: as it was written, if it still means what it meant."""
    return _cell(known["written"]) if known is not None and known["is"] == text else plain_cell(column, text)
