"""Packs and layers: what is found where, and what is said of a file that nothing reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.layers import load_layers


def told(pack: Path) -> list[str]:
    _, problems = load_layers(pack)
    return [str(p) for p in problems]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text("study: S-1\n")
    return tmp_path


def test_a_dataset_outside_its_folder(pack: Path) -> None:
    (pack / "VS.yaml").write_text("rows: {}\n")
    assert told(pack) == [
        "VS.yaml:1:1 nothing reads this file; datasets stand in sdtm/ or adam/, with the ending .yaml"
    ]


def test_a_misspelt_file(pack: Path) -> None:
    (pack / "codelist.yaml").write_text("NY: {map: {Ja: Y}}\n")
    assert told(pack) == ["codelist.yaml:1:1 nothing reads this file; did you mean 'codelists.yaml'?"]


def test_another_ending(pack: Path) -> None:
    (pack / "sdtm").mkdir()
    (pack / "sdtm" / "VS.yml").write_text("rows: {}\n")
    assert told(pack) == [
        "sdtm/VS.yml:1:1 nothing reads this file; datasets stand in sdtm/ or adam/, with the ending .yaml"
    ]
