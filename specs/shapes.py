"""The shape of a dataset's file, before layers are laid over each other: sections hold entries, entries hold keys.

What has another shape is reported and left out, so that it neither hides what a layer says nor the errors elsewhere.
"""

from __future__ import annotations

from specs.model import METHODS
from specs.nodes import Node, Spot
from specs.problems import SpecProblem

HINTS = {
    "variables": "{copy: COLUMN}",
    "supplemental": "{copy: COLUMN, label: Text}",
    "rows": "{from: SOURCE}",
    "parameters": "{label: Text, from: DATASET}",
    "relationships": "{to: DATASET, by: {...}}",
}
"""What an entry of a section may look like."""


def well_formed(node: Node, name: str, problems: list[SpecProblem]) -> Node:
    """The file of a dataset without the sections and entries that have another shape; they are reported."""
    for section, hint in HINTS.items():
        given = node.get(section)
        if given is None:
            continue
        spot = Spot(node, (section,), name)
        if not isinstance(given.value, dict):
            problems.append(spot.at_value(f"`{section}:` must hold names, such as NAME: {hint}"))
            node = node.without((section,))
            continue
        for entry in given.mapping:
            at = Spot(node, (section, entry), f"{name} rows.{entry}" if section == "rows" else f"{name}.{entry}")
            told = list(_entry_problems(given.mapping[entry], at, hint, section))
            problems += told
            if told and (section == "rows" or not given.mapping[entry].mapping):
                node = node.without((section, entry))
    return node


def _entry_problems(entry: Node, spot: Spot, hint: str, section: str) -> list[SpecProblem]:
    if not isinstance(entry.value, dict):
        name = spot.path[-1]
        if entry.value is None:
            return [spot.at_key(f"{name} says nothing; write {name}: {hint}")]
        return [spot.at_value(f"{name} must hold keys, not '{entry.plain()}'; write {name}: {hint}")]
    if section == "rows":
        return _each_problems(entry, spot)
    omit = entry.get("omit")
    if omit is None:
        return []
    at = spot.down("omit")
    if not isinstance(omit.value, str) or not omit.value.strip():
        return [at.at_value("`omit:` needs the reason")]
    beside = [m for m in METHODS if m in entry.mapping]
    return [at.at_key(f"is omitted, and has a method ({', '.join(beside)}); keep one of them")] if beside else []


def _each_problems(row: Node, spot: Spot) -> list[SpecProblem]:
    each = row.get("each")
    if each is None:
        return []
    at = spot.down("each")
    if not each.mapping:
        return [at.at_value("`each:` must hold names, such as {HGB: {result: HGB_RES}, WBC: }")]
    wrong = [k for k, v in each.mapping.items() if not isinstance(v.value, dict) and v.value is not None]
    return [at.down(k).at_value(f"'{k}' must hold keys, such as {{result: {k}_RES}}, or nothing") for k in wrong]
