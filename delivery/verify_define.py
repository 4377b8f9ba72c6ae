"""The links of a define.xml: what it leads to must be there, and what is there must be described."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True)
class DefineLinks:
    """The stylesheet and the files that a define leads to, and the files of its datasets among them."""

    links: tuple[str, ...]
    datasets: tuple[str, ...]


def read_links(path: Path) -> DefineLinks:
    """Read a define; nothing outside the file is read. Raises ValueError for what is no XML of ODM."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(str(path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{path.name} is damaged ({error.msg})") from error
    if root.tag != f"{ODM}ODM":
        raise ValueError(f"{path.name} is no ODM file")
    sheets = [s for e in root.itersiblings(preceding=True) if (s := _stylesheet(e))]
    links = [str(x.get(HREF)) for x in root.iter() if isinstance(x.tag, str) and x.get(HREF)]
    datasets = [str(x.get(HREF)) for g in root.iter(f"{ODM}ItemGroupDef") for x in g.iterchildren("{*}leaf")]
    return DefineLinks(tuple(dict.fromkeys([*sheets, *links])), tuple(datasets))


def link_faults(define: DefineLinks, place: Path, tolerated: Collection[str]) -> Iterator[tuple[str, str]]:
    """Rule and sentence of every dead link (but to files that may come later), and of every dataset left out."""
    for link in define.links:
        target = urlsplit(link)
        if target.scheme or target.netloc or not target.path:
            continue
        name = unquote(target.path)
        if PurePosixPath(name).name not in tolerated and not (place / name).exists():
            yield "LINK_DEAD", f"it links to {link}, which is not there; deliver the file, or make the define again"
    for path in sorted(place.glob("*.xpt")):
        if path.name not in define.datasets:
            yield "FILE_UNDESCRIBED", f"it does not describe {path.name}; make it again with the run"


def _stylesheet(element: etree._Element) -> str:
    return str(element.get("href") or "") if isinstance(element, etree._ProcessingInstruction) else ""
