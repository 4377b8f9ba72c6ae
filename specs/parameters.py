"""``parameters:`` of an analysis dataset: each parameter becomes a dataset of its own, and the dataset stacks them.

``ADRS.PD`` is the records of one parameter. It may be made from another dataset, from other parameters, or by a
transform that makes records; others refer to it as ``ADRS.PD.ADT``. What describes a variable (label, type, codelist)
is said once, for the dataset. Design, section 3 (parameters from parameters).
"""

from __future__ import annotations

from specs.expand import expand_row, made_unasked
from specs.layers import METHOD_KEYS, merge
from specs.nodes import Node
from specs.problems import SpecProblem


def split_parameters(
    dataset: Node, name: str, keys: dict[str, Node], described: Node, problems: list[SpecProblem]
) -> tuple[Node, dict[str, Node]]:
    """The dataset with one kind of row per parameter, and the dataset of each parameter.

    ``described`` holds the variables that the standard's structure describes.
    """
    given = dataset.get("parameters")
    if given is None:
        return dataset, {}
    variables = merge(dataset.get("variables") or _mapping({}, dataset), described)
    parts: dict[str, Node] = {}
    rows: dict[str, Node] = {}
    places = {}
    for code, parameter in given.mapping.items():
        label = parameter.get("label")
        if label is None:
            text = f"parameter {code} needs `label:`"
            problems.append(SpecProblem(given.key_place(code), name, text))
            continue
        row = expand_row(_without(parameter, "label"), f"{name}.{code}", keys, problems)
        own = _own_variables(code, label, row, variables)
        entries = {
            "dataset": Node(f"{name}.{code}", parameter.place, parameter.layer),
            "parameter_of": Node(name, parameter.place, parameter.layer),
            "class": dataset.mapping["class"],
            "standard": Node("adam", parameter.place, parameter.layer),
            "variables": own,
            "rows": _mapping({code: _without(row, "variables")}, parameter),
        }
        parts[f"{name}.{code}"] = Node(entries, parameter.place, parameter.layer)
        copies = {v: _mapping({"copy": Node(v, parameter.place, parameter.layer)}, parameter) for v in own.mapping}
        rows[code] = _mapping(
            {
                "from": Node(f"{name}.{code}", parameter.place, parameter.layer),
                "variables": _mapping(copies, parameter),
            },
            parameter,
        )
        places[code] = given.key_place(code)
    kept = {k: v for k, v in dataset.mapping.items() if k != "parameters"}
    stacked = Node(
        {**kept, "rows": Node(rows, given.place, given.layer, places)}, dataset.place, dataset.layer, dataset.key_places
    )
    return stacked, parts


def _own_variables(code: str, label: Node, row: Node, described: Node) -> Node:
    """What the parameter sets, each with what the dataset says of the variable."""
    given = row.get("variables") or _mapping({}, row)
    always = {"PARAMCD": Node(code, label.place, label.layer), "PARAM": label}
    fixed = {v: _mapping({"value": n}, label) for v, n in always.items()}
    source = row.get("from")
    if source is not None and "SRCDOM" in described.mapping:
        fixed["SRCDOM"] = _mapping({"value": source}, source)
    fixed |= {v: _mapping({}, label) for v in made_unasked(row) if v not in given.mapping}
    own = merge(given, _mapping(fixed, label))
    entries = {}
    for variable, node in own.mapping.items():
        about = described.get(variable)
        said = {k: v for k, v in about.mapping.items() if k not in METHOD_KEYS} if about else {}
        entries[variable] = merge(node, _mapping(said, about)) if about else node
    return Node(entries, own.place, own.layer, own.key_places)


def _mapping(entries: dict[str, Node], near: Node) -> Node:
    return Node(entries, near.place, near.layer)


def _without(node: Node, key: str) -> Node:
    return Node({k: v for k, v in node.mapping.items() if k != key}, node.place, node.layer, node.key_places)
