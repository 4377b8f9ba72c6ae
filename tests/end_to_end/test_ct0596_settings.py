"""CT0596: another value of a setting changes the result as the design basis says (1.2, 4 and 5; each ASSUMPTION).

The same subjects go through the study as it is and through two changed studies. A subject shows the effect of one
setting; nothing else that is changed concerns it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.extracts import Delivered, Extract, endpoints_of, pack_with

FIRST = {
    "tte_anchor": "[ENRLDT, APHDT, LDSDT, TRTSDT]",  # Q1
    "donor_product": '"Y"',
    "response_population": "APHFL = 'Y'",  # Q2
    "mrd_records": "PARAMCD = 'MRDNEG'",  # Q3
    "response_confirmed": "false",  # Q4
    "response_baseline": "[APHDT, LDSDT]",  # Q6
    "truncate_at_m12": "true",  # Q8
    "leukemia_relative_marrow": "true",  # 5.5
    "response_imputation": "D",
}
SECOND = {
    "mrd_population": "MRDEVLFL = 'Y'",  # Q3
    "leukemia_criteria": "imwg 2016",  # Q5
    "measurable_serum": "5",  # Q10
    "nadir_mode": "confirmed",  # 5.2
    "plasmacytoma_vgpr": "90",  # 5.3
    "kinetics_method": "DROPLET DIGITAL PCR",  # 4.6
    "kinetics_month_3": "60",
    "kinetics_month_6": "90",
}
D28, M2 = "07 APR 2025", "09 MAY 2025"
LATER = ["08 JUN 2025", "06 SEP 2025", "05 DEC 2025", "05 MAR 2026"]
UNITS = {"SPEP_UNIT": "g/L", "UPEP_UNIT": "mg/24h"}


def _person(extract: Extract, number: str, disease: str = "RRMM", baseline: str | None = "40") -> str:
    extract.subject(number)
    extract.add("aph", number, FOLDER="APH", APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
    extract.add("mmhist", number, FOLDER="SCR", DISTYPE=disease)
    if baseline:
        _proteins(extract, number, "28 JAN 2025", baseline)
    return number


def _proteins(extract: Extract, number: str, day: str, serum: str) -> None:
    """Serum M-protein in g/L; none in urine."""
    extract.add("mmpanel", number, FOLDER="UNS", SPEPDAT=day, UPSTDAT=day, UPENDAT=day, SPEP_RES=serum, UPEP_RES="0",
                UIFE="NEGATIVE", **UNITS)  # fmt: skip


def _cells(extract: Extract, number: str, day: str, marrow: str, blood: str) -> None:
    """Plasma cells of marrow and blood in percent."""
    extract.add("bm", number, FOLDER="UNS", BMDAT=day, BMTYPE="ASPIRATE", BMPCASP=marrow)
    extract.add("pbsmear", number, FOLDER="UNS", PBDAT=day, PBPC=blood)


def _lesion(extract: Extract, number: str, day: str, length: str, width: str) -> None:
    extract.add("plasm", number, FOLDER="UNS", IMDAT=day, IMMETH="PET/CT", LESID="P01", LESTYPE="SOFT TISSUE",
                LOC="Chest wall, left", STATE="PRESENT", LDIAM=length, PERP=width)  # fmt: skip


def _said(extract: Extract, number: str, response: str, *days: str, basis: str = "") -> None:
    for day in days:
        extract.add("resp", number, FOLDER="UNS", RSDAT=day, RSRESP=response, RSCRIT="IMWG2016", PDBASIS=basis)


def _mrd(extract: Extract, number: str, day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    extract.add(
        "mrd", number, COLDAT=serial, RESULT="NEGATIVE", METHOD="NGS", LOD="1e-5", THRESH="1e-5", VISIT="Day 28"
    )


def _copies(extract: Extract, number: str, when: str, nominal: str, visit: str, result: str, assay: str) -> None:
    extract.add("ck", number, VISIT=visit, NOMDAY=nominal, COLDTM=f"{when} 10:30", ASSAY=assay, TARGET="CAR",
                RESULT=result, UNIT="copies/ug gDNA", LLOQ="50", REPLICATE="1", MATRIX="WHOLE BLOOD")  # fmt: skip


RAW = Extract()
ANCHOR = _person(RAW, "01-001")
DONOR = RAW.subject("01-002")
SINGLE = _person(RAW, "01-003")
_said(RAW, SINGLE, "PR", D28)
PROGRESSED, TREATED, LOST = (_person(RAW, f"01-00{n}") for n in (4, 5, 6))
for number in (PROGRESSED, TREATED, LOST):
    _said(RAW, number, "PR", D28, M2, *LATER)
_said(RAW, PROGRESSED, "PD", "20 MAR 2026", basis="IMAGING")
RAW.add("dth", PROGRESSED, DTHDAT="25 MAR 2026", DTHCAUS="OTHER", DTHTERM="Sepsis")
RAW.add("nact", TREATED, TRT="Selinexor", TYPE="DRUG", LINE="5", NASTDAT="15 MAR 2026")
RAW.add("ds_eos", LOST, DSDECOD="LOST TO FOLLOW-UP", DSDAT="20 MAR 2026")
BEFORE = _person(RAW, "01-008")
_proteins(RAW, BEFORE, "20 FEB 2025", "20")
_proteins(RAW, BEFORE, M2, "12")
PARTIAL = _person(RAW, "01-009")
_said(RAW, PARTIAL, "SD", "UN APR 2025")
BRIDGED = _person(RAW, "01-013")
_said(RAW, BRIDGED, "PD", "25 FEB 2025", basis="IMAGING")
_said(RAW, BRIDGED, "SD", D28, M2)
BOTH, UNSAMPLED, PARTLY = (_person(RAW, f"01-01{n}") for n in range(3))
_said(RAW, BOTH, "VGPR", D28, M2)
_said(RAW, UNSAMPLED, "VGPR", D28, M2)
_said(RAW, PARTLY, "PR", D28, M2)
_mrd(RAW, BOTH, date(2025, 4, 7))
_mrd(RAW, PARTLY, date(2025, 4, 7))
ONCE_LOW = _person(RAW, "01-020")
_proteins(RAW, ONCE_LOW, D28, "4")
_proteins(RAW, ONCE_LOW, M2, "9")
SHRUNK = _person(RAW, "01-021")
_lesion(RAW, SHRUNK, "28 JAN 2025", "20", "20")
_lesion(RAW, SHRUNK, M2, "20", "10")
_proteins(RAW, SHRUNK, M2, "2")
LITTLE = _person(RAW, "01-022", baseline="6")
KINETICS = _person(RAW, "01-023")
for when, nominal, visit, result in (
    ("2025/03/20", "10", "D10", "48000"), ("2025/05/09", "60", "M2", "600"), ("2025/06/08", "90", "M3", "BLQ"),
    ("2025/09/06", "180", "M6", "80"),
):  # fmt: skip
    _copies(RAW, KINETICS, when, nominal, visit, result, "qPCR")
_copies(RAW, KINETICS, "2025/03/20", "10", "D10", "51000", "ddPCR")
MARROW, QUARTER = (_person(RAW, f"02-00{n}", "PPCL") for n in (1, 2))
for number, low, high in ((MARROW, "3", "4"), (QUARTER, "4", "5")):
    for day, serum, marrow, blood in (("28 JAN 2025", None, "60", "30"), (D28, "3", low, "0"), (M2, "3", high, "0")):
        _cells(RAW, number, day, marrow, blood)
        if serum:
            _proteins(RAW, number, day, serum)
MINIMAL = _person(RAW, "02-003", "PPCL")
_cells(RAW, MINIMAL, "28 JAN 2025", "60", "30")
_cells(RAW, MINIMAL, M2, "20", "4")
_proteins(RAW, MINIMAL, M2, "28")

Made = tuple[Delivered, dict[str, dict[str, Any]]]


def _run(folder: Path, **settings: str) -> Made:
    made = RAW.convert(folder / "made", pack_with(folder, **settings))
    return made, endpoints_of(folder / "made")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _run(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _run(tmp_path_factory.mktemp("first"), **FIRST)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return _run(tmp_path_factory.mktemp("second"), **SECOND)


def on(iso: str) -> float:
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


def _one(made: Made, dataset: str, subject: str, columns: str, **where: str) -> tuple[Any, ...]:
    [found] = made[0].records(dataset, subject, columns, **where)
    return found


def _computed(made: Made, subject: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = made[0].records("ADRS", subject, "AVALC PDBASIS", PARAMCD="OVRD")[-1]
    return found


def test_q1_the_order_of_starts(study: Made, first: Made) -> None:
    assert _one(study, "ADSL", ANCHOR, "TTESDT TTESDTSR") == (on("2025-02-10"), "APHDT")
    assert _one(first, "ADSL", ANCHOR, "TTESDT TTESDTSR") == (on("2025-02-07"), "ENRLDT")
    assert _one(first, "ADTTE", ANCHOR, "STARTDT", PARAMCD="PFS") == (on("2025-02-07"),)


def test_q1_the_product_of_a_donor(study: Made, first: Made) -> None:
    assert _one(study, "ADSL", DONOR, "APHFL TTESDT TTESDTSR") == ("N", on("2025-02-07"), "ENRLDT")
    assert _one(first, "ADSL", DONOR, "APHFL") == ("Y",)


def test_q2_q4_population_and_confirmation_of_the_response_rate(study: Made, first: Made) -> None:
    """Measurable by 10 g/L are all but DONOR and LITTLE; of them six have a confirmed response, SINGLE another."""
    assert _one(study, "ADRS", SINGLE, "AVALC ADT", PARAMCD="RSP") == ("N", None)
    assert _one(first, "ADRS", SINGLE, "AVALC ADT", PARAMCD="RSP") == ("Y", on("2025-04-07"))
    assert _one(first, "ADRS", SINGLE, "AVALC", PARAMCD="CBOR") == ("SD",)
    assert (study[1]["ORR"]["n"], study[1]["ORR"]["N"]) == (6, 17)
    assert (first[1]["ORR"]["n"], first[1]["ORR"]["N"]) == (7, 19)


def test_q3_denominator_of_mrd(study: Made, first: Made, second: Made) -> None:
    """Of two with VGPR one is negative; of all 19 two are; of those with VGPR and a result one."""
    found = [(made[1]["MRD"]["n"], made[1]["MRD"]["N"]) for made in (study, first, second)]
    assert found == [(1, 2), (2, 19), (1, 1)]


def test_q5_imwg_2016_for_all(study: Made, second: Made) -> None:
    assert (_computed(study, MINIMAL), _computed(second, MINIMAL)) == (("SD", None), ("MR", None))


def test_q6_baseline(study: Made, first: Made) -> None:
    """From 20 to 12 g/L is a reduction by 40 percent, from the 40 before apheresis by 70."""
    assert _one(study, "ADSL", BEFORE, "SMBL") == (20.0,)
    assert _one(first, "ADSL", BEFORE, "SMBL") == (40.0,)
    assert (_computed(study, BEFORE), _computed(first, BEFORE)) == (("MR", None), ("PR", None))


def test_q7_progression_before_infusion(study: Made) -> None:
    """No event of PFS for who was infused afterwards; PFSSTR counts it."""
    assert _one(study, "ADTTE", BRIDGED, "CNSR ADT", PARAMCD="PFS") == (1.0, on("2025-05-09"))
    assert _one(study, "ADTTE", BRIDGED, "CNSR ADT", PARAMCD="PFSSTR") == (0.0, on("2025-02-25"))


def test_q8_nothing_after_month_12(study: Made, first: Made) -> None:
    """Month 12 is 2026-03-10, 365 days from infusion; what happened afterwards is not there."""
    assert _one(study, "ADSL", ANCHOR, "EVLCUTDT") == (on("2026-03-31"),)
    assert _one(first, "ADSL", ANCHOR, "EVLCUTDT") == (on("2026-03-10"),)
    columns = "CNSR ADT SRCVAR"
    assert _one(study, "ADTTE", PROGRESSED, columns, PARAMCD="PFS") == (0.0, on("2026-03-20"), "ADT")
    assert _one(first, "ADTTE", PROGRESSED, columns, PARAMCD="PFS") == (1.0, on("2026-03-05"), "ADT")
    assert _one(first, "ADTTE", PROGRESSED, columns, PARAMCD="PFSSTR") == (1.0, on("2026-03-05"), "ADT")
    assert _one(study, "ADTTE", PROGRESSED, columns, PARAMCD="OS") == (0.0, on("2026-03-25"), "DTHDT")
    assert _one(first, "ADTTE", PROGRESSED, columns, PARAMCD="OS") == (1.0, on("2026-03-10"), "EVLCUTDT")
    assert _one(study, "ADRS", PROGRESSED, "AVALC", PARAMCD="PD") == ("Y",)
    assert _one(first, "ADRS", PROGRESSED, "AVALC", PARAMCD="PD") == ("N",)
    assert _one(study, "ADTTE", TREATED, "CNSR ADT", PARAMCD="PFS") == (4.0, on("2026-03-05"))
    assert _one(first, "ADTTE", TREATED, "CNSR ADT", PARAMCD="PFS") == (1.0, on("2026-03-05"))
    assert _one(study, "ADTTE", LOST, "CNSR", PARAMCD="PFS") == (2.0,)
    assert _one(first, "ADTTE", LOST, "CNSR", PARAMCD="PFS") == (1.0,)


def test_q10_measurable_serum(study: Made, second: Made) -> None:
    assert _one(study, "ADSL", LITTLE, "MEASFL EFFFL") == ("N", "N")
    assert _one(second, "ADSL", LITTLE, "MEASFL EFFFL") == ("Y", "Y")


def test_marrow_of_leukemia_risen_by_more_than_25_percent(study: Made, first: Made) -> None:
    assert (_computed(study, MARROW), _computed(first, MARROW)) == (("VGPR", None), ("PD", "MARROW"))
    assert (_computed(study, QUARTER), _computed(first, QUARTER)) == (("PR", None), ("PR", None))


def test_nadir_of_two_values(study: Made, second: Made) -> None:
    assert (_computed(study, ONCE_LOW), _computed(second, ONCE_LOW)) == (("PD", "SERUM"), ("PR", None))


def test_plasmacytoma_of_a_very_good_response(study: Made, second: Made) -> None:
    assert (_computed(study, SHRUNK), _computed(second, SHRUNK)) == (("VGPR", None), ("PR", None))


def test_a_response_without_day(study: Made, first: Made) -> None:
    assert _one(study, "ADRS", PARTIAL, "ADT", PARAMCD="OVR") == (None,)
    assert _one(first, "ADRS", PARTIAL, "ADT", PARAMCD="OVR") == (on("2025-04-30"),)


def test_the_primary_assay_and_the_days_of_persistence(study: Made, second: Made) -> None:
    """By qPCR there are four results after infusion, by ddPCR one; 600 on day 60, none on day 90, 80 on day 180."""
    assert _one(study, "ADSL", KINETICS, "CKEVLFL") == ("Y",)
    assert _one(second, "ADSL", KINETICS, "CKEVLFL") == ("N",)
    found = [_one(study, "ADPP", KINETICS, "AVALC", PARAMCD=code) for code in ("PERS3", "PERS6")]
    assert found == [("N",), ("Y",)]
    found = [_one(second, "ADPP", KINETICS, "AVALC", PARAMCD=code) for code in ("PERS3Q", "PERS6Q")]
    assert found == [("Y",), ("N",)]  # another assay than the primary one has its letter
