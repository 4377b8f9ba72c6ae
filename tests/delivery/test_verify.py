"""Verification: a good package passes, one changed byte names its file, and what an agency refuses is found."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.ectd import canonical, sign, write_index
from delivery.verify import NotADelivery, verify
from delivery.xpt_layout import CARD
from pipeline.manifest import content_id, write_manifest
from pipeline.run import RunOptions, run
from tests.delivery.small_package import ADAM, DM, SDTM, TS, package, transport

ROOT = Path(__file__).parents[2]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return package(tmp_path / "package")


def faults(folder: Path, limit: int | None = None) -> list[tuple[str, str]]:
    return [(f.rule, f.file) for f in verify(folder, limit).faults]


def again(folder: Path) -> list[tuple[str, str]]:
    """The faults after the index was made anew: what is wrong in the content alone."""
    write_index(folder, {"study": "S-1", "agency": "fda"})
    return faults(folder)


def test_a_good_package_has_no_faults(good: Path) -> None:
    found = verify(good)
    assert (found.package, found.faults) == (True, ())
    assert found.files == 12


def test_one_changed_byte_in_any_file_is_found_by_name(good: Path) -> None:
    sign(good, "J. Doe", "approved for submission", "2026-04-02T09:00:00+00:00")
    assert faults(good) == []
    for path in sorted(p for p in good.rglob("*") if p.is_file()):
        content = path.read_bytes()
        for at in {0, len(content) // 3, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            named = " ".join(f"{f.file} {f.message}" for f in verify(good).faults)
            assert path.relative_to(good).as_posix() in named, (path, at)
        path.write_bytes(content)
    assert faults(good) == []


@pytest.mark.parametrize("change", [lambda b: b + b"\n", lambda b: b.replace(b"  ", b" ", 1), lambda b: b.upper()])
def test_the_index_and_its_checksum_are_exact(good: Path, change: Callable[[bytes], bytes]) -> None:
    for name in ("index.json", "index-sha256.txt"):
        content = (good / name).read_bytes()
        if change(content) == content:
            continue
        (good / name).write_bytes(change(content))
        assert ("INDEX_CHANGED", "index.json") in faults(good)
        (good / name).write_bytes(content)


def test_lost_and_added_files_are_found(good: Path) -> None:
    (good / SDTM / "acrf.pdf").unlink()
    (good / SDTM / "notes.txt").write_text("hello")
    assert faults(good) == [
        ("FILE_LOST", f"{SDTM}/acrf.pdf"),
        ("FILE_UNLISTED", f"{SDTM}/notes.txt"),
        ("LINK_DEAD", f"{SDTM}/define.xml"),
    ]


def test_a_signature_is_of_this_manifest_and_this_index(good: Path) -> None:
    path = sign(good, "J. Doe", "approved", "2026-04-02T09:00:00+00:00")
    assert path.name == "signature-1.json"
    assert sign(good, "A. Roe", "reviewed", "2026-04-03T09:00:00+00:00").name == "signature-2.json"
    assert faults(good) == []
    record = json.loads(path.read_text())
    assert (record["name"], record["meaning"], record["signed"]) == ("J. Doe", "approved", "2026-04-02T09:00:00+00:00")
    (good / SDTM / "acrf.pdf").write_bytes(b"%PDF-1.4 another\n")
    assert again(good) == [("SIGNATURE_INVALID", "signature-1.json"), ("SIGNATURE_INVALID", "signature-2.json")]
    path.write_bytes(canonical({**record, "name": "M. Poe"}))
    assert ("SIGNATURE_INVALID", "signature-1.json") in faults(good)


# ---- what an agency refuses ----


def test_1734_no_ts(good: Path) -> None:
    (good / SDTM / "ts.xpt").unlink()
    assert ("TRC_1734", f"{SDTM}/ts.xpt") in again(good)


@pytest.mark.parametrize("start", ["", "2024-06", "UNK", "03JUN2024"])
def test_1734_no_start_of_the_study(good: Path, start: str) -> None:
    transport(good / SDTM / "ts.xpt", {**TS, "TSVAL": ["N", start or "?"]})
    assert again(good) == [("TRC_1734", f"{SDTM}/ts.xpt")]


def test_1734_ts_of_another_study(good: Path) -> None:
    transport(good / SDTM / "ts.xpt", {**TS, "STUDYID": ["S-2", "S-2"]})
    assert again(good) == [("TRC_1734", f"{SDTM}/ts.xpt")]


@pytest.mark.parametrize("file", [f"{SDTM}/dm.xpt", f"{SDTM}/define.xml", f"{ADAM}/adsl.xpt", f"{ADAM}/define.xml"])
def test_1736_dm_adsl_and_their_defines(good: Path, file: str) -> None:
    (good / file).unlink()
    assert ("TRC_1736", file) in again(good)


def test_a_study_without_analysis_datasets_needs_no_adsl(good: Path) -> None:
    shutil.rmtree(good / "m5/datasets/s-1/analysis")
    assert again(good) == []


def test_1735_a_dataset_outside_the_tagged_folders(good: Path) -> None:
    transport(good / "m5/datasets/s-1/tabulations/lb.xpt", DM)
    assert again(good) == [("TRC_1735", "m5/datasets/s-1/tabulations/lb.xpt")]


def test_1789_one_folder_of_the_study(good: Path) -> None:
    (good / "m5/datasets/s-1").rename(good / "m5/datasets/s-9")
    assert [rule for rule, _ in again(good)] == ["TRC_1789"]
    transport(good / "m5/datasets/s-2/tabulations/sdtm/dm.xpt", DM)
    assert again(good) == [("TRC_1789", "m5/datasets")]


# ---- files ----


def test_transport_files(good: Path) -> None:
    transport(good / SDTM / "vs.xpt", DM)
    content = (good / SDTM / "vs.xpt").read_bytes()
    assert again(good) == [("FILE_UNDESCRIBED", f"{SDTM}/define.xml")]
    for rule, wrong in {
        "XPT_UNREADABLE": content[: -CARD // 2],
        "XPT_NAME": content.replace(b"VS      SASDATA", b"QS      SASDATA"),
        "XPT_NOT_ASCII": content.replace(b"A Dataset", b"A D\xc3\xa4taset"[:9]),
    }.items():
        (good / SDTM / "vs.xpt").write_bytes(wrong)
        assert again(good)[0] == (rule, f"{SDTM}/vs.xpt")


def test_names(good: Path) -> None:
    (good / SDTM / "Notes 1.txt").write_text("hello")
    (good / SDTM / f"{'n' * 61}.txt").write_text("hello")
    assert again(good) == [
        ("FILE_NAME", f"{SDTM}/Notes 1.txt"),
        ("FILE_NAME", f"{SDTM}/{'n' * 61}.txt"),
    ]


def test_a_dataset_over_the_limit_needs_its_parts(good: Path) -> None:
    size = (good / SDTM / "dm.xpt").stat().st_size
    assert ("FILE_SIZE", f"{SDTM}/dm.xpt") in faults(good, size - 1)
    assert faults(good, size * 2) == []


def test_parts_are_together_the_whole(good: Path) -> None:
    transport(good / SDTM / "split" / "dm1.xpt", {k: v[:1] for k, v in DM.items()})
    assert again(good) == [("SPLIT_INCOMPLETE", f"{SDTM}/dm.xpt")]
    transport(good / SDTM / "split" / "dm2.xpt", {k: v[1:] for k, v in DM.items()})
    assert again(good) == []


def test_a_define_that_is_no_xml(good: Path) -> None:
    for content in ("<ODM>", "<html/>"):
        (good / SDTM / "define.xml").write_text(content)
        assert again(good) == [("DEFINE_UNREADABLE", f"{SDTM}/define.xml")]


# ---- deliveries ----


def test_a_folder_that_is_no_delivery(tmp_path: Path) -> None:
    with pytest.raises(NotADelivery, match=r"it has no manifest\.json"):
        verify(tmp_path)


def bare(folder: Path) -> Path:
    """The small package as a delivery: with a manifest, before packaging."""
    package(folder)
    for name in ("index.json", "index-sha256.txt", "manifest.json", f"{SDTM}/acrf.pdf", f"{ADAM}/adrg.docx"):
        (folder / name).unlink()
    options = {"cut": "", "only": [], "profile": "release", "trust_code": False}
    content = content_id({"dm.csv": "1"}, {"p/study.yaml": "2"}, options)
    write_manifest(
        folder, content=content, study="S-1", cut="2026-03-31", profile="release", trusted_code=False,
        inputs={"dm.csv": "1"}, specs={"p/study.yaml": "2"}, options=options,
    )  # fmt: skip
    return folder


def test_a_delivery_may_lack_what_packaging_adds(tmp_path: Path) -> None:
    found = verify(bare(tmp_path / "delivery"))
    assert (found.package, found.faults) == (False, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dm.csv": "1"', '"dm.csv": "3"'),
        ('"profile": "release"', '"profile": "release "'),
        ('"python": "3.', '"python": "4.'),
        ("\n}\n", "\n} \n"),
    ],
)
def test_a_changed_manifest_is_found(tmp_path: Path, old: str, new: str) -> None:
    folder = bare(tmp_path / "delivery")
    path = folder / "manifest.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert faults(folder) == [("MANIFEST_CHANGED", "manifest.json")]


def test_what_a_run_leaves_is_as_its_manifest_says(tmp_path: Path) -> None:
    delivery = run(RunOptions(str(ROOT / "docs" / "examples" / "hyp01"), out=tmp_path)).delivery
    assert delivery is not None
    assert {rule for rule, _ in faults(delivery)} <= {"TRC_1734", "TRC_1736"}


@pytest.mark.parametrize("file", [f"{SDTM}/dm.xpt", f"{SDTM}/define.xml"])
def test_a_folder_or_a_pipe_in_the_place_of_a_file(good: Path, file: str) -> None:
    path = good / file
    path.unlink(missing_ok=True)
    path.mkdir()
    assert file in {name for _, name in faults(good)}
    path.rmdir()
    os.mkfifo(path)
    assert file in {name for _, name in faults(good)}


def test_a_pipe_beside_the_files_is_one_too_many(good: Path) -> None:
    os.mkfifo(good / SDTM / "pipe.xpt")
    assert ("FILE_UNLISTED", f"{SDTM}/pipe.xpt") in faults(good)
