"""A variable of an analysis dataset that is taken as it is elsewhere has the label, type and codelist of that."""

from __future__ import annotations

from pathlib import Path

from specs.inheritance import inherit
from specs.nodes import Node
from specs.problems import Place
from specs.resolve import StudyModel, resolve
from tests.pipeline.one_range import STUDY, model_of
from tests.small_pack import DM, write_files
from tests.small_pack import STUDY as STUDY_PACK

AE = """
variables:
  AELLT: {copy: LLT, label: Lowest Level Term, type: Char, codelist: LLT, role: Topic}
  AESER: {copy: SER, label: Serious Event, type: Char, codelist: NY}
supplemental: {AEDLT: {copy: DLT, label: Dose Limiting Toxicity}}
"""

ADAM = "standard: adam\nrows: {all: {from: AE}}\n"


def described(model: StudyModel, dataset: str, variable: str) -> tuple[str | None, str | None, object, str | None]:
    typed = model.datasets[dataset].variables[variable]
    return typed.label, typed.type, typed.codelist, typed.role


def inherited(**datasets: str) -> StudyModel:
    model = model_of(STUDY, (), AE=AE, **datasets)
    inherit(model)
    return model


def test_a_predecessor_of_its_own_name() -> None:
    """With the role: whether a value can be a number that is no term is told by it."""
    model = inherited(ADAE=ADAM + "variables: {AELLT: {predecessor: AE.AELLT}}")
    assert described(model, "ADAE", "AELLT") == ("Lowest Level Term", "Char", "LLT", "Topic")


def test_a_copy_of_its_own_name_from_the_dataset_the_rows_come_from() -> None:
    model = inherited(ADAE=ADAM + "variables: {AESER: {copy: AESER}}")
    assert described(model, "ADAE", "AESER") == ("Serious Event", "Char", "NY", None)


def test_another_name_inherits_nothing() -> None:
    model = inherited(ADAE=ADAM + "variables: {TERM: {predecessor: AE.AELLT}, SER: {copy: AESER}}")
    assert described(model, "ADAE", "TERM") == (None, None, None, None)
    assert described(model, "ADAE", "SER") == (None, None, None, None)


def test_what_the_study_says_stays() -> None:
    model = inherited(ADAE=ADAM + "variables: {AELLT: {predecessor: AE.AELLT, label: Our Term}}")
    assert described(model, "ADAE", "AELLT") == ("Our Term", "Char", "LLT", "Topic")


def test_a_variable_with_label_and_type_is_left_alone() -> None:
    model = inherited(ADAE=ADAM + "variables: {AELLT: {predecessor: AE.AELLT, label: Own, type: Char}}")
    assert described(model, "ADAE", "AELLT") == ("Own", "Char", None, None)


def test_the_codelists_of_a_predecessor_go_before_those_of_the_standard(tmp_path: Path) -> None:
    """DM.RACE may be MULTIPLE, so ADSL.RACE may."""
    dm = DM + "  RACE: {value: MULTIPLE, codelist: [RACE, RACEMULT], because: SDTMIG asks for MULTIPLE}\n"
    dm += "  AGE: {value: '40'}\n  AGEU: {value: YEARS}\n  ARM: {value: A}\n  ARMCD: {value: A}\n"
    taken = "STUDYID, USUBJID, SUBJID, SITEID, SEX, RACE, AGE, AGEU, ARM"
    adsl = f"rows: {{subjects: {{from: DM}}}}\npredecessors: {{DM: [{taken}]}}\n"
    adsl += "variables: {TRT01P: {predecessor: DM.ARM}}"
    lists = "RACEMULT: {title: Several Races, terms: {MULTIPLE: {decode: Multiple}}}\n"
    study = STUDY_PACK.replace("[sdtmig", "[adamig-1.3, sdtmig")
    pack = write_files(
        tmp_path / "mine", {"study.yaml": study, "codelists.yaml": lists, "sdtm/DM.yaml": dm, "adam/ADSL.yaml": adsl}
    )
    model = resolve(str(pack))
    assert model.datasets["ADSL"].variables["RACE"].codelist == ["RACE", "RACEMULT"]
    assert model.datasets["ADSL"].variables["SEX"].codelist == "SEX"


def test_tabulations_and_working_variables_are_left_alone() -> None:
    model = inherited(
        FA="rows: {all: {from: AE}}\nvariables: {AELLT: {predecessor: AE.AELLT}}",
        ADAE=ADAM + "variables: {_X: {value: x}}",
    )
    assert described(model, "FA", "AELLT") == (None, None, None, None)
    assert described(model, "ADAE", "_X") == (None, None, None, None)


def test_a_supplemental_qualifier_is_text() -> None:
    model = inherited(ADAE=ADAM + "variables: {AEDLT: {predecessor: AE.AEDLT}}")
    assert described(model, "ADAE", "AEDLT") == ("Dose Limiting Toxicity", "Char", None, None)


def test_through_several_datasets() -> None:
    """ADEVENT takes from ADAE, which takes from AE."""
    model = inherited(
        ADEVENT=ADAM + "variables: {AELLT: {predecessor: ADAE.AELLT}}",
        ADAE=ADAM + "variables: {AELLT: {predecessor: AE.AELLT}}",
    )
    assert described(model, "ADEVENT", "AELLT")[:2] == ("Lowest Level Term", "Char")


def test_the_first_kind_of_row_that_knows_decides() -> None:
    rows = """
standard: adam
rows:
  made: {from: XX, variables: {AESER: {copy: AESER}}}
  own:  {from: AE, variables: {AESER: {copy: AESER}}}
variables: {AESER: {}}
"""
    assert described(inherited(ADAE=rows, XX="variables: {AESER: {copy: S}}"), "ADAE", "AESER")[0] == "Serious Event"


def test_one_branch_of_a_when_is_enough() -> None:
    when = "when: [{if: \"X = 'Y'\", value: N}, {else: {predecessor: AE.AESER}}]"
    assert described(inherited(ADAE=ADAM + f"variables: {{AESER: {{{when}}}}}"), "ADAE", "AESER")[2] == "NY"


def test_datasets_that_take_from_each_other_end() -> None:
    model = inherited(
        ADA=ADAM + "variables: {X: {predecessor: ADB.X}}",
        ADB=ADAM + "variables: {X: {predecessor: ADA.X}}",
        ADC=ADAM + "variables: {X: {predecessor: ADZ.X}}",
    )
    assert described(model, "ADA", "X") == (None, None, None, None)
    assert described(model, "ADC", "X") == (None, None, None, None)


def test_the_resolved_spec_says_where_a_label_comes_from() -> None:
    model = model_of(AE=AE, ADAE=ADAM + "variables: {AELLT: {predecessor: AE.AELLT}}")

    def at(line: int, **keys: str) -> Node:
        place = Place("AE.yaml", line)
        given = {k: Node(v, place, "sdtmig") for k, v in keys.items()}
        return Node({"variables": Node({"AELLT": Node(dict(given), place, "sdtmig")}, place)}, place)

    model.nodes["AE"] = at(9, label="Lowest Level Term", type="Char", role="Topic", copy="LLT")
    model.nodes["ADAE"] = at(3, predecessor="AE.AELLT")
    inherit(model)
    variables = model.nodes["ADAE"].get("variables")
    shown = variables.mapping["AELLT"] if variables else Node(None, Place(""))
    assert {k: (v.value, v.place.line) for k, v in shown.mapping.items()} == {
        "predecessor": ("AE.AELLT", 3),
        "label": ("Lowest Level Term", 9),
        "type": ("Char", 9),
        "role": ("Topic", 9),
    }
