"""An extract made ready: each source filtered, without exact duplicates, with its persons, every row accounted for.

Rows are set aside in a fixed order, each for one reason only: the source's own filter (inactive rows, M17), exact
duplicates (M8, L01), no known subject (M13). What is set aside is kept by row number for the accounting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.findings import Findings
from pipeline.needs import users_of
from pipeline.persons import Persons, check_previous, make_persons, normalised, person_codes
from pipeline.read import RawSource, SourceError, nearest_name, read_source
from specs.conditions import parse_condition
from specs.model import SourceSpec
from specs.resolve import StudyModel
from transforms.columns import Codes, Column, Mask, codes_of, constant, distinct_rows, take

USED_LATER, FILTERED, DUPLICATE, NO_SUBJECT = 0, 1, 2, 3
SHOWN = 3
"""How many variables are named that a missing column was for."""
REASONS = {FILTERED: "filtered", DUPLICATE: "duplicate", NO_SUBJECT: "no subject"}


@dataclass
class Source:
    """One source ready to be mapped: the rows as read, why some are set aside, and the person of each."""

    name: str
    spec: SourceSpec
    frame: pd.DataFrame
    numbers: Codes
    status: Codes
    person: Codes
    """-1 where the source has no subject column."""
    rejected: int = 0
    subject: Column | None = None
    """The subject number of each row in its normal form."""
    size: int = 0

    @property
    def has_subjects(self) -> bool:
        """Whether rows belong to subjects; otherwise the source is a reference that every range sees whole."""
        return self.spec.subject is not None


@dataclass
class Extract:
    """All sources of one delivery of raw data, and the persons in them."""

    sources: dict[str, Source]
    persons: Persons
    findings: Findings = field(default_factory=Findings)
    files: dict[str, Path] = field(default_factory=dict)


def read_extract(model: StudyModel, folder: Path, needed: dict[str, set[str]]) -> Extract:
    """Read every declared source that is needed. ``needed`` names, per source, the columns that mappings use.

    Raises SourceErrors with all files and columns that cannot be read or are missing.
    """
    findings = Findings()
    problems: list[SourceError] = []
    raw: dict[str, RawSource] = {}
    for name, spec in model.study.sources.items():
        try:
            found = read_source(name, spec, folder)
        except SourceError as error:
            problems.append(error)
            continue
        if found is not None:
            _supply(found, spec, needed.get(name, set()))
            raw[name] = found
            problems += _check_columns(model, found, spec, needed.get(name, set()), findings)
    _check_unused(model, raw, needed, findings)
    _check_files(model, folder, findings)
    if problems:
        raise SourceErrors(list({str(p): p for p in problems}.values()))  # forms may share a file
    active = {name: _set_aside(found, model.study.sources[name], findings) for name, found in raw.items()}
    persons = _persons(model, active, findings)
    for source in active.values():
        _assign_persons(source, model, persons, findings)
    for name, found in raw.items():
        _add_problems(name, found, findings)
    return Extract(active, persons, findings, {n: folder / s.spec.file for n, s in active.items()})


class SourceErrors(Exception):
    """Everything that keeps an extract from being read."""

    def __init__(self, problems: list[SourceError]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


def _supply(found: RawSource, spec: SourceSpec, needed: set[str]) -> None:
    """Add, empty, the columns that mappings use and that the file may lack."""
    for column in sorted(needed - set(found.frame.columns)):
        if among(column, spec.may_lack):
            found.frame[column] = constant(None, len(found.frame))


def _no_column(model: StudyModel, source: str, file: str, column: str, columns: list[str]) -> SourceError:
    """A column that the file has not: for which variables it is wanted, and what to do."""
    users, hint = users_of(model, source, column), nearest_name(column, columns)
    more = f" and {len(users) - SHOWN} more" if len(users) > SHOWN else ""
    wanted = f" for {', '.join(users[:SHOWN])}{more}" if users else ""
    remedy = f"correct the mapping; a constant is given as {{value: {column}}}, in a condition in quotes"
    if hint:
        remedy = "correct the mapping, or declare `rename` for the source"
    told = f"has no column '{column}', which the mappings use{wanted}{hint}"
    return SourceError(file, told, remedy, column=column)


def _check_columns(
    model: StudyModel, found: RawSource, spec: SourceSpec, needed: set[str], findings: Findings
) -> list[SourceError]:
    columns = list(found.frame.columns)
    lost = sorted(needed - set(columns))
    undivided = [p.message for p in found.problems if p.rule == "DELIMITER"]
    if lost and undivided:
        return [SourceError(spec.file, undivided[0])]
    problems = [_no_column(model, found.name, spec.file, column, columns) for column in lost]
    for column in () if isinstance(spec.unused, str) else spec.unused:
        if column not in columns and "*" not in column:
            text = f"column '{column}' is declared unused but the file does not have it"
            findings.add("COLUMN_DECLARED", "warning", text, file=spec.file, column=column)
    return problems


def _check_unused(
    model: StudyModel, raw: dict[str, RawSource], needed: dict[str, set[str]], findings: Findings
) -> None:
    """COLUMN_UNUSED for the columns of a file that no source of it uses or declares: forms may share a file."""
    files: dict[str, list[str]] = {}
    for name in raw:
        files.setdefault(model.study.sources[name].file, []).append(name)
    for file, names in files.items():
        specs = [model.study.sources[n] for n in names]
        if any(isinstance(s.unused, str) for s in specs):
            continue
        own = [s.rename for s in specs]  # the names as delivered, by the names of the specs
        known = {o.get(c, c) for n, o in zip(names, own, strict=True) for c in needed.get(n, ())}
        declared = [o.get(c, c) for s, o in zip(specs, own, strict=True) for c in [*s.unused, *s.ignore]]
        frame = raw[names[0]].frame
        for column in frame.columns:
            original = own[0].get(column, column)
            if original in known or among(original, declared):
                continue
            filled = int(frame[column].notna().sum())
            text = (
                f"column '{column}' ({filled} values) is used by no mapping; "
                "map it, or declare it `unused` with a reason"
            )
            findings.add("COLUMN_UNUSED", "warning", text, file=file, column=column, count=1)


def among(column: str, names: Iterable[str]) -> bool:
    """Whether a column is one of some names, of which some are patterns with ``*``."""
    return any(column == name or ("*" in name and fnmatchcase(column, name)) for name in names)


def _check_files(model: StudyModel, folder: Path, findings: Findings) -> None:
    declared = {s.file.lower() for s in model.study.sources.values()} | {f.lower() for f in model.study.unused_files}
    for name, kind in _strays(folder, declared):
        text = f"{kind} {name} is not declared; add it to `sources`, or to `unused_files` with a reason"
        findings.add("FILE_UNDECLARED", "warning", text, file=name)


def _strays(folder: Path, declared: set[str], below: str = "") -> Iterator[tuple[str, str]]:
    """What nothing declares: files, folders without a declared file in them, and what is neither (dead links)."""
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        name = f"{below}{path.name}"
        if name.lower() in declared:
            continue
        if path.is_dir() and any(d.startswith(f"{name.lower()}/") for d in declared):
            yield from _strays(path, declared, f"{name}/")
        else:
            yield name, "file" if path.is_file() else "folder" if path.is_dir() else "link or device"


def _set_aside(found: RawSource, spec: SourceSpec, findings: Findings) -> Source:
    frame = found.frame
    size = len(frame)
    status = np.zeros(size, dtype=np.int64)
    if spec.where:
        kept = parse_condition(spec.where).mask(lambda n: _column(found, spec, n), size)
        status[~kept] = FILTERED
    if spec.duplicates == "drop exact":
        _drop_duplicates(found, spec, status, findings)
    if spec.key:
        _report_conflicts(found, spec, status, findings)
    none = np.full(size, -1, dtype=np.int64)
    return Source(found.name, spec, frame, found.numbers, status, none, len(found.rejected), size=size)


def _column(found: RawSource, spec: SourceSpec, name: str) -> pd.Series:
    if name not in found.frame:
        hint = nearest_name(name, list(found.frame.columns))
        told = f"`where` names '{name}', which the file does not have{hint}"
        raise SourceErrors([SourceError(spec.file, told, column=name, remedy="correct the condition")])
    return found.frame[name]


def _drop_duplicates(found: RawSource, spec: SourceSpec, status: Codes, findings: Findings) -> None:
    kept = np.flatnonzero(status == USED_LATER)
    compared = [c for c in found.frame.columns if c != spec.record and not among(c, spec.ignore)]
    again = _repeats([take(found.frame[c], kept) for c in compared], len(kept))
    status[kept[again]] = DUPLICATE
    if again.any():
        rows = tuple(int(r) for r in found.numbers[kept[again]])
        text = "row repeats an earlier row in every column but its record id; one is kept"
        findings.add("DUPLICATE", "note", text, file=spec.file, rows=rows, count=len(rows))


def _report_conflicts(found: RawSource, spec: SourceSpec, status: Codes, findings: Findings) -> None:
    kept = np.flatnonzero(status == USED_LATER)
    columns = [take(found.frame[c], kept) for c in spec.key if c in found.frame]
    first, inverse = distinct_rows(columns)
    shared = np.bincount(inverse, minlength=len(first))[inverse] > 1
    if shared.any():
        rows = tuple(int(r) for r in found.numbers[kept[shared]])
        text = f"rows share the key {', '.join(spec.key)} but differ; all are kept"
        findings.add("KEY_CONFLICT", "warning", text, file=spec.file, rows=rows, count=len(rows))


def _repeats(columns: list[pd.Series], size: int) -> Mask:
    if not columns or size == 0:
        return np.zeros(size, dtype=bool)
    hashed = np.column_stack([codes_of(c) for c in columns])
    again: Mask = pd.DataFrame(hashed).duplicated().to_numpy()
    return again


def _persons(model: StudyModel, sources: dict[str, Source], findings: Findings) -> Persons:
    subjects = model.study.subjects
    if subjects is None or subjects.register_ not in sources:
        return Persons((), (), {})
    register = sources[subjects.register_]
    if register.spec.subject is None:
        told = "is the register of subjects but declares no `subject` column"
        raise SourceErrors([SourceError(register.spec.file, told, remedy="declare `subject:` for the source")])
    active = np.flatnonzero(register.status == USED_LATER)
    rows = register.frame.iloc[active].reset_index(drop=True)
    persons = make_persons(model.study.study, subjects, rows, register.spec.subject)
    if subjects.previous in rows:
        columns = rows[register.spec.subject], rows[subjects.previous]
        check_previous(*columns, register.numbers[active], register.spec.file, subjects, persons, findings)
    return persons


def _assign_persons(source: Source, model: StudyModel, persons: Persons, findings: Findings) -> None:
    subjects = model.study.subjects
    if source.spec.subject is None or subjects is None:
        return
    kept = np.flatnonzero(source.status == USED_LATER)
    column = take(source.frame[source.spec.subject], kept).rename(source.spec.subject)
    codes = person_codes(column, source.numbers[kept], source.spec.file, subjects, persons, findings)
    source.person[kept] = codes
    source.status[kept[codes < 0]] = NO_SUBJECT
    source.subject = normalised(source.frame[source.spec.subject], subjects)


def _add_problems(name: str, found: RawSource, findings: Findings) -> None:
    for problem in found.problems:
        rows = (int(problem.row),) if problem.row else ()
        findings.add(problem.rule, problem.severity, problem.message, file=found.file, column=problem.column or "",
                     value=problem.value or "", rows=rows)  # fmt: skip
