"""Days and times from texts and numbers."""

import numpy as np
import pandas as pd

from transforms.columns import plain, text
from transforms.moments import Times, day_bounds, days, is_before, iso_days, seconds_of


def test_days_of_texts_and_numbers() -> None:
    np.testing.assert_array_equal(days(text(["1960-01-02", "1960-01", None])), [1, np.nan, np.nan])
    np.testing.assert_array_equal(days(pd.Series([5.0, np.nan])), [5, np.nan])


def test_the_days_that_a_partial_date_may_mean() -> None:
    first, last = day_bounds(text(["1960-01", "1960-01-02", None]))
    np.testing.assert_array_equal(first, [0, 1, np.nan])
    np.testing.assert_array_equal(last, [30, 1, np.nan])


def test_a_time_decides_on_one_day_only_where_both_are_known() -> None:
    day = np.array([10.0, 10.0, 10.0, 9.0, np.nan])
    times = Times.of(text(["1960-01-11T08:00", "1960-01-11", "1960-01-11T10:30", None, None]), 5)
    other = Times.of(text(["1960-01-11T10:30:20"] * 5), 5)
    assert is_before(day, np.full(5, 10.0), times, other).tolist() == [True, False, False, True, False]


def test_datetimes_are_times() -> None:
    one, other = Times.of(pd.Series([36000.0, np.nan]), 2), Times.of(pd.Series([36001.0, 5.0]), 2)
    assert is_before(np.zeros(2), np.zeros(2), one, other).tolist() == [True, False]


def test_seconds_of_days_and_texts() -> None:
    assert seconds_of(pd.Series([1.0]), last=False).tolist() == [86400]
    assert seconds_of(pd.Series([1.0]), last=True).tolist() == [2 * 86400 - 1]
    assert seconds_of(text(["1960-01-01T00:01", "1960-01-01T00:01:05"]), last=True).tolist() == [119, 65]


def test_numeric_dates_as_iso_8601() -> None:
    found = iso_days(pd.Series([0.0, 23801.0, np.nan, -1.0, 23801.0, 3653.0]))
    assert plain(found) == ["1960-01-01", "2025-03-01", None, "1959-12-31", "2025-03-01", "1970-01-01"]
