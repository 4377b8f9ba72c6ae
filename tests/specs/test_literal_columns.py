"""Constants that are the name of a column: told where nothing says that the word itself is meant."""

from __future__ import annotations

import pytest

from specs.literal_columns import literal_columns
from specs.terminology import Codelist, Term
from tests.pipeline.one_range import STUDY, model_of

POSITION = Codelist("POSITION", "C71148", "Position", True, (Term("SITTING", "", "Sitting"),))
COLUMNS = {"ae": ["SUBJECT", "POSITION", "Sitting", "SYSBP"]}


def told(variables: str, row: str = "from: ae", more: str = "") -> list[tuple[str, str, str]]:
    dataset = f"rows: {{one: {{{row}}}}}\nvariables: {{{variables}}}\n{more}"
    model = model_of(STUDY, (POSITION,), VS=dataset)
    return [(f.variable, f.source, f.column) for f in literal_columns(model, COLUMNS)]


def test_a_constant_that_is_a_column_of_the_rows() -> None:
    assert told("VSPOS: {value: POSITION}") == [("VSPOS", "ae", "POSITION")]


def test_the_case_of_the_name_does_not_matter() -> None:
    assert told("VSPOS: {value: position}") == [("VSPOS", "ae", "POSITION")]


@pytest.mark.parametrize("value", ["POSITIONS", "STANDING", "5"])
def test_any_other_word_is_a_constant(value: str) -> None:
    assert told(f"VSPOS: {{value: {value}}}") == []


def test_a_term_of_the_codelist_is_meant_as_it_is() -> None:
    """SITTING is a term, `Sitting` is not."""
    assert told("VSPOS: {value: SITTING, codelist: POSITION}") == []
    assert told("VSPOS: {value: Sitting, codelist: POSITION}") == [("VSPOS", "ae", "Sitting")]
    assert told("VSPOS: {value: SITTING, codelist: OTHER}") == [("VSPOS", "ae", "Sitting")]


def test_the_codelist_may_be_that_of_the_dataset() -> None:
    row = "from: ae, variables: {VSPOS: {value: SITTING}}"
    assert told("VSPOS: {codelist: POSITION}", row) == []


@pytest.mark.parametrize(
    ("row", "variables"),
    [
        ("from: ae", "VSTESTCD: {value: SYSBP}, VSORRES: {copy: SYSBP}"),
        ("from: ae, where: SYSBP is not missing", "VSTESTCD: {value: SYSBP}"),
        ("from: ae, distinct: [SYSBP]", "VSTESTCD: {value: SYSBP}"),
    ],
)
def test_the_name_of_a_column_that_the_row_reads_anyway_is_the_name_of_a_test(row: str, variables: str) -> None:
    assert told(variables, row) == []


def test_a_source_whose_columns_are_not_known_says_nothing() -> None:
    assert told("VSPOS: {value: POSITION}", "from: dm") == []


def test_only_the_branch_with_the_constant_is_meant() -> None:
    when = "VSPOS: {when: [{if: \"SUBJECT = 'x'\", value: STANDING}, {else: {value: POSITION}}]}"
    assert told(when) == [("VSPOS", "ae", "POSITION")]


def test_supplemental_qualifiers_too() -> None:
    assert told("", more="supplemental: {VSX: {value: POSITION}}") == [("VSX", "ae", "POSITION")]


def test_the_message_says_what_to_write() -> None:
    model = model_of(STUDY, (), VS="rows: {one: {from: ae}}\nvariables: {VSPOS: {value: position}}")
    (found,) = literal_columns(model, COLUMNS)
    assert (found.problem.rule, found.problem.severity, found.problem.subject) == (
        "VALUE_IS_COLUMN",
        "warning",
        "VS.VSPOS",
    )
    assert (
        "the constant text 'position' is written to every record, and ae has a column POSITION" in found.problem.message
    )
    assert "{copy: POSITION}" in found.problem.message
