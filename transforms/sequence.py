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


def _numbered(groups: Sequence[Codes], by: Sequence[Column], records: Records) -> Column:
    order = np.lexsort([records.identity, *(codes_of(c) for c in reversed(by)), *reversed(groups)])
    starts = run_starts([group[order] for group in groups])
    positions = np.arange(len(order))
    first = np.maximum.accumulate(np.where(starts, positions, 0))
    numbers = np.empty(len(order), dtype=np.float64)
    numbers[order] = positions - first + 1
    return pd.Series(numbers)
