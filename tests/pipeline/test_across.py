"""What the records of a subject must be together: one record per visit, elements in the order of the arm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.across import check_across
from pipeline.records import Part
from transforms.columns import Column, plain, text


def part(name: str, subjects: list[int], **columns: Column) -> Part:
    size = len(subjects)
    none = np.zeros(size, dtype=np.int64)
    rows = np.arange(size, dtype=np.int64)
    return Part(name, columns, size, np.array(subjects, dtype=np.int64), none, ["rows"], none, ["source:sv"], rows)


def test_two_records_of_one_visit_of_a_subject() -> None:
    visits = pd.Series([1.0, 3.0, 3.0, 3.01, 3.0, np.nan, np.nan])
    (failure,) = check_across(part("SV", [0, 0, 0, 0, 1, 1, 1], VISITNUM=visits))
    assert (failure.rule, failure.severity, failure.variable) == ("VISIT_REPEATED", "warning", "VISITNUM")
    assert failure.records.tolist() == [1, 2]
    assert plain(failure.values) == ["3", "3"]


def test_repeats_that_are_numbered_and_other_datasets_are_no_finding() -> None:
    assert list(check_across(part("SV", [0, 0], VISITNUM=pd.Series([3.0, 3.01])))) == []
    assert list(check_across(part("LB", [0, 0], VISITNUM=pd.Series([3.0, 3.0])))) == []
    assert list(check_across(part("SV", [0, 0], SVSTDTC=text(["2025-01-01"] * 2)))) == []


@pytest.mark.parametrize(
    ("starts", "order", "wrong"),
    [
        (["2024-03-12", "2024-03-26", "2024-06-18"], [1, 2, 3], []),
        (["2024-03-12", "2024-03", "2024-06-18"], [1, 2, 3], []),  # it can be so
        (["2024-04-12", "2024-03", "2024-06-18"], [1, 2, 3], [0, 1]),
        (["2024-03-12", "2024-06-18", "2024-05-01"], [1, 2, 3], [1, 2]),
        (["2024-03-12", "2024-06-18", "2024-05-01"], [1, 3, 2], []),
        (["2024-03-12", "2024-02-01", "2024-06-18"], [1, np.nan, 2], []),  # unplanned
        (["2024-03-12", "2024-06-18", "2024-05-01"], [1, 2, 2], []),
        (["2024-03-12", None, "2024-05-01"], [1, 2, 3], []),
    ],
)
def test_elements_against_the_order_of_the_arm(starts: list[str], order: list[float], wrong: list[int]) -> None:
    elements = part("SE", [0, 0, 0], SESTDTC=text(starts), TAETORD=pd.Series(order, dtype="float64"))
    found = list(check_across(elements))
    assert [f.records.tolist() for f in found] == ([wrong] if wrong else [])
    assert [(f.rule, f.severity) for f in found] == ([("ELEMENT_ORDER", "warning")] if wrong else [])


def test_the_order_of_one_subject_is_not_that_of_another() -> None:
    starts = text(["2024-06-18", "2024-03-12"])
    assert list(check_across(part("SE", [0, 1], SESTDTC=starts, TAETORD=pd.Series([1.0, 2.0])))) == []
    assert list(check_across(part("SE", [0, 1], SESTDTC=starts))) == []
