"""Reading a source: the file as its declaration says, every column as text, every row with its number.

A file that cannot be trusted as a whole raises ``SourceError``; a row that cannot is rejected with a finding and the
others stay (design, section 4: nothing disappears, nothing is guessed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import pandas as pd

from pipeline.formats import (
    Delivered,
    ReadProblem,
    SourceError,
    read_delimited,
    read_excel,
    read_parquet,
    read_sas,
)
from specs.model import SourceSpec
from specs.problems import nearest as nearest_name
from transforms.columns import Codes, Column, on_distinct

__all__ = ["RawSource", "ReadProblem", "SourceError", "nearest_name", "read_source"]


@dataclass
class RawSource:
    """One raw file, read: text columns under the names of the specs, all accepted rows in the order of the file."""

    name: str
    file: str
    frame: pd.DataFrame
    numbers: Codes
    """For people: the row of each record in the file as delivered, from 1, the header counted. In delimited text it
    counts records, so it is the line unless a quoted value before it holds line ends; in Excel it is the sheet's row.
    SAS and Parquet have no header row: the first observation is 1."""
    problems: list[ReadProblem] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    """The numbers of the rows that are not in ``frame``, and why."""
    recorded_types: dict[str, str] = field(default_factory=dict)


def read_source(name: str, spec: SourceSpec, folder: Path) -> RawSource | None:
    """Read the file of a source from the folder of the extract; None when it is optional and was not delivered.

    Raises ``SourceError`` when the file is missing (and not optional), empty, undecodable, of no known format or
    without a usable header.
    """
    path = _located(spec.file, folder)
    if spec.header_row < 1:
        raise SourceError(spec.file, f"header_row {spec.header_row} is no row", "rows count from 1")
    if not path.is_file():
        if path.exists():
            raise SourceError(spec.file, "is a folder or a device, not a file", "put the file itself there")
        if path.is_symlink():
            raise SourceError(spec.file, "is a link that leads to no file", "put the file itself there")
        if spec.optional:
            return None
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise SourceError(
            spec.file, f"the file of source {name} is missing{nearest_name(path.name, there)}",
            f"put it into {folder}, or declare it optional: true",
        )  # fmt: skip
    try:
        if path.stat().st_size == 0:
            raise SourceError(spec.file, "the file is empty (0 bytes)", "ask for it again")
        found = _reader(path, spec)()
    except OSError as problem:
        raise SourceError(spec.file, f"cannot be opened: {problem.strerror}", "check its permissions") from None
    return _source(name, spec, found)


def _located(file: str, folder: Path) -> Path:
    """The path of a file of the extract; a spec reaches no file outside it."""
    for kind in (PurePosixPath(file), PureWindowsPath(file)):
        if kind.is_absolute() or kind.drive or ".." in kind.parts:
            raise SourceError(file, "a source is a file inside the extract folder", "give its path from there")
    return folder / file


def _reader(path: Path, spec: SourceSpec) -> Callable[[], Delivered]:
    kind = path.suffix.lower()
    if kind in (".csv", ".txt", ".tsv"):
        delimiter = "\t" if kind == ".tsv" and "delimiter" not in spec.model_fields_set else spec.delimiter
        return lambda: read_delimited(path, spec.file, spec.encoding, delimiter, spec.header_row)
    if kind in (".sas7bdat", ".xpt"):
        return lambda: read_sas(path, spec.file, spec.encoding)
    if kind in (".xlsx", ".xlsm", ".xls"):
        return lambda: read_excel(path, spec.file, spec.sheet, spec.header_row)
    if kind == ".parquet":
        return lambda: read_parquet(path, spec.file)
    raise SourceError(spec.file, f"{kind or 'no extension'} is not a known format",
                      "deliver .csv, .txt, .tsv, .sas7bdat, .xpt, .xlsx or .parquet")  # fmt: skip


def _source(name: str, spec: SourceSpec, found: Delivered) -> RawSource:
    """What was read, under the names of the specs and with the declared missing texts taken out."""
    _check_names(spec.file, found.names, "the header has")
    problems = list(found.problems)
    new_names = {old: new for new, old in spec.rename.items()}
    for old in new_names:
        if old not in found.names:
            message = f"{spec.file} has no column {old}, which rename names{nearest_name(old, found.names)}"
            problems.append(ReadProblem("COLUMN_MISSING", "error", None, old, message))
    names = [new_names.get(old, old) for old in found.names]
    _check_names(spec.file, names, "after rename there are")
    if not len(found.numbers):
        problems.append(ReadProblem("NO_ROWS", "note", None, None, f"{spec.file} holds a header and no rows"))
    absent = frozenset(spec.missing)
    columns = {new: _emptied(column, absent) for new, column in zip(names, found.columns, strict=True)}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(found.numbers)))
    types = dict(zip(names, found.types, strict=True))
    return RawSource(name, spec.file, frame, found.numbers, problems, found.rejected, types)


def _check_names(file: str, names: list[str], where: str) -> None:
    empty = [str(place) for place, column in enumerate(names, 1) if not column.strip()]
    if empty:
        raise SourceError(file, f"{where} no name for column {', '.join(empty)}", "give every column a name")
    twice = [column for column, count in Counter(names).items() if count > 1]
    if twice:
        raise SourceError(file, f"{where} more than one column {', '.join(twice)}", "give every column its own name")


def _emptied(column: Column, absent: frozenset[str]) -> Column:
    if not column.cat.categories.isin(list(absent)).any():
        return column
    return on_distinct(column, lambda value: None if value in absent else value)
