"""The index of a package, its files, and signatures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from delivery.ectd import AGENCIES, canonical, files_of, record_sum, sign, study_folder, sums_of, write_index


def some(folder: Path) -> Path:
    for name, text in {"manifest.json": "{}\n", "m5/datasets/s-1/misc/ae.txt": "AE\n", "b.txt": ""}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_every_file_by_its_path_in_order(tmp_path: Path) -> None:
    assert list(files_of(some(tmp_path))) == ["b.txt", "m5/datasets/s-1/misc/ae.txt", "manifest.json"]


def test_a_link_is_a_file_of_its_own(tmp_path: Path) -> None:
    (some(tmp_path) / "c.txt").symlink_to("nowhere")
    assert "c.txt" in files_of(tmp_path)


def test_checksums_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sums_of(tmp_path / "abc") == {
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "md5": "900150983cd24fb0d6963f7d28e17f72",
        "bytes": 3,
    }


def test_the_index_lists_all_but_itself_and_signatures(tmp_path: Path) -> None:
    write_index(some(tmp_path), {"study": "S-1", "agency": "fda"})
    sign(tmp_path, "J. Doe", "approved", "2026-04-02T09:00:00+00:00")
    write_index(tmp_path, {"study": "S-1", "agency": "fda"})
    content = (tmp_path / "index.json").read_bytes()
    index = json.loads(content)
    assert (index["study"], index["agency"]) == ("S-1", "fda")
    assert list(index["files"]) == ["b.txt", "m5/datasets/s-1/misc/ae.txt", "manifest.json"]
    assert (tmp_path / "index-sha256.txt").read_text() == hashlib.sha256(content).hexdigest() + "\n"


def test_a_signature_holds_what_was_signed(tmp_path: Path) -> None:
    write_index(some(tmp_path), {})
    record = json.loads(sign(tmp_path, "J. Doe", "approved", "2026-04-02T09:00:00+00:00").read_bytes())
    assert record == {
        "name": "J. Doe",
        "meaning": "approved",
        "signed": "2026-04-02T09:00:00+00:00",
        "manifest_sha256": hashlib.sha256(b"{}\n").hexdigest(),
        "index_sha256": hashlib.sha256((tmp_path / "index.json").read_bytes()).hexdigest(),
        "record_sha256": record_sum(record),
    }
    assert record_sum({**record, "name": "M. Poe"}) != record["record_sha256"]


def test_json_in_one_form() -> None:
    assert canonical({"b": "\u00e9", "a": [1]}) == '{\n  "a": [\n    1\n  ],\n  "b": "\u00e9"\n}\n'.encode()


@pytest.mark.parametrize("studies", [[], ["s-1", "s-2"]])
def test_a_package_has_the_folder_of_one_study(tmp_path: Path, studies: list[str]) -> None:
    for study in studies:
        (tmp_path / "m5" / "datasets" / study).mkdir(parents=True)
    assert study_folder(tmp_path) is None


def test_the_agencies_take_files_up_to_five_gigabytes_and_one_prefers_results() -> None:
    assert {name: (a.name, a.limit, a.prefers_results) for name, a in AGENCIES.items()} == {
        "fda": ("FDA", 5_000_000_000, False),
        "pmda": ("PMDA", 5_000_000_000, True),
    }
