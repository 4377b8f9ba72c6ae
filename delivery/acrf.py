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

from delivery.acrf_fields import FORM, Said, annotated, located, variables_of
from specs.model import Dataset, SourceSpec
from specs.resolve import StudyModel
from specs.uses import cases, condition_names, is_collected

NOT_SUBMITTED = "[NOT SUBMITTED]"
CONTENTS_LINES = 52
"""Forms on a page of contents."""
PAGE_LINES = 58
"""Lines of a page under its heading."""
ANNOTATION_WIDTH = 74
NAME_WIDTH = 34


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
    collected, named = annotated(model), _named(model)
    found = []
    for name, source in model.study.sources.items():
        if source.kind != "edc":
            continue
        mine = {c: said for (of, c), said in collected.items() if of == name and _is_field(source, c, said)}
        datasets = dict.fromkeys(s.dataset for said in mine.values() for s in said)
        labels = tuple((d, model.datasets[d].label) for d in datasets)
        found.append(Form(name, source.file, labels, tuple(_fields(model, name, mine, named.get(name, [])))))
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


# ---- the fields of a form ----


def _fields(model: StudyModel, name: str, said: dict[str, list[Said]], named: list[str]) -> Iterator[Field]:
    source = model.study.sources[name]
    shown = _displays(model, name)
    unused = source.unused if isinstance(source.unused, dict) else {}
    tests = {d: {s.test for some in said.values() for s in some if s.dataset == d and s.test} for d in model.datasets}
    for column in dict.fromkeys([*said, *named, *(c for c in unused if "*" not in c)]):
        if column in shown.values() and column not in said:
            continue
        texts = tuple(_texts(model, said.get(column, []), tests))
        called = f"{column} (shown: {shown[column]})" if column in shown else column
        called = "the form as a whole" if column == FORM else called
        if not texts and column in unused:
            called = f"{column}: {unused[column]}"
        dataset = next((s.dataset for s in said.get(column, [])), "")
        yield Field(column, called, texts or (NOT_SUBMITTED,), dataset)
    if isinstance(source.unused, str):
        yield Field(FORM, f"the whole form: {source.unused}", (NOT_SUBMITTED,))


def _is_field(source: SourceSpec, column: str, said: list[Said]) -> bool:
    """Whether a column is a field: the EDC's own (``ignore``) are, where a variable is collected in them."""
    return column not in source.ignore or any(not s.derived for s in said)


def _displays(model: StudyModel, name: str) -> dict[str, str]:
    """For each coded column of a source, the column with the text that was shown."""
    found = {}
    for dataset in model.datasets.values():
        for row in dataset.rows.values():
            if row.from_ != name:
                continue
            for typed in variables_of(dataset, row).values():
                for case in cases(typed):
                    display, column = getattr(case.method, "display", None), getattr(case.method, "column", None)
                    if display and isinstance(column, str):
                        found[column] = display
    return found


def _named(model: StudyModel) -> dict[str, list[str]]:
    """The columns of each source that methods name otherwise: they select or order rows, or decide between methods."""
    found: dict[tuple[str, str], None] = {}
    for dataset in model.datasets.values():
        for row in dataset.rows.values():
            columns = [*condition_names(row.where or ""), *(n for n in (row.first, row.last) if n)]
            for typed in variables_of(dataset, row).values():
                if typed.when and is_collected(typed):
                    columns += [n for case in cases(typed) for n in condition_names(case.condition or "")]
            found |= dict.fromkeys(at for column in columns for at in located(model, row, column))
            for join in row.join.values():
                found |= dict.fromkeys((join.source, n) for n in condition_names(join.where or ""))
    by_source: dict[str, list[str]] = {}
    for source, column in found:
        known = model.study.sources.get(source)
        if known is not None and "." not in column and column not in known.ignore:
            by_source.setdefault(source, []).append(column)
    return by_source


def _texts(model: StudyModel, said: list[Said], tests: dict[str, set[str]]) -> Iterator[str]:
    """One text per dataset and condition: ``VSORRES, VSSTAT when VSTESTCD = SYSBP``; ``DM.AGE (derived)``."""
    by_variable: dict[tuple[str, str, bool], set[str]] = {}
    for one in said:
        by_variable.setdefault((one.dataset, one.variable, one.derived), set()).update([one.test] if one.test else [])
    by_condition: dict[tuple[str, str, str, bool], list[str]] = {}
    for (dataset, variable, derived), of in by_variable.items():
        condition = f" when {dataset[:2]}TESTCD = {', '.join(sorted(of))}" if of and of != tests[dataset] else ""
        own = variable in _own(model.datasets[dataset])
        place = "" if own else f" in SUPP{dataset}"
        by_condition.setdefault((dataset, place, condition, derived), []).append(variable)
    for (dataset, place, condition, derived), variables in by_condition.items():
        listed = ", ".join(variables if place else [f"{dataset}.{v}" for v in variables])
        yield f"{listed}{place}{' (derived)' if derived else ''}{condition}"


def _own(dataset: Dataset) -> set[str]:
    """The variables of a dataset itself; all others of its rows are supplemental qualifiers."""
    in_rows = {v for row in dataset.rows.values() for v in row.variables}
    return (set(dataset.variables) | in_rows) - set(dataset.supplemental)
