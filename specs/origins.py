"""Where a variable's values come from, in the words of Define-XML 2.1: inferred from its method (design, 3 rule 4)."""

from __future__ import annotations

from specs.model import Lookup, Variable
from specs.uses import Derivation, cases
from transforms.library import REGISTRY

BY_KIND = {
    "copy": "Collected",
    "code": "Collected",
    "datetime": "Collected",
    "value": "Assigned",
    "predecessor": "Predecessor",
}
SOURCES = {
    "Collected": ("Investigator", "Subject", "Vendor"),
    "Derived": ("Sponsor", "Vendor", "Investigator"),
    "Assigned": ("Sponsor", "Vendor", "Investigator"),
    "Protocol": ("Sponsor",),
}
"""Who may be the source of what (Define-XML 2.1, def:Origin/@Source); the other types of origin have none."""
RANK = ("Derived", "Collected", "Predecessor", "Protocol", "Assigned")


def inferred_origin(variable: Variable, *, of_dataset: bool = False) -> str:
    """The origin type of a variable; of several methods the one that says most. Empty without a method.

    ``of_dataset``: the rows come from another dataset, so that what they copy was not collected here.
    """
    if variable.origin:
        return variable.origin
    if variable.dictionary:
        return "Assigned"
    found = {_of_case(c.kind, c.method, of_dataset) for c in cases(variable)}
    return next((o for o in RANK if o in found), "")


def _of_case(kind: str, method: object, of_dataset: bool) -> str:
    if of_dataset and kind in ("copy", "code", "datetime"):
        return "Predecessor" if kind == "copy" else "Derived"
    if isinstance(method, Lookup):
        return "Protocol" if method.table else "Collected"
    if isinstance(method, Derivation):
        return REGISTRY[method.function].origin if method.function in REGISTRY else "Derived"
    return BY_KIND[kind]
