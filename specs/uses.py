"""What a method refers to: raw columns, variables of its own dataset, variables of others, tables, settings.

Everything that must know references asks here: which defaults apply, the order of variables, the check of names, and
what explains a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from specs.base import Setting
from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import Branch, Code, Codes, Copy, DateTime, Lookup, Variable
from transforms.library import REGISTRY
from transforms.recode import Terms
from transforms.registry import Column, Parameter, Related, Table

OTHER = re.compile(r"[A-Z][A-Z0-9]{1,7}\.[A-Z_][A-Z0-9_]*")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""A column in a text that is made of columns: ``L{SITE}``."""
COLLECTING = ("copy", "value", "code", "datetime", "lookup")


@dataclass(frozen=True)
class Derivation:
    """``derive`` of one method: the transform's name and what the spec gives it."""

    function: str
    given: dict[str, Any]


Leaf = Copy | Code | DateTime | Lookup | Derivation | Setting | str | float


@dataclass(frozen=True)
class Case:
    """One method with the condition under which it applies (None: always)."""

    condition: str | None
    kind: str
    method: Leaf


def cases(variable: Variable | Branch) -> list[Case]:
    """The methods of a variable, one for each branch of ``when``."""
    if isinstance(variable, Variable) and variable.when is not None:
        return [c for branch in variable.when for c in _branch_cases(branch)]
    found = _method(variable)
    return [Case(None, *found)] if found else []


def _branch_cases(branch: Branch) -> list[Case]:
    if branch.else_ is not None:
        found = _method(branch.else_)
        return [Case(None, *found)] if found else [Case(None, "value", "")]
    found = _method(branch)
    return [Case(branch.if_, *found)] if found else [Case(branch.if_, "value", "")]


def _method(holder: Variable | Branch) -> tuple[str, Leaf] | None:
    if holder.copy_ is not None:
        return "copy", holder.copy_
    if holder.code is not None:
        return "code", holder.code
    if holder.datetime is not None:
        return "datetime", holder.datetime
    if holder.lookup is not None:
        return "lookup", holder.lookup
    if holder.derive is not None:
        return "derive", Derivation(holder.derive, dict(holder.with_ or {}))
    if holder.predecessor is not None:
        return "predecessor", holder.predecessor
    return ("value", holder.value) if holder.value is not None else None


def is_collected(variable: Variable) -> bool:
    """Whether every method reads the raw record (and none a dataset)."""
    return all(c.kind in COLLECTING for c in cases(variable))


@dataclass(frozen=True)
class Use:
    """One reference: what kind of thing, its name, and whether the method can do without it."""

    kind: str
    """``column`` (raw), ``own`` (variable here), ``other`` (DATASET.VARIABLE), ``table``, ``source``, ``setting``."""
    name: str
    optional: bool = False


def uses(variable: Variable) -> list[Use]:
    """All references of a variable's methods and conditions."""
    found: list[Use] = []
    collected = is_collected(variable)
    for case in cases(variable):
        if case.condition:
            found += [_named(n, collected) for n in condition_names(case.condition)]
        found += list(_leaf_uses(case))
    return found


def condition_names(text: str) -> tuple[str, ...]:
    """The names in a condition; none if it cannot be parsed (the check of conditions reports that)."""
    try:
        return parse_condition(text).names
    except ConditionError:
        return ()


def _named(name: str, collected: bool) -> Use:
    if collected:
        return Use("column", name)
    return Use("other", name) if "." in name else Use("own", name)


def _leaf_uses(case: Case) -> Iterator[Use]:
    method = case.method
    if isinstance(method, Copy | Code):
        for column in method.column if isinstance(method.column, list) else [method.column]:
            yield Use("column", column)
        if isinstance(method, Code) and method.display:
            yield Use("column", method.display)
        if isinstance(method, Code) and isinstance(method.map, str):
            yield Use("table", method.map)
    elif isinstance(method, DateTime):
        yield Use("column", method.date)
        if method.time:
            yield Use("column", method.time)
    elif isinstance(method, Lookup):
        yield Use("table", method.table) if method.table else Use("source", method.source or "")
        for ours in method.match.values():
            if isinstance(ours, str):
                yield Use("column", ours)
            elif isinstance(ours, dict):
                yield from (Use("column", c) for c in PLACEHOLDER.findall(str(ours.get("text", ""))))
                yield from _literal_uses(ours.get("value"))
        if method.as_of:
            yield Use("column", method.as_of.date)
    elif isinstance(method, Setting):
        yield Use("setting", method.setting)
    elif isinstance(method, Derivation):
        yield from derivation_uses(method)
    elif case.kind == "predecessor":
        yield Use("other", str(method))


def derivation_uses(derivation: Derivation) -> Iterator[Use]:
    """The references in the parameters of one ``derive``."""
    transform = REGISTRY.get(derivation.function)
    for name, value in derivation.given.items():
        parameter = transform.parameters.get(name) if transform else None
        if parameter is not None:
            yield from parameter_uses(parameter, value)


def parameter_uses(parameter: Parameter, value: Any) -> Iterator[Use]:
    """The references in what a spec gives for one parameter."""
    if isinstance(value, dict) and set(value) == {"setting"}:
        yield Use("setting", str(value["setting"]))
        return
    kind = wanted(parameter.kind)
    if kind is Table:
        yield Use("table", str(value))
    elif kind is Terms:
        if isinstance(value, dict):
            yield Use("own", Codes.model_validate(value).codelist, optional=True)
    elif kind in (Column, Related):
        many = value if isinstance(value, list) else [value]
        for one in many:
            yield from variable_uses(one, optional=not parameter.required)


def variable_uses(one: Any, optional: bool) -> Iterator[Use]:
    """The references of one named variable, or of ``{of: DATASET.VARIABLE, where: ...}``."""
    if isinstance(one, dict) and "of" in one:
        dataset = str(one["of"]).rpartition(".")[0]
        yield Use("other", str(one["of"]), optional)
        for name in condition_names(str(one.get("where") or "")):
            yield Use("other", name if "." in name else f"{dataset}.{name}", optional)
    elif isinstance(one, dict) and "value" in one:
        yield from _literal_uses(one["value"])
    elif (isinstance(one, dict) and "every" in one) or one == "keys":
        return
    elif isinstance(one, str):
        yield Use("other", one, optional) if "." in one else Use("own", one, optional)


def _literal_uses(value: Any) -> Iterator[Use]:
    """The setting that a literal stands for: ``{value: {setting: NAME}}``."""
    if isinstance(value, dict) and "setting" in value:
        yield Use("setting", str(value["setting"]))


def wanted(kind: Any) -> Any:
    """The bare kind of a parameter: ``Column | None`` and ``list[Column]`` are ``Column``."""
    if kind in (Column, Related, Table, Terms):
        return kind
    arguments = [a for a in get_args(kind) if a is not type(None)]
    if get_origin(kind) is list or (arguments and type(None) in get_args(kind)):
        return wanted(arguments[0])
    return kind


def is_list(kind: Any) -> bool:
    """Whether a parameter takes several."""
    if get_origin(kind) is list:
        return True
    return any(is_list(a) for a in get_args(kind) if a is not type(None)) if type(None) in get_args(kind) else False
