"""Paired assessments of an endpoint: which records go together, how far they agree, and those that differ.

Source: design basis 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from specs.analyses import Pairing
from transforms.agreement import Agreement, agreement, matched
from transforms.columns import Codes, Mask, numbers, take, text

_START = date(1960, 1, 1)
LISTED = ("USUBJID", "FIRSTDT", "FIRST", "SECONDDT", "SECOND")
"""What a listing of differences starts with: whose, and date and level of the two."""


@dataclass(frozen=True)
class Paired:
    """The agreement of the pairs, whose they are, how many records found no partner, and the pairs that differ."""

    found: Agreement
    subjects: list[str]
    alone: tuple[int, int]
    differing: list[list[str]]
    """As ``LISTED``, then the columns asked for; each as text, dates in ISO 8601."""


def paired(pairs: Pairing, value: str, records: pd.DataFrame, second: Mask) -> Paired:
    """Pair the records where ``second`` with the others, of one subject and nearest in time; ``value`` is the level.

    Records without a complete date or without a level take no part. Raises ValueError for an unknown level.
    """
    if not len(records):
        nothing = text([])
        return Paired(agreement(nothing, nothing, pairs.levels, pairs.responders, pairs.unordered), [], (0, 0), [])
    day = numbers(records[pairs.date]).to_numpy(dtype=np.float64)
    usable = ~np.isnan(day) & ~text(records[value]).isna().to_numpy()
    one, other = np.flatnonzero(usable & ~second), np.flatnonzero(usable & second)
    person = text(records["USUBJID"])
    subject = person.cat.codes.to_numpy().astype(np.int64)
    whole = np.where(usable, day, 0).astype(np.int64)
    left, right = matched(subject[one], whole[one], subject[other], whole[other], pairs.within_days)
    alone = (len(one) - len(left), len(other) - len(right))
    one, other = one[left].astype(np.int64), other[right].astype(np.int64)
    level = text(records[value])
    first, answer = take(level, one), take(level, other)
    found = agreement(first, answer, pairs.levels, pairs.responders, pairs.unordered)
    differ = np.flatnonzero((first.astype("str") != answer.astype("str")).to_numpy())
    subjects = sorted(set(take(person, one).astype("str")))
    return Paired(found, subjects, alone, _listing(pairs, value, records, one[differ], other[differ]))


def _listing(pairs: Pairing, value: str, records: pd.DataFrame, one: Codes, other: Codes) -> list[list[str]]:
    """The pairs by subject and date, each with the asked columns of its second record."""
    asked = [("USUBJID", one), (pairs.date, one), (value, one), (pairs.date, other), (value, other)]
    asked += [(name, other) for name in pairs.columns]
    cells = [_cells(records[name].iloc[rows], name) for name, rows in asked]
    return sorted([list(row) for row in zip(*cells, strict=True)])


def _cells(column: pd.Series, name: str) -> list[str]:
    """Values as people read them; a number whose name ends in DT is a date (ADaMIG 1.3, 3.1.2), a day since 1960."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ["" if pd.isna(v) else str(v) for v in column.tolist()]
    shown = {v: _shown(float(v), name) for v in column.dropna().unique()}
    return [shown.get(v, "") for v in column.tolist()]


def _shown(value: float, name: str) -> str:
    if name.endswith("DT"):
        return (_START + timedelta(days=int(value))).isoformat()
    return str(int(value)) if value.is_integer() else repr(value)
