"""CT0596: subjects and exposure for analysis from raw rows (D09 to D11, E01 to E19; design basis 4.1, 4.7)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.end_to_end.extracts import Delivered, Extract

ARM1, ARM2 = "CT0596 150 x 10^6 cells", "CT0596 300 x 10^6 cells"
WHOLE = {"SCR": "28 JAN 2025", "D0": "10 MAR 2025", "D28": "07 APR 2025", "M2": "09 MAY 2025"}


def day(iso: str) -> float:
    """An analysis date: days since 1960-01-01."""
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


def _subject(extract: Extract, number: str, cells: str = "148.5", planned: str = "150", **options: object) -> str:
    """A subject with apheresis, measurable serum M-protein, and a dose (the level DL1 assigned)."""
    extract.subject(number, infused=None, **options)  # type: ignore[arg-type]
    extract.add("aph", number, APHYN="Y", APHDAT="10 FEB 2025", APHSTTIM="08:00", APHENTIM="12:00", APHNO="1")
    extract.add("mmpanel", number, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="40", SPEP_UNIT="g/L")
    extract.add(
        "inf", number, FOLDER="D0", INFYN="Y", INFDAT="10 MAR 2025", INFSTTIM="10:30", INFENTIM="10:45",
        PLANCELL=planned, ACTCELL=cells, INFNO="1",
    )  # fmt: skip
    return number


def _toxicity(extract: Extract, number: str, start: str) -> None:
    extract.add(
        "ae", number, AESPID="1", AETERM="Sepsis", AETERM_PT="Sepsis", AESTDAT=start, AEGR="4", AEGRSCL="CTCAE5",
        AEDLT="Y", AEONGO="Y", AEREL_CT="RELATED", AESER="Y", AEOUT="NOT RECOVERED/NOT RESOLVED", AEACN="None",
    )  # fmt: skip


def _lymphodepletion(extract: Extract, number: str, days: tuple[str, ...]) -> None:
    for d in days:
        extract.add(
            "ld", number, LDTRT="CYCLOPHOSPHAMIDE", LDDAT=f"{d} MAR 2025", LDDOSE="519", BSA="1.73", LDGIVEN="Y"
        )
        if d != "05":  # the default subject has this one
            extract.add("ld", number, LDTRT="FLUDARABINE", LDDAT=f"{d} MAR 2025", LDDOSE="52", BSA="1.73", LDGIVEN="Y")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every subject of this module, in one run."""
    e = Extract()
    e.add("subj", "01-001", STATUS="SCREEN FAILURE")  # E01
    e.add("ic", "01-001", ICDAT="20 JAN 2025", ICVER="V2.0", ICTYPE="MAIN")
    e.add("dm", "01-001", AGE="55", SEX="F", RACE="ASIAN", COUNTRY="CHN")
    e.add("ie", "01-001", FOLDER="SCR", IEYN="N", IETESTCD="EXCL04", IEORRES="Y", IEVER="V2.0", IEDAT="27 JAN 2025")

    e.subject("01-003", infused=None, lymphodepleted=None)  # E03
    e.forms["subj"][-1]["DOSELEVEL"] = "DL2"
    e.add("aph", "01-003", APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
    e.add(
        "ds_eot", "01-003", DSTRT="CT0596", DSDAT="01 MAR 2025", DSDECOD="NEVER DOSED", DSREAS="Manufacturing failure"
    )

    _subject(e, "01-005", cells="300", planned="300")  # E05: assigned to DL1
    _subject(e, "01-006")  # E06
    e.forms["mmpanel"][-1] |= {
        "SPEP_RES": "3", "UPSTDAT": "28 JAN 2025", "UPEP_RES": "0", "UPEP_UNIT": "mg/24h",
        "KAPPA_RES": "15", "LAMBDA_RES": "12", "KAPPA_UNIT": "mg/L", "LAMBDA_UNIT": "mg/L",
    }  # fmt: skip
    e.add("bm", "01-006", FOLDER="SCR", BMDAT="28 JAN 2025", BMPCASP="12")

    _toxicity(e, _subject(e, "01-007"), "07 APR 2025")  # E07
    _toxicity(e, _subject(e, "01-008"), "08 APR 2025")  # the day after the window
    short = {"SCR": "28 JAN 2025", "D0": "10 MAR 2025"}
    _subject(e, "01-009", visits=short)  # E09
    e.add("dth", "01-009", DTHDAT="20 MAR 2025", DTHCAUS="AE", DTHTERM="Sepsis")
    _toxicity(e, _subject(e, "01-010", visits=short), "13 MAR 2025")  # E10
    e.add("dth", "01-010", DTHDAT="15 MAR 2025", DTHCAUS="AE", DTHTERM="Sepsis")
    _subject(e, "01-011", cells="105", visits=WHOLE)  # E11
    _subject(e, "01-012", cells="120", visits=WHOLE)  # exactly 80 percent
    _subject(e, "01-013", visits=short | {"D14": "24 MAR 2025"})  # E13
    e.add("ds_eos", "01-013", DSDAT="30 MAR 2025", DSDECOD="LOST TO FOLLOW-UP")

    _subject(e, "01-017", visits=WHOLE | {"M12": "05 MAR 2026"})  # E17
    e.add("ds_eos", "01-017", DSDAT="05 MAR 2026", DSDECOD="COMPLETED")
    _subject(e, "01-018", visits=WHOLE)  # E18
    _subject(e, "01-019", visits=WHOLE)  # E19
    e.add("ds_eos", "01-019", DSDAT="01 AUG 2025", DSDECOD="LOST TO FOLLOW-UP")
    e.add("dth", "01-019", DTHDAT="02 OCT 2025", DTHCAUS="PD", DTHTERM="Myeloma")

    for number, entered, alive in (  # D09, D10, D11
        ("01-021", "UN JUN 2025", "12 JUN 2025"),
        ("01-022", "UN JUN 2025", "20 MAY 2025"),
        ("01-023", "UN UNK 2025", "15 SEP 2025"),
    ):
        _subject(e, number, visits=short)
        e.add("surv", number, FOLDER="SURV", SSDAT=alive, SSSTAT="ALIVE")
        e.add("dth", number, DTHDAT=entered)

    _history(e, _subject(e, "01-031"))
    _lymphodepletion(e, "01-031", ("05", "06", "07"))
    e.infusion("01-031", "20 JUN 2025 09:15", "2")
    e.add("ld", "01-031", LDTRT="FLUDARABINE", LDDAT="15 JUN 2025", LDDOSE="52", BSA="1.73", LDGIVEN="Y")
    return e.convert(tmp_path_factory.mktemp("adsl"))


def _history(e: Extract, number: str) -> None:
    e.add(
        "mmhist", number, DISTYPE="RRMM", DXDAT="UN JUN 2019", ISSDX="III", RISS="II", RISSDAT="28 JAN 2025", LYTIC="Y",
        EMD="Y", EMDLOC="Liver", REFRSTAT="BOTH", TRIPLEREF="Y", PENTAREF="N",
    )  # fmt: skip
    for line, regimen, drug, kind in (
        ("1", "VRd", "Bortezomib", "DRUG"),
        ("1", "VRd", "Lenalidomide", "DRUG"),
        ("2", "ASCT", "Autologous stem cell transplant", "ASCT"),
        ("2", "ASCT", "Melphalan", "DRUG"),
        ("3", "KRd", "Carfilzomib", "DRUG"),
    ):
        e.add("prthx", number, LINE=line, REGIMEN=regimen, TRT=drug, TYPE=kind, STDAT="UN UNK 2021", BESTRESP="PR")
    e.add("cytog", number, METHOD="FISH", MARKER="del(17p)", RESULT="POSITIVE", HIGHRISK="Y")
    e.add("cytog", number, METHOD="FISH", MARKER="t(11;14)", RESULT="NEGATIVE", HIGHRISK="N")
    for folder, when, status in (
        ("SCR", "28 JAN 2025", "0"),
        ("PRELD", "05 MAR 2025", "1"),
        ("D28", "07 APR 2025", "2"),
    ):
        e.add("ecog", number, FOLDER=folder, ECDAT=when, ECOG=status)


def _adsl(made: Delivered, subject: str, columns: str) -> tuple[object, ...]:
    [record] = made.records("ADSL", subject, columns)
    return record


def test_e01_screen_failure(made: Delivered) -> None:
    assert _adsl(made, "01-001", "SCRNFL ENRLFL APHFL LDFL SAFFL EFFFL DLTEVLFL MRDEVLFL ARM TRT01P TRTSDT") == (
        "Y", "N", "N", "N", "N", "N", "N", "N", None, None, None,
    )  # fmt: skip
    assert [f for f in made.findings if f.rule == "REQUIRED_MISSING"] == []


def test_e03_never_treated(made: Delivered) -> None:
    assert _adsl(made, "01-003", "SCRNFL ENRLFL APHFL LDFL SAFFL TRTSDT TRT01P TRT01A EOTSTT") == (
        "N", "Y", "Y", "N", "N", None, ARM2, None, "DISCONTINUED",
    )  # fmt: skip
    assert _adsl(made, "01-003", "TTESDT TTESDTSR APHDT") == (day("2025-02-10"), "APHDT", day("2025-02-10"))


def test_e05_infused_at_another_level(made: Delivered) -> None:
    assert _adsl(made, "01-005", "TRT01P TRT01A TRT01PN TRT01AN DOSE01A") == (ARM1, ARM2, 1, 2, 300)


def test_e06_no_measurable_disease(made: Delivered) -> None:
    assert _adsl(made, "01-006", "SAFFL MEASFL EFFFL") == ("Y", "N", "N")
    assert _adsl(made, "01-007", "SAFFL MEASFL EFFFL") == ("Y", "Y", "Y")


@pytest.mark.parametrize(
    ("subject", "toxicity", "evaluable"),
    [
        pytest.param("01-007", "Y", "Y", id="E07"),
        pytest.param("01-008", "N", "Y", id="toxicity after the window"),
        pytest.param("01-009", "N", "N", id="E09"),
        pytest.param("01-010", "Y", "Y", id="E10"),
        pytest.param("01-011", "N", "N", id="E11"),
        pytest.param("01-012", "N", "Y", id="80 percent of the cells"),
        pytest.param("01-013", "N", "N", id="E13"),
        pytest.param("01-003", "N", "N", id="never treated"),
    ],
)
def test_dose_limiting_toxicity(made: Delivered, subject: str, toxicity: str, evaluable: str) -> None:
    assert _adsl(made, subject, "DLTFL DLTEVLFL") == (toxicity, evaluable)


def test_e09_not_evaluable_for_dlt_but_for_safety_and_efficacy(made: Delivered) -> None:
    assert _adsl(made, "01-009", "SAFFL EFFFL DTHFL DTHDT LDDTHELD DTHCGR1") == (
        "Y", "Y", "Y", day("2025-03-20"), 10, "AE",
    )  # fmt: skip


def test_e17_e18_e19_end_of_study(made: Delivered) -> None:
    assert _adsl(made, "01-017", "EOSSTT EOSDT DCSREAS") == ("COMPLETED", day("2026-03-05"), None)
    assert _adsl(made, "01-018", "EOSSTT EOSDT DCSREAS DTHFL") == ("ONGOING", None, None, None)
    assert _adsl(made, "01-019", "EOSSTT EOSDT DCSREAS DTHFL DTHDT") == (
        "DISCONTINUED", day("2025-08-01"), "LOST TO FOLLOW-UP", "Y", day("2025-10-02"),
    )  # fmt: skip
    [survival] = made.records("ADTTE", "01-019", "ADT CNSR AVAL", PARAMCD="OS")
    assert survival == (day("2025-10-02"), 0, 235)


@pytest.mark.parametrize(
    ("subject", "dtc", "death", "flag", "survival"),
    [
        pytest.param("01-021", "2025-06", "2025-06-13", "D", 124, id="D09"),
        pytest.param("01-022", "2025-06", "2025-06-01", "D", 112, id="D10"),
        pytest.param("01-023", "2025", "2025-09-16", "M", 219, id="D11"),
    ],
)
def test_incomplete_dates_of_death(
    made: Delivered, subject: str, dtc: str, death: str, flag: str, survival: float
) -> None:
    assert made.records("DM", subject, "DTHDTC") == [(dtc,)]
    assert _adsl(made, subject, "DTHDT DTHDTF") == (day(death), flag)
    assert made.records("ADTTE", subject, "AVAL CNSR", PARAMCD="OS") == [(survival, 0)]


def test_history_and_baseline(made: Delivered) -> None:
    columns = "DISTYPE RISSBL ISSBL CYTOHRFL EMDFL TRIPLEFL PENTAFL PRLINES PRIASCFL ECOGBL"
    assert _adsl(made, "01-031", columns) == ("RRMM", "II", "III", "Y", "Y", "Y", "N", 3, "Y", 1)
    assert _adsl(made, "01-007", columns) == (None, None, None, None, None, None, None, 0, "N", None)


def test_exposure_of_the_first_course(made: Delivered) -> None:
    found = {p: (v, c) for p, v, c in made.records("ADEX", "01-031", "PARAMCD AVAL AVALC")}
    assert {p: found[p] for p in found if p not in ("CELLS", "FLU", "CY")} == {
        "CELLDOSE": (148.5, None),
        "DOSEPCT": (99.0, None),
        "FLUDOSE": (90.1734, None),  # 3 times 52 mg / 1.73 m2
        "CYDOSE": (900.0, None),
        "LDDAYS": (3, None),
        "LDCOMPFL": (6, "Y"),
        "VEINVEIN": (28, None),
        "LDTOINF": (5, None),
    }


def test_every_dose_is_a_record_with_its_source(made: Delivered) -> None:
    columns = "AVAL ASTDT ASTDY SRCDOM SRCVAR SRCSEQ"
    assert made.records("ADEX", "01-031", columns, PARAMCD="CELLS") == [
        (148.5, day("2025-03-10"), 1, "EX", "EXDOSE", 1),
        (148.5, day("2025-06-20"), 103, "EX", "EXDOSE", 2),
    ]
    assert made.records("ADEX", "01-031", "AVAL ASTDY", PARAMCD="FLU") == [
        (30.0578, -5), (30.0578, -4), (30.0578, -3), (30.0578, 98),
    ]  # fmt: skip


def test_lymphodepletion_that_was_not_complete(made: Delivered) -> None:
    assert made.records("ADEX", "01-007", "AVAL AVALC", PARAMCD="LDCOMPFL") == [(1, "N")]
    assert made.records("ADEX", "01-003", "PARAMCD") == []
