"""Numbers of records within a subject, from one stable sort and the boundaries of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.columns import Codes, Column, Mask, codes_of
from transforms.registry import Records, register


@register("1 to n within each subject, in the order of {by}.")
def sequence_number(by: list[Column], records: Records) -> Column:
    """--SEQ: numbers from 1 per subject in the order of the keys, missing first, then as the records were delivered.

    Text is ordered by value, numbers numerically. Source: SDTMIG 3.4 section 4.1.5; design basis 3.1.
    """
    return _numbered([records.subject], by, records)


@register("1 to n within each subject and {within}, in the order of {by}.")
def rank_within(within: list[Column], by: list[Column], records: Records) -> Column:
    """Numbers from 1 per subject and group (missing is a group of its own) in the order of ``by``, missing first."""
    return _numbered([records.subject, *(codes_of(c) for c in within)], by, records)


def run_starts(keys: Sequence[npt.NDArray[Any]]) -> Mask:
    """Where, in rows already sorted by the keys, a new combination begins."""
    starts = np.ones(len(keys[0]), dtype=np.bool_)
    starts[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return starts


def sort_order(keys: Sequence[Codes]) -> Codes:
    """The stable order of rows by several codes, the first leading; -1 goes first.

    Neighbouring keys are sorted as one number where they fit into it.
    """
    joined: list[Codes] = []
    span = 2**62
    for key in keys:
        low = int(key.min(initial=0))
        width = int(key.max(initial=0)) - low + 1
        if span * width >= 2**62:
            joined.append(key - low)
            span = width
        else:
            joined[-1] = joined[-1] * width + (key - low)
            span *= width
    return np.lexsort(joined[::-1]).astype(np.int64) if joined else np.empty(0, dtype=np.int64)


def stable_order(keys: Sequence[npt.NDArray[Any]]) -> Codes:
    """The stable order of rows by several numbers (none of them NaN), the first leading; what is in order stays."""
    tied: Mask = np.ones(max(len(keys[0]) - 1, 0), dtype=np.bool_)
    for key in keys:
        if (tied & (key[1:] < key[:-1])).any():
            return np.lexsort(list(keys[::-1])).astype(np.int64)
        tied &= key[1:] == key[:-1]
    return np.arange(len(keys[0]), dtype=np.int64)


def group_numbers(keys: Sequence[Codes]) -> tuple[Codes, int]:
    """A number for each row's combination of codes (-1 is a value too), in no order, and the highest that may occur.

    Numbers are not much more than there are rows, so that arrays can be made by them.
    """
    combined, span = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        width = int(key.max(initial=-1)) + 2
        if span * width >= 2**62:
            combined, span = _renumbered(combined)
        combined, span = combined * width + key + 1, span * width
    return (combined, span) if span <= 4 * len(combined) + 1024 else _renumbered(combined)


def first_of_each(group: Codes, count: int, keys: Sequence[npt.NDArray[Any]]) -> Codes:
    """The row of each group with the least first key, of equal ones with the least second key, and so on; in order.

    The last key must tell all rows of a group apart. NaN is greater than everything.
    """
    rows = np.arange(len(group), dtype=np.int64)
    for key in keys:
        values = np.where(np.isnan(key), np.inf, key) if key.dtype.kind == "f" else key.astype(np.float64)
        least = np.full(count, np.inf)
        np.minimum.at(least, group[rows], values[rows])
        rows = rows[values[rows] == least[group[rows]]]
    return rows


def _renumbered(values: Codes) -> tuple[Codes, int]:
    codes, distinct = pd.factorize(values)
    return codes.astype(np.int64), len(distinct)


def _numbered(groups: Sequence[Codes], by: Sequence[Column], records: Records) -> Column:
    order = sort_order([*groups, *(codes_of(c) for c in by), records.identity])
    starts = run_starts([group[order] for group in groups])
    positions = np.arange(len(order))
    first = np.maximum.accumulate(np.where(starts, positions, 0))
    numbers = np.empty(len(order), dtype=np.float64)
    numbers[order] = positions - first + 1
    return pd.Series(numbers)
