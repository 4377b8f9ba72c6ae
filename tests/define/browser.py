"""A define in headless Chromium: what it shows, held against the define itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

BROWSER = next((b for n in ("chromium", "chromium-browser", "google-chrome") if (b := shutil.which(n))), "")
needs_browser = pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine (apt-get install chromium)")
CONSOLE = re.compile(r"CONSOLE|Uncaught|ERR_[A-Z_]+|Refused to")
DEPRECATED = "XSLT Processing Instructions have been deprecated"
"""What browsers say of every XML with a stylesheet, since they are about to run none."""
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
ARM = "{http://www.cdisc.org/ns/arm/v1.0}"


def shown(page: Path, profile: Path) -> etree._Element:
    """The page after its stylesheet and scripts ran; fails on any message of the browser's console."""
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        "--allow-file-access-from-files",  # a stylesheet beside a local XML is another file
        f"--user-data-dir={profile}", "--virtual-time-budget=20000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=240, check=True)
    lines = done.stderr.decode(errors="replace").splitlines()
    assert [line for line in lines if CONSOLE.search(line) and DEPRECATED not in line] == []
    root = etree.HTML(done.stdout)
    assert root is not None
    return root


def links(root: etree._Element) -> tuple[set[str], set[str]]:
    """The anchors that are linked to within a page, and those that are there."""
    linked = {unquote(str(a.get("href"))[1:]) for a in root.iter("a") if str(a.get("href")).startswith("#")}
    there = {e.get(k, "") for e in root.iter(etree.Element) for k in ("id", "name")}
    return linked - {""}, there


def agrees(root: etree._Element, define: Path) -> None:
    """Every dataset, variable, value-level row, codelist and analysis result is shown, and every link leads there."""
    described = etree.parse(define).getroot()
    linked, there = links(root)
    assert linked - there == set()
    tables = [str(t.get("summary")) for t in root.iter("table")]
    for group in described.iter(f"{ODM}ItemGroupDef"):
        oid = group.get("OID")
        assert f"ItemGroup IG.{oid}" in tables
        assert f"IG.{oid}" in linked
        refs = [str(r.get("ItemOID")) for r in group.iterchildren(f"{ODM}ItemRef")]
        assert [f"{oid}.{r}" for r in refs if f"{oid}.{r}" not in there] == []
    assert len([t for t in tables if t.startswith("ItemGroup ")]) == len(list(described.iter(f"{ODM}ItemGroupDef")))
    rows = [r for r in root.iter("tr") if str(r.get("class")).startswith("vlm ")]
    values = [r for v in described.iter("{*}ValueListDef") for r in v.iterchildren(f"{ODM}ItemRef")]
    assert len(rows) == len(values)
    listed = [str(c.get("OID")) for c in described.iter(f"{ODM}CodeList")]
    assert [c for c in listed if f"CL.{c}" not in there] == []
    results = [str(r.get("OID")) for r in described.iter(f"{ARM}AnalysisResult")]
    assert [r for r in results if f"AR.{r}" not in linked or f"AR.{r}" not in there] == []
