"""The sheets and columns of the Pinnacle 21 workbook for Define-XML 2.1, and how a row of each is recognised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """A sheet: its columns in order, those that must be there, and those that tell its rows apart."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    needed: tuple[str, ...] = ()
    required: bool = False
    unique: bool = True


STUDY = "Study"
ALIASES = {"Define": STUDY}
"""The name that some versions of the workbook give a sheet."""
_FIELD = ("Label", "Data Type", "Length", "Significant Digits", "Format", "Mandatory", "Assigned Value", "Codelist")
SHEETS = (
    Sheet(STUDY, ("Attribute", "Value"), ("Attribute",), ("Attribute", "Value"), required=True),
    Sheet("Standards", ("ID", "Name", "Type", "Publishing Set", "Version", "Status", "Comment"), ("ID",),
          ("ID", "Name", "Type", "Version")),
    Sheet("Datasets", ("Dataset", "Label", "Class", "SubClass", "Structure", "Key Variables", "Standard",
                       "Has No Data", "Repeating", "Reference Data", "Comment", "Developer Notes"),
          ("Dataset",), ("Dataset", "Label"), required=True),
    Sheet("Variables", ("Order", "Dataset", "Variable", *_FIELD, "Common", "Origin", "Source", "Pages", "Method",
                        "Predecessor", "Role", "Has No Data", "Comment", "Developer Notes"),
          ("Dataset", "Variable"), ("Dataset", "Variable", "Data Type"), required=True),
    Sheet("ValueLevel", ("Order", "Dataset", "Variable", "Where Clause", *_FIELD, "Origin", "Source", "Pages",
                         "Method", "Predecessor", "Comment", "Developer Notes"),
          ("Dataset", "Variable", "Where Clause"), ("Dataset", "Variable", "Where Clause", "Data Type")),
    Sheet("WhereClauses", ("ID", "Dataset", "Variable", "Comparator", "Value", "Comment"),
          ("ID", "Dataset", "Variable", "Comparator"), ("ID", "Dataset", "Variable", "Comparator", "Value"),
          unique=False),
    Sheet("Codelists", ("ID", "Name", "NCI Codelist Code", "Data Type", "Terminology", "Comment", "Order", "Term",
                        "NCI Term Code", "Decoded Value", "Developer Notes"), ("ID", "Term"), ("ID", "Term")),
    Sheet("Dictionaries", ("ID", "Name", "Data Type", "Dictionary", "Version"), ("ID",), ("ID", "Dictionary")),
    Sheet("Methods", ("ID", "Name", "Type", "Description", "Expression Context", "Expression Code", "Document",
                      "Pages"), ("ID",), ("ID", "Description")),
    Sheet("Comments", ("ID", "Description", "Document", "Pages"), ("ID",), ("ID", "Description")),
    Sheet("Documents", ("ID", "Title", "Href"), ("ID",), ("ID", "Href")),
    Sheet("Analysis Displays", ("ID", "Title", "Document", "Pages"), ("ID",), ("ID", "Title")),
    Sheet("Analysis Results", ("Display", "ID", "Description", "Variables", "Reason", "Purpose", "Selection Criteria",
                               "Join Comment", "Documentation", "Documentation Refs", "Programming Context",
                               "Programming Code", "Programming Document", "Pages"),
          ("Display", "ID"), ("Display", "ID", "Description")),
    Sheet("Analysis Criteria", ("Display", "Result", "Dataset", "Variables", "Where Clause"),
          ("Display", "Result", "Dataset"), ("Display", "Result", "Dataset")),
)  # fmt: skip
BY_NAME = {s.name: s for s in SHEETS}
ANALYSIS = ("Analysis Displays", "Analysis Results", "Analysis Criteria")
NUMBERS = ("Order", "Length", "Significant Digits")
"""Columns whose whole numbers are numbers of the sheet, not texts."""
PREFIXES = {
    "IG": "ItemGroupDef", "IT": "ItemDef", "VL": "ValueListDef", "WC": "WhereClauseDef", "CL": "CodeList",
    "MT": "MethodDef", "COM": "CommentDef", "LF": "leaf", "STD": "Standard", "RD": "ResultDisplay",
    "AR": "AnalysisResult",
}  # fmt: skip

Row = dict[str, str]
Book = dict[str, list[Row]]


def identifier(oid: str | None, prefix: str) -> str:
    """The ID in the workbook of an OID: without the prefix that the conventions give its kind."""
    return (oid or "").removeprefix(f"{prefix}.")


def oid(given: str, prefix: str) -> str:
    """The OID of an ID in the workbook."""
    return f"{prefix}.{given.removeprefix(f'{prefix}.')}"
