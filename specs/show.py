"""A resolved spec as text: every value with the layer, file and line it came from, and the method as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specs.made import record_rule
from specs.model import METHODS, Dataset, Rows, Variable
from specs.nodes import Node
from specs.problems import nearest
from specs.sentences import method_sentence

if TYPE_CHECKING:
    from specs.resolve import StudyModel

WIDEST = 60


class UnknownName(Exception):
    """What was asked for is neither a dataset nor a variable of the study."""


def show(model: StudyModel, name: str) -> str:
    """The resolved spec of ``AE`` or ``AE.AESTDY``, or of a parameter: ``ADTTE.OS``, ``ADTTE.OS.AVAL``.

    Raises UnknownName with the nearest right name.
    """
    asked = name.strip().upper()
    dataset, _, variable = (asked, "", "") if asked in model.datasets else asked.rpartition(".")
    dataset, variable = (dataset, variable) if dataset else (variable, "")
    if dataset not in model.datasets:
        hint = nearest(dataset, model.datasets) or f"; it has {', '.join(model.datasets) or 'none'}"
        raise UnknownName(f"{model.name} has no dataset {dataset}{hint}")
    spec = model.datasets[dataset]
    if not variable:
        return _dataset(model, dataset, spec)
    in_rows = [v for row in spec.rows.values() for v in row.variables]
    known = dict.fromkeys([*spec.variables, *spec.supplemental, *in_rows])
    if variable not in known:
        raise UnknownName(f"{dataset} has no variable {variable}{nearest(variable, known)}")
    return _variable(model, dataset, variable)


def show_whole(model: StudyModel, name: str) -> str:
    """The resolved spec of a dataset and each of its variables, of its parameters, and of working datasets it reads."""
    parts = [name, *(n for n, d in model.datasets.items() if d.parameter_of == name)]
    read = [row.from_ for part in parts for row in model.datasets[part].rows.values()]
    parts += [n for n in dict.fromkeys(read) if n in model.datasets and model.datasets[n].working]
    texts = []
    for part in parts:
        spec = model.datasets[part]
        in_rows = [v for row in spec.rows.values() for v in row.variables]
        variables = dict.fromkeys([*spec.variables, *spec.supplemental, *in_rows])
        texts += [_dataset(model, part, spec), *(_variable(model, part, v, brief=True) for v in variables)]
    return "\n".join(texts)


def _dataset(model: StudyModel, name: str, spec: Dataset) -> str:
    head = [
        f"{name}  {spec.label}",
        f"  class      {spec.class_}",
        f"  structure  {spec.structure}",
        f"  keys       {', '.join(spec.keys)}",
        f"  file       {model.nodes[name].place.file}",
    ]
    rows = [f"  {row_name:<12} {_row(model, spec, row)}" for row_name, row in spec.rows.items()]
    lines = [*head, "", "rows", *rows, "", "variables"]
    lines += [_line(model, name, v, typed) for v, typed in spec.variables.items()]
    if spec.supplemental:
        lines += ["", "supplemental", *(_line(model, name, v, typed) for v, typed in spec.supplemental.items())]
    return "\n".join(lines) + "\n"


def _row(model: StudyModel, spec: Dataset, row: Rows) -> str:
    """Where the records of a kind of row come from, or the rule by which they are made."""
    where = f" where {row.where}" if row.where else ""
    if not row.from_:
        return record_rule(model, row, spec.keys) + where
    part = model.datasets.get(row.from_)
    rules = [record_rule(model, r, spec.keys) for r in part.rows.values()] if part and part.parameter_of else []
    return f"from {row.from_}{where}" + (f": {rules[0]}" if any(rules) else "")


def _line(model: StudyModel, dataset: str, variable: str, typed: Variable) -> str:
    facts = f"  {variable:<9} {typed.type or '':<4} {typed.core or '':<4}"
    return f"{facts} {method_sentence(model, dataset, variable, brief=True)}"


def _variable(model: StudyModel, dataset: str, variable: str, *, brief: bool = False) -> str:
    root = model.nodes[dataset]
    sections: list[tuple[str, Node | None]] = [("", _at(root, "variables", variable))]
    sections += [("supplemental", _at(root, "supplemental", variable))]
    rows = root.get("rows")
    sections += [(f"rows.{n}", _at(row, "variables", variable)) for n, row in (rows.mapping if rows else {}).items()]
    lines = [f"{dataset}.{variable}"]
    for title, node in sections:
        if node is None or not node.mapping:
            continue
        if title:
            lines += ["", title]
        found = list(_leaves(node))
        widths = [min(max(map(len, column)), WIDEST) for column in zip(*found, strict=True)]
        lines += ["  " + "  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in found]
    lines += ["", f"method: {method_sentence(model, dataset, variable, brief=brief)}"]
    return "\n".join(lines) + "\n"


def _at(node: Node, section: str, name: str) -> Node | None:
    found = node.get(section)
    return found.get(name) if found else None


def _leaves(node: Node, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Every key with its value, its layer, and the file and line where it stands; the method first."""
    for key in sorted(node.mapping, key=lambda k: not path and k not in (*METHODS, "with")):
        child, name = node.mapping[key], f"{path}.{key}" if path else key
        if child.mapping:
            yield from _leaves(child, name)
        else:
            place = node.key_place(key)
            yield name, _written(child.plain()), child.layer, f"{place.file}:{place.line}"


def _written(value: Any) -> str:
    """A value as YAML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_written(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
