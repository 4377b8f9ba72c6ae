"""Related columns, literally: dates as ISO text become days since 1960-01-01, other text a text column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from transforms.columns import Column, plain, text
from transforms.registry import Edge, Made, Related

EPOCH = date(1960, 1, 1)


def day(value: str) -> float:
    return float((date.fromisoformat(value) - EPOCH).days)


def related(name: str, values: Sequence[str | float | None], subject: Sequence[int] | None = None) -> Related:
    """All of one kind: dates, other texts or numbers; subjects are 0, 1, 2, ... unless given."""
    owners = np.array(range(len(values)) if subject is None else subject, dtype=np.int64)
    return Related(name, _column(values), owners, np.arange(len(values), dtype=np.int64))


def _column(values: Sequence[str | float | None]) -> Column:
    texts = [v for v in values if isinstance(v, str)]
    if texts and not all(re.fullmatch(r"\d{4}-\d\d-\d\d", v) for v in texts):
        return text([v if isinstance(v, str) else None for v in values])
    numbers = [day(v) if isinstance(v, str) else np.nan if v is None else float(v) for v in values]
    return pd.Series(np.array(numbers, dtype=np.float64))


def iso(column: Column) -> list[str | None]:
    return [None if v is None else (EPOCH + timedelta(int(v))).isoformat() for v in plain(column)]


def shown(made: Made, *variables: str) -> list[tuple[Any, ...]]:
    """The subject and the named variables of each record, dates (variables that end in DT) as ISO text."""
    columns = [iso(made.columns[v]) if v.endswith("DT") else plain(made.columns[v]) for v in variables]
    return [(int(s), *row) for s, *row in zip(made.subject, *columns, strict=True)]


def traced(edges: Sequence[Edge], role: str) -> set[tuple[int, str, int]]:
    """The made record, the dataset and the record of it, for each edge of a role."""
    return {(int(r), e.of, int(o)) for e in edges if e.role == role for r, o in zip(e.rows, e.of_rows, strict=True)}
