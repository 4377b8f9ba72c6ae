"""Splitting: parts are under the limit, end between subjects, and together are the whole, record for record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from delivery.split import split_xpt
from delivery.xpt import XptError, XptVariable, write_xpt
from delivery.xpt_reader import read_xpt


def text(*values: str) -> pd.Series[Any]:
    return pd.Series(pd.Categorical(pd.Series(values, dtype="str")))


def made(folder: Path, name: str, subjects: list[str]) -> Path:
    path = folder / f"{name.lower()}.xpt"
    frame = pd.DataFrame({"USUBJID": text(*subjects), "LBSEQ": np.arange(len(subjects), dtype="float64")})
    variables = [XptVariable("USUBJID", "Subject", "Char"), XptVariable("LBSEQ", "Sequence", "Num")]
    write_xpt(path, name, "Laboratory", variables, lambda: [frame], datetime(2026, 3, 31))
    return path


def header_of(path: Path, records: int, width: int) -> int:
    return path.stat().st_size - (records * width + -records * width % 80)


def test_a_file_within_the_limit_has_no_parts(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A", "B"])
    assert split_xpt(path, path.stat().st_size) == []
    assert not (tmp_path / "split").exists()


def test_parts_end_between_subjects(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A"] * 30 + ["B"] * 30 + ["C"] * 30 + ["D"] * 5)
    whole = path.read_bytes()
    limit = header_of(path, 95, 9) + 80 + 70 * 9
    parts = split_xpt(path, limit)
    assert [p.relative_to(tmp_path).as_posix() for p in parts] == ["split/lb1.xpt", "split/lb2.xpt"]
    assert [read_xpt(p)[1]["USUBJID"].tolist() for p in parts] == [["A"] * 30 + ["B"] * 30, ["C"] * 30 + ["D"] * 5]
    assert all(p.stat().st_size <= limit for p in parts)
    assert path.read_bytes() == whole
    together = pd.concat([read_xpt(p)[1] for p in parts], ignore_index=True)
    assert together["LBSEQ"].tolist() == read_xpt(path)[1]["LBSEQ"].tolist() == list(range(95))


def test_parts_are_datasets_of_their_own_name_with_the_same_variables(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A"] * 40 + ["B"] * 40)
    for part in split_xpt(path, header_of(path, 80, 9) + 80 + 40 * 9):
        meta, _ = read_xpt(part)
        assert (meta["name"], meta["label"]) == (part.stem.upper(), "Laboratory")
        assert meta["variables"] == read_xpt(path)[0]["variables"]
        assert len(pyreadstat.read_xport(str(part))[0]) == 40


def test_a_subject_over_the_limit_is_split_between_records(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A"] * 100 + ["B"] * 2)
    parts = split_xpt(path, header_of(path, 102, 9) + 80 + 40 * 9)
    assert [len(read_xpt(p)[1]) for p in parts] == [40, 40, 22]


def test_numbers_of_parts_sort(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A"] * 100)
    parts = split_xpt(path, header_of(path, 100, 9) + 80 + 10 * 9)
    assert [p.name for p in parts][:2] == ["lb01.xpt", "lb02.xpt"]
    assert len(parts) == 10


def test_what_cannot_be_split_says_so(tmp_path: Path) -> None:
    path = made(tmp_path, "LB", ["A"] * 100)
    with pytest.raises(XptError, match="one record is over 500 bytes; give a larger limit"):
        split_xpt(path, 500)
    path = made(tmp_path, "ADLBHEMA", ["A"] * 100)
    with pytest.raises(XptError, match="ADLBHEMA1, the name of a part, has over 8 characters"):
        split_xpt(path, path.stat().st_size - 1)
