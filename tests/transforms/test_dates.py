"""Columns of collected dates as ISO 8601."""

import numpy as np
import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.dates import RULES, FormatError, iso8601, iso8601_parts


def found(outcome):
    return {p.rule: (p.severity, p.rows.tolist(), plain(p.values)) for p in outcome.problems}


def test_m1_partial_dates():
    outcome = iso8601(text(["07 APR 2025", "UN APR 2025", "UN UNK 2025", None]), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["2025-04-07", "2025-04", "2025", None]
    assert outcome.problems == []


def test_d01_d02_d03_partial_dates_of_the_scenarios():
    outcome = iso8601(text(["UN MAR 2025", "UN MAR 2025", "UN UNK 2025"]), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["2025-03", "2025-03", "2025"]


def test_d05_wholly_unknown_leaves_an_issue_row():
    outcome = iso8601(text(["07 APR 2025", "UN UNK UNK"]), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["2025-04-07", None]
    assert found(outcome) == {"DATE_UNKNOWN": ("note", [1], ["UN UNK UNK"])}


def test_d13_impossible_date_keeps_its_raw_text():
    outcome = iso8601(text(["31 FEB 2025", "07 APR 2025", "31 FEB 2025"]), date_format="DD MON YYYY")
    assert plain(outcome.values) == [None, "2025-04-07", None]
    assert found(outcome) == {"DATE_IMPOSSIBLE": ("error", [0, 2], ["31 FEB 2025", "31 FEB 2025"])}
    assert "{value}" in outcome.problems[0].message


def test_d14_numeric_dates_without_a_format_are_an_error_not_a_guess():
    outcome = iso8601(text(["03/04/2025", "25/04/2025", "2025-04-07"]), date_format=None)
    assert plain(outcome.values) == [None, None, "2025-04-07"]
    assert found(outcome) == {"DATE_AMBIGUOUS": ("error", [0, 1], ["03/04/2025", "25/04/2025"])}


def test_d15_start_and_end_of_a_collection():
    outcome = iso8601(text(["01 MAR 2025", "02 MAR 2025"]), text(["07:00", "07:00"]), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["2025-03-01T07:00", "2025-03-02T07:00"]


def test_d25_seconds_only_when_collected():
    outcome = iso8601(text(["2025-03-10 10:30:00", "2025-03-10 10:30"]), date_format="YYYY-MM-DD HH:MM:SS")
    assert plain(outcome.values) == ["2025-03-10T10:30:00", "2025-03-10T10:30"]


def test_m1_time_without_a_complete_date_is_dropped_and_noted():
    outcome = iso8601(
        text(["UN APR 2025", None, "07 APR 2025", "31 FEB 2025"]),
        text(["07:30", "08:00", "09:00", "10:00"]),
        date_format="DD MON YYYY",
    )
    assert plain(outcome.values) == ["2025-04", None, "2025-04-07T09:00", None]
    assert found(outcome)["DATE_TIME_DROPPED"] == ("note", [0, 1], ["07:30", "08:00"])
    assert "DATE_IMPOSSIBLE" in found(outcome)


def test_m2_unknown_times_leave_the_date():
    outcome = iso8601(
        text(["07 APR 2025"] * 5), text(["UN:UN", "99:99", "24:00", None, "07:UN"]), date_format="DD MON YYYY"
    )
    assert plain(outcome.values) == ["2025-04-07"] * 4 + ["2025-04-07T07"]
    assert found(outcome) == {"TIME_END_OF_DAY": ("note", [2], ["24:00"])}


def test_m2_the_end_of_a_day_within_the_date():
    outcome = iso8601(text(["2025-04-07T24:00", "2025-04-07T00:00", "2025-04-07T24:01"]), date_format="ISO8601")
    assert plain(outcome.values) == ["2025-04-07", "2025-04-07T00:00", "2025-04-07"]
    assert found(outcome) == {
        "TIME_END_OF_DAY": ("note", [0], ["2025-04-07T24:00"]),
        "TIME_UNREADABLE": ("error", [2], ["2025-04-07T24:01"]),
    }


def test_years_that_nobody_of_today_lives_in_are_told_and_kept():
    dates = ["07 APR 1899", "07 APR 1900", "UN UNK 2100", "07 APR 2101", "07 APR 0205", "07 APR 9999", "UN APR 2205"]
    outcome = iso8601(text(dates), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["1899-04-07", "1900-04-07", "2100", "2101-04-07", None, None, "2205-04"]
    assert found(outcome)["DATE_IMPLAUSIBLE"] == ("warning", [0, 3, 6], ["07 APR 1899", "07 APR 2101", "UN APR 2205"])
    assert found(outcome)["DATE_IMPOSSIBLE"] == ("error", [4], ["07 APR 0205"])
    parts = iso8601_parts(text(["2205", "2025"]), text(["4", "4"]), text(["7", "7"]))
    assert plain(parts.values) == ["2205-04-07", "2025-04-07"]
    assert found(parts) == {"DATE_IMPLAUSIBLE": ("warning", [0], ["2205 4 7"])}


def test_m2_a_wrong_time_leaves_the_date_and_is_an_error():
    outcome = iso8601(text(["07 APR 2025"]), text(["25:00"]), date_format="DD MON YYYY")
    assert plain(outcome.values) == ["2025-04-07"]
    assert found(outcome) == {"TIME_UNREADABLE": ("error", [0], ["25:00"])}


def test_m3_vendor_formats():
    assert plain(iso8601(text(["07APR2025"]), text(["0930"]), date_format="DDMONYYYY").values) == ["2025-04-07T09:30"]
    assert plain(iso8601(text(["2025/4/7"]), date_format="YYYY/M/D").values) == ["2025-04-07"]
    assert plain(iso8601(pd.Series([45754.0, np.nan]), date_format="EXCEL SERIAL").values) == ["2025-04-07", None]


def test_m3_a_declared_time_column_decides_over_the_time_in_the_date():
    outcome = iso8601(
        text(["2025-04-07 00:00:00", "2025-04-07 00:00:00", "2025-04-07 08:00:00", "2025-04-07 08:00:00"]),
        text(["07:30", None, "07:30", "08:00"]),
        date_format="YYYY-MM-DD HH:MM:SS",
    )
    assert plain(outcome.values) == ["2025-04-07T07:30", "2025-04-07", "2025-04-07T07:30", "2025-04-07T08:00"]
    assert found(outcome) == {"DATE_TIME_CONFLICT": ("warning", [2], ["2025-04-07 08:00:00"])}


def test_a_wrong_format_is_refused_before_any_value():
    with pytest.raises(FormatError):
        iso8601(text([]), date_format="DD-MON-YY")
    with pytest.raises(FormatError):
        iso8601(text([]), text([]), date_format="DD MON YYYY", time_format="noon")


def test_empty_columns_stay_empty():
    assert plain(iso8601(text([]), date_format="DD MON YYYY").values) == []
    assert plain(iso8601(text([None]), text([None]), date_format="DD MON YYYY").values) == [None]


def test_m1_parts_in_columns_of_their_own():
    outcome = iso8601_parts(
        text(["2025", "2025", "2025", None, "2025", "2025", None]),
        text(["04", "APR", None, None, "2", None, "4"]),
        text(["7", "UN", None, None, "31", "7", "7"]),
    )
    assert plain(outcome.values) == ["2025-04-07", "2025-04", "2025", None, None, "2025", None]
    assert found(outcome) == {
        "DATE_IMPOSSIBLE": ("error", [4], ["2025 2 31"]),
        "DATE_TRUNCATED": ("note", [5, 6], ["2025 - 7", "- 4 7"]),
    }


def test_m2_parts_with_time():
    outcome = iso8601_parts(
        text(["2025", "2025", "2025", "2025"]),
        text(["4", "4", "4", "4"]),
        text(["7", "7", None, "7"]),
        text(["9", "9", "9", "99"]),
        text(["5", None, "5", "99"]),
    )
    assert plain(outcome.values) == ["2025-04-07T09:05", "2025-04-07T09", "2025-04", "2025-04-07"]
    assert found(outcome) == {"DATE_TIME_DROPPED": ("note", [2], ["2025 4 - 9 5"])}


def test_m1_parts_delivered_as_numbers():
    outcome = iso8601_parts(pd.Series([2025.0]), pd.Series([4.0]), pd.Series([np.nan]))
    assert plain(outcome.values) == ["2025-04"]


def test_every_rule_shows_the_value():
    assert all("{value}" in message for _, message in RULES.values())
