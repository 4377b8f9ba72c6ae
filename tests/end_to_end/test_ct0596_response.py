"""CT0596: response computed from raw panels, marrow, smears and imaging (scenarios groups G, H, M10; basis 5).

A visit is written as in the scenarios: ``sm 40, um 0, uife NEG, bm 40`` is serum and urine M-protein, immunofixation
of urine, marrow. Baseline is of 2025-01-28, what is earlier of 2025-04-07, the visit of 2025-05-09, the infusion of
2025-03-10. Nobody has a response by the investigator unless it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.end_to_end.extracts import Delivered, Extract, endpoints_of, pack_with

BASELINE, EARLIER, VISIT = ("SCR", "28 JAN 2025"), ("D28", "07 APR 2025"), ("M2", "09 MAY 2025")
WORDS = {"NEG": "NEGATIVE", "POS": "POSITIVE"}
PANEL = {"sm": "SPEP_RES", "um": "UPEP_RES", "sife": "SIFE", "uife": "UIFE", "kap": "KAPPA_RES", "lam": "LAMBDA_RES"}
MARROW = {"bm": "BMPCASP", "clonal": "CLONAL"}
US_UNITS = {"SPEP_UNIT": "g/dL", "UPEP_UNIT": "g/24h", "KAPPA_UNIT": "mg/dL", "LAMBDA_UNIT": "mg/dL"}
SI_UNITS = {"SPEP_UNIT": "g/L", "UPEP_UNIT": "mg/24h", "KAPPA_UNIT": "mg/L", "LAMBDA_UNIT": "mg/L"}
LESIONS = {
    "0": [("0", "0"), ("0", "0")],
    "200": [("10", "10"), ("10", "10")],
    "300": [("12.5", "12"), ("12.5", "12")],
    "400": [("20", "10"), ("20", "10")],
    "800": [("20", "20"), ("20", "20")],
}
"""Two plasmacytomas that make a sum of products; no step makes one of them longer by half."""

B1 = "sm 40, um 0, uife NEG, kap 20, lam 15, bm 40"
FLC = "sm 2, um 50, kap 400, lam 10, bm 15"
TUMOR = "sm 40, um 0, uife NEG, bm 40, spd 800"
G01 = "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 2, clonal ABSENT"
P1 = "sm 40, um 0, uife NEG, bm 60, pb 30"


@dataclass(frozen=True)
class Row:
    """A row of the scenarios: what was found when, and the level and the basis of progression that follow."""

    id: str
    baseline: str
    earlier: str
    visit: str
    level: str
    basis: str | None = None
    units: str = "SI"


G = [
    Row("G01", B1, "", G01, "sCR"),
    Row("G02", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 30, lam 10, bm 2, clonal ABSENT", "CR"),
    Row("G03", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 2, clonal NOT_TESTED", "CR"),
    Row("G05", B1, "", "sm 0, um 0, sife NEG, uife NOT_DONE, kap 10, lam 10, bm 2, clonal ABSENT", "VGPR"),
    Row("G06", B1, "", "sm 0, um 0, sife POS, uife NEG, bm 2", "VGPR"),
    Row("G07", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 5, clonal ABSENT", "VGPR"),
    Row("G09", B1, "", "sm 4.1, um 0", "PR"),
    Row("G10", B1, "", "sm 20.0, um 0", "PR"),
    Row("G11", B1, "", "sm 20.1, um 0", "MR"),
    Row("G13", B1, "", "sm 30.1, um 0", "SD"),
    Row("G14", B1, "sm 4", "sm 9.0", "PD", "SERUM"),
    Row("G15", B1, "sm 4", "sm 8.9, um 0", "PR"),
    Row("G17", "sm 60, um 0, bm 50", "sm 52", "sm 61.9, um 0", "SD"),
    Row("G18", B1, "sm 0", "sm 5.0, um 0", "PD", "SERUM"),
    Row("G19", B1, "sm 30", "sm 36, um 0", "SD"),
    Row("G21", "sm 5, um 1000, bm 20", "um 100", "um 299, sm 0", "MR"),
    Row("G22", "sm 5, um 1500", "", "um 150, sm 0", "PR"),
    Row("G23", "sm 5, um 1500", "", "um 90, sm 0, sife NEG, uife POS", "VGPR"),
    Row("G25", "sm 40, um 1000", "", "sm 2, um NOT_DONE", "NE"),
    Row("G26", B1, "", "sm NOT_DONE, um 0", "NE"),
    Row("G27", FLC, "", "kap 48.9, lam 10", "VGPR"),
    Row("G29", FLC, "", "sife NEG, uife NEG, bm 2, kap 22, lam 10", "VGPR"),
    Row("G30", FLC, "", "sife NEG, uife NEG, bm 2, kap 15, lam 10", "CR"),
    Row("G31", FLC, "kap 30, lam 10", "kap 130, lam 10", "PR"),
    Row("G33", "sm 2, um 50, kap 90, lam 10, bm 40", "", "bm 20", "PR"),
    Row("G34", "sm 2, um 50, kap 90, lam 10, bm 25", "", "bm 5", "NE"),
    Row("G35", TUMOR, "", "sm 2, um 0, spd 400", "VGPR"),
    Row("G37", TUMOR, "", "sm 2, um 0", "SD"),
    Row("G38", TUMOR, "sm 2, spd 200", "sm 2, um 0, spd 300", "PD", "SPD"),
    Row("G39", B1, "sm 0", "sm 0, sife NEG, uife NEG, bm 1, newles Y", "PD", "NEWLESION"),
    Row("G41", "sm 40, um 30, uife POS, bm 20", "", "sm 2", "PR"),
    Row("G42", B1, "", "sm 4.0, um 150", "PR"),
    Row("G43", "sm 4.0, um 0, uife NEG, kap 2.0, lam 1.5, bm 40", "sm 0.4", "sm 0.9", "PD", "SERUM", units="US"),
]
CONSENSUS = [
    Row("H01", P1, "", "sm 16, um 0, bm 10, pb 3", "PR"),
    Row("H02", P1, "", "sm 16, um 0, bm 10, pb 8", "SD"),
    Row("H03", P1, "", "sm 3, um 0, bm 3, pb 0", "VGPR"),
    Row("H06", P1, "", "sm 16, um 0, bm 10, pb 4", "PR"),
    Row("H07", P1, "sm 3, um 0, bm 3, pb 0", "sm 3, um 0, bm 4, pb 6", "PD", "CIRCPC"),
    Row("H09", P1, "", "sm 16, um 0, bm 30, pb 2", "SD"),
    Row("H10", P1, "", "sm 28, um 0, bm 20, pb 4", "SD"),
]
EUROPEAN = [
    Row("H05", P1, "", "sm 16, um 0, bm 10, pb 4", "SD"),
    Row("H11", P1, "", "sm 16, um 0, bm 10, pb 3", "PR"),
]
H13 = Row("H13", B1, "", f"{G01}, pb 1", "sCR")


def _add(extract: Extract, number: str, when: tuple[str, str], said: str, units: dict[str, str]) -> None:
    """The forms of one visit."""
    found = {k: WORDS.get(v, v.replace("_", " ")) for k, v in (pair.split() for pair in said.split(", ") if pair)}
    folder, day = when
    panel = {PANEL[k]: v for k, v in found.items() if k in PANEL}
    if panel:
        printed = {f"{c[:-3]}UNIT": units[f"{c[:-3]}UNIT"] for c in panel if c.endswith("_RES")}
        extract.add("mmpanel", number, FOLDER=folder, SPEPDAT=day, UPSTDAT=day, UPENDAT=day, **panel, **printed)
    if marrow := {MARROW[k]: v for k, v in found.items() if k in MARROW}:
        extract.add("bm", number, FOLDER=folder, BMDAT=day, BMTYPE="ASPIRATE", **marrow)
    if "pb" in found:
        extract.add("pbsmear", number, FOLDER=folder, PBDAT=day, PBPC=found["pb"])
    for place, (length, width) in enumerate(LESIONS.get(found.get("spd", ""), []), start=1):
        _lesion(extract, number, when, f"P0{place}", "SOFT TISSUE", "PRESENT", LDIAM=length, PERP=width)
    if found.get("newles") == "Y":
        _lesion(extract, number, when, "P09", "BONE", "NEW")


def _lesion(
    extract: Extract, number: str, when: tuple[str, str], lesion: str, kind: str, state: str, **sizes: str
) -> None:
    extract.add("plasm", number, FOLDER=when[0], IMDAT=when[1], IMMETH="PET/CT", LESID=lesion, LESTYPE=kind,
                LOC="Chest wall, left", STATE=state, **sizes)  # fmt: skip


def _subject(extract: Extract, row: Row, number: str, disease: str = "RRMM") -> str:
    extract.subject(number)
    extract.add("aph", number, FOLDER="APH", APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
    extract.add("mmhist", number, FOLDER="SCR", DISTYPE=disease)
    units = US_UNITS if row.units == "US" else SI_UNITS
    for when, said in ((BASELINE, row.baseline), (EARLIER, row.earlier), (VISIT, row.visit)):
        _add(extract, number, when, said, units)
    return number


def _agreeing(extract: Extract, number: str, investigator: str, said: str) -> None:
    """A subject whose response was the same at both visits, for the investigator and by the results."""
    _subject(extract, Row("", B1, said, said, ""), number)
    for folder, day in (EARLIER, VISIT):
        extract.add("resp", number, FOLDER=folder, RSDAT=day, RSRESP=investigator, RSCRIT="IMWG2016")


RAW = Extract()
NUMBERS = {row.id: _subject(RAW, row, f"01-{n:03}") for n, row in enumerate([*G, H13], start=1)}
NUMBERS |= {row.id: _subject(RAW, row, f"02-{n:03}", "PPCL") for n, row in enumerate(CONSENSUS, start=1)}
M10 = [
    *[("PR", "sm 16, um 0")] * 4,
    *[("VGPR", "sm 2, um 0")] * 3,
    ("CR", "sm 2, um 0"),
    *[("SD", "sm 36, um 0")] * 2,
]
"""The investigator's response, and results that make PR (-60 percent), VGPR (-95 percent) or SD (-10 percent)."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    return RAW.convert(tmp_path_factory.mktemp("response"))


def computed(made: Delivered, subject: str, columns: str) -> list[tuple[Any, ...]]:
    return made.records("ADRS", subject, columns, PARAMCD="OVRD")


def days(iso: str) -> float:
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


@pytest.mark.parametrize("row", [*G, H13], ids=lambda row: row.id)
def test_imwg_2016(made: Delivered, row: Row) -> None:
    *_, last = computed(made, NUMBERS[row.id], "ADT AVALC PDBASIS PARCAT2")
    assert last == (days("2025-05-09"), row.level, row.basis, "IMWG 2016")


@pytest.mark.parametrize("row", CONSENSUS, ids=lambda row: row.id)
def test_plasma_cell_leukemia_by_the_consensus(made: Delivered, row: Row) -> None:
    *_, last = computed(made, NUMBERS[row.id], "ADT AVALC PDBASIS PARCAT2")
    assert last == (days("2025-05-09"), row.level, row.basis, "PCL 2013")


def test_plasma_cell_leukemia_by_the_european_proposal(tmp_path: Path) -> None:
    """H05, H11: the other set of criteria is a setting of the study (Q5)."""
    extract = Extract()
    numbers = {row.id: _subject(extract, row, f"02-{n:03}", "PPCL") for n, row in enumerate(EUROPEAN, start=1)}
    made = extract.convert(tmp_path / "made", pack_with(tmp_path, leukemia_criteria="european"))
    for row in EUROPEAN:
        *_, last = computed(made, numbers[row.id], "AVALC PDBASIS PARCAT2")
        assert last == (row.level, row.basis, "PCL EUROPEAN")


# ----------------------------------------------------------------------------------- what decided, and where it stands

OTHERS = [
    Row("bone is no plasmacytoma", B1, "", "sm 2, um 0", "VGPR"),
    Row("no image of a plasmacytoma", TUMOR, "", "sm 2, um 0", "SD"),
]
NUMBERS |= {row.id: _subject(RAW, row, f"04-{n:03}") for n, row in enumerate(OTHERS, start=1)}
for number in (NUMBERS[row.id] for row in OTHERS):
    _lesion(RAW, number, BASELINE, "P05", "BONE", "PRESENT", LDIAM="20", PERP="15")
_lesion(RAW, NUMBERS["bone is no plasmacytoma"], VISIT, "P05", "BONE", "PRESENT", LDIAM="40", PERP="30")
NOTHING = _subject(RAW, Row("", B1, "", "", ""), "04-009")
RAW.add("resp", NOTHING, FOLDER="M2", RSDAT="09 MAY 2025", RSRESP="NE", RSCRIT="IMWG2016")


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.id)
def test_bone_lesions_count_only_when_they_are_new(made: Delivered, row: Row) -> None:
    *_, last = computed(made, NUMBERS[row.id], "AVALC PDBASIS")
    assert last == (row.level, row.basis)


@pytest.mark.parametrize(
    ("row", "rule", "missing"),
    [
        ("G01", "STRINGENT COMPLETE RESPONSE", None),
        ("G03", "COMPLETE RESPONSE", "CLONAL"),
        ("G05", "SERUM M-PROTEIN", "UIFE"),
        ("G25", "MEASURABLE COMPONENT NOT ASSESSED", "UPEP"),
        ("G34", "NO MEASURABLE DISEASE", None),
        ("G37", "PLASMACYTOMA NOT ASSESSED", "SPD"),
        ("G39", "PROGRESSION", None),
        ("G41", "URINE NOT COLLECTED", "UPEP"),
        ("H09", "MARROW", None),
    ],
)
def test_the_deciding_rule_and_the_missing_items(made: Delivered, row: str, rule: str, missing: str | None) -> None:
    *_, last = computed(made, NUMBERS[row], "DECRULE MISSITEM")
    assert last == (rule, missing)


def test_the_result_that_decided_is_named(made: Delivered) -> None:
    *_, (domain, variable, number) = computed(made, NUMBERS["G14"], "SRCDOM SRCVAR SRCSEQ")
    assert (domain, variable) == ("LB", "LBSTRESC")
    found = made.records("LB", NUMBERS["G14"], "LBTESTCD LBDTC LBSTRESC LBSEQ")
    assert [r[:3] for r in found if r[3] == number] == [("MCPROT", "2025-05-09", "9.0")]
    *_, (domain, variable, number) = computed(made, NUMBERS["G39"], "SRCDOM SRCVAR SRCSEQ")
    assert (domain, variable) == ("TR", "TRSTRESC")
    found = made.records("TR", NUMBERS["G39"], "TRTESTCD TRDTC TRSTRESC TRSEQ")
    assert [r[:3] for r in found if r[3] == number] == [("TUMSTATE", "2025-05-09", "NEW")]
    assert computed(made, NOTHING, "AVALC SRCDOM SRCVAR SRCSEQ") == [("NE", "RS", "RSDTC", None)]


def test_confirmed_and_best_computed_response(made: Delivered) -> None:
    """G31 (PR after VGPR) confirms PR; of one result alone nothing but stable disease is confirmed (R-04)."""
    columns = "ADT AVALC AVAL PARCAT1 PARCAT2 SRCDOM SRCVAR"
    assert made.records("ADRS", NUMBERS["G31"], columns, PARAMCD="COVRD") == [
        (days("2025-04-07"), "PR", 4.0, "DERIVED", "IMWG 2016", "ADRS", "AVALC"),
        (days("2025-05-09"), "PR", 4.0, "DERIVED", "IMWG 2016", "ADRS", "AVALC"),
    ]
    assert made.records("ADRS", NUMBERS["G31"], "ADT AVALC", PARAMCD="CBORD") == [(days("2025-04-07"), "PR")]
    assert made.records("ADRS", NUMBERS["G01"], "ADT AVALC", PARAMCD="CBORD") == [(days("2025-05-09"), "SD")]
    assert made.records("ADRS", NUMBERS["H07"], "AVALC PARCAT2", PARAMCD="COVRD")[-1] == ("PD", "PCL 2013")


# ---------------------------------------------------------------------------------- concordance with the investigator


def test_m10_concordance(tmp_path: Path) -> None:
    extract = Extract()
    numbers = [f"03-{place:03}" for place in range(1, 11)]
    for number, (investigator, said) in zip(numbers, M10, strict=True):
        _agreeing(extract, number, investigator, said)
    made = extract.convert(tmp_path)
    assert [made.records("ADRS", n, "AVALC FIRSTVAL SECNDVAL", PARAMCD="CONC") for n in numbers] == [
        *[[("AGREE", "PR", "PR")]] * 4,
        *[[("AGREE", "VGPR", "VGPR")]] * 3,
        [("DISAGREE", "CR", "VGPR")],
        *[[("AGREE", "SD", "SD")]] * 2,
    ]
    endpoints = endpoints_of(tmp_path)
    assert endpoints["CONC"]["text"] == "9 / 10, 90.0% (55.5, 99.7)"
    assert endpoints["CONCRSP"]["text"] == "10 / 10, 100.0% (69.2, 100.0)"
    assert [n[-6:] for n in endpoints["CONC"]["subjects"]] == [n for n in numbers if n != "03-008"]
    # each has two visits; an agreement exactly at 2 x 9 of 2 x 10, and by chance weighted as in 2 x M10
    assert endpoints["OVRCONC"]["text"] == (
        "exact 18 / 20, 90.0%; within one level 20 / 20, 100.0%; responder or not 20 / 20, 100.0%; "
        "weighted kappa 0.92; CR-VGPR 2, VGPR-VGPR 6, PR-PR 8, SD-SD 4"
    )
    [listed] = (tmp_path / "out" / "CT0596-101" / "2026-03-31" / "current").glob("report/concordance.csv")
    differ = pd.read_csv(listed, dtype="str", keep_default_na=False)
    columns = ["USUBJID", "FIRSTDT", "FIRST", "SECONDDT", "SECOND", "DECRULE", "MEASURE", "SPEP", "UPEP", "MARROW"]
    assert differ[columns].to_numpy().tolist() == [
        ["CT0596-101-03-008", "2025-04-07", "CR", "2025-04-07", "VGPR", "SERUM M-PROTEIN", "SERUM", "2", "0", ""],
        ["CT0596-101-03-008", "2025-05-09", "CR", "2025-05-09", "VGPR", "SERUM M-PROTEIN", "SERUM", "2", "0", ""],
    ]


def test_concordance_at_matched_dates_counted_by_hand(tmp_path: Path) -> None:
    extract = Extract()
    rows = [  # the investigator on 2025-04-07; the day and the results of the laboratory
        ("PR", "07 APR 2025", "sm 16, um 0"),  # PR on the same day
        ("SD", "12 APR 2025", "sm 16, um 0"),  # PR five days later
        ("VGPR", "20 APR 2025", "sm 16, um 0"),  # nothing within seven days: NE; the PR of 2025-04-20 stands alone
        ("NE", "", ""),  # NE
        ("PD", "07 APR 2025", "sm 16, um 0, newles Y"),  # PD by a new lesion
    ]
    for place, (investigator, day, said) in enumerate(rows, start=1):
        number = _subject(extract, Row("", B1, "", "", ""), f"03-{place:03}")
        extract.add("resp", number, FOLDER="D28", RSDAT="07 APR 2025", RSRESP=investigator, RSCRIT="IMWG2016",
                    PDBASIS="IMAGING" if investigator == "PD" else "")  # fmt: skip
        if day:
            _add(extract, number, ("D28", day), said, SI_UNITS)
    extract.convert(tmp_path)
    found = endpoints_of(tmp_path)["OVRCONC"]
    # weighted kappa of PR-PR, SD-PR, PD-PD: observed distance 2/3, by chance (3 + 5 + 6)/9; 1 - 6/14
    assert found["text"] == (
        "exact 3 / 5, 60.0%; within one level 3 / 5, 60.0%; responder or not 3 / 5, 60.0%; weighted kappa 0.57; "
        "VGPR-NE 1, PR-PR 1, SD-PR 1, PD-PD 1, NE-NE 1"
    )
    assert (found["detail"][-1]["unpaired_first"], found["detail"][-1]["unpaired_second"]) == (0, 1)
    assert [[*row[:6], row[found["listing"]["columns"].index("SPEP")]] for row in found["listing"]["rows"]] == [
        ["CT0596-101-03-002", "2025-04-07", "SD", "2025-04-12", "PR", "SERUM M-PROTEIN", "16"],
        ["CT0596-101-03-003", "2025-04-07", "VGPR", "2025-04-07", "NE", "MEASURABLE COMPONENT NOT ASSESSED", ""],
    ]
