"""CT0596: raw laboratory rows become ADLB and the disease at baseline of ADSL (D19, E06, group J; basis 4.5, 6).

Every scenario has a subject of its own in one small extract; the raw rows stand before the test that reads them.
Defaults: lymphodepletion 2025-03-05T09:00, infusion 2025-03-10T10:30 (scenarios.md, section 0).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.end_to_end.extracts import Delivered, Extract

RAW = Extract()
POST = ["10 APR 2025", "11 APR 2025", "12 APR 2025", "13 APR 2025", "14 APR 2025", "15 APR 2025", "16 APR 2025"]
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return RAW.convert(tmp_path_factory.mktemp("laboratory"))


def _lab(subject: str, form: str, day: str, folder: str = "UNS", time: str = "08:00", **row: str) -> None:
    RAW.add(form, subject, FOLDER=folder, LBDAT=day, LBTIM=time, LBLAB="L99", **row)


def _values(subject: str, form: str, test: str, unit: str, values: list[str], low: str = "", high: str = "") -> None:
    """The values of one test on days after the infusion."""
    for day, value in zip(POST, values, strict=False):
        _lab(subject, form, day, **_result(test, value, unit, low, high))


def _result(test: str, value: str, unit: str, low: str = "", high: str = "") -> dict[str, str]:
    return {f"{test}_RES": value, f"{test}_UNIT": unit, f"{test}_LLN": low, f"{test}_ULN": high}


def _cytokine(subject: str, point: str, when: str, result: str, analyte: str = "IL-6") -> None:
    RAW.add("cytok", subject, VISIT=point, TIMEPOINT=point, COLDTM=when, ANALYTE=analyte, RESULT=result, UNIT="pg/mL",
            LLOQ="1.6", ULOQ="5000", METHOD="MSD")  # fmt: skip


def results(made: Delivered, subject: str, parameter: str, columns: str, basetype: str = "PRE-INFUSION") -> Rows:
    """The records of a parameter without the extreme ones after baseline."""
    found = made.records("ADLB", subject, f"DTYPE AVISIT {columns}", PARAMCD=parameter, BASETYPE=basetype)
    return [row[2:] for row in found if not str(row[1]).startswith("POST-BASELINE")]


def days(iso: str) -> float:
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


# ------------------------------------------------------------------------------------------------ grades (section 6)

J01 = RAW.subject("01-101")
_values(J01, "lbhem", "HGB", "g/dL", ["7.9", "8.0", "9.9", "10.0", "12.0"], "12.0", "16.0")
J03 = RAW.subject("01-103")
_values(J03, "lbhem", "NEUT", "10^9/L", ["0.49", "0.5", "0.99", "1.0", "1.49", "1.5"], "2.0", "7.0")


def test_j01_j02_hemoglobin(made: Delivered) -> None:
    columns = "PARAM AVAL ANRIND ATOXGRL ATOXGR ATOXDSCL"
    assert results(made, J01, "HGB", columns) == [
        ("Hemoglobin (g/L)", 79.0, "LOW", "3", "-3", "Anemia"),
        ("Hemoglobin (g/L)", 80.0, "LOW", "2", "-2", "Anemia"),
        ("Hemoglobin (g/L)", 99.0, "LOW", "2", "-2", "Anemia"),
        ("Hemoglobin (g/L)", 100.0, "LOW", "1", "-1", "Anemia"),
        ("Hemoglobin (g/L)", 120.0, "NORMAL", "0", "0", "Anemia"),
    ]


def test_j03_neutrophils(made: Delivered) -> None:
    assert [g for (g,) in results(made, J03, "NEUT", "ATOXGRL")] == ["4", "3", "3", "2", "2", "1"]


J05 = RAW.subject("01-105")
_lab(J05, "lbchem", "04 MAR 2025", "PRELD", **_result("ALT", "30", "U/L", "7", "40"))
_values(J05, "lbchem", "ALT", "U/L", ["40", "41", "120", "121", "200", "201", "801"], "7", "40")
J06 = RAW.subject("01-106")
_lab(J06, "lbchem", "04 MAR 2025", "PRELD", **_result("ALT", "80", "U/L", "7", "40"))
_values(J06, "lbchem", "ALT", "U/L", ["119", "120", "240", "241"], "7", "40")


def test_j05_j06_alt_by_the_limit_or_by_a_high_baseline(made: Delivered) -> None:
    normal = results(made, J05, "ALT", "ATOXGRH BASE BNRIND BTOXGRH SHIFT1")
    assert [row[0] for row in normal] == ["0", "0", "1", "1", "2", "2", "3", "4"]
    assert {row[1:4] for row in normal} == {(30.0, "NORMAL", "0")}
    assert normal[-1][4] == "NORMAL to HIGH"
    high = results(made, J06, "ALT", "ATOXGRH BASE BNRIND BTOXGRH")
    assert [row[0] for row in high[1:]] == ["0", "1", "1", "2"]
    assert {row[1:3] for row in high} == {(80.0, "HIGH")}


def test_j07_multiples_of_the_upper_limit(made: Delivered) -> None:
    multiples = results(made, J05, "ALTXULN", "AVAL CRIT1 CRIT1FL PARAMTYP ADT")
    assert multiples[3:5] == [
        (3.0, "> 3 x ULN", "N", "DERIVED", days("2025-04-12")),
        (3.025, "> 3 x ULN", "Y", "DERIVED", days("2025-04-13")),
    ]


J09 = RAW.subject("01-109")
_values(J09, "lbchem", "K", "mmol/L", ["3.4", "3.0", "2.9", "2.4"], "3.5", "5.1")
J10 = RAW.subject("01-110")
_lab(J10, "lbchem", POST[0], CA_RES="10.5", CA_UNIT="mg/dL", ALB_RES="2.5", ALB_UNIT="g/dL")
_lab(J10, "lbchem", POST[1], CA_RES="2.2", CA_UNIT="mmol/L")
J11 = RAW.subject("01-111")
_lab(J11, "lbchem", POST[0], **_result("CA", "2.0", "mmol/L", "2.15", "2.55"), ALB_RES="25", ALB_UNIT="g/L")


def test_j09_potassium_has_no_grade_1(made: Delivered) -> None:
    assert [g for (g,) in results(made, J09, "K", "ATOXGRL")] == ["2", "2", "3", "4"]


def test_j10_j11_calcium_corrected_for_albumin_of_the_same_sample(made: Delivered) -> None:
    ((value, grade, param),) = results(made, J10, "CACORR", "AVAL ATOXGRH PARAM")
    assert (round(value, 2), grade, param) == (2.92, "2", "Calcium Corrected for Albumin (mmol/L)")
    assert results(made, J11, "CACORR", "AVAL ATOXGRL ANRLO") == [(2.3, "0", 2.15)]
    assert results(made, J11, "CA", "AVAL ATOXGRL") == [(2.0, None)]


J13 = RAW.subject("01-113")
_values(J13, "lbhem", "NEUT", "10^9/L", ["1.8", "1.2"])
_values(J13, "lbchem", "ALT", "U/L", ["300"])
J33 = RAW.subject("01-133")
_values(J33, "lbhem", "WBC", "10^9/L", ["101", "100"], "4", "10")
_lab(J33, "lbcoag", "04 MAR 2025", "PRELD", **_result("INR", "1.0", "", "0.8", "1.2"))
_values(J33, "lbcoag", "INR", "RATIO", ["1.2", "1.3", "1.6", "2.6"], "0.8", "1.2")
_values(J33, "lbchem", "LIPASE", "U/L", ["400"], "10", "60")


def test_j13_j14_without_a_limit_only_absolute_criteria_grade(made: Delivered) -> None:
    assert results(made, J13, "NEUT", "AVAL ATOXGRL ANRIND") == [(1.8, None, None), (1.2, "2", None)]
    assert results(made, J13, "ALT", "AVAL ATOXGRH") == [(300.0, None)]


def test_j33_j34_leukocytosis_and_inr(made: Delivered) -> None:
    assert [g for (g,) in results(made, J33, "WBC", "ATOXGRH")] == ["3", "0"]
    assert [g for (g,) in results(made, J33, "INR", "ATOXGRH")][-4:] == ["1", "1", "2", "3"]
    assert results(made, J33, "LIPASET", "AVAL ATOXGRH ATOXDSCH") == [(400.0, "4", "Lipase increased")]


# --------------------------------------------------------------------------------------------- limits of quantitation

J18 = RAW.subject("01-118")
RAW.add("mmpanel", J18, FOLDER="D28", SPEPDAT="07 APR 2025", KAPPA_RES="45", KAPPA_UNIT="mg/dL", LAMBDA_RES="<0.5",
        LAMBDA_UNIT="mg/dL", SPEP_RES="<0.5", SPEP_UNIT="g/L", B2M_RES="<1.0", B2M_UNIT="mg/L",
        SIFE="NEGATIVE", UPSTDAT="06 APR 2025", UPEP_RES="850", UPEP_UNIT="mg/24h")  # fmt: skip


def test_j18_values_at_limits(made: Delivered) -> None:
    columns = "AVAL AVALC DTYPE"
    assert results(made, J18, "KLCFR", columns) == [(450.0, None, None)]
    assert results(made, J18, "LLCFR", columns) == [(5.0, "<5", "LLOQ")]
    assert results(made, J18, "MCPRS", columns) == [(0.0, "<0.5", None)]
    assert results(made, J18, "B2MICG", columns) == [(0.5, "<1.0", "HALFLLOQ")]
    assert results(made, J18, "MCPIFS", columns) == [(None, "NEGATIVE", None)]
    assert results(made, J18, "MPEXR", "AVAL PARAM") == [(850.0, "Urine Monoclonal Protein Excretion Rate (mg/day)")]


def test_j18_involved_light_chain_difference_and_ratio(made: Delivered) -> None:
    assert results(made, J18, "DFLC", "AVAL PARAMTYP") == [(445.0, "DERIVED")]
    assert results(made, J18, "FLCRAT", "AVAL") == [(90.0,)]
    assert results(made, J18, "FLCINV", "AVAL AVALC") == [(450.0, "KAPPA")]


CHAIN = RAW.subject("01-119")
for folder, day, kappa, lambda_ in [
    ("SCR", "28 JAN 2025", "10", "900"),
    ("PRELD", "04 MAR 2025", "10", "1000"),
    ("D28", "07 APR 2025", "40", "10"),
]:
    RAW.add("mmpanel", CHAIN, FOLDER=folder, SPEPDAT=day, KAPPA_RES=kappa, KAPPA_UNIT="mg/L", LAMBDA_RES=lambda_,
            LAMBDA_UNIT="mg/L", SPEP_RES="2", SPEP_UNIT="g/L")  # fmt: skip


def test_the_involved_chain_is_that_of_baseline(made: Delivered) -> None:
    """Lambda stays the involved chain, though kappa is the higher one at day 28."""
    columns = "AVAL ABLFL BASE CHG"
    assert results(made, CHAIN, "DFLC", columns, "PRE-LYMPHODEPLETION") == [
        (890.0, None, 990.0, -100.0),
        (990.0, "Y", 990.0, 0.0),
        (-30.0, None, 990.0, -1020.0),
    ]
    assert made.records("ADSL", CHAIN, "DFLCBL SMBL MEASFL EFFFL") == [(990.0, 2.0, "Y", "Y")]


# ------------------------------------------------------------------------------------------------- cytokines and peaks

J22 = RAW.subject("01-122")
_cytokine(J22, "D4", "2025-03-14T08:00", ">5000")
J23 = RAW.subject("01-123")
for point, when, value in [
    ("D0", "2025-03-10T08:00", "5.2"),
    ("D1", "2025-03-11T08:00", "88"),
    ("D4", "2025-03-14T08:00", "640"),
    ("D7", "2025-03-17T08:00", "1500"),
    ("D10", "2025-03-20T08:00", "300"),
    ("M2", "2025-05-09T08:00", "9000"),
]:
    _cytokine(J23, point, when, value)
for day, crp, ferritin in [("10 MAR 2025", "5", "300"), ("12 MAR 2025", "80", "900"), ("20 MAR 2025", "20", "2500")]:
    _lab(J23, "lbchem", day, "D0" if day.startswith("10") else "UNS", "07:00", CRP_RES=crp, CRP_UNIT="mg/L",
         FERR_RES=ferritin, FERR_UNIT="ng/mL")  # fmt: skip


def test_j22_above_quantitation(made: Delivered) -> None:
    assert results(made, J22, "INTLK6", "AVAL AVALC DTYPE") == [(5000.0, ">5000", "ULOQ")]


def test_j23_the_peak_until_day_28_and_its_fold_change(made: Delivered) -> None:
    ((value, day, study_day, base, fold, kind),) = results(made, J23, "IL6PEAK", "AVAL ADT ADY BASE R2BASE DTYPE")
    assert (value, day, study_day, base, round(fold, 2), kind) == (
        1500.0, days("2025-03-17"), 8.0, 5.2, 288.46, "MAXIMUM",
    )  # fmt: skip
    assert results(made, J23, "IL6TPK", "AVAL ADY BASE DTYPE") == [(7.0, 8.0, None, None)]
    assert results(made, J23, "CRPPEAK", "AVAL ADY BASE") == [(80.0, 3.0, 5.0)]
    assert results(made, J23, "FERPEAK", "AVAL ADY BASE") == [(2500.0, 11.0, 300.0)]


RECOVERY = RAW.subject("01-124")
for day, value in [("14 MAR 2025", "0.3"), ("17 MAR 2025", "0.6"), ("20 MAR 2025", "0.2"), ("24 MAR 2025", "0.5"),
                   ("31 MAR 2025", "1.4")]:  # fmt: skip
    _lab(RECOVERY, "lbhem", day, NEUT_RES=value, NEUT_UNIT="10^9/L")


def test_the_recovery_of_neutrophils_lasts(made: Delivered) -> None:
    assert results(made, RECOVERY, "NEUTR", "AVAL ADY PARAM") == [
        (14.0, 15.0, "Neutrophil Recovery (days from infusion)")
    ]


# ----------------------------------------------------------------------------------- one record per visit, and repeats

J25 = RAW.subject("01-125")
for value, saved in [("3.4", "2025-04-09T15:00:00Z"), ("3.2", "2025-04-09T10:00:00Z")]:
    _lab(J25, "lbhem", "07 APR 2025", "D28", WBC_RES=value, WBC_UNIT="10^9/L", SAVETS=saved)
J26 = RAW.subject("01-126")
_lab(J26, "lbchem", "07 APR 2025", "D28", K_RES="HEMOLYZED", K_UNIT="mmol/L")
_lab(J26, "lbchem", "09 APR 2025", "D28", K_RES="4.1", K_UNIT="mmol/L", INSTANCEREPEAT="1")
J29 = RAW.subject("01-129")
for folder, day in [("D28", "08 APR 2025"), ("UNS", "20 APR 2025"), ("M2", "09 MAY 2025")]:
    _lab(J29, "lbhem", day, folder, WBC_RES="5", WBC_UNIT="10^9/L")


def test_j25_of_two_values_of_one_sample_the_one_saved_last_counts(made: Delivered) -> None:
    assert set(results(made, J25, "WBC", "AVAL ANL01FL")) == {(3.2, None), (3.4, "Y")}


def test_j26_a_test_that_was_not_done_is_no_analysis_record(made: Delivered) -> None:
    assert results(made, J26, "K", "AVAL AVISIT ANL01FL") == [(None, "DAY 28", None), (4.1, "DAY 28", "Y")]


def test_j29_visits_by_windows_between_targets(made: Delivered) -> None:
    columns = "ADY VISIT VISITNUM AVISIT AVISITN AWTARGET ANL01FL"
    assert results(made, J29, "WBC", columns) == [
        (30.0, "DAY 28", 110.0, "DAY 28", 110.0, 29.0, "Y"),
        (42.0, "UNSCHEDULED 110.01", 110.01, "DAY 28", 110.0, 29.0, None),
        (61.0, "MONTH 2", 120.0, "MONTH 2", 120.0, 61.0, "Y"),
    ]


# -------------------------------------------------------------------------------------------------- baselines (D19)

D19 = RAW.subject("01-219")
_lab(D19, "lbhem", "04 MAR 2025", "PRELD", PLAT_RES="180", PLAT_UNIT="10^9/L", WBC_RES="4", WBC_UNIT="10^9/L")
_lab(D19, "lbhem", "10 MAR 2025", "D0", "", PLAT_RES="150", PLAT_UNIT="10^9/L")  # planned before the infusion
_lab(D19, "lbhem", "10 MAR 2025", "UNS", "", WBC_RES="3", WBC_UNIT="10^9/L")  # the same day, but not planned before
D20 = RAW.subject("01-220")
_lab(D20, "lbhem", "04 MAR 2025", "PRELD", PLAT_RES="180", PLAT_UNIT="10^9/L", WBC_RES="4", WBC_UNIT="10^9/L")
_lab(D20, "lbhem", "10 MAR 2025", "UNS", "10:29", PLAT_RES="150", PLAT_UNIT="10^9/L")  # a minute before
_lab(D20, "lbhem", "10 MAR 2025", "D0", "10:31", WBC_RES="3", WBC_UNIT="10^9/L")  # a minute after


def test_d19_without_a_time_what_was_planned_before_the_infusion_is_baseline(made: Delivered) -> None:
    assert results(made, D19, "PLAT", "AVAL ABLFL LBTPT") == [(180.0, None, None), (150.0, "Y", "PRE-DOSE")]
    assert results(made, D19, "WBC", "AVAL ABLFL") == [(4.0, "Y"), (3.0, None)]


def test_d20_times_decide_on_the_day_of_infusion(made: Delivered) -> None:
    assert results(made, D20, "PLAT", "AVAL ABLFL BASE") == [(180.0, None, 150.0), (150.0, "Y", 150.0)]
    assert results(made, D20, "WBC", "AVAL ABLFL BASE") == [(4.0, "Y", 4.0), (3.0, None, 4.0)]


PANEL = RAW.subject("01-221")
for folder, day, value in [("SCR", "28 JAN 2025", "40"), ("UNS", "05 MAR 2025", "44"), ("UNS", "08 MAR 2025", "30"),
                           ("D28", "07 APR 2025", "11")]:  # fmt: skip
    RAW.add("mmpanel", PANEL, FOLDER=folder, SPEPDAT=day, SPEP_RES=value, SPEP_UNIT="g/L")


def test_the_myeloma_panel_has_both_baselines(made: Delivered) -> None:
    columns = "AVAL ABLFL BASE PCHG"
    assert results(made, PANEL, "MCPRS", columns, "PRE-LYMPHODEPLETION") == [
        (40.0, None, 44.0, pytest.approx(-9.0909, abs=1e-4)),
        (44.0, "Y", 44.0, 0.0),
        (30.0, None, 44.0, pytest.approx(-31.8182, abs=1e-4)),
        (11.0, None, 44.0, -75.0),
    ]
    assert [row[:3] for row in results(made, PANEL, "MCPRS", columns)] == [
        (40.0, None, 30.0), (44.0, None, 30.0), (30.0, "Y", 30.0), (11.0, None, 30.0),
    ]  # fmt: skip
    assert not made.records("ADLB", J01, "AVAL", PARAMCD="HGB", BASETYPE="PRE-LYMPHODEPLETION")


def test_the_extremes_after_baseline(made: Delivered) -> None:
    columns = "AVAL ADT DTYPE ATOXGRH ANL01FL"
    worst = made.records("ADLB", J05, columns, PARAMCD="ALT", AVISIT="POST-BASELINE MAXIMUM")
    assert worst == [(801.0, days("2025-04-16"), "MAXIMUM", "4", None)]
    least = made.records("ADLB", J05, columns, PARAMCD="ALT", AVISIT="POST-BASELINE MINIMUM")
    assert least == [(40.0, days("2025-04-10"), "MINIMUM", "0", None)]


NEVER = RAW.subject("01-222", infused=None, lymphodepleted=None)
RAW.add("aph", NEVER, FOLDER="APH", APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
RAW.add("mmpanel", NEVER, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="30", SPEP_UNIT="g/L")
_lab(NEVER, "lbhem", "28 JAN 2025", "SCR", **_result("HGB", "9.0", "g/dL", "12", "16"))


def test_never_infused_subjects_have_values_but_no_baseline_of_infusion(made: Delivered) -> None:
    assert results(made, NEVER, "HGB", "AVAL ADY AVISIT ABLFL BASE ATOXGRL") == [(90.0, None, None, None, None, "2")]
    assert results(made, NEVER, "MCPRS", "AVAL ABLFL BASE", "PRE-LYMPHODEPLETION") == [(30.0, "Y", 30.0)]
    assert made.records("ADSL", NEVER, "SMBL MEASFL EFFFL SAFFL") == [(30.0, "Y", "N", "N")]


# ------------------------------------------------------------------------------------------ disease at baseline (E06)

E06 = RAW.subject("01-306")
RAW.add("mmpanel", E06, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="3", SPEP_UNIT="g/L", UPSTDAT="27 JAN 2025",
        UPEP_RES="0", UPEP_UNIT="mg/24h", KAPPA_RES="15", KAPPA_UNIT="mg/L", LAMBDA_RES="12", LAMBDA_UNIT="mg/L",
        B2M_RES="3.3", B2M_UNIT="mg/L")  # fmt: skip
RAW.add("bm", E06, FOLDER="SCR", BMDAT="28 JAN 2025", BMTYPE="ASPIRATE", BMPCASP="10", BMPCBX="12")
RAW.add("mmhist", E06, FOLDER="SCR", DISTYPE="RRMM", ISOTYPE="IgG kappa")
_lab(E06, "lbchem", "04 MAR 2025", "PRELD", LDH_RES="210", LDH_UNIT="U/L")
LEUKEMIA = RAW.subject("01-307")
RAW.add("mmhist", LEUKEMIA, FOLDER="SCR", DISTYPE="PPCL")
RAW.add("mmpanel", LEUKEMIA, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="3", SPEP_UNIT="g/L")
RAW.add("pbsmear", LEUKEMIA, FOLDER="SCR", PBDAT="28 JAN 2025", PBPC="5")
FEW = RAW.subject("01-308")
RAW.add("mmhist", FEW, FOLDER="SCR", DISTYPE="PPCL")
RAW.add("pbsmear", FEW, FOLDER="SCR", PBDAT="28 JAN 2025", PBPC="4.9")
BLOOD = RAW.subject("01-309")
RAW.add("mmhist", BLOOD, FOLDER="SCR", DISTYPE="RRMM")
RAW.add("pbsmear", BLOOD, FOLDER="SCR", PBDAT="28 JAN 2025", PBPC="20")


def test_e06_no_measurable_disease(made: Delivered) -> None:
    assert made.records("ADSL", E06, "SAFFL MEASFL EFFFL") == [("Y", "N", "N")]
    columns = "SMBL UMBL BMPCBL LDHBL B2MBL ISOTYPE"
    assert made.records("ADSL", E06, columns) == [(3.0, 0.0, 12.0, 210.0, 3.3, "IGG KAPPA")]


def test_circulating_cells_make_leukemia_measurable(made: Delivered) -> None:
    assert made.records("ADSL", LEUKEMIA, "DISTYPE MEASFL EFFFL PBPCBL") == [("PCL", "Y", "Y", 5.0)]
    assert made.records("ADSL", FEW, "DISTYPE MEASFL EFFFL") == [("PCL", "N", "N")]
    assert made.records("ADSL", BLOOD, "DISTYPE MEASFL EFFFL") == [("RRMM", "N", "N")]


# --------------------------------------------------------------------------------------------------------- traceability


def test_every_record_names_its_source(made: Delivered) -> None:
    """LBSEQ is that of the record in LB, also of a computed parameter and of an extreme record."""
    result = made.records("LB", J05, "LBSEQ", LBTESTCD="ALT", LBSTRESC="801")
    for parameter in ("ALT", "ALTXULN"):
        found = made.records("ADLB", J05, "SRCDOM LBSEQ", PARAMCD=parameter, ADT=str(days("2025-04-16")))
        assert set(found) == {("LB", result[0][0])}
