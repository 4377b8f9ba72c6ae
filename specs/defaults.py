"""Defaults of general.yaml: the variables that a dataset has unasked, where what they need is there.

A default applies to a variable that the dataset has no method for, when all that its method needs exists: variables
here, and variables of other datasets. What is optional and not there is left out of its parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from specs.inputs import input_names
from specs.layers import Layer, merge
from specs.model import METHODS, Variable
from specs.nodes import Node
from specs.problems import Place, SpecProblem, nearest
from specs.templates import is_template
from specs.uses import Use, uses
from specs.validation import validate

if TYPE_CHECKING:
    from specs.resolve import StudyModel

DESCRIBING = tuple(n for n in Variable.model_fields if n not in ("copy_", "with_", *METHODS))


def apply_defaults(
    merged: Node, defaults: Node | None, model: StudyModel, name: str, problems: list[SpecProblem]
) -> Node:
    """The variables of a dataset: those with a method, defaults whose references exist, and expected ones, empty."""
    variables = merged.get("variables") or Node({}, merged.place)
    rows = merged.get("rows") or Node({}, merged.place)
    in_rows = {v for r in rows.mapping.values() for v in (r.get("variables") or Node({}, r.place)).mapping}
    known = None if "working" in merged.mapping else model.standard_names.get(name, [])
    in_rows -= set((merged.get("supplemental") or Node({}, merged.place)).mapping)
    own = {v for v, n in variables.mapping.items() if _has_method(n)}
    given = defaults.mapping if defaults else {}
    waiting = _waiting(variables, defaults, own, known)
    parsed: dict[str, Variable] = {}
    possible = own | in_rows | set(waiting)
    for variable, node in list(waiting.items()):
        typed = validate(Variable, node, variable, [])  # what is wrong in a default is told of general.yaml
        if typed is not None:
            waiting[variable] = _lists_reduced(node, typed, possible)
            parsed[variable] = validate(Variable, waiting[variable], variable, []) or typed
    datasets = {*model.broken, *_with_records(model.layers), *input_names(model.study.sources)}
    applied = _activated(parsed, own | in_rows, datasets)
    active = own | in_rows | applied
    result: dict[str, Node] = {}
    places: dict[str, Place] = {}
    order = [*variables.mapping, *(v for v in [*waiting, *sorted(in_rows)] if v not in variables.mapping)]
    for variable in dict.fromkeys(order):
        chosen = waiting[variable] if variable in applied else variables.get(variable)
        node = chosen or Node({}, merged.place, merged.layer)
        if "omit" in node.mapping:
            if set(node.mapping) <= {"omit", "because"} and variable not in {*in_rows, *given}:
                _omits_nothing(name, variable, variables, problems)
            continue
        if variable not in active and not _expected(node):
            _without_method(model, name, variable, node, problems)
            continue
        if variable in applied:
            node = _prune(node, parsed[variable], active)
            model.defaulted.add((name, variable))
        result[variable] = node
        places[variable] = _place_of(variable, variables, defaults if variable in applied else None, rows)
    entries = {**merged.mapping, "variables": Node(result, variables.place, variables.layer, places)}
    return Node(entries, merged.place, merged.layer, merged.key_places)


def withdraw_defaults(model: StudyModel) -> None:
    """Take back the defaults that need a variable which another dataset turned out not to have."""
    while True:
        idle = sorted(n for n in model.defaulted if not _is_served(model, model.datasets[n[0]].variables.get(n[1])))
        if not idle:
            break
        for name, variable in idle:
            model.defaulted.discard((name, variable))
            dataset = model.datasets[name]
            rest = {v: t for v, t in dataset.variables.items() if v != variable}
            given = dataset.variables.get(variable)
            if given is not None and given.core in ("Req", "Exp"):
                bare = Variable.model_validate(given.model_dump(by_alias=True, include=set(DESCRIBING)))
                rest = {v: bare if v == variable else t for v, t in dataset.variables.items()}
            keys = [k for k in dataset.keys if k in rest]
            model.datasets[name] = dataset.model_copy(update={"variables": rest, "keys": keys})
    for name, variable in model.defaulted:
        own = model.datasets[name].variables
        if variable in own:
            own[variable] = _without_absent(model, own[variable])


def _without_absent(model: StudyModel, typed: Variable) -> Variable:
    """A default without its optional parameters that name a variable which another dataset does not have."""
    absent = {u.name for u in uses(typed) if u.kind == "other" and u.optional}
    absent = {name for name in absent if not model.has_variable(*name.rsplit(".", 1))}
    if not absent or typed.with_ is None:
        return typed
    return typed.model_copy(update={"with_": {k: v for k, v in typed.with_.items() if str(v) not in absent}})


def _is_served(model: StudyModel, typed: Variable | None) -> bool:
    return typed is not None and all(
        model.has_variable(*u.name.rsplit(".", 1)) for u in uses(typed) if u.kind == "other" and not u.optional
    )


def _without_method(model: StudyModel, name: str, variable: str, node: Node, problems: list[SpecProblem]) -> None:
    """A variable that the pack itself names has a method: why else name it."""
    own = model.layers[0].datasets.get(name)
    if own is None or len(own.follow(("variables", variable))[0]) < 2:
        return
    before = len(problems)
    validate(Variable, node, f"{name}.{variable}", problems)
    if len(problems) == before:
        text = f"has no method ({', '.join(METHODS)})"
        problems.append(SpecProblem(own.locate(("variables", variable)), f"{name}.{variable}", text))


def _omits_nothing(name: str, variable: str, variables: Node, problems: list[SpecProblem]) -> None:
    """A variable that is omitted is one of the standard or of a layer: else the name is misspelt."""
    if not is_template(variable):
        hint = nearest(variable, variables.mapping.keys() - {variable})
        told = f"there is no {variable} to omit, neither in the standard nor in a layer{hint}"
        problems.append(SpecProblem(variables.key_place(variable), f"{name}.{variable}", told))


def _place_of(variable: str, variables: Node, defaults: Node | None, rows: Node) -> Place:
    """Where a variable is defined: in its dataset, as a default, or in the first row that has it."""
    own = [n for r in rows.mapping.values() if (n := r.get("variables")) is not None and variable in n.mapping]
    holders = [*([defaults] if defaults else []), variables, *own]
    return next(h for h in [*holders, rows] if variable in h.key_places or h is rows).key_place(variable)


def _with_records(layers: list[Layer]) -> set[str]:
    """The datasets that will have records: something says where their rows come from."""
    found = set()
    for layer in layers:
        for name in layer.datasets if not layer.is_standard else []:
            node = layer.datasets.get(name) or layer.head
            rows = node.get("rows")
            asked = [r for _, r in rows.walk()] if rows else []
            if {"table", "parameters"} & set(node.mapping) or any({"from", "derive"} & set(r.mapping) for r in asked):
                found.add(name)
    return found


def _waiting(variables: Node, defaults: Node | None, own: set[str], known: list[str] | None) -> dict[str, Node]:
    """The defaults that could apply: for a variable of this dataset that has no method and is not omitted.

    A variable that only some kinds of rows define keeps its default in the others.
    """
    found: dict[str, Node] = {}
    for variable, default in (defaults.mapping if defaults else {}).items():
        given = variables.get(variable)
        if variable in own or (given is not None and "omit" in given.mapping):
            continue
        if given is None and known is not None and variable not in known and not variable.startswith("_"):
            continue
        found[variable] = merge(given, default) if given is not None else default
    return found


def _lists_reduced(node: Node, typed: Variable, possible: set[str]) -> Node:
    """A default whose lists of variables hold those that this dataset can have, if it can have any of them."""
    given = node.get("with")
    if given is None:
        return node
    absent = {u.name for u in uses(typed) if u.kind == "own"} - possible
    entries = {
        k: Node([m for m in v.items if m.value not in absent] or v.items, v.place, v.layer) if v.items else v
        for k, v in given.mapping.items()
    }
    reduced = Node(entries, given.place, given.layer, given.key_places)
    return Node({**node.mapping, "with": reduced}, node.place, node.layer, node.key_places)


def _activated(parsed: dict[str, Variable], active: set[str], datasets: set[str]) -> set[str]:
    """The defaults whose required variables and datasets all exist, to a fixed point."""

    def exists(use: Use) -> bool:
        if use.kind == "other":
            return use.name.rpartition(".")[0] in datasets
        return use.kind != "own" or use.name in active or use.name in found

    found: set[str] = set()
    while True:
        more = {v for v, t in parsed.items() if v not in found and all(exists(u) for u in uses(t) if not u.optional)}
        if not more:
            return found
        found |= more


def _prune(node: Node, typed: Variable, active: set[str]) -> Node:
    """A default without the optional parameters whose variables this dataset does not have."""
    given = node.get("with")
    if given is None or not given.mapping:
        return node
    gone = {u.name for u in uses(typed) if u.kind == "own" and u.optional and u.name not in active}
    kept = {k: v for k, v in given.mapping.items() if not (isinstance(v.value, str) and v.value in gone)}
    entries = {**node.mapping, "with": Node(kept, given.place, given.layer, given.key_places)}
    return Node(entries, node.place, node.layer, node.key_places)


def _has_method(node: Node) -> bool:
    return any(k in node.mapping for k in METHODS)


def _expected(node: Node) -> bool:
    core = node.get("core")
    return core is not None and core.value in ("Req", "Exp")
