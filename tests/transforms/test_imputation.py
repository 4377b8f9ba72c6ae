"""Imputed dates and their flags: admiral's rules, and R-15 of the design basis."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import Column, plain, text
from transforms.imputation import (
    add_days,
    convert_dt_to_dtm,
    convert_dtc_to_dt,
    convert_dtc_to_dtm,
    convert_dtm_to_dt,
    convert_dtm_to_tm,
    date_imputation_flag,
    date_precision,
    time_imputation_flag,
)


def days(*values: str | None) -> Column:
    """Day numbers of calendar dates."""
    return pd.Series(
        [np.nan if v is None else (date.fromisoformat(v) - date(1960, 1, 1)).days for v in values], dtype=float
    )


def dates(column: Column) -> list[str | None]:
    """Day numbers as calendar dates."""
    return [None if pd.isna(v) else date.fromordinal(int(v) + date(1960, 1, 1).toordinal()).isoformat() for v in column]


def moments(column: Column) -> list[str | None]:
    """Datetime numbers as ISO 8601."""
    start = datetime(1960, 1, 1)
    return [None if pd.isna(v) else (start + pd.Timedelta(seconds=v)).isoformat() for v in column]


PARTIAL = ["2019-07-18T15:25:40", "2019-07-18", "2019-02", "2019", "2019---07", None]


def test_without_imputation_only_complete_dates_count() -> None:
    assert dates(convert_dtc_to_dt(text(PARTIAL))) == ["2019-07-18", "2019-07-18", None, None, None, None]


def test_the_first_day_and_the_first_month() -> None:
    made = convert_dtc_to_dt(text(PARTIAL), "M", "first")
    assert dates(made) == ["2019-07-18", "2019-07-18", "2019-02-01", "2019-01-01", "2019-01-01", None]


def test_only_the_day_may_be_imputed() -> None:
    made = convert_dtc_to_dt(text(PARTIAL), "D", "last")
    assert dates(made) == ["2019-07-18", "2019-07-18", "2019-02-28", None, None, None]


def test_the_middle_and_a_day_of_the_year() -> None:
    assert dates(convert_dtc_to_dt(text(["2019-02", "2019"]), "M", "mid")) == ["2019-02-15", "2019-06-30"]
    assert dates(convert_dtc_to_dt(text(["2019-02", "2019"]), "M", "04-30")) == ["2019-02-28", "2019-04-30"]


@pytest.mark.parametrize("rule", ["FIRST", "13-01", "1-1", ""])
def test_a_rule_that_is_none(rule: str) -> None:
    with pytest.raises(ValueError, match="date_imputation is 'first', 'mid', 'last' or 'MM-DD'"):
        convert_dtc_to_dt(text(["2019"]), "M", rule)
    with pytest.raises(ValueError, match="a time is 'HH:MM:SS'"):
        convert_dtc_to_dtm(text(["2019"]), "M", "first", "25:00:00")


def test_a_minimum_counts_only_where_the_collected_part_allows_it() -> None:
    made = convert_dtc_to_dt(text(["2020-11", "2020-11", "2020-11-05"]), "D", min_dates=[
        days("2020-11-12", "2020-12-06", "2020-11-12"), days("2020-11-11", None, None),
    ])  # fmt: skip
    assert dates(made) == ["2020-11-12", "2020-11-01", "2020-11-05"]


def test_a_maximum_counts_only_where_the_collected_part_allows_it() -> None:
    made = convert_dtc_to_dt(
        text(["2020-11", "2020-11"]),
        "D",
        "last",
        max_dates=[days("2020-11-12", "2020-10-06"), text(["2020-11-20"] * 2)],
    )
    assert dates(made) == ["2020-11-12", "2020-11-20"]


def test_r15_start_date_becomes_the_first_treatment_where_that_is_possible() -> None:
    """D01 to D05: the reference in the same month or year, unless the event ended before it."""
    starts = text(["2025-03", "2025-03", "2025-02", "2025", "2025", "2024", None, None])
    ends = text([None, "2025-03-05", None, None, "2025-02", None, None, "2025-03-05"])
    reference = days(*["2025-03-10"] * 8)
    made = convert_dtc_to_dt(starts, "Y", min_dates=[reference], end=ends)
    expected = ["2025-03-10", "2025-03-01", "2025-02-01", "2025-03-10", "2025-01-01", "2024-01-01", "2025-03-10", None]
    assert dates(made) == expected
    assert plain(date_imputation_flag(starts, made)) == ["D", "D", "D", "M", "M", "M", "Y", None]


def test_r15_an_end_that_may_lie_after_the_reference_does_not_keep_from_it() -> None:
    made = convert_dtc_to_dt(text(["2025-03"]), "Y", min_dates=[days("2025-03-10")], end=text(["2025-03"]))
    assert dates(made) == ["2025-03-10"]


def test_r15_end_date_is_capped_at_the_earliest_limit() -> None:
    """D06: month end 2025-04-30 capped at death; never before the first day that is possible."""
    ends = text(["2025-04", "2025-04", "2025", "2025-04", "2025-04-25"])
    death = days("2025-04-20", None, None, None, "2025-04-20")
    contact = days("2025-05-30", "2025-04-28", None, "2025-03-02", None)
    made = convert_dtc_to_dt(ends, "M", "last", caps=[death, contact, days(*["2026-03-31"] * 5)])
    assert dates(made) == ["2025-04-20", "2025-04-28", "2025-12-31", "2025-04-01", "2025-04-25"]


def test_r15_death_follows_the_last_day_alive_within_its_month() -> None:
    """D09 to D11: max(first of the month, last known alive + 1) but within that month; all missing: alive + 1."""
    death = text(["2025-06", "2025-06", "2025", "2025-06", None, "2025"])
    alive = days("2025-06-12", "2025-05-20", "2025-09-15", "2025-06-30", "2025-08-01", None)
    made = convert_dtc_to_dt(death, "Y", "first", floors=[add_days(alive, 1)], caps=[days(*["2026-03-31"] * 6)])
    assert dates(made) == ["2025-06-13", "2025-06-01", "2025-09-16", "2025-06-30", "2025-08-02", "2025-01-01"]
    assert plain(date_imputation_flag(death, made)) == ["D", "D", "M", "D", "Y", "M"]


def test_r15_death_is_never_after_the_cut() -> None:
    made = convert_dtc_to_dt(text([None]), "Y", floors=[days("2026-04-01")], caps=[days("2026-03-31")])
    assert dates(made) == ["2026-03-31"]


def test_datetimes_with_imputed_times() -> None:
    collected = text(["2019-07-18T15:25:40", "2019-07-18T15:25", "2019-07-18T15", "2019-07-18", "2019-02", None])
    first = convert_dtc_to_dtm(collected)
    assert moments(first)[:4] == [
        "2019-07-18T15:25:40", "2019-07-18T15:25:00", "2019-07-18T15:00:00", "2019-07-18T00:00:00",
    ]  # fmt: skip
    assert moments(first)[4:] == [None, None]
    last = convert_dtc_to_dtm(collected, "M", "last", "last")
    assert moments(last)[1:5] == [
        "2019-07-18T15:25:59", "2019-07-18T15:59:59", "2019-07-18T23:59:59", "2019-02-28T23:59:59",
    ]  # fmt: skip
    assert moments(convert_dtc_to_dtm(collected, "h", "first", "12:30:15"))[2:4] == [
        "2019-07-18T15:30:15",
        "2019-07-18T12:30:15",
    ]
    assert plain(time_imputation_flag(collected, last)) == [None, "S", "M", "H", "H", None]
    assert plain(time_imputation_flag(collected, last, ignore_seconds=True)) == [None, None, "M", "H", "H", None]


def test_a_limit_without_time_stands_for_its_whole_day() -> None:
    low = convert_dtc_to_dtm(text(["2020-11"]), "D", "first", "first", min_dates=[days("2020-11-12")])
    assert moments(low) == ["2020-11-12T00:00:00"]
    high = convert_dtc_to_dtm(text(["2020-11"]), "D", "last", "last", max_dates=[text(["2020-11-12"])])
    assert moments(high) == ["2020-11-12T23:59:59"]


def test_parts_of_a_datetime() -> None:
    moment = convert_dtc_to_dtm(text(["2019-07-18T15:25:40", None]))
    assert dates(convert_dtm_to_dt(moment)) == ["2019-07-18", None]
    assert moments(convert_dt_to_dtm(days("2019-07-18"), "08:30:00")) == ["2019-07-18T08:30:00"]
    assert plain(convert_dtm_to_tm(moment)) == [15 * 3600 + 25 * 60 + 40, None]


def test_precision_and_days_later() -> None:
    assert plain(date_precision(text(PARTIAL))) == ["DAY", "DAY", "MONTH", "YEAR", "YEAR", "NONE"]
    assert dates(add_days(text(["2024-02-28", "2024-02"]), 1)) == ["2024-02-29", None]


@given(st.dates(date(1960, 1, 1), date(2100, 1, 1)), st.sampled_from([4, 7, 10]), st.dates(), st.dates())
def test_what_is_imputed_stays_within_what_was_collected(day: date, length: int, low: date, high: date) -> None:
    collected = text([day.isoformat()[:length]])
    limits = {"floors": [days(low.isoformat())], "caps": [days(high.isoformat())]}
    for rule in ("first", "mid", "last", "02-30"):
        made = dates(convert_dtc_to_dt(collected, "Y", rule, **limits))
        assert made[0] is not None
        assert made[0].startswith(day.isoformat()[:length])
