"""What becomes of each field of the forms: the variables that are collected in it, and those that are derived from it.

All of it follows from the methods of the specs, also through working variables. Source: CDISC SDTM Metadata Submission
Guidelines 2.0, section 3 (what is annotated is what is collected; a field whose value is not submitted says so).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from specs.model import Code, Copy, Dataset, DateTime, Lookup, Rows, Variable
from specs.origins import inferred_origin
from specs.resolve import StudyModel
from specs.uses import cases, condition_names, is_collected, uses

COLLECTED = "Collected"
FORM = "*"
"""The column of what is collected by a form as a whole, and of what is said of a whole form."""
WHO = ("person", "subject")
"""What rows can say beside their columns: ``person.USUBJID``, ``subject.NUMBER``."""

Node = tuple[str, str]
"""A variable: dataset and name."""


@dataclass(frozen=True)
class Said:
    """One thing that is said of a field: the variable, the test that it is collected for, and whether it is derived."""

    dataset: str
    variable: str
    test: str = ""
    derived: bool = False


Annotations = dict[tuple[str, str], list[Said]]
"""What is said of each (source, column)."""


def annotated(model: StudyModel) -> Annotations:
    """For each field that methods read, the variables collected in it; where none is, those derived from it."""
    found: Annotations = {}
    derived: Annotations = {}
    feeds = _feeds(model)
    for name, dataset in model.datasets.items():
        if dataset.stands_for or dataset.standard == "adam":
            continue
        for row in dataset.rows.values():
            for variable, typed in variables_of(dataset, row).items():
                if dataset.is_written and not variable.startswith("_"):
                    if not _is_collected(typed):
                        continue
                    here = dict.fromkeys(_columns(model, dataset, row, typed))
                    names = [variable, typed.split_to] if typed.split_to else [variable]
                    whole = [(row.from_, FORM)] if typed.origin == COLLECTED else []
                    for at in here or whole:
                        _say(found, at, (Said(name, n, _test(name, row)) for n in names))
                elif is_collected(typed):
                    for at in dict.fromkeys(_columns(model, dataset, row, typed)):
                        _say(derived, at, (_of_row(s, name, row) for s in feeds.get((name, variable), [])))
    return {**found, **{at: said for at, said in derived.items() if at not in found}}


def _of_row(said: Said, name: str, row: Rows) -> Said:
    return replace(said, test=_test(name, row)) if said.dataset == name else said


def _say(into: Annotations, at: tuple[str, str], more: Iterable[Said]) -> None:
    said = into.setdefault(at, [])
    said += [s for s in more if s not in said]


def _is_collected(variable: Variable) -> bool:
    return is_collected(variable) or inferred_origin(variable) == COLLECTED


def _feeds(model: StudyModel) -> dict[Node, list[Said]]:
    """For each working variable, the first variables of the tabulations that are made of it."""
    readers: dict[Node, dict[Node, None]] = {}
    for name, dataset in model.datasets.items():
        if dataset.standard == "adam":
            continue
        alike = {
            (variable, id(typed), row.from_): (row, typed)  # most rows share the variables of the dataset
            for row in dataset.rows.values()
            for variable, typed in variables_of(dataset, row).items()
        }
        for (variable, _, _), (row, typed) in alike.items():
            for read in _reads(model, name, row, typed):
                readers.setdefault(read, {})[name, variable] = None
    found = {}
    for start in readers:
        reached, waiting = {start: None}, [start]
        while waiting:
            node = waiting.pop()
            if node == start or not _is_final(model, node):
                new = [n for n in readers.get(node, {}) if n not in reached]
                reached |= dict.fromkeys(new)
                waiting += new
        found[start] = [Said(d, v, derived=True) for d, v in reached if (d, v) != start and _is_final(model, (d, v))]
    return found


def _reads(model: StudyModel, dataset: str, row: Rows, variable: Variable) -> Iterator[Node]:
    """The variables that a variable of some rows is made of, in its own dataset or another."""
    for use in uses(variable):
        if use.kind == "own":
            yield dataset, use.name
        elif use.kind == "other":
            of, _, name = use.name.rpartition(".")
            yield of, name
        elif use.kind == "column" and row.from_ in model.datasets:
            yield row.from_, use.name


def _is_final(model: StudyModel, node: Node) -> bool:
    """Whether a variable is one of the tabulations, which reviewers see."""
    dataset = model.datasets.get(node[0])
    return dataset is not None and dataset.is_written and dataset.standard != "adam" and not node[1].startswith("_")


def variables_of(dataset: Dataset, row: Rows) -> dict[str, Variable]:
    """The variables of a kind of row, with their methods there."""
    whole = {**dataset.variables, **dataset.supplemental}
    return {**whole, **{v: t for v, t in row.variables.items() if cases(t) or v not in whole}}


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
                    yield from located(model, row, name)
        for name in _read(variable):
            yield from located(model, row, name)
        return
    known = variables_of(dataset, row)
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


def located(model: StudyModel, row: Rows, name: str) -> Iterator[tuple[str, str]]:
    """Where a column stands: in a joined source, or in that of the row; facts of the person, in its subject column."""
    alias, _, rest = name.partition(".")
    if rest and alias in row.join:
        yield row.join[alias].source, rest
    elif row.from_ in model.study.sources:
        subject = model.study.sources[row.from_].subject
        of_person = alias in WHO and rest
        if not of_person or subject:
            yield row.from_, str(subject) if of_person else name
