"""A define of version 2.0 in the words of 2.1, as far as it can be told; the rest stays as it is.

Source: Define-XML Specification 2.1, section 1.6 (changes from 2.0), and its schema. What 2.0 does not say
(the source of collected values, the context) is not guessed: def:Context, which 2.1 demands, is Other until someone
says Submission.
"""

from __future__ import annotations

import re

from lxml import etree

from define.exchange.names import DEF_2_0, define, odm, split
from define.exchange.xml_file import metadata_of
from define.model import Origin

STANDARD_NAMES = {"SDTM-IG": "SDTMIG", "ADaM-IG": "ADaMIG", "SEND-IG": "SENDIG"}
STANDARD_OID = "STD.1"
ORIGINS = {"CRF": Origin("Collected"), "eDT": Origin("Collected", "Vendor")}
STYLESHEET = re.compile(r"define2-0[^\"'/]*\.xsl")


def upgrade(root: etree._Element) -> None:
    """Put a define of version 2.0 into the words of 2.1, in place."""
    for element in root.iter(etree.Element):
        space, name = split(str(element.tag))
        if space == DEF_2_0:
            element.tag = define(name)
        if any(split(str(a))[0] == DEF_2_0 for a in element.attrib):
            entries = [(str(a), str(v)) for a, v in element.attrib.items()]
            element.attrib.clear()
            for key, value in entries:
                space, name = split(key)
                element.set(define(name) if space == DEF_2_0 else key, value)
    version = metadata_of(root)
    version.set(define("DefineVersion"), "2.1.0")
    if root.get(define("Context")) is None:
        root.set(define("Context"), "Other")
    standard = _standard(version)
    for group in version.iterfind(odm("ItemGroupDef")):
        _class_as_element(group)
        if standard and group.get(define("StandardOID")) is None:
            group.set(define("StandardOID"), STANDARD_OID)
    for origin in version.iter(define("Origin")):
        known = ORIGINS.get(origin.get("Type", ""))
        if known is not None:
            origin.set("Type", known.type)
            if known.source is not None:
                origin.set("Source", known.source)
    for node in root.itersiblings(preceding=True):
        if isinstance(node, etree._ProcessingInstruction) and node.text:
            node.text = STYLESHEET.sub("define2-1.xsl", str(node.text))


def _standard(version: etree._Element) -> bool:
    """def:StandardName and def:StandardVersion as def:Standards; whether there is one."""
    name, number = version.get(define("StandardName")), version.get(define("StandardVersion"))
    if name is None or number is None or version.find(define("Standards")) is not None:
        return False
    del version.attrib[define("StandardName")], version.attrib[define("StandardVersion")]
    standards = etree.Element(define("Standards"))
    given = {
        "OID": STANDARD_OID, "Name": STANDARD_NAMES.get(name, name), "Type": "IG", "Version": number,
        "Status": "Final",
    }  # fmt: skip
    etree.SubElement(standards, define("Standard"), given)
    version.insert(0, standards)
    return True


def _class_as_element(group: etree._Element) -> None:
    """def:Class of a dataset, an attribute in 2.0, as an element: before the leaf."""
    name = group.get(define("Class"))
    if name is None:
        return
    del group.attrib[define("Class")]
    found = etree.Element(define("Class"), {"Name": name})
    leaf = group.find(define("leaf"))
    if leaf is None:
        group.append(found)
    else:
        leaf.addprevious(found)
