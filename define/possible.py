"""Which kinds of rows can make the records that have a value (a parameter), as far as the specs tell.

A kind of row is left out only where its specs rule the value out: what comes from raw data or a transform may be
anything. So a method at value level names what makes that parameter, and no other. Define-XML 2.1, section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from specs.base import Setting
from specs.condition_tree import Both, Compare, Given, Member, Node
from specs.conditions import parse_condition
from specs.made import makes
from specs.model import Copy, Lookup, Rows, Variable
from specs.resolve import StudyModel
from specs.uses import Case, Derivation, cases
from transforms.library import REGISTRY

Row = tuple[str, str]
"""A kind of row: its dataset and name."""
Values = frozenset[str] | None
"""What a variable may be; None: anything. An empty text stands for a missing value."""
MOST = 2000
DEEPEST = 4


def rows_of_value(model: StudyModel, dataset: str, variable: str, value: str) -> dict[Row, tuple[str, ...]]:
    """The kinds of rows of a dataset, and of the working datasets behind it, that can make records with a value.

    Where a transform makes several kinds of records (``Transform.each``), those of them that have it; else empty.
    """
    found: dict[Row, dict[str, None]] = {}
    for path in _paths(model, dataset):
        for kind in _kinds(model, path[-1]):
            values = _Path(model, path, kind).of(variable)
            if values is None or value in values:
                for row in path:
                    kinds = found.setdefault(row, {})
                    kinds |= dict.fromkeys(kind.values() if row == path[-1] else ())
    return {row: tuple(kinds) for row, kinds in found.items()}


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

    def __init__(self, model: StudyModel, path: Sequence[Row], made: Mapping[str, str]) -> None:
        self.model, self.path, self.made = model, path, made
        self.dataset = model.datasets[path[0][0]]
        self.row: Rows = self.dataset.rows[path[0][1]]
        self.inner = _Path(model, path[1:], made) if len(path) > 1 else None

    def of(self, variable: str, above: tuple[str, ...] = ()) -> Values:
        """What a variable may be; nothing where the row takes no such records."""
        if not above and not self._taken():
            return frozenset()
        own, given = self.dataset.variables.get(variable), self.row.variables.get(variable)
        typed = given if given is not None and cases(given) else own
        if typed is None or not cases(typed):
            return self._made(variable)
        if variable in above:
            return None
        return self._of_cases(typed, (*above, variable))

    def _taken(self) -> bool:
        """Whether the rows that ``where`` selects can be there."""
        if self.inner is None:
            return True
        selected = (_selects(self.inner, c) for c in _conjuncts(self.row.where))
        return all(selected) and self.inner._taken()

    def _made(self, name: str) -> Values:
        return frozenset([self.made[name]]) if self.inner is None and name in self.made else None

    def _of_cases(self, typed: Variable, above: tuple[str, ...]) -> Values:
        found = [self._of_case(case, above) for case in cases(typed)]
        may_be_empty = frozenset([""]) if typed.when and typed.when[-1].else_ is None else frozenset[str]()
        return _union([*found, may_be_empty])

    def _of_case(self, case: Case, above: tuple[str, ...]) -> Values:
        method = case.method
        if case.kind == "value":
            given = self.model.setting(method.setting) if isinstance(method, Setting) else method
            return frozenset([str(given)])
        if isinstance(method, Copy) and isinstance(method.column, str):
            plain = method.part is None and not method.pattern and not method.case
            return self._column(method.column) if plain else None
        if case.kind == "predecessor":
            dataset, _, name = str(method).rpartition(".")
            return self._column(name) if dataset == self.row.from_ else None
        if isinstance(method, Lookup) and method.table:
            return self._looked_up(method, above)
        if isinstance(method, Derivation):
            return self._derived(method, above)
        return None

    def _column(self, name: str) -> Values:
        """What a column of the rows that are taken may be."""
        if self.inner is not None:
            return self.inner.of(name)
        return self._made(name) if name in makes(self.row) else None

    def _looked_up(self, method: Lookup, above: tuple[str, ...]) -> Values:
        table = self.model.table(method.table or "").astype("str").fillna("")
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


def _selects(path: _Path, condition: Node) -> bool:
    """Whether a condition may hold of rows; one that is no plain comparison with values may."""
    if isinstance(condition, Compare) and condition.sign == "=" and isinstance(condition.right, Given):
        name, given = condition.left.name, [condition.right.value]
    elif isinstance(condition, Member) and not condition.negated:
        name, given = condition.name.name, [v.value for v in condition.values]
    else:
        return True
    wanted = {v for v in given if isinstance(v, str)}
    if len(wanted) < len(given):
        return True  # numbers are written in several ways
    values = path.of(name)
    return values is None or bool(values & wanted)
