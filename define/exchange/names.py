"""The names of a define in YAML: those of the standard, with the prefixes that the standard uses.

ODM elements and plain attributes have no prefix (``ItemDef``, ``OID``), others theirs (``def:Origin``, ``xml:lang``). A
name of a namespace without a prefix of its own is written as ``{namespace}name``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
DEF_2_0 = "http://www.cdisc.org/ns/def/v2.0"
ARM = "http://www.cdisc.org/ns/arm/v1.0"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
STANDARD = {
    "def": DEF,
    "arm": ARM,
    "xlink": XLINK,
    "xml": XML,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
LANGUAGE = f"{{{XML}}}lang"


@dataclass(frozen=True)
class Names:
    """The prefixes in use: those of the standard, and those that a file declares for other namespaces."""

    declared: dict[str, str] = field(default_factory=dict)

    @property
    def namespaces(self) -> dict[str, str]:
        """The namespace of every prefix; a prefix of the standard means what it means there."""
        return {**self.declared, **STANDARD}

    def of(self, qualified: str, home: str) -> str:
        """The name in YAML of ``{namespace}name``; ``home`` is the namespace that needs no prefix."""
        space, name = split(qualified)
        if space == home:
            return name
        prefixes = self.namespaces
        found = next((p for p in (*STANDARD, *prefixes) if p and prefixes[p] == space), None)
        return f"{found}:{name}" if found else f"{{{space}}}{name}"

    def element(self, qualified: str) -> str:
        """The name of an element in YAML."""
        return self.of(qualified, ODM)

    def attribute(self, qualified: str) -> str:
        """The name of an attribute in YAML."""
        return self.of(qualified, "")

    def qualified(self, name: str, home: str) -> str:
        """The ``{namespace}name`` of a name in YAML. Raises KeyError for a prefix that nothing declares."""
        if name.startswith("{"):
            return name.removeprefix("{}")
        prefix, colon, local = name.partition(":")
        space = self.namespaces[prefix] if colon else home
        return f"{{{space}}}{local or prefix}" if space else local or prefix


def split(qualified: str) -> tuple[str, str]:
    """Namespace and name of ``{namespace}name``."""
    if qualified.startswith("{"):
        space, _, name = qualified[1:].partition("}")
        return space, name
    return "", qualified


def odm(name: str) -> str:
    """``{ODM}name``."""
    return f"{{{ODM}}}{name}"


def define(name: str) -> str:
    """``{Define-XML 2.1}name``."""
    return f"{{{DEF}}}{name}"


def arm(name: str) -> str:
    """``{Analysis Results Metadata}name``."""
    return f"{{{ARM}}}{name}"
