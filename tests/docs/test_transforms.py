"""docs/transforms.md is what the registry says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_transform_reference", ROOT / "tools/make_transform_reference.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "transforms.md").read_text(encoding="utf-8")
    current: str = tool().reference()
    assert page == current, "run `python tools/make_transform_reference.py` and commit docs/transforms.md"


def test_a_transform_on_the_page() -> None:
    page: str = tool().reference()
    section = page.partition("### study_day\n")[2].partition("\n### ")[0]
    assert "> {date} minus {reference}, plus 1 when {date} is on or after {reference}" in section
    assert "Origin Derived; sees one record." in section
    assert "| date | variable | required |\n| reference | variable | required |\n" in section
