"""From failed checks to findings that name the raw rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.check import CheckFailure, check_records, to_findings
from pipeline.findings import Finding
from pipeline.records import Part
from specs.model import Dataset
from specs.terminology import Codelist, Term
from transforms.columns import Codes, Column, text

CODELISTS = {
    "NY": Codelist("NY", "C66742", "No Yes Response", False, (Term("N", "C49487", "No"), Term("Y", "C49488", "Yes"))),
    "UNIT": Codelist("UNIT", "C71620", "Unit", True, (Term("g/L", "C42576", "Gram per Liter"),)),
    "GRADE": Codelist("GRADE", "", "Grade", False, (Term("1", "", "Mild"), Term("2", "", "Moderate"))),
}
VARIABLES: dict[str, Any] = {
    "USUBJID": {"type": "Char", "core": "Req", "label": "Unique Subject Identifier"},
    "AETERM": {"type": "Char", "core": "Req", "label": "Reported Term", "copy": "TERM"},
    "AESER": {"type": "Char", "core": "Exp", "label": "Serious Event", "codelist": "NY", "code": "SERIOUS"},
    "AEDOSU": {"type": "Char", "label": "Unit", "codelist": "UNIT"},
}


def described(**changes: Any) -> Dataset:
    base = {"dataset": "AE", "label": "Adverse Events", "keys": ["USUBJID", "AETERM"], "variables": VARIABLES}
    return Dataset.model_validate({**base, **changes})


def part(source: list[int] | None = None, **columns: Column) -> Part:
    """Three records: two of the first person from rows 4 and 2 of ``ae``, one of the second from row 7."""
    given = {
        "USUBJID": text(["S-1", "S-1", "S-2"]),
        "AETERM": text(["FEVER", "HEADACHE", "FEVER"]),
        "AESER": text(["Y", "N", None]),
        "AEDOSU": text(["g/L", None, None]),
        **columns,
    }
    return Part(
        "AE",
        given,
        3,
        np.array([0, 0, 1]),
        np.array([0, 1, 0]),
        ["events", "graded"],
        np.array(source or [0, 0, 0]),
        ["ae", "ae2"],
        np.array([4, 2, 7]),
    )


def line_numbers(source: str, rows: Codes) -> Codes:
    """As people count: the header is line 1."""
    return rows + 2


def findings(failures: list[CheckFailure], of: Part) -> list[Finding]:
    return to_findings(failures, of, line_numbers, {"ae": "ae.csv", "ae2": "ae2.csv"}, ["S-1", "S-2"])


def test_good_records_have_no_failures() -> None:
    assert check_records(described(), part(), CODELISTS) == []


def test_a_wrong_term_names_file_row_column_subject_and_value() -> None:
    of = part(AESER=text(["Y", "U", "U"]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert found == [
        Finding(
            "CODELIST", "error", "'U' is not in codelist NY; map it in the spec", "AE", "AESER", "ae.csv", "SERIOUS",
            "U", rows=(4, 9), subjects=("S-1", "S-2"), count=2,
        )
    ]  # fmt: skip


def test_each_file_has_a_finding_of_its_own() -> None:
    of = part([0, 1, 1], AESER=text(["U", "U", "V"]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.file, f.value, f.rows) for f in found] == [
        ("ae.csv", "U", (6,)),
        ("ae2.csv", "U", (4,)),
        ("ae2.csv", "V", (9,)),
    ]


def test_records_without_a_file_are_named_by_subject() -> None:
    of = part([0, -1, -1], AESER=text(["Y", "U", None]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.file, f.rows, f.subjects, f.count) for f in found] == [("", (), ("S-1",), 1)]


def test_a_missing_required_value() -> None:
    of = part(AETERM=text([None, "HEADACHE", None]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.rule, f.variable, f.rows, f.message) for f in found] == [
        ("REQUIRED_MISSING", "AETERM", (6, 9), "AETERM is required and has no value")
    ]


def test_an_extension_is_a_note() -> None:
    of = part(AEDOSU=text(["drop", None, "g/L"]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.rule, f.severity, f.value, f.rows) for f in found] == [("CODELIST_EXTENDED", "note", "drop", (6,))]


def test_several_records_of_a_subject_where_the_subject_is_the_key() -> None:
    """A person screened twice: an error with both rows and the subject, and not a second finding on the keys."""
    subjects = described().model_copy(update={"keys": ["STUDYID", "USUBJID"]})
    of = part()
    found = [
        f
        for f in findings(check_records(subjects, of, CODELISTS), of)
        if f.rule in ("SUBJECT_REPEATED", "KEY_DUPLICATE")
    ]
    assert [(f.rule, f.severity, f.subjects, f.rows) for f in found] == [
        ("SUBJECT_REPEATED", "error", ("S-1",), (4, 6)),
    ]
    assert "`previous:`" in found[0].message


def test_equal_keys_are_a_warning_with_both_rows() -> None:
    of = part(AETERM=text(["FEVER", "FEVER", "FEVER"]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.rule, f.severity, f.value, f.rows) for f in found] == [
        ("KEY_DUPLICATE", "warning", "S-1, FEVER", (4, 6))
    ]
    assert found[0].message == "records share all keys (USUBJID, AETERM): S-1, FEVER"


def test_records_out_of_order() -> None:
    of = part(AETERM=text(["HEADACHE", "FEVER", "FEVER"]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.rule, f.severity, f.rows) for f in found] == [("NOT_ORDERED", "error", (4,))]


def test_a_wrong_type_is_one_finding_of_the_variable() -> None:
    of = part(AEDOSU=pd.Series([1.0, 2.0, 3.0]))
    found = findings(check_records(described(), of, CODELISTS), of)
    assert [(f.rule, f.variable, f.rows) for f in found] == [("TYPE", "AEDOSU", ())]


def test_a_label_that_is_too_long() -> None:
    of = part()
    failures = check_records(described(label="x" * 41), of, CODELISTS)
    assert [(f.rule, f.variable) for f in findings(failures, of)] == [("LABEL", "")]


def test_long_texts_and_other_characters() -> None:
    of = part(AETERM=text(["x" * 201, "~", "fièvre"]))
    rules = {(f.rule, f.rows) for f in findings(check_records(described(), of, CODELISTS), of)}
    assert rules == {
        ("LENGTH_OVER_200", (6,)),
        ("NOT_ASCII", (9,)),
    }


def test_a_row_with_its_own_codelist_is_judged_by_it() -> None:
    rows = {
        "events": {"from": "ae"},
        "graded": {"from": "ae", "variables": {"AESER": {"copy": "G", "codelist": "GRADE"}}},
    }
    dataset = described(rows=rows)
    of = part(AESER=text(["Y", "1", "N"]))
    assert check_records(dataset, of, CODELISTS) == []
    of = part(AESER=text(["1", "Y", "N"]))
    found = findings(check_records(dataset, of, CODELISTS), of)
    assert [(f.rule, f.value, f.rows, f.message) for f in found] == [
        ("CODELIST", "Y", (4,), "'Y' is not in codelist GRADE; map it in the spec"),
        ("CODELIST", "1", (6,), "'1' is not in codelist NY; map it in the spec"),
    ]


def test_a_variable_that_has_no_column_is_missing_everywhere() -> None:
    of = part()
    del of.columns["AETERM"]
    rules = {f.rule for f in check_records(described(keys=["USUBJID"]), of, CODELISTS)}
    assert rules == {"REQUIRED_MISSING", "SUBJECT_REPEATED"}
