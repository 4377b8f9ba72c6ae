"""Defaults of a layer: which apply, and what they leave out where a dataset has less."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.resolve import StudyModel, resolve

STUDY = """\
study: S-1
extends: [sdtmig-3.4]
sources:
  dm: {file: dm.csv, subject: SUBJECT}
  vs: {file: vs.csv, subject: SUBJECT}
subjects: {register: dm}
"""
DM = """\
rows: {subjects: {from: dm}}
variables:
  SUBJID:   {copy: person.SUBJID}
  SITEID:   {copy: SITE}
  SEX:      {code: SEX}
  COUNTRY:  {copy: COUNTRY}
  RFXSTDTC: {datetime: DOSE}
"""
VS = """\
rows:
  pulse: {from: vs, testcd: PULSE, result: PULSE, unit: {value: beats/min}, standard_unit: beats/min, date: DAY}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "s1" / "sdtm").mkdir(parents=True)
    (tmp_path / "s1" / "study.yaml").write_text(STUDY)
    (tmp_path / "s1" / "sdtm" / "DM.yaml").write_text(DM)
    return tmp_path / "s1"


def resolved(pack: Path, vs: str) -> StudyModel:
    (pack / "sdtm" / "VS.yaml").write_text(vs)
    return resolve(str(pack))


def groups(model: StudyModel) -> list[str]:
    given = model.datasets["VS"].variables["VSLOBXFL"].with_
    assert given is not None
    found: list[str] = given["by"]
    return found


def test_a_list_holds_the_variables_that_the_dataset_has(pack: Path) -> None:
    assert groups(resolved(pack, VS)) == ["VSTESTCD"]


def test_a_list_holds_variables_of_single_rows(pack: Path) -> None:
    assert groups(resolved(pack, VS.replace("date:", "position: SITTING, date:"))) == ["VSTESTCD", "VSPOS"]


def test_a_default_waits_for_what_it_needs(pack: Path) -> None:
    (pack / "sdtm" / "DM.yaml").unlink()
    model = resolved(pack, VS)
    assert model.datasets["VS"].variables["VSLOBXFL"].derive is None
    assert "VSDY" not in model.datasets["VS"].variables


@pytest.mark.parametrize("order", ["SE.TAETORD", None])
def test_a_default_leaves_out_what_another_dataset_does_not_have(pack: Path, order: str | None) -> None:
    place = ", TAETORD: {value: 1}" if order else ""
    (pack / "sdtm" / "SE.yaml").write_text(
        f"rows: {{scr: {{from: dm, variables: {{ETCD: {{value: SCR}}, EPOCH: {{value: SCREENING}}{place}}}}}}}\n"
        "variables: {SESTDTC: {datetime: DAY}, SEENDTC: {predecessor: DM.RFXSTDTC}}\n"
    )
    given = resolved(pack, VS).datasets["VS"].variables["EPOCH"].with_
    assert given is not None
    assert given.get("order") == order


def test_classes_of_an_analysis_standard_are_known(pack: Path) -> None:
    (pack / "study.yaml").write_text(STUDY.replace("sdtmig-3.4", "sdtmig-3.4, adamig-1.3"))
    assert resolved(pack, VS).datasets["VS"].class_ == "Findings"
