"""One written date or time under a declared format."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.date_formats import FormatError, Reading, date_reader, read_time, time_width


def read(value, date_format):
    found = date_reader(date_format)(value)
    return found.date, found.time, found.rules


@pytest.mark.parametrize(
    ("date_format", "value"),
    [
        ("DD MON YYYY", "07 APR 2025"),
        ("DD MON YYYY", "7 apr 2025"),
        ("DD MON YYYY", "  07   April  2025 "),
        ("DD-MON-YYYY", "07-Apr-2025"),
        ("DD-MON-YYYY", "07 - Apr - 2025"),
        ("DDMONYYYY", "07APR2025"),
        ("MON DD, YYYY", "April 7, 2025"),
        ("YYYY-MM-DD", "2025-04-07"),
        ("YYYY/M/D", "2025/4/7"),
        ("MM/DD/YYYY", "04/07/2025"),
        ("MM-DD-YYYY", "4-7-2025"),
        ("DD.MM.YYYY", "07.04.2025"),
        ("YYYYMMDD", "20250407"),
        ("DDMMYYYY", "07042025"),
        ("EXCEL SERIAL", "45754"),
        ("EXCEL SERIAL", "45754.0"),
        ("ISO8601", "2025-04-07"),
        ("iso 8601", "2025-04-07"),
        (["DD MON YYYY", "YYYY-MM-DD"], "07 APR 2025"),
        (["DD MON YYYY", "YYYY-MM-DD"], "2025-04-07"),
        (None, "2025-04-07"),
        (None, "07 APR 2025"),
        (None, "April 7, 2025"),
    ],
)
def test_m3_declared_formats_all_say_7_april_2025(date_format, value):
    assert read(value, date_format) == ("2025-04-07", None, ())


@pytest.mark.parametrize(
    ("date_format", "value"),
    [
        ("DD MON YYYY", "07\u00a0APR\u00a02025"),
        ("DD-MON-YYYY", "07\u2011APR\u20112025"),
        ("YYYY-MM-DD", "2025\u201304\u201307"),
        ("YYYY/M/D", "\uff12\uff10\uff12\uff15/\uff14/\uff17"),
    ],
)
def test_m9_dates_with_other_blanks_hyphens_and_digits(date_format, value):
    assert read(value, date_format) == ("2025-04-07", None, ())


@pytest.mark.parametrize(
    ("date_format", "value", "expected"),
    [
        ("DD MON YYYY", "UN APR 2025", "2025-04"),
        ("DD MON YYYY", "unk apr 2025", "2025-04"),
        ("DD MON YYYY", "UNKN APR 2025", "2025-04"),
        ("DD MON YYYY", "ND APR 2025", "2025-04"),
        ("DD MON YYYY", "NA APR 2025", "2025-04"),
        ("DD MON YYYY", "-- APR 2025", "2025-04"),
        ("DD MON YYYY", "XX APR 2025", "2025-04"),
        ("DD MON YYYY", "99 APR 2025", "2025-04"),
        ("DD MON YYYY", "APR 2025", "2025-04"),
        ("DD MON YYYY", "UN UNK 2025", "2025"),
        ("DD MON YYYY", "XX XXX 2025", "2025"),
        ("DD MON YYYY", "99 99 2025", "2025"),
        ("DD MON YYYY", "2025", "2025"),
        ("DDMONYYYY", "UNAPR2025", "2025-04"),
        ("DDMONYYYY", "UNUNK2025", "2025"),
        ("MM/DD/YYYY", "04/UN/2025", "2025-04"),
        ("MM/DD/YYYY", "04//2025", "2025-04"),
        ("MM/DD/YYYY", "04/2025", "2025-04"),
        ("MM/DD/YYYY", "//2025", "2025"),
        ("MM/DD/YYYY", "99/99/2025", "2025"),
        ("MM/DD/YYYY", "2014", "2014"),
        ("YYYY-MM-DD", "2025-04-UN", "2025-04"),
        ("YYYY-MM-DD", "2025-04-", "2025-04"),
        ("YYYYMMDD", "202504", "2025-04"),
        ("YYYYMMDD", "2025UNUN", "2025"),
        ("ISO8601", "2025-04", "2025-04"),
        ("ISO8601", "2025-UN-UN", "2025"),
        (None, "UN UNK 2025", "2025"),
        (None, "2025-04", "2025-04"),
    ],
)
def test_m1_unknown_parts_reduce_the_precision_to_the_right(date_format, value, expected):
    assert read(value, date_format) == (expected, None, ())


@pytest.mark.parametrize("value", ["UN UNK UNK", "UNK", "NA", "--", "XX XXX XXXX", "99 99 9999", "// ", "un unk unkn"])
def test_d05_nothing_known_is_empty_and_noted(value):
    assert read(value, "DD MON YYYY") == (None, None, ("DATE_UNKNOWN",))


@pytest.mark.parametrize(
    ("date_format", "value", "expected"),
    [
        ("DD MON YYYY", "07 UNK 2025", "2025"),
        ("MM/DD/YYYY", "UN/07/2025", "2025"),
        ("ISO8601", "2025---07", "2025"),
        ("DD MON YYYY", "07 APR UNK", None),
        ("DD MON YYYY", "07 APR 9999", None),
    ],
)
def test_m1_a_day_without_its_month_is_lost_and_noted(date_format, value, expected):
    assert read(value, date_format) == (expected, None, ("DATE_TRUNCATED",))


@pytest.mark.parametrize(
    ("date_format", "value"),
    [
        ("DD MON YYYY", "31 FEB 2025"),
        ("DD MON YYYY", "29 FEB 2025"),
        ("DD MON YYYY", "00 APR 2025"),
        ("MM/DD/YYYY", "13/04/2025"),
        ("YYYY-MM-DD", "2025-13"),
        ("ISO8601", "2025-02-30"),
        ("YYYYMMDD", "20251301"),
        ("DD MON YYYY", "07 APR 0025"),
        ("EXCEL SERIAL", "60"),
        ("EXCEL SERIAL", "0"),
    ],
)
def test_d13_impossible_dates(date_format, value):
    assert read(value, date_format) == (None, None, ("DATE_IMPOSSIBLE",))


@pytest.mark.parametrize(
    ("date_format", "value"),
    [
        (None, "03/04/2025"),
        (None, "25/04/2025"),
        (None, "2025/4/7"),
        (None, "20250407"),
        (None, "45754"),
        (None, "UN/04/2025"),
        (None, "07 UNK 2025"),
        (None, "03/04/2025 07:30 PM"),
        (["MM/DD/YYYY", "DD/MM/YYYY"], "03/04/2025"),
        (["EXCEL SERIAL", "YYYY"], "2025"),
        ("DD MON YYYY", "07 APR 25"),
        ("MM/DD/YYYY", "3/4/25"),
        (None, "7-APR-25"),
    ],
)
def test_d14_more_than_one_reading_is_never_guessed(date_format, value):
    assert read(value, date_format) == (None, None, ("DATE_AMBIGUOUS",))


@pytest.mark.parametrize(
    ("date_format", "value"),
    [
        ("DD MON YYYY", "07 04 2025"),
        ("DD MON YYYY", "07 APPR 2025"),
        ("DD MON YYYY", "7 APR 20255"),
        ("MM/DD/YYYY", "07 APR 2025"),
        ("YYYY-MM-DD", "2025-04-07 07:30"),
        ("ISO8601", "2025-4-7"),
        ("EXCEL SERIAL", "7APR2025"),
        ("DD MON YYYY", "see comment"),
        ("DD MON YYYY", "7" * 500),
        (None, "see comment"),
    ],
)
def test_m3_not_in_the_declared_format(date_format, value):
    assert read(value, date_format) == (None, None, ("DATE_UNREADABLE",))


def test_m3_of_several_formats_the_one_that_fits_is_taken():
    assert read("25/04/2025", ["MM/DD/YYYY", "DD/MM/YYYY"]) == ("2025-04-25", None, ())


@pytest.mark.parametrize(
    ("date_format", "value", "date", "time"),
    [
        ("YYYY-MM-DD HH:MM", "2025-04-07 07:30", "2025-04-07", "07:30"),
        ("YYYY-MM-DD HH:MM", "2025-04-07", "2025-04-07", None),
        ("YYYY-MM-DD HH:MM", "2025-04-07 UN:UN", "2025-04-07", None),
        ("DDMONYYYY:HH:MM:SS", "07APR2025:07:30:00", "2025-04-07", "07:30:00"),
        ("MM/DD/YYYY HH:MM AM", "04/07/2025 7:30 PM", "2025-04-07", "19:30"),
        ("YYYYMMDDHHMM", "202504070730", "2025-04-07", "07:30"),
        ("ISO8601", "2025-03-10 10:30:00", "2025-03-10", "10:30:00"),
        ("ISO8601", "2025-03-10T10:30", "2025-03-10", "10:30"),
        ("ISO8601", "2025-03-10t10", "2025-03-10", "10"),
        ("ISO8601", "2025-03-10T10:30:15.250", "2025-03-10", "10:30:15.250"),
        ("ISO8601", "2025-04-09T03:12:44Z", "2025-04-09", "03:12:44Z"),
        ("ISO8601", "2025-04-09T03:12+08:00", "2025-04-09", "03:12+08:00"),
        ("EXCEL SERIAL", "45754.3125", "2025-04-07", "07:30"),
        ("EXCEL SERIAL", "45754.312673611", "2025-04-07", "07:30:15"),
    ],
)
def test_d25_date_and_time_in_one_column_keep_their_precision(date_format, value, date, time):
    assert read(value, date_format) == (date, time, ())


def test_m1_a_time_within_a_partial_date_is_dropped():
    assert read("UN APR 2025 07:30", "DD MON YYYY HH:MM") == ("2025-04", None, ("DATE_TIME_DROPPED",))


@pytest.mark.parametrize(
    ("serial", "expected"), [("1", "1900-01-01"), ("59", "1900-02-28"), ("61", "1900-03-01"), ("2958465", "9999-12-31")]
)
def test_m3_excel_counts_a_29_february_1900(serial, expected):
    assert read(serial, "EXCEL SERIAL")[0] == expected


@pytest.mark.parametrize(
    "date_format", ["DD-MON-YY", "MM/DD", "YYYY-DD", "DD MM YYYY MM", "day month year", "DDD MON YYYY", "", []]
)
def test_a_format_that_is_not_one_is_refused(date_format):
    with pytest.raises(FormatError):
        date_reader(date_format)


def test_a_refused_format_says_what_to_write():
    with pytest.raises(FormatError, match="'DD-MON-YY' is not a date format: it takes YYYY"):
        date_reader("DD-MON-YY")
    with pytest.raises(FormatError, match="'half past' is not a time format: say HH:MM"):
        time_width("half past")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("07:30", "07:30"),
        ("9:30", "09:30"),
        ("0930", "09:30"),
        ("07:30:15", "07:30:15"),
        ("073015", "07:30:15"),
        ("7:30 PM", "19:30"),
        ("12:10 am", "00:10"),
        ("12:10 p.m.", "12:10"),
        ("00:00", "00:00"),
        ("07", "07"),
        ("07:UN", "07"),
        ("07:30:UN", "07:30"),
        ("07:99", "07"),
    ],
)
def test_m2_times_keep_what_is_known(value, expected):
    assert read_time(value) == Reading(time=expected)


@pytest.mark.parametrize("value", ["24:00", "24:00:00", "2400"])
def test_m2_the_end_of_a_day_leaves_no_time_and_is_noted(value):
    assert read_time(value) == Reading(rules=("TIME_END_OF_DAY",))


@pytest.mark.parametrize("value", ["UN:UN", "99:99", "UNK", "--:--", ":", "9999", "99"])
def test_m2_unknown_times_leave_no_time(value):
    assert read_time(value) == Reading()


@pytest.mark.parametrize("value", ["25:00", "24:30", "07:60", "930", "19:30 PM", "0:30 AM", "noon", "07:30-15", "7²"])
def test_m2_what_is_no_time_of_day_is_an_error(value):
    assert read_time(value) == Reading(rules=("TIME_UNREADABLE",))


def test_m2_minutes_without_their_hour_are_lost_and_noted():
    assert read_time("UN:30") == Reading(rules=("TIME_TRUNCATED",))


@pytest.mark.parametrize(
    ("time_format", "value", "expected"),
    [
        ("HHMM", "930", "09:30"),
        ("HHMM", "5", "00:05"),
        ("HHMMSS", "73015", "07:30:15"),
        ("HH:MM", "07:30", "07:30"),
        ("EXCEL SERIAL", "0.3125", "07:30"),
        (None, "07:30", "07:30"),
    ],
)
def test_m3_a_declared_time_format(time_format, value, expected):
    assert read_time(value, time_width(time_format)) == Reading(time=expected)


WRITTEN = {
    "DD MON YYYY": "%d %b %Y",
    "DDMONYYYY": "%d%b%Y",
    "DD-MON-YYYY": "%d-%B-%Y",
    "MON DD, YYYY": "%B %d, %Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM-DD-YYYY": "%m-%d-%Y",
    "YYYY/M/D": "%Y/%-m/%-d",
    "YYYYMMDD": "%Y%m%d",
    "ISO8601": "%Y-%m-%d",
}
DATES = st.dates(datetime.date(1900, 3, 1), datetime.date(9998, 12, 31))


@given(DATES, st.sampled_from(sorted(WRITTEN)))
def test_every_date_survives_every_format(date, date_format):
    written = date.strftime(WRITTEN[date_format])
    assert read(written, date_format) == (date.isoformat(), None, ())
    assert read(written.lower(), date_format) == (date.isoformat(), None, ())


@given(DATES)
def test_every_date_survives_as_an_excel_serial(date):
    assert read(str((date - datetime.date(1899, 12, 30)).days), "EXCEL SERIAL") == (date.isoformat(), None, ())


@given(st.times())
def test_every_time_survives(time):
    assert read_time(time.strftime("%H:%M")).time == time.strftime("%H:%M")
    assert read_time(time.strftime("%I:%M %p")).time == time.strftime("%H:%M")
    assert read_time(time.strftime("%H:%M:%S")).time == time.strftime("%H:%M:%S")


@given(st.text(max_size=30), st.sampled_from([*sorted(WRITTEN), "EXCEL SERIAL", "DDMONYYYY:HH:MM:SS", None]))
def test_any_text_gives_a_reading_or_a_rule(value, date_format):
    found = date_reader(date_format)(value)
    assert found.date or found.rules
    assert isinstance(read_time(value), Reading)
