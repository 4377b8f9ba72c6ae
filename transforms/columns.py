"""Columns as the whole program holds them, and work on their distinct values.

A *text column* is a pandas categorical whose categories are strings; missing is NaN (an empty string is missing too).
A *number column* is float64; missing is NaN. Nothing is ever an object column. Work is done once per distinct value,
or once per distinct combination of values, and mapped back by code.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    Column: TypeAlias = pd.Series[Any]
else:  # the bare class, so that annotations such as ``Column | None`` can be evaluated by the registry
    Column = pd.Series
Codes: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
T = TypeVar("T")
_STRINGS = pd.StringDtype("pyarrow", na_value=np.nan)
_REMEMBERED = 64


def text(values: Column | Iterable[str | None]) -> Column:
    """Any column or list of strings as a text column; empty strings become missing, the index is 0..n-1."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="str")
    if not _counted(series.index):
        series = series.reset_index(drop=True)
    if isinstance(series.dtype, pd.CategoricalDtype):
        if series.dtype.categories.dtype == "str" and not _holds_empty(series):
            return series
        series = series.astype("str")
    elif pd.api.types.is_float_dtype(series.dtype):
        uniques, codes = np.unique(series.to_numpy(), return_inverse=True)
        return take_results([format_number(v) for v in uniques], codes.astype(np.int64))
    series = series.astype("str")
    codes, categories = pd.factorize(series.mask(series == ""), sort=True)
    return from_codes(codes, list(categories))


def from_codes(codes: npt.NDArray[np.integer], values: Sequence[str] | pa.Array) -> Column:
    """A text column of the place of each row's value (-1: missing) in a list of distinct texts, none of them empty."""
    return _text_column(codes, _categories(values))


def to_arrow(column: Column, *, narrow: bool = False) -> pa.DictionaryArray:
    """A text column as an Arrow dictionary, with only the values in use; ``narrow``: in the fewest bytes a code."""
    values, codes = pa.array(_index_of(column)), _codes(column)
    used = np.bincount(codes.astype(np.intp) + 1, minlength=len(values) + 1)[1:] > 0
    if not used.all():
        place = np.append(np.cumsum(used) - 1, -1).astype(np.int32)
        values, codes = values.take(np.flatnonzero(used)), place[codes]
    known = codes >= 0
    bits = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    width = np.min_scalar_type(-len(values) - 1) if narrow else np.dtype(np.int32)
    wide_enough = pa.py_buffer(codes.astype(width, copy=False))
    indices = pa.Array.from_buffers(pa.from_numpy_dtype(width), len(codes), [bits, wide_enough])
    return pa.DictionaryArray.from_arrays(indices, values)


def constant(value: str | None, size: int) -> Column:
    """A text column that holds one value (or nothing) in every row."""
    return _text_column(np.full(size, 0 if value else -1, dtype=np.int32), _only(value or ""))


@lru_cache(maxsize=4096)
def _only(value: str) -> pd.CategoricalDtype:
    return _categories([value] if value else [])


def raw_codes(column: Column) -> Codes:
    """The place of each row's value in ``categories_of`` a text column; -1 where missing."""
    return _codes(column).astype(np.int64)


def take(column: Column, rows: Codes) -> Column:
    """The values at some positions, as a column of their own."""
    values = column.array
    if isinstance(values, pd.Categorical):
        return _text_column(values.codes[rows], values.dtype)
    return pd.Series(column.to_numpy()[rows], copy=False)


def pick(column: Column, rows: Codes) -> Column:
    """The values at some positions, as a column of their own; missing at -1."""
    values = column.array
    if isinstance(values, pd.Categorical):
        return _text_column(np.append(values.codes, values.codes.dtype.type(-1))[rows], values.dtype)
    return pd.Series(np.append(column.to_numpy(dtype=np.float64), np.nan)[rows], copy=False)


def codes_of(column: Column) -> Codes:
    """An integer code of each row's value; -1 where missing. Codes order as the values do; there may be gaps."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        rank = _ranks(column)
        return raw_codes(column) if rank is None else rank[raw_codes(column)]
    values = column.to_numpy()
    found = _whole_numbers(values)
    return pd.factorize(values, sort=True)[0].astype(np.int64) if found is None else found


def _whole_numbers(values: npt.NDArray[np.float64]) -> Codes | None:
    """Whole numbers that lie close together (days, numbers of records) as codes without sorting; None for others."""
    known = ~np.isnan(values)
    if not known.any():
        return np.full(len(values), -1, dtype=np.int64)
    low, high = np.min(values, where=known, initial=np.inf), np.max(values, where=known, initial=-np.inf)
    if not high - low <= 4 * len(values) + 1024 or (np.floor(values) != values)[known].any():
        return None
    return np.where(known, values - low, -1).astype(np.int64)


def categories_of(column: Column) -> list[str]:
    """The distinct values of a text column, in the order of its own (unsorted) codes."""
    return _listed(column).copy()


def of_categories(function: Callable[[pd.Index], T]) -> Callable[[Column | pd.Index], T]:
    """What a function makes of the distinct values of a text column, remembered for the columns that it met last.

    Columns that were taken, stacked or chosen from one another share their list of values, so that dates, for example,
    are read once for all variables that are made of them. The result must not be changed.
    """
    recent: OrderedDict[int, tuple[pd.Index, T]] = OrderedDict()

    def of(column: Column | pd.Index) -> T:
        index = column if isinstance(column, pd.Index) else _index_of(column)
        found = recent.get(id(index))
        if found is None:
            found = recent[id(index)] = (index, function(index))  # kept with it, so that the id stays its own
            if len(recent) > _REMEMBERED:
                recent.popitem(last=False)
        return found[1]

    return of


@of_categories
def _listed(index: pd.Index) -> list[str]:
    found: list[str] = index.tolist()
    return found


@of_categories
def _holds_empty(index: pd.Index) -> bool:
    return "" in _listed(index)


@of_categories
def _ranks(index: pd.Index) -> Codes | None:
    """The rank of each of the values, and -1 for missing; None where they are in order."""
    values = pa.array(index)
    if pc.all(pc.less(values[:-1], values[1:])).as_py() is not False:
        return None
    rank = np.full(len(index) + 1, -1, dtype=np.int64)
    rank[pc.array_sort_indices(values).to_numpy()] = np.arange(len(index))
    return rank


def on_distinct(column: Column, function: Callable[[str], str | None]) -> Column:
    """A text column made by applying a function once to each distinct value; missing stays missing."""
    column = text(column)
    values = categories_of(column)
    results = [function(value) for value in values]
    return column if results == values else take_results(results, raw_codes(column))


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
    values = [plain(take(column, first)) for column in columns]
    return take_results([function(*row) for row in zip(*values, strict=True)], inverse)


def plain(column: Column) -> list[Any]:
    """The values of a (short) column as Python objects, None where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = [*categories_of(column), None]
        return [values[code] for code in raw_codes(column).tolist()]
    return [None if pd.isna(v) else v for v in column.tolist()]


def take_results(results: Sequence[str | None], inverse: Codes) -> Column:
    """A text column from results per distinct value and the code of each row (-1: missing)."""
    number: dict[str, int] = {v: i for i, v in enumerate(sorted({r for r in results if r}))}
    lookup = np.array([number[r] if r else -1 for r in results] + [-1], dtype=np.int64)
    return from_codes(lookup[inverse], list(number))


def take_numbers(results: Sequence[float | None], inverse: Codes) -> Column:
    """A number column from results per distinct value and the code of each row (-1: missing)."""
    lookup = np.array([np.nan if r is None else r for r in results] + [np.nan], dtype=np.float64)
    return pd.Series(lookup[inverse], copy=False)


def numbers(column: Column) -> Column:
    """A text column read as numbers; what is not a plain decimal number is missing."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        if column.dtype == np.float64 and _counted(column.index):
            return column
        return column.astype("float64").reset_index(drop=True)
    return take_numbers([parse_number(v) for v in categories_of(column)], raw_codes(column))


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
    values = column.array
    result: Mask = values.codes < 0 if isinstance(values, pd.Categorical) else column.isna().to_numpy()
    return result


def stack(columns: Sequence[Column]) -> Column:
    """Columns of one kind laid one below the other; a text column without any value goes with numbers too."""
    return lay(columns, [len(c) for c in columns])


def lay(columns: Sequence[Column | None], sizes: Sequence[int]) -> Column:
    """Columns of one kind laid one below the other, each of the size given beside it; missing where there is none."""
    every_end = np.cumsum(sizes)
    size = int(every_end[-1])
    given = [(c, end) for c, end in zip(columns, every_end, strict=True) if c is not None]
    ends = [end for _, end in given]
    texts = [c for c, _ in given if isinstance(c.dtype, pd.CategoricalDtype)]
    if len(texts) < len(given) and all(missing(c).all() for c in texts):
        found = np.full(size, np.nan)
        for column, end in given:
            if not isinstance(column.dtype, pd.CategoricalDtype):
                found[end - len(column) : end] = column.to_numpy(dtype=np.float64)
        return pd.Series(found, copy=False)
    if not given:
        return constant(None, size)
    texts = [text(c) for c, _ in given]
    distinct = {id(_index_of(c)): c for c in texts if len(_index_of(c))}
    place: dict[int, npt.NDArray[np.int32]] = {}
    some = next(iter(distinct.values()), texts[0])
    dtype, count = some.dtype, len(_index_of(some))
    if len(distinct) > 1:  # most often there is one: all of one source column, or nothing but missing values
        lists = {key: categories_of(c) for key, c in distinct.items()}
        number = {v: i for i, v in enumerate(sorted(set().union(*lists.values())))}
        place = {key: np.array([*map(number.__getitem__, values), -1], dtype=np.int32) for key, values in lists.items()}
        dtype, count = _categories(list(number)), len(number)
    codes = np.full(size, -1, dtype=np.min_scalar_type(-count - 1))
    for column, end in zip(texts, ends, strict=True):
        if (key := id(_index_of(column))) in distinct:
            codes[end - len(column) : end] = place[key][_codes(column)] if place else _codes(column)
    return _text_column(codes, dtype)


def choose(column: Column, where: Mask, other: Column) -> Column:
    """The first column, with the other's value in the rows of the mask."""
    if isinstance(column.dtype, pd.CategoricalDtype) or isinstance(other.dtype, pd.CategoricalDtype):
        both, size = stack([column, other]), len(column)
        if both.dtype == "float64":
            values = both.to_numpy()
            return pd.Series(np.where(where, values[size:], values[:size]))
        codes = raw_codes(both)
        return _text_column(np.where(where, codes[size:], codes[:size]), both.dtype)
    return pd.Series(np.where(where, other.to_numpy(), column.to_numpy()))


def only(column: Column, where: Mask) -> Column:
    """The column in the rows of the mask, and missing elsewhere."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _text_column(np.where(where, raw_codes(column), -1), column.dtype)
    return pd.Series(np.where(where, column.to_numpy(dtype=np.float64), np.nan))


def order_of(columns: Sequence[Column]) -> Codes:
    """The stable order of rows by several columns, missing first, as positions."""
    return np.lexsort([codes_of(c) for c in reversed(columns)]).astype(np.int64) if columns else np.empty(0, np.int64)


def _categories(values: Sequence[str] | pa.Array) -> pd.CategoricalDtype:
    """Distinct texts as categories; pandas is not asked to prove it, which takes longer than all else that is done."""
    texts = values if isinstance(values, pa.Array) else pa.array(values, type=pa.large_string())
    index = pd.Index(pd.arrays.ArrowStringArray(texts, dtype=_STRINGS), copy=False)  # type: ignore[call-arg]
    return pd.CategoricalDtype._from_fastpath(index)  # type: ignore[attr-defined,no-any-return]


def _text_column(codes: npt.NDArray[Any], dtype: Any) -> Column:
    """A text column of codes that are known to be right: they are not looked at again."""
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype, validate=False), copy=False)


def _codes(column: Column) -> npt.NDArray[np.signedinteger]:
    """The codes of a text column as they are, which must not be changed."""
    values = column.array
    assert isinstance(values, pd.Categorical)
    return values.codes


def _index_of(column: Column) -> pd.Index:
    """The categories of a text column."""
    assert isinstance(column.dtype, pd.CategoricalDtype)
    return column.dtype.categories


def _counted(index: pd.Index) -> bool:
    """Whether an index is 0..n-1."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1
