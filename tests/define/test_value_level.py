"""Value-level metadata: clauses that are disjoint, cover every record with a value, and each select some."""

from __future__ import annotations

import pytest

from define.draft import Draft
from define.value_level import add_value_lists, qualifier_ways
from define.ways import Ways
from specs.model import Dataset
from specs.resolve import StudyModel
from tests.define.drafts import MINE, NY, UNIT, draft_of, written_of
from tests.pipeline.one_range import STUDY, model_of

LB = """
rows:
  HGB:   {from: lb, variables: {LBTESTCD: {value: HGB}, LBORRES: {copy: HGB}, LBSPEC: {value: BLOOD}}}
  GLUC:  {from: lb, variables: {LBTESTCD: {value: GLUC}, LBORRES: {copy: GLUC}, LBSPEC: {value: SERUM}}}
  UGLUC:
    from: ae
    variables: {LBTESTCD: {value: GLUC}, LBORRES: {code: {column: U, codelist: NY}}, LBSPEC: {value: URINE}}
variables:
  LBTESTCD: {type: Char}
  LBTEST:   {type: Char}
  LBORRES:  {type: Char}
  LBSTRESN: {type: Num, derive: standard_number, with: {result: LBORRES}}
  LBSPEC:   {type: Char}
"""


def model(**datasets: str) -> StudyModel:
    return model_of(STUDY, (NY, UNIT, MINE), **{"LB": LB, **datasets})


def described(
    made: StudyModel, name: str, origins: list[str] | None = None, /, **columns: list[str | None]
) -> tuple[Draft, dict[str, str]]:
    draft = draft_of(made, {("lb", "HGB"): 12})
    return draft, add_value_lists(draft, written_of(made, name, origins, **columns))


def clauses(draft: Draft, oid: str) -> list[tuple[str, str, bool]]:
    """Of each item of a value list: the item, its clause in words, and whether it is mandatory."""
    found = []
    for ref in draft.value_lists[oid].item_refs:
        (where,) = ref.where_clauses
        checks = draft.where_clauses[where].checks
        said = " and ".join(f"{c.item_oid.removeprefix('IT.')} {c.comparator} {'/'.join(c.values)}" for c in checks)
        found.append((ref.item_oid, said, ref.mandatory))
    return found


TESTS: dict[str, list[str | None]] = {
    "LBTESTCD": ["HGB", "GLUC", "GLUC", "HGB"],
    "LBTEST": ["Hemoglobin", "Glucose", "Glucose", "Hemoglobin"],
    "LBORRES": ["12.5", "5", "Y", None],
    "LBSPEC": ["BLOOD", "SERUM", "URINE", "BLOOD"],
}


def test_results_by_test_and_by_what_tells_its_records_apart() -> None:
    draft, made = described(model(), "LB", **TESTS)
    assert made == {"LBORRES": "VL.LB.LBORRES"}
    assert clauses(draft, "VL.LB.LBORRES") == [
        ("IT.LB.LBORRES.GLUC.SERUM", "LB.LBTESTCD EQ GLUC and LB.LBSPEC EQ SERUM", True),
        ("IT.LB.LBORRES.GLUC.URINE", "LB.LBTESTCD EQ GLUC and LB.LBSPEC EQ URINE", True),
        ("IT.LB.LBORRES.HGB", "LB.LBTESTCD EQ HGB", False),
    ]
    assert [r.order_number for r in draft.value_lists["VL.LB.LBORRES"].item_refs] == [1, 2, 3]
    labels = {o: (i.name, i.label, i.data_type) for o, i in draft.items.items()}
    assert labels["IT.LB.LBORRES.GLUC.SERUM"] == ("GLUC", "Glucose, SERUM", "integer")
    assert labels["IT.LB.LBORRES.HGB"] == ("HGB", "Hemoglobin", "float")


def test_a_qualifier_that_some_record_of_the_test_lacks_tells_nothing_apart() -> None:
    columns: dict[str, list[str | None]] = {
        "LBTESTCD": ["HGB", "GLUC", "GLUC", "GLUC"],
        "LBORRES": ["12.5", "5", "Y", "4"],
        "LBSPEC": ["BLOOD", "SERUM", "URINE", None],
    }
    draft, _ = described(model(), "LB", **columns)
    assert [c[1] for c in clauses(draft, "VL.LB.LBORRES")] == ["LB.LBTESTCD EQ GLUC", "LB.LBTESTCD EQ HGB"]


def test_a_test_without_a_value_has_no_clause() -> None:
    columns: dict[str, list[str | None]] = {**TESTS, "LBORRES": [None, "5", "Y", None]}
    draft, _ = described(model(), "LB", **columns)
    assert [c[1] for c in clauses(draft, "VL.LB.LBORRES")] == [
        "LB.LBTESTCD EQ GLUC and LB.LBSPEC EQ SERUM",
        "LB.LBTESTCD EQ GLUC and LB.LBSPEC EQ URINE",
    ]
    columns["LBORRES"] = [None] * 4
    assert described(model(), "LB", **columns)[1] == {}


def test_the_origin_and_list_of_a_clause_are_those_of_its_kind_of_row() -> None:
    """The form of urine is the second source, and codes its answers; HGB stands on page 12."""
    draft, _ = described(model(), "LB", ["source:lb", "source:lb", "source:ae", "source:lb"], **TESTS)
    urine, blood = draft.items["IT.LB.LBORRES.GLUC.URINE"], draft.items["IT.LB.LBORRES.HGB"]
    assert (urine.code_list, urine.data_type, blood.code_list) == ("CL.NY", "text", None)
    (origin,) = blood.origins
    assert (origin.type, origin.source) == ("Collected", "Investigator")
    assert [p.page_refs for d in origin.documents for p in d.pages] == ["12"]


def test_where_clauses_are_shared_and_one_method_is_told_once() -> None:
    columns: dict[str, list[str | None]] = {**TESTS, "LBSTRESN": ["12.5", "5", None, None]}
    draft, made = described(model(), "LB", **columns)
    assert made == {"LBORRES": "VL.LB.LBORRES", "LBSTRESN": "VL.LB.LBSTRESN"}
    assert len(draft.where_clauses) == 3
    assert [r.method_oid for r in draft.value_lists["VL.LB.LBSTRESN"].item_refs] == ["MT.LB.LBSTRESN"] * 2
    assert list(draft.methods) == ["MT.LB.LBSTRESN"]


def test_supplemental_values_by_qnam() -> None:
    made = model(
        AE="rows: {a: {from: ae}}\nvariables: {AETERM: {copy: T, split_to: AETERM1}}\n"
        "supplemental: {AEDLT: {code: {column: DLT, codelist: NY}}}"
    )
    made.datasets["SUPPAE"] = Dataset(dataset="SUPPAE")
    draft, found = described(
        made,
        "SUPPAE",
        QNAM=["AEDLT", "AETERM1", "AEDLT"],
        QLABEL=["Limiting", "Term 1", "Limiting"],
        QVAL=["Y", "12", "N"],
    )
    assert found == {"QVAL": "VL.SUPPAE.QVAL"}
    assert clauses(draft, "VL.SUPPAE.QVAL") == [
        ("IT.SUPPAE.QVAL.AEDLT", "SUPPAE.QNAM EQ AEDLT", True),
        ("IT.SUPPAE.QVAL.AETERM1", "SUPPAE.QNAM EQ AETERM1", True),
    ]
    assert draft.items["IT.SUPPAE.QVAL.AEDLT"].code_list == "CL.NY"
    # a piece of a text is text, whatever it looks like
    term = draft.items["IT.SUPPAE.QVAL.AETERM1"]
    assert (term.label, term.data_type, term.length) == ("Term 1", "text", 2)


@pytest.mark.parametrize(("name", "column"), [("AEDLT", "DLT"), ("AETERM1", "T"), ("AETERM2", "T")])
def test_a_piece_of_a_long_text_has_the_way_of_the_whole(name: str, column: str) -> None:
    made = model(
        AE="rows: {a: {from: ae}}\nvariables: {AETERM: {copy: T, split_to: AETERM1}}\n"
        "supplemental: {AEDLT: {copy: DLT}}"
    )
    (way,) = qualifier_ways(Ways(made), "AE", name)
    assert way.variable.copy_ is not None and way.variable.copy_.column == column
    assert qualifier_ways(Ways(made), "ZZ", name) == []


def test_analysis_values_by_parameter() -> None:
    made = model(
        ADLB="rows:\n  HGB: {from: lb, variables: {AVAL: {copy: H}}}\n"
        "  SUM: {from: lb, variables: {AVAL: {derive: scaled, with: {value: X, factor: 2}}}}\n"
        "variables: {PARAMCD: {type: Char}, AVAL: {type: Num}}"
    )
    draft, found = described(
        made, "ADLB", PARAMCD=["HGB", "SUM"], PARAM=["Hemoglobin (g/L)", "Sum"], AVAL=["120", "2.5"]
    )
    assert found == {"AVAL": "VL.ADLB.AVAL"}
    assert [o.type for o in draft.items["IT.ADLB.AVAL.SUM"].origins] == ["Derived"]
    assert [o.type for o in draft.items["IT.ADLB.AVAL.HGB"].origins] == ["Collected"]
    assert [r.method_oid for r in draft.value_lists["VL.ADLB.AVAL"].item_refs] == [None, "MT.ADLB.AVAL.SUM"]
    assert draft.items["IT.ADLB.AVAL.SUM"].label == "Sum"


DS = "rows: {a: {from: ae}}\nvariables: {DSDECOD: {copy: X, codelist: [NY, MINE]}, DSCAT: {copy: C}}"


def test_terms_of_several_lists_are_told_apart_by_the_variable_that_says_which() -> None:
    draft, found = described(
        model(DS=DS), "DS", DSDECOD=["Y", "GOOD", "N", "BAD"], DSCAT=["EVENT", "OTHER", "MILESTONE", "OTHER"]
    )
    assert found == {"DSDECOD": "VL.DS.DSDECOD"}
    assert [c[1] for c in clauses(draft, "VL.DS.DSDECOD")] == ["DS.DSCAT IN EVENT/MILESTONE", "DS.DSCAT EQ OTHER"]
    assert [i.code_list for i in draft.items.values()] == ["CL.NY", "CL.MINE"]


@pytest.mark.parametrize(
    ("decoded", "category"),
    [
        (["Y", "N"], ["A", "B"]),  # one list is enough
        (["Y", "GOOD"], ["A", "A"]),  # the category does not tell them apart
        (["Y", "GOOD"], ["A", None]),  # a record without a category would be in no clause
    ],
)
def test_where_nothing_tells_lists_apart_there_is_no_value_list(
    decoded: list[str | None], category: list[str | None]
) -> None:
    assert described(model(DS=DS), "DS", DSDECOD=decoded, DSCAT=category)[1] == {}


def test_a_dataset_of_no_tests_has_no_value_lists() -> None:
    assert described(model(AE="variables: {AETERM: {copy: T}}"), "AE", AETERM=["Fever"])[1] == {}
