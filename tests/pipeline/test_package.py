"""Packages: what refuses one, what is in it, that it verifies, is made once, and is the same bytes anywhere."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from delivery.acrf_check import CrfError
from delivery.ectd import ADAM, AGENCIES, PROGRAMS, files_of, write_index
from delivery.verify import verify
from pipeline.package import PackageOptions, PackageRefused, _preferred, _write_programs, package, visits_of
from pipeline.run import RunOptions, run
from pipeline.verify import verify_delivery
from specs.layers import UnknownStudy
from specs.resolve import resolve
from tests.define.trial import deliver
from tests.pipeline.small_study import pack

SDTM = "m5/datasets/s-1/tabulations/sdtm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The pack and its delivery."""
    folder = tmp_path_factory.mktemp("study")
    study = pack(folder / "small")
    delivery = run(RunOptions(str(study), out=folder / "out", profile="release")).delivery
    assert delivery is not None
    return study, delivery


def options(made: tuple[Path, Path], out: Path, **changes: object) -> PackageOptions:
    study, delivery = made
    return PackageOptions(**{"delivery": delivery, "agency": "fda", "out": out, "study": str(study), **changes})  # type: ignore[arg-type]


def test_a_package_holds_what_an_agency_takes_and_verifies(made: tuple[Path, Path], tmp_path: Path) -> None:
    found = package(options(made, tmp_path))
    assert found.folder.parent == tmp_path / "S-1" / "2026-03-31"
    assert (tmp_path / "S-1" / "2026-03-31" / "current").resolve() == found.folder.resolve()
    assert list(files_of(found.folder)) == [
        "index-sha256.txt",
        "index.json",
        "m5/datasets/s-1/misc/ae.txt",
        "m5/datasets/s-1/misc/dm.txt",
        "m5/datasets/s-1/misc/ts.txt",
        f"{SDTM}/acrf.pdf",
        f"{SDTM}/ae.xpt",
        f"{SDTM}/csdrg.docx",
        f"{SDTM}/define.html",
        f"{SDTM}/define.xml",
        f"{SDTM}/define2-1.xsl",
        f"{SDTM}/dm.xpt",
        f"{SDTM}/ts.xpt",
        "manifest.json",
    ]
    checked = verify_delivery(found.folder)
    assert (checked.package, checked.faults, found.files) == (True, (), 14)


def test_datasets_and_define_are_those_of_the_delivery(made: tuple[Path, Path], tmp_path: Path) -> None:
    found = package(options(made, tmp_path)).folder
    for path in (made[1] / "m5").rglob("*"):
        if path.is_file():
            assert (found / path.relative_to(made[1])).read_bytes() == path.read_bytes()


def test_the_same_delivery_gives_the_same_bytes_and_is_packaged_once(made: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = package(options(made, tmp_path / "a")), package(options(made, tmp_path / "b"))
    for name in files_of(first.folder):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
    again = package(options(made, tmp_path / "a"))
    assert (again.folder, again.up_to_date) == (first.folder, True)
    assert package(options(made, tmp_path / "a", agency="pmda")).folder != first.folder


def test_the_annotated_crf_has_the_forms_and_the_visits(made: tuple[Path, Path], tmp_path: Path) -> None:
    reader = PdfReader(package(options(made, tmp_path)).folder / SDTM / "acrf.pdf")
    assert [page.extract_text().split("\n")[0] for page in reader.pages[1:]] == ["DM", "AE"]
    assert visits_of(made[1]) == {}


def test_the_programs_are_the_resolved_specs(made: tuple[Path, Path], tmp_path: Path) -> None:
    text = (package(options(made, tmp_path)).folder / "m5/datasets/s-1/misc/ae.txt").read_text(encoding="ascii")
    assert text.startswith("AE  Adverse Events\n")
    assert "AETERM    Char Req  TERM as collected." in text
    assert "sdtm/AE.yaml:3" in text


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The pack of a trial with an analysis, and the study folder of its delivery."""
    folder = tmp_path_factory.mktemp("trial")
    return folder / "trial", deliver(folder) / "m5/datasets/trial1"


def test_the_programs_of_analyses_are_their_specifications(analysed: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / ADAM).mkdir(parents=True)
    _write_programs(resolve(str(analysed[0])), tmp_path)
    assert [p.name for p in sorted((tmp_path / PROGRAMS).iterdir())] == ["adsl.txt", "advs.txt", "analyses.txt"]
    said = (tmp_path / PROGRAMS / "analyses.txt").read_text(encoding="ascii")
    assert said.startswith("HIGH:\n  label: Subjects with high pressure\n  group: primary\n")


def test_what_an_agency_prefers_is_told(analysed: tuple[Path, Path], tmp_path: Path) -> None:
    define = (analysed[1] / ADAM / "define.xml").read_text()
    (tmp_path / ADAM).mkdir(parents=True)
    told = []
    for text in (define, define.replace("AnalysisResult ", "Other ").replace("AnalysisResult>", "Other>")):
        (tmp_path / ADAM / "define.xml").write_text(text)
        told.append([len(list(_preferred(agency, tmp_path))) for agency in (AGENCIES["fda"], AGENCIES["pmda"])])
    assert told == [[0, 0], [0, 1]]


# ---- the reviewer's guide ----


def tables(path: Path) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(str(path)).tables]


def test_the_guide_tells_the_run(made: tuple[Path, Path], tmp_path: Path) -> None:
    path = package(options(made, tmp_path)).folder / SDTM / "csdrg.docx"
    rows = [row for table in tables(path) for row in table]
    assert ["Guide", "SDTMIG", "3.4"] in rows
    assert ["CODE_UNMAPPED", "error", "AE", "1", "1", "queried (J. Doe)"] in rows
    assert ["AE", "records with AESTDTC after the cut are removed", "0", "0", "0"] in rows
    keys = "STUDYID, USUBJID, AEDECOD, AETERM, AESTDTC"
    assert ["AE", "Adverse Events", "Events", keys, "63"] in [r[:5] for r in rows]
    assert ["Title", "A small study"] in rows
    assert any(r[0] == "pandas" for r in rows)
    headings = [p.text for p in Document(str(path)).paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == [
        "1. Introduction",
        "2. Protocol Description",
        "3. Subject Data Description",
        "4. Data Conformance Summary",
        "5. Software and versions",
        "Appendix I: Inclusion and Exclusion Criteria",
    ]


def test_an_edited_guide_takes_the_place_of_the_draft(made: tuple[Path, Path], tmp_path: Path) -> None:
    draft = package(options(made, tmp_path / "drafts")).folder / SDTM / "csdrg.docx"
    document = Document(str(draft))
    document.add_paragraph("Acronyms: CAR, chimeric antigen receptor.")
    document.save(str(tmp_path / "edited.docx"))
    found = package(options(made, tmp_path / "final", csdrg=tmp_path / "edited.docx"))
    assert (found.folder / SDTM / "csdrg.docx").read_bytes() == (tmp_path / "edited.docx").read_bytes()
    assert found.folder.name != draft.parents[4].name
    assert verify_delivery(found.folder).faults == ()


# ---- splitting and signing ----


def test_one_changed_byte_in_any_file_is_found_by_name(made: tuple[Path, Path], tmp_path: Path) -> None:
    """Every file of a real package, with parts and a signature: first, last and some byte between."""
    limit = (made[1] / SDTM / "ae.xpt").stat().st_size - 1
    folder = package(options(made, tmp_path, limit=limit, sign="J. Doe", meaning="approved")).folder
    names = list(files_of(folder))
    assert {"signature-1.json", f"{SDTM}/split/ae2.xpt", f"{SDTM}/define.html", "manifest.json"} <= set(names)
    for name in names:
        path = folder / name
        content = path.read_bytes()
        path.chmod(0o644)
        for at in {0, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            told = " ".join(f"{f.file} {f.message}" for f in verify(folder, limit).faults)
            assert name in told, (name, at)
        path.write_bytes(content)
    assert verify_delivery(folder, limit=limit).faults == ()


@pytest.mark.parametrize("change", ["lost", "added", "renamed"])
def test_lost_added_and_renamed_files(made: tuple[Path, Path], tmp_path: Path, change: str) -> None:
    folder = package(options(made, tmp_path)).folder
    path, other = folder / SDTM / "dm.xpt", folder / SDTM / "dm2.xpt"
    if change == "added":
        shutil.copyfile(path, other)
    elif change == "lost":
        path.unlink()
    else:
        path.rename(other)
    found = {(f.rule, f.file) for f in verify(folder).faults}
    assert (("FILE_UNLISTED", f"{SDTM}/dm2.xpt") in found) == (change != "lost")
    assert (("FILE_LOST", f"{SDTM}/dm.xpt") in found) == (change != "added")


def test_a_define_that_disagrees_with_its_files_though_the_checksums_are_right(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = package(options(made, tmp_path)).folder
    path = folder / SDTM / "define.xml"
    path.chmod(0o644)
    right, wrong = (f'Name="AETERM" DataType="text" Length="{length}"' for length in (8, 7))
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    write_index(folder, {"agency": "fda"})
    assert ("DEFINE_LENGTH_TOO_SHORT", f"{SDTM}/define.xml") in {
        (f.rule, f.file) for f in verify_delivery(folder).faults
    }


def test_a_dataset_over_the_limit_is_split_beside_the_whole(made: tuple[Path, Path], tmp_path: Path) -> None:
    size = (made[1] / SDTM / "ae.xpt").stat().st_size
    limit = size - 1
    found = package(options(made, tmp_path, limit=limit))
    assert [p.name for p in sorted((found.folder / SDTM / "split").iterdir())] == ["ae1.xpt", "ae2.xpt"]
    assert (found.parts, (found.folder / SDTM / "ae.xpt").stat().st_size) == (2, size)
    assert verify_delivery(found.folder, limit=limit).faults == ()


def test_a_signature_is_a_record_beside_the_manifest(made: tuple[Path, Path], tmp_path: Path) -> None:
    at = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
    found = package(options(made, tmp_path, sign="J. Doe", meaning="approved"), now=at)
    assert found.signature is not None
    record = json.loads(found.signature.read_text())
    assert (record["name"], record["meaning"], record["signed"]) == ("J. Doe", "approved", "2026-04-02T09:30:00+00:00")
    assert verify_delivery(found.folder).faults == ()
    package(options(made, tmp_path, sign="A. Roe", meaning="reviewed"), now=at)
    assert [p.name for p in sorted(found.folder.glob("signature*"))] == ["signature-1.json", "signature-2.json"]


# ---- what refuses a package ----


def test_open_errors(tmp_path: Path) -> None:
    study = pack(tmp_path / "small", accepted=False)
    delivery = run(RunOptions(str(study), out=tmp_path / "out")).delivery
    assert delivery is not None
    with pytest.raises(PackageRefused, match=r"errors are open(.|\n)*CODE_UNMAPPED AE ae.csv 'Perhaps' is no term"):
        package(options((study, delivery), tmp_path / "packages"))
    assert not (tmp_path / "packages").exists()


def with_diary(folder: Path, accepted: str) -> Path:
    """The small study, with what subjects wrote into a diary of a vendor: no page of the CRF has it."""
    study = pack(folder)
    sources = (study / "study.yaml").read_text()
    diary = "sources:\n  diary: {file: diary.csv, kind: vendor, subject: SUBJECT, key: [SUBJECT]}\n"
    (study / "study.yaml").write_text(sources.replace("sources:\n", diary))
    ae = (study / "sdtm" / "AE.yaml").read_text().replace("{from: ae}", "{from: ae, join: {diary: {source: diary}}}")
    assert "diary" in ae
    said = "{copy: diary.MOOD, label: Mood in the Diary, source: Subject, because: the subject writes the diary}"
    (study / "sdtm" / "AE.yaml").write_text(f"{ae}supplemental:\n  AEMOOD: {said}\n")
    (study / "extract" / "diary.csv").write_text("SUBJECT,MOOD\n01,Good\n02,Bad\n")
    (study / "accepted.yaml").write_text((study / "accepted.yaml").read_text() + accepted)
    return study


ACCEPTED = "  - {rule: DEFINE_COLLECTED_WITHOUT_PAGE, reason: the diary has no paper form, who: J. Doe}\n"


def test_an_error_of_the_define_that_is_accepted_is_told_and_does_not_stop_the_package(tmp_path: Path) -> None:
    study = with_diary(tmp_path / "diary", ACCEPTED)
    delivery = run(RunOptions(str(study), out=tmp_path / "out", profile="release")).delivery
    assert delivery is not None
    found = package(options((study, delivery), tmp_path / "packages"))
    told = [("DEFINE_COLLECTED_WITHOUT_PAGE", f"{SDTM}/define.xml")]
    for folder in (delivery, found.folder):
        checked = verify_delivery(folder)
        assert (checked.faults, [(f.rule, f.file) for f in checked.accepted]) == ((), told)


def test_an_error_of_the_define_that_nobody_accepted_stops_the_package(tmp_path: Path) -> None:
    study = with_diary(tmp_path / "diary", "")
    delivery = run(RunOptions(str(study), out=tmp_path / "out")).delivery
    assert delivery is not None
    assert [f.rule for f in verify_delivery(delivery).faults] == ["DEFINE_COLLECTED_WITHOUT_PAGE"]
    with pytest.raises(PackageRefused, match=r"DEFINE_COLLECTED_WITHOUT_PAGE SUPPAE\.QVAL"):
        package(options((study, delivery), tmp_path / "packages"))


def test_a_changed_delivery(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[1], copy)
    (copy / "findings.csv").chmod(0o644)
    (copy / "findings.csv").write_text((copy / "findings.csv").read_text().replace("error", "note"))
    with pytest.raises(PackageRefused, match=r"findings\.csv: FILE_CHANGED"):
        package(options((made[0], copy), tmp_path / "packages"))


def test_other_specs_than_those_of_the_run(made: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "small"
    shutil.copytree(made[0], other)
    (other / "sdtm" / "AE.yaml").write_text((other / "sdtm" / "AE.yaml").read_text() + "# changed\n")
    with pytest.raises(PackageRefused, match=r"the specs are not those of the delivery(.|\n)*small/sdtm/AE\.yaml"):
        package(options((other, made[1]), tmp_path / "packages"))


def test_a_pack_that_is_not_found(made: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UnknownStudy, match="give the study pack of the delivery with --study"):
        package(options(made, tmp_path, study=""))


def test_a_preview(made: tuple[Path, Path], tmp_path: Path) -> None:
    preview = run(RunOptions(str(made[0]), out=tmp_path / "out", only=("DM", "TS"))).delivery
    assert preview is not None
    with pytest.raises(PackageRefused, match="is a preview of some datasets; run without --only"):
        package(options((made[0], preview), tmp_path / "packages"))


def test_a_package_is_no_delivery(made: tuple[Path, Path], tmp_path: Path) -> None:
    found = package(options(made, tmp_path / "packages"))
    with pytest.raises(PackageRefused, match="is a package already"):
        package(options((made[0], found.folder), tmp_path / "again"))


def test_an_annotated_crf_with_other_pages(made: tuple[Path, Path], tmp_path: Path) -> None:
    own = package(options(made, tmp_path / "own")).folder / SDTM / "acrf.pdf"
    taken = package(options(made, tmp_path / "taken", acrf=own)).folder / SDTM / "acrf.pdf"
    assert taken.read_bytes() == own.read_bytes()
    writer = PdfWriter()
    for page in reversed(PdfReader(own).pages):
        writer.add_page(page)
    writer.write(tmp_path / "turned.pdf")
    with pytest.raises(PackageRefused, match=r"AETERM: page 3 .* does not annotate AETERM; it is annotated on 1"):
        package(options(made, tmp_path / "wrong", acrf=tmp_path / "turned.pdf"))
    (tmp_path / "no.pdf").write_text("hello")
    with pytest.raises(CrfError):
        package(options(made, tmp_path / "wrong", acrf=tmp_path / "no.pdf"))
    assert not list((tmp_path / "wrong").rglob("index.json"))
