"""--LOBXFL (design basis 3.1; D19, D21, D22, D23)."""

import numpy as np
import pytest

from transforms.baseline import last_before_exposure
from transforms.columns import Column, constant, plain, text
from transforms.registry import Records


def _flags(
    dates: list[str | None],
    results: list[str | None],
    exposure: str | None = "2025-03-05T09:00",
    *,
    tests: list[str] | None = None,
    subjects: list[int] | None = None,
    status: list[str | None] | None = None,
    same_day: str = "exclude",
    timepoint: list[str | None] | None = None,
) -> list[str | None]:
    size = len(dates)
    flags: Column = last_before_exposure(
        result=text(results),
        date=text(dates),
        exposure=constant(exposure, size),
        by=[text(tests or ["HGB"] * size)],
        records=Records(np.array(subjects or [0] * size), np.arange(size)),
        status=None if status is None else text(status),
        same_day=same_day,
        planned_before=None if timepoint is None else text(timepoint),
        planned_values=["PRE-DOSE"],
    )
    return plain(flags)


def test_d21_last_value_before_first_dose() -> None:
    assert _flags(["2025-02-01", "2025-03-05T07:00"], ["34", "35"]) == [None, "Y"]


def test_d22_a_not_done_record_never_counts() -> None:
    dates: list[str | None] = ["2025-02-01", "2025-03-05T07:00"]
    assert _flags(dates, ["35", None], status=[None, "NOT DONE"]) == ["Y", None]
    assert _flags(dates, ["35", "36"], status=[None, "NOT DONE"]) == ["Y", None]


def test_d23_exposure_is_all_that_is_needed() -> None:
    assert _flags(["2025-03-04", "2025-03-06"], ["1", "2"]) == ["Y", None]
    assert _flags(["2025-03-04", "2025-03-06"], ["1", "2"], exposure=None) == [None, None]


def test_d19_same_day_without_time_counts_when_planned_before() -> None:
    dates: list[str | None] = ["2025-02-01", "2025-03-05", "2025-03-05"]
    results: list[str | None] = ["1", "2", "3"]
    assert _flags(dates, results) == ["Y", None, None]
    assert _flags(dates, results, timepoint=[None, "PRE-DOSE", "1H"]) == [None, "Y", None]
    assert _flags(dates, results, same_day="include") == [None, None, "Y"]


def test_d21_same_time_is_not_before() -> None:
    assert _flags(["2025-03-05T08:59", "2025-03-05T09:00"], ["1", "2"]) == ["Y", None]


def test_d21_times_are_compared_to_the_coarser_precision() -> None:
    assert _flags(["2025-03-05T09:00:30"], ["1"], exposure="2025-03-05T09:00") == [None]
    assert _flags(["2025-03-05T09"], ["1"], exposure="2025-03-05T09:30") == [None]
    assert _flags(["2025-03-05T08"], ["1"], exposure="2025-03-05T09:30") == ["Y"]


def test_d21_known_times_win_over_the_planned_time_point() -> None:
    assert _flags(["2025-03-05T10:00"], ["1"], timepoint=["PRE-DOSE"]) == [None]


def test_partial_dates_never_count() -> None:
    assert _flags(["2025-02", "2025", None], ["1", "2", "3"]) == [None, None, None]
    assert _flags(["2025-02-01"], ["1"], exposure="2025-03") == [None]


def test_one_flag_for_each_subject_and_test_the_last_delivered_of_a_tie() -> None:
    assert _flags(
        ["2025-02-01", "2025-02-01", "2025-02-01", "2025-02-01"],
        ["1", "2", "3", "4"],
        tests=["HGB", "HGB", "ALT", "HGB"],
        subjects=[0, 0, 0, 1],
    ) == [None, "Y", "Y", "Y"]


def test_same_day_is_one_of_two_words() -> None:
    with pytest.raises(ValueError, match="'exclude' or 'include'"):
        _flags(["2025-02-01"], ["1"], same_day="maybe")
