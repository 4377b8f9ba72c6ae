"""Frames on disk between steps: Arrow IPC files, so that tasks are given paths, never frames (design, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc

from transforms.columns import Column, from_codes, to_arrow


def write_frame(path: Path, columns: Mapping[str, Any]) -> None:
    """Columns (text, number, or integer arrays) as one Arrow file; only the categories in use are kept.

    Packed with LZ4, which takes less processor time than handing the bytes of sparse columns to the system.
    """
    arrays = [_arrow(c) for c in columns.values()]
    table = pa.Table.from_arrays(arrays, names=list(columns))
    packed = pyarrow.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_file(sink, table.schema, options=packed) as writer:
        writer.write_table(table)


def read_columns(path: Path) -> dict[str, Column]:
    """The columns of an Arrow file in the column contract."""
    with pa.memory_map(str(path), "r") as source:
        table = pyarrow.ipc.open_file(source).read_all()
        return {n: _column(table.column(n)) for n in table.column_names}


def read_frame(path: Path) -> pd.DataFrame:
    """The same as a frame."""
    return pd.DataFrame(read_columns(path), copy=False)


def _arrow(column: Any) -> Any:
    if isinstance(column, pd.Series) and isinstance(column.dtype, pd.CategoricalDtype):
        return to_arrow(column, narrow=True)
    return pa.array(column.to_numpy() if isinstance(column, pd.Series) else column)


def _column(chunked: Any) -> Column:
    array = chunked.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], type=array.type)
    if pa.types.is_dictionary(array.type):
        return from_codes(array.indices.fill_null(-1).to_numpy(), array.dictionary)
    return pd.Series(np.array(array.to_numpy(zero_copy_only=False)))
