"""Decimal numbers as whole numbers, so that no binary rounding decides a threshold: 50.0 percent is 50 percent.

A number is held as its count of ten-thousand-millionths (10 decimals). Digits beyond the tenth decimal are traces of a
binary computation in the source (0.30000000000000004) and are rounded half away from zero. Sums and differences are
exact, and products with a fraction are compared exactly, whatever their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from transforms.columns import Codes, Column, Mask, categories_of, raw_codes

DECIMALS = 10
UNIT = 10**DECIMALS
LIMIT = 2**61 // UNIT
"""Numbers as large as this (230 million) and larger are no measurements and not held."""
_HALF = 31
_STEP = Decimal(1).scaleb(-DECIMALS)


@dataclass(frozen=True)
class Exact:
    """A column of decimal numbers; where ``known`` is False, the number is missing and ``units`` is 0.

    Comparisons are False where either side is missing.
    """

    units: Codes
    known: Mask

    @classmethod
    def of_units(cls, units: list[int | None], inverse: Codes) -> Exact:
        """Numbers given per distinct value (see ``units_of``) and the code of each row (-1: missing)."""
        table = np.array([0 if u is None else u for u in units] + [0], dtype=np.int64)
        there = np.array([u is not None for u in units] + [False], dtype=np.bool_)
        return cls(table[inverse], there[inverse])

    @classmethod
    def of(cls, column: Column) -> Exact:
        """A text or number column; what is not a plain decimal number is missing."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = raw_codes(column)
            return cls.of_units([units_of(v) for v in categories_of(column)], codes)
        codes, values = pd.factorize(column.to_numpy(dtype=np.float64))
        return cls.of_units([units_of(repr(float(v))) for v in values], codes.astype(np.int64))

    @classmethod
    def missing(cls, size: int) -> Exact:
        """A column without any number."""
        return cls(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.units)

    def __sub__(self, other: Exact) -> Exact:
        known = self.known & other.known
        return Exact(np.where(known, self.units - other.units, 0), known)

    def at(self, positions: Codes) -> Exact:
        """The numbers at some positions; missing at -1."""
        return Exact(np.append(self.units, 0)[positions], np.append(self.known, False)[positions])

    def where(self, mask: Mask) -> Exact:
        """The same numbers, missing outside the mask."""
        known = self.known & mask
        return Exact(np.where(known, self.units, 0), known)

    def or_else(self, other: Exact) -> Exact:
        """The other number where this one is missing."""
        return Exact(np.where(self.known, self.units, other.units), self.known | other.known)

    def at_least(self, number: Fraction | int) -> Mask:
        """Where the number is not less than a limit."""
        result: Mask = self.known & (self.units >= ceil(Fraction(number) * UNIT))
        return result

    def below(self, number: Fraction | int) -> Mask:
        """Where the number is less than a limit."""
        return self.known & ~self.at_least(number)

    def above(self, number: Fraction | int) -> Mask:
        """Where the number is more than a limit."""
        result: Mask = self.known & (self.units > Fraction(number) * UNIT // 1)
        return result

    def at_most(self, number: Fraction | int) -> Mask:
        """Where the number is not more than a limit."""
        return self.known & ~self.above(number)

    def compared(self, other: Exact, times: Fraction | int = 1) -> Codes:
        """The sign of the difference to so many times another number: -1, 0 or 1; 0 where either is missing.

        Raises ValueError where ``times`` is negative or has more than nine digits.
        """
        factor = Fraction(times)
        if factor < 0 or max(factor.numerator, factor.denominator) >= 2**_HALF:
            raise ValueError(f"an exact comparison takes a factor from 0 to {2**_HALF - 1}, not {times}")
        high, low = _product(self.units, factor.denominator)
        other_high, other_low = _product(other.units, factor.numerator)
        sign = np.where(high != other_high, np.sign(high - other_high), np.sign(low - other_low))
        result: Codes = np.where(self.known & other.known, sign, 0).astype(np.int64)
        return result

    def at_least_times(self, times: Fraction | int, other: Exact) -> Mask:
        """Where the number is not less than so many times another."""
        return self.known & other.known & (self.compared(other, times) >= 0)

    def above_times(self, times: Fraction | int, other: Exact) -> Mask:
        """Where the number is more than so many times another."""
        result: Mask = self.compared(other, times) > 0
        return result

    def numbers(self) -> Column:
        """A number column, for display."""
        return pd.Series(np.where(self.known, self.units / UNIT, np.nan))


def units_of(value: str | Fraction) -> int | None:
    """A decimal text (``40``, ``4.1``, ``1e-3``) or fraction in units of the tenth decimal; None for any other.

    Also None for numbers of ``LIMIT`` and more.
    """
    try:
        number = Decimal(value) if isinstance(value, str) else Decimal(value.numerator) / Decimal(value.denominator)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= LIMIT:
        return None
    return int(number.quantize(_STEP, rounding=ROUND_HALF_UP).scaleb(DECIMALS))


def fraction(value: float) -> Fraction:
    """A number of a spec as the decimal that was written there: 0.26 is 26/100."""
    return Fraction(str(value))


def _product(units: Codes, factor: int) -> tuple[Codes, Codes]:
    """Units times a factor below 2**31, in two parts that compare like one number of 93 bits."""
    mask = (1 << _HALF) - 1
    low = (units & mask) * factor
    return (units >> _HALF) * factor + (low >> _HALF), low & mask
