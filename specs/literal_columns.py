"""Constants that look as if a column was meant: ``position: POSITION`` writes the word, not the column."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specs.method_rules import case_spots
from specs.model import Dataset, Rows
from specs.nodes import Spot
from specs.problems import SpecProblem
from specs.uses import cases, condition_names, uses

if TYPE_CHECKING:
    from specs.resolve import StudyModel

RULE = "VALUE_IS_COLUMN"


@dataclass(frozen=True)
class LiteralColumn:
    """A constant of a variable that is the name of a column of the source its rows come from."""

    dataset: str
    variable: str
    source: str
    column: str
    problem: SpecProblem


def literal_columns(model: StudyModel, columns: Mapping[str, Collection[str]]) -> Iterator[LiteralColumn]:
    """The constants that name a column, in any case; ``columns`` are those of each source that are known.

    A term of the variable's codelist is one, and so is the name of a column that the same kind of row reads anyway
    (``testcd: SYSBP, result: SYSBP``).
    """
    for name, dataset in model.datasets.items():
        for row_name, row in dataset.rows.items():
            known = {c.casefold(): c for c in columns.get(row.from_, ())}
            if known:
                yield from _of_row(model, name, dataset, row_name, row, known)


def _of_row(
    model: StudyModel, name: str, dataset: Dataset, row_name: str, row: Rows, known: dict[str, str]
) -> Iterator[LiteralColumn]:
    there = {**dataset.variables, **dataset.supplemental, **row.variables}
    read = {u.name for v in there.values() for u in uses(v) if u.kind == "column"}
    read |= {*condition_names(row.where or ""), *(row.distinct or [])}
    for variable, typed in there.items():
        section = "variables" if variable in dataset.variables else "supplemental"
        path = ("rows", row_name, "variables", variable) if variable in row.variables else (section, variable)
        spot = Spot(model.nodes[name], path, f"{name}.{variable}")
        whole = dataset.variables.get(variable)
        terms = _terms(model, typed.codelist or (whole.codelist if whole else None))
        for case, at in zip(cases(typed), case_spots(typed, spot), strict=True):
            column = known.get(case.method.casefold()) if isinstance(case.method, str) else None
            if case.kind != "value" or column is None or column in read or case.method in terms:
                continue
            told = (
                f"the constant text '{case.method}' is written to every record, and {row.from_} has a column {column}; "
                f"if that is meant, write {{copy: {column}}}, or {{code: {column}}} to recode it"
            )
            place = at.root.locate_value((*at.path, "value"))
            problem = SpecProblem(place, spot.subject, told, RULE, "warning")
            yield LiteralColumn(name, variable, row.from_, column, problem)


def _terms(model: StudyModel, codelist: str | list[str] | None) -> set[str]:
    names = [codelist] if isinstance(codelist, str) else codelist or []
    return {t.value for n in names if n in model.codelists for t in model.codelists[n].terms}
