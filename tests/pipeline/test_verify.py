"""A delivery or package verified together with its define.xml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from delivery.ectd import write_index
from delivery.verify import NotADelivery
from pipeline.package import PackageOptions, package
from pipeline.run import RunOptions, run
from pipeline.verify import verify_delivery
from tests.pipeline.small_study import pack

SDTM = "m5/datasets/s-1/tabulations/sdtm"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A delivery and its package."""
    folder = tmp_path_factory.mktemp("study")
    study = pack(folder / "small")
    delivery = run(RunOptions(str(study), out=folder / "out", profile="release")).delivery
    assert delivery is not None
    return delivery, package(PackageOptions(delivery, "fda", folder / "packages", str(study))).folder


def changed(folder: Path, to: Path, name: str, old: str, new: str) -> list[tuple[str, str]]:
    """The faults of a copy in which a text was changed and the index made anew."""
    shutil.copytree(folder, to)
    path = to / name
    path.chmod(0o644)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    write_index(to, {"agency": "fda"})
    return [(f.rule, f.file) for f in verify_delivery(to).faults]


def test_both_are_good(made: tuple[Path, Path]) -> None:
    delivery, packaged = made
    assert [(v.package, v.faults) for v in map(verify_delivery, (delivery, packaged))] == [(False, ()), (True, ())]


def test_a_delivery_may_lack_the_documents_that_packaging_adds_and_a_package_may_not(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[1], copy)
    (copy / SDTM / "acrf.pdf").unlink()
    write_index(copy, {"agency": "fda"})
    found = {(f.rule, f.file) for f in verify_delivery(copy).faults}
    assert found == {
        ("LINK_DEAD", f"{SDTM}/define.xml"),
        ("LINK_DEAD", f"{SDTM}/define.html"),
        ("DEFINE_DOCUMENT_MISSING", f"{SDTM}/define.xml"),
    }


def test_a_define_against_its_files(made: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = 'Name="AETERM" DataType="text" Length="8"', 'Name="AETERM" DataType="text" Length="7"'
    assert changed(made[1], tmp_path / "copy", f"{SDTM}/define.xml", old, new) == [
        ("DEFINE_LENGTH_TOO_SHORT", f"{SDTM}/define.xml")
    ]


def test_a_define_that_cannot_be_read_is_one_fault(made: tuple[Path, Path], tmp_path: Path) -> None:
    assert changed(made[1], tmp_path / "copy", f"{SDTM}/define.xml", "</ODM>", "") == [
        ("DEFINE_UNREADABLE", f"{SDTM}/define.xml")
    ]


def test_a_transport_file_with_a_right_checksum_that_cannot_be_read(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[1], copy)
    path = copy / SDTM / "ae.xpt"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:400])
    write_index(copy, {"agency": "fda"})
    assert ("XPT_UNREADABLE", f"{SDTM}/ae.xpt") in [(f.rule, f.file) for f in verify_delivery(copy).faults]


def test_a_page_with_a_dead_link(made: tuple[Path, Path], tmp_path: Path) -> None:
    page = f"{SDTM}/define.html"
    assert changed(made[1], tmp_path / "copy", page, 'href="ae.xpt"', 'href="be.xpt"') == [("LINK_DEAD", page)]


def test_a_folder_that_is_neither(tmp_path: Path) -> None:
    with pytest.raises(NotADelivery):
        verify_delivery(tmp_path)
