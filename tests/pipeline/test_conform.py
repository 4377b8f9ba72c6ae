"""Conformance: the engine is called as it wants to be, its report is read, and what it finds is traced to raw rows."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from delivery.verify import DamagedDelivery, NotADelivery
from pipeline.commands import model_of_delivery
from pipeline.conform import Conformance, EngineFailed, EngineMissing, conform, engine_of, ours, read_report
from pipeline.run import RunOptions, run
from tests.pipeline.small_study import pack

REPORT = Path(__file__).parent / "core_report.json"
ENGINE = """\
import json, pathlib, sys
words = sys.argv[1:]
pathlib.Path({log!r}).write_text(json.dumps([*words, str(pathlib.Path.cwd())]))
report = pathlib.Path(words[words.index("-o") + 1] + ".json")
report.write_text(pathlib.Path({report!r}).read_text())
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("study")
    study = pack(folder / "small")
    delivery = run(RunOptions(str(study), out=folder / "out")).delivery
    assert delivery is not None
    return study, delivery


def engine(folder: Path, report: Path = REPORT) -> str:
    """A stand-in for the engine: it notes how it was called, and writes a recorded report."""
    script = folder / "core.py"
    script.write_text(ENGINE.format(log=str(folder / "called.json"), report=str(report)))
    return f"'{sys.executable}' '{script}'"


def test_a_report_is_read() -> None:
    assert read_report(REPORT) == [
        Conformance(
            "CORE-000012", "AESER is missing", "AE", 62, "S-1-02", ("AETERM", "AESER"), ("Fever", "null")
        ),
        Conformance("CORE-000355", "RFICDTC is not populated", "DM", None, "", ("RFICDTC",), ()),
    ]  # fmt: skip


def test_a_report_with_other_capitals_is_read(tmp_path: Path) -> None:
    report = json.loads(REPORT.read_text())
    older = {"issue_Details": [{**i, "uSubjId": i["USUBJID"]} for i in report["Issue_Details"]]}
    for issue in older["issue_Details"]:
        del issue["USUBJID"]
    (tmp_path / "report.json").write_text(json.dumps(older))
    assert [replace(c, subject="") for c in read_report(tmp_path / "report.json")] == [
        replace(c, subject="") for c in read_report(REPORT)
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"Issue_Details": [{"row": 1}]}'])
def test_what_is_no_report(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(EngineFailed, match=r"report\.json is no report of the engine"):
        read_report(tmp_path / "report.json")


def test_findings_are_traced_to_raw_rows_and_lines_of_the_specs(made: tuple[Path, Path], tmp_path: Path) -> None:
    study, delivery = made
    fever = pd.read_parquet(delivery / "data" / "ae.parquet")["AETERM"].tolist().index("Fever")
    assert fever + 1 == 62
    found = conform(delivery, engine_of(engine(tmp_path)), lambda: model_of_delivery(delivery, str(study), False))
    assert str(found[0]) == (
        "CORE-000012 AE record 62: AESER is missing (AETERM = Fever, AESER = null) <- "
        "ae.csv row 5; AETERM: sdtm/AE.yaml:3 (small), AESER: sdtm/AE.yaml:5 (small)"
    )
    assert (found[1].rows, str(found[1])[:44]) == ((), "CORE-000355 DM: RFICDTC is not populated <- ")


def test_the_engine_is_called_with_the_standards_of_the_define(made: tuple[Path, Path], tmp_path: Path) -> None:
    _, delivery = made
    conform(delivery, engine_of(engine(tmp_path), tmp_path / "cache"))
    words = json.loads((tmp_path / "called.json").read_text())
    place = (delivery / "m5/datasets/s-1/tabulations/sdtm").resolve()
    output = words[words.index("-o") + 1]
    assert words == [
        "validate", "-s", "sdtmig", "-v", "3-4", "-d", str(place), "-dxp", str(place / "define.xml"),
        "-ct", "sdtmct-2025-03-28", "-o", output, "-of", "JSON", "-ca", str(tmp_path / "cache"), str(tmp_path),
    ]  # fmt: skip


def test_without_the_specs_the_raw_rows_are_told_all_the_same(made: tuple[Path, Path], tmp_path: Path) -> None:
    _, delivery = made
    assert model_of_delivery(delivery, "", False) is None
    found = conform(delivery, engine_of(engine(tmp_path)))
    assert (found[0].rows, found[0].specs) == (("ae.csv row 5",), ())


def test_our_own_findings_stand_beside(made: tuple[Path, Path]) -> None:
    told = "CODE_UNMAPPED AE: 'Perhaps' is no term of codelist NY; map it in the spec (accepted: queried (J. Doe))"
    assert told in ours(made[1])


def test_an_engine_that_is_not_there(tmp_path: Path) -> None:
    for command, text in (("", "is not configured"), ("no-such-engine", "no program no-such-engine")):
        with pytest.raises(EngineMissing, match=text):
            engine_of(command)
    with pytest.raises(EngineMissing, match=r"no file .*core\.py"):
        engine_of(f"'{sys.executable}' '{tmp_path / 'core.py'}'")


def test_an_engine_that_fails(made: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "core.py").write_text("import sys\nsys.exit('no rules in the cache')\n")
    with pytest.raises(EngineFailed, match=r"no report \(exit code 1\)(.|\n)*no rules in the cache"):
        conform(made[1], engine_of(f"'{sys.executable}' '{tmp_path / 'core.py'}'"))


def test_a_folder_that_is_no_delivery(tmp_path: Path) -> None:
    with pytest.raises(NotADelivery):
        conform(tmp_path, engine_of(sys.executable))


@pytest.mark.parametrize("file", ["manifest.json", "findings.csv", "lineage/ae.parquet"])
def test_a_delivery_that_was_changed_is_refused(made: tuple[Path, Path], tmp_path: Path, file: str) -> None:
    shutil.copytree(made[1], tmp_path / "copy")
    (tmp_path / "copy" / file).chmod(0o644)
    (tmp_path / "copy" / file).write_bytes(b"")
    with pytest.raises(DamagedDelivery, match=file):
        conform(tmp_path / "copy", engine_of(engine(tmp_path)))
