"""Deriving one variable: of all records, of some kinds of rows, by condition; types; and what refuses."""

from __future__ import annotations

import pytest

from pipeline.collect import collect
from pipeline.context import RangeContext
from pipeline.derive import as_type, derive
from specs.model import Variable
from specs.problems import SpecErrors
from tests.pipeline.one_range import codes, edges, model_of, opened, part_of, shown, told
from transforms.columns import plain, text

ROWS = "rows: {a: {from: ae}, b: {from: dm}}\n"
RAW = {"ae": "SUBJECT,D,V\n01,2025-01-01,x\n02,2025-01-05,y\n", "dm": "SUBJECT,D,V\n01,2025-02-01,z\n"}


def made(variables: str, rows: str = ROWS, extra: str = "", **others: object) -> RangeContext:
    """XX with every variable of the text derived, in the order that they are named."""
    model = model_of(
        XX=f"{rows}variables: {{D: {{copy: D}}, V: {{copy: V}}, {variables}}}\n{extra}", ADSL="variables: {}"
    )
    context = opened(model, ae=RAW["ae"], dm=RAW["dm"])
    context.parts["ADSL"] = part_of("ADSL", codes(0, 1), ARM=["A", None], RFSTDTC=["2025-01-01", "2025-01-10"])
    context.parts["XX"] = collect(context, "XX")
    for name in [v for v in model.datasets["XX"].variables if v not in ("D", "V")]:
        derive(context, ("XX", name))
    return context


def values(context: RangeContext, *names: str) -> list[list[object]]:
    return shown(context.parts["XX"], *names)


def test_a_transform_gets_columns_of_this_dataset_and_of_the_subject() -> None:
    context = made("DY: {derive: study_day, with: {date: D, reference: ADSL.RFSTDTC}, type: Num}")
    # there is no day 0: the day of the reference is 1, the day before it -1
    assert values(context, "DY") == [[1.0], [-5.0], [32.0]]


def test_a_predecessor_is_taken_by_subject() -> None:
    assert values(made("ARM: {predecessor: ADSL.ARM}"), "ARM") == [["A"], [None], ["A"]]


def test_when_the_first_condition_that_holds_decides() -> None:
    context = made(
        """C: {when: [{if: "V = 'x'", value: first}, {if: "V in ('x', 'y')", predecessor: V},
                      {else: {predecessor: ADSL.ARM}}]}"""
    )
    assert values(context, "C") == [["first"], ["y"], ["A"]]


def test_when_without_else_leaves_the_others_empty() -> None:
    context = made("C: {when: [{if: \"V = 'x'\", predecessor: V}]}")
    assert values(context, "C") == [["x"], [None], [None]]


def test_when_over_numbers_leaves_the_others_missing() -> None:
    study_day = "derive: study_day, with: {date: D, reference: ADSL.RFSTDTC}"
    context = made(f"N: {{when: [{{if: \"V = 'x'\", {study_day}}}], type: Num}}")
    assert values(context, "N") == [[1.0], [None], [None]]


def test_a_kind_of_row_has_a_definition_of_its_own() -> None:
    rows = "rows: {a: {from: ae}, b: {from: dm, variables: {P: {predecessor: D}}}}\n"
    assert values(made("P: {predecessor: V}", rows), "P") == [["x"], ["y"], ["2025-02-01"]]


def test_a_kind_of_row_may_be_the_only_one_with_a_method() -> None:
    rows = "rows: {a: {from: ae, variables: {P: {predecessor: V}}}, b: {from: dm}}\n"
    assert values(made("P: {label: Piece}", rows), "P") == [["x"], ["y"], [None]]


def test_a_collected_value_of_one_kind_of_row_is_kept_beside_a_derived_one() -> None:
    rows = "rows: {a: {from: ae, variables: {P: {copy: D}}}, b: {from: dm}}\n"
    assert values(made("P: {predecessor: V}", rows), "P") == [["2025-01-01"], ["2025-01-05"], ["z"]]


def test_empty_where_a_condition_holds() -> None:
    context = made("P: {predecessor: V}", extra="empty: {P: \"ADSL.ARM = 'A' and V != 'z'\"}")
    assert values(context, "P") == [[None], ["y"], ["z"]]


def test_problems_and_lineage_of_a_branch_that_is_not_taken_are_not_kept() -> None:
    """The second record asks for a value of AE, where subject 02 has two; the first and third do not ask."""
    one = "derive: value_of_one, with: {of: AE.AETERM}"
    context = opened(
        model_of(
            XX=f"{ROWS}variables: {{V: {{copy: V}}, T: {{when: [{{if: \"V != 'y'\", {one}}}]}}}}", AE="variables: {}"
        ),
        ae=RAW["ae"],
        dm=RAW["dm"],
    )
    context.parts["AE"] = part_of("AE", codes(0, 1, 1), AETERM=["Fever", "Cough", "Rash"])
    context.parts["XX"] = collect(context, "XX")
    derive(context, ("XX", "T"))
    assert values(context, "T") == [["Fever"], [None], ["Fever"]]
    assert told(context) == []
    assert {row for _, _, of, pairs in edges(context.parts["XX"]) if of == "AE" for row, _ in pairs} == {0, 2}


def test_the_rows_of_a_dataset_that_comes_from_another_are_a_step() -> None:
    context = opened(model_of(SE="rows: {all: {from: DM}}\nvariables: {ETCD: {copy: ARMCD}}", DM="variables: {}"))
    context.parts["DM"] = part_of("DM", codes(0, 2), ARMCD=["A", "B"])
    derive(context, ("SE", ""))
    assert shown(context.parts["SE"], "ETCD") == [["A"], ["B"]]


def test_no_records() -> None:
    context = opened(model_of(XX="rows: {a: {from: ae}}\nvariables: {P: {predecessor: V, type: Char}}"), ae="SUBJECT\n")
    context.parts["XX"] = collect(context, "XX")
    derive(context, ("XX", "P"))
    assert context.parts["XX"].columns["P"].empty


def test_what_a_transform_refuses_is_told_at_the_line_of_the_spec() -> None:
    with pytest.raises(SpecErrors) as error:
        made("C: {derive: change_case, with: {column: V, case: wavy}}")
    (problem,) = error.value.problems
    assert (problem.subject, problem.place.file) == ("XX.C", "XX.yaml")
    assert "change_case: there is no case 'wavy'" in problem.message


def test_values_as_the_declared_type() -> None:
    assert plain(as_type(text(["1.50", None]), Variable(type="Num"))) == [1.5, None]
    assert plain(as_type(as_type(text(["1.50", None]), Variable(type="Num")), Variable(type="Char"))) == ["1.5", None]
    assert plain(as_type(text(["1.50"]), None)) == ["1.50"]
