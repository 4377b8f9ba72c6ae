"""The ways in which a variable gets its values, one for each kind of row, and the origin of each.

A kind of row that stacks a parameter (``ADRS`` from ``ADRS.PD``) stands for the ways of that parameter. Design, section
3, rule 4; origin types and sources as in Define-XML 2.1, section 5.3.11.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from define.model import Origin
from specs.made import made_sentence, makes
from specs.model import Code, Copy, DateTime, Lookup, Rows, Variable
from specs.origins import RANK, SOURCES
from specs.possible import Possible, Row
from specs.resolve import StudyModel
from specs.uses import Case, Derivation, cases, condition_names
from transforms.library import REGISTRY

PERSON = "person."
RAW = "source:"
SPONSOR = ("Derived", "Assigned", "Protocol")
KEPT = ("Collected", "Derived", "Protocol")
"""The origins that a transform keeps which changes no meaning, in this order."""
SOURCE_OF_KIND = {"edc": "Investigator", "vendor": "Vendor"}
WORKING = re.compile(r"(?:^|\.)_")


@dataclass(frozen=True)
class Way:
    """One way: in which dataset (a parameter's own) and kind of row, from which source, by which method.

    ``source`` is ``source:NAME`` for a raw file, a table, a dataset, or empty. ``made`` is the sentence of the
    transform that makes the records, where it gives the value.
    """

    dataset: str
    row: str
    source: str
    variable: Variable
    made: str = ""


class Ways:
    """The ways of all variables of a study; each is found out once."""

    def __init__(
        self, model: StudyModel, only: Mapping[Row, tuple[str, ...]] | None = None, possible: Possible | None = None
    ) -> None:
        """``only``: the kinds of rows at hand, and of records that they make; of other datasets all count."""
        self.model = model
        self.possible = possible or Possible(model)
        self._only = only or {}
        self._told = {dataset for dataset, _ in self._only}
        self._found: dict[tuple[str, str], list[Way]] = {}
        self._giving: dict[tuple[str, str], list[Way]] = {}
        self._of_value: dict[tuple[str, str, str], Ways] = {}

    def of(self, dataset: str, variable: str) -> list[Way]:
        """Every way of a variable (also of a supplemental qualifier, or a working variable), in the order of rows."""
        key = dataset, variable
        if key not in self._found:
            self._found[key] = []  # what refers to itself has no other way
            self._found[key] = list(self._look(dataset, variable))
        return self._found[key]

    def of_value(self, dataset: str, variable: str, value: str) -> Ways:
        """Only the kinds of rows that can make the records in which a variable has a value; all where none can."""
        key = dataset, variable, value
        if key not in self._of_value:
            self._of_value[key] = Ways(self.model, self.possible.rows_of_value(*key), self.possible)
        return self._of_value[key]

    def giving(self, dataset: str, variable: str) -> list[Way]:
        """Those ways of a variable that can give a value in their kind of row."""
        key = dataset, variable
        if key not in self._giving:
            self._giving[key] = [w for w in self.of(dataset, variable) if w.made or fed_cases(self, w)]
        return self._giving[key]

    def in_row(self, way: Way, name: str) -> list[Way]:
        """The ways of a working variable in the kind of row at hand."""
        return [w for w in self.of(way.dataset, name) if (w.dataset, w.row) == (way.dataset, way.row)]

    def _look(self, dataset: str, variable: str) -> Iterator[Way]:
        spec = self.model.datasets[dataset]
        own = spec.variables.get(variable) or spec.supplemental.get(variable)
        for name, row in spec.rows.items():
            if dataset in self._told and (dataset, name) not in self._only:
                continue
            given = row.variables.get(variable)
            taken = _taken_over(self.model, row.from_, given)
            if taken:
                yield from self.of(row.from_, taken)
                continue
            chosen = _described(given, own) if given is not None and cases(given) else own
            kinds = self._only.get((dataset, name), ())
            made = made_sentence(self.model, row, variable, chosen, spec.keys, kinds)
            if made or (chosen is not None and cases(chosen)):
                yield Way(dataset, name, source_of(self.model, row), chosen or Variable(), made)


def _taken_over(model: StudyModel, source: str, given: Variable | None) -> str | None:
    """The variable of a dataset that is not written (a parameter, a working dataset) which a row takes as it is."""
    of = model.datasets.get(source)
    if of is None or of.is_written or of.stands_for or given is None:
        return None
    methods = cases(given)
    if len(methods) != 1 or methods[0].condition or not isinstance(methods[0].method, Copy):
        return None
    column = methods[0].method.column
    return column if isinstance(column, str) and column in of.variables else None


def _described(given: Variable, own: Variable | None) -> Variable:
    """The method of a row with what is said of the variable in the dataset."""
    if own is None:
        return given
    about = ("codelist", "dictionary", "origin", "source", "page")
    said = {k: getattr(own, k) for k in about if getattr(given, k) is None}
    return given.model_copy(update=said)


def source_of(model: StudyModel, row: Rows) -> str:
    """Where the records of a kind of row come from, as the lineage names it."""
    return RAW + row.from_ if row.from_ in model.study.sources else row.from_


def origins(known: Ways, way: Way) -> list[Origin]:
    """The origins of one way; where its branches differ, the one that says most. ``source`` of the specs goes before
    what is inferred, where it fits the type.
    """
    given = way.variable.source
    found = [replace(o, source=given) if given in SOURCES.get(o.type, ()) else o for o in _inferred(known, way)]
    return list(dict.fromkeys(found))


def _inferred(known: Ways, way: Way) -> list[Origin]:
    if way.variable.origin:
        return [_origin(way.variable.origin, _named_source(known.model, way.source) or "Investigator", None)]
    if way.made:
        return [_origin("Derived")]
    if way.variable.dictionary:
        return [_origin("Assigned")]
    found = list(dict.fromkeys(o for case in fed_cases(known, way) for o in _of_case(known, way, case)))
    top = next((t for t in RANK if any(o.type == t for o in found)), "")
    return [o for o in found if o.type == top]


def _of_case(known: Ways, way: Way, case: Case) -> Iterator[Origin]:
    model, method = known.model, case.method
    if isinstance(method, Derivation):
        yield from _of_derivation(known, way, method)
    elif isinstance(method, Lookup):
        if method.table:
            yield _origin("Protocol")
        else:
            yield _origin("Collected", _named_source(model, RAW + (method.source or "")))
    elif isinstance(method, Copy | Code):
        columns = method.column if isinstance(method.column, list) else [method.column]
        for column in columns:
            yield _taken(model, way, column, as_it_is=isinstance(method, Copy))
    elif isinstance(method, DateTime):
        yield _taken(model, way, method.date, as_it_is=False)
    elif case.kind == "predecessor":
        yield _predecessor(model, str(method))
    elif method != "":
        yield _origin("Assigned")


def _of_derivation(known: Ways, way: Way, method: Derivation) -> Iterator[Origin]:
    """What a transform makes is derived, unless it keeps what was collected: then as its working variables were."""
    transform = REGISTRY.get(method.function)
    kind = transform.origin if transform else "Derived"
    if kind != "Collected":
        yield _origin(kind)
        return
    inner = [o for w in _inner(known, way, method) for o in origins(known, w)]
    named = _named_source(known.model, way.source)
    for kept in KEPT:
        if found := [o for o in inner if o.type == kept]:
            yield from found
            return
    yield _origin("Collected", named) if named else _origin("Derived")


def _inner(known: Ways, way: Way, method: Derivation) -> list[Way]:
    """The ways of the working variables that a transform is given, in the kind of row at hand."""
    return [w for name in _working(method) for w in known.in_row(way, name)]


def _working(method: Derivation) -> list[str]:
    """The working variables that a transform is given."""
    return list(dict.fromkeys(n for n in method.given.values() if isinstance(n, str) and n.startswith("_")))


def _taken(model: StudyModel, way: Way, column: str, *, as_it_is: bool) -> Origin:
    """The origin of what is taken from a column of the records, or of a source that is joined to them."""
    if column.startswith(PERSON):
        return _origin("Derived")
    if column in makes(_row(model, way)):
        return _origin("Derived")
    alias, _, name = column.rpartition(".")
    joined = _row(model, way).join.get(alias) if alias else None
    source = joined.source if joined else way.source.removeprefix(RAW)
    kind = model.study.sources[source].kind if source in model.study.sources else None
    if kind in SOURCE_OF_KIND:
        return _origin("Collected", SOURCE_OF_KIND[kind])
    if kind is None and source not in model.datasets:
        return _origin("Protocol")
    if not as_it_is:
        return _origin("Derived")
    return _predecessor(model, f"{source.upper()}.{name}")


def _predecessor(model: StudyModel, name: str) -> Origin:
    """A variable of a dataset that reviewers have; what is taken from a working one is derived."""
    dataset = model.datasets.get(name.rpartition(".")[0])
    unseen = dataset is not None and not dataset.is_written and not dataset.stands_for
    return _origin("Derived") if unseen or WORKING.search(name) else Origin("Predecessor", None, name)


def _origin(kind: str, source: str | None = None, description: str | None = None) -> Origin:
    if kind in SPONSOR:
        source = "Sponsor"
    elif kind != "Collected":
        source = None
    return Origin(kind, source, description)


def _named_source(model: StudyModel, source: str) -> str | None:
    spec = model.study.sources.get(source.removeprefix(RAW))
    return SOURCE_OF_KIND.get(spec.kind) if spec else None


def fields(found: Ways, way: Way) -> list[tuple[str, str]]:
    """The raw fields (source, column) that a way takes its values from, also through working variables."""
    read: list[tuple[str, str]] = []
    for case in fed_cases(found, way):
        method = case.method
        if isinstance(method, Lookup) and method.source:
            read.append((method.source, method.take))
        elif isinstance(method, Derivation):
            read += [f for w in _inner(found, way, method) for f in fields(found, w)]
        for column in _columns(case):
            alias, _, name = column.rpartition(".")
            joined = _row(found.model, way).join.get(alias) if alias else None
            read.append((joined.source if joined else way.source.removeprefix(RAW), name))
    return list(dict.fromkeys(read))


def fed_cases(known: Ways, way: Way) -> list[Case]:
    """The methods that can give values: a transform of working variables needs some that the kind of row at hand has.

    It needs one that it cannot do without, or else one that is not a constant (a decimal sign alone gives no number).
    """

    def is_fed(case: Case) -> bool:
        method = case.method
        if not isinstance(method, Derivation) or not _working(method):
            return True
        transform = REGISTRY.get(method.function)
        required = {n for n, p in transform.parameters.items() if p.required} if transform else set()
        return any(
            name in required or not _is_constant(w)
            for name, given in method.given.items()
            if isinstance(given, str) and given.startswith("_")
            for w in known.in_row(way, given)
        )

    return [c for c in cases(way.variable) if is_fed(c)]


def _is_constant(way: Way) -> bool:
    return all(c.kind == "value" for c in cases(way.variable))


def _row(model: StudyModel, way: Way) -> Rows:
    return model.datasets[way.dataset].rows[way.row]


def _columns(case: Case) -> list[str]:
    method = case.method
    if isinstance(method, Copy | Code):
        return method.column if isinstance(method.column, list) else [method.column]
    if isinstance(method, DateTime):
        return [c for c in (method.date, method.time) if c]
    return list(condition_names(case.condition)) if case.condition and case.kind == "value" else []


def lists_of(way: Way) -> list[str]:
    """The codelists that a way names: of the variable, or of its recoding."""
    said = way.variable.codelist
    found = [said] if isinstance(said, str) else list(said or [])
    return found or [c.method.codelist for c in cases(way.variable) if isinstance(c.method, Code) and c.method.codelist]
