"""The defines of a small trial in a real browser: they load, and every link within them leads somewhere."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from define.html import to_html
from tests.define.trial import deliver

BROWSER = next((b for n in ("chromium", "chromium-browser", "google-chrome") if (b := shutil.which(n))), None)
DEFINES = {
    "sdtm": "m5/datasets/trial1/tabulations/sdtm/define.xml",
    "adam": "m5/datasets/trial1/analysis/adam/datasets/define.xml",
}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver(tmp_path_factory.mktemp("trial"))


def links(page: bytes) -> tuple[set[str], set[str]]:
    """The anchors that are linked to, and those that are there."""
    root = etree.HTML(page)
    linked = {a.get("href", "")[1:] for a in root.iter("a") if a.get("href", "").startswith("#")}
    there = {e.get(k, "") for e in root.iter(etree.Element) for k in ("id", "name")}  # type: ignore[call-overload]
    return linked - {""}, there


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_every_link_within_the_page_leads_somewhere(delivery: Path, standard: str) -> None:
    linked, there = links(to_html((delivery / DEFINES[standard]).read_bytes()))
    assert linked
    assert linked - there == set()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)")
@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_a_browser_shows_every_dataset(delivery: Path, standard: str, tmp_path: Path) -> None:
    content = (delivery / DEFINES[standard]).read_bytes()
    page = tmp_path / f"{standard}.html"
    page.write_bytes(to_html(content))
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    shown = subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert b"Uncaught" not in shown.stderr
    linked, there = links(shown.stdout)
    assert linked - there == set()
    groups = [e.get("Name", "") for e in etree.fromstring(content).iter("{*}ItemGroupDef")]
    assert [g for g in groups if f"IG.{g}" not in there] == []
