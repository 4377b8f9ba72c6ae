"""ISO 8601 as SDTM writes it: dates of any precision, durations, intervals."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.iso8601 import is_datetime, is_duration, is_interval, not_iso8601


@pytest.mark.parametrize(
    "text",
    [
        "2003", "2003-12", "2003-12-15", "2003-12-15T13", "2003-12-15T13:14", "2003-12-15T13:14:17",
        "2003-12-15T13:14:17.123", "2003---15", "--12-15", "-----T07:15", "2003-12-15T-:15", "2003-12-15T13:-:17",
        "2024-02-29", "2003-12-15T13:14:17Z", "2003-12-15T13:14+02:00",
    ],
)  # fmt: skip
def test_dates_of_any_precision(text: str) -> None:
    assert is_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "2003-", "2003--", "2003-13", "2003-02-30", "2023-02-29", "03-12-15", "15DEC2003", "2003-12-15 13:14",
        "2003-12-15T", "2003-12-15T25:00", "2003-12-15T13:60", "2003-12-15T13:-", "2003-1-5", "20031215", "2003-12-UN",
        "2003-12-15\n", "٢٠٠٣",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not is_datetime(text)


@pytest.mark.parametrize("text", ["P2Y", "P10W", "P2Y10M14D", "PT1H30M", "P3DT14H", "-PT15M", "PT0.5H"])
def test_durations(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize("text", ["P", "PT", "P1DT", "1D", "P1H", "PT1D", "P1W2D", ""])
def test_what_is_no_duration(text: str) -> None:
    assert not is_duration(text)


def test_intervals() -> None:
    assert is_interval("2003-12-01/2003-12-10")
    assert is_interval("2003-12-01T08:00/PT4H")
    assert is_interval("P2Y/2003-12")
    assert not is_interval("2003-12-01")
    assert not is_interval("P2Y/P3D")
    assert not is_interval("2003-12-01/")


def test_a_format_says_which_kinds_it_takes() -> None:
    values = pd.Index(["2003-12", "P2D", "2003/P2D", "soon"], dtype="str")
    assert not_iso8601("ISO 8601 datetime or interval")(values).tolist() == [False, True, False, True]
    assert not_iso8601("ISO 8601 duration")(values).tolist() == [True, False, True, True]
    assert not_iso8601("ISO 8601 duration or interval")(values).tolist() == [True, False, False, True]


@given(st.datetimes(min_value=datetime(1, 1, 1)))
def test_every_moment_as_python_writes_it_is_a_date(moment: datetime) -> None:
    assert is_datetime(moment.isoformat())
