"""The links of a define.xml and of its page: what they lead to must be there, and what is there must be described."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
HREF = "{http://www.w3.org/1999/xlink}href"
LOST = "it links to {}, which is not there; deliver the file, or make the define again"


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


def dead_links(page: Path, tolerated: Collection[str]) -> Iterator[str]:
    """A sentence for every link of an HTML page to a file or an anchor that is not there. Raises ValueError."""
    try:
        root = etree.HTML(page.read_bytes())
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{page.name} is damaged ({error.msg})") from error
    if root is None:
        raise ValueError(f"{page.name} is empty")
    anchors = {e.get(k) for e in root.iter(etree.Element) for k in ("id", "name")}
    for link in dict.fromkeys(str(a.get("href") or "") for a in root.iter("a", "link")):
        target = urlsplit(link)
        if not target.scheme and not target.netloc and not target.path:
            if target.fragment and unquote(target.fragment) not in anchors and target.fragment not in anchors:
                yield f"it links to {link}, which is not in it; make it again with the run"
        elif _is_lost(link, page.parent, tolerated):
            yield LOST.format(link)


def _is_lost(link: str, place: Path, tolerated: Collection[str]) -> bool:
    """Whether a link leads to a file beside that is not there."""
    target = urlsplit(link)
    if target.scheme or target.netloc or not target.path:
        return False
    name = unquote(target.path)
    return PurePosixPath(name).name not in tolerated and not (place / name).exists()


def link_faults(define: DefineLinks, place: Path, tolerated: Collection[str]) -> Iterator[tuple[str, str]]:
    """Rule and sentence of every dead link (but to files that may come later), and of every dataset left out."""
    for link in define.links:
        if _is_lost(link, place, tolerated):
            yield "LINK_DEAD", LOST.format(link)
    for path in sorted(place.glob("*.xpt")):
        if path.name not in define.datasets:
            yield "FILE_UNDESCRIBED", f"it does not describe {path.name}; make it again with the run"


def _stylesheet(element: etree._Element) -> str:
    return str(element.get("href") or "") if isinstance(element, etree._ProcessingInstruction) else ""
