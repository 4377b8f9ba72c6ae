"""Ranges of subjects: the extract cut along the table of persons, each part written for one task.

A range holds whole persons, in the order of USUBJID, so the parts in order are the whole. Sources without subjects
(references) go whole into every range. Design, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.extract import Extract, Source
from pipeline.spill import write_frame
from transforms.columns import Codes, take

ROW, NUMBER, PERSON, SUBJECT = "@row", "@number", "@person", "@subject"
"""Columns beside the raw ones: row position, row number for people, person in the range, normal subject number."""


@dataclass(frozen=True)
class Range:
    """One task: its number, its persons, and the file of each source."""

    number: int
    usubjid: tuple[str, ...]
    subjid: tuple[str, ...]
    files: dict[str, Path]


def split(extract: Extract, size: int, folder: Path, needed: Mapping[str, set[str]]) -> list[Range]:
    """Write the rows of every range of ``size`` persons under ``folder``; at least one range, even without persons.

    Only the columns that are ``needed`` of a source are written.
    """
    count = max(1, -(-len(extract.persons) // size))
    files: list[dict[str, Path]] = [{} for _ in range(count)]
    for name, source in extract.sources.items():
        for number, rows in enumerate(_rows_of_ranges(source, size, count)):
            path = folder / f"{name}.{number}.arrow"
            _write(path, source, rows, number * size, needed[name])
            files[number][name] = path
    persons = extract.persons
    return [
        Range(i, persons.usubjid[i * size : (i + 1) * size], persons.subjid[i * size : (i + 1) * size], files[i])
        for i in range(count)
    ]


def _rows_of_ranges(source: Source, size: int, count: int) -> list[Codes]:
    active = np.flatnonzero(source.status == 0).astype(np.int64)
    if not source.has_subjects or count == 1:
        return [active] * count
    of_range = source.person[active] // size
    order = np.argsort(of_range, kind="stable")
    edges = np.searchsorted(of_range[order], np.arange(count + 1))
    return [active[order[edges[i] : edges[i + 1]]] for i in range(count)]


def _write(path: Path, source: Source, rows: Codes, first_person: int, needed: set[str]) -> None:
    person = source.person[rows]
    columns = {str(c): take(source.frame[c], rows) for c in source.frame.columns if c in needed}
    local = np.where(person < 0, -1, person - first_person)
    if source.subject is not None:
        columns[SUBJECT] = take(source.subject, rows)
    write_frame(path, {**columns, ROW: rows, NUMBER: source.numbers[rows], PERSON: local})
