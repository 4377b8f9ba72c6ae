"""What names of a spec stand for: own columns, a value of the subject, related records, tables, codelists, literals."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.context import RangeContext
from pipeline.records import Part
from pipeline.refer import UnfitParameter, call, column, related
from specs.uses import Derivation
from tests.pipeline.one_range import STUDY, codes, model_of, opened, part_of, told
from transforms.columns import plain
from transforms.registry import Outcome, Related

STUDY_OF = STUDY + "settings: {window: 30, drug: CAR-T}\n"


def small() -> tuple[RangeContext, Part]:
    """Two AE records of subject 02 and one of 01; one DM record of each; three doses."""
    model = model_of(STUDY_OF, AE="variables: {AESER: {codelist: NY}}\nkeys: [AETERM, AESTDTC]", EX="variables: {}")
    context = opened(model)
    context.parts["DM"] = part_of("DM", codes(0, 1), ARM=["A", "B"], RFSTDTC=["2025-01-01", None])
    context.parts["EX"] = part_of("EX", codes(1, 1, 0, -1), EXDOSE=[10.0, 20.0, 30.0, 40.0], EXTRT=["x", "y", "x", "x"])
    context.parts["AE"] = part_of(
        "AE",
        codes(1, 1, 0),
        AETERM=["Rash", "Cough", "Rash"],
        AESER=["Y", "N", None],
        AESTDTC=["2025-01-03", "2025", None],
    )
    return context, context.parts["AE"]


def test_a_variable_of_the_dataset_itself() -> None:
    context, ae = small()
    assert plain(column(context, ae, "AETERM")) == ["Rash", "Cough", "Rash"]
    assert plain(column(context, ae, "AE.AETERM")) == ["Rash", "Cough", "Rash"]
    assert plain(column(context, ae, "AENONE")) == [None, None, None]


def test_a_setting_inside_a_value_is_its_constant() -> None:
    context, ae = small()
    assert plain(column(context, ae, {"value": {"setting": "drug"}})) == ["CAR-T", "CAR-T", "CAR-T"]
    assert plain(column(context, ae, {"value": "X"})) == ["X", "X", "X"]


def test_a_variable_of_the_subject_from_another_dataset() -> None:
    context, ae = small()
    assert plain(column(context, ae, "DM.ARM")) == ["B", "B", "A"]
    assert plain(column(context, ae, "DM.RFSTDTC")) == [None, None, "2025-01-01"]
    assert told(context) == []


def test_a_dataset_without_records_says_nothing() -> None:
    context, ae = small()
    assert plain(column(context, ae, "ZZ.ZZTERM")) == [None, None, None]


def test_several_records_of_a_subject_are_a_finding_and_none_is_taken() -> None:
    context, ae = small()
    assert plain(column(context, ae, "EX.EXDOSE")) == [None, None, 30.0]
    assert [(f[0], f[4]) for f in told(context)] == [("JOIN_DUPLICATE", ("S-02",))]
    (found,) = context.findings.all()
    assert found.message == "AE takes EX.EXDOSE by subject, but EX has several records of one"


def test_a_record_of_nobody_gets_the_value_of_nobody() -> None:
    context, _ = small()
    orphans = part_of("XX", codes(-1, 0), V=["a", "b"])
    assert plain(column(context, orphans, "EX.EXTRT")) == [None, "x"]


def test_a_record_that_was_made_of_another_takes_the_value_of_that_one() -> None:
    context, _ = small()
    made = Part("ADEX", {}, 2, codes(1, 1), codes(0, 0), ["all"], codes(0, 0), ["EX"], codes(1, 0))
    assert plain(column(context, made, "EX.EXDOSE")) == [20.0, 10.0]
    assert told(context) == []


def test_a_literal_in_place_of_a_column() -> None:
    context, ae = small()
    assert plain(column(context, ae, {"value": "X"})) == ["X", "X", "X"]


def shown(found: list[Related]) -> list[tuple[str, list[object], list[int], list[int]]]:
    return [(r.name, plain(r.values), r.subject.tolist(), r.rows.tolist()) for r in found]


def test_related_records_are_all_of_a_dataset_whoevers_they_are() -> None:
    context, _ = small()
    assert shown(related(context, "EX.EXTRT")) == [("EX.EXTRT", ["x", "y", "x", "x"], [1, 1, 0, -1], [0, 1, 2, 3])]


def test_related_records_that_pass_a_condition_keep_their_positions() -> None:
    context, _ = small()
    assert shown(related(context, {"of": "EX.EXDOSE", "where": "EXTRT = 'x' and EXDOSE > 10"})) == [
        ("EX.EXDOSE", [30.0, 40.0], [0, -1], [2, 3])
    ]


def test_a_condition_of_related_records_may_name_the_subject() -> None:
    context, _ = small()
    assert shown(related(context, {"of": "EX.EXDOSE", "where": "DM.ARM = 'B'"}))[0][3] == [0, 1]


def test_related_records_of_a_dataset_that_is_not_there() -> None:
    context, _ = small()
    assert shown(related(context, ["ZZ.V", {"of": "ZZ.V", "where": "W = 1"}])) == [("ZZ.V", [], [], [])] * 2


def test_every_variable_that_ends_so() -> None:
    variables = "rows: {a: {from: ae}}\nvariables: {USUBJID: {value: x}, %s: {value: x}}"
    model = model_of(
        AE=variables % "AESTDTC", CM=variables % "CMSTDTC", EX=variables % "EXENDTC", PR=variables % "PRSTDTC"
    )
    context = opened(model)
    context.parts["AE"] = part_of("AE", codes(0), AESTDTC=["2025"])
    context.parts["CM"] = part_of("CM", codes(1), CMSTDTC=["2024"])
    context.parts["EX"] = part_of("EX", codes(1), EXENDTC=["2023"])
    found = related(context, {"every": ["--STDTC"], "except": ["CM"]})  # PR is not made yet
    assert [r.name for r in found] == ["AE.AESTDTC"]


def called(function: str, **given: object) -> list[object]:
    context, ae = small()
    outcome = call(context, ae, Derivation(function, given))
    assert isinstance(outcome, Outcome)
    return plain(outcome.values)


def test_a_transform_gets_what_its_parameters_ask_for() -> None:
    assert called("concatenate", of=["AETERM", "DM.ARM"], separator="/") == ["Rash/B", "Cough/B", "Rash/A"]
    assert called("decode", column="AESER", terms={"codelist": "AESER"}) == ["Yes", "No", None]
    assert called("decode", column="AESER", terms="NY") == ["Yes", "No", None]
    assert called("count", of={"of": "EX.EXDOSE", "where": "EXDOSE < 15"}) == [1.0, 1.0, 0.0]


def test_a_setting_in_place_of_a_column_or_of_a_number() -> None:
    assert called("concatenate", of=["AETERM"], separator={"setting": "drug"}) == ["Rash", "Cough", "Rash"]
    assert called("clean", column={"setting": "drug"}) == ["CAR-T"] * 3
    context, _ = small()
    vs = part_of("VS", codes(0, 1), VSSTRESN=[2.0, np.nan])
    outcome = call(context, vs, Derivation("scaled", {"value": "VSSTRESN", "factor": {"setting": "window"}}))
    assert isinstance(outcome, Outcome)
    assert plain(outcome.values) == [60.0, None]


def test_the_keys_of_the_dataset_number_its_records() -> None:
    """Subject 02: Cough before Rash; subject 01 begins anew."""
    assert called("sequence_number", by="keys") == [2.0, 1.0, 1.0]


def test_a_table_of_the_pack() -> None:
    context, ae = small()
    opened(context.model, {"tables/n.csv": "VALUE,NUMBER\nRash,7\nCough,3\n"})
    outcome = call(context, ae, Derivation("code_number", {"value": "AETERM", "table": "tables/n.csv"}))
    assert isinstance(outcome, Outcome)
    assert plain(outcome.values) == [7.0, 3.0, 7.0]


def test_what_a_transform_refuses_is_told_with_its_name_once() -> None:
    with pytest.raises(UnfitParameter, match=r"^change_case: there is no case 'wavy'"):
        called("change_case", column="AETERM", case="wavy")
    with pytest.raises(UnfitParameter, match=r"^part_of: "):
        called("part_of", column="AETERM", separator="", part=1)
