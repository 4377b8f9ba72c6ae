"""CT0596: endpoints of subjects written as raw rows (scenarios E14, E15, M01 to M09; design basis 4.8, 4.9).

Three groups of subjects in one run, none of whom counts for another's endpoint: cohorts of the dose escalation (nothing
measurable), responders (too few cells to be evaluable for toxicity, no apheresis), and subjects who were never infused.
For MRD the twelve subjects of the cohorts and two responders have a VGPR, nine of them without residual disease. In
a second run all eighteen respond, and nobody else is there.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.extracts import Extract, endpoints_of

APHERESIS = date(2025, 2, 10)
TIMES = ["57e", "78c", "89e", "119c", "119e", "121e", "209c", "299e", "389c", "389c"]
"""Days of survival from apheresis, which is day 1: e died then, c was last known alive."""

NEGATIVE = [("01", 1), ("01", 2), ("01", 3), ("02", 1), ("02", 2), ("02", 3), ("03", 1), ("03", 2), ("03", 3)]
"""Site and place of those without residual disease on 2025-04-07 (45754 as the laboratory counts days)."""


def _infused(extract: Extract, number: str, cells: str, planned: str) -> None:
    extract.subject(number, infused=None)
    extract.add("inf", number, FOLDER="D0", INFYN="Y", INFDAT="10 MAR 2025", INFSTTIM="10:30", INFENTIM="10:45",
                PLANCELL=planned, ACTCELL=cells, INFNO="1")  # fmt: skip


def _cohort(extract: Extract, site: str, cells: str, size: int, toxicities: int) -> None:
    for place in range(1, size + 1):
        number = f"{site}-{place:03}"
        _infused(extract, number, cells, cells)
        if place <= toxicities:
            extract.add("ae", number, AESPID="1", AETERM="Sepsis", AETERM_PT="Sepsis", AESTDAT="20 MAR 2025", AEGR="4",
                        AEGRSCL="CTCAE5", AEDLT="Y", AEONGO="Y", AEREL_CT="RELATED", AESER="Y",
                        AEOUT="NOT RECOVERED/NOT RESOLVED", AEACN="None")  # fmt: skip
        _assessed(extract, number, "VGPR")
        if (site, place) in NEGATIVE:
            extract.add("mrd", number, COLDAT="45754", RESULT="NEGATIVE", METHOD="NGS", LOD="1e-5", THRESH="1e-5",
                        VISIT="Day 28")  # fmt: skip


def _assessed(extract: Extract, number: str, response: str) -> None:
    """The same response at two visits."""
    for folder, day in (("D28", "07 APR 2025"), ("M2", "09 MAY 2025")):
        extract.add("resp", number, FOLDER=folder, RSDAT=day, RSRESP=response, RSCRIT="IMWG2016")


def _responders(extract: Extract, size: int, responders: int, very_good: int = 0) -> None:
    for place in range(1, size + 1):
        number = f"04-{place:03}"
        _infused(extract, number, "105", "150")
        extract.add("mmpanel", number, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="40", SPEP_UNIT="g/L")
        _assessed(extract, number, "VGPR" if place <= very_good else "PR" if place <= responders else "SD")


def _survival(extract: Extract) -> None:
    for place, said in enumerate(TIMES, start=1):
        number = f"05-{place:03}"
        end = f"{APHERESIS + timedelta(days=int(said[:-1]) - 1):%d %b %Y}".upper()
        extract.subject(number, infused=None, lymphodepleted=None, visits={})
        extract.add("aph", number, FOLDER="APH", APHYN="Y", APHDAT="10 FEB 2025", APHNO="1")
        if said.endswith("e"):
            extract.add("dth", number, DTHDAT=end, DTHCAUS="OTHER", DTHTERM="Unknown")
        else:
            extract.add("surv", number, FOLDER="SURV", SSDAT=end, SSSTAT="ALIVE")


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("endpoints")
    extract = Extract()
    _cohort(extract, "01", "150", size=3, toxicities=0)
    _cohort(extract, "02", "300", size=3, toxicities=1)
    _cohort(extract, "03", "450", size=6, toxicities=1)
    _responders(extract, size=18, responders=12, very_good=2)
    _survival(extract)
    extract.convert(folder)
    return endpoints_of(folder)


def test_e14_e15_decisions_of_3_plus_3(endpoints: dict[str, dict[str, Any]]) -> None:
    *levels, replaced = endpoints["DLT"]["detail"]
    assert [(row["level"], row["evaluable"], row["toxicities"], row["decision"]) for row in levels] == [
        ("CT0596 150 x 10^6 cells", 3, 0, "ESCALATE"),
        ("CT0596 300 x 10^6 cells", 3, 1, "EXPAND TO 6"),
        ("CT0596 450 x 10^6 cells", 6, 1, "ESCALATE"),
    ]
    assert len(replaced["replace"]) == 18
    assert endpoints["DLT"]["text"].endswith("MTD CT0596 450 x 10^6 cells")


def test_m01_response_rate(endpoints: dict[str, dict[str, Any]]) -> None:
    assert endpoints["ORR"]["text"] == "12 / 18, 66.7% (41.0, 86.7)"
    assert endpoints["CRR"]["text"] == "0 / 18, 0.0% (0.0, 18.5)"


def test_m02_m07_all_of_eighteen_and_none_of_nobody(tmp_path: Path) -> None:
    extract = Extract()
    _responders(extract, size=18, responders=18)
    extract.convert(tmp_path)
    found = endpoints_of(tmp_path)
    assert found["ORR"]["text"] == "18 / 18, 100.0% (81.5, 100.0)"
    assert [round(found["ORR"][k], 4) for k in ("estimate", "lower", "upper")] == [1.0, 0.8147, 1.0]
    nobody = found["ORRAPH"]  # there was no apheresis
    assert [nobody[k] for k in ("n", "N", "estimate", "lower", "upper")] == [0, 0, None, None, None]
    assert (nobody["text"], found["MRD"]["text"]) == ("0 / 0, NE", "0 / 0, NE")
    assert (found["PFS"]["N"], found["PFS"]["median"]) == (0, None)


def test_m03_none_of_three(endpoints: dict[str, dict[str, Any]]) -> None:
    level = endpoints["DLT"]["detail"][0]
    assert [round(level[k], 3) for k in ("estimate", "lower", "upper")] == [0.0, 0.0, 0.708]
    assert endpoints["DLT"]["text"].startswith("CT0596 150 x 10^6 cells 0/3 0.0% (0.0, 70.8) ESCALATE")


def test_m05_nine_of_fourteen(endpoints: dict[str, dict[str, Any]]) -> None:
    assert endpoints["MRD"]["text"] == "9 / 14, 64.3% (35.1, 87.2)"


def test_m06_m09_survival(endpoints: dict[str, dict[str, Any]]) -> None:
    found = endpoints["OS"]
    assert (found["n"], found["N"]) == (5, 10)
    assert (found["median"], found["median_lower"], found["median_upper"]) == (299, 57, None)
    half, year = found["detail"][:2]
    assert [round(half[k], 4) for k in ("estimate", "lower", "upper")] == [0.54, 0.1812, 0.8007]
    assert [round(year[k], 4) for k in ("estimate", "lower", "upper")] == [0.36, 0.0629, 0.6856]
    assert found["text"].startswith("5 events / 10, median 9.8 (1.9, NE) months")
