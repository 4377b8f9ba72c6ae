"""A long vital signs form, mapped by someone who had read only the documentation: VS is what it must be.

The pack and its raw files are docs/examples/mesa02.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from pipeline.run import RunOptions, run

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "mesa02"

FINDINGS = [
    ("DATE_IMPOSSIBLE", "VSDTC", (34,)),
    ("DUPLICATE", "", (12,)),
    ("SUBJECT_UNKNOWN", "", (47,)),
    ("SUBJECT_VARIANT", "", (14, 15)),
    ("SUBJECT_VARIANT", "", (33,)),
    ("TIME_UNREADABLE", "VSDTC", (36,)),
    ("UNIT_MISSING", "VSSTRESC", (32,)),
]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    result = run(RunOptions(str(EXAMPLE / "pack"), extract=EXAMPLE / "raw", out=out))
    assert result.delivery is not None
    return result.delivery


def test_the_findings(delivered: Path) -> None:
    found = pd.read_csv(delivered / "findings.csv", dtype=str, keep_default_na=False)
    rows = [tuple(map(int, rows.split(";"))) for rows in found["rows"]]
    assert sorted(zip(found["rule"], found["variable"], rows, strict=True)) == FINDINGS


def records(delivery: Path, name: str, columns: str) -> list[str]:
    """The records of an XPT as lines of values."""
    path = delivery / "m5" / "datasets" / "mesa-02" / "tabulations" / "sdtm" / f"{name}.xpt"
    frame, _ = pyreadstat.read_xport(path)
    lines = (" | ".join(map(written, row)) for row in frame[columns.split(" | ")].itertuples(index=False))
    return [line.rstrip() for line in lines]


def written(value: object) -> str:
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)  # type: ignore[call-overload]


DM = """
SUBJID | RFSTDTC | RFICDTC | SITEID | BRTHDTC | AGE | SEX | RACE | ARMCD | ACTARM | ARMNRS | COUNTRY
10-01 | 2025-01-27 | 2025-01-13 | 10 | 1958 | 67 | F | WHITE | M5 | MESA 5 mg |  | DEU
10-02 | 2025-01-28 | 2025-01-14 | 10 | 1971 | 54 | M | BLACK OR AFRICAN AMERICAN | M10 | MESA 10 mg |  | DEU
10-03 |  | 2025-01-15 | 10 | 1949 | 76 | F | ASIAN |  |  | SCREEN FAILURE | DEU
10-04 | 2025-02-03 | 2025-01-20 | 10 | 1966 | 59 | M | WHITE | M5 | MESA 5 mg |  | DEU
20-01 | 2025-02-03 | 2025-01-20 | 20 | 1980 | 45 | M | WHITE | M10 | MESA 10 mg |  | GBR
20-02 | 2025-02-04 | 2025-01-21 | 20 | 1977 | 48 | F | BLACK OR AFRICAN AMERICAN | M5 | MESA 5 mg |  | GBR
20-03 | 2025-02-05 | 2025-01-22 | 20 | 1985 | 40 | F | OTHER | M10 | MESA 10 mg |  | GBR
20-04 | 2025-02-06 | 2025-01-23 | 20 | 1962 | 63 | M | NOT REPORTED | M5 | MESA 5 mg |  | GBR
30-01 | 2025-02-17 | 2025-02-03 | 30 | 1955 | 70 | M | WHITE | M10 | MESA 10 mg |  | USA
30-02 | 2025-02-18 | 2025-02-04 | 30 | 1969 | 56 | F | AMERICAN INDIAN OR ALASKA NATIVE | M5 | MESA 5 mg |  | USA
30-03 | 2025-02-19 | 2025-02-05 | 30 | 1991 | 34 | F | NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER | M10 | MESA 10 mg |  | USA
30-04 |  | 2025-02-06 | 30 | 1973 | 52 | M | ASIAN |  |  |  | USA
"""  # noqa: E501

VS = """
USUBJID | VSSEQ | VSTESTCD | VSPOS | VSORRES | VSORRESU | VSSTRESC | VSSTRESU | VSSTAT | VSLOBXFL | VISITNUM | VSDTC | VSDY
MESA-02-10-01 | 1 | DIABP | SITTING | 88 | mmHg | 88 | mmHg |  | Y | 1 | 2025-01-13T09:05 | -14
MESA-02-10-01 | 2 | DIABP | SITTING | 86 | mmHg | 86 | mmHg |  |  | 2 | 2025-01-27T08:00 | 1
MESA-02-10-01 | 3 | DIABP | SITTING | 80 | mmHg | 80 | mmHg |  |  | 3 | 2025-02-10T10:30 | 15
MESA-02-10-01 | 4 | HEIGHT |  | 164 | cm | 164 | cm |  | Y | 1 | 2025-01-13T09:20 | -14
MESA-02-10-01 | 5 | HR | SITTING | 71 | beats/min | 71 | beats/min |  | Y | 1 | 2025-01-13T09:10 | -14
MESA-02-10-01 | 6 | HR | SITTING | 69 | beats/min | 69 | beats/min |  |  | 2 | 2025-01-27T08:02 | 1
MESA-02-10-01 | 7 | SYSBP | SITTING | 142 | mmHg | 142 | mmHg |  | Y | 1 | 2025-01-13T09:05 | -14
MESA-02-10-01 | 8 | SYSBP | SITTING | 139 | mmHg | 139 | mmHg |  |  | 2 | 2025-01-27T08:00 | 1
MESA-02-10-01 | 9 | SYSBP | SITTING | 131 | mmHg | 131 | mmHg |  |  | 3 | 2025-02-10T10:30 | 15
MESA-02-10-01 | 10 | TEMP |  | 36,8 | C | 36.8 | C |  | Y | 1 | 2025-01-13T09:15 | -14
MESA-02-10-01 | 11 | WEIGHT |  | 70,5 | kg | 70.5 | kg |  | Y | 1 | 2025-01-13T09:20 | -14
MESA-02-10-02 | 1 | DIABP | SUPINE | 121 | mmHg | 121 | mmHg |  | Y | 1 | 2025-01-14T09:40 | -14
MESA-02-10-02 | 2 | DIABP | SITTING | 104 | mmHg | 104 | mmHg |  |  | 2 | 2025-01-28T07:55 | 1
MESA-02-10-02 | 3 | DIABP | STANDING | 98 | mmHg | 98 | mmHg |  |  | 2.01 | 2025-02-04T16:20 | 8
MESA-02-10-02 | 4 | DIABP |  |  |  |  |  | NOT DONE |  | 3 | 2025-02-11 | 15
MESA-02-10-02 | 5 | SYSBP | SUPINE | >200 | mmHg | >200 | mmHg |  | Y | 1 | 2025-01-14T09:40 | -14
MESA-02-10-02 | 6 | SYSBP | SITTING | 178 | mmHg | 178 | mmHg |  |  | 2 | 2025-01-28T07:55 | 1
MESA-02-10-02 | 7 | SYSBP | STANDING | 166 | mmHg | 166 | mmHg |  |  | 2.01 | 2025-02-04T16:20 | 8
MESA-02-10-02 | 8 | SYSBP |  |  |  |  |  | NOT DONE |  | 3 | 2025-02-11 | 15
MESA-02-10-03 | 1 | HEIGHT |  | 159 | cm | 159 | cm |  |  | 1 | 2025-01-15T11:00 |
MESA-02-10-03 | 2 | SYSBP | SITTING | 118 | mmHg | 118 | mmHg |  |  | 1 | 2025-01-15T11:00 |
MESA-02-10-04 | 1 | TEMP |  | 37.1 | C | 37.1 | C |  | Y | 1 | 2025-01-20T10:00 | -14
MESA-02-10-04 | 2 | TEMP |  |  |  |  |  | NOT DONE |  | 2 | 2025-02-03T09:00 | 1
MESA-02-20-01 | 1 | SYSBP | SITTING | 125 | mmHg | 125 | mmHg |  | Y | 1 | 2025-01-20T13:00 | -14
MESA-02-20-01 | 2 | SYSBP | SITTING | 122 | mmHg | 122 | mmHg |  |  | 2 | 2025-02-03 | 1
MESA-02-20-01 | 3 | TEMP |  | 98.4 | F | 36.8889 | C |  | Y | 1 | 2025-01-20T13:00 | -14
MESA-02-20-02 | 1 | HEIGHT |  | 64.5 | in | 163.83 | cm |  | Y | 1 | 2025-01-21T14:15 | -14
MESA-02-20-02 | 2 | WEIGHT |  | 150 | LB | 68.0389 | kg |  | Y | 1 | 2025-01-21T14:15 | -14
MESA-02-20-02 | 3 | WEIGHT |  | 67.6 | kg | 67.6 | kg |  |  | 2 | 2025-02-04T08:30 | 1
MESA-02-20-03 | 1 | SYSBP | SITTING | 110 |  |  |  |  |  | 1 | 2025-01-22T15:00 | -14
MESA-02-20-03 | 2 | SYSBP | SITTING | 112 | mmHg | 112 | mmHg |  |  | 2 | 2025-02-05T09:45 | 1
MESA-02-20-04 | 1 | HR |  | 64 | beats/min | 64 | beats/min |  |  | 1 |  |
MESA-02-20-04 | 2 | HR | SUPINE | 66 | beats/min | 66 | beats/min |  |  | 2 | 2025-02-06T09:00 | 1
MESA-02-20-04 | 3 | HR | SUPINE | 68 | beats/min | 68 | beats/min |  |  | 3 | 2025-02-20 | 15
MESA-02-30-01 | 1 | HEIGHT |  | 70 | in | 177.8 | cm |  | Y | 1 | 2025-02-03T10:00 | -14
MESA-02-30-01 | 2 | OXYSAT |  | 97 | % | 97 | % |  |  | 2 | 2025-02-17T10:00 | 1
MESA-02-30-01 | 3 | TEMP |  | 99.1 | F | 37.2778 | C |  | Y | 1 | 2025-02-03T10:00 | -14
MESA-02-30-02 | 1 | RESP | SITTING | 16 | breaths/min | 16 | breaths/min |  | Y | 1 | 2025-02-04T12:00 | -14
MESA-02-30-02 | 2 | RESP |  |  |  |  |  | NOT DONE |  | 3 | 2025-03-04T12:00 | 15
MESA-02-30-03 | 1 | DIABP | SITTING | 72 | mmHg | 72 | mmHg |  |  | 1 | 2025-02-05T08:10 | -14
MESA-02-30-03 | 2 | DIABP | SITTING | 75 | mmHg | 75 | mmHg |  | Y | 1.01 | 2025-02-12T08:10 | -7
MESA-02-30-03 | 3 | DIABP | SITTING | 74 | mmHg | 74 | mmHg |  |  | 2 | 2025-02-19T08:10 | 1
MESA-02-30-04 | 1 | DIABP | SEMI-RECUMBENT | 81 | mmHg | 81 | mmHg |  |  | 1 | 2025-02-06T08:30 |
"""  # noqa: E501


@pytest.mark.parametrize(("name", "expected"), [("dm", DM), ("vs", VS)])
def test_the_datasets(delivered: Path, name: str, expected: str) -> None:
    head, *lines = expected.strip("\n").splitlines()
    assert records(delivered, name, head) == lines


def test_the_words_of_the_tests(delivered: Path) -> None:
    assert sorted(set(records(delivered, "vs", "VSTESTCD | VSTEST"))) == [
        "DIABP | Diastolic Blood Pressure",
        "HEIGHT | Height",
        "HR | Heart Rate",
        "OXYSAT | Oxygen Saturation",
        "RESP | Respiratory Rate",
        "SYSBP | Systolic Blood Pressure",
        "TEMP | Temperature",
        "WEIGHT | Weight",
    ]


def test_the_reason_and_the_visit(delivered: Path) -> None:
    found = records(delivered, "vs", "USUBJID | VSTESTCD | VSSTAT | VSREASND | VISITNUM | VISIT | VISITDY")
    assert [f for f in found if "NOT DONE" in f or "UNSCHEDULED" in f] == [
        "MESA-02-10-02 | DIABP |  |  | 2.01 | UNSCHEDULED 2.01 |",
        "MESA-02-10-02 | DIABP | NOT DONE | Equipment failure | 3 | WEEK 2 | 15",
        "MESA-02-10-02 | SYSBP |  |  | 2.01 | UNSCHEDULED 2.01 |",
        "MESA-02-10-02 | SYSBP | NOT DONE | Equipment failure | 3 | WEEK 2 | 15",
        "MESA-02-10-04 | TEMP | NOT DONE |  | 2 | DAY 1 | 1",
        "MESA-02-30-02 | RESP | NOT DONE | Patient refused | 3 | WEEK 2 | 15",
        "MESA-02-30-03 | DIABP |  |  | 1.01 | UNSCHEDULED 1.01 |",
    ]


def test_the_number(delivered: Path) -> None:
    path = delivered / "m5" / "datasets" / "mesa-02" / "tabulations" / "sdtm" / "vs.xpt"
    frame, _ = pyreadstat.read_xport(path)
    number = dict(zip(frame["VSORRES"], frame["VSSTRESN"], strict=True))
    assert number["36,8"] == 36.8
    assert number["98.4"] == 36.8889
    assert number["64.5"] == 163.83
    assert pd.isna(number[">200"])
