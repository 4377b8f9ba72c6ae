"""The forms of a study as its pack declares them, with the annotation of every field and the page that it stands on.

A form is an EDC source; its fields are the columns that mappings name, and those that the pack declares unused. What
is said of a field follows from the methods that read it, so that it cannot disagree with the data; and the page of a
field follows from the pack alone, so that define.xml can name it before the PDF is drawn (``delivery.acrf_pdf``).
Source: CDISC SDTM Metadata Submission Guidelines 2.0, section 4 (annotated CRF).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from specs.conditions import parse_condition
from specs.model import Code, Copy, Dataset, DateTime, Lookup, Rows, Variable
from specs.origins import inferred_origin
from specs.resolve import StudyModel
from specs.uses import cases, condition_names, is_collected, uses

NOT_SUBMITTED = "[NOT SUBMITTED]"
CONTENTS_LINES = 52
"""Forms on a page of contents."""
PAGE_LINES = 58
"""Lines of a page under its heading."""
ANNOTATION_WIDTH = 74
NAME_WIDTH = 34
COLLECTED = "Collected"
WHO = ("person", "subject")
"""What rows can say beside their columns: ``person.USUBJID``, ``subject.NUMBER``."""


def wrapped(said: str, width: int) -> list[str]:
    """A text in lines of so many characters; words are not broken unless they are longer than a line."""
    return textwrap.wrap(said, width, break_on_hyphens=False) or [""]


@dataclass(frozen=True)
class Field:
    """A field of a form: its column, what it is called, and what is annotated, one text for each variable."""

    column: str
    shown: str
    annotations: tuple[str, ...]
    dataset: str = ""
    """The first dataset that the field goes to."""

    @property
    def lines(self) -> list[str]:
        """The annotations as lines of the page."""
        return wrapped("; ".join(self.annotations), ANNOTATION_WIDTH)

    @property
    def height(self) -> int:
        """How many lines the field takes."""
        return max(len(self.lines), len(wrapped(self.shown, NAME_WIDTH)))


@dataclass(frozen=True)
class Form:
    """A form: its source, the datasets that its fields become, and its fields."""

    source: str
    file: str
    datasets: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]

    @property
    def title(self) -> str:
        """What the form is called."""
        return self.source.upper()

    @property
    def pages(self) -> list[list[Field]]:
        """The fields of each page."""
        found: list[list[Field]] = [[]]
        used = 0
        for field in self.fields:
            if used + field.height > PAGE_LINES and found[-1]:
                found.append([])
                used = 0
            found[-1].append(field)
            used += field.height
        return found


def forms(model: StudyModel) -> list[Form]:
    """The forms of a study, in the order of its sources."""
    collected = _annotated(model)
    found = []
    for name, source in model.study.sources.items():
        if source.kind != "edc":
            continue
        mine = {column: said for (of, column), said in collected.items() if of == name}
        datasets = dict.fromkeys(d for said in mine.values() for d, _, _ in said)
        labels = tuple((d, model.datasets[d].label) for d in datasets)
        found.append(Form(name, source.file, labels, tuple(_fields(model, name, mine))))
    return found


def form_pages(model: StudyModel) -> dict[str, list[int]]:
    """For each EDC source, the pages of the annotated CRF that its form takes, from 1."""
    return {form.source: numbers for form, numbers in _numbered(forms(model))}


def field_pages(model: StudyModel) -> dict[tuple[str, str], int]:
    """For each (EDC source, column), the page of the annotated CRF that the field stands on, from 1."""
    found = {}
    for form, numbers in _numbered(forms(model)):
        for number, page in zip(numbers, form.pages, strict=True):
            found.update({(form.source, field.column): number for field in page})
    return found


def contents_pages(listed: list[Form]) -> int:
    """How many pages the contents take, before the first form."""
    return max(-(-len(listed) // CONTENTS_LINES), 1)


def _numbered(listed: list[Form]) -> Iterator[tuple[Form, list[int]]]:
    first = contents_pages(listed) + 1
    for form in listed:
        yield form, list(range(first, first + len(form.pages)))
        first += len(form.pages)


# ---- what becomes of a column ----

_Said = dict[tuple[str, str], list[tuple[str, str, str]]]
"""For each (source, column): dataset, variable, and the test that it is collected for, if any."""


def _annotated(model: StudyModel) -> _Said:
    found: _Said = {}
    for name, dataset in model.datasets.items():
        if not dataset.is_written or dataset.standard == "adam":
            continue
        for row in dataset.rows.values():
            for variable, typed in _variables(dataset, row).items():
                if variable.startswith("_") or not (is_collected(typed) or inferred_origin(typed) == COLLECTED):
                    continue
                names = [variable, typed.split_to] if typed.split_to else [variable]
                for at in _columns(model, dataset, row, typed):
                    said = found.setdefault(at, [])
                    said += [s for n in names if (s := (name, n, _test(name, row))) not in said]
    return found


def _variables(dataset: Dataset, row: Rows) -> dict[str, Variable]:
    return {**dataset.variables, **dataset.supplemental, **row.variables}


def _test(name: str, row: Rows) -> str:
    """The test of a kind of row: the value of --TESTCD, where it is one."""
    typed = row.variables.get(f"{name[:2]}TESTCD")
    return str(typed.value) if typed is not None and isinstance(typed.value, str) else ""


def _columns(
    model: StudyModel, dataset: Dataset, row: Rows, variable: Variable, depth: int = 3
) -> Iterator[tuple[str, str]]:
    """The (source, column) that a variable is collected in; through working variables, named with ``_``, as well."""
    if is_collected(variable):
        for case in cases(variable):
            if isinstance(case.method, Lookup) and case.method.source:
                yield case.method.source, case.method.take
            elif case.condition and case.kind == "value":
                for name in condition_names(case.condition):
                    yield from _located(model, row, name)
        for name in _read(variable):
            yield from _located(model, row, name)
        return
    known = _variables(dataset, row)
    for use in uses(variable):
        if depth and use.kind == "own" and use.name.startswith("_") and use.name in known:
            yield from _columns(model, dataset, row, known[use.name], depth - 1)


def _read(variable: Variable) -> list[str]:
    """The columns whose values a variable takes; neither those that decide between methods nor shown texts."""
    found: list[str] = []
    for case in cases(variable):
        method = case.method
        if isinstance(method, Copy | Code):
            found += [method.column] if isinstance(method.column, str) else method.column
        elif isinstance(method, DateTime):
            found += [method.date, *([method.time] if method.time else [])]
        elif isinstance(method, Lookup) and not method.source:
            found += [ours for ours in method.match.values() if isinstance(ours, str)]
    return list(dict.fromkeys(found))


def _located(model: StudyModel, row: Rows, name: str) -> Iterator[tuple[str, str]]:
    """Where a column stands: in a joined source, or in that of the row; facts of the person, in its subject column."""
    alias, _, rest = name.partition(".")
    if rest and alias in row.join:
        yield row.join[alias].source, rest
    elif row.from_ in model.study.sources:
        subject = model.study.sources[row.from_].subject
        of_person = alias in WHO and rest
        if not of_person or subject:
            yield row.from_, str(subject) if of_person else name


# ---- the fields of a form ----


def _fields(model: StudyModel, name: str, said: dict[str, list[tuple[str, str, str]]]) -> Iterator[Field]:
    source = model.study.sources[name]
    shown = _displays(model, name)
    unused = source.unused if isinstance(source.unused, dict) else {}
    tests = {d: {t for s in said.values() for e, _, t in s if e == d and t} for d in model.datasets}
    for column in dict.fromkeys([*said, *_conditions(model, name), *(c for c in unused if "*" not in c)]):
        if column in shown.values() and column not in said:
            continue
        texts = tuple(_texts(model, said.get(column, []), tests))
        called = f"{column} (shown: {shown[column]})" if column in shown else column
        if not texts and column in unused:
            called = f"{column}: {unused[column]}"
        dataset = next((d for d, _, _ in said.get(column, [])), "")
        yield Field(column, called, texts or (NOT_SUBMITTED,), dataset)
    if isinstance(source.unused, str):
        yield Field("*", f"the whole form: {source.unused}", (NOT_SUBMITTED,))


def _displays(model: StudyModel, name: str) -> dict[str, str]:
    """For each coded column of a source, the column with the text that was shown."""
    found = {}
    for dataset in model.datasets.values():
        for row in dataset.rows.values():
            if row.from_ != name:
                continue
            for typed in _variables(dataset, row).values():
                for case in cases(typed):
                    display, column = getattr(case.method, "display", None), getattr(case.method, "column", None)
                    if display and isinstance(column, str):
                        found[column] = display
    return found


def _conditions(model: StudyModel, name: str) -> list[str]:
    """The columns of a source that only select or date rows."""
    found: list[str] = []
    for dataset in model.datasets.values():
        for row in dataset.rows.values():
            if row.from_ == name and row.where:
                found += parse_condition(row.where).names
            for join in row.join.values():
                if join.source == name and join.where:
                    found += parse_condition(join.where).names
    return [n for n in found if "." not in n and n not in model.study.sources[name].ignore]


def _texts(model: StudyModel, said: list[tuple[str, str, str]], tests: dict[str, set[str]]) -> Iterator[str]:
    """One text per dataset and condition: ``VSORRES, VSSTAT when VSTESTCD = SYSBP``."""
    by_variable: dict[tuple[str, str], set[str]] = {}
    for dataset, variable, test in said:
        by_variable.setdefault((dataset, variable), set()).update([test] if test else [])
    by_condition: dict[tuple[str, str, str], list[str]] = {}
    for (dataset, variable), of in by_variable.items():
        condition = f" when {dataset[:2]}TESTCD = {', '.join(sorted(of))}" if of and of != tests[dataset] else ""
        own = variable in _own(model.datasets[dataset])
        place = "" if own else f" in SUPP{dataset}"
        by_condition.setdefault((dataset, place, condition), []).append(variable)
    for (dataset, place, condition), variables in by_condition.items():
        listed = ", ".join(variables if place else [f"{dataset}.{v}" for v in variables])
        yield f"{listed}{place}{condition}"


def _own(dataset: Dataset) -> set[str]:
    """The variables of a dataset itself; all others of its rows are supplemental qualifiers."""
    in_rows = {v for row in dataset.rows.values() for v in row.variables}
    return (set(dataset.variables) | in_rows) - set(dataset.supplemental)
