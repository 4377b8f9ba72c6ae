"""README, CONTRIBUTING and the other pages: links lead somewhere, examples do what the text says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.docs.blocks import Reader, blocks_of
from transforms.registry import REGISTRY

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target, anchor in LINK.findall(text):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors_of(there), f"{page.name}: {target}#{anchor}"


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_first_mapping_of_the_readme(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "cutline", tmp_path / "first")
    reader.checkout.mkdir()
    for block in blocks_of(PAGES[0].read_text(encoding="utf-8")):
        reader.follow(block)
    assert reader.last_exit == 0
    assert reader.written == ["study.yaml", "sdtm/AE.yaml", "extract/ae.csv"]


def test_the_transform_of_contributing(tmp_path: Path) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    path = tmp_path / "contributed.py"
    path.write_text("\n\n".join(b.text for b in blocks_of(page) if b.language == "python"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("contributed", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        module.test_body_mass_index()
        assert REGISTRY["body_mass_index"].describe({"weight": "_W", "height": "_H"}).startswith("_W in kg divided")
    finally:
        REGISTRY.pop("body_mass_index", None)
