"""Which raw columns mappings use, and what holds in one kind of row."""

from types import SimpleNamespace

from pipeline.needs import needed_columns, row_variables
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


def test_what_a_join_pairs_beside_columns_is_no_column() -> None:
    row = Rows.model_validate(
        {
            "from": "crs",
            "join": {"ae": {"source": "ae", "by": {"subject": "subject", "AENO": "AESPID"}}},
            "variables": {"FAOBJ": {"copy": "ae.AETERM_PT"}},
        }
    )
    study = SimpleNamespace(
        sources={
            name: SimpleNamespace(subject=None, record=None, key=[], where=None, left={}) for name in ("crs", "ae")
        },
        subjects=None,
        checks={},
    )
    model = SimpleNamespace(study=study, datasets={"FA": Dataset(dataset="FA", rows={"crs": row})})
    assert needed_columns(model) == {"crs": {"AENO"}, "ae": {"AESPID", "AETERM_PT"}}  # type: ignore[arg-type]
