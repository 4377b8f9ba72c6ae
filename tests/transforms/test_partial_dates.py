"""ISO 8601 text of any precision as spans of time."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import plain, text
from transforms.partial_dates import (
    after,
    before,
    date_only,
    day_number,
    earliest_day,
    earliest_second,
    has_time,
    is_complete_date,
    iso_from_days,
    latest_day,
    shift_days,
)

PRECISIONS = ["2025", "2025-03", "2025-03-10", "2025-03-10T10", "2025-03-10T10:30", "2025-03-10T10:30:15", None]


def test_r16_the_earliest_day_that_a_date_may_mean():
    assert plain(iso_from_days(earliest_day(text(PRECISIONS)))) == [
        *["2025-01-01", "2025-03-01", "2025-03-10", "2025-03-10", "2025-03-10", "2025-03-10", None]
    ]


def test_the_latest_day_that_a_date_may_mean():
    values = ["2025", "2025-03", "2025-02", "2024-02", "2025-12", "2025-03-10T10:30", None]
    assert plain(iso_from_days(latest_day(text(values)))) == [
        *["2025-12-31", "2025-03-31", "2025-02-28", "2024-02-29", "2025-12-31", "2025-03-10", None]
    ]


def test_day_numbers_are_sas_days_of_complete_dates():
    values = ["1960-01-01", "1959-12-31", "2025-03-10", "2025-03-10T10:30", "2025-03", "2025", None]
    assert plain(day_number(text(values))) == [0, -1, 23810, 23810, None, None, None]


def test_complete_dates_and_times():
    assert is_complete_date(text(PRECISIONS)).tolist() == [False, False, True, True, True, True, False]
    assert has_time(text(PRECISIONS)).tolist() == [False, False, False, True, True, True, False]


def test_seconds_order_texts_of_different_precision():
    values = ["2025-03-10T10:30", "2025-03-10", "2025-03", "2025-03-10T09:59:59", "1960-01-01T00:01"]
    assert plain(earliest_second(text(values)))[4] == 60
    ordered = text(values).iloc[np.argsort(earliest_second(text(values)))]
    assert plain(ordered) == ["1960-01-01T00:01", "2025-03", "2025-03-10", "2025-03-10T09:59:59", "2025-03-10T10:30"]


@pytest.mark.parametrize(
    "value", ["2025-02-29", "2025-13", "2025-3-4", "10MAR2025", "2025-03-10 10:30", "2025-03-10T25", "２０２５", "UNK"]
)
def test_what_is_not_iso_8601_is_missing(value):
    assert plain(earliest_day(text([value]))) == [None]


@pytest.mark.parametrize("value", ["2025-03-10T10:30:15.5", "2025-03-10T10:30Z", "2025-03-10T10:30:15+08:00"])
def test_fractions_and_offsets_are_not_seen(value):
    assert plain(day_number(text([value]))) == [23810]


def test_a_hole_in_a_date_ends_what_is_known():
    assert plain(iso_from_days(latest_day(text(["2025---15"])))) == ["2025-12-31"]


def test_d18_before_and_after_at_the_common_precision():
    one = text(["2025-03-09", "2025-03-10", "2025-03-11", "2025-03-10T10:29", "2025-02", "2024"])
    other = text(["2025-03-10"] * 3 + ["2025-03-10T10:30", "2025-03-10", "2025-03"])
    assert before(one, other).holds.tolist() == [True, False, False, True, True, True]
    assert before(one, other).undecided.tolist() == [False] * 6
    assert after(one, other).holds.tolist() == [False, False, True, False, False, False]


def test_dates_that_are_too_imprecise_to_compare_are_undecided():
    one = text(["2025-03", "2025-03-10", "2025-03", "2025", "2025-03-10T10", None, None])
    other = text(["2025-03-10", "2025-03-10T10:30", "2025-03", "2025-03", "2025-03-10T10:30", "2025", None])
    assert before(one, other).holds.tolist() == [False] * 7
    assert before(one, other).undecided.tolist() == [True, True, True, True, True, False, False]
    assert after(one, other).undecided.tolist() == [True, True, True, True, True, False, False]


def test_shift_days():
    values = text(["2025-03-10T10:30", "2024-02-28", "2025-03", None, "9999-12-31"])
    assert plain(shift_days(values, 29)) == ["2025-04-08", "2024-03-28", None, None, None]
    assert plain(shift_days(values, -10))[:2] == ["2025-02-28", "2024-02-18"]


def test_iso_from_days():
    assert plain(iso_from_days(pd.Series([0.0, -1.0, 23810.9, np.nan]))) == [
        *["1960-01-01", "1959-12-31", "2025-03-10", None]
    ]
    assert plain(iso_from_days(pd.Series([], dtype="float64"))) == []


def test_date_only():
    assert plain(date_only(text(["2025-03-10T10:30", "2025-03", None]))) == ["2025-03-10", "2025-03", None]


MOMENTS = st.datetimes(datetime.datetime(1582, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59))
CUTS = st.sampled_from([4, 7, 10, 13, 16, 19])


@given(st.lists(st.tuples(MOMENTS, CUTS), max_size=20))
def test_a_moment_lies_within_every_span_cut_from_it(moments):
    cut = text([m.isoformat(timespec="seconds")[:length] for m, length in moments])
    days = [(m.date() - datetime.date(1960, 1, 1)).days for m, _ in moments]
    assert (earliest_day(cut) <= days).all()
    assert (latest_day(cut) >= days).all()


@given(st.lists(st.tuples(MOMENTS, CUTS, MOMENTS, CUTS), max_size=20))
def test_an_order_that_holds_is_true_of_the_moments_behind(pairs):
    one = text([m.isoformat(timespec="seconds")[:length] for m, length, _, _ in pairs])
    other = text([m.isoformat(timespec="seconds")[:length] for _, _, m, length in pairs])
    truly = np.array([a < b for a, _, b, _ in pairs], dtype=bool)
    assert (truly | ~before(one, other).holds).all()
    assert not (before(one, other).holds & after(one, other).holds).any()
    assert (before(one, other).undecided == after(one, other).undecided).all()


@given(st.lists(MOMENTS, max_size=20))
def test_days_survive(moments):
    dates = [m.date().isoformat() for m in moments]
    assert plain(iso_from_days(day_number(text(dates)))) == dates
