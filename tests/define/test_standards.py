"""The standards that a define names, from the layers of a study and its terminology file."""

from __future__ import annotations

import pytest

from define.standards import standards
from specs.resolve import StudyModel, resolve
from tests.define.trial import FILES


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StudyModel:
    folder = tmp_path_factory.mktemp("trial")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return resolve(str(folder))


def told(model: StudyModel, analysis: bool, *lists: str) -> list[tuple[str, ...]]:
    found = standards(model, analysis=analysis)
    for name in lists:
        found.of_codelist(name)
    return [(s.oid, s.name, s.type, s.version) for s in found.all()]


def test_tabulations_name_the_guide_and_its_terminology(model: StudyModel) -> None:
    assert told(model, False) == [
        ("STD.SDTMIG", "SDTMIG", "IG", "3.4"),
        ("STD.CT.SDTM", "CDISC/NCI", "CT", "2025-03-28"),
    ]


def test_analysis_datasets_name_the_terminology_of_tabulations_where_they_use_it(model: StudyModel) -> None:
    own = [("STD.ADaMIG", "ADaMIG", "IG", "1.3"), ("STD.CT.ADaM", "CDISC/NCI", "CT", "2025-03-28")]
    assert told(model, True) == own
    assert told(model, True, "SEX") == [*own, ("STD.CT.SDTM", "CDISC/NCI", "CT", "2025-03-28")]


def test_a_list_is_of_the_package_that_publishes_it(model: StudyModel) -> None:
    found = standards(model, analysis=True)
    assert found.guide == "STD.ADaMIG"
    assert found.of_codelist("SEX") == "STD.CT.SDTM"
    assert found.of_codelist("FEELING") is None


def test_a_terminology_file_of_another_date_gives_the_version(model: StudyModel) -> None:
    study = model.study.model_copy(update={"terminology": "SDTM Terminology 2024-09-27.txt"})
    other = StudyModel(model.name, model.pack, study, model.head, model.layers)
    assert told(other, False)[1] == ("STD.CT.SDTM", "CDISC/NCI", "CT", "2024-09-27")
