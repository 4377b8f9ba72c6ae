"""Columns and rows of a raw file, made whole columns at a time; EDC forms and vendor files.

Days are integers (days since 1970-01-01), times are minutes after midnight; NONE stands for "there is none".
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from .people import People

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Texts: TypeAlias = npt.NDArray[np.str_]
Column: TypeAlias = "pd.Series[Any]"

NONE: Final = -1_000_000
PROJECT: Final = "CT0596-101"
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
YES_NO: Final = {"Y": "Yes", "N": "No"}


def day(iso: str) -> int:
    """The integer day of an ISO date."""
    return dt.date.fromisoformat(iso).toordinal() - dt.date(1970, 1, 1).toordinal()


def date_of(number: int) -> dt.date:
    """The calendar date of an integer day."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(number))


CUT: Final = day("2026-03-31")
EXTRACT: Final = day("2026-04-20")


def generator(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one form: adding a form never changes another."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def pick(codes: npt.NDArray[Any], choices: Sequence[str]) -> Column:
    """Text by code; -1 is empty."""
    number: dict[str, int] = {}
    lookup = np.array([number.setdefault(c, len(number)) if c else -1 for c in choices] + [-1], dtype=np.int64)
    return pd.Series(pd.Categorical.from_codes(lookup[codes], categories=pd.Index(list(number), dtype="str")))


def constant(value: str, size: int) -> Column:
    """One text in every row."""
    return pick(np.zeros(size, dtype=np.int64), [value])


def words(values: Sequence[str] | npt.NDArray[Any]) -> Column:
    """Text of a short column; an empty string is empty."""
    codes, choices = pd.factorize(np.asarray(values, dtype=str))
    return pick(codes.astype(np.int64), [str(c) for c in choices])


def where(mask: Bools, yes: Column, no: Column | None = None) -> Column:
    """The first column's text in the rows of the mask, else the second's (or nothing)."""
    if no is None:
        no = pick(np.full(len(yes), -1), [])
    return pd.Series(pd.Categorical(yes.astype("str").where(mask, no.astype("str"))))


def on_days(days: Ints, function: Callable[[dt.date], str]) -> Column:
    """Text of each day, worked out once per distinct day; empty where there is none."""
    distinct, codes = np.unique(days, return_inverse=True)
    return pick(codes, ["" if d == NONE else function(date_of(d)) for d in distinct])


def iso(days: Ints) -> Column:
    """Days as ISO dates."""
    return on_days(days, dt.date.isoformat)


def clock(minutes: Ints, separator: str = ":") -> Column:
    """Minutes after midnight as HH:MM."""
    distinct, codes = np.unique(minutes, return_inverse=True)
    return pick(codes, ["" if m == NONE else f"{m // 60:02d}{separator}{m % 60:02d}" for m in distinct])


def numeral(values: Floats, places: int | Ints = 0) -> Column:
    """Numbers as text with a fixed count of decimals (per row if an array); empty where NaN."""
    digits = np.broadcast_to(np.asarray(places, dtype=np.int64), values.shape)
    known = ~np.isnan(values)
    scaled = np.zeros(len(values), dtype=np.int64)
    scaled[known] = np.round(values[known] * 10.0 ** digits[known]).astype(np.int64)
    distinct, codes = np.unique(scaled * 8 + digits, return_inverse=True)
    choices = [f"{(k // 8) / 10 ** (k % 8):.{k % 8}f}" for k in distinct.tolist()]
    return pick(np.where(known, codes, -1), choices)


def joined(parts: Sequence[Column | str]) -> Column:
    """Columns and fixed texts put one behind the other, row by row; a missing part makes the row empty."""
    columns = [p for p in parts if not isinstance(p, str)]
    total = pd.Series([""] * len(columns[0]), dtype="str")
    for part in parts:
        total = total + (part if isinstance(part, str) else part.astype("str"))
    return total


def cumulative_count(*keys: npt.NDArray[Any]) -> Ints:
    """0, 1, 2, ... within each combination of keys, in row order."""
    frame = pd.DataFrame({str(i): k for i, k in enumerate(keys)})
    return frame.groupby(list(frame.columns)).cumcount().to_numpy().astype(np.int64)


def as_entered(date: dt.date, known: int) -> str:
    """A date as a site types it: 07 APR 2025, UN APR 2025, UN UNK 2025, UN UNK UNK."""
    month = MONTHS[date.month - 1] if known >= 2 else "UNK"
    return f"{f'{date.day:02d}' if known >= 3 else 'UN'} {month} {date.year if known >= 1 else 'UNK'}"


@dataclass(frozen=True)
class Rows:
    """Where records belong: person, folder (position in FOLDERS), FOLDERSEQ, repeat, kind of visit and day."""

    person: Ints
    folder: Ints
    seq: Floats
    repeat: Ints
    kind: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.person)

    def select(self, index: Bools | Ints) -> Rows:
        """The rows of a mask or of positions (which may repeat)."""
        return Rows(
            self.person[index],
            self.folder[index],
            self.seq[index],
            self.repeat[index],
            self.kind[index],
            self.day[index],
        )

    def times(self, count: int) -> Rows:
        """Each row repeated, the repeats side by side."""
        return self.select(np.repeat(np.arange(len(self)), count))


def stacked(parts: Sequence[Rows]) -> Rows:
    """Several sets of rows, one below the other."""
    names = ("person", "folder", "seq", "repeat", "kind", "day")
    return Rows(*[np.concatenate([getattr(p, n) for p in parts]) for n in names])


class File:
    """A raw file in the making: named text columns of one length, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: dict[str, Column] = {}

    def add(self, name: str, values: Column | Sequence[str]) -> None:
        """A text column."""
        self.columns[name] = values if isinstance(values, pd.Series) else words(values)

    def number(self, name: str, values: npt.NDArray[Any], places: int | Ints = 0) -> None:
        """A column of numbers with fixed decimals."""
        self.columns[name] = numeral(np.asarray(values, dtype=np.float64), places)

    def frame(self) -> pd.DataFrame:
        """The file as a frame."""
        return pd.DataFrame(self.columns)


class Form(File):
    """An EDC form: the system columns, then its fields."""

    def __init__(self, name: str, people: People, rows: Rows, seed: int) -> None:
        super().__init__(name)
        self.people, self.rows, self.size = people, rows, len(rows)
        self.random = generator(seed, name)
        self._system()

    def _system(self) -> None:
        from .people import FOLDERS

        rows, people, size = self.rows, self.people, self.size
        self.add("PROJECT", constant(PROJECT, size))
        self.add("ENVIRONMENT", constant("PROD", size))
        self.add("SITENUMBER", pick(rows.person, [f"{s:02d}" for s in people.site]))
        self.add("SITE", pick(rows.person, [f"Site {s:02d}" for s in people.site]))
        self.add("SUBJECT", pick(rows.person, people.subject))
        self.add("SUBJECTSTATUS", pick(rows.person, people.status))
        self.add("FOLDER", pick(rows.folder, [f.oid for f in FOLDERS]))
        self.add("FOLDERNAME", pick(rows.folder, [f.name for f in FOLDERS]))
        self.number("FOLDERSEQ", rows.seq, np.where(rows.seq == np.floor(rows.seq), 0, 2))
        self.number("INSTANCEREPEAT", rows.repeat)
        self.add("FORMOID", constant(self.name.upper(), size))
        self.number("PAGEREPEAT", np.zeros(size))
        self.number("RECORDID", np.zeros(size))
        self.number("RECORDPOS", cumulative_count(rows.person, rows.seq) + 1)
        self.add("RECORDACTIVE", constant("1", size))
        self.add("RECORDDATE", iso(rows.day))
        saved = np.minimum(rows.day + self.random.integers(1, 6, size), EXTRACT)
        stamp = [clock(self.random.integers(0, 1440, size)), numeral(self.random.integers(0, 60, size).astype(float))]
        seconds = pick(stamp[1].cat.codes.to_numpy(), [f"{int(c):02d}" for c in stamp[1].cat.categories])
        self.add("SAVETS", joined([iso(saved), "T", stamp[0], ":", seconds, "Z"]))

    def coded(self, name: str, codes: Column, display: Mapping[str, str] | None = None) -> None:
        """A coded field: display text, and its code in _STD."""
        shown = [(display or {}).get(str(c), str(c)) for c in codes.cat.categories]
        self.add(name, pick(codes.cat.codes.to_numpy(), shown))
        self.add(f"{name}_STD", codes)

    def yes_no(self, name: str, yes: Bools, asked: Bools | None = None) -> None:
        """A Yes/No field; empty where it was not asked."""
        codes = np.where(yes, 0, 1)
        self.coded(name, pick(codes if asked is None else np.where(asked, codes, -1), ["Y", "N"]), YES_NO)

    def choice(self, name: str, options: Sequence[str], weights: Sequence[float] | None = None) -> None:
        """A plain field with one of several texts by chance."""
        self.add(name, pick(self.random.choice(len(options), self.size, p=weights), options))

    def date(self, name: str, days: Ints, known: Ints | None = None) -> None:
        """A date field: ISO, as entered, and its three parts. Known: 3 day, 2 month, 1 year, 0 UN UNK UNK."""
        precision = np.full(len(days), 3) if known is None else known
        distinct, codes = np.unique(days * 4 + precision, return_inverse=True)
        dates = [None if k // 4 == NONE else (date_of(k // 4), int(k % 4)) for k in distinct]
        parts: dict[str, Callable[[dt.date, int], str]] = {
            "": lambda d, p: d.isoformat() if p == 3 else "",
            "_RAW": as_entered,
            "_YYYY": lambda d, p: f"{d.year}" if p >= 1 else "",
            "_MM": lambda d, p: f"{d.month}" if p >= 2 else "",
            "_DD": lambda d, p: f"{d.day}" if p >= 3 else "",
        }
        for suffix, function in parts.items():
            self.add(name + suffix, pick(codes, [function(*d) if d else "" for d in dates]))

    def time(self, name: str, minutes: Ints) -> None:
        """A time field: HH:MM where it is one, and as entered."""
        self.add(name, clock(minutes))
        self.add(f"{name}_RAW", clock(minutes))
