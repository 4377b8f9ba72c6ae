"""Every row of a scenario table, from raw forms through the real run to ADRS and ADTTE.

All rows of one data cut go through one run as one extract. An empty expected cell is not asserted; ``NO RECORD`` means
that the record must not exist.
"""

from __future__ import annotations

import csv
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.run import RunOptions, run
from tests.scenarios.conftest import PUBLISHED
from tests.scenarios.raw_forms import Row, write_extract

EXPECTED = {
    "cbor": ("ADRS", "CBOR", "AVALC"),
    "cbordt": ("ADRS", "CBOR", "ADT"),
    "bor": ("ADRS", "BOR", "AVALC"),
    "rsp": ("ADRS", "RSP", "AVALC"),
    "rspdt": ("ADRS", "RSP", "ADT"),
    "pd": ("ADRS", "PD", "AVALC"),
    "pddt": ("ADRS", "PD", "ADT"),
    "pfs_adt": ("ADTTE", "PFS", "ADT"),
    "pfs_cnsr": ("ADTTE", "PFS", "CNSR"),
    "pfs_aval": ("ADTTE", "PFS", "AVAL"),
    "pfs_evntdesc": ("ADTTE", "PFS", "EVNTDESC"),
    "dor_startdt": ("ADTTE", "DOR", "STARTDT"),
    "dor_adt": ("ADTTE", "DOR", "ADT"),
    "dor_cnsr": ("ADTTE", "DOR", "CNSR"),
    "dor_aval": ("ADTTE", "DOR", "AVAL"),
    "ttresp_aval": ("ADTTE", "TTRESP", "AVAL"),
    "os_adt": ("ADTTE", "OS", "ADT"),
    "os_cnsr": ("ADTTE", "OS", "CNSR"),
    "os_aval": ("ADTTE", "OS", "AVAL"),
}
Records = dict[tuple[str, str, str], dict[str, Any]]
"""By dataset, parameter and USUBJID: the record's variables as text."""


@cache
def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(file)]


@cache
def results_of(path: Path) -> tuple[dict[str, str], Records]:
    """Run all rows of a table, one run per data cut; the person of each row, and the records made."""
    people: dict[str, str] = {}
    records: Records = {}
    rows = rows_of(path)
    for cut in sorted({r["dcutdt"] for r in rows}):
        with tempfile.TemporaryDirectory() as folder:
            extract, out = Path(folder) / "extract", Path(folder) / "out"
            extract.mkdir()
            here = write_extract([r for r in rows if r["dcutdt"] == cut], extract)
            result = run(RunOptions("ct0596", extract, cut=cut, out=out))
            assert result.delivery is not None
            found = _records(result.delivery / "data")
        records |= {(d, p, f"{cut} {u}"): r for (d, p, u), r in found.items()}
        people |= {i: f"{cut} {u}" for i, u in here.items()}
    return people, records


def _records(folder: Path) -> Records:
    found: Records = {}
    for dataset in ("ADRS", "ADTTE"):
        frame = pd.read_parquet(folder / f"{dataset.lower()}.parquet")
        for variable in [c for c in ("ADT", "STARTDT") if c in frame]:
            days = pd.to_timedelta(frame[variable], unit="D") + pd.Timestamp("1960-01-01")
            frame[variable] = days.dt.strftime("%Y-%m-%d")
        for record in frame.to_dict("records"):
            found[dataset, record["PARAMCD"], record["USUBJID"]] = record
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    path = metafunc.config.getoption("--scenarios") or PUBLISHED
    if not path.is_file():
        metafunc.parametrize("row", [pytest.param({}, marks=pytest.mark.skip(reason=f"no scenario table {path.name}"))])
        return
    rows = rows_of(path.resolve())
    metafunc.parametrize("row", [{**r, "@file": str(path.resolve())} for r in rows], ids=[r["id"] for r in rows])


def test_scenario(row: Row) -> None:
    people, records = results_of(Path(row["@file"]))
    person = people[row["id"]]
    wrong = []
    for column, (dataset, parameter, variable) in EXPECTED.items():
        expected = row.get(column, "")
        if not expected:
            continue
        record = records.get((dataset, parameter, person))
        found = "NO RECORD" if record is None else _shown(record.get(variable))
        if found != expected:
            wrong.append(f"{column}: expected {expected}, found {found}")
    assert not wrong, f"{row['id']} ({row.get('purpose', '')}): {'; '.join(wrong)}\n{row}"


def _shown(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
