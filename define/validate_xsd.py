"""Validation of a define against the XML schemas of Define-XML 2.1 with Analysis Results Metadata 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from define.cdisc_files import schema


@dataclass(frozen=True)
class SchemaError:
    """One violation: the line of the file, and what the schema says."""

    line: int
    message: str


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema()))


def parse(content: bytes) -> etree._Element:
    """The root of a define; no entity is expanded and nothing outside it is read. Raises etree.XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser)


def schema_errors(content: bytes) -> list[SchemaError]:
    """Every violation of the schemas, in the order of lines; an XML that cannot be read is one."""
    try:
        root = parse(content)
    except etree.XMLSyntaxError as error:
        return [SchemaError(error.lineno or 0, str(error.msg))]
    validator = _schema()
    if validator.validate(root):
        return []
    return [SchemaError(e.line, e.message) for e in validator.error_log]  # type: ignore[attr-defined]
