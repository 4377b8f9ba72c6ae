"""A define.xml is read with nothing resolved and nothing loaded, and written as the tree says."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from define.exchange.errors import ExchangeError, ExchangeUsage
from define.exchange.names import DEF, DEF_2_0, ODM, define, odm, split

MAX_BYTES = 500_000_000
VERSIONS = {DEF: "2.1", DEF_2_0: "2.0"}


def read_define(path: Path) -> etree._Element:
    """The root of a define.xml of version 2.0 or 2.1.

    Raises ExchangeUsage where there is no file, ExchangeError for what is no such define.
    """
    if not path.is_file():
        raise ExchangeUsage(f"no file {path}")
    if path.stat().st_size > MAX_BYTES:
        raise ExchangeError(f"{path.name}: over {MAX_BYTES:,} bytes; a define describes data, and holds none")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
    )
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise ExchangeError(f"{path.name}:{error.lineno or 1}: not readable as XML: {error.msg}") from None
    for entity in root.iter(etree.Entity):
        text = f"the entity {entity.text} is not resolved; write its text in its place"
        raise ExchangeError(f"{path.name}:{entity.sourceline}: {text}")
    if root.getroottree().docinfo.internalDTD is not None:
        raise ExchangeError(f"{path.name}: a document type (DOCTYPE) has no place in a define.xml; remove it")
    version_of(root, path.name)
    return root


def version_of(root: etree._Element, name: str) -> str:
    """2.0 or 2.1. Raises ExchangeError where it is neither, with the place and what to do."""
    if root.tag != odm("ODM"):
        space, local = split(str(root.tag))
        told = f"the first element is {local} of '{space}', not ODM of '{ODM}'"
        raise ExchangeError(f"{name}:{root.sourceline}: no define.xml: {told}; give a define.xml of version 2.0 or 2.1")
    studies = root.findall(odm("Study"))
    versions = [v for s in studies for v in s.findall(odm("MetaDataVersion"))]
    if len(studies) != 1 or len(versions) != 1:
        told = f"{len(studies)} Study and {len(versions)} MetaDataVersion; a define has one of each"
        raise ExchangeError(f"{name}:{root.sourceline}: {told}")
    spaces = {split(str(a))[0] for a in versions[0].attrib if split(str(a))[1] == "DefineVersion"}
    found = next((v for uri, v in VERSIONS.items() if uri in spaces), None)
    if found is None:
        told = f"MetaDataVersion has no def:DefineVersion of '{DEF}' (2.1) or '{DEF_2_0}' (2.0)"
        raise ExchangeError(f"{name}:{versions[0].sourceline}: {told}; is this a define.xml?")
    return found


def metadata_of(root: etree._Element) -> etree._Element:
    """The MetaDataVersion of a define."""
    found = root.find(f"{odm('Study')}/{odm('MetaDataVersion')}")
    assert found is not None
    return found


def to_bytes(root: etree._Element) -> bytes:
    """A define as the bytes of a file: UTF-8, indented, the same tree the same bytes."""
    indent(root, "\n")
    before = [etree.tostring(n, with_tail=False) for n in _siblings(root, before=True)]
    after = [etree.tostring(n, with_tail=False) for n in _siblings(root, before=False)]
    body = etree.tostring(root, encoding="UTF-8", with_tail=False)
    head = b'<?xml version="1.0" encoding="UTF-8"?>'
    body = body.split(b"?>", 1)[1].lstrip() if body.startswith(b"<?xml ") else body
    return b"\n".join([head, *before, body, *after]) + b"\n"


def _siblings(root: etree._Element, *, before: bool) -> list[etree._Element]:
    found = list(root.itersiblings(preceding=before))
    return found[::-1] if before else found


def indent(element: etree._Element, margin: str) -> None:
    """Break the lines between elements; text and mixed content stay as they are."""
    if len(element) == 0 or any((t or "").strip() for t in [element.text, *(c.tail for c in element)]):
        return
    inner = margin + "  "
    element.text = inner
    for child in element:
        indent(child, inner)
        child.tail = inner
    element[-1].tail = margin


def reference_of(element: etree._Element) -> str:
    """How people name an element: its kind and its OID."""
    oid = element.get("OID") or element.get("ID") or ""
    return f"{split(str(element.tag))[1]} {oid}".strip()


__all__ = ["define", "indent", "metadata_of", "read_define", "reference_of", "to_bytes", "version_of"]
