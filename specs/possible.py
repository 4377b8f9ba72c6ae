"""What a variable can be, and which kinds of rows can make the records that have a value, as far as the specs tell.

Only what the specs rule out is ruled out: what comes from raw data or a transform may be anything that its codelist
allows. So a method at value level names what makes that parameter, and no other (Define-XML 2.1, section 4.3), and a
condition that can never hold is told from one that does not hold yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import pandas as pd

from specs.base import Setting
from specs.condition_tree import Both, Compare, Given, Member, Node
from specs.conditions import parse_condition
from specs.made import makes
from specs.model import Code, Copy, Lookup, Rows, Variable
from specs.problems import nearest
from specs.terminology import Codelist
from specs.uses import Case, Derivation, cases
from transforms.library import REGISTRY

if TYPE_CHECKING:
    from specs.resolve import StudyModel

Row = tuple[str, str]
"""A kind of row: its dataset and name."""
Values = frozenset[str] | None
"""What a variable may be; None: anything. An empty text stands for a missing value."""
MOST = 2000
MOST_SHOWN = 8
DEEPEST = 4


class Possible:
    """What variables of a study can be; each is found out once."""

    def __init__(self, model: StudyModel) -> None:
        self.model = model
        self._values: dict[tuple[str, str], Values] = {}
        self._paths: dict[str, list[_Path]] = {}
        self._tables: dict[str, pd.DataFrame] = {}

    def values(self, dataset: str, variable: str) -> Values:
        """What a variable of a dataset can be."""
        key = dataset, variable
        if key not in self._values:
            self._values[key] = None  # what refers to itself may be anything
            found = [p.of(variable) for p in self.paths(dataset)]
            self._values[key] = _union(found) if found else None
        return self._values[key]

    def rows_of_value(self, dataset: str, variable: str, value: str) -> dict[Row, tuple[str, ...]]:
        """The kinds of rows of a dataset, and of the working datasets behind it, that can make records with a value.

        Where a transform makes several kinds of records (``Transform.each``), those of them that have it; else empty.
        """
        found: dict[Row, dict[str, None]] = {}
        for path in self.paths(dataset):
            values = path.of(variable)
            if values is None or value in values:
                for row in path.rows:
                    kinds = found.setdefault(row, {})
                    kinds |= dict.fromkeys(path.made.values() if row == path.rows[-1] else ())
        return {row: tuple(kinds) for row, kinds in found.items()}

    def beside(self, dataset: str, variable: str, value: str, other: str) -> str | None:
        """What another variable is in records that have a value (the PARAM of a PARAMCD), where that is one thing."""
        found: set[str] = set()
        for path in self.paths(dataset):
            values = path.of(variable)
            if values is not None and value in values:
                found |= path.of(other) or {""}
        return next(iter(found)) or None if len(found) == 1 else None

    def never(self, dataset: str, condition: str) -> str | None:
        """Why a condition can never hold for a record of a dataset; None where it may."""
        conjuncts = list(_conjuncts(condition))
        for one in conjuncts:
            compared = _compared(one)
            known = self.values(dataset, compared[0]) if compared else None
            if compared and known is not None and not known & compared[1]:
                name, wanted = compared
                shown = sorted(known - {""})
                hint = nearest(next(iter(wanted)), shown) or (f"; it can be {some(shown)}" if shown else "")
                return f"{name} of {dataset} can never be {some(sorted(wanted))}{hint}"
        paths = self.paths(dataset)
        if paths and not any(all(_selects(path, one) for one in conjuncts) for path in paths):
            return f"no kind of row of {dataset} can have all of it"
        return None

    def paths(self, dataset: str) -> list[_Path]:
        """Each kind of row, and of record that its transform makes, with what it takes its records from."""
        if dataset not in self._paths:
            rows = _paths(self.model, dataset) if dataset in self.model.datasets else ()
            self._paths[dataset] = [_Path(self, path, made) for path in rows for made in _kinds(self.model, path[-1])]
        return self._paths[dataset]

    def table(self, name: str) -> pd.DataFrame:
        """A table with its texts as they are, an empty one where there is none."""
        if name not in self._tables:
            self._tables[name] = self.model.table(name).astype("str").fillna("")
        return self._tables[name]


def some(values: Sequence[str]) -> str:
    """Up to eight values in words."""
    shown = ", ".join(f"'{v}'" for v in values[:MOST_SHOWN])
    return f"{shown} and {len(values) - MOST_SHOWN} more" if len(values) > MOST_SHOWN else shown


def _paths(model: StudyModel, dataset: str, above: tuple[Row, ...] = ()) -> Iterator[tuple[Row, ...]]:
    """Each kind of row with the kinds of rows of the unwritten datasets that it takes its records from."""
    for name, row in model.datasets[dataset].rows.items():
        path = (*above, (dataset, name))
        source = model.datasets.get(row.from_)
        unwritten = source is not None and not source.is_written and not source.stands_for and source.rows
        if unwritten and len(path) < DEEPEST and row.from_ not in {d for d, _ in path}:
            yield from _paths(model, row.from_, path)
        else:
            yield path


def _kinds(model: StudyModel, row: Row) -> list[dict[str, str]]:
    """The kinds of records that the transform of a row makes: each its variable, with the value that tells it apart."""
    transform = REGISTRY.get(model.datasets[row[0]].rows[row[1]].derive or "")
    if transform is None or not transform.each:
        return [{}]
    return [{transform.makes[0]: value} for value in transform.each]


class _Path:
    """Kinds of rows, the outermost first, and what the innermost makes; gives what a variable may be there."""

    def __init__(self, known: Possible, rows: Sequence[Row], made: Mapping[str, str]) -> None:
        self.known, self.model, self.rows, self.made = known, known.model, rows, made
        self.dataset = self.model.datasets[rows[0][0]]
        self.row: Rows = self.dataset.rows[rows[0][1]]
        self.inner = _Path(known, rows[1:], made) if len(rows) > 1 else None
        self._found: dict[str, Values] = {}

    def of(self, variable: str, above: tuple[str, ...] = ()) -> Values:
        """What a variable may be; nothing where the row takes no such records."""
        if variable in above:
            return None
        if not above and not self._taken:
            return frozenset()
        if variable not in self._found:
            self._found[variable] = self._of(variable, above)
        return self._found[variable]

    def _of(self, variable: str, above: tuple[str, ...]) -> Values:
        own, given = self.dataset.variables.get(variable), self.row.variables.get(variable)
        typed = given if given is not None and cases(given) else own
        if typed is None or not cases(typed):
            return self._made(variable)
        if own is not None and own.type == "Num":
            return None  # numbers are written in several ways
        found = self._of_cases(typed, (*above, variable))
        return self._listed(given, own) if found is None else found

    def _listed(self, *said: Variable | None) -> Values:
        """The values that are allowed: told, or of codelists that cannot be extended."""
        for typed in said:
            if typed is not None and typed.values:
                return frozenset([*typed.values, ""])
            lists = self._lists(typed.codelist) if typed is not None else []
            if lists and not any(c.extensible for c in lists):
                return _terms(lists)
        return None

    def _lists(self, names: str | list[str] | None) -> list[Codelist]:
        listed = [names] if isinstance(names, str) else names or []
        return [self.model.codelists[n] for n in listed if n in self.model.codelists]

    @cached_property
    def _taken(self) -> bool:
        """Whether the rows that ``where`` selects can be there."""
        if self.inner is None:
            return True
        selected = (_selects(self.inner, c) for c in _conjuncts(self.row.where))
        return all(selected) and self.inner._taken

    def _made(self, name: str) -> Values:
        return frozenset([self.made[name]]) if self.inner is None and name in self.made else None

    def _of_cases(self, typed: Variable, above: tuple[str, ...]) -> Values:
        found = [self._of_case(typed, case, above) for case in cases(typed)]
        may_be_empty = frozenset([""]) if typed.when and typed.when[-1].else_ is None else frozenset[str]()
        return _union([*found, may_be_empty])

    def _of_case(self, typed: Variable, case: Case, above: tuple[str, ...]) -> Values:
        method = case.method
        if case.kind == "value":
            given = self.model.setting(method.setting) if isinstance(method, Setting) else method
            return frozenset([str(given)])
        if isinstance(method, Copy) and isinstance(method.column, str):
            plain = method.part is None and not method.pattern and not method.case
            return self._column(method.column) if plain else None
        if case.kind == "predecessor":
            dataset, _, name = str(method).rpartition(".")
            return self._column(name) if dataset == self.row.from_ else self._elsewhere(dataset, name)
        if isinstance(method, Code):
            return _terms(self._lists(method.codelist or typed.codelist or self._whole(above[-1]))) or None
        if isinstance(method, Lookup) and method.table:
            return self._looked_up(method, above)
        if isinstance(method, Derivation):
            return self._derived(method, above)
        return None

    def _column(self, name: str) -> Values:
        """What a column of the rows that are taken, by ``where``, may be."""
        found = self._before(name)
        for compared in map(_compared, _conjuncts(self.row.where)):
            if compared and compared[0] == name:
                found = frozenset(compared[1] if found is None else found & compared[1])
        return found

    def _before(self, name: str) -> Values:
        if self.inner is not None:
            return self.inner.of(name)
        return self._made(name) if makes(self.row) else self._elsewhere(self.row.from_, name)

    def _elsewhere(self, dataset: str, name: str) -> Values:
        """What a variable of another dataset may be."""
        spec = self.model.datasets.get(dataset)
        return self.known.values(dataset, name) if spec is not None and spec.rows else None

    def _whole(self, variable: str) -> str | list[str] | None:
        own = self.dataset.variables.get(variable)
        return own.codelist if own is not None else None

    def _looked_up(self, method: Lookup, above: tuple[str, ...]) -> Values:
        table = self.known.table(method.table or "")
        for theirs, ours in method.match.items():
            known = self._column(ours) if isinstance(ours, str) else None
            if isinstance(ours, str) and ours in self.dataset.variables:
                known = self.of(ours, above)
            if known is not None and theirs not in method.any_if_empty:
                table = table[table[theirs].isin(known)]
        values = frozenset(table[method.take])
        return (values | {""} if method.optional else values) if len(values) <= MOST else None

    def _derived(self, method: Derivation, above: tuple[str, ...]) -> Values:
        of = method.given.get("of")
        if method.function not in ("concatenate", "first_of") or not isinstance(of, list):
            return None
        parts = [
            frozenset([str(o["value"])]) if isinstance(o, dict) and "value" in o
            else self.of(o, above) if isinstance(o, str) and "." not in o
            else None
            for o in of
        ]  # fmt: skip
        if method.function == "first_of":
            return _union(parts)
        sizes = [len(p) for p in parts if p is not None]
        if len(sizes) < len(parts) or prod(sizes) > MOST:
            return None
        separator = str(method.given.get("separator", ""))
        return frozenset(separator.join(v for v in one if v) for one in product(*(p for p in parts if p is not None)))


def _terms(lists: Sequence[Codelist]) -> frozenset[str]:
    """The terms of some lists, or nothing at all; empty without any list."""
    return frozenset(["", *(t.value for c in lists for t in c.terms)]) if lists else frozenset()


def _union(found: Sequence[Values]) -> Values:
    known = [f for f in found if f is not None]
    return frozenset().union(*known) if len(known) == len(found) else None


def _conjuncts(condition: str | None) -> Iterator[Node]:
    waiting = [parse_condition(condition).tree] if condition else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Both) and node.word == "and":
            waiting += node.parts
        else:
            yield node


def _compared(condition: Node) -> tuple[str, set[str]] | None:
    """The variable, and the texts that it is to be one of; None for any other condition."""
    if isinstance(condition, Compare) and condition.sign == "=" and isinstance(condition.right, Given):
        name, given = condition.left.name, [condition.right.value]
    elif isinstance(condition, Member) and not condition.negated:
        name, given = condition.name.name, [v.value for v in condition.values]
    else:
        return None
    wanted = {v for v in given if isinstance(v, str)}
    return (name, wanted) if len(wanted) == len(given) else None


def _selects(path: _Path, condition: Node) -> bool:
    """Whether a condition may hold of rows; one that is no plain comparison with texts may."""
    compared = _compared(condition)
    values = path.of(compared[0]) if compared else None
    return compared is None or values is None or bool(values & compared[1])
