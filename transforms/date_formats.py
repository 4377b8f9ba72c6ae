"""One date or time as it was written, read under a declared format: text in, ISO 8601 text and rule ids out.

A date format is said in words: ``DD MON YYYY``, ``MM/DD/YYYY``, ``DDMONYYYY``, ``YYYY-MM-DD HH:MM``, ``ISO8601`` or
``EXCEL SERIAL``. It fixes the order of the parts; separators, blanks and case may vary, and parts may be unknown
(UN, UNK, ND, NA, --, XX, 99, 9999, or nothing). Source: design_basis 2.1 and 2.3 (M1 to M3).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from transforms.ascii import transliterate

ISO = "ISO8601"
SERIAL = "EXCEL SERIAL"
EARLIEST_YEAR = 1582
"""The first year of the Gregorian calendar, and of SAS dates."""

_NAMES = ["JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY"]
_NAMES += ["AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"]
_MONTHS = {n: i for i, name in enumerate(_NAMES, 1) for n in (name, name[:3])} | {"SEPT": 9}
_UNKNOWN = r"U(?:N(?:K(?:N(?:OWN)?)?)?)?|N[ADK]|N/A|X{1,4}|-{1,4}|\?{1,4}|_{1,4}"
_IS_UNKNOWN = re.compile(rf"(?:{_UNKNOWN}|\W|_)*")
_NUMERIC = re.compile(r"(?=.*\d)[\dUNKXDAPM\s/.,:\-]+")
_ISO = re.compile(
    rf"(?P<y>\d{{4}}|{_UNKNOWN})(?:-(?P<m>\d\d|{_UNKNOWN})(?:-(?P<d>\d\d|{_UNKNOWN}))?)?(?:[T ]\s*(?P<t>\S.*))?",
    re.ASCII,
)
_ZONE = re.compile(r"(?P<time>\d\d:.*?\d)\s*(?P<zone>Z|[+-][01]\d(?::[0-5]\d)?)", re.ASCII)
_CLOCK = re.compile(
    rf"(?P<h>\d{{1,2}}|{_UNKNOWN}|)(?::(?P<m>\d\d|{_UNKNOWN}|))?(?::(?P<s>\d\d(?:\.\d+)?|{_UNKNOWN}|))?", re.ASCII
)
_MERIDIEM = re.compile(r"(?P<time>.*\d)\s*(?P<half>[AP])\.?M\.?")
_DECIMAL = re.compile(r"\d{1,7}(?:\.\d*)?|\.\d+", re.ASCII)
_LONGEST = 60


class FormatError(ValueError):
    """A date or time format that says something else than which part stands where."""


@dataclass(frozen=True)
class Reading:
    """What one written date or time says: ISO 8601 date and time of day as far as known, and the rules it broke."""

    date: str | None = None
    time: str | None = None
    rules: tuple[str, ...] = ()


Reader: TypeAlias = Callable[[str], Reading | None]
"""Reads one written date in upper case; None when the format does not fit it at all."""


def date_reader(date_format: str | Sequence[str] | None) -> Callable[[str], Reading]:
    """A reader for one or several declared formats; FormatError when a format is not one.

    When declared formats disagree on a value, it is ambiguous. Without a declared format only ISO 8601 and dates with
    the month as a word are read: every other date of digits is ambiguous, also one like 25/04/2025.
    """
    declared = (date_format,) if isinstance(date_format, str) else tuple(date_format or ())
    if date_format is not None and not declared:
        raise FormatError("an empty list of date formats; name at least one, such as DD MON YYYY")
    return _date_reader(declared)


@lru_cache(maxsize=64)
def _date_reader(declared: tuple[str, ...]) -> Callable[[str], Reading]:
    """The reader of declared formats; it remembers what it read, because all forms of a study name the same days."""
    readers = [_reader(f) for f in declared or [ISO, "DD MON YYYY", "MON DD YYYY", "YYYY MON DD"]]

    @lru_cache(maxsize=1 << 16)
    def read(value: str) -> Reading:
        value = transliterate(value).strip().upper()
        if len(value) > _LONGEST:
            return Reading(rules=("DATE_UNREADABLE",))
        if _IS_UNKNOWN.fullmatch(value):
            return Reading(rules=("DATE_UNKNOWN",))
        readings = [r for reader in readers if (r := reader(value)) is not None]
        dated = [r for r in readings if r.date and not r.rules] or [r for r in readings if r.date] or readings
        if len({(r.date, r.time) for r in dated}) > 1:
            return Reading(rules=("DATE_AMBIGUOUS",))
        if not declared and _NUMERIC.fullmatch(value) and (not dated or "DATE_TRUNCATED" in dated[0].rules):
            return Reading(rules=("DATE_AMBIGUOUS",))
        return dated[0] if dated else Reading(rules=("DATE_UNREADABLE",))

    return read


def _reader(date_format: str) -> Reader:
    words = " ".join(date_format.upper().split())
    if words.replace(" ", "").replace("-", "") == ISO:
        return _read_iso
    if words == SERIAL:
        return _read_serial
    return _worded_reader(words, date_format)


def _read_iso(value: str) -> Reading | None:
    found = _ISO.fullmatch(value)
    return _with_time(date_of_parts(found["y"], found["m"], found["d"]), found["t"]) if found else None


def _read_serial(value: str) -> Reading | None:
    """Excel's 1900 date system, which counts a 29 February 1900 (day 60) that never was."""
    if not _DECIMAL.fullmatch(value):
        return None
    seconds = round(float(value) * 86400)
    days = seconds // 86400
    if days < 1 or days == 60 or days > 2958465:
        return Reading(rules=("DATE_IMPOSSIBLE",))
    date = datetime.date(1899, 12, 31 if days < 60 else 30) + datetime.timedelta(days=days)
    return Reading(date.isoformat(), _clock(seconds % 86400) if "." in value and float(value) % 1 else None)


def _worded_reader(words: str, written: str) -> Reader:
    before, _, after = words.partition("HH")
    dates, time_width = before.rstrip("T :,"), _time_width("HH" + after, written) if after else None
    parts = re.findall(r"YYYY|MONTH|MON|MMM|MM|M|DD|D|[^A-Z]+|[A-Z]+", dates)
    kinds = {"YYYY": "y", "MONTH": "n", "MON": "n", "MMM": "n", "MM": "m", "M": "m", "DD": "d", "D": "d"}
    order = "".join(kinds.get(p, "" if p.strip(" /.,-") == "" else "?") for p in parts)
    if sorted(order.replace("n", "m")) not in (["d", "m", "y"], ["m", "y"], ["y"]):
        raise FormatError(
            f"{written!r} is not a date format: it takes YYYY (four digits, two are ambiguous), MM or MON, and DD once "
            f"each, such as DD MON YYYY or YYYY-MM-DD HH:MM; or {ISO}, or {SERIAL}"
        )
    packed = len(parts) == len(order) and "n" not in order
    orders = dict.fromkeys([order, order.replace("d", ""), "y"])
    patterns = [_pattern(o, packed, time_width is not None) for o in orders]

    def read(value: str) -> Reading | None:
        found = next((m for p in patterns if (m := p.fullmatch(value))), None)
        if found is None:
            return None
        piece = found.groupdict()
        return _with_time(date_of_parts(piece["y"], piece.get("m"), piece.get("d")), piece.get("t"), time_width or 0)

    return read


def _pattern(order: str, packed: bool, timed: bool) -> re.Pattern[str]:
    """The parts in their order; between numbers a separator is needed, next to a month's name it is not."""
    number = r"\d\d" if packed else r"\d{1,2}"
    nothing, short_year = ("", "") if packed else ("|", r"|\d\d")
    names = "|".join(sorted(_MONTHS, key=len, reverse=True))
    part = {
        "y": rf"(?P<y>\d{{4}}|{_UNKNOWN}{short_year})",
        "m": rf"(?P<m>{number}|{_UNKNOWN}{nothing})",
        "n": rf"(?P<m>(?:{names})\.?|99|{_UNKNOWN})",
        "d": rf"(?P<d>{number}|{_UNKNOWN}{nothing})",
    }
    pattern = (r"[-/.,\s]*" if order == "y" else "") + part[order[0]]
    for before, kind in pairwise(order):
        optional = packed or "n" in (before, kind)
        pattern += (r"\s*[-/.,]?\s*" if optional else r"(?:\s*[-/.,]\s*|\s+)") + part[kind]
    if timed:
        pattern += rf"(?:\s*[T:,\s]{'?' if packed else ''}\s*(?P<t>\S.*))?"
    return re.compile(pattern, re.ASCII)


def date_of_parts(year: str | None, month: str | None, day: str | None) -> Reading:
    """A date from its parts in upper case: reduced precision to the right of the first unknown part (M1)."""
    y, m, d = _known(year, "9999"), _known(month, "99"), _known(day, "99")
    if y is None:
        return Reading(rules=("DATE_TRUNCATED" if m or d else "DATE_UNKNOWN",))
    if len(y) == 2 and y.isdigit():
        return Reading(rules=("DATE_AMBIGUOUS",))
    number = _MONTHS.get(m.rstrip("."), m) if m else None
    if not all(re.fullmatch(r"\d{1,4}", str(p), re.ASCII) for p in (y, number, d) if p is not None):
        return Reading(rules=("DATE_UNREADABLE",))
    try:
        whole = datetime.date(int(y), int(number or 1), int(d or 1) if m else 1)
    except ValueError:
        return Reading(rules=("DATE_IMPOSSIBLE",))
    if whole.year < EARLIEST_YEAR:
        return Reading(rules=("DATE_IMPOSSIBLE",))
    if m is None:
        return Reading(y, rules=("DATE_TRUNCATED",) if d else ())
    return Reading(whole.isoformat()[: 10 if d else 7])


@lru_cache(maxsize=1 << 13)
def read_time(value: str, width: int = 0) -> Reading:
    """A time of day, precision as collected: 07:30, 0930, 07:30:15, 7:30 PM, 07:UN; unknown and 24:00 give none (M2).

    ``width`` 4 or 6 says that a number is HHMM or HHMMSS whose leading zeros may be lost; -1 that it is a part of a
    day (Excel).
    """
    value = transliterate(value).strip().upper()
    if _IS_UNKNOWN.fullmatch(value):
        return Reading()
    if width == -1:
        serial = float(value) if _DECIMAL.fullmatch(value) else None
        return Reading(rules=("TIME_UNREADABLE",)) if serial is None else Reading(time=_clock(round(serial * 86400)))
    half = _MERIDIEM.fullmatch(value)
    clock = half["time"] if half else value
    if re.fullmatch(r"\d{1,6}", clock, re.ASCII):
        clock = clock.zfill(width) if not half else clock
        clock = ":".join(re.findall(r"..", clock)) if len(clock) in (4, 6) else clock
    found = _CLOCK.fullmatch(clock)
    if found is None or len(value) > _LONGEST:
        return Reading(rules=("TIME_UNREADABLE",))
    return time_of_parts(found["h"], found["m"], found["s"], half["half"] if half else None)


def time_of_parts(hour: str | None, minute: str | None, second: str | None, half: str | None = None) -> Reading:
    """A time of day from its parts, as far to the right as known; ``half`` is A or P on a twelve-hour clock."""
    h, m, s = _known(hour, "99"), _known(minute, "99"), _known(second, "99")
    whole, dot, fraction = (s or "").partition(".")
    lost = ("TIME_TRUNCATED",) if (h is None and (m or s)) or (m is None and s) else ()
    if h is None:
        return Reading(rules=lost)
    if not all(re.fullmatch(r"\d{1,2}", p, re.ASCII) for p in (h, m or "0", whole or "0")) or not re.fullmatch(
        r"\d*", fraction, re.ASCII
    ):
        return Reading(rules=("TIME_UNREADABLE",))
    if half and not 1 <= int(h) <= 12:
        return Reading(rules=("TIME_UNREADABLE",))
    hours = int(h) % 12 + (12 if half == "P" else 0) if half else int(h)
    if hours == 24 and float(m or 0) == 0 and float(s or 0) == 0:
        return Reading(rules=("TIME_END_OF_DAY",))
    if hours > 23 or float(m or 0) > 59 or float(s or 0) >= 60:
        return Reading(rules=("TIME_UNREADABLE",))
    known = [f"{hours:02d}"] + ([m.zfill(2)] if m else []) + ([whole.zfill(2) + dot + fraction] if m and s else [])
    return Reading(time=":".join(known), rules=lost)


def time_width(time_format: str | None) -> int:
    """How ``read_time`` is to take a number under a declared time format; FormatError when it is not one."""
    if time_format is None:
        return 0
    words = " ".join(time_format.upper().split())
    return -1 if words == SERIAL else _time_width(words, time_format)


def _time_width(words: str, written: str) -> int:
    found = re.fullmatch(r"HH?(:?)M[MI](?::?(SS))?(?: ?(?:AM|PM|AM/PM))?", words)
    if found is None:
        raise FormatError(f"{written!r} is not a time format: say HH:MM, HH:MM:SS, HHMM, HHMMSS, HH:MM AM or {SERIAL}")
    return 0 if found[1] else 6 if found[2] else 4


def _with_time(date: Reading, time: str | None, width: int = 0) -> Reading:
    if not time or not date.date:
        return date
    zone = _ZONE.fullmatch(time)
    clock = read_time(zone["time"] if zone else time, width)
    if clock.time and len(date.date) < 10:
        return Reading(date.date, rules=(*date.rules, "DATE_TIME_DROPPED"))
    whole = clock.time + zone["zone"] if clock.time and zone else clock.time
    return Reading(date.date, whole, date.rules + clock.rules)


def _known(piece: str | None, unknown: str) -> str | None:
    return None if not piece or piece == unknown or re.fullmatch(_UNKNOWN, piece) else piece


def _clock(seconds: int) -> str:
    """A part of a day as a time; seconds only when there are any."""
    hours, rest = divmod(seconds % 86400, 3600)
    return f"{hours:02d}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")
