"""Methods as English sentences: what ``show`` prints and the method text of define.xml. Design, section 3, rule 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from specs.base import Setting
from specs.made import WITH_THE_RECORD, made_sentence, record_rule, told_of_record
from specs.model import Code, Copy, Dataset, DateTime, Lookup, Rows, Variable
from specs.phrases import english, finished, meant, setting
from specs.uses import Case, Derivation, cases, uses
from transforms.library import REGISTRY

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def method_sentence(model: StudyModel, dataset: str, variable: str, *, brief: bool = False) -> str:
    """How a variable gets its values, in English; where rows of the dataset differ, for each kind of row.

    ``brief``: what is made with a record does not repeat the rule of the record.
    Raises KeyError for a dataset or variable that the study does not have.
    """
    spec = model.datasets[dataset]
    own = spec.variables.get(variable) or spec.supplemental.get(variable)
    by_sentence: dict[str, list[str]] = {}
    for name, row in spec.rows.items():
        said = _of_row(model, spec, row, variable, brief=brief)
        if said:
            by_sentence.setdefault(said, []).append(name)
    if own is None and not by_sentence:
        raise KeyError(f"{dataset}.{variable}")
    if not by_sentence:
        return sentence_of(model, own or Variable(), spec.keys)
    if len(by_sentence) == 1 and len(next(iter(by_sentence.values()))) == len(spec.rows):
        return next(iter(by_sentence))
    parts = [f"For {', '.join(names)}: {said}" for said, names in by_sentence.items()]
    if own is not None and cases(own):
        parts.append(f"Otherwise: {sentence_of(model, own, spec.keys)}")
    return " ".join(parts)


def _of_row(model: StudyModel, spec: Dataset, row: Rows, variable: str, *, brief: bool) -> str:
    """The sentence of a variable in one kind of row; empty where the row says nothing of it.

    A row that stacks a parameter says what the parameter says.
    """
    own, given = spec.variables.get(variable), row.variables.get(variable)
    rule = made_sentence(model, row, variable, given if given is not None and cases(given) else own, spec.keys)
    if rule:
        return WITH_THE_RECORD if brief else rule
    if given is None:
        return ""
    part = model.datasets.get(row.from_)
    if part is not None and part.parameter_of == spec.dataset and given.copy_ and given.copy_.column == variable:
        return method_sentence(model, row.from_, variable, brief=brief)
    listed = given.codelist or (own.codelist if own else None)
    said = sentence_of(model, given.model_copy(update={"codelist": listed}), spec.keys)
    told = told_of_record(row, said)
    return told if brief or told == said else f"{told} {record_rule(model, row, spec.keys)}"


def sentence_of(model: StudyModel, variable: Variable, keys: Sequence[str] = ()) -> str:
    """The sentence of one method, or of the branches of ``when``; ``describe`` of the spec goes before all.

    ``keys`` are those of the dataset, for parameters that say ``keys``.
    """
    if variable.describe:
        return finished(variable.describe)
    found = cases(variable)
    if not found:
        return "No value is given."
    if len(found) == 1 and found[0].condition is None:
        return finished(_phrase(model, found[0], variable, keys), named(variable))
    parts = []
    for case in found:
        condition = f"if {english(case.condition)}" if case.condition else "otherwise"
        parts.append(f"{condition}: {_phrase(model, case, variable, keys).rstrip('.')}")
    return finished("; ".join(parts))


def named(variable: Variable) -> set[str]:
    """The columns and variables that a method names: such a name stays as it is also where it starts a sentence."""
    looked_up = {case.method.take for case in cases(variable) if isinstance(case.method, Lookup)}
    return looked_up | {use.name for use in uses(variable)}


def _phrase(model: StudyModel, case: Case, variable: Variable, keys: Sequence[str]) -> str:
    method = case.method
    if isinstance(method, Copy):
        return _copied(method)
    if isinstance(method, Code):
        return _recoded(method, variable)
    if isinstance(method, DateTime):
        return _dated(method)
    if isinstance(method, Lookup):
        return _looked_up(method)
    if isinstance(method, Derivation):
        transform = REGISTRY.get(method.function)
        given = {n: meant(model, v, keys) for n, v in method.given.items()}
        return transform.describe(given) if transform else f"derived by {method.function}"
    if isinstance(method, Setting):
        return f"set to {setting(model, method.setting)}"
    if case.kind == "predecessor":
        return f"copied from {method}"
    return f"set to '{method}'" if method != "" else "left empty"


def _copied(method: Copy) -> str:
    said = f"{_columns(method.column)} as collected"
    if method.part is not None:
        said += f", part {method.part} between {_separators(method.separator)}"
    if method.pattern:
        said += f", what matches the pattern {method.pattern}"
    return said + (f", in {method.case} case" if method.case else "")


def _separators(given: str | list[str] | None) -> str:
    return " or ".join(f"'{s}'" for s in ([given] if isinstance(given, str) else given or [","]))


def _recoded(method: Code, variable: Variable) -> str:
    said = _columns(method.column)
    if method.part is not None:
        said += f", part {method.part} between {_separators(method.separator)},"
    lists = method.codelist or variable.codelist
    named = ", ".join(lists) if isinstance(lists, list) else lists
    said += f" recoded to controlled terminology ({named})" if named else " recoded"
    if isinstance(method.map, str):
        said += f" with the study's terms in {method.map}"
    elif method.map:
        said += " with " + ", ".join(f"'{k}' as {_term(v)}" for k, v in method.map.items())
    return said


def _term(value: str | None) -> str:
    return f"'{value}'" if value else "missing"


def _dated(method: DateTime) -> str:
    said = f"{method.date} and {method.time}" if method.time else method.date
    formats = method.format if isinstance(method.format, list) else [method.format] if method.format else []
    said += " in ISO 8601, as precise as collected"
    return said + (f", read as {' or '.join(formats)}" if formats else "")


def _looked_up(method: Lookup) -> str:
    pairs = [f"{theirs} is {_ours(ours)}" for theirs, ours in method.match.items()]
    said = f"{method.take} of {method.table or method.source} where {' and '.join(pairs)}"
    if method.as_of:
        said += f", valid on {method.as_of.date} ({method.as_of.from_} to {method.as_of.to})"
    if method.any_if_empty:
        said += f" (an empty {' or '.join(method.any_if_empty)} holds for every value)"
    said += ", recoded to controlled terminology" if method.recode else ""
    return said


def _ours(given: object) -> str:
    if isinstance(given, dict):
        return ", ".join(f"'{v}'" if k == "value" else f"{k} {v}" for k, v in given.items())
    return str(given)


def _columns(column: str | list[str]) -> str:
    return f"the first of {', '.join(column)} that has a value," if isinstance(column, list) else column
