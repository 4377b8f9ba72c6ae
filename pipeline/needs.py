"""Which columns of which source the mappings use: what must be there, and what nothing uses."""

from __future__ import annotations

from specs.check_rules import active_checks
from specs.model import Code, Copy, Dataset, DateTime, Lookup, Rows, Variable
from specs.resolve import StudyModel
from specs.uses import Case, Derivation, cases, condition_names, derivation_uses, is_collected, uses

PERSON = "person."
NUMBER = "subject.NUMBER"
"""What rows can say beside their columns: of the person, and the subject number in its normal form."""
WHO = ("subject", "person")
"""What a join may pair beside columns."""


def needed_columns(model: StudyModel) -> dict[str, set[str]]:
    """For each source, the columns that rows, joins, filters and lookups name."""
    found: dict[str, set[str]] = {name: set() for name in model.study.sources}
    for name, source in model.study.sources.items():
        found[name] |= {c for c in (source.subject, source.record, *source.key) if c}
        for condition in (source.where or "", *source.left):
            found[name].update(condition_names(condition))
    subjects = model.study.subjects
    if subjects and subjects.previous and subjects.register_ in found:
        found[subjects.register_].add(subjects.previous)
    for _, check in active_checks(model):
        for side, conditions, columns in check.sides:
            if side in found:
                named = [n for c in conditions for n in condition_names(c)]
                found[side].update([*columns, *(n for n in named if n.rpartition(".")[0] not in model.datasets)])
    for dataset in model.datasets.values():
        for row in dataset.rows.values():
            _row_columns(model, dataset, row, found)
    return found


def named_columns(model: StudyModel) -> dict[str, set[str]]:
    """For each source, the columns that the specs name in any way: all that is known of it without its file."""
    found = needed_columns(model)
    for name, source in model.study.sources.items():
        unused = () if isinstance(source.unused, str) else source.unused
        found[name] |= {*source.rename, *unused, *source.ignore, *source.may_lack}
    return found


def users_of(model: StudyModel, source: str, column: str) -> list[str]:
    """What the mappings use a raw column for: variables with their kind of rows, or the kind of rows itself."""
    found: list[str] = []
    for name, dataset in model.datasets.items():
        for row_name, row in dataset.rows.items():
            whole: dict[str, set[str]] = {}
            _row_columns(model, dataset, row, whole)
            if column not in whole.get(source, ()):
                continue
            named = [v for v, t in row_variables(dataset, row).items() if _takes(model, row, t, source, column)]
            found += [f"{name}.{v} (rows.{row_name})" for v in named] or [f"{name} rows.{row_name}"]
    return found


def _takes(model: StudyModel, row: Rows, variable: Variable, source: str, column: str) -> bool:
    """Whether a variable of a kind of rows needs a raw column."""
    found: dict[str, set[str]] = {}
    _assign(model, row, _variable_columns(variable, found), found)
    return column in found.get(source, ())


def row_variables(dataset: Dataset, row: Rows) -> dict[str, Variable]:
    """The definition of every variable (supplementals included) as it holds in one kind of row."""
    whole = {**dataset.variables, **dataset.supplemental}
    return {**whole, **{name: _described(own, whole.get(name)) for name, own in row.variables.items()}}


def _described(own: Variable, whole: Variable | None) -> Variable:
    """A row's own method, with the codelist and type of the variable where the row does not say its own."""
    if whole is None:
        return own
    return own.model_copy(update={"codelist": own.codelist or whole.codelist, "type": own.type or whole.type})


def raw_columns(dataset: Dataset, row: Rows, *variables: str) -> list[str]:
    """The raw columns that the values of variables are made of in one kind of row, also through other variables.

    Where the rows come from a dataset, they are variables of that. Columns of conditions and of lookups decide, but are
    not in the values.
    """
    there = row_variables(dataset, row)
    found: dict[str, None] = {}
    waiting, seen = list(variables), set(variables)
    while waiting:
        typed = there.get(waiting.pop(0))
        for case in cases(typed) if typed is not None else []:
            found |= dict.fromkeys(c for c in columns_of(case) if not c.startswith(PERSON) and c != NUMBER)
            named = [u.name for u in derivation_uses(case.method)] if isinstance(case.method, Derivation) else []
            named += [str(case.method).removeprefix(f"{dataset.dataset}.")] if case.kind == "predecessor" else []
            theirs = f"{row.from_}."
            found |= dict.fromkeys(n.removeprefix(theirs) for n in named if row.from_ and n.startswith(theirs))
            waiting += [n for n in dict.fromkeys(named) if n not in seen]
            seen |= set(named)
    return list(found)


def columns_of(case: Case) -> list[str]:
    """The raw columns that one method takes its values from; none for a constant, a lookup and a derivation."""
    method = case.method
    if isinstance(method, Copy | Code):
        return method.column if isinstance(method.column, list) else [method.column]
    return [c for c in (method.date, method.time) if c] if isinstance(method, DateTime) else []


def _row_columns(model: StudyModel, dataset: Dataset, row: Rows, found: dict[str, set[str]]) -> None:
    names: list[str] = [*condition_names(row.where or ""), *(row.distinct or [])]
    names += [n for n in (row.first, row.last) if n]
    for join in row.join.values():
        if isinstance(join.by, dict):
            names += [ours for ours in join.by if ours not in WHO]
            found.setdefault(join.source, set()).update(theirs for theirs in join.by.values() if theirs not in WHO)
        found.setdefault(join.source, set()).update(
            [*condition_names(join.where or ""), *([join.order] if join.order else [])]
        )
    for exists, _ in row.presence:
        found.setdefault(exists.source, set()).update(condition_names(exists.where or ""))
    for variable in row_variables(dataset, row).values():
        names += _variable_columns(variable, found)
    _assign(model, row, names, found)


def _assign(model: StudyModel, row: Rows, names: list[str], found: dict[str, set[str]]) -> None:
    """The columns that a kind of rows names, to the source that each belongs to."""
    for name in names:
        alias, _, rest = name.partition(".")
        if alias in row.join and rest:
            found.setdefault(row.join[alias].source, set()).add(rest)
        elif row.from_ in model.study.sources and not name.startswith(PERSON) and name != NUMBER:
            found.setdefault(row.from_, set()).add(name)


def _variable_columns(variable: Variable, found: dict[str, set[str]]) -> list[str]:
    if not is_collected(variable):
        return []
    for case in cases(variable):
        if isinstance(case.method, Lookup) and case.method.source:
            theirs = set(case.method.match) | {case.method.take}
            if case.method.as_of:
                theirs |= {case.method.as_of.from_, case.method.as_of.to}
            found.setdefault(case.method.source, set()).update(theirs)
    return [u.name for u in uses(variable) if u.kind == "column"]
