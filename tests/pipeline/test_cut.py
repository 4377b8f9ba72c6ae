"""The cut (R-16): what started later goes, what ended later is open again, and what went is in the report."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.cut import cut, facts_of
from pipeline.records import Part
from specs.model import CutRule
from tests.pipeline.one_range import STUDY, codes, model_of, opened, part_of, shown

CUT = STUDY + 'cut: {date: "2025-03-31"}\n'
AE = """
rows:
  mild:   {from: ae, where: "SER != 'Y'"}
  severe: {from: ae, where: "SER = 'Y'"}
variables:
  AETERM: {copy: TERM}
  AESTDTC: {copy: START}
  AEENDTC: {copy: END}
  AEOUT: {copy: OUT}
"""
EVENTS = """SUBJECT,TERM,SER,START,END,OUT
01,before,N,2025-03-01,2025-03-10,RECOVERED
01,on the day,N,2025-03-31,2025-04-02,FATAL
02,after,N,2025-04-01,,RECOVERED
02,month,Y,2025-04,2025-05,
01,this month,Y,2025-03,2025-03,NOT RECOVERED
99,never dated,N,,,RECOVERED
"""


def cut_by(rule: Mapping[str, object], raw: str = EVENTS) -> tuple[Part, RangeContext]:
    context = opened(model_of(CUT, AE=AE), ae=raw)
    return cut(context, collect(context, "AE"), CutRule.model_validate(rule)), context


def report(context: RangeContext) -> list[list[object]]:
    return pd.concat(context.cut_report).to_numpy(dtype=object).tolist() if context.cut_report else []


def test_records_that_start_after_the_cut_go_with_their_place_in_the_file() -> None:
    """A month counts by its first day: April is after the 31st of March, March is not. No date is no reason to go."""
    part, context = cut_by({"start": "AESTDTC"})
    assert [t for (t,) in shown(part, "AETERM")] == ["before", "on the day", "never dated", "this month"]
    assert report(context) == [
        ["AE", "S-02", "ae.csv", 4, "record removed", "AESTDTC", "2025-04-01", ""],
        ["AE", "S-02", "ae.csv", 5, "record removed", "AESTDTC", "2025-04", ""],
    ]


def test_rows_that_went_are_accounted_for_by_kind_of_row() -> None:
    _, context = cut_by({"start": "AESTDTC"})
    assert [(t.rows_name, t.taken.tolist(), t.cut.tolist()) for t in context.taken] == [
        ("AE.mild", [0, 1, 2, 5], [2]),
        ("AE.severe", [3, 4], [3]),
    ]


def test_an_end_after_the_cut_is_open_again() -> None:
    ongoing = {"AEOUT": {"FATAL": "NOT RECOVERED/NOT RESOLVED"}, "AEENRTPT": "ONGOING", "AEENTPT": "{cut_date}"}
    part, context = cut_by({"start": "AESTDTC", "end": "AEENDTC", "after_end": "ongoing", "ongoing": ongoing})
    assert shown(part, "AETERM", "AEENDTC", "AEOUT", "AEENRTPT", "AEENTPT") == [
        ["before", "2025-03-10", "RECOVERED", None, None],
        ["on the day", None, "NOT RECOVERED/NOT RESOLVED", "ONGOING", "2025-03-31"],
        ["never dated", None, "RECOVERED", None, None],
        ["this month", "2025-03", "NOT RECOVERED", None, None],
    ]
    assert report(context)[2:] == [
        ["AE", "S-01", "ae.csv", 3, "value removed", "AEENDTC", "2025-04-02", ""],
        ["AE", "S-01", "ae.csv", 3, "value replaced", "AEOUT", "FATAL", "NOT RECOVERED/NOT RESOLVED"],
        ["AE", "S-01", "ae.csv", 3, "value replaced", "AEENRTPT", "", "ONGOING"],
        ["AE", "S-01", "ae.csv", 3, "value replaced", "AEENTPT", "", "2025-03-31"],
    ]


def test_an_end_after_the_cut_may_go_without_more_being_set() -> None:
    rule = {"end": "AEENDTC", "after_end": "keep", "ongoing": {"AEENRTPT": "ONGOING"}}
    part, _ = cut_by(rule)
    assert shown(part, "AEENDTC", "AEENRTPT")[1] == [None, None]


def test_values_that_belong_to_a_date_after_the_cut_go_with_it() -> None:
    part, context = cut_by({"values": {"AEENDTC": ["AEENDTC", "AEOUT"]}})
    assert shown(part, "AETERM", "AEENDTC", "AEOUT") == [
        ["before", "2025-03-10", "RECOVERED"],
        ["on the day", None, None],
        ["after", None, "RECOVERED"],
        ["never dated", None, "RECOVERED"],
        ["month", None, None],
        ["this month", "2025-03", "NOT RECOVERED"],
    ]
    # of the event without an outcome only the date was removed
    assert [(r[3], r[5], r[6]) for r in report(context)] == [
        (3, "AEENDTC", "2025-04-02"),
        (5, "AEENDTC", "2025-05"),
        (3, "AEOUT", "FATAL"),
    ]


def test_a_value_that_is_already_as_it_shall_be_is_not_reported() -> None:
    _, context = cut_by({"end": "AEENDTC", "after_end": "ongoing", "ongoing": {"AEOUT": "FATAL"}})
    assert [(r[3], r[5]) for r in report(context)] == [(3, "AEENDTC"), (5, "AEENDTC"), (5, "AEOUT")]


@pytest.mark.parametrize(
    ("alive", "known"), [(False, []), (True, ["S-02"]), ("AETERM = 'month'", ["S-02"]), ("AETERM = 'before'", [])]
)
def test_a_removed_record_shows_that_the_person_lived_at_the_cut(alive: bool | str, known: list[str]) -> None:
    _, context = cut_by({"start": "AESTDTC", "alive": alive})
    facts = facts_of(context)
    assert [context.usubjid[s] for s in facts.subject] == known
    assert shown(facts, "ALIVEFL") == [["Y"]] * len(known)


def test_the_fact_is_kept_once_per_person_and_of_nobody_for_nobody() -> None:
    rows = ("02,a,N,2025-05-01,,", "99,b,N,2025-05-01,,", "01,c,N,2025-05-01,,", "02,d,N,2025-06,,")
    raw = "\n".join(["SUBJECT,TERM,SER,START,END,OUT", *rows])
    part, context = cut_by({"start": "AESTDTC", "alive": True}, raw)
    assert part.size == 0
    assert [context.usubjid[s] for s in facts_of(context).subject] == ["S-01", "S-02"]
    assert [r[1] for r in report(context)] == ["S-02", "", "S-01", "S-02"]


def test_nothing_after_the_cut_is_no_report() -> None:
    part, context = cut_by({"start": "AESTDTC"}, "SUBJECT,TERM,SER,START,END,OUT\n01,a,N,2024,,\n")
    assert (part.size, report(context), facts_of(context).size) == (1, [], 0)


def test_no_records_at_all() -> None:
    part, context = cut_by({"start": "AESTDTC", "end": "AEENDTC"}, "SUBJECT,TERM,SER,START,END,OUT\n")
    assert (part.size, report(context)) == (0, [])


def test_records_made_of_datasets_are_reported_without_a_row_of_a_file() -> None:
    context = opened(model_of(CUT, SE="rows: {rows: {from: DM}}"))
    part = part_of("SE", codes(0, 1), SESTDTC=["2025-04-02", "2025-01-01"])
    assert cut(context, part, CutRule(start="SESTDTC")).size == 1
    assert report(context) == [["SE", "S-01", "made:SE", 0, "record removed", "SESTDTC", "2025-04-02", ""]]
