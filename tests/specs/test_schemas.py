"""Schemas from the model: what passes, and which check says no to what does not."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaErrors

from specs.model import Dataset, Variable
from specs.schemas import extensions, metadata_faults, schema_of, written
from specs.terminology import Codelist, Term
from transforms.columns import text

CODELISTS = {
    "NY": Codelist("NY", "C66742", "No Yes Response", False, (Term("N", "C49487", "No"), Term("Y", "C49488", "Yes"))),
    "UNIT": Codelist("UNIT", "C71620", "Unit", True, (Term("g/L", "C42576", "Gram per Liter"),)),
    "LBSTRESC": Codelist("LBSTRESC", "C102580", "Result", True, (Term("POSITIVE", "C38758", "Positive"),)),
}
AE = Dataset.model_validate(
    {
        "dataset": "AE",
        "label": "Adverse Events",
        "keys": ["USUBJID", "AETERM"],
        "variables": {
            "USUBJID": {"type": "Char", "core": "Req", "label": "Unique Subject Identifier"},
            "AESEQ": {"type": "Num", "core": "Req", "label": "Sequence Number"},
            "AETERM": {"type": "Char", "core": "Req", "label": "Reported Term for the Adverse Event"},
            "AESER": {"type": "Char", "core": "Exp", "label": "Serious Event", "codelist": "NY"},
            "AEDOSU": {"type": "Char", "core": "Perm", "label": "Unit", "codelist": "UNIT"},
            "AETOXGR": {"type": "Char", "core": "Perm", "label": "Grade", "values": ["1", "2"]},
            "AESTDTC": {"type": "Char", "core": "Exp", "label": "Start", "format": "ISO 8601 datetime or interval"},
            "_HELP": {"type": "Char"},
        },
    }
)


def good() -> dict[str, Any]:
    return {
        "USUBJID": text(["S-1", "S-1", "S-2"]),
        "AESEQ": pd.Series([1.0, 2.0, 1.0]),
        "AETERM": text(["FEVER", "HEADACHE", "FEVER"]),
        "AESER": text(["Y", None, "N"]),
        "AEDOSU": text(["g/L", "drop", None]),
        "AETOXGR": text(["1", None, "2"]),
        "AESTDTC": text(["2025-03", "2025-03-01T10:30", None]),
    }


def refused(**changed: Any) -> list[tuple[str, str]]:
    """What the schema says of the good frame with some columns changed: the column and the check."""
    frame = pd.DataFrame({**good(), **changed})
    with pytest.raises(SchemaErrors) as caught:
        schema_of("AE", AE, CODELISTS).validate(frame, lazy=True)
    return [(str(e.schema.name), getattr(e.check, "name", None) or str(e.check)) for e in caught.value.schema_errors]


def test_good_data_pass() -> None:
    schema_of("AE", AE, CODELISTS).validate(pd.DataFrame(good()), lazy=True)


def test_no_records_pass() -> None:
    schema_of("AE", AE, CODELISTS).validate(pd.DataFrame(good()).iloc[:0], lazy=True)


def test_a_term_outside_a_list_that_is_not_extensible() -> None:
    assert refused(AESER=text(["Y", "U", "N"])) == [("AESER", "CODELIST")]


def test_terms_are_exact() -> None:
    assert refused(AESER=text(["y", None, "N"])) == [("AESER", "CODELIST")]


def test_a_value_outside_the_values_of_the_variable() -> None:
    assert refused(AETOXGR=text(["1", "3", "2"])) == [("AETOXGR", "CODELIST")]


def test_a_category_that_no_record_has_is_no_fault() -> None:
    unused = pd.Series(pd.Categorical.from_codes([0, -1, 0], categories=pd.Index(["Y", "MAYBE"], dtype="str")))
    schema_of("AE", AE, CODELISTS).validate(pd.DataFrame({**good(), "AESER": unused}), lazy=True)


def test_a_required_value_is_missing() -> None:
    assert refused(AESEQ=pd.Series([1.0, np.nan, 1.0])) == [("AESEQ", "not_nullable")]


def test_in_adam_a_required_variable_must_be_there_but_only_a_key_has_a_value_everywhere() -> None:
    analysis = Dataset(
        dataset="ADSL",
        standard="adam",
        keys=["USUBJID"],
        variables={
            "USUBJID": Variable(type="Char", label="Unique Subject Identifier", core="Req"),
            "TRT01P": Variable(type="Char", label="Planned Treatment for Period 01", core="Req"),
        },
    )
    schema = schema_of("ADSL", analysis, CODELISTS)
    schema.validate(pd.DataFrame({"USUBJID": text(["01-001", "01-002"]), "TRT01P": text(["A", None])}), lazy=True)
    assert (schema.columns["USUBJID"].nullable, schema.columns["TRT01P"].nullable) == (False, True)


def test_length_is_counted_in_bytes() -> None:
    fits, over = "x" * 200, "x" * 199 + "é"
    schema_of("AE", AE, CODELISTS).validate(pd.DataFrame({**good(), "AETERM": text(["A", fits, "A"])}), lazy=True)
    assert ("AETERM", "LENGTH_OVER_200") in refused(AETERM=text(["A", over, "A"]))


def test_only_printable_ascii() -> None:
    assert refused(AETERM=text(["FEVER", "Müdigkeit", "FEVER"])) == [("AETERM", "NOT_ASCII")]
    assert refused(AETERM=text(["FEVER", "TWO\nLINES", "FEVER"])) == [("AETERM", "NOT_ASCII")]


def test_dates_are_iso_8601() -> None:
    assert refused(AESTDTC=text(["2025-03", "2025-02-30", None])) == [("AESTDTC", "NOT_ISO8601")]


def test_types() -> None:
    assert refused(AESEQ=text(["1", "2", "1"])) == [("AESEQ", "dtype('float64')")]
    assert refused(AEDOSU=pd.Series([1.0, 2.0, 3.0])) == [("AEDOSU", "TYPE")]
    assert refused(AEDOSU=pd.Series(["a", "b", "c"], dtype="str")) == [("AEDOSU", "TYPE")]


def test_keys_are_unique() -> None:
    assert refused(AETERM=text(["FEVER", "FEVER", "FEVER"])) == [("AE", "KEY_DUPLICATE")]


def test_records_stand_in_the_order_of_the_keys() -> None:
    assert refused(AETERM=text(["HEADACHE", "FEVER", "FEVER"])) == [("AE", "NOT_ORDERED")]


def test_a_missing_key_stands_first() -> None:
    keys = AE.model_copy(update={"keys": ["USUBJID", "AESTDTC", "AETERM"]})
    dates = text([None, "2025-03", None])
    schema_of("AE", keys, CODELISTS).validate(pd.DataFrame({**good(), "AESTDTC": dates}), lazy=True)


def test_duplicates_are_found_without_order() -> None:
    frame = pd.DataFrame({**good(), "USUBJID": text(["S-2", "S-1", "S-2"])})
    with pytest.raises(SchemaErrors) as caught:
        schema_of("AE", AE, CODELISTS).validate(frame, lazy=True)
    masks = {e.check.name: e.check_output.tolist() for e in caught.value.schema_errors}
    assert masks == {"KEY_DUPLICATE": [False, True, False], "NOT_ORDERED": [True, False, True]}


def test_columns_are_those_of_the_dataset_in_order() -> None:
    frame = pd.DataFrame(good())
    with pytest.raises(SchemaErrors):
        schema_of("AE", AE, CODELISTS).validate(frame[frame.columns[::-1]], lazy=True)
    with pytest.raises(SchemaErrors):
        schema_of("AE", AE, CODELISTS).validate(frame.assign(EXTRA=1.0), lazy=True)
    with pytest.raises(SchemaErrors):
        schema_of("AE", AE, CODELISTS).validate(frame.drop(columns="AESER"), lazy=True)


def test_working_variables_are_not_written() -> None:
    assert written(AE) == ["USUBJID", "AESEQ", "AETERM", "AESER", "AEDOSU", "AETOXGR", "AESTDTC"]


def test_a_value_beyond_an_extensible_list_is_an_extension() -> None:
    unit = Variable(codelist="UNIT", type="Char", role="Variable Qualifier")
    assert extensions(text(["g/L", "drop", None]), unit, [CODELISTS["UNIT"]]).tolist() == [False, True, False]
    assert extensions(text(["Y", "U"]), unit, [CODELISTS["NY"]]).tolist() == [False, False]


def test_a_numeric_result_is_no_extension() -> None:
    result = Variable(codelist="LBSTRESC", type="Char", role="Result Qualifier")
    column = text(["POSITIVE", "12.5", "<0.5", ">= 100", "FAINT", "-1"])
    assert extensions(column, result, [CODELISTS["LBSTRESC"]]).tolist() == [False, False, False, False, True, False]


def test_names_and_labels_that_do_not_fit() -> None:
    dataset = Dataset.model_validate(
        {
            "dataset": "AE",
            "label": "é",
            "variables": {"AETOOLONG": {"label": "x" * 41}, "AEOK": {"label": "x" * 40}, "_WHATEVER_LONG": {}},
        }
    )
    faults = [(rule, variable) for rule, variable, _ in metadata_faults("AE", dataset)]
    assert faults == [("LABEL", ""), ("NAME", "AETOOLONG"), ("LABEL", "AETOOLONG")]


def test_a_million_records_of_26_categories_take_about_a_second() -> None:
    size = 1_000_000
    names = pd.Index([f"V{i:05d}" for i in range(5000)], dtype="str")
    codes = np.arange(size) % len(names)
    column = pd.Series(pd.Categorical.from_codes(codes, categories=names))
    variables = {f"C{i}": {"type": "Char", "label": "x"} for i in range(26)}
    schema = schema_of("LB", Dataset.model_validate({"dataset": "LB", "variables": variables}), {})
    frame = pd.DataFrame(dict.fromkeys(variables, column))
    start = time.process_time()
    schema.validate(frame, lazy=True, inplace=True)
    assert time.process_time() - start < 2.5  # 0.3 s alone; shared cores and a cold pandera take more
