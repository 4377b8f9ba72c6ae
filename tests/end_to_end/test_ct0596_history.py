"""CT0596: history, lesions, grades of CRS and ICANS from their forms (design basis 3.4, 3.6, 3.8)."""

from __future__ import annotations

import pytest

from tests.end_to_end.extracts import Delivered, Extract

ONE, TWO, RESCREENED = "01-001", "01-002", "01-011"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every form of this module, in one run."""
    e = Extract()
    e.subject(ONE)
    e.add(
        "mh", ONE, MHTERM="\u9ad8\u8840\u538b", MHTERM_EN="High blood pressure", MHTERM_PT="Hypertension",
        MHTERM_PTCD="10020772", MHTERM_SOC="Vascular disorders", MHSTDAT="UN UNK 2018", MHONGO="Y", MHGR="2",
    )  # fmt: skip
    e.add(
        "mh", ONE, MHTERM="Zoster", MHTERM_PT="Herpes zoster", MHSTDAT="03 JUN 2017", MHENDAT="UN JUL 2017", MHONGO="N"
    )
    disease = {"LYTIC": "Y", "EMD": "N", "BMPCDX": "65", "REFRSTAT": "BOTH", "TRIPLEREF": "Y", "PENTAREF": "N"}
    e.add(
        "mmhist", ONE, DISTYPE="SPCL", DXDAT="UN JUN 2019", PCLDXDAT="UN MAR 2024", LASTPDDAT="22 MAR 2024",
        ISSDX="III", RISS="II", RISSDAT="28 JAN 2025", FOLDER="SCR", FOLDERSEQ="10", **disease,
    )  # fmt: skip
    for line, drug, response in (
        ("1", "Bortezomib", "VGPR"),
        ("1", "Dexamethasone", "VGPR"),
        ("2", "Melphalan", "UNK"),
    ):
        e.add("prthx", ONE, LINE=line, TRT=drug, TYPE="DRUG", STDAT="UN UNK 2021", BESTRESP=response)
    _images(e)
    _grades(e)

    e.add("subj", "01-004", STATUS="SCREEN FAILURE")
    e.add("ic", "01-004", ICDAT="20 JAN 2025", ICTYPE="MAIN")
    e.add("dm", "01-004", AGE="55", SEX="F", RACE="ASIAN", COUNTRY="CHN")
    e.add("mmhist", "01-004", DISTYPE="RRMM", DXDAT="UN MAR 2022", RISS="III")
    e.subject(RESCREENED)
    e.forms["subj"][-1]["RESCREENOF"] = "01-004"
    e.add("mmhist", RESCREENED, DISTYPE="PPCL", DXDAT="09 JUL 2022", PCLDXDAT="09 JUL 2022", RISS="I")
    return e.convert(tmp_path_factory.mktemp("history"))


def _images(e: Extract) -> None:
    """A lesion that shrinks, entered out of order, and a new one."""
    shown = {"IMMETH": "PET/CT", "LESID": "P01", "LESTYPE": "SOFT TISSUE", "LOC": "Chest wall, left"}
    e.add(
        "plasm", ONE, FOLDER="D28", IMDAT="07 APR 2025", LDIAM="17", PERP="11", STATE="PRESENT", SUVMAX="4.2", **shown
    )
    e.add(
        "plasm", ONE, FOLDER="SCR", IMDAT="28 JAN 2025", LDIAM="28", PERP="22", STATE="PRESENT", SUVMAX="7.2", **shown
    )
    shown = {"IMMETH": "PET/CT", "LESID": "P02", "LESTYPE": "BONE", "LOC": "Right ilium"}
    e.add("plasm", ONE, FOLDER="M3", IMDAT="08 JUN 2025", LDIAM="24", PERP="18", STATE="NEW", **shown)


def _grades(e: Extract) -> None:
    e.subject(TWO)
    for number, event, term in (("5", "CRS", "Cytokine release syndrome"), ("6", "ICANS", "Neurotoxicity")):
        e.add(
            "ae", TWO, AESPID=number, AETERM=event, AETERM_PT=term, AESTDAT="12 MAR 2025", AEENDAT="16 MAR 2025",
            AEGR="2", AEGRSCL="ASTCT", AESI=event, AEONGO="N", AESER="N", AEOUT="RECOVERED/RESOLVED", AEACN="None",
        )  # fmt: skip
    e.add(
        "crs", TWO, AENO="5", GRDAT="12 MAR 2025", GRTIM="14:25", ASTCTGR="2", FEVER="Y", TMAX="39.7",
        HYPOT="ONE PRESSOR", HYPOX="NONE", TOCI="Y", STEROID="N",
    )  # fmt: skip
    e.add(
        "icans", TWO, AENO="6", GRDAT="14 MAR 2025", GRTIM="16:19", ASTCTGR="1", ICESCORE="8", CONSC="AWAKENS TO VOICE",
        SEIZ="NONE", MOTOR="N", EDEMA="NONE",
    )  # fmt: skip
    e.add("icans", TWO, AENO="9", GRDAT="15 MAR 2025", ASTCTGR="1")  # no such event


def test_medical_history(made: Delivered) -> None:
    columns = "MHTERM MHDECOD MHPTCD MHBODSYS MHSTDTC MHENDTC MHENRTPT MHENTPT"
    assert made.records("MH", ONE, columns, MHCAT="MEDICAL HISTORY") == [
        ("Zoster", "Herpes zoster", None, None, "2017-06-03", "2017-07", None, None),
        ("High blood pressure", "Hypertension", 10020772, "Vascular disorders", "2018", None, "ONGOING", "2026-03-31"),
    ]
    assert ("MHTOXGR", "2") in [(name, value) for _, name, value in made.supplemental("MH", ONE)]


def test_history_of_the_disease(made: Delivered) -> None:
    columns = "MHTERM MHEVDTYP MHSTDTC"
    assert made.records("MH", ONE, columns, MHCAT="PRIMARY DIAGNOSIS") == [
        ("MULTIPLE MYELOMA", "INITIAL DIAGNOSIS", "2019-06"),
        ("PLASMA CELL LEUKEMIA", "DISEASE TRANSFORMATION", "2024-03"),
        ("PLASMA CELL LEUKEMIA", "PROGRESSION", "2024-03-22"),
    ]
    [(diagnosis,)] = made.records("MH", ONE, "MHSEQ", MHEVDTYP="INITIAL DIAGNOSIS")
    assert {n: v for i, n, v in made.supplemental("MH", ONE) if i == f"{diagnosis:.0f}"} == {
        "ISSDX": "III", "LYTIC": "Y", "EMD": "N", "BMPCDX": "65", "REFRSTAT": "BOTH", "TRIPLERF": "Y", "PENTAREF": "N",
    }  # fmt: skip


def test_who_was_screened_twice_has_the_later_history(made: Delivered) -> None:
    assert made.records("MH", RESCREENED, "MHTERM MHEVDTYP MHSTDTC") == [
        ("PLASMA CELL LEUKEMIA", "INITIAL DIAGNOSIS", "2022-07-09")
    ]
    assert made.records("RS", RESCREENED, "RSTESTCD RSSTRESC") == [("RISS", "I")]


def test_stage_and_best_response_of_each_line(made: Delivered) -> None:
    columns = "RSTESTCD RSTEST RSCAT RSORRES RSSTRESC RSDTC VISITNUM RSLNKGRP RSENRTPT RSENTPT"
    assert made.records("RS", ONE, columns) == [
        ("RISS", "R-ISS Stage", "R-ISS", "II", "II", "2025-01-28", 10, None, None, None),
        (
            "BESTRESP",
            "Best Overall Response",
            "UNSPECIFIED",
            "VGPR",
            "VGPR",
            None,
            None,
            "LINE 1",
            "BEFORE",
            "SCREENING",
        ),
    ]


def test_a_lesion_is_identified_where_it_is_first_seen(made: Delivered) -> None:
    columns = "TULNKID TUTESTCD TUORRES TUSTRESC TULOC TULAT TUMETHOD TUDTC VISITNUM TULOBXFL"
    assert made.records("TU", ONE, columns) == [
        ("P01", "TUMIDENT", "TARGET", "TARGET", "CHEST WALL", "LEFT", "PET/CT SCAN", "2025-01-28", 10, "Y"),
        ("P02", "TUMIDENT", "NEW", "NEW", "ILIUM", "RIGHT", "PET/CT SCAN", "2025-06-08", 130, None),
    ]
    assert made.supplemental("TU", ONE) == [
        ("1", "TULESTYP", "SOFT TISSUE"),
        ("1", "TULOCTXT", "Chest wall, left"),
        ("2", "TULESTYP", "BONE"),
        ("2", "TULOCTXT", "Right ilium"),
    ]


def test_lesions_are_measured_at_each_imaging(made: Delivered) -> None:
    columns = "TRLNKID TRTESTCD TRORRES TRSTRESN TRSTRESU TRSTRESC TRDTC TRLOBXFL"
    assert made.records("TR", ONE, columns, TRTESTCD="LDIAM") == [
        ("P01", "LDIAM", "28", 28, "mm", "28", "2025-01-28", "Y"),
        ("P01", "LDIAM", "17", 17, "mm", "17", "2025-04-07", None),
        ("P02", "LDIAM", "24", 24, "mm", "24", "2025-06-08", None),
    ]
    assert made.records("TR", ONE, "TRLNKID TRSTRESC TRDTC", TRTESTCD="TUMSTATE") == [
        ("P01", "PRESENT", "2025-01-28"),
        ("P01", "PRESENT", "2025-04-07"),
        ("P02", "NEW", "2025-06-08"),
    ]
    assert len(made.records("TR", ONE, "TRSEQ")) == 11  # 3 times length, width and state, 2 uptakes


def test_grade_changes_are_findings_about_the_event(made: Delivered) -> None:
    columns = "FAOBJ FASPID FATESTCD FAORRES FASTRESC FADTC FACAT"
    assert made.records("FA", TWO, columns, FATESTCD="TOXGR") == [
        (None, "9", "TOXGR", "1", "1", "2025-03-15", "ICANS"),
        ("Cytokine release syndrome", "5", "TOXGR", "2", "2", "2025-03-12T14:25", "CRS"),
        ("Neurotoxicity", "6", "TOXGR", "1", "1", "2025-03-14T16:19", "ICANS"),
    ]


@pytest.mark.parametrize(
    ("event", "findings"),
    [
        ("5", [("STEROID", "N"), ("TMAX", "39.7"), ("TOCI", "Y"), ("TOXGR", "2")]),
        ("6", [("CONSC", "AWAKENS TO VOICE"), ("EDEMA", "NONE"), ("MOTOR", "N"), ("SEIZURE", "NONE"), ("TOXGR", "1")]),
    ],
)
def test_what_a_grade_rests_on(made: Delivered, event: str, findings: list[tuple[str, str]]) -> None:
    assert made.records("FA", TWO, "FATESTCD FASTRESC", FASPID=event) == findings


def test_a_grade_of_an_event_that_is_not_there_is_an_error(made: Delivered) -> None:
    told = [(f.rule, f.severity) for f in made.findings if (f.dataset, f.variable) == ("FA", "FAOBJ")]
    assert told == [("REQUIRED_MISSING", "error")]


def test_symptoms_of_crs_are_clinical_events(made: Delivered) -> None:
    columns = "CETERM CECAT CEPRESP CEOCCUR CEDTC CESTDTC CESPID"
    assert made.records("CE", TWO, columns) == [
        ("FEVER", "CRS SYMPTOM", "Y", "Y", "2025-03-12T14:25", "2025-03-12T14:25", "5"),
        ("HYPOTENSION", "CRS SYMPTOM", "Y", "Y", "2025-03-12T14:25", "2025-03-12T14:25", "5"),
        ("HYPOXIA", "CRS SYMPTOM", "Y", "N", "2025-03-12T14:25", None, "5"),
        ("OXYGEN REQUIREMENT", "CRS SYMPTOM", "Y", "N", "2025-03-12T14:25", None, "5"),
        ("VASOPRESSOR REQUIREMENT", "CRS SYMPTOM", "Y", "Y", "2025-03-12T14:25", "2025-03-12T14:25", "5"),
    ]
    assert [(n, v) for _, n, v in made.supplemental("CE", TWO)] == [("CELEVEL", "NONE"), ("CELEVEL", "ONE PRESSOR")]
    assert "FEVER" not in [t for (t,) in made.records("AE", TWO, "AETERM")]


def test_the_ice_score_is_a_clinical_classification(made: Delivered) -> None:
    columns = "RSTESTCD RSCAT RSORRES RSSTRESC RSDTC RSSPID"
    assert made.records("RS", TWO, columns) == [("ICESCORE", "ICE", "8", "8", "2025-03-14T16:19", "6")]


def test_related_records(made: Delivered) -> None:
    related = made.records("RELREC", ONE, "RDOMAIN IDVAR IDVARVAL RELID")
    assert related == [
        ("CM", "CMSEQ", "1", "RESPONSE1"),
        ("CM", "CMSEQ", "2", "RESPONSE1"),
        ("RS", "RSSEQ", "2", "RESPONSE1"),
    ]
    graded = [(d, i) for d, i, r in made.records("RELREC", TWO, "RDOMAIN IDVARVAL RELID") if r == "GRADED1"]
    assert graded == [("AE", "1"), ("FA", "2"), ("FA", "3"), ("FA", "4"), ("FA", "5")]
