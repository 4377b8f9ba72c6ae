"""CT0596: raw rows of kinetics and vital signs become PC and VS, and what fails a delivery (scenarios K, L09).

Every scenario has a subject of its own in one small extract; the raw rows stand before the test that reads them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.assemble import WriteErrors
from tests.end_to_end.extracts import Delivered, Extract

RAW = Extract()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return RAW.convert(tmp_path_factory.mktemp("kinetics"))


# ----------------------------------------------------------------------------------------------------------- kinetics


def _copies(subject: str, day: str, when: str, result: str, **row: str) -> None:
    visit = row.pop("visit", f"D{day}")
    given = {"ASSAY": "qPCR", "UNIT": "copies/ug gDNA", "LLOQ": "50", "LOD": "15", "MATRIX": "WHOLE BLOOD"} | row
    RAW.add("ck", subject, VISIT=visit, NOMDAY=day, COLDTM=when, TARGET="CAR", RESULT=result, RUNID="R001",
            REPLICATE=given.pop("REPLICATE", "1"), **given)  # fmt: skip


K01 = RAW.subject("02-001")
_copies("2-001", "0", "2025/3/10 09:45", "ND")
_copies("2-001", "1", "2025/3/11 08:00", "120")
_copies("2-001", "7", "2025/3/17 08:00", "15000")
_copies("2-001", "10", "2025/3/20 08:00", "48000")
_copies("2-001", "90", "2025/6/8 08:00", "BLQ", visit="M3")


def test_k01_profile(made: Delivered) -> None:
    columns = "PCTESTCD PCTEST PCCAT PCORRES PCORRESU PCSTRESC PCSTRESN PCSTRESU PCLLOQ PCSPEC PCTPT PCTPTNUM PCELTM"
    test = ("CARCOPY", "CAR Transgene Copies", "CELLULAR KINETICS")
    unit = "DNA copies/ug"
    assert made.records("PC", K01, columns) == [
        (*test, "ND", unit, "<50", None, unit, 50.0, "BLOOD", "PRE-DOSE", 0.0, "P0D"),
        (*test, "120", unit, "120", 120.0, unit, 50.0, "BLOOD", "Day 1", 1.0, "P1D"),
        (*test, "15000", unit, "15000", 15000.0, unit, 50.0, "BLOOD", "Day 7", 7.0, "P7D"),
        (*test, "48000", unit, "48000", 48000.0, unit, 50.0, "BLOOD", "Day 10", 10.0, "P10D"),
        (*test, "BLQ", unit, "<50", None, unit, 50.0, "BLOOD", "Day 90", 90.0, "P90D"),
    ]
    assert made.records("PC", K01, "PCTPTREF PCRFTDTC PCGRPID VISIT PCDTC PCDY")[0] == (
        "CT0596 INFUSION", "2025-03-10T10:30", "CARCOPY_QPCR_1", "DAY 0", "2025-03-10T09:45", 1.0,
    )  # fmt: skip


K09 = RAW.subject("02-009")
_copies("2-009", "10", "2025/3/20 08:00", "48000")
_copies("2-009", "10", "2025/3/20 08:00", "45000", ASSAY="ddPCR")
_copies("2-009", "10", "2025/3/20 08:00", "300", MATRIX="BONE MARROW")


def test_k09_assays_and_matrices_are_records_of_their_own(made: Delivered) -> None:
    assert made.records("PC", K09, "PCMETHOD PCSPEC PCGRPID PCSTRESN") == [
        ("DROPLET DIGITAL PCR", "BLOOD", "CARCOPY_DDPCR_1", 45000.0),
        ("REAL-TIME POLYMERASE CHAIN REACTION ASSAY", "BLOOD", "CARCOPY_QPCR_1", 48000.0),
        ("REAL-TIME POLYMERASE CHAIN REACTION ASSAY", "BONE MARROW", "CARCOPY_QPCR_1", 300.0),
    ]


K10 = RAW.subject("02-010")
_copies("02010", "0", "2025/3/10", "80")
_copies("02010", "10", "2025/3/20 06:00", "900", REPLICATE="1")
_copies("02010", "10", "2025/3/20 06:00", "910", REPLICATE="2")


def test_k10_predose_sample_without_time_and_replicates(made: Delivered) -> None:
    """K06: a quantifiable pre-dose value is kept. K11: the nominal time stays beside the actual one."""
    assert made.records("PC", K10, "PCDTC PCTPT PCTPTNUM PCSTRESN PCSPID") == [
        ("2025-03-10", "PRE-DOSE", 0.0, 80.0, "R001-1"),
        ("2025-03-20T06:00", "Day 10", 10.0, 900.0, "R001-1"),
        ("2025-03-20T06:00", "Day 10", 10.0, 910.0, "R001-2"),
    ]


K13 = RAW.subject("02-013")
_copies("2-013", "21", "2025/3/31 08:00", "Target not detected")
_copies("2-013", "28", "2025/4/7 08:00", "<LLOQ")


def test_k13_two_texts_below_quantitation(made: Delivered) -> None:
    """K07: below the limit the standard result is <50 and no number."""
    assert made.records("PC", K13, "PCORRES PCSTRESC PCSTRESN") == [
        ("Target not detected", "<50", None),
        ("<LLOQ", "<50", None),
    ]


PER_50_NG = RAW.subject("03-001")
_copies("03-001", "7", "2025/3/17 08:00", "30.5", UNIT="copies/50 ng", LLOQ="2.5")
_copies("03-001", "10", "2025/3/20 08:00", "BLQ", UNIT="copies/50 ng", LLOQ="2.5")


def test_copies_per_50_ng_are_multiplied_by_20(made: Delivered) -> None:
    assert made.records("PC", PER_50_NG, "PCORRES PCORRESU PCSTRESC PCSTRESN PCSTRESU PCLLOQ") == [
        ("30.5", "copies/50 ng", "610", 610.0, "DNA copies/ug", 50.0),
        ("BLQ", "copies/50 ng", "<50", None, "DNA copies/ug", 50.0),
    ]
    assert made.supplemental("PC", PER_50_NG) == [("1", "PCORIGU", "copies/50 ng"), ("2", "PCORIGU", "copies/50 ng")]


REINFUSED = RAW.subject("02-014")
RAW.infusion(REINFUSED, "15 JUL 2025 09:00", "2")
_copies("2-014", "10", "2025/3/20 08:00", "900")
_copies("2-014", "10", "2025/7/25 08:00", "400")


def test_sample_belongs_to_the_last_infusion_before_it(made: Delivered) -> None:
    assert made.records("PC", REINFUSED, "PCSTRESN PCRFTDTC PCGRPID") == [
        (900.0, "2025-03-10T10:30", "CARCOPY_QPCR_1"),
        (400.0, "2025-07-15T09:00", "CARCOPY_QPCR_2"),
    ]


# -------------------------------------------------------------------------------------------------------- vital signs

VITALS = RAW.subject("03-002")
RAW.add("vs", VITALS, FOLDER="D0", VSDAT="10 MAR 2025", VSTIM="10:15", TEMP="98.6", TEMP_UNIT="F", WEIGHT="150",
        WEIGHT_UNIT="lb", SYSBP="120", TPT="PRE-INFUSION")  # fmt: skip


def test_vital_signs(made: Delivered) -> None:
    columns = "VSTESTCD VSORRES VSORRESU VSSTRESC VSSTRESN VSSTRESU VSTPT VSTPTNUM VSTPTREF VSDTC"
    point = ("PRE-INFUSION", 0.0, "CT0596 INFUSION", "2025-03-10T10:15")
    assert made.records("VS", VITALS, columns) == [
        ("SYSBP", "120", "mmHg", "120", 120.0, "mmHg", *point),
        ("TEMP", "98.6", "F", "37", 37.0, "C", *point),
        ("WEIGHT", "150", "LB", "68.0389", 68.0389, "kg", *point),
    ]


# ------------------------------------------------------------------------------------------- what fails the delivery


def test_l09_result_over_200_bytes_is_refused(tmp_path: Path) -> None:
    """No split is declared for a laboratory result, so nothing is delivered, and the message says where."""
    raw = Extract()
    subject = raw.subject("01-309")
    raw.add("lbchem", subject, FOLDER="D28", LBDAT="07 APR 2025", BILDIR_RES="word " * 41, LBLAB="L01")
    with pytest.raises(WriteErrors, match=r"dataset LB, variable LBORRES.*204 bytes"):
        raw.convert(tmp_path)
    assert not list(tmp_path.rglob("*.xpt"))
