"""Ways to spoil a valid define.xml or its data, one fault at a time; each gives what does it to a small submission."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime

from delivery.xpt_layout import XptVariable, filled, header
from tests.define.small import NAMESPACES, Small

Fault = Callable[[Small], object]
DEF, XLINK = f"{{{NAMESPACES['def']}}}", f"{{{NAMESPACES['xlink']}}}"


def attribute(oid: str, name: str, value: str | None) -> Fault:
    """Set an attribute of the element with an OID; None removes it."""
    return lambda small: set_attribute(small.oid(oid), name, value)


def at(path: str, name: str, value: str | None) -> Fault:
    """Set an attribute of the only element at an XPath."""
    return lambda small: set_attribute(small.one(path), name, value)


def ref(item: str, name: str, value: str | None) -> Fault:
    """Set an attribute of the ItemRef of an ItemDef."""
    return lambda small: set_attribute(small.ref(item), name, value)


def set_attribute(element, name: str, value: str | None) -> None:
    name = name.replace("def:", DEF).replace("xlink:", XLINK)
    if value is None:
        del element.attrib[name]
    else:
        element.set(name, value)


def remove(path: str) -> Fault:
    """Remove all elements at an XPath."""

    def fault(small: Small) -> None:
        for element in small.all(path):
            element.getparent().remove(element)

    return fault


def repeat(path: str, **changed: str) -> Fault:
    """Add a copy of the element behind it, with other attributes."""

    def fault(small: Small) -> None:
        element = small.one(path)
        other = copy.deepcopy(element)
        for name, value in changed.items():
            other.set(name, value)
        element.addnext(other)

    return fault


def text(path: str, value: str) -> Fault:
    """Another text of the only element at an XPath."""
    return lambda small: setattr(small.one(path), "text", value)


def described(oid: str, value: str) -> Fault:
    """Another description of the element with an OID."""
    return text(f"//*[@OID='{oid}']/odm:Description/odm:TranslatedText", value)


def values(dataset: str, variable: str, *column: object) -> Fault:
    """Other values of a variable in the data."""
    return lambda small: setattr(small.datasets[dataset].variables[variable], "values", list(column))


def stored(dataset: str, variable: str, **changed: str) -> Fault:
    """Another label or format of a variable in the data."""

    def fault(small: Small) -> None:
        for name, value in changed.items():
            setattr(small.datasets[dataset].variables[variable], name, value)

    return fault


def both(*faults: Fault) -> Fault:
    """Changes that make one fault together."""
    return lambda small: [fault(small) for fault in faults]


def longer_column(small: Small) -> None:
    """QVAL of SUPPLB three bytes wider than described and needed, as a program that does not measure writes it."""
    small.column("SUPPLB", "QVAL")[1] = "HEMOLYSIS..."
    content = small.written("supplb.xpt")
    small.bytes["supplb.xpt"] = content.replace(b"HEMOLYSIS...", b"HEMOLYSIS   ")


def column_of_201_bytes(small: Small) -> None:
    """QVAL of SUPPLB as our own writer refuses to write it."""
    variables = small.datasets["SUPPLB"].variables
    variables["QVAL"].values = ["Y", "H" * 201, "N"]
    described_ = [XptVariable(n, v.label, "Char") for n, v in variables.items()]
    widths = [max(map(len, v.values)) for v in variables.values()]
    head = header("SUPPLB", small.datasets["SUPPLB"].label, described_, widths, datetime(2026, 3, 31))
    records = zip(*(v.values for v in variables.values()), strict=True)
    rows = "".join(t.ljust(w) for record in records for t, w in zip(record, widths, strict=True))
    del small.datasets["SUPPLB"]
    small.bytes["supplb.xpt"] = head + filled(rows.encode())
    for oid in ("IT.SUPPLB.QVAL", "IT.SUPPLB.QVAL.LBREASOC"):
        small.oid(oid).set("Length", "201")


def other_bytes(file: str, old: bytes, new: bytes) -> Fault:
    """Other bytes in a transport file."""
    return lambda small: small.bytes.__setitem__(file, small.written(file).replace(old, new))


def drop(dataset: str, variable: str) -> Fault:
    """Take a variable out of the data."""
    return lambda small: small.datasets[dataset].variables.pop(variable)


def without_records(small: Small) -> None:
    for variable in small.datasets["DM"].variables.values():
        variable.type = "Num" if isinstance(variable.values[0], float) else "Char"
        variable.values = []


def order(dataset: str, *names: str) -> Fault:
    """Another order of the first variables in the data."""

    def fault(small: Small) -> None:
        variables = small.datasets[dataset].variables
        small.datasets[dataset].variables = {n: variables[n] for n in [*names, *variables] if n in variables}

    return fault


def swap(first: str, second: str) -> Fault:
    """Exchange two ItemRefs, order numbers and all."""

    def fault(small: Small) -> None:
        one, other = small.ref(first), small.ref(second)
        one.addprevious(other)

    return fault


def non_standard(group) -> None:
    set_attribute(group, "def:StandardOID", None)
    set_attribute(group, "def:IsNonStandard", "Yes")


def guide(small: Small):
    other = copy.deepcopy(small.oid("STD.ADAMIG"))
    other.set("OID", "STD.SDTMIG")
    other.set("Name", "SDTMIG")
    other.set("Version", "3.4")
    return other
