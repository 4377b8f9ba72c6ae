"""Relative days, baseline and change, ranges and shifts, windows, groups and numbers."""

import numpy as np
import pandas as pd
import pytest

from transforms.analysis import (
    analysis_window,
    baseline_flag,
    baseline_value,
    before_reference,
    change,
    closest_to_target,
    code_number,
    exceeds,
    group_value,
    percent_change,
    ratio,
    reference_range_indicator,
    relative_day,
    scaled,
    shift,
)
from transforms.columns import Column, plain, text
from transforms.registry import Records


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def numbers(*values: float | None) -> Column:
    return pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)


def table(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: text(values) for name, values in columns.items()})


def test_d07_relative_days_have_no_zero() -> None:
    assert plain(relative_day(numbers(99, 100, 101, None), numbers(100, 100, 100, 100))) == [-1, 1, 2, None]
    assert plain(relative_day(text(["2025-03-09"]), text(["2025-03-10T10:30"]))) == [-1]


def test_baseline_is_the_last_value_on_or_before_the_reference() -> None:
    test = text(["HGB"] * 4 + ["ALT"])
    made = baseline_flag(
        value=numbers(100, 110, None, 120, 30),
        date=text(["2025-02-01", "2025-03-05", "2025-03-07", "2025-03-11", "2025-03-10"]),
        reference=text(["2025-03-10"] * 5),
        by=[test],
        records=records(0, 0, 0, 0, 0),
    )
    assert plain(made) == [None, "Y", None, None, "Y"]


def test_d19_on_the_day_itself_times_decide_and_then_what_was_planned() -> None:
    date = text(["2025-03-10T10:00", "2025-03-10T10:31", "2025-03-10", "2025-03-10"])
    planned = text([None, None, "PRE-DOSE", "POST-DOSE"])

    def flags(*rows: int, same_day: str = "exclude") -> list[str | None]:
        chosen = list(rows)
        made = baseline_flag(
            numbers(*[1] * len(chosen)), date.iloc[chosen], text(["2025-03-10"] * len(chosen)),
            [text(["HGB"] * len(chosen))], records(*[0] * len(chosen)), time=date.iloc[chosen],
            reference_time=text(["2025-03-10T10:30"] * len(chosen)), same_day=same_day,  # type: ignore[arg-type]
            planned=planned.iloc[chosen], planned_values=["PRE-DOSE"],
        )  # fmt: skip
        return plain(made)

    assert flags(0, 1) == ["Y", None]
    assert flags(2, 3) == ["Y", None]
    assert flags(3) == [None]
    assert flags(3, same_day="include") == ["Y"]
    assert flags(1) == [None]


def test_a_missing_group_is_a_group() -> None:
    made = baseline_flag(numbers(1, 2), numbers(5, 6), numbers(9, 9), [text([None, "BLOOD"])], records(0, 0))
    assert plain(made) == ["Y", "Y"]


def test_baseline_value_goes_to_every_record_of_the_group() -> None:
    test, flag = text(["HGB", "HGB", "ALT", "HGB"]), text(["Y", None, None, "Y"])
    made = baseline_value(numbers(100, 120, 30, 90), flag, records(0, 0, 0, 1), [test])
    assert plain(made.values) == [100, 100, None, 90]
    assert made.problems == []
    words = baseline_value(text(["LOW", "HIGH", None, "NORMAL"]), flag, records(0, 0, 0, 1), [test])
    assert plain(words.values) == ["LOW", "LOW", None, "NORMAL"]


def test_two_baselines_are_none() -> None:
    made = baseline_value(numbers(1, 2, 3), text(["Y", "Y", None]), records(0, 0, 0))
    assert plain(made.values) == [None, None, None]
    assert [(p.rule, p.rows.tolist()) for p in made.problems] == [("BASELINE_SEVERAL", [0, 1])]


def test_change_percent_change_and_ratio() -> None:
    value, base = numbers(120, 80, 5, None, -5), numbers(100, 100, 0, 10, -10)
    assert plain(change(value, base)) == [20, -20, 5, None, 5]
    assert plain(percent_change(value, base)) == [20, -20, None, None, 50]
    assert plain(ratio(value, base)) == [1.2, 0.8, None, None, 0.5]


def test_shifts() -> None:
    made = shift(text(["NORMAL", None, "LOW", None]), text(["HIGH", "HIGH", None, None]))
    assert plain(made) == ["NORMAL to HIGH", "NULL to HIGH", "LOW to NULL", None]


def test_limits_of_a_range_are_inclusive_and_binary_noise_does_not_count() -> None:
    value = numbers(1, 2, 5, 6, 1.1 * 1.1, None, 3)
    low = numbers(2, 2, 2, 2, 1.21, 2, None)
    high = numbers(5, 5, 5, 5, 1.21, 5, None)
    assert plain(reference_range_indicator(value, low, high)) == [
        "LOW",
        "NORMAL",
        "NORMAL",
        "HIGH",
        "NORMAL",
        None,
        None,
    ]


def test_one_limit_and_extreme_limits() -> None:
    assert plain(reference_range_indicator(numbers(9, 1), numbers(None, None), numbers(8, 8))) == ["HIGH", "NORMAL"]
    made = reference_range_indicator(
        numbers(0, 1, 9, 20), numbers(*[2] * 4), numbers(*[8] * 4), numbers(*[0.5] * 4), numbers(*[10] * 4)
    )
    assert plain(made) == ["LOW LOW", "LOW", "HIGH", "HIGH HIGH"]


WINDOWS = table(
    AVISIT=["Baseline", "Day 28", "Month 2"], AVISITN=["0", "28", "60"], TARGET=["1", "29", "61"], LOW=[None, "2", None]
)


def test_windows_by_midpoints_between_targets() -> None:
    """Day 29 and day 61 have their middle at day 45, which is of the earlier; before day 2 all is baseline."""
    day = numbers(-5, 1, 2, 29, 45, 46, 400, None)
    expected = ["Baseline", "Baseline", "Day 28", "Day 28", "Day 28", "Month 2", "Month 2", None]
    table_ = WINDOWS.assign(HIGH=text(["1", None, None]))
    assert plain(analysis_window(day, table_)) == expected
    assert plain(analysis_window(day, table_, "AVISITN")) == [0, 0, 28, 28, 28, 60, 60, None]
    assert plain(analysis_window(numbers(45), table_, tie="later")) == ["Month 2"]


def test_the_bounds_of_a_window() -> None:
    table_ = WINDOWS.assign(HIGH=text(["1", None, None]))
    assert plain(analysis_window(numbers(1, 29, 61), table_, "AWLO")) == [None, 2, 46]
    assert plain(analysis_window(numbers(1, 29, 61), table_, "AWHI")) == [1, 45, None]


def test_the_middle_across_the_missing_day_zero() -> None:
    """Days -1 and 1 are neighbours: from -4 to 1 there are four days, the middle is day -2."""
    table_ = table(AVISIT=["A", "B"], TARGET=["-4", "1"])
    assert plain(analysis_window(numbers(-2, -1, 1), table_)) == ["A", "B", "B"]


def test_windows_of_a_group_go_before_those_for_all() -> None:
    table_ = table(AVISIT=["X", "Y"], LOW=["1", "1"], HIGH=["10", "10"], BY=["MCPROT", None])
    assert plain(analysis_window(numbers(5, 5, 11), table_, by=text(["MCPROT", "ALT", "ALT"]))) == ["X", "Y", None]


def test_the_record_closest_to_the_target() -> None:
    visit, target = text(["D28"] * 4), numbers(29, 29, 29, 29)
    assert plain(closest_to_target(numbers(27, 31, 20, None), target, [visit], records(0, 0, 0, 0))) == [
        None,
        "Y",
        None,
        None,
    ]
    assert plain(
        closest_to_target(numbers(27, 31), numbers(29, 29), [text(["D28"] * 2)], records(0, 0), "earlier")
    ) == [
        "Y",
        None,
    ]


AGES = table(FROM=[None, "65", "75"], TO=["65", "75", None], GROUP=["<65", "65-74", ">=75"], GROUPN=["1", "2", "3"])


def test_groups_of_a_number() -> None:
    age = numbers(64, 65, 74.9, 75, None)
    assert plain(group_value(age, AGES)) == ["<65", "65-74", "65-74", ">=75", None]
    assert plain(group_value(age, AGES, "GROUPN")) == [1, 2, 2, 3, None]


def test_numbers_of_codes() -> None:
    made = code_number(text(["SEVERE", "MILD", None, "AWFUL"]), order=["MILD", "MODERATE", "SEVERE"])
    assert plain(made.values) == [3, 1, None, None]
    (problem,) = made.problems
    assert problem.values is not None
    assert (problem.rule, problem.rows.tolist(), plain(problem.values)) == ("UNLISTED_VALUE", [3], ["AWFUL"])
    listed = code_number(text(["DL1", "DL3"]), table=table(VALUE=["DL1", "DL3"], NUMBER=["150", "450"]))
    assert plain(listed.values) == [150, 450]
    with pytest.raises(ValueError, match="either `order` or `table`"):
        code_number(text(["A"]))


def test_before_and_after_a_reference() -> None:
    date = text(["2025-03-09", "2025-03-10", "2025-03-10", "2025-03-11", "2025-03", None])
    planned = text([None, "PRE-DOSE", None, "PRE-DOSE", None, None])
    reference = text(["2025-03-10"] * 6)
    made = before_reference(date, reference, same_day="exclude", planned=planned, planned_values=["PRE-DOSE"])
    assert plain(made) == ["Y", "Y", "N", "N", None, None]
    assert plain(before_reference(date, text([None] * 6))) == [None] * 6


def test_j07_three_times_the_limit_exactly_does_not_exceed_it() -> None:
    ratios = ratio(numbers(121, 120, 110.1, None), numbers(40, 40, 36.7, 40))
    assert plain(exceeds(ratios, 3)) == ["Y", "N", "N", None]


def test_a_number_in_another_unit() -> None:
    assert plain(scaled(numbers(452690, None), 24)) == [10864560, None]
