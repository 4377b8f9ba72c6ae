"""The metadata of a pack: a define.xml as YAML files, one per component, readable, editable, and complete.

``metadata/define.yaml`` holds what is around the components (ODM, Study, MetaDataVersion); definitions are keyed by
their OID. Components are written in the order that the schema of Define-XML 2.1 prescribes, definitions in the order of
their file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from define.exchange import yaml_text
from define.exchange.elements import COMMENT, INSTRUCTION, fill, is_element, node_data, node_from, to_data
from define.exchange.errors import ExchangeError, ExchangeUsage
from define.exchange.names import DEF, DEF_2_0, ODM, STANDARD, Names, odm
from define.exchange.xml_file import metadata_of, reference_of

FOLDER = "metadata"
HEAD = "define.yaml"
OTHER = "other.yaml"
LAYOUT = "workbook.yaml"
"""How an imported workbook looked (``book_layout``); no part of the define."""
COMPONENTS: dict[str, tuple[str, ...]] = {
    "standards.yaml": ("def:Standards",),
    "documents.yaml": ("def:AnnotatedCRF", "def:SupplementalDoc", "def:leaf"),
    "value_level.yaml": ("def:ValueListDef", "def:WhereClauseDef"),
    "datasets.yaml": ("ItemGroupDef",),
    "variables.yaml": ("ItemDef",),
    "codelists.yaml": ("CodeList",),
    "methods.yaml": ("MethodDef",),
    "comments.yaml": ("def:CommentDef",),
    "analyses.yaml": ("arm:AnalysisResultDisplays",),
}
ABOUT = {
    HEAD: "The define itself: what is around its components. Names are those of Define-XML 2.1.",
    "standards.yaml": "The standards and terminology packages that the datasets follow.",
    "documents.yaml": "The documents: annotated CRF, supplemental documents, and the files (leafs) that are named.",
    "value_level.yaml": "Value-level metadata: lists of values of a variable, and the conditions that select them.",
    "datasets.yaml": "The datasets, and the variables of each in order.",
    "variables.yaml": "The variables, and the values of value-level metadata.",
    "codelists.yaml": "Controlled terms and external dictionaries.",
    "methods.yaml": "How values are derived.",
    "comments.yaml": "Comments.",
    "analyses.yaml": "Analysis results metadata.",
    OTHER: "What Define-XML 2.1 has no component for.",
}
ORDER = (
    "def:Standards", "def:AnnotatedCRF", "def:SupplementalDoc", "def:ValueListDef", "def:WhereClauseDef", "Include",
    "Protocol", "StudyEventDef", "FormDef", "ItemGroupDef", "ItemDef", "CodeList", "ImputationMethod", "Presentation",
    "ConditionDef", "MethodDef", "def:CommentDef", "def:leaf", "arm:AnalysisResultDisplays",
)  # fmt: skip
"""The order of components in a MetaDataVersion (define2-1-0.xsd, arm1-0-0.xsd); others come last."""
KEYED = {
    "def:ValueListDef": "OID", "def:WhereClauseDef": "OID", "ItemGroupDef": "OID", "ItemDef": "OID", "CodeList": "OID",
    "MethodDef": "OID", "def:CommentDef": "OID", "def:leaf": "ID",
}  # fmt: skip
_FILE_OF = {name: file for file, names in COMPONENTS.items() for name in names}


def to_files(root: etree._Element, source: str) -> dict[str, dict[str, Any]]:
    """A define as data, file by file. Raises ExchangeError for a definition that is there twice, or without an OID."""
    version = metadata_of(root)
    names = Names(_declared(root))
    files: dict[str, dict[str, Any]] = {HEAD: _head(root, version, names)}
    waiting: list[dict[str, Any]] = []
    count = 0
    for child in version:
        if not is_element(child):
            waiting.append(node_data(child, names))
            continue
        name = names.element(str(child.tag))
        content = files.setdefault(_FILE_OF.get(name, OTHER), {})
        into = content.setdefault(name, {}) if name in KEYED else content
        for node in waiting:
            count += 1
            ((kind, text),) = node.items()
            into[f"{kind} {count}"] = text
        waiting = []
        _add(content, name, child, names, source)
    if waiting:
        files.setdefault(OTHER, {})
    for node in waiting:
        count += 1
        ((kind, text),) = node.items()
        files[OTHER][f"{kind} {count}"] = text
    return {f: files[f] for f in (HEAD, *COMPONENTS, OTHER) if f in files}


def _declared(root: etree._Element) -> dict[str, str]:
    """The prefixes that a define declares anywhere for namespaces that the standard has no prefix for."""
    known = {ODM, DEF_2_0, *STANDARD.values()}
    found = ((p, uri) for e in root.iter(etree.Element) for p, uri in e.nsmap.items())
    return {p: uri for p, uri in found if p and uri not in known}


def _add(content: dict[str, Any], name: str, child: etree._Element, names: Names, source: str) -> None:
    """One component into its file: by its OID, or under its name."""
    data = to_data(child, names)
    if name not in KEYED:
        given = content.get(name)
        content[name] = data if given is None else [*(given if isinstance(given, list) else [given]), data]
        return
    assert isinstance(data, dict)
    oid = data.pop(KEYED[name], None)
    if oid is None:
        raise ExchangeError(f"{source}:{child.sourceline}: {reference_of(child)} has no {KEYED[name]}; give it one")
    if oid in content[name]:
        raise ExchangeError(f"{source}:{child.sourceline}: {reference_of(child)} is there twice; an OID stands for one")
    content[name][oid] = data


def _head(root: etree._Element, version: etree._Element, names: Names) -> dict[str, Any]:
    """The define without its components."""
    bare = etree.Element(version.tag, {str(k): str(v) for k, v in version.attrib.items()})
    study = version.getparent()
    assert study is not None
    position, tail = study.index(version), version.tail
    study.replace(version, bare)
    try:
        data = to_data(root, names)
    finally:
        study[position] = version
        version.tail = tail
    before = [node_data(n, names) for n in reversed(list(root.itersiblings(preceding=True)))]
    after = [node_data(n, names) for n in root.itersiblings()]
    declared = {p or "": DEF if uri == DEF_2_0 else uri for p, uri in root.nsmap.items()}
    nested = {p: uri for p, uri in names.declared.items() if p not in declared and p not in STANDARD}
    found: dict[str, Any] = {"namespaces": {**declared, **nested}, "before": before, "ODM": data, "after": after}
    return {k: v for k, v in found.items() if v}


def from_files(files: dict[str, dict[str, Any]]) -> etree._Element:
    """The define that the files describe. Raises ExchangeError where they cannot be one, with file and definition."""
    head = files.get(HEAD)
    if head is None or not isinstance(head.get("ODM"), dict):
        raise ExchangeError(f"{FOLDER}/{HEAD}: key 'ODM' is missing; it holds what is around the components")
    declared = head.get("namespaces", {})
    names = Names({p: uri for p, uri in declared.items() if p})
    root = etree.Element(odm("ODM"), nsmap=_declarations(declared))  # type: ignore[arg-type]  # stubs: no None
    place = f"{FOLDER}/{HEAD}"
    _filled(root, head["ODM"], names, place)
    version = root.find(f"{odm('Study')}/{odm('MetaDataVersion')}")
    if version is None:
        raise ExchangeError(f"{place}: ODM has no Study with a MetaDataVersion; it holds the components")
    for _, nodes in sorted(_components(files, names).items()):
        version.extend(nodes)
    for node in head.get("before", []):
        ((kind, text),) = node.items()
        root.addprevious(node_from(kind, text, names))
    for node in reversed(head.get("after", [])):
        ((kind, text),) = node.items()
        root.addnext(node_from(kind, text, names))
    return root


def _declarations(declared: dict[str, str]) -> dict[str | None, str]:
    """What the root declares: as the file did, and what Define-XML needs."""
    found: dict[str | None, str] = {p or None: uri for p, uri in declared.items() if p != "xml"}
    if ODM not in found.values():
        found.setdefault(None, ODM)
    for prefix in ("def", "xlink"):
        if STANDARD[prefix] not in found.values():
            found.setdefault(prefix, STANDARD[prefix])
    return found


def _components(files: dict[str, dict[str, Any]], names: Names) -> dict[int, list[etree._Element]]:
    """The children of the MetaDataVersion by their place in its order."""
    found: dict[int, list[etree._Element]] = {}
    for file, content in files.items():
        if file == HEAD:
            continue
        waiting: list[etree._Element] = []
        for name, value in content.items():
            if name.partition(" ")[0] in (COMMENT, INSTRUCTION):
                waiting.append(node_from(name, value, names))
                continue
            place = ORDER.index(name) if name in ORDER else len(ORDER)
            nodes = _definitions(file, name, value, names)
            found.setdefault(place, []).extend([*waiting, *nodes])
            waiting = []
        found.setdefault(len(ORDER) + 1, []).extend(waiting)
    return found


def _definitions(file: str, name: str, value: Any, names: Names) -> list[etree._Element]:
    """The elements of one name of one file."""
    if name not in KEYED:
        values = value if isinstance(value, list) else [value]
        return [_made(name, v, names, f"{FOLDER}/{file}: {name}") for v in values]
    if not isinstance(value, dict):
        raise ExchangeError(f"{FOLDER}/{file}: {name} must hold definitions by their {KEYED[name]}")
    found = []
    for oid, data in value.items():
        if oid.partition(" ")[0] in (COMMENT, INSTRUCTION):
            found.append(node_from(oid, data, names))
            continue
        if not isinstance(data, dict):
            raise ExchangeError(f"{FOLDER}/{file}: {name} {oid} must be keys and values")
        found.append(_made(name, {KEYED[name]: oid, **data}, names, f"{FOLDER}/{file}: {name} {oid}"))
    return found


def _made(name: str, data: Any, names: Names, place: str) -> etree._Element:
    try:
        element = etree.Element(names.qualified(name, ODM))
    except KeyError as error:
        raise ExchangeError(f"{place}: nothing declares the prefix {error}; see namespaces in {HEAD}") from None
    _filled(element, data, names, place)
    return element


def _filled(element: etree._Element, data: Any, names: Names, place: str) -> None:
    try:
        fill(element, data, names)
    except KeyError as error:
        raise ExchangeError(f"{place}: nothing declares the prefix {error}; see namespaces in {HEAD}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ExchangeError(f"{place}: cannot be written as XML: {error}") from None


def write_metadata(root: etree._Element, pack: Path, source: str) -> None:
    """Write a define as the metadata of a pack. Raises what ``to_files`` raises."""
    folder = pack / FOLDER
    files = to_files(root, source)
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_text(yaml_text.dump(content, ABOUT[file]), encoding="utf-8")


def read_metadata(pack: Path) -> etree._Element:
    """The define of a pack's metadata. Raises ExchangeUsage where it has none, ExchangeError for what is wrong."""
    folder = pack / FOLDER
    if not (folder / HEAD).is_file():
        raise ExchangeUsage(f"{pack} has no {FOLDER}/{HEAD}; import-define or import-spec makes a pack with metadata")
    strays = sorted(p.name for p in folder.glob("*.y*ml") if p.name not in (*ABOUT, LAYOUT))
    if strays:
        raise ExchangeError(f"{FOLDER}/{strays[0]}: nothing reads this file; the files are {', '.join(ABOUT)}")
    files = {f: yaml_text.load(folder / f, f"{FOLDER}/{f}") for f in ABOUT if (folder / f).is_file()}
    return from_files(files)
