"""Links of a define.xml and of its page: what leads nowhere, and what nothing leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.verify_define import dead_links, link_faults, read_links

DEFINE = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"
     xmlns:xlink="http://www.w3.org/1999/xlink">
<ItemGroupDef OID="IG.AE" Name="AE"><def:leaf ID="LF.AE" xlink:href="ae.xpt"/></ItemGroupDef>
<def:leaf ID="LF.acrf" xlink:href="acrf.pdf"/>
<def:leaf ID="LF.web" xlink:href="https://www.cdisc.org/standards"/>
</ODM>
"""
PAGE = """<html><body><a name="top"></a><span id="IG.AE"></span>
<a href="#IG.AE">AE</a> <a href="ae.xpt">ae.xpt</a> <a href="acrf.pdf#page=4">4</a> <a href="https://www.cdisc.org">x</a>
<a href="javascript:void(0)">y</a> <a href="#">z</a> <a href="plan%20b.pdf">plan</a>{}</body></html>
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "define.xml").write_text(DEFINE)
    (tmp_path / "define.html").write_text(PAGE.format(""))
    for name in ("define2-1.xsl", "ae.xpt", "acrf.pdf", "plan b.pdf"):
        (tmp_path / name).write_text(name)
    return tmp_path


def faults(place: Path, *tolerated: str) -> list[tuple[str, str]]:
    return [
        (rule, text.partition(";")[0]) for rule, text in link_faults(read_links(place / "define.xml"), place, tolerated)
    ]


def dead(place: Path, *tolerated: str) -> list[str]:
    return [text.partition(";")[0] for text in dead_links(place / "define.html", tolerated)]


def test_links_of_a_define(place: Path) -> None:
    found = read_links(place / "define.xml")
    assert found.links == ("define2-1.xsl", "ae.xpt", "acrf.pdf", "https://www.cdisc.org/standards")
    assert found.datasets == ("ae.xpt",)


def test_all_that_is_linked_is_there(place: Path) -> None:
    assert (faults(place), dead(place)) == ([], [])


def test_a_file_that_is_lost(place: Path) -> None:
    (place / "acrf.pdf").unlink()
    assert faults(place) == [("LINK_DEAD", "it links to acrf.pdf, which is not there")]
    assert dead(place) == ["it links to acrf.pdf#page=4, which is not there"]
    assert (faults(place, "acrf.pdf"), dead(place, "acrf.pdf")) == ([], [])


def test_the_stylesheet_is_linked_too(place: Path) -> None:
    (place / "define2-1.xsl").unlink()
    assert faults(place) == [("LINK_DEAD", "it links to define2-1.xsl, which is not there")]


def test_a_dataset_that_is_not_described(place: Path) -> None:
    (place / "lb.xpt").write_text("")
    assert faults(place) == [("FILE_UNDESCRIBED", "it does not describe lb.xpt")]


def test_an_anchor_that_is_not_in_the_page(place: Path) -> None:
    (place / "define.html").write_text(PAGE.format('<a href="#IG.LB">LB</a>'))
    assert dead(place) == ["it links to #IG.LB, which is not in it"]


@pytest.mark.parametrize("content", ["<ODM>", "<html/>", ""])
def test_what_is_no_define(tmp_path: Path, content: str) -> None:
    (tmp_path / "define.xml").write_text(content)
    with pytest.raises(ValueError, match=r"define\.xml is (damaged|no ODM file)"):
        read_links(tmp_path / "define.xml")


def test_an_empty_page(tmp_path: Path) -> None:
    (tmp_path / "define.html").write_text("")
    with pytest.raises(ValueError, match=r"define\.html is (damaged|empty)"):
        list(dead_links(tmp_path / "define.html", ()))


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    hostile = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    (tmp_path / "define.xml").write_text(DEFINE.replace("<ODM", hostile + "<ODM").replace("acrf.pdf", "&e;.pdf"))
    try:
        assert "secret" not in " ".join(read_links(tmp_path / "define.xml").links)
    except ValueError as error:
        assert "secret" not in str(error)
