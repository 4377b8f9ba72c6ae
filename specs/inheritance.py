"""What a variable is when it is taken from another dataset under its own name: the same as there.

``AELLT: {predecessor: AE.AELLT}`` of ADAE has the label, type and codelist of AE.AELLT without saying so. Source:
ADaMIG 1.3, 3.1.1 (a variable of the same name has the same attributes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from specs.inputs import DESCRIBED
from specs.layers import merge
from specs.model import Copy, Dataset, Variable
from specs.nodes import Node
from specs.uses import cases

if TYPE_CHECKING:
    from specs.resolve import StudyModel

Name = tuple[str, str]


def inherit(model: StudyModel) -> None:
    """Complete the variables of analysis datasets that lack a label or a type and are taken as they are elsewhere."""
    for name, dataset in list(model.datasets.items()):
        if dataset.standard != "adam":
            continue
        for variable, typed in dataset.variables.items():
            if variable.startswith("_"):
                continue
            if typed.label and typed.type:
                _take_lists(model, (name, variable))
                continue
            found = _origin(model, (name, variable), ())
            if found is not None:
                _complete(model, (name, variable), found)


def _origin(model: StudyModel, name: Name, above: tuple[Name, ...]) -> Name | None:
    """The variable, here or farther back, that says what this one is."""
    dataset = model.datasets.get(name[0])
    typed = _typed(dataset, name[1]) if dataset else None
    if dataset is None or typed is None or name in above:
        return None
    if typed.label and typed.type:
        return name
    for source in _taken_from(model, dataset, name[1], typed):
        found = _origin(model, (source, name[1]), (*above, name))
        if found is not None:
            return found
    return None


def _taken_from(model: StudyModel, dataset: Dataset, variable: str, typed: Variable) -> Iterator[str]:
    """The datasets that a variable is taken from under its own name."""
    for row in dataset.rows.values():
        for case in cases(row.variables.get(variable) or typed):
            if isinstance(case.method, Copy) and case.method.column == variable and row.from_ in model.datasets:
                yield row.from_
            elif case.kind == "predecessor" and str(case.method).rpartition(".")[2] == variable:
                yield str(case.method).rpartition(".")[0]


def _take_lists(model: StudyModel, name: Name) -> None:
    """The lists of what a variable is taken from as it is, where only a standard says its own."""
    dataset = model.datasets[name[0]]
    typed = dataset.variables[name[1]]
    own = _at(model, name)
    said = own.get("codelist") if own is not None else None
    if said is None or said.layer not in {layer.name for layer in model.layers if layer.is_standard}:
        return
    for source in _taken_from(model, dataset, name[1], typed):
        other = model.datasets.get(source)
        taken = _typed(other, name[1]) if other else None
        if taken is not None and taken.codelist and taken.codelist != typed.codelist:
            completed = typed.model_copy(update={"codelist": taken.codelist})
            variables = {**dataset.variables, name[1]: completed}
            model.datasets[name[0]] = dataset.model_copy(update={"variables": variables})
            return


def _at(model: StudyModel, name: Name) -> Node | None:
    """The merged node of a variable."""
    variables = model.nodes[name[0]].get("variables")
    return variables.get(name[1]) if variables is not None else None


def _typed(dataset: Dataset, variable: str) -> Variable | None:
    """A variable or a supplemental qualifier, which is text unless it says otherwise."""
    qualifier = dataset.supplemental.get(variable)
    if qualifier is not None:
        return qualifier.model_copy(update={"type": qualifier.type or "Char"})
    return dataset.variables.get(variable)


def _complete(model: StudyModel, name: Name, origin: Name) -> None:
    dataset, variable = model.datasets[name[0]], name[1]
    source = _typed(model.datasets[origin[0]], variable)
    typed = dataset.variables[variable]
    known = {k: getattr(source, k) for k in DESCRIBED}
    update = {k: v for k, v in known.items() if v is not None and getattr(typed, k) is None}
    completed = typed.model_copy(update=update)
    model.datasets[name[0]] = dataset.model_copy(update={"variables": {**dataset.variables, variable: completed}})
    _show_origin(model, name, origin, set(update))


def _show_origin(model: StudyModel, name: Name, origin: Name, keys: set[str]) -> None:
    """The merged nodes say where the description came from."""
    node, of = model.nodes[name[0]], model.nodes[origin[0]]
    source = (of.get("variables") or of).get(name[1]) or (of.get("supplemental") or of).get(name[1])
    variables = node.get("variables")
    if source is None or variables is None:
        return
    about = Node({k: v for k, v in source.mapping.items() if k in keys}, source.place, source.layer, source.key_places)
    own = variables.get(name[1])
    variables.mapping[name[1]] = merge(own, about) if own is not None else about
