"""Columns written to disk and read back: the same values, and no category that is not in use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.spill import read_frame, write_frame
from transforms.columns import plain, text


def test_text_numbers_and_integers_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    write_frame(path, {"T": text(["b", None, "a"]), "N": pd.Series([1.5, np.nan, 3.0]), "I": np.array([4, 5, 6])})
    frame = read_frame(path)
    assert plain(frame["T"]) == ["b", None, "a"]
    assert plain(frame["N"]) == [1.5, None, 3.0]
    assert frame["I"].tolist() == [4, 5, 6]


def test_rows_taken_from_a_column_leave_its_other_values_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    write_frame(path, {"T": text(["x", "y", "z"]).iloc[[1]]})
    assert read_frame(path)["T"].cat.categories.tolist() == ["y"]


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    write_frame(path, {"T": text([]), "N": pd.Series([], dtype="float64")})
    assert len(read_frame(path)) == 0


@given(st.lists(st.one_of(st.none(), st.text(min_size=1, max_size=5).filter(lambda v: "\x00" not in v))))
def test_any_text_comes_back(values: list[str | None]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.arrow"
        write_frame(path, {"T": text(values)})
        assert plain(read_frame(path)["T"]) == values
