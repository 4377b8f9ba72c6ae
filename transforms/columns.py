"""Columns as the whole program holds them, and work on their distinct values.

A *text column* is a pandas categorical whose categories are strings; missing is NaN (an empty string is missing too).
A *number column* is float64; missing is NaN. Nothing is ever an object column. Work is done once per distinct value,
or once per distinct combination of values, and mapped back by code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    Column: TypeAlias = pd.Series[Any]
else:  # the bare class, so that annotations such as ``Column | None`` can be evaluated by the registry
    Column = pd.Series
Codes: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]


def text(values: Column | Iterable[str | None]) -> Column:
    """Any column or list of strings as a text column; empty strings become missing, the index is 0..n-1."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="str")
    series = series.reset_index(drop=True)
    if isinstance(series.dtype, pd.CategoricalDtype):
        if series.dtype.categories.dtype == "str" and "" not in series.dtype.categories:
            return series
        series = series.astype("str")
    elif pd.api.types.is_float_dtype(series.dtype):
        uniques, codes = np.unique(series.to_numpy(), return_inverse=True)
        return take_results([format_number(v) for v in uniques], codes.astype(np.int64))
    series = series.astype("str")
    codes, categories = pd.factorize(series.mask(series == ""), sort=True)
    return _from_codes(codes.astype(np.int64), list(categories))


def constant(value: str | None, size: int) -> Column:
    """A text column that holds one value (or nothing) in every row."""
    codes = np.full(size, 0 if value else -1, dtype=np.int8)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=_of_one(value or None)))


@lru_cache(maxsize=4096)
def _of_one(value: str | None) -> pd.CategoricalDtype:
    """The categories of a column with one value, or none: the same object each time, so that stacking is cheap."""
    return pd.CategoricalDtype(pd.Index([value] if value else [], dtype="str"))


def codes_of(column: Column) -> Codes:
    """The integer code of each row's value; -1 where missing. Codes order as the values do."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        categories = column.cat.categories
        if categories.is_monotonic_increasing:
            return codes
        rank = np.empty(len(categories) + 1, dtype=np.int64)
        rank[np.argsort(categories.to_numpy(dtype=str), kind="stable")] = np.arange(len(categories))
        rank[-1] = -1
        return rank[codes]
    values = column.to_numpy()
    uniques, inverse = np.unique(values, return_inverse=True)
    codes = inverse.astype(np.int64)
    codes[pd.isna(values)] = -1
    return codes


def categories_of(column: Column) -> list[str]:
    """The distinct values of a text column, in the order of its own (unsorted) codes."""
    found: list[str] = column.cat.categories.tolist()
    return found


def on_distinct(column: Column, function: Callable[[str], str | None]) -> Column:
    """A text column made by applying a function once to each distinct value; missing stays missing."""
    column = text(column)
    results = [function(value) for value in categories_of(column)]
    return take_results(results, column.cat.codes.to_numpy().astype(np.int64))


def distinct_rows(columns: Sequence[Column]) -> tuple[Codes, Codes]:
    """The first position of each distinct combination of values, and for every row the number of its combination.

    Missing counts as a value of its own. Combinations are numbered in the order of their values.
    """
    size = len(columns[0]) if columns else 0
    combined = np.zeros(size, dtype=np.int64)
    span = 1
    for column in columns:
        codes = codes_of(column) + 1
        width = int(codes.max(initial=0)) + 1
        if span * width >= 2**62:  # number the combinations so far anew before the product overflows
            combined, span = _ranked(combined)
        combined = combined * width + codes
        span *= width
    inverse, count = _ranked(combined)
    first = np.empty(count, dtype=np.int64)
    first[inverse[::-1]] = np.arange(size)[::-1]
    return first, inverse


def _ranked(values: Codes) -> tuple[Codes, int]:
    """Each value as its rank among the distinct values, and how many there are."""
    codes, uniques = pd.factorize(values)
    rank = np.empty(len(uniques), dtype=np.int64)
    rank[np.argsort(uniques)] = np.arange(len(uniques))
    return rank[codes], len(uniques)


def on_distinct_rows(columns: Sequence[Column], function: Callable[..., str | None]) -> Column:
    """A text column made by applying a function once to each distinct combination; missing is passed as None."""
    first, inverse = distinct_rows(columns)
    values = [plain(column.iloc[first]) for column in columns]
    return take_results([function(*row) for row in zip(*values, strict=True)], inverse)


def plain(column: Column) -> list[Any]:
    """The values of a (short) column as Python objects, None where missing."""
    return [None if pd.isna(v) else v for v in column.tolist()]


def take_results(results: Sequence[str | None], inverse: Codes) -> Column:
    """A text column from results per distinct value and the code of each row (-1: missing)."""
    number: dict[str, int] = {v: i for i, v in enumerate(sorted({r for r in results if r}))}
    lookup = np.array([number[r] if r else -1 for r in results] + [-1], dtype=np.int64)
    return _from_codes(lookup[inverse], list(number))


def take_numbers(results: Sequence[float | None], inverse: Codes) -> Column:
    """A number column from results per distinct value and the code of each row (-1: missing)."""
    lookup = np.array([np.nan if r is None else r for r in results] + [np.nan], dtype=np.float64)
    return pd.Series(lookup[inverse])


def numbers(column: Column) -> Column:
    """A text column read as numbers; what is not a plain decimal number is missing."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype("float64").reset_index(drop=True)
    return take_numbers([parse_number(v) for v in categories_of(column)], column.cat.codes.to_numpy().astype(np.int64))


def parse_number(value: str) -> float | None:
    """A plain decimal number, or None; 'nan', 'inf' and '1_000' are not numbers here."""
    stripped = value.strip()
    if not stripped or not set(stripped) <= set("0123456789.+-eE"):
        return None
    try:
        number = float(stripped)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def format_number(value: float) -> str | None:
    """A number as its shortest decimal without exponent; None where missing."""
    if pd.isna(value):
        return None
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    shortest = np.format_float_positional(float(value), trim="-")
    return str(shortest)


def missing(column: Column) -> Mask:
    """Where a column has no value."""
    result: Mask = column.isna().to_numpy()
    return result


def stack(columns: Sequence[Column]) -> Column:
    """Columns of one kind laid one below the other."""
    if all(isinstance(c.dtype, pd.CategoricalDtype) for c in columns):
        lists = {id(c.cat.categories): c.cat.categories for c in columns}
        if len(lists) == 1:
            return _recoded(columns[0], np.concatenate([c.cat.codes.to_numpy() for c in columns]))
        names = sorted({v for categories in lists.values() for v in categories})
        index = pd.Index(names, dtype="str")
        places = {i: np.append(index.get_indexer(c), -1).astype(np.int64) for i, c in lists.items()}
        parts = [places[id(c.cat.categories)][c.cat.codes.to_numpy()] for c in columns]
        return _from_codes(np.concatenate(parts), names)
    if any(isinstance(c.dtype, pd.CategoricalDtype) for c in columns):
        return stack([text(c) for c in columns])
    return pd.Series(np.concatenate([c.to_numpy(dtype=np.float64) for c in columns]))


def choose(column: Column, where: Mask, other: Column) -> Column:
    """The first column, with the other's value in the rows of the mask."""
    if isinstance(column.dtype, pd.CategoricalDtype) or isinstance(other.dtype, pd.CategoricalDtype):
        both = stack([text(column), text(other)])
        size = len(column)
        rows = np.where(where, np.arange(size) + size, np.arange(size))
        return both.iloc[rows].reset_index(drop=True)
    return pd.Series(np.where(where, other.to_numpy(), column.to_numpy()))


def only(column: Column, where: Mask) -> Column:
    """The column in the rows of the mask, and missing elsewhere."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _recoded(column, np.where(where, column.cat.codes.to_numpy(), -1))
    return pd.Series(np.where(where, column.to_numpy(dtype=np.float64), np.nan))


def order_of(columns: Sequence[Column]) -> Codes:
    """The stable order of rows by several columns, missing first, as positions."""
    return np.lexsort([codes_of(c) for c in reversed(columns)]).astype(np.int64) if columns else np.empty(0, np.int64)


def _from_codes(codes: Codes, categories: list[str]) -> Column:
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(categories, dtype="str")))


def _recoded(like: Column, codes: npt.NDArray[np.integer]) -> Column:
    """A text column with the categories of another."""
    assert isinstance(like.dtype, pd.CategoricalDtype)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=like.dtype))
