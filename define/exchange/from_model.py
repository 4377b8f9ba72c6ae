"""The workbook of a study's specs, before any data: what is measured (lengths, digits, pages) is left empty."""

from __future__ import annotations

from collections.abc import Iterator

from define.build import CLASSES
from define.codelists import external
from define.exchange.errors import ExchangeUsage
from define.exchange.sheets import SHEETS, STUDY, Book, Row
from define.standards import standards
from specs.made import is_made
from specs.model import Dataset, Variable
from specs.origins import inferred_origin
from specs.resolve import StudyModel
from specs.sentences import method_sentence
from specs.terminology import Codelist, Term
from specs.uses import cases

MANY_TERMS = 100
"""Of longer published lists only the terms are told that a method of the study sets."""
SECTIONS = {"sdtm": False, "adam": True}


def book_of_model(model: StudyModel, section: str) -> Book:
    """The rows of every sheet for the SDTM or the ADaM datasets of a study. Raises ExchangeUsage where it has none."""
    analysis = SECTIONS[section]
    chosen = [d for d in model.datasets.values() if d.is_written and (d.standard == "adam") == analysis]
    if not chosen:
        raise ExchangeUsage(f"{model.study.study} has no {section.upper()} datasets")
    made = _Rows(model, analysis)
    for spec in chosen:
        made.add(spec)
    guide = next((s for s in made.standards.all() if s.type == "IG"), None)
    about = {
        "StudyName": model.study.study,
        "StudyDescription": model.study.title or "",
        "ProtocolName": model.study.study,
        "StandardName": guide.name if guide else "",
        "StandardVersion": guide.version if guide else "",
        "Language": "en",
    }
    made.book[STUDY] = [{"Attribute": k, "Value": v} for k, v in about.items()]
    made.book["Codelists"] = list(made.codelists())
    made.book["Standards"] = [
        {
            "ID": s.oid.removeprefix("STD."), "Name": s.name, "Type": s.type, "Publishing Set": s.publishing_set or "",
            "Version": s.version, "Status": s.status,
        }
        for s in made.standards.all()
    ]  # fmt: skip
    names = [s.name for s in SHEETS if not s.name.startswith("Analysis")]
    return {n: made.book.get(n, []) for n in names}


class _Rows:
    """The rows as they are gathered, dataset by dataset."""

    def __init__(self, model: StudyModel, analysis: bool) -> None:
        self.model = model
        self.standards = standards(model, analysis=analysis)
        self.book: Book = {s.name: [] for s in SHEETS}
        self.used: dict[str, set[str]] = {}

    def add(self, spec: Dataset) -> None:
        name = spec.dataset
        upper = spec.class_.upper()
        guide = next((s for s in self.standards.all() if s.type == "IG"), None)
        known = any(layer.is_standard and name in layer.datasets for layer in self.model.layers)
        trial = spec.is_trial
        self.book["Datasets"].append(
            {
                "Dataset": name,
                "Label": spec.label,
                "Class": CLASSES.get(upper, upper),
                "Structure": spec.structure,
                "Key Variables": ", ".join(spec.keys),
                "Standard": f"{guide.name} {guide.version}" if guide and (known or spec.standard == "adam") else "",
                "Repeating": "No" if trial or spec.keys == ["STUDYID", "USUBJID"] else "Yes",
                "Reference Data": "Yes" if trial else "No",
                "Comment": self.comment(name, spec.comment),
            }
        )
        names = [v for v in spec.variables if not v.startswith("_")]
        names += [v for r in spec.rows.values() for v in r.variables if not v.startswith("_")]
        for number, variable in enumerate(dict.fromkeys(names), start=1):
            self.book["Variables"].append(self.variable(spec, variable, number))

    def variable(self, spec: Dataset, name: str, number: int) -> Row:
        """A variable: where rows differ, the origin of the first that has it and the sentences of all."""
        in_rows = [r.variables[name] for r in spec.rows.values() if name in r.variables]
        own = spec.variables.get(name) or in_rows[0]
        made = own if cases(own) else in_rows[0] if in_rows else own
        origin = "Derived" if is_made(self.model, spec.dataset, name) else inferred_origin(made)
        listed = own.codelist if isinstance(own.codelist, str) else (own.codelist or [""])[0]
        if external(own):  # which define.xml names, and no list of ours
            listed = ""
        if listed:
            self.used.setdefault(listed, set()).update(_set_by(v) for v in [own, *in_rows])
        predecessor = made.predecessor or ""
        return {
            "Order": str(number),
            "Dataset": spec.dataset,
            "Variable": name,
            "Label": own.label or "",
            "Data Type": _data_type(own),
            "Format": own.display or "",
            "Mandatory": "Yes" if own.core == "Req" else "No",
            "Codelist": listed or "",
            "Origin": origin,
            "Pages": str(own.page) if isinstance(own.page, str) else " ".join(map(str, own.page or [])),
            "Method": self.method(spec.dataset, name) if origin == "Derived" else "",
            "Predecessor": predecessor if origin == "Predecessor" else "",
            "Role": own.role or "",
            "Comment": self.comment(f"{spec.dataset}.{name}", own.comment),
        }

    def comment(self, name: str, text: str | None) -> str:
        if not text:
            return ""
        self.book["Comments"].append({"ID": name, "Description": text})
        return name

    def method(self, dataset: str, variable: str) -> str:
        name = f"{dataset}.{variable}"
        text = method_sentence(self.model, dataset, variable)
        row = {"ID": name, "Name": f"Algorithm for {name}", "Type": "Computation", "Description": text}
        self.book["Methods"].append(row)
        return name

    def codelists(self) -> Iterator[Row]:
        labels = {s.oid: f"{s.name} {s.publishing_set} {s.version}" for s in self.standards.all()}
        for name in sorted(self.used):
            codelist = self.model.codelists.get(name)
            if codelist is None:
                continue
            package = self.standards.of_codelist(name)
            labels.update({s.oid: f"{s.name} {s.publishing_set} {s.version}" for s in self.standards.all()})
            for order, term in enumerate(_told(codelist, self.used[name]), start=1):
                yield {
                    "ID": name,
                    "Name": codelist.title,
                    "NCI Codelist Code": codelist.code,
                    "Data Type": "text",
                    "Terminology": labels.get(package or "", ""),
                    "Order": str(order),
                    "Term": term.value,
                    "NCI Term Code": term.code,
                    "Decoded Value": term.decode,
                }


def _told(codelist: Codelist, values: set[str]) -> list[Term]:
    """The terms of a list that the workbook tells: all, or of a long one those that the study sets or added."""
    if len(codelist.terms) <= MANY_TERMS:
        return list(codelist.terms)
    found = [t for t in codelist.terms if t.extended or t.value in values]
    return found or list(codelist.terms)


def _set_by(variable: Variable) -> str:
    """The constant that a variable is set to."""
    return next((c.method for c in cases(variable) if c.kind == "value" and isinstance(c.method, str)), "")


def _data_type(variable: Variable) -> str:
    """The data type as far as it is known before the data."""
    if variable.type == "Num":
        return "integer" if (variable.display or "").startswith("DATE") else "float"
    return "datetime" if (variable.format or "").startswith("ISO 8601") else "text"
