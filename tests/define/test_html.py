"""The defines of a small trial as pages: by lxml, and in a real browser by the browser's own transformation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lxml import etree

from define.cdisc_files import stylesheet
from define.html import FILE, indexed, to_html, write_html
from tests.define.browser import agrees, links, needs_browser, shown
from tests.define.trial import deliver

PLACES = {
    "sdtm": "m5/datasets/trial1/tabulations/sdtm",
    "adam": "m5/datasets/trial1/analysis/adam/datasets",
}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deliver(tmp_path_factory.mktemp("trial"))


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_the_page_agrees_with_the_define_and_every_link_within_it_leads_somewhere(
    delivery: Path, standard: str
) -> None:
    place = delivery / PLACES[standard]
    root = etree.HTML((place / FILE).read_bytes())
    assert links(root)[0]
    agrees(root, place / "define.xml")


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_the_page_is_that_of_the_stylesheet_as_it_is_published(delivery: Path, standard: str) -> None:
    define = delivery / PLACES[standard] / "define.xml"
    published = etree.XSLT(etree.parse(stylesheet()))
    assert to_html(define.read_bytes()) == bytes(published(etree.parse(define)))


def test_searches_for_an_oid_become_keys() -> None:
    given = (
        '<xsl:output method="html"/><xsl:variable name="g_seqItemDefs" select="$g_MetaDataVersion/odm:ItemDef"/>'
        '<xsl:value-of select="$g_seqItemDefs[@OID=$ItemOID]/@Name"/><xsl:value-of select="$g_seqOther[@OID=$x]"/>'
    )
    assert indexed(given) == (
        '<xsl:key name="g_seqItemDefs" match="odm:ItemDef" use="@OID"/>'
        '<xsl:output method="html"/><xsl:variable name="g_seqItemDefs" select="$g_MetaDataVersion/odm:ItemDef"/>'
        """<xsl:value-of select="key('g_seqItemDefs', $ItemOID)/@Name"/><xsl:value-of select="$g_seqOther[@OID=$x]"/>"""
    )


def test_the_page_stands_beside_its_define_and_is_the_same_every_time(delivery: Path, tmp_path: Path) -> None:
    shutil.copy(delivery / PLACES["sdtm"] / "define.xml", tmp_path)
    path = write_html(tmp_path / "define.xml")
    assert path == tmp_path / "define.html"
    assert path.read_bytes() == to_html((tmp_path / "define.xml").read_bytes())
    assert path.read_bytes() == (delivery / PLACES["sdtm"] / FILE).read_bytes()


@needs_browser
@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_a_browser_shows_all_of_the_page_without_an_error(delivery: Path, standard: str, tmp_path: Path) -> None:
    place = delivery / PLACES[standard]
    agrees(shown(place / FILE, tmp_path / "profile"), place / "define.xml")


@needs_browser
@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_a_browser_that_runs_stylesheets_shows_the_xml_alike(delivery: Path, standard: str, tmp_path: Path) -> None:
    define = delivery / PLACES[standard] / "define.xml"
    root = shown(define, tmp_path / "profile")
    if root.find(".//table") is None:
        pytest.skip("this browser runs no stylesheets any more")
    agrees(root, define)
