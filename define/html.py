"""A define as HTML by the stylesheet that CDISC publishes, for people and for browsers that run no stylesheets."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

from define.cdisc_files import stylesheet
from define.validate_xsd import parse


@lru_cache(maxsize=1)
def _transform() -> etree.XSLT:
    return etree.XSLT(etree.parse(stylesheet()))


def to_html(content: bytes) -> bytes:
    """The HTML of a define.xml. Links to files are as in the define: relative to its folder."""
    return bytes(_transform()(parse(content).getroottree()))
