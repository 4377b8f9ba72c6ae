"""Laboratory grades: scenarios J01 to J14, J33, J34 by the layer's table, and the rules for what is missing."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from transforms.columns import constant, plain, text
from transforms.registry import Outcome
from transforms.toxicity import signed_toxicity_grade, toxicity_grade

LAYER = Path(__file__).parents[2] / "mappings" / "ctcae-5.0" / "tables" / "ctcae_5.csv"
CTCAE = pd.read_csv(LAYER, dtype=str, keep_default_na=False)
NO = float("nan")

ROWS: list[tuple[str, str, str, str, list[float], dict[str, Any], str]] = [
    ("J01", "HGB", "L", "g/L", [79, 80, 99, 100], {"low": 120}, "3 2 2 1"),
    ("J02", "HGB", "L", "g/L", [120], {"low": 120}, "0"),
    ("J03", "NEUT", "L", "10^9/L", [0.49, 0.5, 0.99, 1.0, 1.49, 1.5], {"low": 2.0}, "4 3 3 2 2 1"),
    ("J05", "ALT", "H", "U/L", [40, 41, 120, 121, 200, 201, 801],
     {"high": 40, "baseline": 30, "indicator": "NORMAL"}, "0 1 1 2 2 3 4"),
    ("J06", "ALT", "H", "U/L", [119, 120, 240, 241], {"high": 40, "baseline": 80, "indicator": "HIGH"}, "0 1 1 2"),
    ("J09", "K", "L", "mmol/L", [3.4, 3.0, 2.9, 2.4], {"low": 3.5}, "2 2 3 4"),
    ("J10", "CACORR", "H", "mmol/L", [2.92], {"high": 2.55}, "2"),
    ("J11", "CACORR", "L", "mmol/L", [2.30], {"low": 2.15}, "0"),
    ("J13", "NEUT", "L", "10^9/L", [1.8, 1.2], {}, "- 2"),
    ("J14", "ALT", "H", "U/L", [300], {}, "-"),
    ("J33", "WBC", "H", "10^9/L", [101, 100], {}, "3 0"),
    ("J34", "INR", "H", "RATIO", [1.2, 1.3, 1.6, 2.6], {"baseline": 1.0}, "1 1 2 3"),
    ("hemoglobin against the upper limit", "HGB", "H", "g/L", [160, 161, 180, 180.1, 200, 200.1], {"high": 160},
     "0 1 1 2 2 3"),
    ("sodium 129 inclusive", "SODIUM", "L", "mmol/L", [119, 120, 129, 130, 135], {"low": 135}, "4 3 3 1 0"),
    ("magnesium has no grade 2", "MG", "H", "mmol/L", [1.23, 1.24, 3.3, 3.31], {"high": 1.05}, "1 3 3 4"),
    ("fibrinogen by limit", "FIBRINO", "L", "g/L", [0.49, 0.5, 1.0, 1.5, 2.0], {"low": 2.0, "baseline": 0.4},
     "4 3 2 1 0"),
    ("fibrinogen down by 75 percent", "FIBRINO", "L", "g/L", [1.9, 1.901], {"low": 2.0, "baseline": 7.6}, "4 3"),
    ("creatinine, the worse of both", "CREAT", "H", "umol/L", [90, 91, 151, 301, 601],
     {"high": 100, "baseline": 60}, "0 2 2 3 4"),
    ("creatinine without baseline", "CREAT", "H", "umol/L", [151, 101, 90], {"high": 100}, "2 1 -"),
    ("baseline high, its value missing", "ALT", "H", "U/L", [300], {"high": 40, "indicator": "HIGH"}, "-"),
    ("clotting time in any unit", "APTT", "H", "s", [40, 61, 101], {"high": 40}, "0 2 3"),
    ("not gradable by value", "FERRITIN", "H", "ug/L", [9000], {"high": 300}, "-"),
    ("no high term", "NEUT", "H", "10^9/L", [30], {"high": 7}, "-"),
]  # fmt: skip


def grade(
    test: str,
    direction: str,
    unit: str | None,
    values: list[float],
    low: float = NO,
    high: float = NO,
    baseline: float = NO,
    indicator: str | None = None,
) -> Outcome:
    size = len(values)
    return toxicity_grade(
        pd.Series(values, dtype="float64"), constant(unit, size), constant(test, size), direction, CTCAE,
        *(pd.Series(np.full(size, v)) for v in (low, high, baseline)), constant(indicator, size),
    )  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_grade(row: tuple[str, str, str, str, list[float], dict[str, Any], str]) -> None:
    _, test, direction, unit, values, limits, expected = row
    found = grade(test, direction, unit, values, **limits)
    assert [g or "-" for g in plain(found.values)] == expected.split()
    assert found.problems == []


def test_thresholds_that_binary_numbers_miss() -> None:
    # 3 x 0.1 and 2.5 x 1.1 are no binary numbers; 0.3 is not more than 3 x 0.1
    assert plain(grade("ALT", "H", "U/L", [0.3, 0.1 + 0.2], high=0.1, indicator="NORMAL").values) == ["1", "1"]
    assert plain(grade("CK", "H", "U/L", [2.75, 2.7500000000001], high=1.1).values) == ["1", "2"]


def test_another_unit_has_no_grade_and_is_a_finding() -> None:
    found = grade("HGB", "L", "g/dL", [7.9, NO], low=12)
    assert plain(found.values) == [None, None]
    (problem,) = found.problems
    assert problem.rule == "UNIT_NOT_GRADED"
    assert problem.rows.tolist() == [0]
    assert problem.values is not None
    assert plain(problem.values) == ["HGB in g/dL"]


def test_tests_are_graded_by_their_own_rows() -> None:
    found = toxicity_grade(
        pd.Series([79.0, 0.4, 30.0]), text(["g/L", "10^9/L", "10^9/L"]), text(["HGB", "NEUT", "PLAT"]), "L", CTCAE,
        pd.Series([120.0, 2.0, 150.0]),
    )  # fmt: skip
    assert plain(found.values) == ["3", "4", "3"]


def test_low_grades_are_negative() -> None:
    found = signed_toxicity_grade(text(["2", "0", "0", None, None, "0"]), text(["0", "3", "0", "1", None, None]))
    assert plain(found) == ["-2", "3", "0", "1", None, "0"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grade1": "v>X"}, "Potion, grade 1: 'v>X' is no condition: no variable 'X'; there are v, L, U, B, pchg"),
        ({"grade1": "CH: v>1"}, "no flag 'CH'"),
        ({"grade1": "v>"}, "Potion, grade 1: 'v>' is no condition"),
        ({"direction": "UP"}, "direction is L or H, not 'UP'"),
    ],
)
def test_a_faulty_table_says_where(changes: dict[str, str], message: str) -> None:
    row = {"term": "Potion", "direction": "H", "test": "K", "unit": "", "grade4": "", "grade3": "", "grade2": ""}
    table = pd.DataFrame([row | {"grade1": "v>U"} | changes], dtype="str")
    with pytest.raises(ValueError, match="grading table") as error:
        toxicity_grade(pd.Series([1.0]), text(["U"]), text(["K"]), "H", table)
    assert message in str(error.value)


def test_two_rows_of_a_test_in_one_direction() -> None:
    table = pd.concat([CTCAE, CTCAE.iloc[:1]], ignore_index=True)
    with pytest.raises(ValueError, match="HGB has two rows in direction L"):
        toxicity_grade(pd.Series([1.0]), text(["g/L"]), text(["HGB"]), "L", table)
