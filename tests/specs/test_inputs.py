"""SDTM datasets that a run starts from, what is taken from them, and working datasets."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.model import Copy
from specs.problems import SpecErrors
from specs.resolve import StudyModel, resolve

STUDY = """\
study: S-1
extends: [adamig-1.3, sdtmig-3.4]
sources:
  dm: {file: dm.xpt, kind: sdtm, subject: USUBJID}
  ae: {file: ae.xpt, kind: sdtm, subject: USUBJID}
  ex: {file: ex.xpt, kind: sdtm, subject: USUBJID}
  lb: {file: lb.xpt, kind: sdtm, subject: USUBJID}
subjects: {register: dm, usubjid: "{number}"}
cut: {date: 2026-03-31, datasets: {AE: {start: AESTDTC, end: AEENDTC}}}
"""
ADSL = """\
rows: {subjects: {from: DM}}
predecessors: {DM: [SUBJID, SITEID, AGE, AGEU, SEX, RACE, ARM, RFSTDTC, XNOTE]}
variables:
  TRT01P: {predecessor: DM.ARM}
  TRTSDT: {derive: earliest_date, with: {of: [DOSES.EXSTDTC]}}
  XNOTE:  {predecessor: DM.XNOTE, label: Note, type: Char}
"""
DOSES = """\
dataset: DOSES
class: Interventions
working: only doses above zero count
rows: {doses: {from: EX, where: EXDOSE > 0}}
predecessors: {EX: [EXSTDTC]}
"""
ADAE = """\
dataset: ADAE
class: OCCDS
label: Adverse Event Analysis Dataset
rows: {events: {from: AE, where: AETERM is not missing}}
predecessors: {ADSL: [SEX, TRTSDT, RFSTDTC], AE: [AETERM, AESER]}
variables:
  ASTDT:  {derive: convert_dtc_to_dt, with: {dtc: AE.AESTDTC}}
  AOCCFL: {derive: occurrence_flag, with: {order: [ASTDT, AESEQ]}}
"""


def pack(folder: Path, **files: str) -> str:
    (folder / "adam").mkdir(parents=True)
    (folder / "study.yaml").write_text(STUDY)
    for name, content in {"ADSL": ADSL, "DOSES": DOSES, "ADAE": ADAE, **files}.items():
        (folder / "adam" / f"{name}.yaml").write_text(content)
    return str(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StudyModel:
    return resolve(pack(tmp_path_factory.mktemp("packs") / "mine"))


def test_a_source_is_a_dataset_with_what_is_referred_to(model: StudyModel) -> None:
    assert model.datasets["AE"].stands_for == "ae"
    assert sorted(model.datasets["AE"].variables) == ["AEENDTC", "AESEQ", "AESER", "AESTDTC", "AETERM", "USUBJID"]
    assert sorted(model.datasets["EX"].variables) == ["EXDOSE", "EXSTDTC", "USUBJID"]
    assert model.datasets["AE"].rows["records"].from_ == "ae"
    assert "LB" not in model.datasets


def test_its_variables_are_described_by_the_standard(model: StudyModel) -> None:
    dose, note = model.datasets["EX"].variables["EXDOSE"], model.datasets["DM"].variables["XNOTE"]
    assert (dose.label, dose.type, dose.copy_) == ("Dose", "Num", Copy(column="EXDOSE"))
    assert (note.label, note.type) == (None, None)
    assert model.datasets["DM"].variables["USUBJID"].copy_ == Copy(column="person.USUBJID")


def test_what_is_taken_under_its_own_name_is_what_it_was(model: StudyModel) -> None:
    term, serious = (model.datasets["ADAE"].variables[v] for v in ("AETERM", "AESER"))
    assert (term.label, term.type) == ("Reported Term for the Adverse Event", "Char")
    assert (serious.codelist, serious.core) == ("NY", None)
    reference, treated = (model.datasets["ADAE"].variables[v] for v in ("RFSTDTC", "TRTSDT"))
    assert reference.label == "Subject Reference Start Date/Time"
    assert (treated.label, treated.type, treated.display) == ("Date of First Exposure to Treatment", "Num", "DATE9.")
    assert model.nodes["ADAE"].plain()["variables"]["AETERM"]["label"] == "Reported Term for the Adverse Event"


def test_what_is_written_and_what_is_not(model: StudyModel) -> None:
    assert {n for n, d in model.datasets.items() if d.is_written} == {"ADSL", "ADAE"}
    assert sorted(model.datasets["DOSES"].variables) == ["EXSTDTC", "USUBJID"]


def test_indexed_names_and_defaults_of_the_structure(model: StudyModel) -> None:
    adsl, adae = model.datasets["ADSL"].variables, model.datasets["ADAE"].variables
    assert adsl["TRT01P"].label == "Planned Treatment for Period 01"
    assert adae["ASTDY"].derive == "relative_day"
    assert adae["AESEQ"].copy_ == Copy(column="AESEQ")
    assert "AENDY" not in adae
    assert "AEDY" not in adae


def test_the_keys_that_order_records(model: StudyModel) -> None:
    assert model.datasets["ADAE"].keys == ["STUDYID", "USUBJID", "AESEQ"]
    assert model.datasets["ADAE"].sort_keys == ["STUDYID", "USUBJID", "AESEQ"]
    assert model.datasets["ADSL"].keys == ["STUDYID", "USUBJID"]


def test_an_undescribed_variable_says_what_it_is(tmp_path: Path) -> None:
    adsl = ADSL.replace("  XNOTE:  {predecessor: DM.XNOTE, label: Note, type: Char}\n", "")
    with pytest.raises(SpecErrors) as raised:
        resolve(pack(tmp_path / "mine", ADSL=adsl))
    told = [str(p) for p in raised.value.problems]
    assert len(told) == 1
    assert "ADSL.XNOTE: a variable that no layer describes needs `label:` and `type:`" in told[0]


def test_what_the_standard_says_is_locked(tmp_path: Path) -> None:
    adsl = ADSL.replace("{predecessor: DM.ARM}", "{predecessor: DM.ARM, label: Mine}")
    with pytest.raises(SpecErrors, match=r"ADSL.TRT01P: 'label' is set by adamig-1.3"):
        resolve(pack(tmp_path / "mine", ADSL=adsl))
