"""Read a define.xml into a ``Document``; nothing outside the file is ever loaded."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from define.rules.document import (
    ARM,
    CODE_CONTEXT,
    DEF,
    ODM,
    XLINK,
    AnalysisDataset,
    AnalysisResult,
    CodeList,
    DefineError,
    Described,
    Display,
    Document,
    DocumentRef,
    Element,
    ItemDef,
    ItemGroup,
    ItemRef,
    Leaf,
    Origin,
    PageRef,
    RangeCheck,
    Standard,
    Term,
    ValueList,
    WhereClause,
)

_HREF = re.compile(r"""href\s*=\s*["']([^"']*)["']""")


def parse_define(path: Path) -> Document:
    """The document of a file. Raises DefineError for what is not XML, or not a Define-XML 2.1."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise DefineError(f"{path.name}: not readable as XML: {error}; have it written again") from error
    version = root.find(f"{ODM}Study/{ODM}MetaDataVersion")
    if version is None or not version.get(f"{DEF}DefineVersion"):
        raise DefineError(f"{path.name}: no MetaDataVersion of Define-XML 2.1 in it; give a define.xml of version 2.1")
    names = root.find(f"{ODM}Study/{ODM}GlobalVariables")
    return Document(
        path=path,
        header={_local(str(k)): str(v) for k, v in root.attrib.items()},
        stylesheet=_stylesheet(root),
        study_name=_child(names, f"{ODM}StudyName"),
        study_description=_child(names, f"{ODM}StudyDescription"),
        protocol_name=_child(names, f"{ODM}ProtocolName"),
        comment=_of(version, "CommentOID"),
        standards=tuple(_standard(e) for e in version.iterfind(f"{DEF}Standards/{DEF}Standard")),
        crf=_documents(version.find(f"{DEF}AnnotatedCRF")),
        supplemental=_documents(version.find(f"{DEF}SupplementalDoc")),
        groups=tuple(_group(e) for e in version.iterfind(f"{ODM}ItemGroupDef")),
        items=tuple(_item(e) for e in version.iterfind(f"{ODM}ItemDef")),
        codelists=tuple(_codelist(e) for e in version.iterfind(f"{ODM}CodeList")),
        methods=tuple(_described(e) for e in version.iterfind(f"{ODM}MethodDef")),
        comments=tuple(_described(e) for e in version.iterfind(f"{DEF}CommentDef")),
        clauses=tuple(_clause(e) for e in version.iterfind(f"{DEF}WhereClauseDef")),
        value_lists=tuple(
            ValueList(e.get("OID", ""), tuple(_ref(r) for r in e.iterfind(f"{ODM}ItemRef")))
            for e in version.iterfind(f"{DEF}ValueListDef")
        ),
        leaves=tuple(_leaf(e) for e in version.iterfind(f"{DEF}leaf")),
        displays=tuple(_display(e) for e in version.iterfind(f"{ARM}AnalysisResultDisplays/{ARM}ResultDisplay")),
    )


def _stylesheet(root: Element) -> str:
    before = root.getprevious()
    while before is not None:
        if isinstance(before, etree._ProcessingInstruction) and before.target == "xml-stylesheet":
            found = _HREF.search(before.text or "")
            return found[1] if found else ""
        before = before.getprevious()
    return ""


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _of(element: Element, name: str) -> str:
    """An attribute of the namespace of Define-XML."""
    return element.get(f"{DEF}{name}", "")


def _yes(element: Element, name: str) -> bool:
    return _of(element, name) == "Yes"


def _child(element: Element | None, name: str) -> str:
    child = element.find(name) if element is not None else None
    return (child.text or "").strip() if child is not None else ""


def _text(element: Element | None) -> str:
    """The first translated text of the description of an element, as it stands."""
    found = element.find(f"{ODM}Description/{ODM}TranslatedText") if element is not None else None
    return (found.text or "") if found is not None else ""


def _code(element: Element) -> str:
    return next((a.get("Name", "") for a in element.iterfind(f"{ODM}Alias") if a.get("Context") == CODE_CONTEXT), "")


def _standard(e: Element) -> Standard:
    return Standard(
        oid=e.get("OID", ""),
        name=e.get("Name", ""),
        type=e.get("Type", ""),
        publishing_set=e.get("PublishingSet", ""),
        version=e.get("Version", ""),
        status=e.get("Status", ""),
        comment=_of(e, "CommentOID"),
    )


def _documents(element: Element | None) -> tuple[DocumentRef, ...]:
    if element is None:
        return ()
    return tuple(
        DocumentRef(
            d.get("leafID", ""),
            tuple(
                PageRef(p.get("Type", ""), p.get("PageRefs", ""), p.get("FirstPage", ""), p.get("LastPage", ""))
                for p in d.iterfind(f"{DEF}PDFPageRef")
            ),
        )
        for d in element.iterfind(f"{DEF}DocumentRef")
    )


def _leaf(e: Element) -> Leaf:
    return Leaf(e.get("ID", ""), e.get(f"{XLINK}href", ""), _child(e, f"{DEF}title"))


def _ref(e: Element) -> ItemRef:
    return ItemRef(
        item=e.get("ItemOID", ""),
        order=e.get("OrderNumber", ""),
        mandatory=e.get("Mandatory", ""),
        key=e.get("KeySequence", ""),
        method=e.get("MethodOID", ""),
        has_no_data=_yes(e, "HasNoData"),
        clauses=tuple(c.get("WhereClauseOID", "") for c in e.iterfind(f"{DEF}WhereClauseRef")),
    )


def _group(e: Element) -> ItemGroup:
    class_ = e.find(f"{DEF}Class")
    leaf = e.find(f"{DEF}leaf")
    below = class_.iterfind(f"{DEF}SubClass") if class_ is not None else ()
    return ItemGroup(
        oid=e.get("OID", ""),
        name=e.get("Name", ""),
        domain=e.get("Domain", ""),
        repeating=e.get("Repeating", ""),
        reference_data=e.get("IsReferenceData", ""),
        sas_name=e.get("SASDatasetName", ""),
        purpose=e.get("Purpose", ""),
        structure=_of(e, "Structure"),
        archive=_of(e, "ArchiveLocationID"),
        standard=_of(e, "StandardOID"),
        is_non_standard=_yes(e, "IsNonStandard"),
        has_no_data=_yes(e, "HasNoData"),
        comment=_of(e, "CommentOID"),
        label=_text(e),
        class_name=class_.get("Name", "") if class_ is not None else "",
        subclasses=tuple((s.get("Name", ""), s.get("ParentClass", "")) for s in below),
        refs=tuple(_ref(r) for r in e.iterfind(f"{ODM}ItemRef")),
        leaf=_leaf(leaf) if leaf is not None else None,
    )


def _item(e: Element) -> ItemDef:
    codelist, values = e.find(f"{ODM}CodeListRef"), e.find(f"{DEF}ValueListRef")
    return ItemDef(
        oid=e.get("OID", ""),
        name=e.get("Name", ""),
        type=e.get("DataType", ""),
        length=e.get("Length", ""),
        digits=e.get("SignificantDigits", ""),
        sas_name=e.get("SASFieldName", ""),
        display_format=_of(e, "DisplayFormat"),
        comment=_of(e, "CommentOID"),
        label=_text(e),
        codelist=codelist.get("CodeListOID", "") if codelist is not None else "",
        origins=tuple(
            Origin(o.get("Type", ""), o.get("Source", ""), _text(o).strip(), _documents(o))
            for o in e.iterfind(f"{DEF}Origin")
        ),
        value_list=values.get("ValueListOID", "") if values is not None else "",
    )


def _codelist(e: Element) -> CodeList:
    external = e.find(f"{ODM}ExternalCodeList")
    terms = [t for t in e if t.tag in (f"{ODM}CodeListItem", f"{ODM}EnumeratedItem")]
    return CodeList(
        oid=e.get("OID", ""),
        name=e.get("Name", ""),
        type=e.get("DataType", ""),
        standard=_of(e, "StandardOID"),
        is_non_standard=_yes(e, "IsNonStandard"),
        comment=_of(e, "CommentOID"),
        code=_code(e),
        terms=tuple(_term(t) for t in terms),
        is_external=external is not None,
        dictionary=external.get("Dictionary", "") if external is not None else "",
        version=external.get("Version", "") if external is not None else "",
    )


def _term(e: Element) -> Term:
    decode = e.find(f"{ODM}Decode/{ODM}TranslatedText")
    coded = e.tag == f"{ODM}CodeListItem"
    return Term(
        value=e.get("CodedValue", ""),
        decode=((decode.text or "") if decode is not None else "") if coded else None,
        rank=e.get("Rank", ""),
        order=e.get("OrderNumber", ""),
        extended=_yes(e, "ExtendedValue"),
        code=_code(e),
    )


def _described(e: Element) -> Described:
    return Described(e.get("OID", ""), e.get("Name", ""), e.get("Type", ""), _text(e).strip(), _documents(e))


def _clause(e: Element) -> WhereClause:
    checks = tuple(
        RangeCheck(
            _of(c, "ItemOID"),
            c.get("Comparator", ""),
            c.get("SoftHard", ""),
            tuple(v.text or "" for v in c.iterfind(f"{ODM}CheckValue")),
        )
        for c in e.iterfind(f"{ODM}RangeCheck")
    )
    return WhereClause(e.get("OID", ""), _of(e, "CommentOID"), checks)


def _display(e: Element) -> Display:
    results = tuple(_result(r) for r in e.iterfind(f"{ARM}AnalysisResult"))
    return Display(e.get("OID", ""), e.get("Name", ""), _text(e).strip(), _documents(e), results)


def _result(e: Element) -> AnalysisResult:
    together, documentation = e.find(f"{ARM}AnalysisDatasets"), e.find(f"{ARM}Documentation")
    program = e.find(f"{ARM}ProgrammingCode")
    return AnalysisResult(
        oid=e.get("OID", ""),
        parameter=e.get("ParameterOID", ""),
        reason=e.get("AnalysisReason", ""),
        purpose=e.get("AnalysisPurpose", ""),
        text=_text(e).strip(),
        comment=_of(together, "CommentOID") if together is not None else "",
        datasets=tuple(_analysed(d) for d in e.iterfind(f"{ARM}AnalysisDatasets/{ARM}AnalysisDataset")),
        documents=_documents(documentation) + _documents(program),
    )


def _analysed(e: Element) -> AnalysisDataset:
    clause = e.find(f"{DEF}WhereClauseRef")
    return AnalysisDataset(
        e.get("ItemGroupOID", ""),
        clause.get("WhereClauseOID", "") if clause is not None else "",
        tuple(v.get("ItemOID", "") for v in e.iterfind(f"{ARM}AnalysisVariable")),
    )
