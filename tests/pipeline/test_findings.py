"""Findings: merged by place and value, with ids that the next cut keeps, and accepted by rule and scope."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.findings import Finding, Findings, accept, by_value, to_frame
from specs.model import Accepted


def test_findings_of_one_value_are_one_with_all_rows() -> None:
    findings = Findings()
    findings.add("CODE_UNMAPPED", "error", "no term", file="ae.csv", value="x", rows=(9,), subjects=("S-2",))
    findings.add("CODE_UNMAPPED", "error", "no term", file="ae.csv", value="x", rows=(3,), subjects=("S-1",))
    findings.add("NOTE", "note", "a note")
    merged = findings.all()
    assert [(f.rule, f.rows, f.subjects, f.count) for f in merged] == [
        ("CODE_UNMAPPED", (3, 9), ("S-1", "S-2"), 2),
        ("NOTE", (), (), 1),
    ]


def test_the_id_does_not_depend_on_rows() -> None:
    one = Finding("R", "error", "m", file="a.csv", value="x", rows=(1,))
    other = Finding("R", "error", "m", file="a.csv", value="x", rows=(2, 3), count=2)
    different = Finding("R", "error", "m", file="a.csv", value="y", rows=(1,))
    assert one.id == other.id
    assert one.id != different.id


def test_one_finding_per_distinct_value() -> None:
    found = by_value("R", "warning", "'{value}' is odd", ["b", "a", "b"], [4, 2, 3], ["S-1", "S-1", ""], file="a.csv")
    assert [(f.value, f.message, f.rows, f.subjects, f.count) for f in found] == [
        ("a", "'a' is odd", (2,), ("S-1",), 1),
        ("b", "'b' is odd", (3, 4), ("S-1",), 2),
    ]


def test_accepted_within_its_scope_only() -> None:
    findings = [
        Finding("R", "error", "m", variable="AESTDTC", value="x"),
        Finding("R", "error", "m", variable="AEENDTC", value="x"),
    ]
    entries = [
        Accepted(rule="R", scope={"variable": "AESTDTC"}, reason="queried", who="A. Lead"),
        Accepted(rule="R", scope={"subject": "S-9"}, reason="left", who="A. Lead"),
    ]
    result = accept(findings, entries)
    assert [f.accepted for f in result[:2]] == ["queried (A. Lead)", ""]
    assert [f.rule for f in result[2:]] == ["ACCEPTED_UNUSED"]


def test_many_rows_are_shown_short_in_the_file() -> None:
    frame = to_frame([Finding("R", "error", "m", rows=tuple(range(1, 31)))])
    assert frame["rows"][0] == ";".join(map(str, range(1, 21))) + ";..."


def test_control_characters_are_shown_by_their_code() -> None:
    """A terminal obeys an escape; line ends and what is not ASCII stay."""
    [found] = by_value("R", "error", "'{value}' is no term", ["a\x1b[31m\u00e9\nb"], [2], ["S-1"])
    assert (found.value, found.message) == ("a<U+001B>[31m\u00e9\nb", "'a<U+001B>[31m\u00e9\nb' is no term")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"file": "ae.csv", "column": "TERM", "rows": (4, 9), "subjects": ("S-1",)}, "ae.csv TERM row 4, 9"),
        ({"dataset": "ADTTE", "subjects": ("S-1", "S-2")}, "subject S-1, S-2"),
        ({"subjects": tuple("ABCDEF")}, "subject A, B, C, D, E, ..."),
        ({"file": "define.xml"}, "define.xml"),
    ],
)
def test_a_finding_without_raw_rows_says_whose_it_is(place: dict[str, Any], shown: str) -> None:
    assert Finding("RULE", "error", "wrong", **place).place(5) == shown
