"""The manifest and the content id: the same for the same content, on any machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.manifest import content_id, program_hash, sha256_of, versions, write_manifest

INPUTS = {"ae.csv": "1" * 64}
SPECS = {"study.yaml": "2" * 64}
OPTIONS: dict[str, Any] = {"cut": "2026-03-31", "profile": "development"}


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_content_id_is_twelve_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", content_id(INPUTS, SPECS, OPTIONS))


def test_the_content_id_does_not_depend_on_order() -> None:
    two = {"ae.csv": "1" * 64, "dm.csv": "3" * 64}
    assert content_id(two, SPECS, OPTIONS) == content_id(dict(reversed(two.items())), SPECS, OPTIONS)


def test_every_part_counts() -> None:
    ids = {
        content_id(INPUTS, SPECS, OPTIONS),
        content_id({"ae.csv": "4" * 64}, SPECS, OPTIONS),
        content_id({"other.csv": "1" * 64}, SPECS, OPTIONS),
        content_id(INPUTS, {"study.yaml": "4" * 64}, OPTIONS),
        content_id(INPUTS, SPECS, {**OPTIONS, "profile": "release"}),
        content_id(SPECS, INPUTS, OPTIONS),
    }
    assert len(ids) == 6


def sources(root: Path, grammar: str = "start: x", name: str = "a.lark") -> Path:
    (root / "specs").mkdir(parents=True)
    (root / "specs" / name).write_text(grammar)
    (root / "specs" / "notes.txt").write_text("not a source")
    return root


def test_the_program_counts_with_names_and_contents(tmp_path: Path) -> None:
    first = program_hash(sources(tmp_path / "1"))
    assert program_hash(sources(tmp_path / "2")) == first
    assert program_hash(sources(tmp_path / "3", grammar="start: y")) != first
    assert program_hash(sources(tmp_path / "4", name="b.lark")) != first


def test_versions_are_those_that_matter() -> None:
    assert set(versions()) == {"python", "pandas", "numpy", "pyarrow", "pandera", "pydantic", "lxml"}


def manifest(folder: Path, inputs: dict[str, str] | None = None) -> Path:
    return write_manifest(
        folder, content="abc", study="S-1", cut="2026-03-31", profile="release", trusted_code=False,
        inputs=INPUTS if inputs is None else inputs, specs=SPECS,
    )  # fmt: skip


def test_the_manifest_names_inputs_specs_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ae.xpt").write_bytes(b"abc")
    written = json.loads(manifest(tmp_path).read_text())
    assert written["outputs"] == {"data/ae.xpt": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert written["inputs"] == INPUTS
    assert written["specs"] == SPECS
    assert (written["study"], written["cut"], written["profile"]) == ("S-1", "2026-03-31", "release")
    assert written["trusted_code"] is False
    assert list(written) == sorted(written)


def test_the_manifest_is_the_same_anywhere(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b" / "c"]
    for folder in folders:
        folder.mkdir(parents=True)
        manifest(folder)
    one, other = ((f / "manifest.json").read_bytes() for f in folders)
    assert one == other
    assert str(tmp_path).encode() not in one


@pytest.mark.parametrize("name", ["/data/ae.csv", "C:\\data\\ae.csv"])
def test_an_absolute_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="absolute"):
        manifest(tmp_path, {name: "1" * 64})
