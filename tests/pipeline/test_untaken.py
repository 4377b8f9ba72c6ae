"""Collected cells that no kind of row takes: new codes, conditions that never hold; and what is left on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.extract import Extract, Source
from pipeline.persons import Persons
from pipeline.run import RunResult
from pipeline.untaken import Untaken, untaken_findings
from specs.model import SourceSpec
from tests.pipeline.one_range import codes, model_of
from tests.pipeline.tiny import Tiny
from transforms.columns import text

LONG = """
rows:
  HGB: {from: lb, where: "CODE = 'HB'", testcd: HGB, result: RESULT, unit: UNIT, date: {date: DAT, format: YYYY-MM-DD}}
  WBC: {from: lb, where: "CODE = 'LEU'", testcd: WBC, result: RESULT, unit: UNIT, date: {date: DAT, format: YYYY-MM-DD}}
"""
RAW_LONG = """SUBJECT,CODE,RESULT,UNIT,DAT
01,HB,130,g/L,2025-01-02
01,GLU,5,mmol/L,2025-01-02
02,LEU,,10^9/L,2025-01-03
02,GLU,,mmol/L,2025-01-03
03,GLU,6,mmol/L,2025-01-04
03,,7,,2025-01-04
"""
Told = list[tuple[str, str, str, str, tuple[int, ...], tuple[str, ...], int]]


def told(result: RunResult) -> Told:
    """Rule, file, columns, value, rows, subjects and count of what is not taken."""
    return [
        (f.rule, f.file, f.column, f.value, f.rows, f.subjects, f.count)
        for f in result.findings
        if f.rule.endswith("_NOT_TAKEN")
    ]


def long_form(folder: Path, head: str = "", source: str = "file: lb.csv, subject: SUBJECT", lb: str = LONG) -> Tiny:
    raw = {"dm": "SUBJECT\n01\n02\n03\n", "lb": RAW_LONG}
    return Tiny(folder, head, {"lb": f"{{{source}}}"}, {"LB": lb}, raw)


@pytest.mark.parametrize("size", [1, 500])
def test_results_of_a_code_that_nobody_maps_are_told_over_all_ranges(tmp_path: Path, size: int) -> None:
    """The blank results of LEU and GLU are nothing; the values of CODE say why the others are left."""
    found = long_form(tmp_path, f"range_size: {size}").run()
    assert told(found) == [
        ("ROW_NOT_TAKEN", "lb.csv", "RESULT", "CODE = 'GLU'", (3, 6), ("TINY-01", "TINY-03"), 2),
        ("ROW_NOT_TAKEN", "lb.csv", "RESULT", "CODE is missing", (7,), ("TINY-03",), 1),
    ]
    message = next(f.message for f in found.findings if f.value == "CODE = 'GLU'")
    assert message == (
        "no kind of row takes these rows (CODE = 'GLU'), which hold values in RESULT; "
        "map them, or say under `left:` of source lb why they stay out"
    )


def test_rows_that_the_source_leaves_with_a_reason_are_in_the_accounting(tmp_path: Path) -> None:
    left = "file: lb.csv, subject: SUBJECT, left: {CODE = 'GLU': not of this protocol, CODE is missing: queried}"
    found = long_form(tmp_path, source=left).run()
    assert told(found) == []
    assert found.delivery is not None
    lines = (found.delivery / "accounting.csv").read_text().splitlines()
    assert "source,lb,,filtered by mapping,5,CODE = 'GLU': not of this protocol; CODE is missing: queried" in lines


def test_rows_that_the_source_filters_are_not_told(tmp_path: Path) -> None:
    found = long_form(tmp_path, source="file: lb.csv, subject: SUBJECT, where: \"CODE in ('HB', 'LEU')\"").run()
    assert told(found) == []


def test_what_the_cut_removes_was_taken(tmp_path: Path) -> None:
    found = long_form(tmp_path, "cut: {date: 2025-01-01, datasets: {LB: {start: LBDTC}}}").run()
    assert [line[3] for line in told(found)] == ["CODE = 'GLU'", "CODE is missing"]


def test_a_row_that_another_dataset_takes_or_a_lookup_reads_is_taken(tmp_path: Path) -> None:
    tiny = long_form(tmp_path)
    tiny.datasets["VS"] = """
rows: {sugar: {from: lb, where: "CODE = 'GLU'", testcd: GLUC, result: RESULT, date: {date: DAT, format: YYYY-MM-DD}}}
"""
    tiny.datasets["AE"] = """
rows: {all: {from: dm}}
variables:
  AETERM:  {lookup: {source: lb, match: {SUBJECT: SUBJECT, RESULT: {value: "7"}}, take: DAT, optional: true}}
  AEDECOD: {value: X}
"""
    assert told(tiny.run()) == []


WIDE = """
rows:
  HGB: {from: lb, where: "HBOK = 'Y'", testcd: HGB, result: HB}
  WBC: {from: lb, testcd: WBC, result: LEU}
"""
RAW_WIDE = "SUBJECT,HB,HBOK,LEU\n01,130,Y,5\n02,120,N,6\n03,,N,7\n"


def wide_form(folder: Path, lb: str = WIDE, raw: str = RAW_WIDE) -> RunResult:
    files = {"dm": "SUBJECT\n01\n02\n03\n", "lb": raw}
    return Tiny(folder, "", {"lb": "{file: lb.csv, subject: SUBJECT}"}, {"LB": lb}, files).run()


def test_a_result_of_a_row_that_only_other_tests_take(tmp_path: Path) -> None:
    assert told(wide_form(tmp_path)) == [("CELL_NOT_TAKEN", "lb.csv", "HB", "HBOK = 'N'", (3,), ("TINY-02",), 1)]


def test_of_a_wide_form_only_the_values_that_decide_are_told(tmp_path: Path) -> None:
    """Not which of the other tests have a result."""
    lb = WIDE.replace("testcd: WBC", "where: \"HBOK in ('Y')\", testcd: WBC")
    assert told(wide_form(tmp_path, lb)) == [
        ("ROW_NOT_TAKEN", "lb.csv", "HB;LEU", "HBOK = 'N'", (3, 4), ("TINY-02", "TINY-03"), 2)
    ]


def test_a_result_of_a_branch_that_does_not_hold(tmp_path: Path) -> None:
    lb = """
rows: {HGB: {from: lb, testcd: HGB, variables: {LBORRES: {when: [{if: "HBOK = 'Y'", copy: HB}]}, LBSPID: {copy: LEU}}}}
"""
    assert told(wide_form(tmp_path, lb)) == [("CELL_NOT_TAKEN", "lb.csv", "HB", "HBOK = 'N'", (3,), ("TINY-02",), 1)]


def test_a_result_whose_own_value_a_condition_compares_was_looked_at(tmp_path: Path) -> None:
    """UNK is left on purpose, in a row that another test takes."""
    lb = WIDE.replace("HBOK = 'Y'", "HB not in ('UNK')")
    assert told(wide_form(tmp_path, lb, "SUBJECT,HB,HBOK,LEU\n01,130,,5\n02,UNK,,6\n")) == []


EVENTS = """
rows: {events: {from: ae, where: AETERM is not missing, variables: {AESER: {code: SER}}}}
variables:
  AETERM:  {copy: AETERM}
  AEDECOD: {copy: AETERM}
  AESPID:  {copy: NO}
  AESTDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}
"""


def test_an_event_without_its_term_is_told_if_something_describes_it(tmp_path: Path) -> None:
    """Row 3 has a number and a date only; row 4 says that the event was serious."""
    raw = "SUBJECT,AETERM,SER,NO,DAT\n01,Rash,N,1,2025-01-02\n01,,,2,2025-01-03\n02,,Y,1,2025-01-04\n"
    files = {"dm": "SUBJECT\n01\n02\n", "ae": raw}
    found = Tiny(tmp_path, "", {"ae": "{file: ae.csv, subject: SUBJECT}"}, {"AE": EVENTS}, files).run()
    assert told(found) == [("ROW_NOT_TAKEN", "ae.csv", "SER", "AETERM is missing", (4,), ("TINY-02",), 1)]


def test_a_branch_may_ask_another_source(tmp_path: Path) -> None:
    lb = """
rows:
  HGB:
    from: lb
    testcd: HGB
    join: {end: {source: eos, orphans: allow}}
    variables: {LBORRES: {when: [{if: end.OUT is missing, copy: HB}]}, LBSPID: {copy: LEU}}
"""
    files = {"dm": "SUBJECT\n01\n02\n03\n", "lb": RAW_WIDE, "eos": "SUBJECT,OUT\n02,Died\n"}
    sources = {name: f"{{file: {name}.csv, subject: SUBJECT}}" for name in ("lb", "eos")}
    found = Tiny(tmp_path, "", sources, {"LB": lb}, files).run()
    assert told(found) == [("CELL_NOT_TAKEN", "lb.csv", "HB", "", (3,), ("TINY-02",), 1)]


def test_a_row_that_was_chosen_from_is_taken(tmp_path: Path) -> None:
    events = EVENTS.replace("where: AETERM is not missing", "last: DAT")
    raw = "SUBJECT,AETERM,SER,NO,DAT\n01,Rash,N,1,2025-01-02\n01,Cough,Y,2,2025-01-03\n"
    files = {"dm": "SUBJECT\n01\n02\n", "ae": raw}
    found = Tiny(tmp_path, "", {"ae": "{file: ae.csv, subject: SUBJECT}"}, {"AE": events}, files).run()
    assert told(found) == []


def test_the_ten_most_frequent_values_are_told_and_the_others_together(tmp_path: Path) -> None:
    """TEXT has 120 values: it only counts that it has one. One row of X10 has none: the eleventh combination."""
    raw = "SUBJECT,CODE,TEXT,RESULT\n" + "".join(f"01,X{n:02},T{n}{m},1\n" for n in range(1, 11) for m in range(12))
    lb = LONG.replace("CODE = 'LEU'", "CODE = 'LEU' and TEXT = 'V'").replace(", unit: UNIT", "")
    lb = lb.replace(", date: {date: DAT, format: YYYY-MM-DD}", "")
    tiny = long_form(tmp_path, lb=lb)
    tiny.raw["lb"] = raw + "01,X10,,1\n"
    found = told(tiny.run())
    assert [(line[3], line[6]) for line in found] == [
        *[(f"CODE = 'X{n:02}' and TEXT is not missing", 12) for n in range(1, 11)],
        ("other values", 1),
    ]


def test_of_one_column_with_many_values_the_most_frequent_are_told(tmp_path: Path) -> None:
    """Of 150 codes X149 is there twice."""
    lb = LONG.replace(", unit: UNIT", "").replace(", date: {date: DAT, format: YYYY-MM-DD}", "")
    tiny = long_form(tmp_path, lb=lb)
    tiny.raw["lb"] = "SUBJECT,CODE,RESULT\n" + "".join(f"01,X{n:03},1\n" for n in range(150)) + "02,X149,1\n"
    found = told(tiny.run())
    assert [(line[3], line[6]) for line in found] == [
        *[(f"CODE = 'X{n:03}'", 1) for n in range(9)],
        ("CODE = 'X149'", 2),
        ("other values", 140),
    ]


def test_a_dose_that_its_own_value_leaves_out(tmp_path: Path) -> None:
    ex = """
rows: {doses: {from: ex, where: DOSE > 0}}
variables:
  EXTRT:   {value: DRUG}
  EXDOSE:  {copy: DOSE}
  EXSTDTC: {datetime: {date: DAT, format: YYYY-MM-DD}}
"""
    files = {"dm": "SUBJECT\n01\n", "ex": "SUBJECT,DOSE,DAT\n01,5,2025-01-02\n01,0,2025-01-03\n01,,2025-01-04\n"}
    found = Tiny(tmp_path, "", {"ex": "{file: ex.csv, subject: SUBJECT}"}, {"EX": ex}, files).run()
    assert told(found) == [("ROW_NOT_TAKEN", "ex.csv", "DOSE", "DOSE = '0'", (3,), ("TINY-01",), 1)]


def test_a_source_without_subjects_is_left_only_where_every_range_leaves_it() -> None:
    """Row 1 was looked up in the second range."""
    spec = SourceSpec(file="ref.csv")
    frame = pd.DataFrame({"KIND": text(["A", "B", "B"]), "RESULT": text(["1", "2", "3"])})
    source = Source("ref", spec, frame, codes(2, 3, 4), codes(0, 0, 0), codes(-1, -1, -1), size=3)
    model = model_of(
        "study: S\nsources: {ref: {file: ref.csv}}",
        LB="class: Findings\nrows: {a: {from: ref, where: \"KIND = 'A'\", variables: {LBORRES: {copy: RESULT}}}}",
    )
    found = [Untaken("ref", "RESULT", codes(1, 2), True), Untaken("ref", "RESULT", np.array([2]), True)]
    made = list(untaken_findings(model, Extract({"ref": source}, Persons((), (), {})), found, 2))
    assert [(f.value, f.rows, f.subjects) for f in made] == [("KIND = 'B'", (4,), ())]
