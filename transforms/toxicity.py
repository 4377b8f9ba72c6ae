"""Toxicity grades of laboratory results by a table of criteria (design basis 6.1; one table per grading version)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, Mask, constant, missing, numbers, on_distinct_rows, take_results, text
from transforms.criteria_language import Condition, Inputs, Truth
from transforms.registry import Outcome, Problem, Table, register
from transforms.tables import rows_of

_GRADES = (4, 3, 2, 1)
_CHANGE = "pchg"
_VARIABLES = ("v", "L", "U", "B", _CHANGE)
_FLAGS = ("BH",)
_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One row of the table: the unit that it holds for, and its conditions from grade 4 down."""

    unit: str
    conditions: list[tuple[int, Condition]]
    relative: bool
    """A condition looks at the change from baseline."""


@register(
    "Grade of {value} in {unit} for {test}, direction {direction}, by {criteria}: the first of grade 4, 3, 2, 1 whose "
    "condition holds, 0 when none does, missing when an input of the conditions is[; range {low} to {high}]"
    "[; baseline {baseline}][, its indicator {baseline_indicator}].",
    scope="record",
)
def toxicity_grade(
    value: Column,
    unit: Column,
    test: Column,
    direction: Literal["L", "H"],
    criteria: Table,
    low: Column | None = None,
    high: Column | None = None,
    baseline: Column | None = None,
    baseline_indicator: Column | None = None,
) -> Outcome:
    """ATOXGRL or ATOXGRH as text 0 to 4: the grade of each result by the row of its test and direction.

    ``criteria`` has the columns term, direction (L, H), test, unit (blank: any), grade4, grade3, grade2, grade1; its
    conditions see ``v`` value, ``L`` and ``U`` limits of the range, ``B`` baseline, ``BH`` (baseline indicator HIGH)
    and ``pchg`` percent change from baseline. A grade is missing where the test has no row, the value is missing, the
    unit is not the row's (problem UNIT_NOT_GRADED, warning), or a needed input is missing and no condition holds.
    Raises ValueError for a faulty table. Source: design basis 6.1; scenarios J01 to J14, J33, J34.
    """
    if direction not in ("L", "H"):
        raise ValueError(f"toxicity_grade: direction is L (too low) or H (too high), not {direction!r}")
    size = len(value)
    columns = {"v": value, "L": low, "U": high, "B": baseline}
    given = {n: np.full(size, np.nan) if c is None else numbers(c).to_numpy() for n, c in columns.items()}
    indicator = constant(None, size) if baseline_indicator is None else text(baseline_indicator)
    is_high, unknown = (indicator == "HIGH").to_numpy(dtype=np.bool_), missing(indicator)
    tests, units = text(test), text(unit)
    grades, wrong = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    for name, term in _terms(criteria, direction).items():
        mine = (tests == name).to_numpy(dtype=np.bool_) & ~np.isnan(given["v"])
        fits = mine & ((units == term.unit).to_numpy(dtype=np.bool_) if term.unit else True)
        wrong |= mine & ~fits
        rows = np.flatnonzero(fits)
        if len(rows):
            flag = Truth(is_high[rows], ~is_high[rows] & ~unknown[rows])
            grades[rows] = _graded(term, {n: v[rows] for n, v in given.items()}, flag)
    return Outcome(take_results([str(g) for g in range(5)], grades), _problems(wrong, tests, units))


@register("Minus {low} where the low direction is graded 1 or more, else {high}; 0 where neither is.", scope="record")
def signed_toxicity_grade(low: Column, high: Column) -> Column:
    """ATOXGR of ATOXGRL and ATOXGRH: ``-n`` for low, ``n`` for high, 0 when no direction is abnormal.

    Source: design basis 4.5.
    """

    def signed(too_low: str | None, too_high: str | None) -> str | None:
        if too_low not in (None, "0"):
            return f"-{too_low}"
        return too_high if too_high not in (None, "0") else too_low or too_high

    return on_distinct_rows([text(low), text(high)], signed)


def _terms(criteria: Table, direction: str) -> dict[str, Term]:
    """The rows of one direction by test. Raises ValueError for two rows of a test, or a faulty condition."""
    names = ["term", "direction", "test", "unit", *(f"grade{g}" for g in _GRADES)]
    found: dict[str, Term] = {}
    for row in rows_of(criteria, names):
        if row["direction"] not in ("L", "H"):
            raise ValueError(f"grading table, {row['term']}: direction is L or H, not '{row['direction']}'")
        if row["direction"] != direction:
            continue
        if row["test"] in found:
            raise ValueError(f"grading table: {row['test']} has two rows in direction {direction}; keep one")
        conditions = [(g, _condition(row, g)) for g in _GRADES if row[f"grade{g}"]]
        relative = any(_CHANGE in row[f"grade{g}"] for g in _GRADES)
        found[row["test"]] = Term(row["unit"], conditions, relative)
    return found


def _condition(row: dict[str, str], grade: int) -> Condition:
    from transforms.criteria_parser import parse_criterion  # late, because most runs of the program parse no criteria

    try:
        return parse_criterion(row[f"grade{grade}"], _VARIABLES, _FLAGS)
    except ValueError as error:
        raise ValueError(f"grading table, {row['term']}, grade {grade}: {error}") from error


def _graded(term: Term, given: dict[str, _Numbers], flag: Truth) -> Codes:
    """The grade of each row; -1 where it cannot be told."""
    change = {_CHANGE: _percent_change(given["v"], given["B"])} if term.relative else {}
    inputs = Inputs(given | change, {"BH": flag})
    grades = np.full(len(given["v"]), -1, dtype=np.int64)
    open_ = np.ones(len(grades), dtype=np.bool_)
    normal: Mask = open_.copy()
    for grade, condition in term.conditions:
        truth = condition.truth(inputs)
        grades[open_ & truth.holds] = grade
        open_ &= ~truth.holds
        normal &= truth.fails
    grades[normal] = 0
    return grades


def _percent_change(value: _Numbers, baseline: _Numbers) -> _Numbers:
    """100 x (value - baseline) / baseline, in decimal, once per distinct pair; missing where the baseline is 0."""
    codes, pairs = pd.MultiIndex.from_arrays([value, baseline]).factorize()
    context = Context(prec=30)

    def change(now: float, start: float) -> float:
        if np.isnan(now) or np.isnan(start) or start == 0:
            return np.nan
        before = Decimal(repr(float(start)))
        return float(context.divide(100 * (Decimal(repr(float(now))) - before), before))

    table = np.array([change(a, b) for a, b in pairs], dtype=np.float64)
    result: _Numbers = table[codes]
    return result


def _problems(wrong: Mask, tests: Column, units: Column) -> list[Problem]:
    rows = np.flatnonzero(wrong).astype(np.int64)
    if not len(rows):
        return []
    message = (
        "{value} has not the unit of the grading table, so it has no grade; convert the unit, or correct the table"
    )
    shown = on_distinct_rows([tests.iloc[rows], units.iloc[rows]], lambda t, u: f"{t} in {u or 'no unit'}")
    return [Problem("UNIT_NOT_GRADED", "warning", rows, message, shown)]
