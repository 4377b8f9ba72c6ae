"""Collecting: literal raw rows become literal records; what is left, joined, or wrong is told with file and row."""

from __future__ import annotations

import pytest

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.records import Part
from tests.pipeline.one_range import STUDY, codes, edges, model_of, opened, part_of, shown, told

AE = """
rows: {events: {from: ae, where: TERM is not missing}}
variables: {USUBJID: {copy: person.USUBJID}, AETERM: {copy: TERM}, AESER: {code: SER, codelist: NY}}
"""


def collected(dataset: str, tables: dict[str, str] | None = None, **raw: str) -> tuple[Part, RangeContext]:
    context = opened(model_of(XX=dataset), tables, **raw)
    return collect(context, "XX"), context


def taken(context: RangeContext) -> list[tuple[str, str, list[int], list[int], str]]:
    """Source, kind of row, rows taken, rows seen, and the words for which are taken."""
    return [(t.source, t.rows_name, t.taken.tolist(), t.seen.tolist(), t.taking) for t in context.taken]


def test_rows_that_pass_become_records_and_the_others_are_accounted_for() -> None:
    part, context = collected(AE, ae="SUBJECT,TERM,SER\n02,Fever,Yes\n01,,No\n01, Cough ,No\n")
    assert shown(part, "USUBJID", "AETERM", "AESER") == [["S-02", "Fever", "Y"], ["S-01", "Cough", "N"]]
    assert (part.sources, part.source_row.tolist(), part.templates) == (["source:ae"], [0, 2], ["events"])
    assert taken(context) == [("ae", "XX.events", [0, 2], [0, 1, 2], "where TERM is not missing")]
    assert told(context) == []


def test_an_unmapped_code_is_told_with_file_and_row_and_stays_empty() -> None:
    part, context = collected(AE, ae="SUBJECT,TERM,SER\n01,Fever,Yes\n02,Cough,Perhaps\n03,,Perhaps\n")
    assert shown(part, "AETERM", "AESER") == [["Fever", "Y"], ["Cough", None]]
    # the row that is not taken has the same word, and is nobody's problem
    assert told(context) == [("CODE_UNMAPPED", "ae.csv", "Perhaps", (3,), ("S-02",))]
    assert [f.column for f in context.findings.all()] == ["SER"]


@pytest.mark.parametrize("raw", ["SUBJECT,TERM,SER\n", "SUBJECT,TERM,SER\n01,,Yes\n"])
def test_without_a_row_that_passes_there_are_no_records(raw: str) -> None:
    part, context = collected(AE, ae=raw)
    assert (part.size, shown(part, "USUBJID", "AETERM")) == (0, [])
    assert [t[2] for t in taken(context)] == [[]]


def test_an_optional_file_that_is_absent_makes_no_records() -> None:
    part, _ = collected("rows: {all: {from: site, where: CITY = 'X'}}\nvariables: {CITY: {copy: CITY}}")
    assert part.size == 0


def test_a_dataset_without_rows_is_empty() -> None:
    assert collected("variables: {AETERM: {copy: TERM}}")[0].size == 0


def test_a_wide_form_becomes_one_record_for_each_cell_with_a_value() -> None:
    """One row of the form, two tests; the empty cell of subject 02 makes no record, and is accounted for."""
    wide = """
rows:
  HGB: {from: lb, where: HGB is not missing, variables: {LBTESTCD: {value: HGB}, LBORRES: {copy: HGB}}}
  WBC: {from: lb, where: WBC is not missing, variables: {LBTESTCD: {value: WBC}, LBORRES: {copy: WBC}}}
variables: {LBDTC: {datetime: {date: DAT, format: DD MON YYYY}}}
"""
    part, context = collected(wide, lb="SUBJECT,DAT,HGB,WBC\n01,03 JAN 2025,120,4.1\n02,04 JAN 2025,,5.2\n")
    assert shown(part, "LBTESTCD", "LBORRES", "LBDTC") == [
        ["HGB", "120", "2025-01-03"],
        ["WBC", "4.1", "2025-01-03"],
        ["WBC", "5.2", "2025-01-04"],
    ]
    assert (part.template.tolist(), part.source_row.tolist(), part.subject.tolist()) == (
        [0, 1, 1],
        [0, 0, 1],
        [0, 0, 1],
    )
    assert [(t[1], t[2]) for t in taken(context)] == [("XX.HGB", [0]), ("XX.WBC", [0, 1])]


def test_rows_of_several_sources_are_stacked_in_the_order_of_the_spec() -> None:
    two = """
rows:
  ae: {from: ae, variables: {TERM: {copy: TERM}}}
  dm: {from: dm, variables: {REASON: {copy: WHY}}}
  ae2: {from: ae, where: "TERM = 'Fever'", variables: {TERM: {value: again}}}
variables: {}
"""
    part, _ = collected(two, ae="SUBJECT,TERM\n03,Cough\n01,Fever\n", dm="SUBJECT,WHY\n02,left\n")
    # what a kind of row says nothing of is empty in its records
    assert shown(part, "TERM", "REASON") == [["Cough", None], ["Fever", None], [None, "left"], ["again", None]]
    assert part.sources == ["source:ae", "source:dm"]
    assert (part.source.tolist(), part.source_row.tolist()) == ([0, 0, 1, 0], [0, 1, 0, 1])
    assert (part.template.tolist(), part.subject.tolist()) == ([0, 0, 1, 2], [2, 0, 1, 0])


def test_a_kind_of_row_may_say_more_of_a_variable_than_the_dataset() -> None:
    rows = "rows: {a: {from: ae}, b: {from: ae, variables: {TERM: {value: fixed}}}}\nvariables: {TERM: {copy: T}}"
    assert shown(collected(rows, ae="SUBJECT,T\n01,x\n")[0], "TERM") == [["x"], ["fixed"]]


def test_a_row_of_nobody_stays_a_record_of_nobody() -> None:
    part, _ = collected(AE, ae="SUBJECT,TERM,SER\n99,Fever,No\n")
    assert shown(part, "USUBJID", "AETERM") == [[None, "Fever"]]
    assert part.subject.tolist() == [-1]


def test_text_in_a_numeric_variable_is_told_and_left_empty() -> None:
    rows = "rows: {all: {from: lb}}\nvariables: {VISITNUM: {copy: V, type: Num}}"
    part, context = collected(rows, lb="SUBJECT,V\n01,2.5\n02,two\n03,\n")
    assert shown(part, "VISITNUM") == [[2.5], [None], [None]]
    assert told(context) == [("NOT_A_NUMBER", "lb.csv", "two", (3,), ("S-02",))]


def test_a_number_with_a_comma_is_no_number() -> None:
    rows = "rows: {all: {from: lb}}\nvariables: {VISITNUM: {copy: V, type: Num}}"
    part, context = collected(rows, lb='SUBJECT,V\n01,"1,234"\n02,"1.234,5"\n03,"1,234.5"\n')
    assert shown(part, "VISITNUM") == [[None], [None], [None]]
    values = [value for _, _, value, _, _ in told(context)]
    assert values == ["1,234", "1,234.5", "1.234,5"]


FIRST = "SUBJECT,DAT,NO\n02,2025-01-05,1\n01,2025-01-09,2\n01,,3\n01,2025-01-02,4\n01,2025-01-02,5\n02,2025-01-05,6\n"


@pytest.mark.parametrize(
    ("row", "numbers"),
    [
        ("first: DAT", ["1", "4"]),
        ("last: DAT", ["1", "2"]),
        ("distinct: [DAT]", ["1", "2", "3", "4"]),
        ("distinct: [NO], last: DAT", ["1", "2", "4", "5", "6"]),
        ("first: DAT, where: \"NO != '4'\"", ["1", "5"]),
    ],
)
def test_first_last_and_distinct_rows_of_a_person(row: str, numbers: list[str]) -> None:
    """A row without the value never wins; of equal ones the earlier row of the file is taken."""
    part, _ = collected(f"rows: {{all: {{from: ae, {row}}}}}\nvariables: {{NO: {{copy: NO}}}}", ae=FIRST)
    assert [v for (v,) in shown(part, "NO")] == numbers


def test_rows_made_from_presence_and_absence_in_another_source() -> None:
    rows = """
rows:
  dosed: {from: dm, only_if: {source: ae, where: "TERM = 'DOSE'"}, variables: {T: {value: dosed}}}
  never: {from: dm, unless: {source: ae, where: "TERM = 'DOSE'"}, variables: {T: {value: NEVER DOSED}}}
variables: {WHO: {copy: SUBJECT}}
"""
    part, context = collected(rows, dm="SUBJECT\n01\n02\n03\n99\n", ae="SUBJECT,TERM\n02,DOSE\n01,SKIPPED\n99,DOSE\n")
    # nobody is no person, who could not be found in the other source either
    assert shown(part, "WHO", "T") == [
        ["02", "dosed"],
        ["01", "NEVER DOSED"],
        ["03", "NEVER DOSED"],
        ["99", "NEVER DOSED"],
    ]
    assert [t[4] for t in taken(context)] == ["only if ae", "unless ae"]


JOIN = """
rows: {all: {from: ae, join: {d: {source: dm, by: BY, ORDER}}}}
variables: {TERM: {copy: TERM}, SITE: {copy: d.SITE}}
"""
EVENTS = "SUBJECT,TERM,NO\n01,Fever,1\n02,Cough,2\n02,Rash,\n"


def joined(by: str, dm: str, order: str = "") -> tuple[Part, RangeContext]:
    written = JOIN.replace(", ORDER", f", {order}" if order else "").replace("BY", by)
    return collected(written, ae=EVENTS, dm=dm)


def test_a_join_brings_the_row_of_the_subject_with_its_lineage() -> None:
    part, context = joined("subject", "SUBJECT,SITE\n02,B\n01,A\n")
    assert shown(part, "TERM", "SITE") == [["Fever", "A"], ["Cough", "B"], ["Rash", "B"]]
    assert edges(part) == [("", "lookup", "source:dm", [(0, 1), (1, 0), (2, 0)])]
    assert told(context) == []


def test_a_second_row_in_a_join_is_a_finding_and_none_is_taken() -> None:
    part, context = joined("subject", "SUBJECT,SITE\n02,B\n01,A\n02,C\n")
    assert shown(part, "TERM", "SITE") == [["Fever", "A"], ["Cough", None], ["Rash", None]]
    assert told(context) == [("JOIN_DUPLICATE", "dm.csv", "", (2, 4), ("S-02",))]
    assert "join d allows one row of dm" in context.findings.all()[0].message


@pytest.mark.parametrize(
    ("many", "site"),
    [("many: first", "B"), ("many: last", "C"), ("many: first, order: SITE", "B"), ("many: last, order: DAT", "B")],
)
def test_a_join_may_say_which_of_several_rows_counts(many: str, site: str) -> None:
    part, context = joined("subject", "SUBJECT,SITE,DAT\n02,B,2025-02-01\n01,A,\n02,C,2025-01-01\n", many)
    assert shown(part, "SITE") == [["A"], [site], [site]]
    assert told(context) == []


def test_a_row_of_theirs_that_belongs_to_none_of_ours_is_an_orphan() -> None:
    part, context = joined("subject", "SUBJECT,SITE\n01,A\n03,C\n")
    assert shown(part, "SITE") == [["A"], [None], [None]]
    assert told(context) == [("JOIN_ORPHAN", "dm.csv", "", (3,), ("S-03",))]
    assert told(joined("subject", "SUBJECT,SITE\n01,A\n03,C\n", "orphans: allow")[1]) == []


def test_an_empty_key_matches_no_empty_key() -> None:
    """The event without a number does not get a row without a number, and two of those are no duplicates."""
    part, context = joined("{NO: NUM}", "SUBJECT,NUM,SITE\n01,1,A\n02,2,B\n03,,C\n03,,D\n", "orphans: allow")
    assert shown(part, "TERM", "SITE") == [["Fever", "A"], ["Cough", "B"], ["Rash", None]]
    assert told(context) == []


def test_a_join_may_take_some_rows_only() -> None:
    part, context = joined("subject", "SUBJECT,SITE\n01,A\n01,Z\n02,B\n", "where: \"SITE != 'Z'\"")
    assert shown(part, "SITE") == [["A"], ["B"], ["B"]]
    assert told(context) == []


def test_the_same_join_of_two_kinds_of_row_is_told_once() -> None:
    two = """
rows:
  a: {from: ae, join: {d: {source: dm}}, variables: {SITE: {copy: d.SITE}}}
  b: {from: ae, join: {d: {source: dm}}, variables: {SITE: {copy: d.CITY}}}
variables: {}
"""
    part, context = collected(two, ae="SUBJECT\n01\n", dm="SUBJECT,SITE,CITY\n01,A,X\n02,B,Y\n")
    assert shown(part, "SITE") == [["A"], ["X"]]
    assert told(context) == [("JOIN_ORPHAN", "dm.csv", "", (3,), ("S-02",))]
    assert [f.count for f in context.findings.all()] == [1]


def test_records_from_a_table_of_the_pack_are_of_nobody() -> None:
    rows = "rows: {all: {from: tables/arms.csv, where: \"ARM != 'X'\"}}\nvariables: {ARMCD: {copy: ARM}}"
    part, context = collected(rows, tables={"tables/arms.csv": "ARM\nA\nX\nB\n"})
    assert shown(part, "ARMCD") == [["A"], ["B"]]
    assert (part.sources, part.source_row.tolist(), part.subject.tolist()) == (
        ["table:tables/arms.csv"],
        [0, 2],
        [-1, -1],
    )
    assert context.taken == []


def test_a_wrong_word_in_a_table_is_told_with_its_line() -> None:
    rows = "rows: {all: {from: tables/arms.csv}}\nvariables: {USED: {code: USED, codelist: NY}}"
    _, context = collected(rows, tables={"tables/arms.csv": "ARM,USED\nA,Yes\nB,Maybe\n"})
    assert told(context) == [("CODE_UNMAPPED", "tables/arms.csv", "Maybe", (3,), ())]


def test_records_from_another_dataset_keep_whose_and_which_they_are() -> None:
    rows = "rows: {all: {from: EX, where: EXDOSE > 0}}\nvariables: {DOSE: {copy: EXDOSE}, TRT: {copy: EXTRT}}"
    model = model_of(XX=rows, EX="variables: {}")
    context = opened(model)
    context.parts["EX"] = part_of("EX", codes(0, 0, 2), EXDOSE=[0.0, 10.0, 20.0], EXTRT=["A", " B", None])
    part = collect(context, "XX")
    # what is of a dataset is not cleaned again
    assert shown(part, "DOSE", "TRT") == [[10.0, " B"], [20.0, None]]
    assert (part.sources, part.source_row.tolist(), part.subject.tolist()) == (["EX"], [1, 2], [0, 2])
    assert context.taken == []


def test_records_that_a_transform_makes_stand_behind_the_other_variables() -> None:
    kinds = "{population: ADSL.TRTSDT, date: AE.ADT, sequence: AE.AESEQ}"
    rows = f"rows: {{first: {{derive: first_occurrence, with: {kinds}}}}}"
    model = model_of(XX=f"{rows}\nvariables: {{DAY: {{copy: ADT}}, P: {{value: X}}}}")
    context = opened(model)
    context.parts["ADSL"] = part_of("ADSL", codes(0, 1), TRTSDT=[1.0, 1.0])
    context.parts["AE"] = part_of("AE", codes(1, 1, 0), ADT=[30.0, 20.0, 50.0], AESEQ=[1.0, 2.0, 1.0])
    part = collect(context, "XX")
    assert shown(part, "DAY", "P") == [[50.0, "X"], [20.0, "X"]]
    assert (part.sources, part.subject.tolist()) == (["made:XX"], [0, 1])
    assert ("", "deciding", "AE", [(0, 2), (1, 1)]) in edges(part)


def test_lineage_of_a_lookup_moves_with_the_stacked_records() -> None:
    study = STUDY.replace("site.csv, optional: true", "site.csv")
    rows = """
rows:
  one: {from: dm}
  two: {from: ae, where: TERM is not missing}
variables: {CITY: {lookup: {source: site, match: {SITE: SITE}, take: CITY}}}
"""
    context = opened(
        model_of(study, XX=rows),
        dm="SUBJECT,SITE\n01,A\n02,B\n",
        ae="SUBJECT,TERM,SITE\n01,,A\n02,Fever,A\n",
        site="SITE,CITY\nB,Bern\nA,Ulm\n",
    )
    part = collect(context, "XX")
    assert shown(part, "CITY") == [["Ulm"], ["Bern"], ["Ulm"]]
    assert edges(part) == [
        ("CITY", "lookup", "source:site", [(0, 1), (1, 0)]),
        ("CITY", "lookup", "source:site", [(2, 1)]),
    ]
