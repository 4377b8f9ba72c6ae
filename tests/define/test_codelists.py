"""Codelists of a define: the terms in use or all of them, with codes and decodes; dictionaries; several lists."""

from __future__ import annotations

import pytest

from define.codelists import Codelists, external, outside_terms
from define.model import CodeList
from specs.model import Variable
from specs.terminology import Codelist, Term
from tests.define.drafts import MINE, NY, PUBLISHED, UNIT
from tests.pipeline.one_range import STUDY, model_of

LONG = Codelist("NY", "C1", "Many", False, tuple(Term(f"T{i}", f"C{i}", f"Term {i}") for i in range(26)))


def lists(*known: Codelist, settings: str = "") -> Codelists:
    return Codelists(model_of(STUDY + settings, known or (NY, UNIT, MINE)), PUBLISHED)


def items(found: CodeList) -> list[tuple[str, str | None, str | None, bool]]:
    return [(i.coded_value, i.decode, i.code, i.extended) for i in found.items]


def one(made: Codelists) -> CodeList:
    (found,) = made.all()
    return found


def test_a_short_list_that_may_not_be_extended_is_whole() -> None:
    made = lists()
    assert made.of_variable("AE", "AESER", Variable(codelist="NY"), "text", ["Y"]) == "CL.NY"
    found = one(made)
    assert items(found) == [("N", "No", "C49487", False), ("Y", "Yes", "C49488", False)]
    assert (found.name, found.code, found.standard_oid, found.is_non_standard) == (
        "No Yes Response",
        "C66742",
        "STD.CT.SDTM",
        False,
    )


def test_a_long_list_and_one_that_may_be_extended_hold_the_terms_in_use() -> None:
    made = lists(LONG)
    made.of_variable("XX", "XX", Variable(codelist="NY"), "text", ["T7", "T3"])
    assert [i[0] for i in items(one(made))] == ["T3", "T7"]
    made = lists()
    made.of_variable("LB", "LBORRESU", Variable(codelist="UNIT"), "text", ["%"])
    made.of_variable("VS", "VSORRESU", Variable(codelist="UNIT"), "text", ["beats/min"])
    # what is used anywhere, and what no term is: an extended value
    assert items(one(made)) == [("%", "Percentage", "C2", False), ("beats/min", "beats/min", None, True)]


def test_a_list_of_the_study_is_whole_and_of_no_standard() -> None:
    made = lists()
    made.of_variable("QS", "QSORRES", Variable(codelist="MINE"), "text", ["BAD"])
    found = one(made)
    assert items(found) == [("GOOD", "Good", None, False), ("BAD", "Bad", None, False)]
    assert (found.standard_oid, found.code, found.is_non_standard) == (None, None, True)


def test_without_a_value_a_list_in_use_is_none_and_a_whole_one_is_there() -> None:
    made = lists()
    assert made.of_variable("LB", "LBORRESU", Variable(codelist="UNIT"), "text", []) is None
    assert made.of_variable("AE", "AESER", Variable(codelist="NY"), "text", []) == "CL.NY"


def test_of_several_lists_one_that_is_enough_is_taken() -> None:
    made = lists()
    both = Variable(codelist=["MINE", "NY"])
    assert made.of_variable("XX", "XX", both, "text", ["Y"]) == "CL.NY"
    assert made.of_variable("XX", "XY", both, "text", ["Y", "GOOD"]) == "CL.MINE.NY"
    together = made.all()[0]
    # one list of several published lists is none of them, and its terms have no codes
    assert items(together) == [(v, v.capitalize() if len(v) > 1 else d, None, False) for v, d in
                               [("GOOD", ""), ("BAD", ""), ("N", "No"), ("Y", "Yes")]]  # fmt: skip
    assert (together.name, together.standard_oid) == ("Own Words / No Yes Response", None)


def test_a_variable_without_a_list_has_none() -> None:
    assert lists().of_variable("AE", "AETERM", Variable(), "text", ["x"]) is None
    assert lists().of_variable("AE", "AETERM", Variable(codelist="UNKNOWN"), "text", ["x"]) is None


def test_numbers_have_a_list_of_their_own_in_order_of_size() -> None:
    grades = Codelist("GRADE", "", "Grade", False, tuple(Term(v, "", f"Grade {v}") for v in ("10", "9", "1")))
    made = lists(grades)
    assert made.of_variable("AE", "AETOXGRN", Variable(codelist="GRADE"), "integer", ["9"]) == "CL.GRADE.N"
    assert [i[0] for i in items(one(made))] == ["1", "9", "10"]


def test_terms_whose_decodes_say_nothing_more_are_enumerated() -> None:
    made = lists(Codelist("ARM", "", "Arm", False, (Term("A", "", "A"), Term("B", "", ""))))
    made.of_variable("DM", "ARM", Variable(codelist="ARM"), "text", ["A"])
    assert items(one(made)) == [("A", None, None, False), ("B", None, None, False)]


def test_a_fixed_set_of_values() -> None:
    made = lists()
    assert made.of_variable("AE", "DOMAIN", Variable(values=["AE"], label="Domain"), "text", ["AE"]) == "CL.AE.DOMAIN"
    assert (one(made).name, items(one(made)), one(made).is_non_standard) == (
        "Domain",
        [("AE", None, None, False)],
        True,
    )


def test_a_fixed_set_of_terms_of_the_published_list_of_its_name_carries_the_codes() -> None:
    made = lists()
    made.of_variable("AE", "NY", Variable(values=["Y"]), "text", ["Y"])
    found = one(made)
    assert (found.oid, found.name, items(found)) == (
        "CL.AE.NY",
        "No Yes Response (AE)",
        [("Y", "Yes", "C49488", False)],
    )
    assert found.standard_oid == "STD.CT.SDTM"


def test_an_external_dictionary_with_its_version() -> None:
    made = lists(settings='settings: {dictionaries: {MedDRA: "27.1", WHODrug: 2025-03}}\n')
    assert made.of_variable("AE", "AEDECOD", Variable(dictionary="MedDRA"), "text", ["x"]) == "CL.MEDDRA"
    assert made.of_variable("CM", "CMDECOD", Variable(dictionary="WHODrug Global"), "text", []) == "CL.WHODD"
    assert made.of_variable("LB", "LBLOINC", Variable(format="LOINC"), "text", []) == "CL.LOINC"
    assert made.of_variable("AE", "AEPTCD", Variable(dictionary="MedDRA"), "integer", ["1"]) == "CL.MEDDRA.N"
    given = [(c.external.dictionary, c.external.version, c.data_type) for c in made.all() if c.external]
    assert given == [
        ("LOINC", None, "text"),
        ("MedDRA", "27.1", "text"),
        ("MedDRA", "27.1", "integer"),
        ("WHODD", "2025-03", "text"),
    ]


@pytest.mark.parametrize(
    ("variable", "dictionary"),
    [
        (Variable(), None),
        (Variable(format="ISO 8601"), None),
        (Variable(format="ISO 3166-1 Alpha-3"), "ISO 3166"),
        (Variable(dictionary="House dictionary"), "House dictionary"),
    ],
)
def test_which_dictionary(variable: Variable, dictionary: str | None) -> None:
    assert external(variable) == dictionary


def test_the_order_of_texts_is_a_list_of_numbers() -> None:
    made = lists()
    assert made.ordered("ADSL", "SEXN", "Sex (N)", ["F", "M"]) == "CL.ADSL.SEXN"
    assert [(i.coded_value, i.decode, i.rank) for i in one(made).items] == [("1", "F", 1), ("2", "M", 2)]


def test_codes_with_the_meanings_of_another_variable() -> None:
    made = lists()
    assert made.decoded("ADLB", "PARAMCD", "Parameter Code", {"HGB": "Hemoglobin (g/L)"}) == "CL.ADLB.PARAMCD"
    assert (one(made).name, items(one(made))) == ("Parameter Code (ADLB)", [("HGB", "Hemoglobin (g/L)", None, False)])


def test_values_that_are_no_terms() -> None:
    assert outside_terms(["Y", "x", "GOOD"], [NY, MINE]) == ["x"]


def test_what_an_analysis_selects_by_is_in_the_lists_though_it_is_not_in_use_yet() -> None:
    made = lists(UNIT)
    made.of_lists([UNIT], "text", ["g/L"])
    made.decoded("ADTTE", "PARAMCD", "Parameter Code", {"OS": "Overall Survival"})
    for oid, value in (("CL.UNIT", "%"), ("CL.UNIT", "none"), ("CL.ADTTE.PARAMCD", "PFS"), ("CL.ADTTE.PARAMCD", "OS")):
        made.compared(oid, value, "Progression-Free Survival")
    parameters, units = made.all()
    assert [i.coded_value for i in units.items] == ["g/L", "%"]
    assert [(i.coded_value, i.order_number, i.decode) for i in parameters.items] == [
        ("OS", 1, "Overall Survival"),
        ("PFS", 2, "Progression-Free Survival"),
    ]
