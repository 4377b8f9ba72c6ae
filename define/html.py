"""A define as HTML by the stylesheet that CDISC publishes, for people and for browsers that run no stylesheets.

The stylesheet (2019-02-11) speaks English only: its headings are fixed, and it shows the first text of a description.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from lxml import etree

from define.cdisc_files import stylesheet
from define.validate_xsd import parse

FILE = "define.html"
LIST = re.compile(r'<xsl:variable name="(g_seq\w+)"\s+select="\$g_MetaDataVersion/((?:odm|def):\w+)"\s*/>')
LOOKUP = re.compile(r"\$(g_seq\w+)\[@OID=(\$\w+)\]")
KEY = '<xsl:key name="{}" match="{}" use="@OID"/>'
KEYS_BEFORE = "<xsl:output"


@lru_cache(maxsize=1)
def _transform() -> etree.XSLT:
    return etree.XSLT(etree.fromstring(indexed(stylesheet().read_text(encoding="utf-8")).encode()))


def indexed(published: str) -> str:
    """The stylesheet with its searches for an OID as keys: the same page in half the time."""
    lists = dict(LIST.findall(published))
    keys = "".join(KEY.format(name, match) for name, match in lists.items())
    sought = LOOKUP.sub(lambda m: f"key('{m[1]}', {m[2]})" if m[1] in lists else m[0], published)
    return sought.replace(KEYS_BEFORE, keys + KEYS_BEFORE, 1)


def to_html(content: bytes) -> bytes:
    """The HTML of a define.xml. Links to files are as in the define: relative to its folder."""
    return bytes(_transform()(parse(content).getroottree()))


def write_html(define_xml: Path) -> Path:
    """Write ``define.html`` beside a define.xml; gives its path."""
    path = define_xml.with_name(FILE)
    path.write_bytes(to_html(define_xml.read_bytes()))
    return path
