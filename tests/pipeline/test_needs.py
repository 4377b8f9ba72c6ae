"""Which raw columns mappings use, and what holds in one kind of row."""

from pipeline.needs import row_variables
from specs.model import Dataset, Rows, Variable


def test_a_row_that_gives_only_a_method_keeps_the_codelist_and_type_of_the_variable() -> None:
    row = Rows.model_validate({"from": "visits", "variables": {"DSDECOD": {"code": "OTHERSP"}}})
    whole = Variable.model_validate({"code": "DECOD", "codelist": ["NCOMPLT", "PROTMLST"], "type": "Char"})
    dataset = Dataset(dataset="DS", rows={"other": row}, variables={"DSDECOD": whole})
    held = row_variables(dataset, row)["DSDECOD"]
    assert (held.code and held.code.column, held.codelist, held.type) == ("OTHERSP", ["NCOMPLT", "PROTMLST"], "Char")


def test_a_row_may_name_a_codelist_of_its_own() -> None:
    row = Rows.model_validate({"from": "hem", "variables": {"LBORRESU": {"code": "UNIT", "codelist": "UNIT"}}})
    whole = Variable.model_validate({"code": "U", "codelist": "PKUNIT", "type": "Char"})
    dataset = Dataset(dataset="LB", rows={"hgb": row}, variables={"LBORRESU": whole})
    assert row_variables(dataset, row)["LBORRESU"].codelist == "UNIT"
