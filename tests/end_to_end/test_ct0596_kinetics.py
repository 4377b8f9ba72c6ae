"""CT0596: raw rows of the kinetics laboratory become ADPC and ADPP (scenarios K01 to K13; design basis 4.6).

Every scenario has a subject of its own; the infusion is on 2025-03-10T10:30, and a sample of day n is taken at 10:30.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.extracts import Delivered, Extract

RAW = Extract()
INFUSED = datetime(2025, 3, 10, 10, 30)
POINTS = {0: "D0", 1: "D1", 4: "D4", 7: "D7", 10: "D10", 14: "D14", 21: "D21", 28: "D28", 60: "M2", 90: "M3", 180: "M6"}
BASE = {0: "BLQ", 1: "120", 4: "900", 7: "15000", 10: "48000", 14: "30000", 21: "9000", 28: "2500", 60: "600",
        90: "BLQ", 180: "BLQ"}  # fmt: skip
Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return RAW.convert(tmp_path_factory.mktemp("kinetics"))


def _sample(subject: str, nominal: int, result: str, elapsed: float | None = None, **row: str) -> None:
    """One sample at its nominal day, or at an elapsed time from the infusion."""
    when = INFUSED + timedelta(days=nominal if elapsed is None else elapsed)
    given = {"COLDTM": f"{when:%Y/%m/%d %H:%M}", "ASSAY": "qPCR", "MATRIX": "WHOLE BLOOD", "RUNID": "R1"} | row
    RAW.add("ck", subject, VISIT=POINTS[nominal], NOMDAY=str(nominal), TARGET="CAR", RESULT=result,
            UNIT="copies/ug gDNA", LLOQ="50", REPLICATE="1", **given)  # fmt: skip


def _profile(subject: str, **changes: str) -> None:
    """The base profile, with other results (``d10="BLQ"``) and without the samples that are empty."""
    for nominal, result in BASE.items():
        if changes.get(f"d{nominal}", result):
            _sample(subject, nominal, changes.get(f"d{nominal}", result))


def parameters(made: Delivered, subject: str) -> dict[str, float | None]:
    return dict(made.records("ADPP", subject, "PARAMCD AVAL"))


K01, K02, K03, K05, K06, K07 = (RAW.subject(f"01-10{i}") for i in (1, 2, 3, 5, 6, 7))
_profile(K01)
_profile(K02, d28="")
_sample(K02, 28, "1800", elapsed=30)
for nominal in (0, 1, 4, 7, 10):
    _sample(K03, nominal, BASE[nominal])
RAW.add("dth", K03, DTHDAT="22 MAR 2025", DTHCAUS="OTHER", DTHTERM="Sepsis")
_profile(K05, d14="48000")
_profile(K06, d0="80")
_profile(K07, d14="BLQ")


def test_k01_the_base_profile(made: Delivered) -> None:
    assert parameters(made, K01) == {
        "CMAX": 48000.0, "TMAX": 10.0, "CLST": 600.0, "TLST": 60.0, "AUC028": 452690.0, "AUC028H": 10864560.0,
        "AUCLST": 502290.0, "PERS3": 0.0, "PERS6": 0.0,
    }  # fmt: skip
    columns = "PARAM PARCAT1 ADY SRCDOM SRCSEQ ANL01FL PARAMTYP"
    assert made.records("ADPP", K01, columns, PARAMCD="TMAX") == [
        ("Time of Maximum CAR Copies (days) by qPCR", "REAL-TIME POLYMERASE CHAIN REACTION ASSAY", 11.0, "PC", 5.0, "Y",
         "DERIVED"),
    ]  # fmt: skip
    assert made.records("ADSL", K01, "SAFFL CKEVLFL") == [("Y", "Y")]


def test_k01_values_below_quantitation_by_where_they_lie(made: Delivered) -> None:
    found = made.records("ADPC", K01, "AFRLT NFRLT AVAL AVALC AVALLOQ ADY", PARAMCD="CARCOPY")
    assert found[0] == (0.0, 0.0, 0.0, "<50", "Y", 1.0)
    assert found[4] == (10.0, 10.0, 48000.0, None, None, 11.0)
    assert found[-2:] == [(90.0, 90.0, None, "<50", "Y", 91.0), (180.0, 180.0, None, "<50", "Y", 181.0)]


def test_k02_the_value_at_day_28_is_interpolated(made: Delivered) -> None:
    assert parameters(made, K02)["AUC028"] == 455840.0


def test_k03_no_area_to_day_28_after_an_early_death(made: Delivered) -> None:
    found = parameters(made, K03)
    assert (found["CMAX"], found["TMAX"], found["AUCLST"], found["AUC028"]) == (48000.0, 10.0, 119940.0, None)
    assert made.records("ADPP", K03, "AREASND ANL01FL", PARAMCD="AUC028") == [
        ("LAST SAMPLE BEFORE THE END OF THE INTERVAL, NONE LATER", None)
    ]


def test_k05_of_equal_maxima_the_first(made: Delivered) -> None:
    assert parameters(made, K05)["TMAX"] == 10.0


def test_k06_a_quantifiable_value_before_the_infusion_is_kept_and_told(made: Delivered) -> None:
    assert made.records("ADPC", K06, "AVAL AVALLOQ", ATPT="PRE-DOSE") == [(80.0, None)]
    assert parameters(made, K06)["AUC028"] == 452730.0
    assert ("QUANTIFIABLE_PREDOSE", "80") in made.rules(K06)
    assert not [rule for rule, _ in made.rules(K01) if rule == "QUANTIFIABLE_PREDOSE"]


def test_k07_an_embedded_value_below_quantitation_is_half_the_limit(made: Delivered) -> None:
    assert made.records("PC", K07, "PCSTRESC PCSTRESN PCLLOQ", PCTPT="Day 14") == [("<50", None, 50.0)]
    assert made.records("ADPC", K07, "AVAL DTYPE AVALLOQ", ATPT="Day 14") == [(25.0, "HALFLLOQ", "Y")]
    assert parameters(made, K07)["AUC028"] == 287827.5


K09, K10, K11, K13 = (RAW.subject(f"01-1{i}") for i in ("09", "10", "11", "13"))
_profile(K09)
_sample(K09, 10, "51000", ASSAY="ddPCR", RUNID="R2")
_profile(K10, d0="")
_sample(K10, 0, "BLQ", COLDTM="2025-03-10")
for nominal, result in BASE.items():
    _sample(K11, nominal, result, elapsed=9.8 if nominal == 10 else None)
_sample(K13, 0, "BLQ")
_sample(K13, 7, "Target not detected")
_sample(K13, 10, "<LLOQ")


def test_k09_parameters_per_assay_the_primary_without_suffix(made: Delivered) -> None:
    found = parameters(made, K09)
    assert (found["CMAX"], found["TMAX"], found["CMAXD"], found["TMAXD"]) == (48000.0, 10.0, 51000.0, 10.0)
    assert found["AUC028D"] is None
    assert made.records("ADPC", K09, "PARAMCD ANL01FL AVAL PCMETHOD", ATPT="Day 10") == [
        ("CARCOPY", "Y", 48000.0, "REAL-TIME POLYMERASE CHAIN REACTION ASSAY"),
        ("CARCOPYD", None, 51000.0, "DROPLET DIGITAL PCR"),
    ]


def test_k10_a_sample_before_the_infusion_without_a_time_is_at_time_zero(made: Delivered) -> None:
    assert made.records("ADPC", K10, "AFRLT ADTM AVAL", ATPT="PRE-DOSE") == [(0.0, None, 0.0)]
    assert parameters(made, K10)["AUC028"] == 452690.0


def test_k11_the_actual_time_counts_and_the_nominal_stays(made: Delivered) -> None:
    assert made.records("ADPC", K11, "AFRLT NFRLT ATPT", PARAMCD="CARCOPY", AVAL="48000.0") == [(9.8, 10.0, "Day 10")]
    assert parameters(made, K11)["TMAX"] == 9.8


def test_k13_not_detected_and_not_quantifiable_are_both_below_the_limit(made: Delivered) -> None:
    assert made.records("PC", K13, "PCORRES PCSTRESN")[1:] == [("Target not detected", None), ("<LLOQ", None)]
    assert made.records("ADPC", K13, "AVAL AVALLOQ") == [(0.0, "Y"), (0.0, "Y"), (0.0, "Y")]
    assert parameters(made, K13)["CMAX"] == 0.0
    assert made.records("ADPP", K13, "AVAL AREASND", PARAMCD="TMAX") == [(None, "NO QUANTIFIABLE SAMPLE")]


WINDOW, AGAIN, FEW, MARROW = (RAW.subject(f"01-2{i}") for i in ("01", "02", "03", "04"))
for nominal in (0, 1, 4, 7, 10, 14, 21):
    _sample(WINDOW, nominal, BASE[nominal])
_sample(WINDOW, 28, "4000", elapsed=26)
_profile(AGAIN)
RAW.infusion(AGAIN, "01 OCT 2025 10:30", "2")
_sample(AGAIN, 7, "90000", elapsed=212)  # seven days after the second infusion
for nominal in (0, 7, 10):
    _sample(FEW, nominal, BASE[nominal])
_profile(MARROW)
_sample(MARROW, 28, "7000", MATRIX="BONE MARROW", RUNID="R3")


def test_a_last_sample_of_the_day_28_visit_ends_the_area(made: Delivered) -> None:
    assert made.records("ADPP", WINDOW, "AVAL AREAEND EARLYFL", PARAMCD="AUC028") == [(444940.0, 26.0, "Y")]


def test_samples_after_a_second_infusion_are_not_of_the_first_profile(made: Delivered) -> None:
    assert parameters(made, AGAIN)["CMAX"] == 48000.0
    assert made.records("ADPC", AGAIN, "AFRLT PCGRPID", AVAL="90000.0") == [(7.0, "CARCOPY_QPCR_2")]


def test_three_results_after_infusion_make_a_subject_evaluable(made: Delivered) -> None:
    assert made.records("ADSL", FEW, "CKEVLFL") == [("N",)]
    assert made.records("ADSL", K13, "CKEVLFL") == [("N",)]


def test_marrow_is_kept_apart_from_blood(made: Delivered) -> None:
    assert made.records("ADPC", MARROW, "PARAMCD AVAL ANL01FL", PCSPEC="BONE MARROW") == [("CARCOPMQ", 7000.0, None)]
    assert parameters(made, MARROW)["AUC028"] == 452690.0


def test_quantifiable_at_month_3(made: Delivered) -> None:
    later = made.records("ADPP", K05, "PARAMCD AVALC ADY", PARAMCD="PERS3")
    assert later == [("PERS3", "N", 91.0)]
