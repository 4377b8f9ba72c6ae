"""The rows of the workbook as a define: OIDs by the conventions, everything else as it is written.

What is wrong in the rows (a name that is there twice, a reference that leads nowhere) is told all at once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from lxml import etree

from define.exchange.book_parts import Parts, described, page_refs, put, reference, text_in
from define.exchange.errors import ExchangeError
from define.exchange.index import CODE_CONTEXT, Element
from define.exchange.names import ARM, DEF, ODM, XLINK, arm, define, odm
from define.exchange.sheets import STUDY, Book, Row, oid
from define.exchange.to_book import LISTS, standard_text

CREATED = "1970-01-01T00:00:00"
ANALYSIS_CLASSES = (
    "SUBJECT LEVEL ANALYSIS DATASET", "BASIC DATA STRUCTURE", "OCCURRENCE DATA STRUCTURE", "ADAM OTHER",
    "DEVICE LEVEL ANALYSIS DATASET", "MEDICAL DEVICE BASIC DATA STRUCTURE",
    "MEDICAL DEVICE OCCURRENCE DATA STRUCTURE", "REFERENCE DATA STRUCTURE",
)  # fmt: skip
CRF = ("acrf", "blankcrf", "annotated crf")


@dataclass
class Making:
    """A define that is being made of a book."""

    book: Book
    root: Element
    version: Element
    language: str
    parts: Parts
    standards: dict[str, str] = field(default_factory=dict)
    """The OID of a standard by what the sheets call it."""

    def rows(self, sheet: str) -> list[Row]:
        """The rows of a sheet."""
        return self.book.get(sheet, [])


def from_book(book: Book) -> Element:
    """A define of the rows of a workbook. Raises ExchangeError with all that is wrong."""
    about = {r.get("Attribute", ""): r.get("Value", "") for r in book.get(STUDY, [])}
    name = about.get("StudyName") or "STUDY"
    namespaces: Any = {None: ODM, "def": DEF, "arm": ARM, "xlink": XLINK}
    root = etree.Element(odm("ODM"), nsmap=namespaces)
    put(root, ODMVersion="1.3.2", FileType="Snapshot", FileOID=f"{name}.define", CreationDateTime=CREATED)
    root.set(define("Context"), "Submission")
    study = etree.SubElement(root, odm("Study"), OID=name)
    variables = etree.SubElement(study, odm("GlobalVariables"))
    for key in ("StudyName", "StudyDescription", "ProtocolName"):
        etree.SubElement(variables, odm(key)).text = about.get(key) or name
    version = etree.SubElement(study, odm("MetaDataVersion"), OID=f"MDV.{name}", Name=f"Study {name}, data definitions")
    version.set(define("DefineVersion"), "2.1.0")
    root.addprevious(etree.ProcessingInstruction("xml-stylesheet", 'type="text/xsl" href="define2-1.xsl"'))
    made = Making(book, root, version, about.get("Language") or "en", Parts(book))
    _standards(made, about)
    _documents(made)
    _values(made)
    _clauses(made)
    for row in made.rows("Datasets"):
        _dataset(made, row)
    _items(made)
    _codelists(made)
    for row in made.rows("Methods"):
        _method(made, row)
    for row in made.rows("Comments"):
        comment = etree.SubElement(version, define("CommentDef"), OID=oid(row.get("ID", ""), "COM"))
        described(comment, row.get("Description", ""), made.language)
        reference(comment, row)
    for row in made.rows("Documents"):
        _leaf(version, oid(row.get("ID", ""), "LF"), row.get("Href", ""), row.get("Title", ""))
    _analyses(made)
    if made.parts.problems:
        raise ExchangeError("\n".join(made.parts.problems))
    return root


def _standards(made: Making, about: Row) -> None:
    rows = made.rows("Standards")
    if not rows and about.get("StandardName"):
        name = about["StandardName"].replace("-IG", "IG")
        rows = [{"ID": name, "Name": name, "Type": "IG", "Version": about.get("StandardVersion", "")}]
    holder = etree.Element(define("Standards"))
    for row in rows:
        standard = etree.SubElement(holder, define("Standard"))
        put(standard, OID=oid(row.get("ID", ""), "STD"), Name=row.get("Name"), Type=row.get("Type"))
        put(standard, PublishingSet=row.get("Publishing Set"), Version=row.get("Version"))
        put(standard, Status=row.get("Status") or "Final")
        _comment(standard, row)
        for text in (row.get("ID", ""), standard_text(standard)):
            made.standards[text] = standard.get("OID", "")
    if rows:
        made.version.append(holder)


def _documents(made: Making) -> None:
    crf: list[str] = []
    others: list[str] = []
    for row in made.rows("Documents"):
        is_crf = any(row.get(c, "").lower().startswith(CRF) for c in ("ID", "Href"))
        (crf if is_crf else others).append(oid(row.get("ID", ""), "LF"))
    for name, leaves in (("AnnotatedCRF", crf), ("SupplementalDoc", others)):
        if leaves:
            holder = etree.SubElement(made.version, define(name))
            for leaf in leaves:
                etree.SubElement(holder, define("DocumentRef"), leafID=leaf)


def _comment(element: Element, row: Row, column: str = "Comment") -> None:
    if row.get(column):
        element.set(define("CommentOID"), oid(row[column], "COM"))


def _item_oid(row: Row) -> str:
    return f"IT.{row.get('Dataset', '')}.{row.get('Variable', '')}"


def _value_oid(row: Row) -> str:
    """A value of a variable is called after the condition that selects it."""
    clause = row.get("Where Clause", "").removeprefix("WC.").removeprefix(f"{row.get('Dataset', '')}.")
    return f"{_item_oid(row)}.{clause}"


def _values(made: Making) -> None:
    for (dataset, variable), rows in groupby(made.rows("ValueLevel"), lambda r: (r.get("Dataset"), r.get("Variable"))):
        holder = made.parts.value_list(made.version, f"VL.{dataset}.{variable}")
        for row in rows:
            ref = etree.SubElement(holder, odm("ItemRef"), ItemOID=_value_oid(row))
            order = row.get("Order") or str(len(holder))
            put(ref, OrderNumber=order, Mandatory=row.get("Mandatory") or "No")
            if row.get("Method"):
                put(ref, MethodOID=oid(row["Method"], "MT"))
            for clause in row.get("Where Clause", "").split(","):
                where = oid(clause.strip(), "WC")
                etree.SubElement(ref, define("WhereClauseRef"), WhereClauseOID=where)


def _clauses(made: Making) -> None:
    for name, rows in groupby(made.rows("WhereClauses"), lambda r: r.get("ID", "")):
        clause = etree.SubElement(made.version, define("WhereClauseDef"), OID=oid(name, "WC"))
        for row in rows:
            _comment(clause, row)
            comparator = row.get("Comparator", "")
            check = etree.SubElement(clause, odm("RangeCheck"), Comparator=comparator, SoftHard="Soft")
            check.set(define("ItemOID"), _item_oid(row))
            given = row.get("Value", "")
            listed = next(csv.reader([given], skipinitialspace=True), []) if comparator in LISTS else [given]
            for value in listed or [""]:
                etree.SubElement(check, odm("CheckValue")).text = value


def _dataset(made: Making, row: Row) -> None:
    name = row.get("Dataset", "")
    group = etree.SubElement(made.version, odm("ItemGroupDef"), OID=f"IG.{name}", Name=name)
    analysis = row.get("Class", "").upper() in ANALYSIS_CLASSES
    if not analysis:
        put(group, Domain=name[4:] if name.startswith("SUPP") and len(name) > len("SUPP") else name)
    put(group, SASDatasetName=name, Repeating=row.get("Repeating") or "No")
    put(group, IsReferenceData=row.get("Reference Data") or "No", Purpose="Analysis" if analysis else "Tabulation")
    group.set(define("Structure"), row.get("Structure", ""))
    has_file = not row.get("Has No Data", "").lower().startswith("y")
    if has_file:
        group.set(define("ArchiveLocationID"), f"LF.{name}")
    else:
        group.set(define("HasNoData"), "Yes")
    _follow(made, group, row.get("Standard", next(iter(made.standards), None)))
    _comment(group, row)
    described(group, row.get("Label", ""), made.language)
    keys = [k.strip() for k in row.get("Key Variables", "").split(",") if k.strip()]
    for number, variable in enumerate((r for r in made.rows("Variables") if r.get("Dataset") == name), start=1):
        _item_ref(group, variable, number, keys)
    if row.get("Class"):
        class_element = etree.SubElement(group, define("Class"), Name=row["Class"])
        if row.get("SubClass"):
            etree.SubElement(class_element, define("SubClass"), Name=row["SubClass"])
    if has_file:
        _leaf(group, f"LF.{name}", f"{name.lower()}.xpt", f"{name.lower()}.xpt")


def _follow(made: Making, element: Element, standard: str | None) -> None:
    """The standard that a dataset or codelist follows; an empty cell says the sponsor's own, no column says nothing."""
    if standard is None:
        return
    if standard in made.standards:
        element.set(define("StandardOID"), made.standards[standard])
    elif not standard:
        element.set(define("IsNonStandard"), "Yes")
    else:
        made.parts.problems.append(
            f"{element.get('Name')}: no standard '{standard}' on the sheet Standards; known: "
            f"{', '.join(made.standards) or 'none'}"
        )


def _item_ref(group: Element, row: Row, number: int, keys: list[str]) -> None:
    ref = etree.SubElement(group, odm("ItemRef"), ItemOID=_item_oid(row))
    put(ref, OrderNumber=row.get("Order") or str(number), Mandatory=row.get("Mandatory") or "No")
    if row.get("Variable") in keys:
        put(ref, KeySequence=str(keys.index(row["Variable"]) + 1))
    if row.get("Method"):
        put(ref, MethodOID=oid(row["Method"], "MT"))
    put(ref, Role=row.get("Role"))
    if row.get("Has No Data", "").lower().startswith("y"):
        ref.set(define("HasNoData"), "Yes")


def _items(made: Making) -> None:
    listed = {(r.get("Dataset"), r.get("Variable")) for r in made.rows("ValueLevel")}
    for row in made.rows("Variables"):
        item = _item(made, row, _item_oid(row), row.get("Variable", ""))
        put(item, SASFieldName=row.get("Variable"))
        if (row.get("Dataset"), row.get("Variable")) in listed:
            value_list = f"VL.{row.get('Dataset')}.{row.get('Variable')}"
            etree.SubElement(item, define("ValueListRef"), ValueListOID=value_list)
    for row in made.rows("ValueLevel"):
        identity = _value_oid(row)
        _item(made, row, identity, identity.removeprefix(f"{_item_oid(row)}."))


def _item(made: Making, row: Row, identity: str, name: str) -> Element:
    item = etree.SubElement(made.version, odm("ItemDef"), OID=identity, Name=name)
    put(item, DataType=row.get("Data Type"), Length=row.get("Length"), SignificantDigits=row.get("Significant Digits"))
    if row.get("Format"):
        item.set(define("DisplayFormat"), row["Format"])
    _comment(item, row)
    described(item, row.get("Label", ""), made.language)
    if row.get("Codelist"):
        etree.SubElement(item, odm("CodeListRef"), CodeListOID=oid(row["Codelist"], "CL"))
    if row.get("Origin"):
        origin = etree.SubElement(item, define("Origin"), Type=row["Origin"])
        put(origin, Source=row.get("Source"))
        described(origin, row.get("Predecessor", ""), made.language)
        if row.get("Pages"):
            document = etree.SubElement(origin, define("DocumentRef"), leafID=_crf(made))
            page_refs(document, row["Pages"])
    return item


def _crf(made: Making) -> str:
    """The annotated CRF, whose pages an origin names."""
    rows = made.rows("Documents")
    found = [r for r in rows if any(r.get(c, "").lower().startswith(CRF) for c in ("ID", "Href"))]
    return oid((found or rows or [{"ID": "acrf"}])[0].get("ID", ""), "LF")


def _codelists(made: Making) -> None:
    for name, rows in groupby(made.rows("Codelists"), lambda r: r.get("ID", "")):
        terms = list(rows)
        about = terms[0]
        codelist = etree.SubElement(made.version, odm("CodeList"), OID=oid(name, "CL"), Name=about.get("Name") or name)
        put(codelist, DataType=about.get("Data Type") or "text")
        _follow(made, codelist, about.get("Terminology"))
        _comment(codelist, about)
        decoded = any(t.get("Decoded Value") for t in terms)
        for row in terms:
            tag = "CodeListItem" if decoded else "EnumeratedItem"
            term = etree.SubElement(codelist, odm(tag), CodedValue=row.get("Term", ""))
            put(term, OrderNumber=row.get("Order"))
            if about.get("NCI Codelist Code") and not row.get("NCI Term Code"):
                term.set(define("ExtendedValue"), "Yes")
            if decoded:
                decode = etree.SubElement(term, odm("Decode"))
                text_in(decode, row.get("Decoded Value", ""), made.language)
            _alias(term, row.get("NCI Term Code", ""))
        _alias(codelist, about.get("NCI Codelist Code", ""))
    for row in made.rows("Dictionaries"):
        codelist = etree.SubElement(made.version, odm("CodeList"), OID=oid(row.get("ID", ""), "CL"))
        put(codelist, Name=row.get("Name") or row.get("Dictionary"), DataType=row.get("Data Type") or "text")
        external = etree.SubElement(codelist, odm("ExternalCodeList"), Dictionary=row.get("Dictionary", ""))
        put(external, Version=row.get("Version"))


def _alias(element: Element, code: str) -> None:
    if code:
        etree.SubElement(element, odm("Alias"), Context=CODE_CONTEXT, Name=code)


def _method(made: Making, row: Row) -> None:
    identity = row.get("ID", "")
    method = etree.SubElement(made.version, odm("MethodDef"), OID=oid(identity, "MT"), Name=row.get("Name") or identity)
    put(method, Type=row.get("Type") or "Computation")
    described(method, row.get("Description", ""), made.language)
    if row.get("Expression Code"):
        expression = etree.SubElement(method, odm("FormalExpression"), Context=row.get("Expression Context", ""))
        expression.text = row["Expression Code"]
    reference(method, row)


def _leaf(holder: Element, identity: str, href: str, title: str) -> None:
    leaf = etree.SubElement(holder, define("leaf"), {"ID": identity, f"{{{XLINK}}}href": href})
    etree.SubElement(leaf, define("title")).text = title or href


def _analyses(made: Making) -> None:
    if not made.rows("Analysis Displays"):
        return
    holder = etree.SubElement(made.version, arm("AnalysisResultDisplays"))
    for row in made.rows("Analysis Displays"):
        name = row.get("ID", "")
        display = etree.SubElement(holder, arm("ResultDisplay"), OID=oid(name.replace(" ", "_"), "RD"), Name=name)
        described(display, row.get("Title", ""), made.language)
        reference(display, row)
        for result in made.rows("Analysis Results"):
            if result.get("Display") == name:
                _result(made, display, result)


def _result(made: Making, display: Element, row: Row) -> None:
    result = etree.SubElement(display, arm("AnalysisResult"), OID=oid(row.get("ID", ""), "AR"))
    criteria = [
        r for r in made.rows("Analysis Criteria")
        if r.get("Display") == row.get("Display") and r.get("Result") == row.get("ID")
    ]  # fmt: skip
    known = {(r.get("Dataset"), r.get("Variable")) for r in made.rows("Variables")}
    parameter = next((r.get("Dataset") for r in criteria if (r.get("Dataset"), "PARAMCD") in known), None)
    if parameter:
        put(result, ParameterOID=f"IT.{parameter}.PARAMCD")
    put(result, AnalysisReason=row.get("Reason"), AnalysisPurpose=row.get("Purpose"))
    described(result, row.get("Description", ""), made.language)
    datasets = etree.SubElement(result, arm("AnalysisDatasets"))
    _comment(datasets, row, "Join Comment")
    for one in criteria:
        dataset = etree.SubElement(datasets, arm("AnalysisDataset"), ItemGroupOID=f"IG.{one.get('Dataset')}")
        if one.get("Where Clause"):
            etree.SubElement(dataset, define("WhereClauseRef"), WhereClauseOID=oid(one["Where Clause"], "WC"))
        for variable in filter(None, (v.strip() for v in one.get("Variables", "").split(","))):
            identity = f"IT.{one.get('Dataset')}.{variable.removeprefix(one.get('Dataset', '') + '.')}"
            etree.SubElement(dataset, arm("AnalysisVariable"), ItemOID=identity)
    if row.get("Documentation") or row.get("Documentation Refs"):
        documentation = etree.SubElement(result, arm("Documentation"))
        described(documentation, row.get("Documentation", ""), made.language)
        for given in filter(None, (v.strip() for v in row.get("Documentation Refs", "").split(","))):
            document, _, pages = given.partition(" ")
            reference(documentation, {"Document": document, "Pages": pages})
    if row.get("Programming Code") or row.get("Programming Document"):
        code = etree.SubElement(result, arm("ProgrammingCode"))
        put(code, Context=row.get("Programming Context"))
        if row.get("Programming Code"):
            etree.SubElement(code, arm("Code")).text = row["Programming Code"]
        reference(code, {"Document": row.get("Programming Document", ""), "Pages": row.get("Pages", "")})
