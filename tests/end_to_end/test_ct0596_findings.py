"""CT0596: raw rows of laboratory and response become LB and RS (scenarios D15 to D22, group J).

Every scenario has a subject of its own in one small extract; the raw rows stand before the test that reads them.
Defaults: lymphodepletion 2025-03-05T09:00, infusion 2025-03-10T10:30 (scenarios.md, section 0).
"""

from __future__ import annotations

import pytest

from tests.end_to_end.extracts import Delivered, Extract

RAW = Extract()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return RAW.convert(tmp_path_factory.mktemp("findings"))


def _lab(subject: str, form: str = "lbhem", folder: str = "D28", day: str = "07 APR 2025", **row: str) -> None:
    RAW.add(
        form, subject, FOLDER=folder, LBDAT=day, LBTIM=row.pop("LBTIM", "08:00"), LBLAB=row.pop("LBLAB", "L99"), **row
    )


def _central(subject: str, code: str, result: str, unit: str, **row: str) -> None:
    RAW.add("central_lb", subject, VISIT="Cycle 1 D28", COLDAT="07APR2025", COLTIM="0930", TESTCODE=code, RESULT=result,
            UNITS=unit, SPECTYPE=row.pop("SPECTYPE", "SERUM"), METHOD="", ACCESSION="CL1", **row)  # fmt: skip


def _range(lab: str, test: str, unit: str, low: str, high: str, begin: str, end: str = "", sex: str = "") -> None:
    RAW.add("labs", LBLAB=lab, TEST=test, UNIT=unit, SEX=sex, LLN=low, ULN=high, VALIDFROM=begin, VALIDTO=end)


# ---------------------------------------------------------------------------------------------- results and units

J01 = RAW.subject("01-101")
for week, value in enumerate(["7.9", "8.0", "9.9", "10.0"]):
    _lab(J01, folder=["D7", "D14", "D21", "D28"][week], day=f"{7 + week} APR 2025".zfill(11), HGB_RES=value,
         HGB_UNIT="g/dL", HGB_LLN="12.0", HGB_ULN="16.0")  # fmt: skip


def test_j01_hemoglobin_in_standard_units(made: Delivered) -> None:
    columns = "LBTESTCD LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND"
    assert made.records("LB", J01, columns) == [
        ("HGB", "7.9", "g/dL", "79", 79.0, "g/L", 120.0, 160.0, "LOW"),
        ("HGB", "8.0", "g/dL", "80", 80.0, "g/L", 120.0, 160.0, "LOW"),
        ("HGB", "9.9", "g/dL", "99", 99.0, "g/L", 120.0, 160.0, "LOW"),
        ("HGB", "10.0", "g/dL", "100", 100.0, "g/L", 120.0, 160.0, "LOW"),
    ]


J07 = RAW.subject("01-107")
_lab(
    J07, "lbchem", ALT_RES="121", ALT_UNIT="IU/L", ALT_LLN="7", ALT_ULN="40", ALT_CS="Y", CA_RES="10.5", CA_UNIT="mg/dL"
)
_lab(J07, "lbchem", folder="M2", day="09 MAY 2025", ALT_RES="40", ALT_UNIT="U/L", ALT_LLN="7", ALT_ULN="40")


def test_j07_indicator_at_and_above_the_upper_limit(made: Delivered) -> None:
    columns = "LBTESTCD LBCAT LBSPEC LBSTRESN LBSTRESU LBSTNRHI LBNRIND LBCLSIG"
    assert made.records("LB", J07, columns) == [
        ("ALT", "CHEMISTRY", "SERUM", 121.0, "U/L", 40.0, "HIGH", "Y"),
        ("ALT", "CHEMISTRY", "SERUM", 40.0, "U/L", 40.0, "NORMAL", None),
        ("CA", "CHEMISTRY", "SERUM", 2.61975, "mmol/L", None, None, None),
    ]


J15 = RAW.subject("01-115")
_lab(J15, folder="D7", day="17 MAR 2025", WBC_RES="3.2", WBC_UNIT="x10(3)/µL")
_lab(J15, folder="D14", day="24 MAR 2025", WBC_RES="3200", WBC_UNIT="/mm3")
_lab(J15, folder="D28", WBC_RES="3.2", WBC_UNIT="G/L")


def test_j15_unit_aliases(made: Delivered) -> None:
    assert made.records("LB", J15, "LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU") == [
        ("3.2", "10^9/L", "3.2", 3.2, "10^9/L"),
        ("3200", "10^6/L", "3.2", 3.2, "10^9/L"),
        ("3.2", "10^9/L", "3.2", 3.2, "10^9/L"),
    ]


J17 = RAW.subject("01-117")
_lab(J17, LYM_RES="\uff1c0.5", LYM_UNIT="10^9/L", LYM_LLN="1.1", LYM_ULN="3.2", NEUT_RES="12", NEUT_UNIT="10^9/L",
     NEUT_LLN="10\u201320")  # fmt: skip


def test_j17_full_width_characters_and_dashes(made: Delivered) -> None:
    assert made.records("LB", J17, "LBTESTCD LBORRES LBORNRLO LBORNRHI LBSTRESC LBSTRESN LBNRIND") == [
        ("LYM", "<0.5", "1.1", "3.2", "<0.5", None, "LOW"),
        ("NEUT", "12", "10", "20", "12", 12.0, "NORMAL"),
    ]


J18 = RAW.subject("01-118")
RAW.add("mmpanel", J18, FOLDER="D28", SPEPDAT="07 APR 2025", KAPPA_RES="45", KAPPA_UNIT="mg/dL", LAMBDA_RES="<0.5",
        LAMBDA_UNIT="mg/dL", FLCR_RES="90", SPEP_RES="0.9", SPEP_UNIT="g/dL", B2M_RES="3.1",
        B2M_UNIT="mg/L")  # fmt: skip


def test_j18_free_light_chains_in_mg_per_dl(made: Delivered) -> None:
    columns = "LBTESTCD LBSPEC LBMETHOD LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU LBDTC"
    assert made.records("LB", J18, columns) == [
        ("B2MICG", "SERUM", None, "3.1", "mg/L", "3.1", 3.1, "mg/L", "2025-04-07"),
        ("KLCFR", "SERUM", "NEPHELOMETRY", "45", "mg/dL", "450", 450.0, "mg/L", "2025-04-07"),
        ("KLCLLCFR", "SERUM", None, "90", "RATIO", "90", 90.0, "RATIO", "2025-04-07"),
        ("LLCFR", "SERUM", "NEPHELOMETRY", "<0.5", "mg/dL", "<5", None, "mg/L", "2025-04-07"),
        ("MCPROT", "SERUM", "ELECTROPHORESIS", "0.9", "g/dL", "9", 9.0, "g/L", "2025-04-07"),
    ]


def test_m14_the_inherited_date_is_noted(made: Delivered) -> None:
    """SPEPDAT is the date of the electrophoresis; the light chains of the form take it."""
    noted = [f for f in made.findings if f.rule == "DATE_INHERITED"]
    assert {(f.severity, f.file, f.variable) for f in noted} == {("note", "mmpanel.csv", "LBDTC")}


J19 = RAW.subject("01-119")
_lab(J19, WBC_RES="NOT DONE", WBC_UNIT="10^9/L", NEUT_RES="ND", LYM_RES="未做", MONO_RES="TRACE", BASO_RES="HEMOLYZED")
_lab(J19, "lbchem", LBND="Y", LBNDREAS="Tube broken in transit")
_lab(J19, "lbchem", folder="M2", day="09 MAY 2025", K_RES="NOT DONE", LBNDREAS="Subject refused")


def test_j19_not_done(made: Delivered) -> None:
    columns = "LBTESTCD LBCAT LBORRES LBSTRESC LBSTRESN LBSTAT LBREASND"
    assert made.records("LB", J19, columns) == [
        ("BASO", "HEMATOLOGY", None, None, None, "NOT DONE", "SPECIMEN HEMOLYZED"),
        ("K", "CHEMISTRY", None, None, None, "NOT DONE", "Subject refused"),
        ("LBALL", "CHEMISTRY", None, None, None, "NOT DONE", "Tube broken in transit"),
        ("LYM", "HEMATOLOGY", None, None, None, "NOT DONE", None),
        ("MONO", "HEMATOLOGY", "TRACE", "TRACE", None, None, None),
        ("NEUT", "HEMATOLOGY", None, None, None, "NOT DONE", None),
        ("WBC", "HEMATOLOGY", None, None, None, "NOT DONE", None),
    ]


J21 = RAW.subject("01-121")
RAW.add("mmpanel", J21, FOLDER="D28", SPEPDAT="07 APR 2025", SIFE="No monoclonal band", UIFE="")
RAW.add("mmpanel", J21, FOLDER="M2", SPEPDAT="09 MAY 2025", SIFE="IgG kappa", UIFE="Negative")
RAW.add("mmpanel", J21, FOLDER="M3", SPEPDAT="08 JUN 2025", SIFE="weak positive", SIFE_ISO="IgA lambda")
RAW.add("mmpanel", J21, FOLDER="M6", SPEPDAT="06 SEP 2025", SIFE="Negative", SIFE_ISO="未见单克隆条带")


def test_j21_immunofixation_texts(made: Delivered) -> None:
    columns = "LBTESTCD LBSPEC LBMETHOD LBORRES LBSTRESC LBSTRESU VISITNUM"
    fixed = "IMMUNOFIXATION ELECTROPHORESIS"
    assert made.records("LB", J21, columns) == [
        ("MCPROT", "SERUM", fixed, "No monoclonal band", "NEGATIVE", None, 110.0),
        ("MCPROT", "SERUM", fixed, "IgG kappa", "POSITIVE", None, 120.0),
        ("MCPROT", "SERUM", fixed, "weak positive", "POSITIVE", None, 130.0),
        ("MCPROT", "SERUM", fixed, "Negative", "NEGATIVE", None, 140.0),
        ("MCPROT", "URINE", fixed, "Negative", "NEGATIVE", None, 120.0),
        ("MPIGISO", "SERUM", fixed, "IgG kappa", "IGG KAPPA", None, 120.0),
        ("MPIGISO", "SERUM", fixed, "IgA lambda", "IGA LAMBDA", None, 130.0),
        ("MPIGISO", "SERUM", fixed, "NO MONOCLONAL BAND", "NOT DETECTED", None, 140.0),
    ]


def _cytokine(subject: str, point: str, when: str, result: str, analyte: str = "IL-6", **row: str) -> None:
    RAW.add("cytok", subject, TIMEPOINT=point, COLDTM=when, ANALYTE=analyte, RESULT=result,
            UNIT=row.get("unit", "pg/mL"), LLOQ="1.6", ULOQ="5000", METHOD="MSD", QCFLAG="volume < 50 µL")  # fmt: skip


J22 = RAW.subject("01-122")
_cytokine("01122", "D7", "2025-03-17T08:10", ">5000")
_cytokine("01122", "D10", "2025-03-20T08:10", "<1.6")
_cytokine("01122", "D14", "2025-03-24T08:10", "88")
_cytokine("01122", "D21", "2025-03-31T08:10", "88", unit="IU/mL")


def test_j22_cytokine_outside_the_limits_of_quantitation(made: Delivered) -> None:
    """The vendor writes the subject without hyphen and windows-1252; IU/mL of a cytokine has no conversion."""
    columns = "LBTESTCD LBCAT LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU LBLLOQ LBULOQ LBMETHOD VISITNUM LBDTC"
    method = "ELECTROCHEMILUMINESCENCE IMMUNOASSAY"
    assert made.records("LB", J22, columns)[:3] == [
        ("INTLK6", "CYTOKINES", ">5000", "ng/L", ">5000", None, "ng/L", 1.6, 5000.0, method, 70.0, "2025-03-17T08:10"),
        ("INTLK6", "CYTOKINES", "<1.6", "ng/L", "<1.6", None, "ng/L", 1.6, 5000.0, method, 80.0, "2025-03-20T08:10"),
        ("INTLK6", "CYTOKINES", "88", "ng/L", "88", 88.0, "ng/L", 1.6, 5000.0, method, 90.0, "2025-03-24T08:10"),
    ]
    assert made.records("LB", J22, "LBORRES LBSTRESC LBSTRESN LBSTRESU")[3] == ("88", None, None, None)
    assert [rule for rule, _ in made.rules(J22) if rule == "UNIT_UNKNOWN"] == ["UNIT_UNKNOWN"]


J23 = RAW.subject("01-123")
for point, day, value in [("D0", "10", "5.2"), ("D1", "11", "88"), ("D4", "14", "640"), ("D7", "17", "1500")]:
    _cytokine("01123", point, f"2025-03-{day}T08:00", value)


def test_j23_cytokine_before_the_infusion_is_a_predose_sample(made: Delivered) -> None:
    assert made.records("LB", J23, "LBSTRESN LBSTRESU VISIT LBDY LBTPT LBTPTNUM LBTPTREF") == [
        (5.2, "ng/L", "DAY 0", 1.0, "PRE-DOSE", 0.0, "CT0596 INFUSION"),
        (88.0, "ng/L", "DAY 1", 2.0, None, None, None),
        (640.0, "ng/L", "DAY 4", 5.0, None, None, None),
        (1500.0, "ng/L", "DAY 7", 8.0, None, None, None),
    ]


J25 = RAW.subject("01-125")
_lab(J25, WBC_RES="3.4", WBC_UNIT="10^9/L", SAVETS="2025-04-07T15:00:00Z")
_lab(J25, WBC_RES="3.2", WBC_UNIT="10^9/L", SAVETS="2025-04-07T10:00:00Z")


def test_j25_same_key_with_different_values_keeps_both(made: Delivered) -> None:
    assert sorted(made.records("LB", J25, "LBSTRESN LBDTC")) == [(3.2, "2025-04-07T08:00"), (3.4, "2025-04-07T08:00")]
    assert "KEY_DUPLICATE" in [rule for rule, _ in made.rules(J25)]


J26 = RAW.subject("01-126")
_lab(J26, "lbchem", K_RES="HEMOLYZED", K_UNIT="mmol/L")
_lab(J26, "lbchem", day="09 APR 2025", INSTANCEREPEAT="1", FOLDERSEQ="110.01", K_RES="4.1", K_UNIT="mmol/L")


def test_j26_repeat_of_a_hemolyzed_sample(made: Delivered) -> None:
    assert made.records("LB", J26, "LBORRES LBSTRESN LBSTAT LBREASND VISITNUM VISIT LBDTC") == [
        (None, None, "NOT DONE", "SPECIMEN HEMOLYZED", 110.0, "DAY 28", "2025-04-07T08:00"),
        ("4.1", 4.1, None, None, 110.01, "UNSCHEDULED 110.01", "2025-04-09T08:00"),
    ]


# ----------------------------------------------------------------------------------- units and ranges of the laboratory

_range("L81", "HGB", "g/L", "120", "160", "2024-01-01", "2025-04-30", "M")
_range("L81", "HGB", "g/L", "130", "160", "2025-05-01", "", "M")
_range("L81", "HGB", "g/L", "110", "150", "2024-01-01", "", "F")
_range("L81", "PLAT", "10\u2079/L", "125", "350", "2024-01-01")
_range("L81", "WBC", "10^3/µL", "3.5", "9.5", "2024-01-01", "2025-04-30")
_range("L81", "WBC", "10^9/L", "4.0", "10.0", "2025-05-01")
_range("L01", "IGG", "mg/dL", "700", "1600", "2024-01-01")
_range("L01", "KAPPA", "mg/dL", "0.33", "1.94", "2024-01-01")
J27 = RAW.subject("01-127")
_lab(J27, LBLAB="L81", HGB_RES="125", HGB_UNIT="g/L")
_lab(J27, LBLAB="L81", folder="UNS", day="30 APR 2025", HGB_RES="125")
_lab(J27, LBLAB="L81", folder="UNS", day="01 MAY 2025", HGB_RES="125")
_lab(J27, LBLAB="L81", folder="M2", day="09 MAY 2025", HGB_RES="125", HGB_LLN="100", HGB_ULN="140")
J27_WOMAN = RAW.subject("01-128", sex="F")
_lab(J27_WOMAN, LBLAB="L81", HGB_RES="105")


def test_j27_range_that_is_valid_on_the_day_of_the_sample(made: Delivered) -> None:
    """By laboratory, test, sex and period; the last day of a period belongs to it; a printed range goes first."""
    columns = "LBDTC LBORRESU LBORNRLO LBORNRHI LBSTNRLO LBNRIND"
    assert made.records("LB", J27, columns) == [
        ("2025-04-07T08:00", "g/L", "120", "160", 120.0, "NORMAL"),
        ("2025-04-30T08:00", "g/L", "120", "160", 120.0, "NORMAL"),
        ("2025-05-01T08:00", "g/L", "130", "160", 130.0, "LOW"),
        ("2025-05-09T08:00", "g/L", "100", "140", 100.0, "NORMAL"),
    ]
    assert made.records("LB", J27_WOMAN, "LBORRESU LBORNRLO LBNRIND") == [("g/L", "110", "LOW")]


M04 = RAW.subject("01-204")
_lab(M04, LBLAB="L81", WBC_RES="3.0", PLAT_RES="120")
_lab(M04, LBLAB="L81", folder="M2", day="09 MAY 2025", WBC_RES="3.8", PLAT_RES="130", PLAT_UNIT="/nL")
RAW.add("mmpanel", M04, FOLDER="D28", SPEPDAT="07 APR 2025", IGG="6530", KAPPA_RES="38.56", KAPPA_UNIT="mg/dL")


def test_m04_unit_and_range_of_the_laboratory_where_the_row_has_none(made: Delivered) -> None:
    """A range in another unit than the row's is not taken; the panel belongs to the laboratory of the site (L01)."""
    columns = "LBTESTCD LBORRES LBORRESU LBORNRLO LBORNRHI LBSTRESN LBSTRESU LBSTNRLO LBNRIND"
    assert made.records("LB", M04, columns) == [
        ("IGG", "6530", "mg/dL", "700", "1600", 65.3, "g/L", 7.0, "HIGH"),
        ("KLCFR", "38.56", "mg/dL", "0.33", "1.94", 385.6, "mg/L", 3.3, "HIGH"),
        ("PLAT", "120", "10^9/L", "125", "350", 120.0, "10^9/L", 125.0, "LOW"),
        ("PLAT", "130", "10^9/L", None, None, 130.0, "10^9/L", None, None),
        ("WBC", "3.0", "10^9/L", "3.5", "9.5", 3.0, "10^9/L", 3.5, "LOW"),
        ("WBC", "3.8", "10^9/L", "4.0", "10.0", 3.8, "10^9/L", 4.0, "LOW"),
    ]


J29 = RAW.subject("01-129")
_lab(J29, folder="UNS", day="20 APR 2025", WBC_RES="3.3", WBC_UNIT="10^9/L")


def test_j29_unscheduled_sample(made: Delivered) -> None:
    assert made.records("LB", J29, "VISITNUM VISIT VISITDY LBDTC LBDY EPOCH") == [
        (110.01, "UNSCHEDULED 110.01", None, "2025-04-20T08:00", 42.0, "FOLLOW-UP")
    ]


J30 = RAW.subject("01-130")
_lab(J30, "lbchem", LBLAB="", GLUC_RES="5.5")


def test_j30_missing_unit_is_not_guessed(made: Delivered) -> None:
    assert made.records("LB", J30, "LBORRES LBORRESU LBSTRESC LBSTRESN LBSTRESU") == [("5.5", None, None, None, None)]
    assert ("UNIT_MISSING", "GLUC 5.5, standard unit mmol/L") in made.rules(J30)


J31 = RAW.subject("01-131")
_lab(J31, HGB_RES="125", HGB_UNIT="g/dL")


def test_j31_implausible_unit_is_reported_and_not_corrected(made: Delivered) -> None:
    assert made.records("LB", J31, "LBORRES LBSTRESN LBSTRESU") == [("125", 1250.0, "g/L")]
    assert ("RESULT_IMPLAUSIBLE", "HGB 125 g/dL") in made.rules(J31)


M05 = RAW.subject("01-205")
_lab(M05, "lbchem", FERR_RES=">5000", FERR_UNIT="ng/mL", CRP_RES="NEG", CRP_UNIT="mg/L", BILDIR_RES="1+", ALT_RES="3-5",
     ALT_UNIT="U/L", AST_RES="见备注", AST_UNIT="U/L")  # fmt: skip


def test_m05_character_results(made: Delivered) -> None:
    assert made.records("LB", M05, "LBTESTCD LBORRES LBSTRESC LBSTRESN LBSTRESU") == [
        ("ALT", "3-5", "3-5", None, "U/L"),
        ("AST", "SEE COMMENT", "SEE COMMENT", None, None),
        ("BILDIR", "1+", "1+", None, None),
        ("CRP", "NEG", "NEGATIVE", None, None),
        ("FERRITIN", ">5000", ">5000", None, "ug/L"),
    ]


# ------------------------------------------------------------------------------------------ dates, baseline, central

D15 = RAW.subject("01-015")
RAW.add("mmpanel", D15, FOLDER="SCR", UPSTDAT="01 MAR 2025", UPSTTIM="07:00", UPENDAT="02 MAR 2025", UPENTIM="07:00",
        UPEP_RES="0.85", UPEP_UNIT="g/24h", UVOL="2000")  # fmt: skip
RAW.add("mmpanel", D15, FOLDER="D28", UPSTDAT="06 APR 2025", UPSTTIM="UN:UN", UPENDAT="07 APR 2025", UPENTIM="99:99",
        UPEP_RES="85", UPEP_UNIT="mg/L", UVOL="2000")  # fmt: skip


def test_d15_urine_of_24_hours(made: Delivered) -> None:
    """A concentration needs the volume: 85 mg/L in 2 L are 170 mg a day."""
    columns = "LBTESTCD LBDTC LBENDTC LBSTRESN LBSTRESU LBSPEC"
    assert made.records("LB", D15, columns) == [
        ("MPROTEXR", "2025-03-01T07:00", "2025-03-02T07:00", 850.0, "mg/day", "URINE"),
        ("MPROTEXR", "2025-04-06", "2025-04-07", 170.0, "mg/day", "URINE"),
    ]


D19 = RAW.subject("01-019")
_lab(D19, folder="D0", day="10 MAR 2025", LBTIM="UN:UN", WBC_RES="4.0", WBC_UNIT="10^9/L")
_lab(D19, folder="D0", day="10 MAR 2025", LBTIM="12:00", NEUT_RES="2.0", NEUT_UNIT="10^9/L")
D20 = RAW.subject("01-020", lymphodepleted=None)
_lab(D20, folder="D0", day="10 MAR 2025", LBTIM="UN:UN", WBC_RES="4.0", WBC_UNIT="10^9/L")


def test_d19_planned_predose_sample_without_time(made: Delivered) -> None:
    """Nothing is flagged after lymphodepletion, the first exposure; a sample after the infusion is no pre-dose."""
    assert made.records("LB", D19, "LBTESTCD LBDTC LBTPT LBTPTNUM LBTPTREF LBLOBXFL") == [
        ("NEUT", "2025-03-10T12:00", None, None, None, None),
        ("WBC", "2025-03-10", "PRE-DOSE", 0.0, "CT0596 INFUSION", None),
    ]


def test_d19_planned_predose_sample_counts_before_exposure(made: Delivered) -> None:
    """Without lymphodepletion the infusion is the first exposure, and the planned sample of that day lies before it."""
    assert made.records("LB", D20, "LBDTC LBTPT LBLOBXFL") == [("2025-03-10", "PRE-DOSE", "Y")]


D21 = RAW.subject("01-021")
_lab(D21, folder="SCR", day="01 FEB 2025", WBC_RES="4.0", WBC_UNIT="10^9/L")
_lab(D21, folder="LD1", day="05 MAR 2025", LBTIM="07:00", WBC_RES="4.1", WBC_UNIT="10^9/L")
D22 = RAW.subject("01-022")
_lab(D22, folder="SCR", day="01 FEB 2025", ALB_RES="35", form="lbchem", ALB_UNIT="g/L")
_lab(D22, folder="LD1", day="05 MAR 2025", LBTIM="07:00", form="lbchem", ALB_RES="NOT DONE")


def test_d21_last_value_before_lymphodepletion(made: Delivered) -> None:
    flags = made.records("LB", D21, "LBDTC LBLOBXFL")
    assert flags == [("2025-02-01T08:00", None), ("2025-03-05T07:00", "Y")]


def test_d22_a_test_not_done_is_never_the_last_value(made: Delivered) -> None:
    columns = "LBDTC LBSTAT LBLOBXFL"
    assert made.records("LB", D22, columns) == [("2025-02-01T08:00", None, "Y"), ("2025-03-05T07:00", "NOT DONE", None)]


L10 = RAW.subject("01-310")
_central(L10, "PLT", "150", "10^9/L", SPECTYPE="WHOLE BLOOD", LLN="125", ULN="350")
_central(L10, "SBCMA", "312.5", "ng/mL")
_central(L10, "ZZZ", "1", "U/L")


def test_l10_a_code_of_the_central_laboratory_that_is_not_listed(made: Delivered) -> None:
    columns = "LBTESTCD LBTEST LBREFID LBCAT LBSPEC LBSTRESN LBSTRESU LBNRIND LBNAM LBDTC VISIT"
    assert made.records("LB", L10, columns, LBNAM="CENTRAL LABORATORY")[1:] == [
        ("BCMAS", "Soluble B Cell Maturation Antigen", "CL1", "CHEMISTRY", "SERUM", 312.5, "ug/L", None,
         "CENTRAL LABORATORY", "2025-04-07T09:30", "DAY 28"),
        ("PLAT", "Platelets", "CL1", "HEMATOLOGY", "BLOOD", 150.0, "10^9/L", "NORMAL",
         "CENTRAL LABORATORY", "2025-04-07T09:30", "DAY 28"),
    ]  # fmt: skip
    assert ("LOOKUP_UNMATCHED", "ZZZ") in made.rules(L10)


MARROW = RAW.subject("01-401")
RAW.add(
    "bm",
    MARROW,
    FOLDER="D28",
    BMDAT="07 APR 2025",
    BMTYPE="BOTH",
    BMPCASP="2",
    BMPCBX="4",
    CLONAL="Absent",
    KLRATIO="2:1",
)
RAW.add("bm", MARROW, FOLDER="M3", BMDAT="08 JUN 2025", BMTYPE="ASPIRATE", BMPCASP="<1", CLONAL="Not tested")
RAW.add("pbsmear", MARROW, FOLDER="D28", PBDAT="07 APR 2025", PBPC="24.9", PBPCABS="1.74")


def test_marrow_and_blood_smear(made: Delivered) -> None:
    columns = "LBTESTCD LBSPEC LBMETHOD LBSCAT LBSTRESC LBSTRESN LBSTRESU LBSTAT LBDTC"
    microscope = "LIGHT MICROSCOPY"
    assert made.records("LB", MARROW, columns) == [
        ("PLSNCE", "BONE MARROW", "FLOW CYTOMETRY", None, None, None, None, "NOT DONE", "2025-06-08"),
        ("PLSNCE", "BONE MARROW", "IHC", None, "ABSENT", None, None, None, "2025-04-07"),
        ("PLSTCE", "BLOOD", microscope, None, "1.74", 1.74, "10^9/L", None, "2025-04-07"),
        ("PLSTCECE", "BONE MARROW", microscope, "ASPIRATE", "2", 2.0, "%", None, "2025-04-07"),
        ("PLSTCECE", "BONE MARROW", microscope, "ASPIRATE", "<1", None, "%", None, "2025-06-08"),
        ("PLSTCECE", "BONE MARROW", microscope, "BIOPSY", "4", 4.0, "%", None, "2025-04-07"),
        ("PLSTCELE", "BLOOD", microscope, None, "24.9", 24.9, "%", None, "2025-04-07"),
    ]


# ----------------------------------------------------------------------------------------------------------- response

RESPONSE = RAW.subject("01-501")
for folder, day, code, basis in [
    ("D28", "07 APR 2025", "sCR", ""),
    ("M2", "09 MAY 2025", "ND", ""),
    ("M3", "08 JUN 2025", "PD", "SERUM;URINE"),
    ("M6", "06 SEP 2025", "PD", "SERUM, IMAGING"),
]:
    RAW.add("resp", RESPONSE, FOLDER=folder, RSDAT=day, RSRESP=code, PDBASIS=basis, RSCRIT="IMWG2016")
LEUKEMIA = RAW.subject("01-502")
RAW.add("resp", LEUKEMIA, FOLDER="D28", RSDAT="07 APR 2025", RSRESP="Partial Response", RSRESP_STD="PR",
        RSCRIT="IMWG PCL consensus 2013", RSCRIT_STD="PCL2013")  # fmt: skip


def test_response_by_the_investigator(made: Delivered) -> None:
    columns = "RSTESTCD RSTEST RSCAT RSORRES RSSTRESC RSSTAT RSEVAL VISIT RSDTC RSDY"
    test = ("OVRLRESP", "Overall Response")
    imwg = "KUMAR IMWG 2016"
    assert made.records("RS", RESPONSE, columns) == [
        (*test, imwg, "sCR", "sCR", None, "INVESTIGATOR", "DAY 28", "2025-04-07", 29.0),
        (*test, imwg, None, None, "NOT DONE", "INVESTIGATOR", "MONTH 2", "2025-05-09", 61.0),
        (*test, imwg, "PD", "PD", None, "INVESTIGATOR", "MONTH 3", "2025-06-08", 91.0),
        (*test, imwg, "PD", "PD", None, "INVESTIGATOR", "MONTH 6", "2025-09-06", 181.0),
    ]
    assert made.records("RS", LEUKEMIA, "RSCAT RSORRES RSSTRESC") == [("IMWG PCL CONSENSUS 2013", "PR", "PR")]


def test_m15_basis_of_progression_is_split(made: Delivered) -> None:
    assert made.supplemental("RS", RESPONSE) == [
        ("3", "PDBASE1", "SERUM"),
        ("3", "PDBASE2", "URINE"),
        ("4", "PDBASE1", "SERUM"),
        ("4", "PDBASE2", "IMAGING"),
    ]


F11 = RAW.subject("01-511")
for method, result, residual, lod in [("NGS", "POSITIVE", "2e-6", "6.8e-7"), ("MFC", "NEGATIVE", "", "1e-5")]:
    RAW.add("mrd", F11, VISIT="Day 28", COLDAT="45754", METHOD=method, RESULT=result, RESIDUAL=residual, LOD=lod,
            THRESH="1e-5")  # fmt: skip
RAW.add("mrd", F11, VISIT="Month 3", COLDAT="45816", METHOD="NGS", RESULT="QNS", THRESH="1e-5")
RAW.add("mrd", F11, VISIT="Month 6", COLDAT="45906", METHOD="NGS", RESULT="INDETERMINATE", THRESH="1e-5")


def test_f11_minimal_residual_disease(made: Delivered) -> None:
    """The vendor's date is an Excel serial number: 45754 is 2025-04-07."""
    columns = "RSTESTCD RSORRES RSSTRESC RSSTAT RSREASND RSMETHOD VISIT RSDTC"
    assert made.records("RS", F11, columns) == [
        ("MRDRESP", "NEGATIVE", "MRD NEGATIVITY", None, None, "FLOW CYTOMETRY", "DAY 28", "2025-04-07"),
        ("MRDRESP", "POSITIVE", "MRD PERSISTENCE", None, None, "NEXT GENERATION SEQUENCING", "DAY 28", "2025-04-07"),
        ("MRDRESP", None, None, "NOT DONE", "QUANTITY NOT SUFFICIENT", "NEXT GENERATION SEQUENCING", "MONTH 3",
         "2025-06-08"),
        ("MRDRESP", "INDETERMINATE", "INDETERMINATE", None, None, "NEXT GENERATION SEQUENCING", "MONTH 6",
         "2025-09-06"),
    ]  # fmt: skip
    assert made.supplemental("RS", F11)[:7] == [
        ("1", "MRDMETH", "MFC"),
        ("1", "MRDSENS", "1e-5"),
        ("1", "MRDTHR", "1e-5"),
        ("2", "MRDMETH", "NGS"),
        ("2", "MRDSENS", "6.8e-7"),
        ("2", "MRDTHR", "1e-5"),
        ("2", "MRDRESID", "2e-6"),
    ]


ECOG = RAW.subject("01-512")
RAW.add("ecog", ECOG, FOLDER="SCR", ECDAT="28 JAN 2025", ECOG="0")
RAW.add("ecog", ECOG, FOLDER="D28", ECDAT="07 APR 2025", ECOG="2")


def test_performance_status(made: Delivered) -> None:
    columns = "RSTESTCD RSTEST RSCAT RSORRES RSSTRESC RSSTRESN RSLOBXFL"
    assert made.records("RS", ECOG, columns) == [
        ("ECOG101", "ECOG1-Performance Status", "ECOG",
         "Fully active, able to carry on all pre-disease performance without restriction", "0", 0.0, "Y"),
        ("ECOG101", "ECOG1-Performance Status", "ECOG",
         "Ambulatory and capable of all selfcare but unable to carry out any work activities. "
         "Up and about more than 50% of waking hours", "2", 2.0, None),
    ]  # fmt: skip
