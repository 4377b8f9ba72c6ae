"""Parquet files: the same records give the same bytes, however they come in parts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from delivery import parquet
from delivery.parquet import write_parquet
from transforms.columns import text

RECORDS = [
    ("01-001", "HGB", 101.0),
    ("01-001", "WBC", 4.5),
    ("01-002", None, np.nan),
    ("01-002", "HGB", 99.0),
    ("01-003", "PLAT", 210.0),
]


def frame(first: int, last: int) -> pd.DataFrame:
    subject, test, value = zip(*RECORDS[first:last], strict=True)
    columns = {"USUBJID": text(pd.Series(subject)), "LBTESTCD": text(pd.Series(test, dtype="str"))}
    return pd.DataFrame({**columns, "LBSTRESN": pd.Series(value, dtype="float64")})


def written(path: Path, *cuts: int) -> bytes:
    edges = [0, *cuts, len(RECORDS)]
    parts = [frame(a, b) for a, b in pairwise(edges)]
    write_parquet(path, ["USUBJID", "LBTESTCD", "LBSTRESN"], lambda: parts)
    return path.read_bytes()


def test_text_is_text_and_numbers_are_doubles(tmp_path: Path) -> None:
    written(tmp_path / "lb.parquet")
    table = pq.read_table(tmp_path / "lb.parquet")
    assert [str(f.type) for f in table.schema] == ["string", "string", "double"]
    assert table.column("LBTESTCD").to_pylist() == ["HGB", "WBC", None, "HGB", "PLAT"]
    assert table.column("LBSTRESN").to_pylist() == [101.0, 4.5, None, 99.0, 210.0]


@pytest.mark.parametrize("cuts", [(1,), (2,), (3,), (4,), (1, 2, 3, 4)])
@pytest.mark.parametrize("row_group", [2, 3, 100])
def test_the_parts_do_not_change_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cuts: tuple[int, ...], row_group: int
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", row_group)
    assert written(tmp_path / "parts.parquet", *cuts) == written(tmp_path / "whole.parquet")


def test_row_groups_have_one_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 2)
    written(tmp_path / "lb.parquet", 1, 4)
    found = pq.ParquetFile(tmp_path / "lb.parquet").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [2, 2, 1]


def test_without_records_the_columns_are_there(tmp_path: Path) -> None:
    write_parquet(tmp_path / "lb.parquet", ["USUBJID", "LBTESTCD"], list)
    assert pq.read_table(tmp_path / "lb.parquet").column_names == ["USUBJID", "LBTESTCD"]
