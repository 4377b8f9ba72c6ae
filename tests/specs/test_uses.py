"""What a method refers to: the cases of a variable, and the columns, variables, tables and settings that they name."""

from __future__ import annotations

from typing import Any

import pytest

from specs.model import Variable
from specs.uses import cases, condition_names, is_collected, is_list, uses, variable_uses, wanted
from transforms.registry import Column, Related, Table


def variable(given: dict[str, Any]) -> Variable:
    return Variable.model_validate(given)


def named(given: dict[str, Any]) -> list[tuple[str, str]]:
    return [(u.kind, u.name) for u in uses(variable(given))]


@pytest.mark.parametrize(
    ("method", "found"),
    [
        ({"copy": "X"}, [("column", "X")]),
        ({"copy": {"column": ["X", "Y"]}}, [("column", "X"), ("column", "Y")]),
        ({"value": "X"}, []),
        ({"value": {"setting": "drug"}}, [("setting", "drug")]),
        (
            {"code": {"column": "X", "display": "SHOWN", "map": "t.csv"}},
            [("column", "X"), ("column", "SHOWN"), ("table", "t.csv")],
        ),
        ({"code": {"column": "X", "map": {"a": "b"}}}, [("column", "X")]),
        ({"datetime": {"date": "D", "time": "T"}}, [("column", "D"), ("column", "T")]),
        ({"datetime": "D"}, [("column", "D")]),
        ({"predecessor": "ADRS.PD.ADT"}, [("other", "ADRS.PD.ADT")]),
        ({}, []),
    ],
)
def test_what_a_method_names(method: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert named(method) == found


def test_what_a_lookup_names() -> None:
    """Columns of ours; those of the table, literals and its validity are the table's own."""
    lookup = {
        "table": "t.csv",
        "match": {"LAB": "LABID", "TEST": {"value": "HGB"}, "KEY": {"text": "L{SITE}-{NO}"}, "N": 3},
        "take": "LLN",
        "as_of": {"date": "DAT", "from": "FROM", "to": "TO"},
    }
    assert named({"lookup": lookup}) == [
        ("table", "t.csv"),
        ("column", "LABID"),
        ("column", "SITE"),
        ("column", "NO"),
        ("column", "DAT"),
    ]
    assert named({"lookup": {"source": "labs", "match": {}, "take": "X"}}) == [("source", "labs")]


def test_what_a_derivation_names() -> None:
    given = {"derive": "study_day", "with": {"date": "AESTDTC", "reference": "DM.RFSTDTC"}}
    assert named(given) == [("own", "AESTDTC"), ("other", "DM.RFSTDTC")]
    assert named({"derive": "exceeds", "with": {"value": "X", "limit": {"setting": "most"}}}) == [
        ("own", "X"),
        ("setting", "most"),
    ]
    assert named({"derive": "code_number", "with": {"value": "X", "table": "t.csv"}}) == [
        ("own", "X"),
        ("table", "t.csv"),
    ]
    assert named({"derive": "decode", "with": {"column": "X", "terms": {"codelist": "XTESTCD"}}}) == [
        ("own", "X"),
        ("own", "XTESTCD"),
    ]
    assert named({"derive": "sequence_number", "with": {"by": "keys"}}) == []
    assert named({"derive": "concatenate", "with": {"of": ["A", {"value": "x"}, "DM.ARM"], "separator": " "}}) == [
        ("own", "A"),
        ("other", "DM.ARM"),
    ]


def test_an_unknown_transform_or_parameter_names_nothing() -> None:
    assert named({"derive": "of_a_pack", "with": {"date": "X"}}) == []
    assert named({"derive": "study_day", "with": {"dat": "X"}}) == []


def test_related_records_name_the_variables_of_their_condition() -> None:
    one = {"of": "EX.EXSTDTC", "where": "EXDOSE > 0 and DM.ARMCD = 'A'"}
    assert [(u.name, u.optional) for u in variable_uses(one, optional=True)] == [
        ("EX.EXSTDTC", True),
        ("EX.EXDOSE", True),
        ("DM.ARMCD", True),
    ]
    assert list(variable_uses({"every": ["--DTC"]}, optional=False)) == []


def test_optional_parameters_can_be_done_without() -> None:
    given = {
        "derive": "treatment_emergent",
        "with": {"start": "A", "end": "B", "treatment_start": "C", "intensity": "D"},
    }
    assert [(u.name, u.optional) for u in uses(variable(given))] == [
        ("A", False),
        ("B", False),
        ("C", False),
        ("D", True),
    ]


RAW = {"when": [{"if": "KIND = 'A'", "copy": "X"}, {"else": {"value": "none"}}]}
MIXED = {"when": [{"if": "AESER = 'Y' and DM.ARM = 'A'", "predecessor": "AE.AETERM"}, {"if": "X = 1"}, {"else": {}}]}


def test_the_cases_of_a_when() -> None:
    assert [(c.condition, c.kind) for c in cases(variable(RAW))] == [("KIND = 'A'", "copy"), (None, "value")]
    # a branch that says nothing leaves the value empty
    assert [(c.condition, c.kind, c.method) for c in cases(variable(MIXED))][1:] == [
        ("X = 1", "value", ""),
        (None, "value", ""),
    ]
    assert cases(variable({"label": "x"})) == []


def test_conditions_name_raw_columns_or_variables() -> None:
    """Where every method reads the raw record, so do its conditions; else names are variables."""
    assert named(RAW) == [("column", "KIND"), ("column", "X")]
    assert named(MIXED) == [("own", "AESER"), ("other", "DM.ARM"), ("other", "AE.AETERM"), ("own", "X")]


@pytest.mark.parametrize(
    ("method", "collected"),
    [
        ({"copy": "X"}, True),
        (RAW, True),
        ({}, True),
        ({"derive": "study_day"}, False),
        ({"predecessor": "DM.ARM"}, False),
        (MIXED, False),
    ],
)
def test_what_is_collected(method: dict[str, Any], collected: bool) -> None:
    assert is_collected(variable(method)) is collected


def test_a_condition_that_cannot_be_read_names_nothing() -> None:
    assert condition_names("X = ") == ()
    assert condition_names("X = 'a' and Y is missing") == ("X", "Y")


@pytest.mark.parametrize(
    ("kind", "bare", "many"),
    [
        (Column, Column, False),
        (Column | None, Column, False),
        (list[Column], Column, True),
        (list[Related] | None, Related, True),
        (Table | None, Table, False),
        (str, str, False),
        (float | None, float, False),
        (list[str] | None, str, True),
    ],
)
def test_the_bare_kind_of_a_parameter(kind: Any, bare: Any, many: bool) -> None:
    assert wanted(kind) is bare
    assert is_list(kind) is many
