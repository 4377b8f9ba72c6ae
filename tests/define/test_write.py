"""A define as XML: escaped, valid, and shown by the stylesheet."""

from __future__ import annotations

from define.html import to_html
from define.model import CommentDef, Define, ItemDef, ItemGroupDef, ItemRef, Leaf, MetaDataVersion, Origin, Standard
from define.validate_xsd import schema_errors
from define.write import to_xml


def small(label: str = "Study Identifier", comment: str = "None.") -> Define:
    item = ItemDef(
        "IT.DM.STUDYID", "STUDYID", "text", label, 8, origins=(Origin("Assigned", "Sponsor"),), comment_oid="COM.1"
    )
    group = ItemGroupDef(
        "IG.DM", "DM", "Demographics", "One record per subject", "SPECIAL PURPOSE", "Tabulation", False, False,
        (ItemRef("IT.DM.STUDYID", 1, True, 1),), "DM", standard_oid="STD.1", leaf=Leaf("LF.DM", "dm.xpt", "dm.xpt"),
    )  # fmt: skip
    metadata = MetaDataVersion(
        "MDV.1", "Small", "Small", (Standard("STD.1", "SDTMIG", "IG", "3.4"),), (group,), (item,),
        comments=(CommentDef("COM.1", comment),),
    )  # fmt: skip
    return Define("F.1", "2026-03-31T00:00:00", "S.1", "S1", "A study", "S1", metadata)


def test_a_small_define_is_valid() -> None:
    assert schema_errors(to_xml(small())) == []


def test_characters_of_xml_are_escaped_in_texts_and_attributes() -> None:
    content = to_xml(small(label='a < b & "c"', comment="</def:CommentDef>"))
    assert schema_errors(content) == []
    assert b"a &lt; b &amp; &#34;c&#34;" in content


def test_a_violation_is_told_with_its_line() -> None:
    content = to_xml(small()).replace(b'Purpose="Tabulation"', b'Purposes="Tabulation"')
    lines = content.split(b"\n")
    assert [lines[e.line - 1][:13] for e in schema_errors(content)] == [b"<ItemGroupDef"]
    assert schema_errors(content[:-8])[0].line > 0


def test_no_entity_is_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
    assert schema_errors(bomb) != []


def test_the_stylesheet_shows_the_dataset() -> None:
    html = to_html(to_xml(small())).decode()
    assert "Demographics" in html
    assert 'href="dm.xpt"' in html
