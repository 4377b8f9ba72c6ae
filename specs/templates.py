"""Indexed and suffixed variable names of a standard: ``TRTxxP`` describes TRT01P, ``*DT`` any name that ends so.

In a name, lower-case letters stand for an index: ``xx`` and ``zz`` for 01 to 99, ``y`` for 1 to 99, ``w`` for 1 to 9;
``*`` stands for the letters that a study chooses. CDISC names have no lower-case letters of their own, so this holds
for every standard. Source: ADaMIG 1.3, 3.1.5 (symbols in names) and 3.3.3 (suffixes for user-defined timing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from specs.nodes import Node

_INDEX = re.compile(r"xx|zz|y|w|\*")
_PATTERNS = {
    "xx": r"(0[1-9]|[1-9]\d)",
    "zz": r"(0[1-9]|[1-9]\d)",
    "y": r"([1-9]\d?)",
    "w": r"([1-9])",
    "*": r"[A-Z]\w*",
}


def is_template(name: str) -> bool:
    """Whether a variable name stands for many."""
    return name.startswith("*") or any(c.islower() for c in name)


def fill_templates(described: Node, names: Iterable[str], own: Iterable[str] = ()) -> Node:
    """The described variables with each template replaced by those of ``names`` that it describes.

    A name that is described as it stands has no need of a template; of several templates the most particular holds.
    ``own`` are names that say themselves what they are (copies of a variable of the same name): no suffix describes
    them.
    """
    templates = [t for t in described.mapping if is_template(t)]
    if not templates:
        return described
    exempt = set(own)
    chosen: dict[str, dict[str, Node]] = {t: {} for t in templates}
    for name in dict.fromkeys(names):
        found = None if name in described.mapping else _template_of(name, tuple(templates), suffixes=name not in exempt)
        if found is not None:
            template, indices = found
            chosen[template][name] = _with_indices(described.mapping[template], indices)
    entries: dict[str, Node] = {}
    places = dict(described.key_places)
    for key, node in described.mapping.items():
        filled = chosen.get(key, {key: node})
        entries.update(filled)
        places.update({name: described.key_place(key) for name in filled})
    return Node(entries, described.place, described.layer, places)


@lru_cache(maxsize=4096)
def _template_of(name: str, templates: tuple[str, ...], *, suffixes: bool) -> tuple[str, dict[str, str]] | None:
    """The most particular template that describes a name, and what its indices stand for."""
    matching = [
        (len(_INDEX.sub("", t)), t, match)
        for t in templates
        if (suffixes or not t.startswith("*")) and (match := re.fullmatch(_pattern(t), name)) is not None
    ]
    if not matching:
        return None
    _, template, match = max(matching, key=lambda m: (not m[1].startswith("*"), m[0]))
    symbols = [s for s in _INDEX.findall(template) if s != "*"]
    return template, dict(zip(symbols, match.groups(), strict=True))


def _pattern(template: str) -> str:
    pieces = _INDEX.split(template)
    symbols = _INDEX.findall(template)
    return re.escape(pieces[0]) + "".join(_PATTERNS[s] + re.escape(p) for s, p in zip(symbols, pieces[1:], strict=True))


def _with_indices(node: Node, indices: dict[str, str]) -> Node:
    label = node.get("label")
    if label is None or not indices:
        return node
    text = re.sub(rf"\b({'|'.join(indices)})\b", lambda m: indices[m[1]], str(label.value))
    filled = {**node.mapping, "label": Node(text, label.place, label.layer)}
    return Node(filled, node.place, node.layer, node.key_places)
