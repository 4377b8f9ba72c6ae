"""Parquet files of a dataset, for people and programs; the same data give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.columns import to_arrow

CREATED_BY = b"parquet-cpp-arrow version " + pa.__version__.encode()


def write_parquet(path: Path, names: Sequence[str], parts: Callable[[], Iterable[pd.DataFrame]]) -> None:
    """Write the named columns of all parts to one file: text as strings, numbers as doubles, integers as they are.

    The writer's own version stamp is blanked, so that a library update alone changes no byte of the data pages' file.
    """
    writer: pq.ParquetWriter | None = None
    for frame in parts():
        table = pa.Table.from_arrays([_arrow(frame[n]) for n in names], names=list(names))
        if writer is None:
            writer = pq.ParquetWriter(
                path, table.schema, compression="zstd", write_statistics=False, store_schema=False
            )
        writer.write_table(table)
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


def _arrow(column: pd.Series) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return to_arrow(column)
    values_ = column.to_numpy()
    return pa.array(values_, from_pandas=True)
