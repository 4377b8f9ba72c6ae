"""What the steps of a range share: sources, persons, presence in another source, and findings with their places."""

from __future__ import annotations

import pytest

from pipeline.collect import collect
from pipeline.context import RangeContext
from specs.model import Exists
from tests.pipeline.one_range import codes, model_of, opened, part_of, told
from transforms.columns import plain, text
from transforms.registry import Outcome, Problem

AE = "rows: {a: {from: ae}, b: {from: dm}}\nvariables: {AESTDTC: {copy: DAT}, AESTDY: {predecessor: AE.AESTDTC}}"


def small() -> RangeContext:
    model = model_of(AE=AE)
    return opened(
        model,
        ae="SUBJECT,DAT\n01,2025\n02,2024\n99,2023\n",
        dm="SUBJECT,DAT\n03,2022\n01,2021\n",
        lb="SUBJECT,TEST\n02,HGB\n99,HGB\n01,WBC\n",
    )


def test_a_source_whose_file_is_absent_has_no_rows_and_every_column() -> None:
    site = small().source("site")
    assert (site.size, site.file, plain(site.get("CITY"))) == (0, "site.csv", [])


def test_a_column_that_a_source_does_not_have_is_a_fault() -> None:
    with pytest.raises(KeyError, match="TERM"):
        small().source("ae").get("TERM")


def test_what_rows_say_of_their_person() -> None:
    context = small()
    assert plain(context.person_column("USUBJID", codes(2, -1, 0))) == ["S-03", None, "S-01"]
    assert plain(context.person_column("SUBJID", codes(1))) == ["02"]


@pytest.mark.parametrize(("where", "present"), [(None, [True, True, False]), ("TEST = 'HGB'", [False, True, False])])
def test_the_persons_who_have_rows_in_another_source(where: str | None, present: list[bool]) -> None:
    exists = Exists(source="lb", where=where)
    assert small().has_rows(exists, codes(0, 1, 2)).tolist() == present


def test_nobody_has_no_rows_though_another_row_is_of_nobody_too() -> None:
    assert small().has_rows(Exists(source="lb"), codes(-1)).tolist() == [False]


def test_by_the_number_it_is_the_subject_number_that_counts() -> None:
    """The person of the second row was screened again as 99: there are rows of that number."""
    found = small().has_rows(Exists(source="lb", by="subject"), codes(1, 1, 1), text(["98", "99", None]))
    assert found.tolist() == [False, True, False]


def test_absence_of_an_absent_file() -> None:
    assert small().has_rows(Exists(source="site"), codes(0)).tolist() == [False]


def test_a_problem_in_raw_rows_is_told_by_value_with_file_column_rows_and_subjects() -> None:
    context = small()
    source = context.source("ae")
    problem = Problem("ODD", "error", codes(2, 0, 1), "'{value}' is odd", text(["x", "y", "x"]))
    context.raw_problem(problem, "AE", "AESTDTC", "source:ae", source.rows, source.subject, ["DAT", "TIM"])
    assert told(context) == [("ODD", "ae.csv", "x", (3, 4), ("S-02",)), ("ODD", "ae.csv", "y", (2,), ("S-01",))]
    first = context.findings.all()[0]
    assert (first.dataset, first.variable, first.column, first.message) == ("AE", "AESTDTC", "DAT;TIM", "'x' is odd")


def test_a_problem_in_a_table_of_the_pack_is_told_with_its_line() -> None:
    """The header is line 1, so that the row at position 0 stands on line 2."""
    context = small()
    context.raw_problem(
        Problem("ODD", "error", codes(0, 1), "odd"), "TS", "", "table:ts.csv", codes(0, 3), codes(-1, -1)
    )
    assert told(context) == [("ODD", "ts.csv", "", (2, 5), ())]


def test_a_problem_without_rows_is_none() -> None:
    context = small()
    context.raw_problem(Problem("ODD", "error", codes(), "odd"), "AE", "", "source:ae", codes(0), codes(0))
    context.raw_rows("ODD", "error", "odd", "AE", "ae", codes(), codes(0), codes(0))
    assert told(context) == []


def test_a_problem_about_whole_rows() -> None:
    context = small()
    source = context.source("dm")
    context.raw_rows("ORPHAN", "warning", "belongs to no row", "AE", "dm", codes(1), source.rows, source.subject)
    assert told(context) == [("ORPHAN", "dm.csv", "", (3,), ("S-01",))]


def test_a_problem_in_records_is_told_in_the_files_behind_them() -> None:
    """Records 0 to 2 are of ae.csv, 3 and 4 of dm.csv; the columns are those that the variable is made of."""
    context = small()
    part = collect(context, "AE")
    context.part_problem(Problem("EARLY", "error", codes(1, 4), "too early"), part, "AESTDY")
    assert told(context) == [("EARLY", "ae.csv", "", (3,), ("S-02",)), ("EARLY", "dm.csv", "", (3,), ("S-01",))]
    assert {f.column for f in context.findings.all()} == {"DAT"}


def test_a_problem_in_records_of_a_dataset_has_no_file() -> None:
    context = small()
    context.part_problem(Problem("EARLY", "error", codes(0), "too early"), part_of("SE", codes(2)), "SESTDTC")
    assert told(context) == [("EARLY", "", "", (), ("S-03",))]


def test_methods_are_evaluated_once_over_a_source_but_anew_over_a_dataset() -> None:
    context = small()
    context.memo("ae", "ae")["seen"] = Outcome(text(["x"]))
    assert list(context.memo("ae", "ae")) == ["seen"]
    assert context.memo("ae", "ae|with a join") == {}
    assert context.memo("AE", "AE") is not context.memo("AE", "AE")
