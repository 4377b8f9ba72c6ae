"""A define as HTML by the stylesheet that CDISC publishes, for people and for browsers that run no stylesheets.

The stylesheet (2019-02-11) speaks English only: its headings are fixed, and it shows the first text of a description.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lxml import etree

from define.cdisc_files import stylesheet
from define.validate_xsd import parse

FILE = "define.html"


@lru_cache(maxsize=1)
def _transform() -> etree.XSLT:
    return etree.XSLT(etree.parse(stylesheet()))


def to_html(content: bytes) -> bytes:
    """The HTML of a define.xml. Links to files are as in the define: relative to its folder."""
    return bytes(_transform()(parse(content).getroottree()))


def write_html(define_xml: Path) -> Path:
    """Write ``define.html`` beside a define.xml; gives its path."""
    path = define_xml.with_name(FILE)
    path.write_bytes(to_html(define_xml.read_bytes()))
    return path
