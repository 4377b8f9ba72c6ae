"""The resolved spec as people read it: value, layer, file and line, and the method in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.resolve import StudyModel, resolve
from specs.show import UnknownName, show

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


def test_unknown_names_get_the_nearest(model: StudyModel) -> None:
    with pytest.raises(UnknownName, match="AE has no variable AETREM; did you mean 'AETERM'"):
        show(model, "AE.AETREM")
    with pytest.raises(UnknownName, match="mine has no dataset XX; it has AE"):
        show(model, "XX")
