"""An XML element as plain data, and back, losing nothing that means something.

Attributes and child elements are keys, under the names of the standard; several children of one name are a list.
``Description: Adverse Events`` is short for the one English TranslatedText, and elements that hold nothing but text are
that text. What has no name is written as XPath calls it: ``text()``, ``comment()``, ``processing-instruction()``;
``cdata()`` is a text that stands in a CDATA section; ``node()`` lists children whose order is not that of their names.
Blanks between elements are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lxml import etree

from define.exchange.names import DEF, LANGUAGE, ODM, Names, arm, define, odm, split

Data = dict[str, Any]
Value = Data | str
TEXT, CDATA, NODES = "text()", "cdata()", "node()"
COMMENT, INSTRUCTION = "comment()", "processing-instruction()"
TRANSLATED = {odm(n) for n in ("Description", "Decode", "Question", "ErrorMessage", "Symbol")}
PLAIN_TEXT = {
    *(odm(n) for n in ("StudyName", "StudyDescription", "ProtocolName", "CheckValue")), define("title"), arm("Code")
}  # fmt: skip
TEXT_HOLDERS = PLAIN_TEXT | {odm("TranslatedText"), odm("FormalExpression")}
ROOT = odm("MetaDataVersion")
"""Its attribute Description has the name of an element; it has no short children."""


def is_element(node: etree._Element) -> bool:
    """Whether a node is an element, and no comment or processing instruction."""
    return isinstance(node.tag, str)


def to_data(element: etree._Element, names: Names) -> Value:
    """An element as data, without its name."""
    short = _short(element)
    if short is not None:
        return short
    data: Data = {}
    for qualified, value in element.attrib.items():
        name = names.attribute(str(qualified))
        clash = element.tag != ROOT and _is_short(names, name)
        data[f"@{name}" if clash else name] = str(value)
    if len(element) == 0:
        text = element.text or ""
        if text.strip() or (text and _holds_text(element)):
            data[CDATA if _is_cdata(element) else TEXT] = text
        return data
    children = [c for c in element if not isinstance(c, etree._Entity)]
    tags = [tag for tag, _ in groupby(c.tag for c in children)]
    mixed = any((t or "").strip() for t in [element.text, *(c.tail for c in children)])
    keys = [names.element(str(t)) for t in tags if isinstance(t, str)]
    if mixed or len(keys) < len(tags) or len(set(keys)) < len(keys) or set(keys) & set(data):
        data[NODES] = list(_nodes(element, names, mixed))
        return data
    for key, group in zip(keys, (list(g) for _, g in groupby(children, lambda c: c.tag)), strict=True):
        values = [to_data(c, names) for c in group]
        data[key] = values[0] if len(values) == 1 else values
    return data


def _nodes(element: etree._Element, names: Names, mixed: bool) -> Iterator[Data]:
    if mixed and element.text:
        yield {TEXT: element.text}
    for child in element:
        yield node_data(child, names)
        if mixed and child.tail:
            yield {TEXT: child.tail}


def node_data(node: etree._Element, names: Names) -> Data:
    """An element, comment or processing instruction as data, under its name."""
    if isinstance(node, etree._Comment):
        return {COMMENT: node.text or ""}
    if isinstance(node, etree._ProcessingInstruction):
        return {INSTRUCTION: " ".join(p for p in (str(node.target), str(node.text or "")) if p)}
    return {names.element(str(node.tag)): to_data(node, names)}


def _short(element: etree._Element) -> Value | None:
    """The short form, where the element has one: texts by language, or text alone."""
    if element.attrib or any(not is_element(c) for c in element):
        return None
    if element.tag in PLAIN_TEXT and len(element) == 0 and not _is_cdata(element):
        return element.text or ""
    if element.tag not in TRANSLATED or len(element) == 0 or (element.text or "").strip():
        return None
    texts: Data = {}
    for child in element:
        plain = child.tag == odm("TranslatedText") and set(child.attrib) == {LANGUAGE} and len(child) == 0
        if not plain or (child.tail or "").strip() or _is_cdata(child) or child.attrib[LANGUAGE] in texts:
            return None
        texts[str(child.attrib[LANGUAGE])] = child.text or ""
    if "TranslatedText" in texts:
        return None
    return str(texts["en"]) if list(texts) == ["en"] else texts


def _is_short(names: Names, name: str) -> bool:
    try:
        return names.qualified(name, ODM) in TRANSLATED | PLAIN_TEXT
    except KeyError:
        return False


def _holds_text(element: etree._Element) -> bool:
    """Whether blanks in an element mean something."""
    return element.tag in TEXT_HOLDERS or split(str(element.tag))[0] not in (ODM, DEF)


def _is_cdata(element: etree._Element) -> bool:
    """Whether the text of an element stands in a CDATA section (elsewhere ``<`` is written as an entity)."""
    return bool(element.text) and b"<![CDATA[" in etree.tostring(element, with_tail=False)


def from_data(name: str, value: Any, names: Names) -> etree._Element:
    """An element of a name from its data. Raises KeyError for an undeclared prefix, ValueError for what XML forbids."""
    element = etree.Element(names.qualified(name, ODM))
    fill(element, value, names)
    return element


def fill(element: etree._Element, value: Any, names: Names) -> None:
    """Give an element what its data say: attributes, text, children."""
    if isinstance(value, str):
        value = {"en": value} if element.tag in TRANSLATED else {TEXT: value}
    if not isinstance(value, dict):
        raise ValueError(f"{names.element(str(element.tag))} must be keys and values, or a text")
    if element.tag in TRANSLATED and all(
        isinstance(v, str) and "()" not in k and k[:1] != "@" for k, v in value.items()
    ):
        for language, text in value.items():
            etree.SubElement(element, odm("TranslatedText"), {LANGUAGE: language}).text = text
        return
    for key, inner in value.items():
        if key == TEXT:
            element.text = inner
        elif key == CDATA:
            element.text = inner if "]]>" in inner else etree.CDATA(inner)
        elif key == NODES:
            for node in inner:
                _append(element, node, names)
        elif isinstance(inner, str) and (element.tag == ROOT or not _is_short(names, key)):
            element.set(names.qualified(key.removeprefix("@"), ""), inner)
        else:
            for one in inner if isinstance(inner, list) else [inner]:
                child = etree.SubElement(element, names.qualified(key, ODM))
                fill(child, one, names)


def _is_by_language(value: Data) -> bool:
    return all(isinstance(v, str) and "()" not in k and not k.startswith("@") for k, v in value.items())


def _append(element: etree._Element, node: Data, names: Names) -> None:
    """One member of ``node()``: an element, or what has no name."""
    ((key, inner),) = node.items()
    if key == TEXT:
        if len(element):
            element[-1].tail = (element[-1].tail or "") + inner
        else:
            element.text = (element.text or "") + inner
    else:
        element.append(node_from(key, inner, names))


def node_from(key: str, inner: Any, names: Names) -> etree._Element:
    """A comment, a processing instruction or an element from its data."""
    kind = key.partition(" ")[0]
    if kind == COMMENT:
        return etree.Comment(inner)
    if kind == INSTRUCTION:
        target, _, text = inner.partition(" ")
        return etree.ProcessingInstruction(target, text)
    return from_data(key, inner, names)
