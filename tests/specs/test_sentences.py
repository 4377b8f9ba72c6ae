"""Every method as an English sentence."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from specs.model import Dataset, Variable
from specs.resolve import StudyModel
from specs.sentences import method_sentence, sentence_of
from transforms.library import REGISTRY
from transforms.registry import Transform


def study(**rows: Any) -> StudyModel:
    """A study with one dataset; only what sentences ask for."""
    dataset = Dataset.model_validate(
        {
            "dataset": "LB",
            "keys": ["USUBJID", "LBTESTCD"],
            "rows": rows,
            "variables": {
                "LBSPEC": {"codelist": "SPECTYPE"},
                "LBSEQ": {"derive": "sequence_number", "with": {"by": "keys"}},
            },
            "supplemental": {"LBNOTE": {"copy": "NOTE"}},
        }
    )
    model = SimpleNamespace(
        datasets={"LB": dataset}, setting_names=["study", "start"], setting={"study": "S-1", "start": "2025-01-01"}.get
    )
    return cast(StudyModel, model)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"copy": "AETERM"}, "AETERM as collected."),
        ({"copy": {"column": "TERM", "case": "upper"}}, "TERM as collected, in upper case."),
        ({"copy": {"column": ["A", "B"]}}, "The first of A, B that has a value, as collected."),
        ({"copy": {"column": "A", "separator": "/", "part": 2}}, "A as collected, part 2 between '/'."),
        ({"copy": {"column": "A", "pattern": "^(x)"}}, "A as collected, what matches the pattern ^(x)."),
        ({"code": "SEX", "codelist": "SEX"}, "SEX recoded to controlled terminology (SEX)."),
        (
            {"code": {"column": "SER", "map": {"1": "Y", "2": None}, "codelist": "NY"}},
            "SER recoded to controlled terminology (NY) with '1' as 'Y', '2' as missing.",
        ),
        ({"code": {"column": "T", "map": "tables/t.csv"}}, "T recoded with the study's terms in tables/t.csv."),
        ({"datetime": "AESTDAT"}, "AESTDAT in ISO 8601, as precise as collected."),
        (
            {"datetime": {"date": "DAT", "time": "TIM", "format": "DD MON YYYY"}},
            "DAT and TIM in ISO 8601, as precise as collected, read as DD MON YYYY.",
        ),
        (
            {"lookup": {"table": "tables/arms.csv", "match": {"ARMCD": "ARM", "PART": {"value": "1"}}, "take": "ARM"}},
            "ARM of tables/arms.csv where ARMCD is ARM and PART is '1'.",
        ),
        (
            {"lookup": {"source": "labs", "match": {"LAB": "LABID"}, "take": "UNIT",
                        "as_of": {"date": "DAT", "from": "VALID_FROM", "to": "VALID_TO"}}},
            "UNIT of labs where LAB is LABID, valid on DAT (VALID_FROM to VALID_TO).",
        ),
        ({"value": "BLOOD"}, "Set to 'BLOOD'."),
        ({"value": {"setting": "study"}}, "Set to the study's setting study (S-1)."),
        ({"predecessor": "DM.AGE"}, "Copied from DM.AGE."),
        (
            {"when": [{"if": "SCALE = 'A'", "code": "SEV"}, {"else": {"value": "N"}}]},
            "If SCALE is 'A': SEV recoded; otherwise: set to 'N'.",
        ),
        ({"when": [{"if": "X is missing", "copy": "A"}]}, "If X is missing: A as collected."),
        ({"copy": "A", "describe": "as agreed with the agency", "because": "letter"}, "As agreed with the agency."),
        ({"label": "Nothing"}, "No value is given."),
    ],
)  # fmt: skip
def test_each_method(spec: dict[str, Any], sentence: str) -> None:
    assert sentence_of(study(), Variable.model_validate(spec)) == sentence


def test_a_derivation_is_told_with_what_it_is_given() -> None:
    spec = Variable.model_validate(
        {"derive": "study_day", "with": {"date": "AESTDTC", "reference": {"setting": "start"}}}
    )
    said = sentence_of(study(), spec)
    assert said.startswith("AESTDTC minus the study's setting start (2025-01-01), plus 1")


def test_keys_are_named() -> None:
    assert method_sentence(study(), "LB", "LBSEQ") == "1 to n within each subject, in the order of USUBJID, LBTESTCD."


def test_conditions_and_every_in_parameters_are_english() -> None:
    given = {"of": [{"of": "EX.EXSTDTC", "where": "EXDOSE > 0"}, {"every": ["--DTC"], "except": ["SE"]}]}
    said = sentence_of(study(), Variable.model_validate({"derive": "earliest", "with": given}))
    assert "EX.EXSTDTC where EXDOSE is greater than 0, every --DTC of the study but those of SE" in said


def test_supplementals_have_sentences() -> None:
    assert method_sentence(study(), "LB", "LBNOTE") == "NOTE as collected."


def test_rows_that_agree_share_a_sentence() -> None:
    rows = {name: {"from": "lb", "variables": {"LBSPEC": {"value": "BLOOD"}}} for name in ("HGB", "PLT")}
    assert method_sentence(study(**rows), "LB", "LBSPEC") == "Set to 'BLOOD'."


def test_rows_that_differ_are_named() -> None:
    model = study(
        HGB={"from": "lb", "variables": {"LBSPEC": {"value": "BLOOD"}}},
        UPROT={"from": "lb", "variables": {"LBSPEC": {"code": "SPEC"}}},
        PLT={"from": "lb", "variables": {"LBSPEC": {"value": "BLOOD"}}},
    )
    assert method_sentence(model, "LB", "LBSPEC") == (
        "For HGB, PLT: Set to 'BLOOD'. For UPROT: SPEC recoded to controlled terminology (SPECTYPE)."
    )


def test_an_unknown_variable() -> None:
    with pytest.raises(KeyError):
        method_sentence(study(), "LB", "LBNOPE")


@pytest.mark.parametrize("transform", REGISTRY.values(), ids=lambda t: t.name)
def test_every_sentence_names_every_parameter(transform: Transform) -> None:
    assert set(re.findall(r"\{(\w+)\}", transform.sentence)) == set(transform.parameters)
