"""Ranges of subjects: whole persons, every active row in exactly one range, references whole in each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.extract import Extract, Source
from pipeline.persons import Persons
from pipeline.ranges import NUMBER, PERSON, ROW, SUBJECT, Range, split
from pipeline.spill import read_columns
from specs.model import SourceSpec
from tests.pipeline.one_range import codes
from transforms.columns import Codes, plain, text

FIVE = Persons(tuple(f"S-{i}" for i in range(5)), tuple(str(i) for i in range(5)), {str(i): i for i in range(5)})
NOBODY = Persons((), (), {})


def source(name: str, person: Codes, status: Codes | None = None, subject: str | None = "SUBJECT") -> Source:
    """Rows R0, R1, ... with an unused column; the first is row 2 of its file."""
    size = len(person)
    frame = pd.DataFrame({"V": text([f"R{i}" for i in range(size)]), "UNUSED": text(["x"] * size)})
    number = text([str(p) if p >= 0 else None for p in person.tolist()])
    spec = SourceSpec(file=f"{name}.csv", subject=subject)
    rows = np.arange(size, dtype=np.int64)
    given = status if status is not None else np.zeros(size, dtype=np.int64)
    return Source(name, spec, frame, rows + 2, given, person, subject=number if subject else None, size=size)


def shown(part: Range, name: str) -> list[tuple[object, int, int, int]]:
    """Value, row position, row number, and person within the range."""
    found = read_columns(part.files[name])
    return list(zip(plain(found["V"]), *(found[c].tolist() for c in (ROW, NUMBER, PERSON)), strict=True))


def test_rows_go_to_the_range_of_their_person_in_the_order_of_the_file(tmp_path: Path) -> None:
    extract = Extract({"ae": source("ae", codes(4, 0, 3, 1, 0))}, FIVE)
    ranges = split(extract, 2, tmp_path, {"ae": {"V"}})
    assert [r.usubjid for r in ranges] == [("S-0", "S-1"), ("S-2", "S-3"), ("S-4",)]
    assert [r.subjid for r in ranges] == [("0", "1"), ("2", "3"), ("4",)]
    assert [r.number for r in ranges] == [0, 1, 2]
    # persons count within their range, positions and row numbers within the file
    assert [shown(r, "ae") for r in ranges] == [
        [("R1", 1, 3, 0), ("R3", 3, 5, 1), ("R4", 4, 6, 0)],
        [("R2", 2, 4, 1)],
        [("R0", 0, 2, 0)],
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 500])
def test_every_active_row_is_in_exactly_one_range(tmp_path: Path, size: int) -> None:
    extract = Extract({"ae": source("ae", codes(4, 0, 3, 1, 0, 2), codes(0, 0, 1, 0, 2, 0))}, FIVE)
    rows = [row for r in split(extract, size, tmp_path, {"ae": {"V"}}) for _, row, _, _ in shown(r, "ae")]
    assert sorted(rows) == [0, 1, 3, 5]


def test_a_row_that_was_set_aside_is_in_none(tmp_path: Path) -> None:
    extract = Extract({"ae": source("ae", codes(0, 1, -1), codes(1, 0, 3))}, FIVE)
    assert [[row for _, row, _, _ in shown(r, "ae")] for r in split(extract, 3, tmp_path, {"ae": {"V"}})] == [[1], []]


def test_a_source_without_subjects_goes_whole_into_every_range(tmp_path: Path) -> None:
    extract = Extract({"labs": source("labs", codes(-1, -1), subject=None)}, FIVE)
    ranges = split(extract, 3, tmp_path, {"labs": {"V"}})
    assert [shown(r, "labs") for r in ranges] == [[("R0", 0, 2, -1), ("R1", 1, 3, -1)]] * 2


def test_only_needed_columns_are_written_and_the_subject_number_beside_them(tmp_path: Path) -> None:
    extract = Extract({"ae": source("ae", codes(1)), "labs": source("labs", codes(-1), subject=None)}, FIVE)
    (only,) = split(extract, 9, tmp_path, {"ae": {"V"}, "labs": set()})
    assert list(read_columns(only.files["ae"])) == ["V", SUBJECT, ROW, NUMBER, PERSON]
    assert plain(read_columns(only.files["ae"])[SUBJECT]) == ["1"]
    assert list(read_columns(only.files["labs"])) == [ROW, NUMBER, PERSON]


def test_without_persons_there_is_one_range(tmp_path: Path) -> None:
    extract = Extract({"ae": source("ae", codes(), codes())}, NOBODY)
    (only,) = split(extract, 500, tmp_path, {"ae": {"V"}})
    assert (only.usubjid, shown(only, "ae")) == ((), [])
