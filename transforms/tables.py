"""The rows of a table that a spec names, as plain texts."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.columns import plain, text
from transforms.registry import Table


def rows_of(table: Table, needed: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """Each row as texts by column name, trimmed, empty where missing; an optional column that is not there is empty.

    Raises ValueError with the columns that there are when a needed one is missing.
    """
    absent = [name for name in needed if name not in table.columns]
    if absent:
        raise ValueError(f"the table has no column {', '.join(absent)}; it has {', '.join(map(str, table.columns))}")
    columns = {n: plain(text(table[n])) if n in table.columns else [None] * len(table) for n in (*needed, *optional)}
    return [
        {n: (v or "").strip() for n, v in zip(columns, row, strict=True)} for row in zip(*columns.values(), strict=True)
    ]
