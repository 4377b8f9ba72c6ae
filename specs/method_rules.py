"""The rules of methods: one per variable, known verbs with fitting parameters, formats, lookups and branches that work.

Each rule is one small function; all problems come out together. Design, section 3, rules 1, 2 and 11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from specs.condition_tree import ConditionError
from specs.conditions import parse_condition
from specs.model import METHODS, AsOf, Branch, Code, Copy, DateTime, Lookup, Variable
from specs.nodes import Spot
from specs.problems import SpecProblem, nearest
from specs.uses import COLLECTING, Derivation, cases, is_list, wanted
from transforms.date_formats import FormatError, date_reader, time_width
from transforms.recode import Terms
from transforms.registry import REGISTRY, Column, Parameter, Related, Table

if TYPE_CHECKING:
    from specs.resolve import StudyModel

FORMS: dict[Any, tuple[tuple[str, ...], ...]] = {
    Column: (("value",),),
    Related: (("of",), ("of", "where"), ("every",), ("every", "except")),
    Terms: (("codelist",),),
}
"""The keys that a parameter may have where it is not a name."""


def method_problems(model: StudyModel, typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """What is wrong with the methods of one variable."""
    yield from _number_of_methods(typed, spot)
    yield from _branches(typed, spot)
    for case, at in zip(cases(typed), case_spots(typed, spot), strict=True):
        if case.condition is not None:
            yield from condition_problems(case.condition, at.down("if"))
        if isinstance(case.method, Derivation):
            yield from derivation_problems(case.method, at)
        elif isinstance(case.method, Copy | Code):
            yield from _pieces(case.method, at.down(case.kind))
        elif isinstance(case.method, DateTime):
            yield from _formats(case.method, at.down("datetime"))
        elif isinstance(case.method, Lookup):
            yield from _lookup(model, case.method, at.down("lookup"))
        elif case.kind == "predecessor" and "." not in str(case.method):
            yield at.down("predecessor").at_value(f"'{case.method}' must be DATASET.VARIABLE")


def condition_problems(condition: str, spot: Spot) -> Iterator[SpecProblem]:
    """What is wrong with a condition."""
    try:
        parse_condition(condition)
    except ConditionError as error:
        yield spot.at_value(f'condition "{condition[:80]}": {error}')


def derivation_problems(method: Derivation, spot: Spot) -> Iterator[SpecProblem]:
    """What is wrong with ``derive`` and ``with``: an unknown transform, unknown, missing and unfit parameters."""
    transform = REGISTRY.get(method.function)
    if transform is None:
        yield spot.down("derive").at_value(f"no transform '{method.function}'{nearest(method.function, REGISTRY)}")
        return
    meant = [nearest(n, transform.parameters) for n in method.given if n not in transform.parameters]
    for name, parameter in transform.parameters.items():
        if parameter.required and name not in method.given and not any(f"'{name}'" in hint for hint in meant):
            yield spot.down("derive").at_value(f"{method.function} needs the parameter '{name}'")
    for name, value in method.given.items():
        at = spot.down("with", name)
        if name not in transform.parameters:
            hint = nearest(name, transform.parameters)
            yield at.at_key(f"{method.function} has no parameter '{name}'{hint}")
        elif wrong := _wrong_type(transform.parameters[name], value):
            yield at.at_value(f"{method.function}: parameter '{name}' must be {wrong}")


def _methods_of(holder: Variable | Branch) -> list[str]:
    return [m for m in METHODS if getattr(holder, "copy_" if m == "copy" else m, None) is not None]


def _number_of_methods(typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    given = _methods_of(typed)
    if len(given) > 1:
        yield spot.down(given[-1]).at_key(f"has {len(given)} methods ({', '.join(given)}); give exactly one")
    if typed.with_ is not None and typed.derive is None:
        yield spot.down("with").at_key("`with:` holds the parameters of `derive:`, which is not there")


def _branches(typed: Variable, spot: Spot) -> Iterator[SpecProblem]:
    """Every branch of ``when`` has a condition and one method; the last may be ``else``; all are of one kind."""
    branches = typed.when or []
    if typed.when is not None and not branches:
        yield spot.down("when").at_key("`when:` needs branches, such as [{if: CONDITION, copy: COLUMN}]")
    for i, branch in enumerate(branches):
        at = spot.down("when", i)
        last = i == len(branches) - 1
        if branch.else_ is None and branch.if_ is None:
            yield at.at_value("a branch needs `if: CONDITION`; the last may be `else: {METHOD}`")
        elif branch.else_ is not None and not last:
            yield at.at_value("`else:` must be the last branch")
        elif branch.else_ is not None and (branch.if_ is not None or _methods_of(branch)):
            yield at.at_value("`else:` stands alone: `else: {METHOD}`")
        inner = branch.else_ if branch.else_ is not None else branch
        given = _methods_of(inner)
        if len(given) != 1:
            many = f"has {len(given)} methods ({', '.join(given)})" if given else "has no method"
            yield at.at_value(f'a branch {many}; give exactly one (`value: ""` leaves it empty)')
    kinds = dict.fromkeys(c.kind for c in cases(typed)) if branches else {}
    collected = [k for k in kinds if k in COLLECTING and k != "value"]
    derived = [k for k in kinds if k not in COLLECTING]
    if collected and derived:
        yield spot.down("when").at_key(
            f"`when:` mixes what is collected ({', '.join(collected)}) with what is derived ({', '.join(derived)}); "
            "collect into a working variable (`_NAME: {copy: COLUMN}`) and use `derive: first_of`"
        )


def case_spots(typed: Variable, spot: Spot) -> list[Spot]:
    """Where each of the cases of a variable stands."""
    if typed.when is None:
        return [spot] * len(cases(typed))
    return [
        spot.down("when", i, "else") if branch.else_ is not None else spot.down("when", i)
        for i, branch in enumerate(typed.when)
    ]


def _pieces(method: Copy | Code, spot: Spot) -> Iterator[SpecProblem]:
    if method.part == 0:
        yield spot.down("part").at_value("'part' counts from 1 (the first piece) or from -1 (the last)")
    if isinstance(method, Copy) and method.pattern is not None:
        try:
            re.compile(method.pattern)
        except re.error as error:
            yield spot.down("pattern").at_value(f"'{method.pattern}' is not a regular expression: {error}")


def _formats(method: DateTime | AsOf, spot: Spot) -> Iterator[SpecProblem]:
    given = {"format": method.format, "from_format": method.from_format if isinstance(method, AsOf) else None}
    for key, written in given.items():
        try:
            date_reader(written)
        except FormatError as error:
            yield spot.down(key).at_value(str(error))
    if isinstance(method, DateTime) and method.time_format is not None:
        try:
            time_width(method.time_format)
        except FormatError as error:
            yield spot.down("time_format").at_value(str(error))


def _lookup(model: StudyModel, method: Lookup, spot: Spot) -> Iterator[SpecProblem]:
    if (method.table is None) == (method.source is None):
        yield spot.at_key("a lookup needs either `table:` or `source:`")
    if not method.match:
        yield spot.at_key("a lookup needs `match: {THEIR COLUMN: OUR COLUMN}`")
    for column, ours in method.match.items():
        if isinstance(ours, dict) and set(ours) not in ({"value"}, {"text"}):
            yield spot.down("match", column).at_value(f"'{column}' is matched by a column, `value: X`, or `text: ...`")
        elif isinstance(ours, dict) and not _is_literal(ours.get("value", "")):
            yield spot.down("match", column).at_value("`value:` must be a text, a number, or {setting: NAME}")
    for column in method.any_if_empty:
        if column not in method.match:
            yield spot.down("any_if_empty").at_value(f"'{column}' is not matched{nearest(column, method.match)}")
    if method.as_of:
        yield from _formats(method.as_of, spot.down("as_of"))
    if method.table and (columns := table_columns(model, method.table)) is not None:
        asked = [(spot.down("take").at_value, method.take)]
        asked += [(spot.down("match", c).at_key, c) for c in method.match]
        if method.as_of:
            asked += [(spot.down("as_of", "from").at_value, method.as_of.from_)]
            asked += [(spot.down("as_of", "to").at_value, method.as_of.to)]
        for tell, column in asked:
            if column not in columns:
                yield tell(f"{method.table} has no column '{column}'{nearest(column, columns)}")


def table_columns(model: StudyModel, table: str) -> list[str] | None:
    """The columns of a table; None when it cannot be used."""
    return list(model.table(table).columns) if model.table_fault(table) is None else None


def _wrong_type(parameter: Parameter, value: Any) -> str | None:
    """What a parameter must be, if the given value is not that."""
    if isinstance(value, dict) and set(value) == {"setting"}:
        return None
    kind = wanted(parameter.kind)
    many = is_list(parameter.kind)
    if isinstance(value, list):
        wrong = next((w for v in value if (w := _wrong_one(kind, v))), None) if many else "one, not a list"
        return f"a list, each {wrong}" if wrong and many else wrong
    return _wrong_one(kind, value)


def _wrong_one(kind: Any, value: Any) -> str | None:
    if kind in (Column, Related, Table, Terms):
        return _wrong_name(kind, value)
    origin = get_origin(kind)
    if origin is Literal:
        choices = get_args(kind)
        return None if value in choices else f"one of {', '.join(map(str, choices))}"
    if kind is float:
        return None if isinstance(value, int | float) and not isinstance(value, bool) else "a number"
    if kind in (int, bool, str):
        named = {int: "a whole number", bool: "true or false", str: "text"}[kind]
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return None if fits else named
    if kind is dict or origin is dict:
        return None if isinstance(value, dict) else "keys and values"
    return None


def _wrong_name(kind: Any, value: Any) -> str | None:
    if isinstance(value, dict):
        forms = FORMS.get(kind, ())
        told = " or ".join(f"{{{', '.join(f'{k}: ...' for k in form)}}}" for form in forms)
        if not any(set(value) == set(form) for form in forms):
            return f"a name{f', or {told}' if told else ''}"
        if "value" in value and not _is_literal(value["value"]):
            return "{value: ...} with a text, a number, or {setting: NAME}"
        return _wrong_name(kind, value["of"]) if "of" in value else None
    if not isinstance(value, str):
        return "a name"
    return "DATASET.VARIABLE" if kind is Related and "." not in value else None


def _is_literal(value: Any) -> bool:
    """Whether this can stand as ``{value: ...}``: a text, a number, or a setting."""
    return isinstance(value, str | int | float) or (isinstance(value, dict) and set(value) == {"setting"})
