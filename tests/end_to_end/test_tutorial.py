"""docs/new_study.md, followed from an empty folder: every command prints what the page says, and VS is what it must be.

The finished pack is docs/examples/hyp01.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from pipeline.run import RunOptions, run
from tests.docs.blocks import follow, texts_of

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "hyp01"
PAGE = (ROOT / "docs" / "new_study.md").read_text(encoding="utf-8")


def test_the_page_is_true(tmp_path: Path) -> None:
    assert texts_of(follow(PAGE, tmp_path, "hyp01")) == texts_of(EXAMPLE)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = run(RunOptions(str(EXAMPLE), out=tmp_path_factory.mktemp("out"), profile="release"))
    assert result.delivery is not None
    assert [(f.rule, f.subjects, bool(f.accepted)) for f in result.findings] == [
        ("UNIT_MISSING", ("HYP-01-101-002",), True)
    ]
    return result.delivery


def records(delivery: Path, name: str, columns: str) -> list[str]:
    """The records of an XPT as lines of values."""
    path = delivery / "m5" / "datasets" / "hyp-01" / "tabulations" / "sdtm" / f"{name}.xpt"
    frame, _ = pyreadstat.read_xport(path)
    return [" | ".join(map(written, row)) for row in frame[columns.split(" | ")].itertuples(index=False)]


def written(value: object) -> str:
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)  # type: ignore[call-overload]


DM = """
SUBJID | RFSTDTC | RFXSTDTC | RFICDTC | SITEID | BRTHDTC | AGE | AGEU | SEX | RACE | ARMCD | ACTARM | ARMNRS | COUNTRY
101-001 | 2025-04-07 | 2025-04-07 | 2025-03-24 | 101 | 1961-02-14 | 64 | YEARS | F | WHITE | ACT | Active |  | USA
101-002 | 2025-04-08 | 2025-04-08 | 2025-03-25 | 101 | 1970 | 54 | YEARS | M | ASIAN | PBO | Placebo |  | USA
102-001 |  |  | 2025-04-01 | 102 | 1955-11-30 | 69 | YEARS | F | BLACK OR AFRICAN AMERICAN |  |  | SCREEN FAILURE | USA
"""

VS = """
USUBJID | VSSEQ | VSTESTCD | VSPOS | VSORRES | VSORRESU | VSSTRESC | VSSTRESU | VSSTAT | VSLOBXFL | VISITNUM | VSDTC | VSDY
HYP-01-101-001 | 1 | DIABP | SITTING | 96 | mmHg | 96 | mmHg |  |  | 1 | 2025-03-24 | -14
HYP-01-101-001 | 2 | DIABP | SITTING | 94 | mmHg | 94 | mmHg |  | Y | 2 | 2025-04-07 | 1
HYP-01-101-001 | 3 | DIABP | SITTING | 86 | mmHg | 86 | mmHg |  |  | 3 | 2025-05-05 | 29
HYP-01-101-001 | 4 | PULSE |  | 78 | beats/min | 78 | beats/min |  |  | 1 | 2025-03-24 | -14
HYP-01-101-001 | 5 | PULSE |  | 74 | beats/min | 74 | beats/min |  | Y | 2 | 2025-04-07 | 1
HYP-01-101-001 | 6 | PULSE |  | 72 | beats/min | 72 | beats/min |  |  | 3 | 2025-05-05 | 29
HYP-01-101-001 | 7 | SYSBP | SITTING | 158 | mmHg | 158 | mmHg |  |  | 1 | 2025-03-24 | -14
HYP-01-101-001 | 8 | SYSBP | SITTING | 152 | mmHg | 152 | mmHg |  | Y | 2 | 2025-04-07 | 1
HYP-01-101-001 | 9 | SYSBP | SITTING | 138 | mmHg | 138 | mmHg |  |  | 3 | 2025-05-05 | 29
HYP-01-101-001 | 10 | TEMP |  | 98.6 | F | 37 | C |  |  | 1 | 2025-03-24 | -14
HYP-01-101-001 | 11 | TEMP |  | 36.8 | C | 36.8 | C |  | Y | 2 | 2025-04-07 | 1
HYP-01-101-001 | 12 | TEMP |  | 36.7 | C | 36.7 | C |  |  | 3 | 2025-05-05 | 29
HYP-01-101-001 | 13 | WEIGHT |  | 165 | LB | 74.8427 | kg |  |  | 1 | 2025-03-24 | -14
HYP-01-101-001 | 14 | WEIGHT |  | 74.5 | kg | 74.5 | kg |  | Y | 2 | 2025-04-07 | 1
HYP-01-101-001 | 15 | WEIGHT |  | 74 | kg | 74 | kg |  |  | 3 | 2025-05-05 | 29
HYP-01-101-002 | 1 | DIABP | SITTING | 101 | mmHg | 101 | mmHg |  |  | 1 | 2025-03-25 | -14
HYP-01-101-002 | 2 | DIABP | SITTING | 99 | mmHg | 99 | mmHg |  | Y | 2 | 2025-04-08 | 1
HYP-01-101-002 | 3 | DIABP | SUPINE | 104 | mmHg | 104 | mmHg |  |  | 2.01 | 2025-04-22 | 15
HYP-01-101-002 | 4 | PULSE |  | 88 | beats/min | 88 | beats/min |  | Y | 1 | 2025-03-25 | -14
HYP-01-101-002 | 5 | PULSE |  |  |  |  |  | NOT DONE |  | 2 | 2025-04-08 | 1
HYP-01-101-002 | 6 | PULSE |  | 90 | beats/min | 90 | beats/min |  |  | 2.01 | 2025-04-22 | 15
HYP-01-101-002 | 7 | SYSBP | SITTING | 162 | mmHg | 162 | mmHg |  |  | 1 | 2025-03-25 | -14
HYP-01-101-002 | 8 | SYSBP | SITTING | 160 | mmHg | 160 | mmHg |  | Y | 2 | 2025-04-08 | 1
HYP-01-101-002 | 9 | SYSBP | SUPINE | 171 | mmHg | 171 | mmHg |  |  | 2.01 | 2025-04-22 | 15
HYP-01-101-002 | 10 | TEMP |  | 98.2 | F | 36.7778 | C |  | Y | 1 | 2025-03-25 | -14
HYP-01-101-002 | 11 | TEMP |  | 36.9 |  |  |  |  |  | 2 | 2025-04-08 | 1
HYP-01-101-002 | 12 | VSALL |  |  |  |  |  | NOT DONE |  | 3 | 2025-05-06 | 29
HYP-01-101-002 | 13 | WEIGHT |  | 212 | LB | 96.1616 | kg |  |  | 1 | 2025-03-25 | -14
HYP-01-101-002 | 14 | WEIGHT |  | 96 | kg | 96 | kg |  | Y | 2 | 2025-04-08 | 1
HYP-01-102-001 | 1 | DIABP | SITTING | 79 | mmHg | 79 | mmHg |  |  | 1 | 2025-04-01 |
HYP-01-102-001 | 2 | PULSE |  | 66 | beats/min | 66 | beats/min |  |  | 1 | 2025-04-01 |
HYP-01-102-001 | 3 | SYSBP | SITTING | 128 | mmHg | 128 | mmHg |  |  | 1 | 2025-04-01 |
HYP-01-102-001 | 4 | TEMP |  | 36.5 | C | 36.5 | C |  |  | 1 | 2025-04-01 |
HYP-01-102-001 | 5 | WEIGHT |  | 61.2 | kg | 61.2 | kg |  |  | 1 | 2025-04-01 |
"""  # noqa: E501


@pytest.mark.parametrize(("name", "expected"), [("dm", DM), ("vs", VS)])
def test_the_datasets(delivered: Path, name: str, expected: str) -> None:
    head, *lines = expected.strip("\n").splitlines()
    assert [r.rstrip() for r in records(delivered, name, head)] == lines


def test_the_reason_and_the_words(delivered: Path) -> None:
    found = records(delivered, "vs", "VSTESTCD | VSTEST | VSREASND | VISIT | VISITDY")
    assert [f for f in found if f.startswith("VSALL")] == ["VSALL | Vital Signs | Subject left early | WEEK 4 | 29"]
    assert "PULSE | Pulse Rate |  | UNSCHEDULED 2.01 | " in found
