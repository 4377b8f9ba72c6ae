"""Codelists of a define: the terms in use, with codes and decodes, and external dictionaries.

A published list that may be extended, or that is long, is given by the terms in use; a short list that may not be
extended, and a list of the study, whole, because every term of it could have been collected (Define-XML 2.1, section
5.3.13; SDTM Metadata Submission Guidelines 2.0, section 4.1.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from define.model import CodeList, CodeListItem, ExternalCodeList
from define.standards import Standards
from specs.model import Variable
from specs.resolve import StudyModel
from specs.terminology import Codelist, Term
from transforms.columns import parse_number

SHORT = 25
EXTERNAL = {
    "MedDRA": "MedDRA",
    "WHODrug": "WHODD",
    "WHODD": "WHODD",
    "CTCAE": "CTCAE",
    "LOINC": "LOINC",
    "ISO 3166": "ISO 3166",
    "ISO 21090": "ISO 21090",
    "UNII": "UNII",
    "MED-RT": "MED-RT",
    "SNOMED": "SNOMED",
}
"""Dictionaries by the word that a spec's ``dictionary`` or ``format`` starts with (Define-XML terminology C66788)."""
VERSIONS = "dictionaries"
"""The setting of study.yaml that gives the version of each dictionary."""
Kind = Literal["text", "integer", "float"]


@dataclass
class _Use:
    """A list in use: which published or own lists it is made of, and the values that the data hold."""

    lists: tuple[Codelist, ...]
    kind: Kind
    values: set[str] = field(default_factory=set)


class Codelists:
    """Collects what is used while datasets are described; ``all`` gives the lists at the end."""

    def __init__(self, model: StudyModel, standards: Standards) -> None:
        self._model = model
        self._standards = standards
        self._used: dict[str, _Use] = {}
        self._whole: dict[str, CodeList] = {}
        self._decoded: set[str] = set()

    def of_variable(self, dataset: str, name: str, variable: Variable, kind: Kind, values: Sequence[str]) -> str | None:
        """The OID of the list of a variable, None where it has none; its values are noted as used."""
        dictionary = external(variable)
        if dictionary is not None:
            return self._external(dictionary, kind)
        names = [variable.codelist] if isinstance(variable.codelist, str) else variable.codelist or []
        lists = [self._model.codelists[n] for n in names if n in self._model.codelists]
        enough = next((c for c in lists if values and not outside_terms(values, [c])), None)
        lists = [enough] if enough else lists
        if lists:
            return self.of_lists(lists, kind, values)
        if variable.values:
            return self._own_values(dataset, name, variable, kind)
        return None

    def of_lists(self, lists: Sequence[Codelist], kind: Kind, values: Sequence[str]) -> str | None:
        """The OID of the list that is made of some lists; None where it would hold no term."""
        if not values and not any(_is_whole(c) for c in lists):
            return None
        oid = ".".join(["CL", *(re.sub(r"[^A-Za-z0-9_-]", "_", c.name) for c in lists)])
        oid = oid if kind == "text" else f"{oid}.N"
        use = self._used.setdefault(oid, _Use(tuple(lists), kind))
        use.values.update(values)
        return oid

    def ordered(self, dataset: str, name: str, label: str, texts: Sequence[str]) -> str:
        """The list of a number that gives the place of a text in an order: 1 is the first."""
        oid = f"CL.{dataset}.{name}"
        items = tuple(CodeListItem(str(i), i, text, rank=i) for i, text in enumerate(texts, start=1))
        self._whole[oid] = CodeList(oid, label, "integer", items, is_non_standard=True)
        return oid

    def decoded(self, dataset: str, name: str, label: str, meanings: Mapping[str, str]) -> str:
        """The list of codes whose meanings another variable of the dataset holds."""
        oid = f"CL.{dataset}.{name}"
        items = tuple(CodeListItem(code, i, meaning) for i, (code, meaning) in enumerate(meanings.items(), start=1))
        self._whole[oid] = CodeList(oid, f"{label} ({dataset})", "text", items, is_non_standard=True)
        self._decoded.add(oid)
        return oid

    def compared(self, oid: str, value: str, meaning: str) -> None:
        """Have a value that an analysis selects by, and that may come later, in a list that holds what is in use."""
        if oid in self._used and any(t.value == value for c in self._used[oid].lists for t in c.terms):
            self._used[oid].values.add(value)
        elif oid in self._decoded and value not in [i.coded_value for i in self._whole[oid].items]:
            whole = self._whole[oid]
            items = (*whole.items, CodeListItem(value, len(whole.items) + 1, meaning))
            self._whole[oid] = replace(whole, items=items)

    def all(self) -> list[CodeList]:
        """Every list in use, sorted by OID."""
        made = {oid: self._made(oid, use) for oid, use in self._used.items()}
        return [c for _, c in sorted({**made, **self._whole}.items())]

    def _external(self, dictionary: str, kind: Kind) -> str:
        oid = f"CL.{re.sub(r'[^A-Za-z0-9]', '', dictionary).upper()}" + ("" if kind == "text" else ".N")
        versions = self._model.study.settings.get(VERSIONS) or {}
        version = versions.get(dictionary) or next(
            (v for k, v in versions.items() if EXTERNAL.get(k) == dictionary), None
        )
        given = ExternalCodeList(dictionary, str(version) if version is not None else None)
        self._whole[oid] = CodeList(oid, f"{dictionary} Dictionary", kind, external=given)
        return oid

    def _own_values(self, dataset: str, name: str, variable: Variable, kind: Kind) -> str:
        """A fixed set of values; those of a published list of the variable's own name carry its codes."""
        oid = f"CL.{dataset}.{name}"
        values = list(variable.values or [])
        published = self._model.codelists.get(name)
        terms = [published.term(v) if published else None for v in values]
        if published is not None and all(terms):
            items = _items([t for t in terms if t], published=True)
            self._whole[oid] = self._list(oid, f"{published.title} ({dataset})", kind, items, [published])
        else:
            items = tuple(CodeListItem(v, i) for i, v in enumerate(values, start=1))
            self._whole[oid] = CodeList(oid, variable.label or name, kind, items, is_non_standard=True)
        return oid

    def _made(self, oid: str, use: _Use) -> CodeList:
        """Of several lists only those whose terms are in use; what is of no list is an extended value."""
        known = [c for c in use.lists if use.values & {t.value for t in c.terms}] or list(use.lists[:1])
        terms: dict[str, Term] = {}
        for codelist in known:
            for term in codelist.terms:
                if term.value not in terms and (_is_whole(codelist) or term.value in use.values):
                    terms[term.value] = term
        added = [Term(v, "", v, extended=True) for v in sorted(use.values - set(terms))]
        one_published = len(known) == 1 and self._standard(known[0]) is not None
        items = _items([*terms.values(), *added], published=one_published)
        if len(known) > 1:
            items = tuple(replace(i, code=None) for i in items)
        title = " / ".join(c.title for c in known)
        return self._list(oid, title, use.kind, items, known)

    def _list(
        self, oid: str, title: str, kind: Kind, items: tuple[CodeListItem, ...], lists: Sequence[Codelist]
    ) -> CodeList:
        """A list of one published list names it; one of several published lists is none of them."""
        standard = self._standard(lists[0]) if len(lists) == 1 else None
        code = lists[0].code if standard else None
        return CodeList(oid, title, kind, items, standard_oid=standard, is_non_standard=standard is None, code=code)

    def _standard(self, codelist: Codelist) -> str | None:
        """The terminology that publishes a list; a list of the study's own has none, and extends none."""
        return self._standards.of_codelist(codelist.name) if codelist.code else None


def _is_whole(codelist: Codelist) -> bool:
    """Whether all terms of a list are given, used or not."""
    return not codelist.code or (not codelist.extensible and len(codelist.terms) <= SHORT)


def external(variable: Variable) -> str | None:
    """The external dictionary of a variable, in the words of Define-XML; None where it has none."""
    said = variable.dictionary or variable.format or ""
    return next((d for word, d in EXTERNAL.items() if said.startswith(word)), variable.dictionary)


def outside_terms(values: Iterable[str], lists: Iterable[Codelist]) -> list[str]:
    """The values that are no terms."""
    known = {t.value for c in lists for t in c.terms}
    return [v for v in values if v not in known]


def _items(terms: Sequence[Term], *, published: bool) -> tuple[CodeListItem, ...]:
    """The terms in order: with decodes when any says more than its value, and all numbers in order of size."""
    numbers = [parse_number(t.value) for t in terms]
    if terms and all(n is not None for n in numbers):
        terms = [t for _, t in sorted(zip(numbers, terms, strict=True), key=lambda pair: pair[0] or 0.0)]
    decoded = any(t.decode and t.decode != t.value for t in terms)
    return tuple(
        CodeListItem(
            t.value,
            i,
            (t.decode or t.value) if decoded else None,
            t.code or None,
            extended=published and (t.extended or not t.code),
        )
        for i, t in enumerate(terms, start=1)
    )
