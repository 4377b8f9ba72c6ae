"""Parquet files of a dataset, for people and programs; the same data give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.columns import to_arrow

CREATED_BY = b"parquet-cpp-arrow version " + pa.__version__.encode()
ROW_GROUP = 131_072


def write_parquet(path: Path, names: Sequence[str], parts: Callable[[], Iterable[pd.DataFrame]]) -> None:
    """Write the named columns of all parts to one file: text as strings, numbers as doubles, integers as they are.

    Row groups have the same size however the parts are cut, and the writer's own version stamp is blanked, so that
    neither the ranges of a run nor a library update alone changes a byte.
    """
    writer: pq.ParquetWriter | None = None
    for table in _row_groups(_table(frame, names) for frame in parts()):
        if writer is None:
            writer = pq.ParquetWriter(
                path, table.schema, compression="zstd", write_statistics=False, store_schema=False
            )
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is None:
        pq.write_table(pa.table({n: pa.array([], pa.string()) for n in names}), path, store_schema=False)
    else:
        writer.close()
    content = path.read_bytes()
    at = content.rfind(CREATED_BY)
    if at >= 0:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(b"cutline".ljust(len(CREATED_BY)))


def _table(frame: pd.DataFrame, names: Sequence[str]) -> pa.Table:
    return pa.Table.from_arrays([_arrow(frame[n]) for n in names], names=list(names))


def _row_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The records of all tables in tables of ``ROW_GROUP`` records each, the last one shorter."""
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(table)
        size += table.num_rows
        while size >= ROW_GROUP:
            whole = pa.concat_tables(waiting)
            yield _joined(whole.slice(0, ROW_GROUP))
            waiting, size = [whole.slice(ROW_GROUP)], size - ROW_GROUP
    if size or waiting:
        yield _joined(pa.concat_tables(waiting))


def _joined(table: pa.Table) -> pa.Table:
    """One piece a column, as if it had never been in parts."""
    columns = [_in_order(c.combine_chunks()) for c in table.unify_dictionaries().columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _in_order(column: pa.Array) -> pa.Array:
    """A dictionary with its values in the order of first appearance, and only those in use."""
    if not pa.types.is_dictionary(column.type):
        return column
    codes = column.indices.fill_null(-1).to_numpy()
    used = pd.unique(codes[codes >= 0])
    place = np.full(len(column.dictionary) + 1, -1, dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    codes = place[codes]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), column.dictionary.take(pa.array(used)))


def _arrow(column: pd.Series) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return to_arrow(column)
    values_ = column.to_numpy()
    return pa.array(values_, from_pandas=True)
