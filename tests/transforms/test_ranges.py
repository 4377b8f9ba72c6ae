"""Reference ranges (design basis 3.5, 6.2; J13, J14, J17)."""

from pathlib import Path

import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.ranges import converted_limit, original_limit, range_indicator, range_limit

GENERAL = Path(__file__).parents[2] / "mappings" / "general" / "tables"
CONVERSIONS = pd.read_csv(GENERAL / "unit_conversions.csv", dtype=str, keep_default_na=False)


def test_j17_both_ends_of_one_text() -> None:
    column = text(["10\u201320", "12.0", "<5", "\u22653", None])
    assert plain(original_limit(column, "low").values) == ["10", "12.0", None, "3", None]
    assert plain(original_limit(column, "high").values) == ["20", "12.0", "5", None, None]
    assert original_limit(column, "low").problems == []


def test_j17_unreadable_range() -> None:
    outcome = original_limit(text(["NEGATIVE", "1-2"]), "low")
    assert plain(outcome.values) == [None, "1"]
    assert [(p.rule, p.rows.tolist()) for p in outcome.problems] == [("RANGE_UNREADABLE", [0])]
    with pytest.raises(ValueError, match="'low' or 'high'"):
        original_limit(text(["1"]), "upper")


def test_limits_take_the_factor_of_the_result() -> None:
    limits = text(["12.0", "12.0-15.5", "12.0", "12.0"])
    units = text(["g/dL", "g/dL", None, "U/L"])
    tests, standard = text(["HGB"] * 4), text(["g/L"] * 4)
    assert plain(range_limit(limits, "low", units, tests, standard, CONVERSIONS)) == [120, 120, None, None]
    assert plain(range_limit(limits, "high", units, tests, standard, CONVERSIONS)) == [120, 155, None, None]


@pytest.mark.parametrize(
    ("result", "low", "high", "expected"),
    [
        ("119", 120, 160, "LOW"),
        ("120", 120, 160, "NORMAL"),
        ("160", 120, 160, "NORMAL"),
        ("161", 120, 160, "HIGH"),
        ("1.8", None, 5.0, "NORMAL"),
        ("6", None, 5.0, "HIGH"),
        ("1.8", 2.0, None, "LOW"),
        ("300", None, None, None),
        (None, 120, 160, None),
        ("TRACE", 120, 160, None),
        ("<5", 5, 10, "LOW"),
        ("<=5", 5, 10, None),
        ("<5", 2, 10, None),
        ("<5", 0, 5, "NORMAL"),
        ("<5", None, 5, "NORMAL"),
        ("<5", 0, 3, None),
        (">5000", 0, 7, "HIGH"),
        (">7", 0, 7, "HIGH"),
        (">=7", 0, 7, None),
        (">60", 60, None, "NORMAL"),
        (">50", 60, None, None),
        ("3-5", 2, 6, "NORMAL"),
        ("3-5", 4, 6, None),
        ("3-5", 6, 9, "LOW"),
    ],
)
def test_range_indicator(result: str | None, low: float | None, high: float | None, expected: str | None) -> None:
    columns = [pd.Series([v], dtype="float64") for v in (low, high)]
    assert plain(range_indicator(text([result]), *columns)) == [expected]


def test_text_range() -> None:
    numbers = pd.Series([float("nan")] * 4)
    texts = range_indicator(
        text(["NEGATIVE", "POSITIVE", None, "5"]), numbers, numbers, text(["Negative", "NEGATIVE", "NEGATIVE", None])
    )
    assert plain(texts) == ["NORMAL", "ABNORMAL", None, None]


def test_converted_limit_is_in_the_standard_unit() -> None:
    conversions = pd.DataFrame(
        {"test": [""], "specimen": [""], "from": ["copies/50 ng"], "to": ["DNA copies/ug"], "factor": ["20"]}
    )
    made = converted_limit(
        text(["2.5", "50", "50", None]),
        text(["copies/50 ng", "DNA copies/ug", None, "DNA copies/ug"]),
        text(["CARCOPY"] * 4),
        text(["DNA copies/ug"] * 4),
        conversions,
    )
    assert made.fillna(-1).tolist() == [50.0, 50.0, -1, -1]


def test_a_limit_whose_point_may_part_thousands_is_left_empty() -> None:
    limits, comma = text(["1.234", "1.234-1.300", "1,234"]), text([","] * 3)
    low = original_limit(limits, "low", comma)
    assert plain(low.values) == [None, None, "1,234"]
    assert [(p.rule, p.rows.tolist(), plain(p.values)) for p in low.problems] == [
        ("RANGE_UNREADABLE", [0, 1], ["1.234", "1.234-1.300"])
    ]


def test_ranges_with_a_decimal_comma_stay_as_collected_and_count_with_a_point() -> None:
    limits, comma = text(["3,5-5,1", "<1,5", "4.2"]), text([","] * 3)
    high = original_limit(limits, "high", comma)
    assert plain(high.values) == ["5,1", "1,5", "4.2"]
    assert high.problems == []
    table = pd.DataFrame({"from": ["g/dL"], "to": ["g/L"], "factor": ["10"]}, dtype="str")
    made = range_limit(
        high.values, "high", text(["g/dL"] * 3), text(["X"] * 3), text(["g/L", "g/L", "AS COLLECTED"]), table,
        decimal=comma,
    )  # fmt: skip
    assert plain(made) == [51, 15, 4.2]
