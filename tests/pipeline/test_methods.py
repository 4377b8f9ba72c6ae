"""The collecting methods on literal raw columns: copy, value, code, datetime, lookup, and when/else over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from pipeline.methods import Raw, evaluate, literal, mapping_of, terms_of
from specs.base import Setting
from specs.model import Variable
from specs.resolve import StudyModel
from specs.terminology import Codelist, Term
from tests.pipeline.one_range import NY, STUDY, model_of, opened
from transforms.columns import plain, text

ACN = Codelist("ACN", "C66767", "Action Taken", True, (Term("DOSE REDUCED", "", "Dose Reduced", ("LOWERED",)),))
SETTINGS = STUDY + "settings: {drug: CAR-T, dose: 50.0, open: true, blind: false}\n"


def raw_of(model: StudyModel, **columns: list[str | None]) -> Raw:
    frame = {name: text(values) for name, values in columns.items()}
    size = len(next(iter(columns.values())))
    return Raw(frame.__getitem__, size, model, "XX", lambda _: ({}, np.empty(0, dtype=np.int64)))


def made(
    method: str | Mapping[str, object], /, **columns: list[str | None]
) -> tuple[list[object], list[tuple[str, object]]]:
    """The values, and each problem with the rows (from 0) that it is about."""
    given = {"copy": method} if isinstance(method, str) else method
    outcome = evaluate(Variable.model_validate(given), "XX.V", raw_of(model_of(SETTINGS, (NY, ACN)), **columns))
    return plain(outcome.values), [(p.rule, p.rows.tolist()) for p in outcome.problems]


@pytest.mark.parametrize(
    ("copy", "values"),
    [
        ("A", ["left; Right", None]),
        ({"column": "A", "part": 2, "separator": ";"}, ["Right", None]),
        ({"column": "A", "part": -1, "separator": [",", ";"]}, ["Right", None]),
        ({"column": "A", "pattern": "^([a-z]+)"}, ["left", None]),
        ({"column": "A", "case": "upper"}, ["LEFT; RIGHT", None]),
        ({"column": "A", "part": 1, "separator": ";", "pattern": "(..)$", "case": "upper"}, ["FT", None]),
        ({"column": ["B", "A"]}, ["left; Right", "other"]),
        ({"column": ["A", "B"]}, ["left; Right", "other"]),
    ],
)
def test_copy(copy: object, values: list[str | None]) -> None:
    assert made({"copy": copy}, A=[" left; Right ", None], B=[None, "other"])[0] == values


def test_the_default_separator_is_a_comma() -> None:
    assert made({"copy": {"column": "A", "part": 2}}, A=["x, y"])[0] == ["y"]


def test_what_is_copied_from_a_raw_file_is_cleaned_and_from_a_dataset_is_not() -> None:
    assert made("A", A=["  37\u00a0\u00b5g "])[0] == ["37 ug"]
    raw = replace(raw_of(model_of(), A=["  as it is "]), collected=False)
    assert plain(evaluate(Variable.model_validate({"copy": "A"}), "XX.V", raw).values) == ["  as it is "]


@pytest.mark.parametrize(
    ("value", "values"),
    [("X", ["X", "X"]), (4, ["4", "4"]), (2.5, ["2.5", "2.5"]), ({"setting": "drug"}, ["CAR-T"] * 2)],
)
def test_value_is_the_same_in_every_row(value: object, values: list[str]) -> None:
    assert made({"value": value}, A=["1", None])[0] == values


def test_a_setting_is_written_as_its_shortest_decimal_or_as_true_or_false() -> None:
    model = model_of(SETTINGS)
    assert literal(Setting(setting="dose"), model) == "50"
    assert literal(Setting(setting="study"), model) == "S"
    assert [literal(Setting(setting=name), model) for name in ("open", "blind")] == ["true", "false"]
    assert literal(Setting(setting="cut_date"), model) is None


def test_code_knows_terms_decodes_and_synonyms_and_tells_the_rest() -> None:
    words = ["DOSE REDUCED", "dose reduced", "Lowered", "stopped", None]
    values, problems = made({"code": "A", "codelist": "ACN"}, A=words)
    assert values == ["DOSE REDUCED"] * 3 + [None, None]
    assert problems == [("CODE_UNMAPPED", [3])]


def test_the_map_of_the_line_goes_before_the_codelist() -> None:
    code = {"column": "A", "map": {"Y": "N", "never asked": None}}
    assert made({"code": code, "codelist": "NY"}, A=["Y", "Yes", "never asked"]) == (["N", "Y", None], [])


def test_the_codelist_of_the_line_goes_before_that_of_the_variable() -> None:
    assert made({"code": {"column": "A", "codelist": "NY"}, "codelist": "ACN"}, A=["Yes"])[0] == ["Y"]


def test_code_takes_a_part_of_a_multiple_choice_first() -> None:
    assert made({"code": {"column": "A", "part": 2, "separator": "|"}, "codelist": "NY"}, A=["?|No", "?"])[0] == [
        "N",
        None,
    ]


def test_m18_a_text_without_its_code_is_a_finding_and_is_not_coded() -> None:
    code = {"column": "CODE", "display": "SHOWN"}
    values, problems = made({"code": code, "codelist": "NY"}, CODE=["Y", None, None], SHOWN=["Yes", "No", None])
    assert (values, problems) == (["Y", None, None], [("CODE_MISSING", [1])])


def test_a_table_of_words() -> None:
    model = model_of()
    opened(model, {"tables/words.csv": "from,to\nJa,Y\nnaïve,N\nnever asked,\n"})
    # words are compared in ASCII; a word with an empty term says nothing, as it does in codelists.yaml
    assert mapping_of("NY", "tables/words.csv", model) == {"Ja": "Y", "naive": "N", "never asked": ""}


def test_a_word_of_a_table_that_says_nothing_is_no_finding() -> None:
    model = model_of()
    opened(model, {"tables/words.csv": "from,to\nJa,Y\nnever asked,\n"})
    variable = Variable.model_validate({"code": {"column": "A", "map": "tables/words.csv"}, "codelist": "NY"})
    outcome = evaluate(variable, "XX.V", raw_of(model, A=["never asked", "Ja"]))
    assert (plain(outcome.values), outcome.problems) == ([None, "Y"], [])


def test_several_codelists_together() -> None:
    """The first list that knows a word gives its meaning; together they may be extended if one may."""
    other = Codelist("ND", "C1", "Not Done", False, (Term("N", "", "Nothing"), Term("NOT DONE", "", "Not Done")))
    terms = terms_of(["NY", "ND", "UNKNOWN LIST"], model_of(STUDY, (NY, other)))
    assert (terms.values, terms.extensible) == (("N", "Y", "NOT DONE"), False)
    assert terms.decodes == {"N": "No", "Y": "Yes", "NOT DONE": "Not Done"}
    assert terms_of(["NY", "ACN"], model_of(STUDY, (NY, ACN))).extensible
    assert terms_of(None, model_of()).values == ()


def test_datetime_keeps_the_precision_and_tells_what_it_cannot_read() -> None:
    method = {"datetime": {"date": "D", "time": "T", "format": "DD MON YYYY", "time_format": "HH:MM"}}
    values, problems = made(method, D=["03 JAN 2025", "UN JAN 2025", "soon", None], T=["08:15", None, None, "08:15"])
    assert values[:3] == ["2025-01-03T08:15", "2025-01", None]
    assert problems[0][1] == [2]


def test_a_date_of_another_sample_is_noted_where_there_is_one() -> None:
    method = {"datetime": {"date": "D", "format": "YYYY-MM-DD", "inherited": True}}
    assert made(method, D=["2025-01-03", None]) == (["2025-01-03", None], [("DATE_INHERITED", [0])])


WHEN = {
    "when": [
        {"if": "KIND = 'A'", "copy": "X"},
        {"if": "KIND in ('A', 'B')", "code": {"column": "X", "codelist": "NY"}},
        {"else": {"value": "other"}},
    ]
}


def test_when_the_first_branch_that_holds_decides() -> None:
    values, problems = made(WHEN, KIND=["A", "B", "C", None], X=["Yes", "Yes", "Yes", None])
    assert (values, problems) == (["Yes", "Y", "other", "other"], [])


def test_problems_of_a_branch_are_told_only_where_it_holds() -> None:
    """`odd` is no term; row 0 copies it, only row 1 had to code it."""
    values, problems = made(WHEN, KIND=["A", "B"], X=["odd", "odd"])
    assert (values, problems) == (["odd", None], [("CODE_UNMAPPED", [1])])


def test_when_without_else_is_empty_for_the_rest() -> None:
    when = {"when": [{"if": "KIND = 'A'", "copy": "X"}]}
    assert made(when, KIND=["B", "A", None], X=["1", "2", "3"])[0] == [None, "2", None]
    assert made(when, KIND=["B"], X=["1"])[0] == [None]


def test_no_rows() -> None:
    assert made(WHEN, KIND=[], X=[]) == ([], [])


def test_a_lookup_tells_what_it_did_not_find_and_keeps_where_the_rest_came_from() -> None:
    model = model_of()
    opened(model, {"tables/city.csv": "SITE,CITY\n1,Bern\n2,Ulm\n2,Ulm\n"})
    method = {"lookup": {"table": "tables/city.csv", "match": {"SITE": "S"}, "take": "CITY"}}
    outcome = evaluate(Variable.model_validate(method), "DM.CITY", raw_of(model, S=["1", "9", None, "2"]))
    assert plain(outcome.values) == ["Bern", None, None, None]
    told = [(p.rule, p.rows.tolist(), plain(p.values) if p.values is not None else None) for p in outcome.problems]
    assert told == [
        ("LOOKUP_AMBIGUOUS", [3], ["2"]),
        ("LOOKUP_UNMATCHED", [1], ["9"]),
    ]
    (edge,) = outcome.edges
    assert (edge.of, edge.rows.tolist(), edge.of_rows.tolist()) == ("table:tables/city.csv", [0], [0])


def test_what_was_looked_up_may_be_recoded() -> None:
    model = model_of()
    opened(model, {"tables/t.csv": "K,V\n1,Yes\n2,maybe\n"})
    method = {"lookup": {"table": "tables/t.csv", "match": {"K": "K"}, "take": "V", "recode": True}, "codelist": "NY"}
    outcome = evaluate(Variable.model_validate(method), "XX.V", raw_of(model, K=["2", "1"]))
    assert plain(outcome.values) == [None, "Y"]
    assert [(p.rule, p.rows.tolist()) for p in outcome.problems] == [("CODE_UNMAPPED", [0])]


def test_a_lookup_in_an_optional_source_that_is_absent_is_empty_and_nobodys_problem() -> None:
    method = {"lookup": {"source": "site", "match": {"SITE": "S"}, "take": "CITY"}}
    assert made(method, S=["1"]) == ([None], [])
