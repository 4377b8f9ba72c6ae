"""A define as the rows of the workbook. What the workbook has no column for is listed in docs/import.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from define.exchange.index import Define, Element, Field, code_of, terms_of, words
from define.exchange.names import LANGUAGE, XLINK, arm, define, odm
from define.exchange.sheets import ANALYSIS, SHEETS, STUDY, Book, Row, identifier

LISTS = ("IN", "NOTIN")
"""The comparators that take a list of values."""
QUOTED = re.compile(r'[,"]|^\s|\s$|^$')


def to_book(found: Define) -> Book:
    """The rows of every sheet; the sheets of analyses only where the define has analyses."""
    made = {
        STUDY: list(_study(found)),
        "Standards": [_standard(s) for s in found.standards],
        "Datasets": [_dataset(found, g) for g in found.groups],
        "Variables": [r for g in found.groups for r in _variables(found, g)],
        "ValueLevel": [r for g in found.groups for r in _values(found, g)],
        "WhereClauses": [r for w in found.all(define("WhereClauseDef")) for r in _checks(found, w)],
        "Codelists": [r for c in found.all(odm("CodeList")) for r in _terms(found, c)],
        "Dictionaries": [r for c in found.all(odm("CodeList")) for r in _dictionary(c)],
        "Methods": [_method(m) for m in found.all(odm("MethodDef"))],
        "Comments": [{"ID": identifier(c.get("OID"), "COM"), **_described(c)} for c in found.all(define("CommentDef"))],
        "Documents": [_document(x) for x in found.all(define("leaf"))],
    }
    displays = found.version.findall(f"{arm('AnalysisResultDisplays')}/{arm('ResultDisplay')}")
    if displays:
        made["Analysis Displays"] = [_display(d) for d in displays]
        made["Analysis Results"] = [r for d in displays for r in _results(found, d)]
        made["Analysis Criteria"] = [r for d in displays for r in _criteria(found, d)]
    return {s.name: made[s.name] for s in SHEETS if s.name in made or s.name not in ANALYSIS}


def _study(found: Define) -> Iterator[Row]:
    guide = next(found.guides(), ("", ""))
    first = next(found.root.iter(odm("TranslatedText")), None)
    values = {
        "StudyName": found.global_text("StudyName"),
        "StudyDescription": found.global_text("StudyDescription"),
        "ProtocolName": found.global_text("ProtocolName"),
        "StandardName": guide[0],
        "StandardVersion": guide[1],
        "Language": "en" if first is None else first.get(LANGUAGE, "en"),
    }
    yield from ({"Attribute": k, "Value": v} for k, v in values.items())


def standard_text(standard: Element | None) -> str:
    """How the workbook names a standard: ``SDTMIG 3.4``, ``CDISC/NCI SDTM 2025-03-28``."""
    if standard is None:
        return ""
    return " ".join(v for k in ("Name", "PublishingSet", "Version") if (v := standard.get(k)))


def _standard(standard: Element) -> Row:
    return {
        "ID": identifier(standard.get("OID"), "STD"),
        "Name": standard.get("Name", ""),
        "Type": standard.get("Type", ""),
        "Publishing Set": standard.get("PublishingSet", ""),
        "Version": standard.get("Version", ""),
        "Status": standard.get("Status", ""),
        "Comment": identifier(standard.get(define("CommentOID")), "COM"),
    }


def _of_standard(found: Define, element: Element) -> str:
    wanted = element.get(define("StandardOID"))
    return standard_text(next((s for s in found.standards if s.get("OID") == wanted), None)) if wanted else ""


def _dataset(found: Define, group: Element) -> Row:
    class_element = group.find(define("Class"))
    sub = None if class_element is None else class_element.find(define("SubClass"))
    return {
        "Dataset": group.get("Name", ""),
        "Label": words(group),
        "Class": "" if class_element is None else class_element.get("Name", ""),
        "SubClass": "" if sub is None else sub.get("Name", ""),
        "Structure": group.get(define("Structure"), ""),
        "Key Variables": ", ".join(found.keys(group)),
        "Standard": _of_standard(found, group),
        "Has No Data": group.get(define("HasNoData"), ""),
        "Repeating": group.get("Repeating", ""),
        "Reference Data": group.get("IsReferenceData", ""),
        "Comment": identifier(group.get(define("CommentOID")), "COM"),
    }


def _variables(found: Define, group: Element) -> Iterator[Row]:
    for field in found.fields(group):
        row = {"Dataset": group.get("Name", ""), "Variable": field.name, **_field(found, field)}
        row["Role"] = field.ref.get("Role", "")
        row["Has No Data"] = field.ref.get(define("HasNoData"), "")
        yield row


def _values(found: Define, group: Element) -> Iterator[Row]:
    for variable in found.fields(group):
        for value in found.values(variable.item):
            clauses = ", ".join(
                identifier(r.get("WhereClauseOID"), "WC") for r in value.ref.findall(define("WhereClauseRef"))
            )
            yield {
                "Dataset": group.get("Name", ""),
                "Variable": variable.name,
                "Where Clause": clauses,
                **_field(found, value),
            }


def _field(found: Define, field: Field) -> Row:
    """What variables and values have in common."""
    ref, item = field.ref, field.item
    row = {"Order": ref.get("OrderNumber", ""), "Mandatory": ref.get("Mandatory", "")}
    row["Method"] = identifier(ref.get("MethodOID"), "MT")
    if item is None:
        return row
    listed = item.find(odm("CodeListRef"))
    origin = item.find(define("Origin"))
    return {
        **row,
        "Label": words(item),
        "Data Type": item.get("DataType", ""),
        "Length": item.get("Length", ""),
        "Significant Digits": item.get("SignificantDigits", ""),
        "Format": item.get(define("DisplayFormat"), ""),
        "Codelist": "" if listed is None else identifier(listed.get("CodeListOID"), "CL"),
        "Origin": "" if origin is None else origin.get("Type", ""),
        "Source": "" if origin is None else origin.get("Source", ""),
        "Pages": "" if origin is None else _pages(origin),
        "Predecessor": words(origin),
        "Comment": identifier(item.get(define("CommentOID")), "COM"),
    }


def _pages(element: Element) -> str:
    """The pages of a document: a list, or first and last as ``3-5``."""
    found = []
    for page in element.iter(define("PDFPageRef")):
        ends = "-".join(v for k in ("FirstPage", "LastPage") if (v := page.get(k)))
        found.append(page.get("PageRefs") or ends)
    return " ".join(found)


def join_values(values: list[str], comparator: str) -> str:
    """The values of a check in a cell: a list parted by commas, in which a value with a comma stands in quotes."""
    if comparator not in LISTS:
        return "".join(values[:1])
    return ", ".join('"' + v.replace('"', '""') + '"' if QUOTED.search(v) else v for v in values)


def _checks(found: Define, clause: Element) -> Iterator[Row]:
    for check in clause.findall(odm("RangeCheck")):
        dataset, variable = found.places.get(check.get(define("ItemOID"), ""), ("", ""))
        yield {
            "ID": identifier(clause.get("OID"), "WC"),
            "Dataset": dataset,
            "Variable": variable,
            "Comparator": check.get("Comparator", ""),
            "Value": join_values([v.text or "" for v in check.findall(odm("CheckValue"))], check.get("Comparator", "")),
            "Comment": identifier(clause.get(define("CommentOID")), "COM"),
        }


def _terms(found: Define, codelist: Element) -> Iterator[Row]:
    about = {
        "ID": identifier(codelist.get("OID"), "CL"),
        "Name": codelist.get("Name", ""),
        "NCI Codelist Code": code_of(codelist),
        "Data Type": codelist.get("DataType", ""),
        "Terminology": _of_standard(found, codelist),
        "Comment": identifier(codelist.get(define("CommentOID")), "COM"),
    }
    for term in terms_of(codelist):
        yield {
            **about,
            "Order": term.get("OrderNumber", ""),
            "Term": term.get("CodedValue", ""),
            "NCI Term Code": code_of(term),
            "Decoded Value": words(term, "Decode"),
        }


def _dictionary(codelist: Element) -> Iterator[Row]:
    external = codelist.find(odm("ExternalCodeList"))
    if external is not None:
        yield {
            "ID": identifier(codelist.get("OID"), "CL"),
            "Name": codelist.get("Name", ""),
            "Data Type": codelist.get("DataType", ""),
            "Dictionary": external.get("Dictionary", ""),
            "Version": external.get("Version", ""),
        }


def _described(element: Element) -> Row:
    document = element.find(define("DocumentRef"))
    return {
        "Description": words(element),
        "Document": "" if document is None else identifier(document.get("leafID"), "LF"),
        "Pages": "" if document is None else _pages(document),
    }


def _method(method: Element) -> Row:
    expression = method.find(odm("FormalExpression"))
    return {
        "ID": identifier(method.get("OID"), "MT"),
        "Name": method.get("Name", ""),
        "Type": method.get("Type", ""),
        **_described(method),
        "Expression Context": "" if expression is None else expression.get("Context", ""),
        "Expression Code": "" if expression is None else expression.text or "",
    }


def _document(leaf: Element) -> Row:
    return {
        "ID": identifier(leaf.get("ID"), "LF"),
        "Title": leaf.findtext(define("title"), ""),
        "Href": leaf.get(f"{{{XLINK}}}href", ""),
    }


def _display(display: Element) -> Row:
    about = _described(display)
    about["Title"] = about.pop("Description")
    return {"ID": display.get("Name", ""), **about}


def _results(found: Define, display: Element) -> Iterator[Row]:
    for result in display.findall(arm("AnalysisResult")):
        datasets = result.find(arm("AnalysisDatasets"))
        documentation, code = result.find(arm("Documentation")), result.find(arm("ProgrammingCode"))
        refs = [] if documentation is None else documentation.findall(define("DocumentRef"))
        program = None if code is None else code.find(define("DocumentRef"))
        variables = [v for d in result.iter(arm("AnalysisDataset")) for v in _analysis_variables(found, d, dotted=True)]
        yield {
            "Display": display.get("Name", ""),
            "ID": identifier(result.get("OID"), "AR"),
            "Description": words(result),
            "Variables": ", ".join(variables),
            "Reason": result.get("AnalysisReason", ""),
            "Purpose": result.get("AnalysisPurpose", ""),
            "Selection Criteria": ", ".join(
                identifier(r.get("WhereClauseOID"), "WC") for r in result.iter(define("WhereClauseRef"))
            ),
            "Join Comment": "" if datasets is None else identifier(datasets.get(define("CommentOID")), "COM"),
            "Documentation": words(documentation),
            "Documentation Refs": ", ".join(" ".join(p for p in _reference(r) if p) for r in refs),
            "Programming Context": "" if code is None else code.get("Context", ""),
            "Programming Code": "" if code is None else code.findtext(arm("Code"), ""),
            "Programming Document": "" if program is None else identifier(program.get("leafID"), "LF"),
            "Pages": "" if program is None else _pages(program),
        }


def _reference(ref: Element) -> tuple[str, str]:
    return identifier(ref.get("leafID"), "LF"), _pages(ref)


def _analysis_variables(found: Define, dataset: Element, *, dotted: bool) -> list[str]:
    places = [found.places.get(v.get("ItemOID", ""), ("", "")) for v in dataset.findall(arm("AnalysisVariable"))]
    return [f"{d}.{v}" if dotted else v for d, v in places]


def _criteria(found: Define, display: Element) -> Iterator[Row]:
    for result in display.findall(arm("AnalysisResult")):
        for dataset in result.iter(arm("AnalysisDataset")):
            group = found.get(odm("ItemGroupDef"), dataset.get("ItemGroupOID"))
            clause = dataset.find(define("WhereClauseRef"))
            yield {
                "Display": display.get("Name", ""),
                "Result": identifier(result.get("OID"), "AR"),
                "Dataset": "" if group is None else group.get("Name", ""),
                "Variables": ", ".join(_analysis_variables(found, dataset, dotted=False)),
                "Where Clause": "" if clause is None else identifier(clause.get("WhereClauseOID"), "WC"),
            }
