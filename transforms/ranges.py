"""Reference ranges: limits as collected and in the standard unit, and where a result lies.

Source: design basis 3.5 (LBNRIND) and 6.2; SDTMIG 3.4 (--ORNRLO, --STNRLO, --NRIND); scenarios J13, J14, J17.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.ascii import transliterate
from transforms.columns import (
    Column,
    Mask,
    categories_of,
    constant,
    missing,
    numbers,
    on_distinct,
    on_distinct_rows,
    raw_codes,
    take,
    take_numbers,
    take_results,
    text,
)
from transforms.registry import Outcome, Problem, Table, register
from transforms.units import Conversions, quantity, with_point

_BOUNDS = ("low", "high")


@register(
    "The {bound} end of the reference range in {limit}[, decimal sign {decimal}].", origin="Collected", scope="record"
)
def original_limit(limit: Column, bound: str, decimal: Column | None = None) -> Outcome:
    """--ORNRLO or --ORNRHI: one end (``low``, ``high``) of a range text (``10-20``, ``<5``), or the number that it is.

    An open range has one end only; ``decimal`` is the sign (``,``) that stands for the point, and stays. Problem
    RANGE_UNREADABLE (warning) for any other text; raises ValueError for another
    bound. Source: scenario J17.
    """
    limit = text(limit)
    pointed = with_point(limit, decimal)
    values = on_distinct(pointed, lambda value: _end(value, bound))
    if decimal is not None:
        values = on_distinct_rows([limit, pointed, values, text(decimal)], _as_collected)
    readable = on_distinct(pointed, lambda value: value if quantity(transliterate(value)) else None)
    rows = np.flatnonzero(missing(readable) & ~missing(limit)).astype(np.int64)
    if not len(rows):
        return Outcome(values)
    message = "reference range {value} is neither a number nor a range; left empty"
    collected = take(limit, rows)
    return Outcome(values, [Problem("RANGE_UNREADABLE", "warning", rows, message, collected)])


@register(
    "The {bound} end of {limit}, converted from {unit} to {standard_unit} by {conversions} for {test}[ in {specimen}] "
    "(6 significant digits)[, decimal sign {decimal}].",
    scope="record",
)
def range_limit(
    limit: Column,
    bound: str,
    unit: Column,
    test: Column,
    standard_unit: Column,
    conversions: Table,
    specimen: Column | None = None,
    decimal: Column | None = None,
) -> Column:
    """--STNRLO or --STNRHI: one end (``low``, ``high``) of the range as a number in the standard unit.

    Missing without a unit or a conversion, as the result is; raises ValueError for another bound. Source: design basis
    6.2 (ranges are converted with the factor of the result).
    """
    table = Conversions(conversions)

    def convert(value: str | None, of: str | None, name: str | None, to: str | None, kind: str | None) -> str | None:
        end = None if value is None else _end(value, bound)
        conversion = table.find(name, kind, of, to)
        return conversion.apply(end) if end and conversion and not conversion.by_volume else None

    kinds = constant(None, len(limit)) if specimen is None else text(specimen)
    columns = [with_point(limit, decimal), *(text(c) for c in (unit, test, standard_unit)), kinds]
    return numbers(on_distinct_rows(columns, convert))


@register(
    "{limit} converted from {unit} to {standard_unit} by {conversions} for {test}[ in {specimen}] "
    "(6 significant digits)[, decimal sign {decimal}].",
    scope="record",
)
def converted_limit(
    limit: Column,
    unit: Column,
    test: Column,
    standard_unit: Column,
    conversions: Table,
    specimen: Column | None = None,
    decimal: Column | None = None,
) -> Column:
    """--LLOQ or --ULOQ: a limit of quantitation in the unit of the result as a number in the standard unit.

    Missing without a unit or a conversion, as the result is. Source: SDTMIG 3.4 (--LLOQ is in the unit of --STRESU).
    """
    return range_limit(limit, "low", unit, test, standard_unit, conversions, specimen, decimal)


@register(
    "LOW, NORMAL or HIGH by where {result} lies between {low} and {high}[; NORMAL or ABNORMAL for a text "
    "by {text_range}].",
    scope="record",
)
def range_indicator(result: Column, low: Column, high: Column, text_range: Column | None = None) -> Column:
    """--NRIND of --STRESC: LOW, NORMAL, HIGH by number; NORMAL or ABNORMAL where a text range is given for a text.

    Missing without a result or without any limit; with one limit only that one is looked at. A qualified result
    (``<5``) has an indicator only where it is certain. Limits are inclusive. Source: design basis 3.5.
    """
    result = text(result)
    lowest, least_open = _reach(result, "low")
    highest, most_open = _reach(result, "high")
    lower, upper = numbers(low).to_numpy(), numbers(high).to_numpy()
    ranged = ~(np.isnan(lower) & np.isnan(upper)) & ~np.isnan(lowest)
    is_low = ranged & ((highest < lower) | ((highest == lower) & most_open))
    is_high = ranged & ((lowest > upper) | ((lowest == upper) & least_open))
    # A range that begins at 0 says that the quantity has no values below it, so "<5" cannot be LOW.
    above = np.isnan(lower) | (lowest >= lower) | ((lower == 0) & np.isneginf(lowest))
    below = np.isnan(upper) | (highest <= upper)
    codes = np.select([is_low, is_high, ranged & above & below], [0, 1, 2], default=-1).astype(np.int64)
    if text_range is not None:
        given, words = text(text_range), on_distinct(result, lambda value: None if quantity(value) else value)
        worded = ~missing(given) & ~missing(words)
        same = (
            on_distinct(words, str.casefold).astype("str") == on_distinct(given, str.casefold).astype("str")
        ).to_numpy()
        codes = np.where(worded, np.where(same, 2, 3), codes).astype(np.int64)
    return take_results(["LOW", "HIGH", "NORMAL", "ABNORMAL"], codes)


def _end(value: str, bound: str) -> str | None:
    if bound not in _BOUNDS:
        raise ValueError(f"bound is 'low' or 'high', not {bound!r}")
    amount = quantity(transliterate(value))
    if amount is None:
        return None
    if amount.upper:
        return amount.number if bound == "low" else amount.upper
    closed = {"low": "<", "high": ">"}[bound]
    return None if amount.qualifier.startswith(closed) else amount.number


def _as_collected(limit: str | None, pointed: str | None, end: str | None, sign: str | None) -> str | None:
    """An end of a range that was read with a point, in the sign in which it was collected."""
    return end.replace(".", sign) if end and sign and limit != pointed else end


def _reach(result: Column, bound: str) -> tuple[npt.NDArray[np.float64], Mask]:
    """How far down (or up) a result can lie, and whether that end itself is excluded (``<5``, ``>5``)."""
    ends, excluded = [], []
    unbounded, sign = (-np.inf, "<") if bound == "low" else (np.inf, ">")
    for value in categories_of(result):
        amount = quantity(value)
        end = None if amount is None else _end(value, bound)
        ends.append(None if amount is None else unbounded if end is None else float(end))
        excluded.append(amount is not None and amount.qualifier in ("<", ">") and not amount.qualifier.startswith(sign))
    codes = raw_codes(result)
    return take_numbers(ends, codes).to_numpy(), np.array([*excluded, False], dtype=np.bool_)[codes]
