"""Methods as English sentences: what ``show`` prints and the method text of define.xml. Design, section 3, rule 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specs.base import Setting
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import Code, Copy, DateTime, Lookup, Variable
from specs.uses import Case, Derivation, cases
from transforms.library import REGISTRY

if TYPE_CHECKING:
    from specs.resolve import StudyModel


def method_sentence(model: StudyModel, dataset: str, variable: str) -> str:
    """How a variable gets its values, in English; where rows of the dataset differ, for each kind of row.

    Raises KeyError for a dataset or variable that the study does not have.
    """
    spec = model.datasets[dataset]
    own = spec.variables.get(variable) or spec.supplemental.get(variable)
    by_sentence: dict[str, list[str]] = {}
    for name, row in spec.rows.items():
        if variable in row.variables:
            in_row = row.variables[variable]
            listed = in_row.codelist or (own.codelist if own else None)
            said = sentence_of(model, in_row.model_copy(update={"codelist": listed}), spec.keys)
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


def sentence_of(model: StudyModel, variable: Variable, keys: Sequence[str] = ()) -> str:
    """The sentence of one method, or of the branches of ``when``; ``describe`` of the spec goes before all.

    ``keys`` are those of the dataset, for parameters that say ``keys``.
    """
    if variable.describe:
        return _finished(variable.describe)
    found = cases(variable)
    if not found:
        return "No value is given."
    if len(found) == 1 and found[0].condition is None:
        return _finished(_phrase(model, found[0], variable, keys))
    parts = []
    for case in found:
        condition = f"if {_english(case.condition)}" if case.condition else "otherwise"
        parts.append(f"{condition}: {_phrase(model, case, variable, keys).rstrip('.')}")
    return _finished("; ".join(parts))


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
        given = {n: _meant(model, v, keys) for n, v in method.given.items()}
        return transform.describe(given) if transform else f"derived by {method.function}"
    if isinstance(method, Setting):
        return f"set to {_setting(model, method.setting)}"
    if case.kind == "predecessor":
        return f"copied from {method}"
    return f"set to '{method}'" if method != "" else "left empty"


def _meant(model: StudyModel, given: Any, keys: Sequence[str]) -> Any:
    """What a spec gives for a parameter, as it is to be read: settings and keys filled in, conditions in English."""
    if given == "keys":
        return list(keys)
    if isinstance(given, list):
        return [_meant(model, one, keys) for one in given]
    if isinstance(given, dict) and "every" in given:
        but = f" but those of {', '.join(given['except'])}" if given.get("except") else ""
        return f"every {', '.join(given['every'])} of the study{but}"
    if isinstance(given, dict) and len(given) == 1:
        kind, value = next(iter(given.items()))
        if kind in ("value", "codelist"):
            return value
        if kind == "setting":
            return _setting(model, str(value))
    if isinstance(given, dict) and given.get("where"):
        return {**given, "where": _english(str(given["where"]))}
    return given


def _setting(model: StudyModel, name: str) -> str:
    value = f" ({model.setting(name)})" if name in model.setting_names else ""
    return f"the study's setting {name}{value}"


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


def _english(condition: str) -> str:
    try:
        return parse_condition(condition).english()
    except ConditionError:
        return condition


def _finished(sentence: str) -> str:
    """With a capital and a full stop; a name that starts it stays as it is."""
    stripped = sentence.strip()
    first = stripped.split(" ", 1)[0]
    shown = stripped[:1].upper() + stripped[1:] if first.isalpha() and first.islower() else stripped
    return shown if shown.endswith(".") else f"{shown}."
