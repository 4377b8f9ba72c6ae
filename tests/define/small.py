"""A small study as a valid define.xml for SDTM and one for ADaM, with their transport files; to be broken by tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from lxml import etree

from delivery.xpt import write_xpt
from delivery.xpt_layout import XptVariable

FIXTURES = Path(__file__).parent / "fixtures"
NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
    "arm": "http://www.cdisc.org/ns/arm/v1.0",
    "xlink": "http://www.w3.org/1999/xlink",
}
DOCUMENTS = ("define2-1.xsl", "acrf.pdf", "csdrg.docx", "adrg.docx")


@dataclass
class Variable:
    """A column of a dataset: label, values (text or numbers, None is missing), format."""

    label: str
    values: list[Any]
    format: str = ""
    type: str = ""


@dataclass
class Dataset:
    """A dataset as it will be written."""

    label: str
    variables: dict[str, Variable]
    name: str = ""


def sdtm_datasets() -> dict[str, Dataset]:
    """DM, LB and SUPPLB of three subjects."""
    subjects = ["SMALL-1-101", "SMALL-1-102", "SMALL-1-103"]
    dm = {
        "STUDYID": Variable("Study Identifier", ["SMALL-1"] * 3),
        "DOMAIN": Variable("Domain Abbreviation", ["DM"] * 3),
        "USUBJID": Variable("Unique Subject Identifier", subjects),
        "SUBJID": Variable("Subject Identifier for the Study", ["101", "102", "103"]),
        "RFSTDTC": Variable("Subject Reference Start Date/Time", ["2026-01-05", "2026-01-07", None]),
        "DTHFL": Variable("Subject Death Flag", [None, None, None], type="Char"),
        "AGE": Variable("Age", [61.0, 58.0, 70.0]),
        "AGEU": Variable("Age Units", ["YEARS"] * 3),
        "SEX": Variable("Sex", ["F", "M", "F"]),
    }
    lb = {
        "STUDYID": Variable("Study Identifier", ["SMALL-1"] * 6),
        "DOMAIN": Variable("Domain Abbreviation", ["LB"] * 6),
        "USUBJID": Variable("Unique Subject Identifier", [s for s in subjects[:2] for _ in range(3)]),
        "LBSEQ": Variable("Sequence Number", [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]),
        "LBTESTCD": Variable("Lab Test or Examination Short Name", ["COLOR", "HGB", "HGB", "COLOR", "HGB", "XSCORE"]),
        "LBTEST": Variable(
            "Lab Test or Examination Name", ["Color", "Hemoglobin", "Hemoglobin", "Color", "Hemoglobin", "X Score"]
        ),
        "LBORRES": Variable("Result or Finding in Original Units", ["YELLOW", "13.5", "12.25", "RED", "11", "4"]),
        "LBSTRESN": Variable("Numeric Result/Finding in Standard Units", [None, 135.0, 122.5, None, 110.0, 4.0], "5.1"),
        "LBSTRESU": Variable("Standard Units", [None, "g/L", "g/L", None, "g/L", None]),
        "VISITNUM": Variable("Visit Number", [1.0, 1.0, 1.1, 1.0, 1.0, 1.0]),
        "LBDTC": Variable(
            "Date/Time of Specimen Collection",
            ["2026-01-05", "2026-01-05T08:30", "2026-01", "2026-01-07", "2026-01-07", None],
        ),
    }
    supplb = {
        "STUDYID": Variable("Study Identifier", ["SMALL-1"] * 3),
        "RDOMAIN": Variable("Related Domain Abbreviation", ["LB"] * 3),
        "USUBJID": Variable("Unique Subject Identifier", [subjects[0], subjects[0], subjects[1]]),
        "IDVARVAL": Variable("Identifying Variable Value", ["2", "2", "2"]),
        "QNAM": Variable("Qualifier Variable Name", ["LBCLSIG", "LBREASOC", "LBCLSIG"]),
        "QLABEL": Variable(
            "Qualifier Variable Label", ["Clinically Significant", "Reason for Occurrence", "Clinically Significant"]
        ),
        "QVAL": Variable("Data Value", ["Y", "HEMOLYSIS", "N"]),
    }
    return {
        "DM": Dataset("Demographics", dm),
        "LB": Dataset("Laboratory Test Results", lb),
        "SUPPLB": Dataset("Supplemental Qualifiers for LB", supplb),
    }


def adam_datasets() -> dict[str, Dataset]:
    """ADSL and ADTTE of two subjects."""
    subjects = ["SMALL-1-101", "SMALL-1-102"]
    adsl = {
        "STUDYID": Variable("Study Identifier", ["SMALL-1"] * 2),
        "USUBJID": Variable("Unique Subject Identifier", subjects),
        "SAFFL": Variable("Safety Population Flag", ["Y", "N"]),
        "TRTSDT": Variable("Date of First Exposure to Treatment", [24111.0, None], "DATE9."),
    }
    adtte = {
        "STUDYID": Variable("Study Identifier", ["SMALL-1"] * 4),
        "USUBJID": Variable("Unique Subject Identifier", [s for s in subjects for _ in range(2)]),
        "PARAMCD": Variable("Parameter Code", ["OS", "PFS"] * 2),
        "PARAM": Variable("Parameter", ["Overall Survival (days)", "Progression-Free Survival (months)"] * 2),
        "AVAL": Variable("Analysis Value", [120.0, 3.5, 98.0, 3.0]),
        "CNSR": Variable("Censor", [1.0, 0.0, 1.0, 1.0]),
    }
    return {
        "ADSL": Dataset("Subject-Level Analysis Dataset", adsl),
        "ADTTE": Dataset("Time-to-Event Analysis", adtte),
    }


class Small:
    """One of the two, in memory: change ``root`` and ``datasets``, then ``write``."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.folder = folder
        self.tree = etree.parse(FIXTURES / f"{kind}.xml")
        self.root = self.tree.getroot()
        self.datasets = sdtm_datasets() if kind == "sdtm" else adam_datasets()
        self.documents = list(DOCUMENTS)
        self.bytes: dict[str, bytes] = {}
        """Files to put in place of what is written."""

    def all(self, path: str) -> list[Any]:
        """The elements of an XPath, in the prefixes odm, def, arm, xlink."""
        found = self.root.xpath(path, namespaces=NAMESPACES)
        assert isinstance(found, list) and found, f"nothing is at {path}"
        return found

    def one(self, path: str) -> Any:
        """The only element of an XPath."""
        (found,) = self.all(path)
        return found

    def oid(self, oid: str) -> Any:
        """The element with an OID (or leaf ID)."""
        return self.one(f"//*[@OID='{oid}' or (self::def:leaf and @ID='{oid}')]")

    def ref(self, item: str) -> Any:
        """The only ItemRef of an ItemDef."""
        return self.one(f"//odm:ItemRef[@ItemOID='{item}']")

    def column(self, dataset: str, variable: str) -> list[Any]:
        """The values of a variable."""
        return self.datasets[dataset].variables[variable].values

    def written(self, file: str) -> bytes:
        """The bytes of a transport file as it would be written now."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = Path(file).stem.upper()
        path = self.folder / file
        _write(path, self.datasets[name].name or name, self.datasets[name])
        content = path.read_bytes()
        path.unlink()
        return content

    def write(self) -> Path:
        """Write everything; the path of the define.xml."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.documents:
            (self.folder / name).write_text("a document", encoding="utf-8")
        for name, dataset in self.datasets.items():
            _write(self.folder / f"{name.lower()}.xpt", dataset.name or name, dataset)
        for name, content in self.bytes.items():
            (self.folder / name).write_bytes(content)
        path = self.folder / "define.xml"
        self.tree.write(path, encoding="UTF-8", xml_declaration=True)
        return path


def _write(path: Path, name: str, dataset: Dataset) -> None:
    variables, columns = [], {}
    for variable, v in dataset.variables.items():
        numeric = v.type != "Char" and all(isinstance(x, float) or x is None for x in v.values)
        variables.append(XptVariable(variable, v.label, "Num" if numeric else "Char", v.format))
        if numeric:
            columns[variable] = pd.Series(v.values, dtype="float64")
        else:
            columns[variable] = pd.Series(v.values, dtype="str").astype("category")
    frame = pd.DataFrame(columns)
    write_xpt(path, name, dataset.label, variables, lambda: [frame], datetime(2026, 3, 31))
