"""The resolved spec as people read it: value, layer, file and line, and the method in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.resolve import StudyModel, resolve
from specs.show import UnknownName, show, show_whole

STUDY = """\
study: S-1
extends: [sdtmig-3.4]
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  ae: {file: ae.csv, subject: SUBJECT}
subjects: {register: dm}
"""
AE = """\
rows:
  events: {from: ae, where: TERM is not missing}
keys: [USUBJID, AETERM]
variables:
  AETERM:  {copy: {column: TERM, case: upper}}
  AEDECOD: {copy: PT}
  EPOCH:   {omit: no elements}
  AESTDY:  {omit: no reference date}
  AEENDY:  {omit: no reference date}
supplemental:
  AEDLT: {copy: DLT, label: Dose Limiting Toxicity}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StudyModel:
    pack: Path = tmp_path_factory.mktemp("packs") / "mine"
    (pack / "sdtm").mkdir(parents=True)
    (pack / "study.yaml").write_text(STUDY)
    (pack / "sdtm" / "AE.yaml").write_text(AE)
    return resolve(str(pack))


def lines(model: StudyModel, name: str) -> list[list[str]]:
    """The words of each line, split where two blanks stand."""
    return [[w.strip() for w in line.split("  ") if w.strip()] for line in show(model, name).splitlines()]


def test_a_variable_shows_each_key_with_layer_file_and_line(model: StudyModel) -> None:
    shown = lines(model, "AE.AETERM")
    assert shown[0] == ["AE.AETERM"]
    assert ["copy.column", "TERM", "mine", "sdtm/AE.yaml:5"] in shown
    assert ["copy.case", "upper", "mine", "sdtm/AE.yaml:5"] in shown
    label = next(line for line in shown if line[:1] == ["label"])
    assert label[1:3] == ["Reported Term for the Adverse Event", "sdtmig-3.4"]
    assert label[3].startswith("sdtmig-3.4/sdtm/AE.yaml:")
    assert shown[-1] == ["method: TERM as collected, in upper case."]


def test_a_default_shows_the_layer_that_gives_it(model: StudyModel) -> None:
    derive = next(line for line in lines(model, "AE.AESEQ") if line[:1] == ["derive"])
    assert derive[1:3] == ["sequence_number", "general"]
    assert derive[3].startswith("general/general.yaml:")
    assert "in the order of USUBJID, AETERM." in show(model, "AE.AESEQ")


def test_case_does_not_matter(model: StudyModel) -> None:
    assert show(model, "ae.aeterm") == show(model, "AE.AETERM")


def test_a_supplemental(model: StudyModel) -> None:
    shown = lines(model, "AE.AEDLT")
    assert ["supplemental"] in shown
    assert ["copy", "DLT", "mine", "sdtm/AE.yaml:11"] in shown


def test_a_dataset_shows_rows_and_a_line_per_variable(model: StudyModel) -> None:
    shown = lines(model, "AE")
    assert shown[0] == ["AE", "Adverse Events"]
    assert ["class", "Events"] in shown
    assert ["structure", "One record per adverse event per subject"] in shown
    assert ["keys", "USUBJID, AETERM"] in shown
    assert ["events", "from ae where TERM is not missing"] in shown
    assert ["AETERM", "Char Req", "TERM as collected, in upper case."] in shown
    assert ["AEDLT", "DLT as collected."] in shown


ENDPOINTS = """\
dataset: ADTTE
class: BDS
label: Time to Event Analysis
parameters:
  OS:
    label: Overall Survival
    time_to_event:
      population: {of: DM.USUBJID, where: "DTHFL = 'Y'"}
      start: DM._START
      events: [{date: DM._DEATH, reason: DEATH}]
      censor: [{cnsr: 1, reason: ALIVE, at: start}]
    variables: {USUBJID: {copy: person.USUBJID}, AVAL: {copy: AVAL}, CNSR: {copy: CNSR}}
"""
DM = """\
rows: {all: {from: dm}}
variables:
  SUBJID: {copy: person.SUBJID}
  SITEID: {value: "01"}
  SEX: {value: F}
  COUNTRY: {value: DEU}
  DTHFL: {copy: DTH}
  _START: {value: "1", type: Num}
  _DEATH: {value: "2", type: Num}
"""
RULE = (
    "One record per subject of DM where DTHFL is 'Y'. STARTDT is DM._START. ADT is the earliest event, with CNSR 0 and "
    "its EVNTDESC: 'DEATH' at DM._DEATH. Without an event censored, with CNSDTDSC, by the first of these rules that "
    "applies: (1) CNSR 1, CNSDTDSC 'ALIVE', at STARTDT. AVAL is ADT - STARTDT + 1 in days. SRCDOM, SRCVAR and SRCSEQ "
    "name the date that ADT is."
)


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> StudyModel:
    pack: Path = tmp_path_factory.mktemp("packs") / "endpoints"
    (pack / "sdtm").mkdir(parents=True)
    (pack / "adam").mkdir()
    (pack / "study.yaml").write_text(STUDY.replace("[sdtmig", "[adamig-1.3, sdtmig"))
    (pack / "sdtm" / "DM.yaml").write_text(DM)
    (pack / "adam" / "ADTTE.yaml").write_text(ENDPOINTS)
    return resolve(str(pack))


def test_a_parameter_shows_the_rule_by_which_its_records_are_made(endpoints: StudyModel) -> None:
    shown = lines(endpoints, "ADTTE.OS")
    assert shown[0] == ["ADTTE.OS"]
    assert ["OS", RULE] in shown
    assert ["AVAL", "Num", "Cond Made with the record, by the rule of its row."] in shown
    assert ["OS", f"from ADTTE.OS: {RULE}"] in lines(endpoints, "ADTTE")


def test_a_variable_of_made_records_shows_the_rule(endpoints: StudyModel) -> None:
    assert [f"method: {RULE}"] in lines(endpoints, "ADTTE.AVAL")
    assert [f"method: {RULE}"] in lines(endpoints, "adtte.os.cnsr")


def test_the_program_of_a_dataset_holds_its_parameters(endpoints: StudyModel) -> None:
    assert f"  OS           {RULE}" in show_whole(endpoints, "ADTTE").splitlines()


def test_unknown_names_get_the_nearest(model: StudyModel) -> None:
    with pytest.raises(UnknownName, match="AE has no variable AETREM; did you mean 'AETERM'"):
        show(model, "AE.AETREM")
    with pytest.raises(UnknownName, match="mine has no dataset XX; it has AE"):
        show(model, "XX")


def test_what_a_parameter_makes_unasked_is_described_by_the_indexed_names_of_the_standard(tmp_path: Path) -> None:
    occurrences = """\
dataset: ADOCC
class: BDS
label: Occurrences
parameters:
  DEATH:
    label: Death
    derive: first_occurrence
    with: {date: DM._DEATH, population: DM.USUBJID}
    variables: {STUDYID: {value: S-1}, USUBJID: {copy: person.USUBJID}}
"""
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "adam").mkdir()
    (tmp_path / "study.yaml").write_text(STUDY.replace("[sdtmig", "[adamig-1.3, sdtmig"))
    (tmp_path / "sdtm" / "DM.yaml").write_text(DM)
    (tmp_path / "adam" / "ADOCC.yaml").write_text(occurrences)
    flag = resolve(str(tmp_path)).datasets["ADOCC"].variables["ANL01FL"]
    assert (flag.label, flag.type) == ("Analysis Flag 01", "Char")
