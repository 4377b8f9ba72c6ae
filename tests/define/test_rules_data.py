"""What a where-clause selects, and what is measured of values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from define.rules.data import Submission, compare, is_decimal, values_of
from define.rules.document import RangeCheck
from define.rules.parse import parse_define
from tests.define.small import Small

TESTS = pd.Series(["HGB", "WBC", None, "HGB"], dtype="str").astype("category")
NUMBERS = pd.Series([1.0, 2.5, np.nan, -3.0])


def selected(column: pd.Series, comparator: str, *values: str) -> list[int]:
    mask = compare(column, RangeCheck("IT", comparator, "Soft", values))
    assert mask is not None
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("comparator", "values", "records"),
    [
        ("EQ", ["HGB"], [0, 3]),
        ("NE", ["HGB"], [1, 2]),
        ("IN", ["WBC", "HGB"], [0, 1, 3]),
        ("NOTIN", ["WBC"], [0, 2, 3]),
        ("EQ", [""], [2]),
        ("NE", [""], [0, 1, 3]),
        ("GT", ["HGB"], [1]),
        ("EQ", ["NEUT"], []),
    ],
)
def test_comparisons_of_text(comparator: str, values: list[str], records: list[int]) -> None:
    assert selected(TESTS, comparator, *values) == records


@pytest.mark.parametrize(
    ("comparator", "values", "records"),
    [
        ("EQ", ["2.50"], [1]),
        ("NE", ["1"], [1, 2, 3]),
        ("LT", ["1"], [3]),
        ("LE", ["1"], [0, 3]),
        ("GE", ["1"], [0, 1]),
        ("GT", ["1"], [1]),
        ("IN", ["1", "-3"], [0, 3]),
        ("EQ", [""], [2]),
        ("NE", [""], [0, 1, 3]),
    ],
)
def test_comparisons_of_numbers(comparator: str, values: list[str], records: list[int]) -> None:
    assert selected(NUMBERS, comparator, *values) == records


def test_a_comparison_that_makes_no_sense_selects_nothing_at_all() -> None:
    assert compare(NUMBERS, RangeCheck("IT", "EQ", "Soft", ("one",))) is None
    assert compare(NUMBERS, RangeCheck("IT", "EQ", "Soft", ())) is None
    assert compare(TESTS, RangeCheck("IT", "LIKE", "Soft", ("H",))) is None


def test_a_clause_on_another_dataset_selects_the_records_of_its_subjects(tmp_path: Path) -> None:
    small = Small("adam", tmp_path)
    define = parse_define(small.write())
    submission = Submission(define, tmp_path)
    mask = submission.selected(define.group["IG.ADTTE"], ["WC.ADSL.SAFFL"])
    assert mask is not None
    assert mask.tolist() == [True, True, False, False]


def test_several_clauses_select_what_any_of_them_selects(tmp_path: Path) -> None:
    define = parse_define(Small("adam", tmp_path).write())
    submission = Submission(define, tmp_path)
    mask = submission.selected(define.group["IG.ADTTE"], ["WC.ADTTE.OS", "WC.ADTTE.PFS.EVENTS"])
    assert mask is not None
    assert mask.tolist() == [True, True, True, False]


def test_values_of_text_and_of_selected_records() -> None:
    whole = values_of(TESTS)
    assert (whole.records, whole.nulls, whole.texts) == (4, 1, ("HGB", "WBC"))
    part = values_of(TESTS, np.array([False, True, True, False]))
    assert (part.records, part.nulls, part.texts, part.longest) == (2, 1, ("WBC",), 3)


def test_values_of_numbers() -> None:
    values = values_of(NUMBERS)
    assert values.numbers is not None
    assert (values.records, values.nulls, values.numbers.tolist()) == (4, 1, [-3.0, 1.0, 2.5])
    assert values.digits == (2, 1)


def test_digits_of_texts_are_counted_as_written() -> None:
    column = pd.Series(["12.50", "0.125", "-7", "POSITIVE"], dtype="str").astype("category")
    assert values_of(column).digits == (4, 3)
    assert values_of(TESTS).digits is None


@pytest.mark.parametrize("text", ["12", "-0.5", "+3.0", ".5", "007"])
def test_decimal_numbers(text: str) -> None:
    assert is_decimal(text)


@pytest.mark.parametrize("text", ["", "-", "1.", "1e5", "1,5", "<5", "1.2.3", " 1", "NaN", "²"])
def test_what_is_no_decimal_number(text: str) -> None:
    assert not is_decimal(text)
