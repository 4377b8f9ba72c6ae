"""CT0596: endpoints of subjects written as raw rows (scenarios E14, E15, M01, M06, M09; design basis 4.8, 4.9).

Three groups of subjects in one run, none of whom counts for another's endpoint: cohorts of the dose escalation (nothing
measurable), responders (too few cells to be evaluable for toxicity, no apheresis), and subjects who were never infused.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.extracts import Extract

APHERESIS = date(2025, 2, 10)
TIMES = ["57e", "78c", "89e", "119c", "119e", "121e", "209c", "299e", "389c", "389c"]
"""Days of survival from apheresis, which is day 1: e died then, c was last known alive."""


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


def _responders(extract: Extract, size: int, responders: int) -> None:
    for place in range(1, size + 1):
        number = f"04-{place:03}"
        _infused(extract, number, "105", "150")
        extract.add("mmpanel", number, FOLDER="SCR", SPEPDAT="28 JAN 2025", SPEP_RES="40", SPEP_UNIT="g/L")
        for folder, day in (("D28", "07 APR 2025"), ("M2", "09 MAY 2025")):
            response = "PR" if place <= responders else "SD"
            extract.add("resp", number, FOLDER=folder, RSDAT=day, RSRESP=response, RSCRIT="IMWG2016")


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
    _responders(extract, size=18, responders=12)
    _survival(extract)
    extract.convert(folder)
    path = folder / "out" / "CT0596-101" / "2026-03-31" / "current" / "report" / "endpoints.json"
    return {row["endpoint"]: row for row in json.loads(path.read_text(encoding="utf-8"))}


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


def test_m06_m09_survival(endpoints: dict[str, dict[str, Any]]) -> None:
    found = endpoints["OS"]
    assert (found["n"], found["N"]) == (5, 10)
    assert (found["median"], found["median_lower"], found["median_upper"]) == (299, 57, None)
    half, year = found["detail"][:2]
    assert [round(half[k], 4) for k in ("estimate", "lower", "upper")] == [0.54, 0.1812, 0.8007]
    assert [round(year[k], 4) for k in ("estimate", "lower", "upper")] == [0.36, 0.0629, 0.6856]
    assert found["text"].startswith("5 events / 10, median 9.8 (1.9, NE) months")
