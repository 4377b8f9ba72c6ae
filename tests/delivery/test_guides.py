"""Reviewer's guides of a small study: what the run tells, and what is left to a person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docx import Document

from delivery.ectd import ADAM, SDTM
from delivery.guide_facts import GuideFacts, _cut
from delivery.guides import write_guides
from delivery.split import split_xpt
from delivery.xpt_reader import read_meta
from pipeline.run import RunOptions, run
from specs.model import CutRule
from specs.resolve import StudyModel, resolve
from tests.define.trial import deliver
from tests.pipeline.small_study import pack


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> GuideFacts:
    """The study of the packaging tests: DM, AE and TS, a cut, an accepted error."""
    folder = tmp_path_factory.mktemp("study")
    study = pack(folder / "small")
    delivery = run(RunOptions(str(study), out=folder / "out")).delivery
    assert delivery is not None
    return GuideFacts(resolve(str(study)), delivery, delivery / "m5/datasets/s-1" / SDTM, False)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyModel, Path]:
    """A study with findings, qualifiers and an analysis dataset."""
    folder = tmp_path_factory.mktemp("trial")
    delivery = deliver(folder)
    found = next(p.parent for p in folder.rglob("study.yaml"))
    return resolve(str(found)), delivery


def test_datasets_with_their_keys_and_numbers(small: GuideFacts) -> None:
    assert [row[:5] for row in small.datasets()] == [
        ("TS", "Trial Summary", "Trial Design", "STUDYID, TSPARMCD, TSSEQ", 2),
        ("DM", "Demographics", "Special Purpose", "STUDYID, USUBJID", 2),
        ("AE", "Adverse Events", "Events", "STUDYID, USUBJID, AEDECOD, AETERM, AESTDTC", 63),
    ]
    for name, *_, variables in small.datasets():
        assert variables == len(read_meta(small.place / f"{str(name).lower()}.xpt")[0]["variables"])


def test_what_records_are_made_from(small: GuideFacts) -> None:
    assert [(name, of) for name, of, _ in small.origins()] == [
        ("TS", "tables/ts.csv"),
        ("DM", "dm (edc)"),
        ("AE", "ae (edc)"),
    ]


def test_the_rules_of_the_cut_and_what_they_did(small: GuideFacts) -> None:
    assert small.cut_rules() == [("AE", "records with AESTDTC after the cut are removed", 0, 0, 0)]


def test_files_of_the_extract_with_their_checksums(small: GuideFacts) -> None:
    assert [(file, name, kind, len(str(checksum))) for file, name, kind, checksum in small.sources()] == [
        ("ae.csv", "ae", "edc", 64),
        ("dm.csv", "dm", "edc", 64),
    ]


def test_findings_with_their_reasons(small: GuideFacts) -> None:
    assert ("CODE_UNMAPPED", "error", "AE", 1, 1, "queried (J. Doe)") in small.conformance()


def test_facts_of_the_trial(small: GuideFacts) -> None:
    assert (small.summary("TITLE"), small.summary("SSTDTC"), small.summary("TPHASE")) == (
        "A small study",
        "2024-06-03",
        "",
    )
    assert (small.screen_failures(), small.empty(), small.criteria()) == (0, [], [])


def test_split_datasets_with_their_parts(small: GuideFacts, tmp_path: Path) -> None:
    assert small.splits() == []
    shutil.copytree(small.place, tmp_path / "sdtm")
    size = (tmp_path / "sdtm" / "ae.xpt").stat().st_size
    split_xpt(tmp_path / "sdtm" / "ae.xpt", size - 1)
    copy = GuideFacts(small.model, small.delivery, tmp_path / "sdtm", False)
    assert copy.splits() == [("AE", size, "ae1.xpt, ae2.xpt")]


def test_a_supplement_is_of_its_dataset_and_an_analysis_of_what_it_joins(trial: tuple[StudyModel, Path]) -> None:
    model, delivery = trial
    place = delivery / "m5/datasets/trial1"
    tabulations = GuideFacts(model, delivery, place / SDTM, False)
    assert {name: of for name, of, _ in tabulations.origins()}["SUPPAE"] == "AE"
    analysis = GuideFacts(model, delivery, place / ADAM, True)
    assert [name for name, *_ in analysis.datasets()] == ["ADSL", "ADVS"]
    assert {name: of for name, of, _ in analysis.origins()} == {"ADSL": "DM", "ADVS": "VS, ADSL"}
    assert "DM" in str(dict(analysis.dependencies())["ADSL"])


def test_terms_that_the_study_adds(trial: tuple[StudyModel, Path]) -> None:
    model, delivery = trial
    facts = GuideFacts(model, delivery, delivery / "m5/datasets/trial1" / SDTM, False)
    assert facts.extended_codelists() == [("Epoch", "APHERESIS", "Apheresis Epoch")]


def headings(path: Path) -> list[str]:
    return [p.text for p in Document(str(path)).paragraphs if p.style is not None and p.style.name == "Heading 1"]


def test_both_guides_have_the_sections_of_the_templates(trial: tuple[StudyModel, Path], tmp_path: Path) -> None:
    model, delivery = trial
    shutil.copytree(delivery / "m5/datasets/trial1", tmp_path / "trial1")
    written = write_guides(model, delivery, tmp_path / "trial1", "PMDA")
    assert [p.relative_to(tmp_path / "trial1").as_posix() for p in written] == [
        "tabulations/sdtm/csdrg.docx",
        "analysis/adam/datasets/adrg.docx",
    ]
    assert headings(written[0]) == [
        "1. Introduction",
        "2. Protocol Description",
        "3. Subject Data Description",
        "4. Data Conformance Summary",
        "5. Software and versions",
        "Appendix I: Inclusion and Exclusion Criteria",
    ]
    assert headings(written[1]) == [
        "1. Introduction",
        "2. Protocol Description",
        "3. Analysis Considerations Related to Multiple Analysis Datasets",
        "4. Analysis Data Creation and Processing Issues",
        "5. Analysis Dataset Descriptions",
        "6. Data Conformance Summary",
        "7. Submission of Programs",
        "8. Software and versions",
    ]
    assert Document(str(written[0])).paragraphs[1].text == "Draft for PMDA"


def test_guides_are_the_same_bytes_every_time(trial: tuple[StudyModel, Path], tmp_path: Path) -> None:
    model, delivery = trial
    for name in ("a", "b"):
        shutil.copytree(delivery / "m5/datasets/trial1", tmp_path / name)
    first, second = (write_guides(model, delivery, tmp_path / name, "FDA") for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_a_standard_that_is_not_there_has_no_guide(small: GuideFacts, tmp_path: Path) -> None:
    shutil.copytree(small.place, tmp_path / SDTM)
    assert [p.name for p in write_guides(small.model, small.delivery, tmp_path, "FDA")] == ["csdrg.docx"]


def test_the_cut_sentence_says_why_a_dataset_is_kept() -> None:
    assert _cut(CutRule(keep="visits are planned")) == "not cut: visits are planned"


def test_the_cut_sentence_says_what_is_emptied_where_the_record_is_kept() -> None:
    rule = CutRule.model_validate({"start": "EXSTDTC", "end": "EXENDTC", "after_end": "keep"})
    assert _cut(rule) == (
        "records with EXSTDTC after the cut are removed; EXENDTC after the cut is emptied, the record is kept"
    )


def test_fields_that_are_not_submitted_have_the_reason(tmp_path: Path) -> None:
    study = pack(tmp_path / "small")
    text = (study / "study.yaml").read_text()
    (study / "study.yaml").write_text(text.replace("{file: ae.csv,", "{file: ae.csv, unused: {COMM: not asked for},"))
    (study / "sdtm" / "AE.yaml").write_text(
        (study / "sdtm" / "AE.yaml").read_text().replace("{from: ae}", "{from: ae, where: AEYN = 'Y'}")
    )
    facts = GuideFacts(resolve(str(study)), tmp_path, tmp_path, False)
    assert facts.not_submitted() == [
        ("AE", "AEYN", "selects records, or decides between values"),
        ("AE", "COMM", "not asked for"),
    ]


def test_an_analysis_dataset_says_what_it_is_made_of(trial: tuple[StudyModel, Path]) -> None:
    facts = GuideFacts(trial[0], trial[1], trial[1] / "m5/datasets/trial1" / ADAM, True)
    assert {name: comment for name, _, comment in facts.structures()} == {
        "ADSL": "Records are made from DM. Values are also taken from VS.",
        "ADVS": "Records are made from VS, ADSL.",
    }
