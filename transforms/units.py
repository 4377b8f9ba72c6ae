"""Units: conversion factors, numbers and ranges in result texts, and limits of what is plausible.

Factors come from a table (columns test, specimen, from, to, factor, offset, volume; design basis 6.2): a blank test or
specimen means any, a blank ``from`` that the result may come without a unit, and a ``volume`` that the product is
multiplied by the collected volume in that unit. Units are submission values. ``(value + offset) x factor`` is computed
exactly and rounded to 6 significant digits; the reverse of a row holds as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

import numpy as np

from transforms.ascii import transliterate
from transforms.columns import (
    Codes,
    Column,
    distinct_rows,
    numbers,
    on_distinct_rows,
    parse_number,
    plain,
    take,
    take_numbers,
    text,
)
from transforms.registry import Problem, Table
from transforms.tables import rows_of

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?"
_THOUSANDS = re.compile(r"(?<![\d.])[1-9]\d{0,2}\.\d{3}(?!\d)")
_QUANTITY = re.compile(rf"(<=|>=|<|>)?\s*({_NUMBER})")
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|~|to)\s*({_NUMBER})")
AS_COLLECTED = "AS COLLECTED"
"""In place of a standard unit: no conversion is asked for, the unit collected stays."""


@dataclass(frozen=True)
class Quantity:
    """A number as reported, with its qualifier (``<``, ``<=``, ``>``, ``>=`` or none), or both ends of a range."""

    number: str
    qualifier: str = ""
    upper: str = ""

    def convert(self, change: Callable[[str], str]) -> str:
        """The text again, with each number changed."""
        end = f"-{change(self.upper)}" if self.upper else ""
        return f"{self.qualifier}{change(self.number)}{end}"


@dataclass(frozen=True)
class Conversion:
    """One way from a unit to another."""

    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    by_volume: bool = False

    def apply(self, number: str, volume: float | None = None) -> str:
        """A converted number as text; where nothing changes, the digits as they were reported."""
        if self == Conversion():
            return _plain_digits(number)
        by = Fraction(repr(float(volume))) if self.by_volume and volume is not None else Fraction(1)
        return round_significant((Fraction(number) + self.offset) * self.factor * by)

    def reverse(self) -> Conversion:
        """The way back."""
        return Conversion(1 / self.factor, -self.offset * self.factor)


class Conversions:
    """The rows of a conversion table, found by test, specimen and units.

    Raises ValueError for a row whose factor or offset is no number (``0.5``, ``5/9``) or whose factor is 0, and for two
    rows for the same.
    """

    def __init__(self, table: Table) -> None:
        self._rows: dict[tuple[str, str, str, str], Conversion] = {}
        reverse: dict[tuple[str, str, str, str], Conversion] = {}
        for row in rows_of(table, ["from", "to", "factor"], ["test", "specimen", "offset", "volume"]):
            conversion = _conversion(row)
            key = (row["test"], row["specimen"], row["from"], row["to"])
            if key in self._rows:
                raise ValueError(f"unit conversions: two rows for {_spoken(row)}; keep one")
            self._rows[key] = conversion
            if row["from"] and not conversion.by_volume:
                reverse.setdefault((row["test"], row["specimen"], row["to"], row["from"]), conversion.reverse())
        self._rows = reverse | self._rows

    def find(self, test: str | None, specimen: str | None, unit: str | None, to: str | None) -> Conversion | None:
        """The conversion for a test, the most particular row first; the same unit needs none; None: there is none."""
        if to in (unit, AS_COLLECTED):
            return Conversion()
        keys = ((test or "", specimen or ""), (test or "", ""), ("", specimen or ""), ("", ""))
        return next((self._rows[k] for t, s in keys if (k := (t, s, unit or "", to or "")) in self._rows), None)


@lru_cache(maxsize=1 << 16)
def quantity(value: str) -> Quantity | None:
    """The number, qualified number or range that a transliterated text is; None for any other (``1,5``, ``1+``)."""
    if match := _QUANTITY.fullmatch(value.strip()):
        return Quantity(match[2], match[1] or "")
    if match := _RANGE.fullmatch(value.strip()):
        return Quantity(match[1], upper=match[2])
    return None


def with_point(values: Column, decimal: Column | None) -> Column:
    """Numbers (also qualified, and ranges) written with another decimal sign, with a point; all else as it is.

    Missing where the point in a number may part thousands: ``1.234`` beside a decimal comma is 1234 or 1.234.
    """
    if decimal is None:
        return text(values)

    def changed(value: str | None, sign: str | None) -> str | None:
        if value is None or sign is None or sign == ".":
            return value
        if sign not in value or "." in value:
            return None if _THOUSANDS.search(value) and quantity(transliterate(value)) else value
        pointed = value.replace(sign, ".")
        return pointed if quantity(transliterate(pointed)) else value

    return on_distinct_rows([text(values), text(decimal)], changed)


def round_significant(value: Fraction, digits: int = 6) -> str:
    """A number rounded half up to so many significant digits, without exponent and trailing zeros.

    Source: design basis 6.2.
    """
    exact = Context(prec=50).divide(Decimal(value.numerator), Decimal(value.denominator))
    shown = format(Context(prec=digits, rounding=ROUND_HALF_UP).plus(exact), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def plausible(number: Column, unit: Column, test: Column, limits: Table) -> list[Problem]:
    """RESULT_IMPLAUSIBLE for numbers outside the limits of their test and unit; nothing is changed.

    The table has the columns test, unit, low, high (inclusive; either may be blank). Source: scenario J31.
    """
    low, high = limits_of(unit, test, limits)
    values = numbers(number).to_numpy()
    rows = np.flatnonzero((values < low) | (values > high)).astype(np.int64)
    if not len(rows):
        return []
    message = "result {value} is outside what is plausible for its test and unit; check the unit. Nothing was changed"
    return [Problem("RESULT_IMPLAUSIBLE", "warning", rows, message, _with_unit(number, unit, test, rows))]


def limits_of(unit: Column, test: Column, limits: Table) -> tuple[Column, Column]:
    """The lower and upper limit of plausibility of each row's test and unit; missing where the table has none."""
    table = {(r["test"], r["unit"]): (r["low"], r["high"]) for r in rows_of(limits, ["test", "unit", "low", "high"])}
    first, inverse = distinct_rows([text(test), text(unit)])
    pairs = zip(plain(take(text(test), first)), plain(take(text(unit), first)), strict=True)
    ends = [table.get((t or "", u or ""), ("", "")) for t, u in pairs]
    return _numbers([low for low, _ in ends], inverse), _numbers([high for _, high in ends], inverse)


def _numbers(values: list[str], inverse: Codes) -> Column:
    return take_numbers([parse_number(v) for v in values], inverse)


def _with_unit(number: Column, unit: Column, test: Column, rows: Codes) -> Column:
    parts = [plain(take(text(c), rows)) for c in (test, number, unit)]
    return text([" ".join(p for p in row if p) for row in zip(*parts, strict=True)])


def _conversion(row: dict[str, str]) -> Conversion:
    try:
        conversion = Conversion(Fraction(row["factor"]), Fraction(row["offset"] or "0"), bool(row["volume"]))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"unit conversions: factor or offset of {_spoken(row)} is no number ({error})") from error
    if conversion.factor == 0:
        raise ValueError(f"unit conversions: the factor of {_spoken(row)} is 0")
    return conversion


def _spoken(row: dict[str, str]) -> str:
    return f"{row['test'] or 'any test'}, {row['specimen'] or 'any specimen'}, from {row['from']} to {row['to']}"


def _plain_digits(number: str) -> str:
    number = number.removeprefix("+")
    return format(Decimal(number), "f") if "e" in number.lower() else number
