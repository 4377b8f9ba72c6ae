"""CT0596: adverse events for analysis from raw rows (scenarios D01 to D06, I01 to I19; design basis 4.2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.extracts import Delivered, Extract

CRS = {"AETERM": "CRS", "AETERM_PT": "Cytokine release syndrome", "AEGRSCL": "ASTCT", "AESI": "CRS"}
NEUROTOXICITY = "Immune effector cell-associated neurotoxicity syndrome"
ICANS = {"AETERM": "ICANS", "AETERM_PT": NEUROTOXICITY, "AEGRSCL": "ASTCT", "AESI": "ICANS"}
BLOOD = {"AETERM_SOC": "Blood and lymphatic system disorders"}


def day(iso: str) -> float:
    """An analysis date: days since 1960-01-01."""
    return float((date.fromisoformat(iso) - date(1960, 1, 1)).days)


def _event(extract: Extract, number: str, spid: str, start: str, end: str = "", **more: str) -> None:
    row = {
        "AETERM": "Rash", "AETERM_PT": "Rash", "AETERM_SOC": "Skin disorders", "AEGR": "1", "AEGRSCL": "CTCAE5",
        "AESI": "NONE", "AEREL_CT": "RELATED", "AEREL_LD": "NOT RELATED", "AESER": "N", "AEACN": "None",
        "AEONGO": "N" if end else "Y", "AEOUT": "RECOVERED/RESOLVED" if end else "UNKNOWN",
    } | more  # fmt: skip
    extract.add("ae", number, AESPID=spid, AESTDAT=start, AEENDAT=end, **row)


def _apheresis(extract: Extract, number: str) -> None:
    extract.add("aph", number, APHYN="Y", APHDAT="10 FEB 2025", APHSTTIM="08:00", APHENTIM="12:00", APHNO="1")


def _medication(extract: Extract, number: str, drug: str, group: str, events: str) -> None:
    extract.add(
        "cm", number, CMTRT=drug, CMTRT_DRUGNAME=drug.upper(), CMTRT_ATC4=group, CMAENO=events, CMSTDAT="13 MAR 2025"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adae")


@pytest.fixture(scope="module")
def made(folder: Path) -> Delivered:
    """Every event of this module, in one run. Infusion 2025-03-10T10:30, lymphodepletion 2025-03-05T09:00."""
    e = Extract()
    for number in ("01-001", "01-002", "01-003", "01-004", "01-005", "01-006", "01-007"):
        e.subject(number)
        _apheresis(e, number)
    e.subject("01-008", infused=None)  # lymphodepletion, no infusion
    _apheresis(e, "01-008")

    one = "01-001"
    _event(e, one, "1", "UN MAR 2025")  # D01
    _event(e, one, "2", "UN MAR 2025", "05 MAR 2025")  # D02
    _event(e, one, "3", "UN UNK 2025")  # D03
    _event(e, one, "5", "UN UNK UNK")  # D05
    _event(e, one, "51", "UN UNK UNK", "01 MAR 2025")  # wholly unknown, but over before the infusion
    _event(e, one, "52", "UN UNK 2024")  # a year before: its first day
    _event(e, one, "53", "UN APR 2025", "UN APR 2025")
    _event(e, one, "54", "UN MAR 2025", "UN FEB 2025")

    _event(e, "01-002", "6", "20 MAR 2025", "UN APR 2025")  # D06
    e.add("dth", "01-002", DTHDAT="20 APR 2025", DTHCAUS="OTHER")
    e.forms["sv"] = [v for v in e.forms["sv"] if v["SUBJECT"] != "01-002" or v["FOLDER"] in ("SCR", "D0", "D28")]

    three = "01-003"
    _event(e, three, "1", "10 MAR 2025")  # I01
    _event(e, three, "2", "10 MAR 2025", AESTTIM="08:00")  # I02
    _event(e, three, "3", "01 MAR 2025", "20 MAR 2025")  # I03
    _event(e, three, "5", "06 MAR 2025")  # I05
    _event(e, three, "6", "10 FEB 2025", "11 FEB 2025", AESTTIM="09:00")  # I06
    _event(e, three, "61", "09 FEB 2025")
    _event(e, three, "62", "05 MAR 2025", AESTTIM="08:30")  # before the first dose of lymphodepletion
    _event(e, three, "63", "11 MAR 2026")  # more than 365 days after infusion

    four = "01-004"
    _event(e, four, "7", "12 MAR 2025", "16 MAR 2025", AEGR="2", **CRS)  # I07
    _event(e, four, "9", "14 MAR 2025", "15 MAR 2025", AEGR="1", **ICANS)  # I09
    crs = {"AENO": "7", "FEVER": "Y", "HYPOT": "NO PRESSOR", "HYPOX": "LOW FLOW"}
    e.add("crs", four, GRDAT="12 MAR 2025", GRTIM="14:00", ASTCTGR="1", TOCI="N", STEROID="N", TMAX="39.2", **crs)
    e.add("crs", four, GRDAT="13 MAR 2025", GRTIM="09:00", ASTCTGR="2", TOCI="Y", STEROID="N", TMAX="38.4", **crs)
    _medication(e, four, "Dexamethasone", "H02AB", "9, 7")
    _medication(e, four, "Paracetamol", "N02BE", "7")
    _event(e, four, "10", "01 APR 2025", AETERM_PT="Nausea", AEGR="2")  # I10
    _event(e, four, "11", "01 APR 2025", AETERM_PT="Nausea", AEGR="3")
    _event(e, four, "12", "02 APR 2025", AEGR="")  # I11
    _event(e, four, "15", "03 APR 2025", AEREL_CT="NOT RELATED", AEREL_LD="RELATED")  # I15

    five = "01-005"
    _event(e, five, "1", "07 APR 2025", AEGR="3", AEDLT="Y")  # E07: the last day of the window
    _event(e, five, "2", "08 APR 2025", AEGR="3", AEDLT="Y")
    _event(e, five, "3", "12 MAR 2025", "06 APR 2025", AETERM_PT="Neutropenia", AEGR="4", **BLOOD)
    _event(e, five, "4", "12 MAR 2025", "07 APR 2025", AETERM_PT="Thrombocytopenia", AEGR="3", **BLOOD)
    _event(e, five, "5", "12 MAR 2025", AETERM_PT="Anaemia", AEGR="2", **BLOOD)
    _event(e, five, "6", "20 MAR 2025", AETERM_PT="Pneumonia", AETERM_SOC="Infections and infestations", AEGR="3")
    _event(e, five, "7", "20 JUN 2025", AETERM_PT="Hypogammaglobulinaemia", AETERM_SOC="Immune system disorders")
    _event(e, five, "8", "20 DEC 2025", AETERM_PT="Myelodysplastic syndrome", AETERM_SOC="Neoplasms")
    _event(e, five, "9", "20 MAR 2025", AETERM_PT="Haemophagocytic lymphohistiocytosis", **BLOOD)
    _event(e, five, "10", "20 MAR 2025", AETERM_PT="Tremor", AETERM_SOC="Nervous system disorders")

    _event(e, "01-006", "13", "15 MAR 2025", "16 MAR 2025")  # I13: the same twice
    _event(e, "01-006", "13", "15 MAR 2025", "16 MAR 2025")
    _event(e, "01-006", "17", "15 MAR 2025", AETERM="\u53d1\u70e7", AETERM_EN="FEVER", AETERM_PT="Pyrexia")  # I17
    _event(e, "01-006", "18", "16 MAR 2025", AETERM=" ".join(["Fever with chills after infusion"] * 8))  # I18
    _event(e, "01-006", "19", "17 MAR 2025", AEACN="NONE")  # I19

    _event(e, "01-007", "1", "20 MAR 2025")
    _event(e, "01-007", "2", "02 JUN 2025")
    e.add("nact", "01-007", LINE="5", TRT="Selinexor", TYPE="DRUG", NASTDAT="01 JUN 2025")
    _event(e, "01-008", "1", "20 MAR 2025")
    return e.convert(folder)


def _adae(made: Delivered, subject: str, spid: str, columns: str) -> tuple[object, ...]:
    [record] = made.records("ADAE", subject, columns, AESPID=spid)
    return record


@pytest.mark.parametrize(
    ("spid", "expected"),
    [
        pytest.param("1", ("2025-03-10", "D", "Y"), id="D01"),
        pytest.param("2", ("2025-03-01", "D", None), id="D02"),
        pytest.param("3", ("2025-03-10", "M", "Y"), id="D03"),
        pytest.param("5", ("2025-03-10", "Y", "Y"), id="D05"),
        pytest.param("52", ("2024-01-01", "M", None), id="another year"),
        pytest.param("53", ("2025-04-01", "D", "Y"), id="another month"),
        pytest.param("54", ("2025-03-01", "D", None), id="ended in an earlier month"),
    ],
)
def test_incomplete_starts(made: Delivered, spid: str, expected: tuple[str, str, str | None]) -> None:
    start, flag, emergent = expected
    assert _adae(made, "01-001", spid, "ASTDT ASTDTF TRTEMFL") == (day(start), flag, emergent)


def test_d02_known_to_have_ended_before_the_infusion(made: Delivered) -> None:
    assert _adae(made, "01-001", "2", "AENDT AENDTF ADURN ADURU APHEMFL") == (day("2025-03-05"), None, 5, "DAYS", "Y")


def test_wholly_unknown_start_of_an_event_that_ended_before_has_no_date(made: Delivered) -> None:
    columns = "ASTDT ASTDTF TRTEMFL APHEMFL LDEMFL AENDT"
    assert _adae(made, "01-001", "51", columns) == (None, None, None, None, None, day("2025-03-01"))


def test_d06_end_is_not_imputed_past_death(made: Delivered) -> None:
    columns = "AEENDTC AENDT AENDTF ADURN"
    assert _adae(made, "01-002", "6", columns) == ("2025-04", day("2025-04-20"), "D", 32)
    assert _adae(made, "01-001", "53", "AENDT AENDTF") == (day("2025-04-30"), "D")


@pytest.mark.parametrize(
    ("spid", "flags"),
    [
        pytest.param("1", ("Y", None, None, None), id="I01"),
        pytest.param("2", (None, None, None, "Y"), id="I02"),
        pytest.param("3", (None, None, "Y", None), id="I03"),
        pytest.param("5", (None, None, None, "Y"), id="I05"),
        pytest.param("6", (None, None, "Y", None), id="I06"),
        pytest.param("61", (None, "Y", None, None), id="before apheresis"),
        pytest.param("62", (None, None, "Y", None), id="before the first dose of that day"),
        pytest.param("63", ("Y", None, None, None), id="after a year"),
    ],
)
def test_exactly_one_period(made: Delivered, spid: str, flags: tuple[str | None, ...]) -> None:
    assert _adae(made, "01-003", spid, "TRTEMFL PREFL APHEMFL LDEMFL") == flags


def test_i02_the_collected_time_is_kept_and_none_is_imputed(made: Delivered) -> None:
    assert _adae(made, "01-003", "1", "ASTDTM") == (None,)
    assert _adae(made, "01-003", "2", "ASTDTM") == (day("2025-03-10") * 86400 + 8 * 3600,)


def test_without_infusion_nothing_is_treatment_emergent(made: Delivered) -> None:
    assert _adae(made, "01-008", "1", "TRTEMFL PREFL APHEMFL LDEMFL ANL01FL ASTDY APHDY") == (
        None, None, None, "Y", None, None, 39,
    )  # fmt: skip


def test_analysis_ends_after_a_year_and_with_new_therapy(made: Delivered) -> None:
    assert _adae(made, "01-003", "63", "TRTEMFL ANL01FL AOCCFL") == ("Y", None, None)
    assert made.records("ADAE", "01-007", "AESPID TRTEMFL ANL01FL") == [("1", "Y", "Y"), ("2", "Y", None)]


def test_i07_crs(made: Delivered) -> None:
    columns = "ATOXGR ATOXGRN ATOXSCL ASTDY ADURN ADURU CQ01NAM CQ02NAM TTOD TOCIFL STERFL"
    assert _adae(made, "01-004", "7", columns) == ("2", 2, "ASTCT 2019", 3, 5, "DAYS", "CRS", None, 2, "Y", "Y")


def test_i09_icans_inside_crs_is_an_event_of_its_own(made: Delivered) -> None:
    columns = "ATOXGRN CQ01NAM CQ02NAM TTOD TOCIFL STERFL"
    assert _adae(made, "01-004", "9", columns) == (1, None, "ICANS", 4, "N", "Y")


def test_i10_first_and_worst_of_two_on_one_day(made: Delivered) -> None:
    columns = "AESPID AOCCPFL AOCCPIFL"
    assert made.records("ADAE", "01-004", columns, AEDECOD="Nausea") == [("10", "Y", None), ("11", None, "Y")]
    assert _adae(made, "01-004", "7", "AOCCFL AOCCSFL AOCCIFL") == ("Y", "Y", None)
    assert _adae(made, "01-004", "11", "AOCCFL AOCCSFL AOCCIFL AOCCSIFL AEGE3FL") == (None, None, "Y", "Y", "Y")


def test_i11_a_missing_grade_is_no_grade(made: Delivered) -> None:
    columns = "ATOXGR ATOXGRN AOCCPFL AOCCPIFL AEGE3FL"
    assert _adae(made, "01-004", "12", columns) == (None, None, "Y", None, None)
    worst = [a for a in made.records("ADAE", "01-004", "AESPID AOCCSIFL", AEBODSYS="Skin disorders") if a[1]]
    assert worst == [("11", "Y")]


def test_i13_a_duplicate_is_one_event(made: Delivered) -> None:
    assert len(made.records("ADAE", "01-006", "AESEQ", AESPID="13")) == 1


def test_i15_related_to_lymphodepletion_only(made: Delivered) -> None:
    assert _adae(made, "01-004", "15", "AEREL AREL ARELLD") == ("NOT RELATED", "N", "Y")
    assert _adae(made, "01-004", "10", "AEREL AREL ARELLD") == ("RELATED", "Y", "N")


def test_i17_i18_i19_terms_and_action_as_in_sdtm(made: Delivered) -> None:
    assert _adae(made, "01-006", "17", "AETERM AEDECOD") == ("FEVER", "Pyrexia")
    first = " ".join(["Fever with chills after infusion"] * 6)
    assert _adae(made, "01-006", "18", "AETERM") == (first,) == made.records("AE", "01-006", "AETERM", AESPID="18")[0]
    assert _adae(made, "01-006", "19", "AEACN") == ("NOT APPLICABLE",)


def test_e07_dlt_up_to_the_last_day_of_the_window(made: Delivered) -> None:
    assert _adae(made, "01-005", "1", "ASTDY DLTWINFL DLTFL") == (29, "Y", "Y")
    assert _adae(made, "01-005", "2", "ASTDY DLTWINFL DLTFL AEDLT") == (30, None, None, "Y")


def test_queries(made: Delivered) -> None:
    columns = "CQ03NAM CQ04NAM CQ05NAM CQ06NAM CQ07NAM CQ08NAM"
    assert {s: _adae(made, "01-005", s, columns) for s in ("3", "4", "5", "6", "7", "8", "9", "10")} == {
        "3": (None, None, None, None, None, None),  # over the day before protocol day 28
        "4": (None, None, "PROLONGED CYTOPENIA", None, None, None),
        "5": (None, None, None, None, None, None),  # grade 2
        "6": (None, "INFECTIONS", None, None, None, None),
        "7": (None, None, None, None, "HYPOGAMMAGLOBULINEMIA", None),
        "8": (None, None, None, None, None, "SECOND PRIMARY MALIGNANCY"),
        "9": (None, None, None, "HLH/MAS-LIKE", None, None),
        "10": ("OTHER NEUROTOXICITY", None, None, None, None, None),
    }


def test_treatment_and_population_stand_beside_the_event(made: Delivered) -> None:
    arm = "CT0596 150 x 10^6 cells"
    assert _adae(made, "01-004", "7", "TRTP TRTA SAFFL APHFL DISTYPE AGE") == (arm, arm, "Y", "Y", None, 62)
    assert _adae(made, "01-008", "1", "TRTP TRTA SAFFL APHFL") == (arm, None, "N", "Y")


def test_lineage_reaches_the_row_of_the_form(made: Delivered, folder: Path) -> None:
    adae, ae = (_edges(folder, name) for name in ("adae", "ae"))
    events = made.datasets["ADAE"]
    crs = int((events["CQ01NAM"] == "CRS").to_numpy().nonzero()[0][0])
    [own] = adae[(adae["record"] == crs) & (adae["role"] == "record")]["of_row"]
    [row] = ae[(ae["record"] == own) & (ae["of"] == "source:ae")]["of_row"]
    raw = pd.read_csv(folder / "raw" / "ae.csv", dtype="str", keep_default_na=False)
    assert (raw["SUBJECT"][row], raw["AESPID"][row]) == ("01-004", "7")
    treated = adae[(adae["record"] == crs) & (adae["variable"] == "_TOCIFA")]
    assert treated["of"].tolist() == ["FA"]


def _edges(folder: Path, name: str) -> pd.DataFrame:
    [path] = (folder / "out").rglob(f"lineage/{name}.parquet")
    return pd.read_parquet(path)
