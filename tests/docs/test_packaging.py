"""docs/packaging.md: the lines that lead from a value to the raw cell do so."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.run import RunOptions, run
from tests.docs.blocks import blocks_of
from tests.small_pack import RAW, STUDY, write_files, write_pack

PAGE = (Path(__file__).parents[2] / "docs" / "packaging.md").read_text(encoding="utf-8")
LB = """\
rows:
  ALT: {from: lb, testcd: ALT, result: ALT, unit: {value: U/L}, standard_unit: U/L}
  AST: {from: lb, testcd: AST, result: AST, unit: {value: U/L}, standard_unit: U/L}
variables: {LBDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}}
"""
LAB = "SUBJ,DAT,AST,ALT\n01-002,2025-03-12,21,31\n01-001,2025-03-11,20,30\n"


def test_five_lines_of_pandas_lead_from_a_value_to_the_raw_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = STUDY.replace("  ref:", "  lb: {file: lb.csv, subject: SUBJ}\n  ref:")
    extract = write_files(tmp_path / "raw", {**RAW, "lb.csv": LAB, "ref.csv": "A\n1\n"})
    delivery = run(RunOptions(str(write_pack(tmp_path, study=sources, LB=LB)), extract, out=tmp_path / "out")).delivery
    [lines] = [b.text for b in blocks_of(PAGE) if b.language == "python"]
    capsys.readouterr()
    exec(compile(lines, "docs/packaging.md", "exec"), {"delivery": delivery, "extract": extract})
    told = capsys.readouterr().out.split()
    assert told[:9] == ["source:lb", "SUBJ", "01-001", "DAT", "2025-03-11", "AST", "20", "ALT", "30"]
