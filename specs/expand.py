"""From what people write to what the model holds: ``--`` names, short keys of rows, and ``each``.

``--DTC`` in a layer stands for the dataset's own ``AEDTC``. A short key of a row (``result: HGB_RES``) sets a variable
as the layer's ``row_keys`` say. A row with ``each`` stands for several rows, with ``{key}`` in place of the name of
each one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from specs.layers import merge
from specs.model import METHODS, Rows
from specs.nodes import Node
from specs.problems import SpecProblem, nearest
from specs.uses import condition_names
from transforms.library import REGISTRY
from transforms.time_to_event import MAKES

PREFIX = re.compile(r"--(?=[A-Z])|^--$")
KIND_OF = {"Findings About": ("Findings",)}
"""What a class is a kind of: what is said of that holds for it, too (SDTM 2.0, 3.1.3.1)."""
PROSE = ("because", "describe", "comment", "omit")
"""What people say of a line, in which ``--`` is only itself."""
SAYS_NOTHING = ("", "N", None)
"""Constants that give a status or a reason no more than an empty cell does."""
ROW_FIELDS = {f.alias or n for n, f in Rows.model_fields.items()}


def domain_code(dataset: str) -> str:
    """The two letters that ``--`` stands for; in an analysis dataset (ADAE) those of the domain that it analyses."""
    return dataset[2:4] if dataset.startswith("AD") and len(dataset) >= 4 else dataset[:2]


def fill_prefix(node: Node, code: str) -> Node:
    """The node with every ``--`` replaced by the dataset's letters, in keys and values.

    In ``{every: [--DTC]}`` it stands for the letters of every dataset, and stays; so it does in prose.
    """
    return _map_text(node, lambda text: PREFIX.sub(code, text), keep=("every", *PROSE))


def fill_key(node: Node, key: str) -> Node:
    """The node with every ``{key}`` replaced."""
    return _map_text(node, lambda text: text.replace("{key}", key))


def _map_text(node: Node, change: Callable[[str], str], keep: tuple[str, ...] = ()) -> Node:
    if isinstance(node.value, dict):
        entries = {change(k): v if k in keep else _map_text(v, change, keep) for k, v in node.value.items()}
        return Node(entries, node.place, node.layer, {change(k): p for k, p in node.key_places.items()})
    if isinstance(node.value, list):
        return Node([_map_text(v, change, keep) for v in node.value], node.place, node.layer)
    if isinstance(node.value, str):
        return Node(change(node.value), node.place, node.layer)
    return node


def expand_predecessors(dataset: Node) -> Node:
    """``predecessors: {AE: [AESEQ, AELLT]}`` as variables, each with the method ``predecessor: AE.AESEQ``."""
    given = dataset.get("predecessors")
    if given is None:
        return dataset
    made: dict[str, Node] = {}
    places = {}
    for source, listed in given.mapping.items():
        for item in listed.items:
            made[str(item.value)] = Node(
                {"predecessor": Node(f"{source}.{item.value}", item.place, item.layer)}, item.place, item.layer
            )
            places[str(item.value)] = item.place
    variables = merge(dataset.get("variables"), Node(made, given.place, given.layer, places))
    kept = {k: v for k, v in dataset.mapping.items() if k != "predecessors"}
    return Node({**kept, "variables": variables}, dataset.place, dataset.layer, dataset.key_places)


def only(node: Node, names: list[str]) -> Node:
    """A mapping without its other entries."""
    return Node({k: v for k, v in node.mapping.items() if k in names}, node.place, node.layer, node.key_places)


def variable_names(nodes: list[Node]) -> dict[str, bool]:
    """Every variable that datasets, rows, parameters, short keys and defaults name.

    True: only ever taken from a variable of the same name (so it is what it is there).
    """
    found: dict[str, bool] = {}
    for node in nodes:
        for path, section in node.walk():
            if path and path[-1] == "variable" and isinstance(section.value, str):
                found[section.value] = False
            elif not path or path[-1] == "variables":
                for name, variable in section.mapping.items():
                    found[name] = found.get(name, True) and _is_same(name, variable)
            elif len(path) == 2 and path[0] == "parameters":
                found |= dict.fromkeys(made_unasked(section), False)
    return found


def made_unasked(row: Node) -> tuple[str, ...]:
    """The variables that a transform, or a time to event, gives the records that it makes; none for other rows."""
    if "time_to_event" in row.mapping:
        return MAKES
    function = row.get("derive")
    transform = REGISTRY.get(str(function.value)) if function else None
    if transform is None:
        return ()
    parameters = row.get("with")
    given = parameters.plain() if parameters is not None else None
    return transform.made_with(given if isinstance(given, dict) else {})


def _is_same(name: str, variable: Node) -> bool:
    taken = variable.get("copy") or variable.get("predecessor")
    return taken is not None and str(taken.value).rpartition(".")[2] == name


def expand_rows(dataset: Node, name: str, row_keys: Node | None, problems: list[SpecProblem]) -> Node:
    """The dataset with ``each`` unrolled and short keys turned into variables of their row.

    A row that only layers define and that no study gave a ``from`` is a definition in waiting and is left out.
    """
    rows = dataset.get("rows")
    if rows is None:
        return dataset
    keys = fill_prefix(row_keys, domain_code(name)).mapping if row_keys else {}
    shared = dataset.get("variables")
    expanded: dict[str, Node] = {}
    places = {}
    for row_name, row in rows.mapping.items():
        place = rows.key_place(row_name)
        for full_name, single in _unroll(row_name, row):
            if "from" not in single.mapping and single.layer != dataset.layer:
                continue
            expanded[full_name] = expand_row(single, f"{name} rows.{full_name}", keys, problems, shared)
            places[full_name] = place
    entries = {**dataset.mapping, "rows": Node(expanded, rows.place, rows.layer, places)}
    return Node(entries, dataset.place, dataset.layer, dataset.key_places)


def emptied(dataset: Node, given: Node | None, code: str) -> Node:
    """What general.yaml empties, of the variables that a dataset has: ``{VSORRESU: "VSSTAT = 'NOT DONE'"}``."""
    variables = (dataset.get("variables") or Node({}, dataset.place)).mapping
    filled = fill_prefix(given, code).mapping if given else {}
    kept = {v: c for v, c in filled.items() if {v, *condition_names(str(c.plain()))} <= set(variables)}
    return Node(kept, dataset.place, dataset.layer)


def _unroll(name: str, row: Node) -> list[tuple[str, Node]]:
    each = row.get("each")
    if each is None:
        return [(name, row)]
    shared = Node({k: v for k, v in row.mapping.items() if k != "each"}, row.place, row.layer, row.key_places)
    result = []
    for key, own in each.mapping.items():
        if not isinstance(own.value, dict):
            own = Node({}, own.place, own.layer)
        result.append((f"{name}.{key}", fill_key(merge(own, shared), key)))
    return result


def expand_row(
    row: Node, subject: str, keys: dict[str, Node], problems: list[SpecProblem], shared: Node | None = None
) -> Node:
    """One row with its short keys turned into variables; keys that nothing knows are reported.

    ``shared`` are the variables of the dataset, which hold in the row as well.
    """
    entries: dict[str, Node] = {}
    places = {}
    short: dict[str, Node] = {}
    short_places = {}
    for key, value in row.mapping.items():
        place = row.key_place(key)
        if key in ROW_FIELDS:
            entries[key] = value
            places[key] = place
        elif key in keys:
            target = keys[key].mapping
            method = target["method"].plain()
            variable = str(target["variable"].plain())
            short_places[variable] = place
            if isinstance(value.value, dict) and any(k in METHODS for k in value.mapping):
                short[variable] = value
            else:
                short[variable] = Node({method: value}, place, value.layer, {method: place})
        else:
            text = f"unknown key '{key}'{nearest(key, [*ROW_FIELDS, *keys])}"
            problems.append(SpecProblem(place, subject, text))
    own = entries.get("variables") or Node({}, row.place, row.layer)
    around = {**(shared.mapping if shared else {}), **own.mapping}
    has_needed = any(t.mapping["variable"].plain() in short for t in keys.values() if _is_needed(t))
    needed = _needed(keys, {**around, **short}, set(short))
    if has_needed:
        short |= _absent(row, keys, {*around, *short})
    if needed:
        given = entries.get("where")
        own_part = [f"({given.plain()})"] if given else []
        condition = " and ".join([*own_part, needed])
        entries["where"] = Node(condition, given.place if given else row.place, row.layer)
    entries["variables"] = merge(own, Node(short, row.place, row.layer, short_places)) if short else own
    return Node(entries, row.place, row.layer, places)


def _needed(keys: dict[str, Node], variables: dict[str, Node], short: set[str]) -> str:
    """The condition that a raw row is a record: what it needs is given; empty if it needs nothing.

    A test that was not done has no result, but a status or a reason (SDTMIG 3.4, 4.5.1.2).
    """
    needed: list[str] = []
    beside: list[str] = []
    for target in keys.values():
        variable = str(target.mapping["variable"].plain())
        if _is_needed(target) and variable in short:
            needed += _copied(variables[variable])
        elif _is_needed(target, "beside") and variable in variables:
            beside += _given(variables[variable])
    tests = list(dict.fromkeys([*needed, *beside])) if needed else []
    return f"({' or '.join(tests)})" if len(tests) > 1 else "".join(tests)


def _is_needed(key: Node, how: bool | str = True) -> bool:
    said = key.get("needed")
    return said is not None and said.value == how


def _given(variable: Node) -> list[str]:
    """Conditions of which one holds where the raw record gives a variable: by a column, or by a branch of ``when``."""
    when = variable.get("when")
    if when is None:
        return _copied(variable)
    found = []
    for branch in when.items:
        condition, value = branch.get("if"), branch.get("value")
        copied = _copied(branch.get("else") or branch)
        if condition is None:
            found += copied
        elif value is not None and value.value not in SAYS_NOTHING:
            found.append(f"({condition.plain()})")
        else:
            found += [f"(({condition.plain()}) and {test})" for test in copied]
    return found


def _copied(variable: Node) -> list[str]:
    """Conditions that the raw columns that a variable copies or codes have a value; none for another method."""
    method = variable.get("copy") or variable.get("code")
    column = (method.get("column") or method) if method is not None else None
    columns = (column.items or [column]) if column is not None else []
    return [f"`{c.value}` is not missing" for c in columns if isinstance(c.value, str)]


def _absent(row: Node, keys: dict[str, Node], there: set[str]) -> dict[str, Node]:
    """The values of short keys that a row leaves out."""
    found = {}
    for target in keys.values():
        value, variable = target.get("absent"), str(target.mapping["variable"].plain())
        if value is not None and variable not in there:
            found[variable] = Node({"value": value}, row.place, row.layer)
    return found
