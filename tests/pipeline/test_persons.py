"""Subject numbers and persons: variants, rescreening, numbers that nobody knows (M10, M12, L03, E02)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.findings import Findings
from pipeline.persons import check_previous, make_persons, normal_number, person_codes
from specs.model import Subjects
from transforms.columns import text

SUBJECTS = Subjects(
    register="subj",
    pattern=r"(?:STUDY-)?(\d{1,2})-?(\d{3})",
    number="{1:02}-{2}",
    usubjid="{study}-{number}",
    previous="BEFORE",
)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("01-001", "01-001"),
        ("1-001", "01-001"),
        ("01001", "01-001"),
        ("01-001  ", "01-001"),
        ("study-01-001", "01-001"),
        ("001", None),
        ("screening", None),
    ],
)
def test_m12_spellings_of_one_number(written: str, number: str | None) -> None:
    assert normal_number(written, SUBJECTS) == number


def test_without_a_pattern_a_number_is_trimmed_and_in_capitals() -> None:
    assert normal_number(" a-1 ", Subjects(register="dm")) == "A-1"


@pytest.mark.parametrize("written", ["\ufeff01-001", "\u200b01-001", "０１-００１", "01-001\u00a0"])
def test_what_nobody_sees_is_no_part_of_a_number(written: str) -> None:
    assert normal_number(written, Subjects(register="dm")) == "01-001"


def test_e02_a_person_who_was_screened_again_has_the_last_number() -> None:
    register = pd.DataFrame({"SUBJECT": text(["01-004", "01-011", "01-002"]), "BEFORE": text([None, "01-004", None])})
    persons = make_persons("S", SUBJECTS, register, "SUBJECT")
    assert persons.usubjid == ("S-01-002", "S-01-011")
    assert persons.of_number == {"01-002": 0, "01-004": 1, "01-011": 1}


def test_an_earlier_number_that_links_nothing_is_told() -> None:
    listed = ["01-001", "01-002", "01-003", "01-004", "01-005", "01-006", "01-007", "01-008", "01-009"]
    before = [None, "1001", "01-999", "none", "01-006", "01-005", "01-007", "01-001", None]
    register = pd.DataFrame({"SUBJECT": text(listed), "BEFORE": text(before)})
    persons = make_persons("S", SUBJECTS, register, "SUBJECT")
    findings = Findings()
    rows = np.arange(2, 11)
    check_previous(register["SUBJECT"], register["BEFORE"], rows, "subj.csv", SUBJECTS, persons, findings)
    told = [
        (f.rule, f.severity, f.file, f.column, f.value, f.rows, "not in the register" in f.message)
        for f in findings.all()
    ]
    place = ("SUBJECT_PREVIOUS", "error", "subj.csv", "BEFORE")
    assert told == [
        (*place, "01-005", (7,), False),  # two that name each other
        (*place, "01-006", (6,), False),
        (*place, "01-007", (8,), False),  # its own number
        (*place, "01-999", (4,), True),
        (*place, "1001", (3,), False),  # 01-008 names it too, and the last one has it
        (*place, "none", (5,), True),
    ]


def test_a_circle_of_previous_numbers_ends() -> None:
    register = pd.DataFrame({"SUBJECT": text(["01-001", "01-002"]), "BEFORE": text(["01-002", "01-001"])})
    persons = make_persons("S", SUBJECTS, register, "SUBJECT")
    assert set(persons.of_number) == {"01-001", "01-002"}


def test_l03_m13_rows_find_their_person_and_the_rest_is_told() -> None:
    register = pd.DataFrame({"SUBJECT": text(["01-001", "01-002"]), "BEFORE": text([None, None])})
    persons = make_persons("S", SUBJECTS, register, "SUBJECT")
    findings = Findings()
    column = text(["1-001", "01-002", "01-999", "abc", None])
    codes = person_codes(column, np.array([2, 3, 4, 5, 6]), "lab.csv", SUBJECTS, persons, findings)
    assert codes.tolist() == [0, 1, -1, -1, -1]
    found = [(f.rule, f.value, f.rows, f.severity) for f in findings.all()]
    assert found == [
        ("SUBJECT_MISSING", "", (6,), "error"),
        ("SUBJECT_UNKNOWN", "01-999", (4,), "error"),
        ("SUBJECT_UNKNOWN", "abc", (5,), "error"),
        ("SUBJECT_VARIANT", "1-001", (2,), "note"),
    ]
