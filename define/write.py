"""A define as XML: the same define gives the same bytes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from define.cdisc_files import STYLESHEET, stylesheet
from define.model import Define

TEMPLATES = Path(__file__).parent / "templates"
FILE = "define.xml"


@lru_cache(maxsize=1)
def _template() -> Template:
    """Escaping is always on: by the template's name (.xml.j2) jinja2 would leave it off."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template("define.xml.j2")


def to_xml(define: Define) -> bytes:
    """The define as the bytes of a file."""
    return _template().render(define=define, stylesheet=STYLESHEET).encode("utf-8")


def write_define(define: Define, folder: Path) -> Path:
    """Write ``define.xml`` and the stylesheet that shows it into a folder; gives the path of the define."""
    path = folder / FILE
    path.write_bytes(to_xml(define))
    (folder / STYLESHEET).write_bytes(stylesheet().read_bytes())
    return path
