"""YAML with positions: every key and value knows the file, line and column that it came from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from specs.problems import Place, SpecErrors, SpecProblem

Scalar = str | int | float | bool | None
MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MOST_DIGITS = 300
CORE_TAGS = {"", "map", "seq", "str", "int", "float", "bool", "null", "timestamp", "None"}


@dataclass
class Node:
    """A value of a spec: a mapping of nodes, a list of nodes, or a scalar; with its place and the layer it is from."""

    value: dict[str, Node] | list[Node] | Scalar
    place: Place
    layer: str = ""
    key_places: dict[str, Place] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, Node]:
        """The entries, when it is a mapping; otherwise nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The members, when it is a list; otherwise nothing."""
        return self.value if isinstance(self.value, list) else []

    def get(self, key: str) -> Node | None:
        """One entry of a mapping, or None."""
        return self.mapping.get(key)

    def plain(self) -> Any:
        """The value as plain Python, without places."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        if isinstance(self.value, list):
            return [v.plain() for v in self.value]
        return self.value

    def key_place(self, key: str) -> Place:
        """Where a key of this mapping stands."""
        return self.key_places.get(key, self.place)

    def walk(self, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Node]]:
        """This node and all below it, with their paths."""
        yield path, self
        if isinstance(self.value, dict):
            for key, child in self.value.items():
                yield from child.walk((*path, key))
        elif isinstance(self.value, list):
            for i, child in enumerate(self.value):
                yield from child.walk((*path, i))

    def follow(self, path: tuple[Any, ...]) -> tuple[tuple[Any, ...], Node]:
        """The steps of a path that exist, and the node that they lead to; steps that do not exist are passed over."""
        node, found = self, []
        for step in path:
            inner = node.items[step] if isinstance(step, int) and step < len(node.items) else node.mapping.get(step)
            if inner is not None:
                node = inner
                found.append(step)
        return tuple(found), node

    def locate(self, path: tuple[Any, ...]) -> Place:
        """The place of the key that a path ends with, or of the deepest part of the path that exists."""
        found, node = self.follow(path)
        if not found or isinstance(found[-1], int):
            return node.place
        return self.follow(found[:-1])[1].key_place(str(found[-1]))

    def locate_value(self, path: tuple[Any, ...]) -> Place:
        """The place of the value at a path, or of the deepest part of the path that exists."""
        return self.follow(path)[1].place

    def without(self, path: tuple[Any, ...]) -> Node:
        """A copy without the entry at a path, all of which exists; a member of a list goes with its list."""
        step, *rest = path
        if not isinstance(self.value, dict):
            return self
        entries = dict(self.value)
        if rest and not isinstance(rest[0], int):
            entries[step] = entries[step].without(tuple(rest))
        else:
            del entries[step]
        return Node(entries, self.place, self.layer, self.key_places)


@dataclass(frozen=True)
class Spot:
    """A part of a spec that a rule looks at, with the name that people know it by: where its problems are told."""

    root: Node
    path: tuple[Any, ...]
    subject: str

    def down(self, *steps: Any) -> Spot:
        """A part of this part."""
        return Spot(self.root, (*self.path, *steps), self.subject)

    def at_key(self, message: str) -> SpecProblem:
        """A problem with the key that stands here."""
        return SpecProblem(self.root.locate(self.path), self.subject, message)

    def at_value(self, message: str) -> SpecProblem:
        """A problem with the value that stands here."""
        return SpecProblem(self.root.locate_value(self.path), self.subject, message)

    def at_name(self, name: str, message: str) -> SpecProblem:
        """A problem with a name that stands somewhere below: alone, or in a condition."""
        below = [n for _, n in self.root.follow(self.path)[1].walk() if isinstance(n.value, str)]
        alone = (n for n in below if n.value == name)
        within = (n for n in below if name.rpartition(".")[2] in re.split(r"[^\w.]+|\.", str(n.value)))
        found = next(alone, None) or next(within, None)
        return SpecProblem(found.place, self.subject, message) if found else self.at_key(message)


def load_yaml(path: Path, shown: str, layer: str) -> Node:
    """A YAML file as nodes; ``shown`` is the file name that messages use.

    Raises SpecErrors when the file is not plain YAML: syntax, a repeated key, an alias, a tag of its own.
    """
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise SpecErrors([SpecProblem(Place(shown), "", f"file is over {MAX_BYTES:,} bytes; a spec is not data")])
        root = YAML(typ="safe", pure=True).compose(content.decode("utf-8-sig"))
    except OSError as error:
        raise SpecErrors([SpecProblem(Place(shown), "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise SpecErrors(
            [SpecProblem(Place(shown), "", f"not UTF-8 at byte {error.start}; save it as UTF-8")]
        ) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
        raise SpecErrors([SpecProblem(place, "", f"not valid YAML: {error.problem or error.context}")]) from None
    except YAMLError as error:
        raise SpecErrors([SpecProblem(Place(shown), "", f"not valid YAML: {error}")]) from None
    except RecursionError:
        raise SpecErrors([SpecProblem(Place(shown), "", "not valid YAML: nested too deeply")]) from None
    if root is None:
        return Node({}, Place(shown), layer)
    problems: list[SpecProblem] = []
    seen: set[int] = set()
    node = _convert(root, shown, layer, problems, seen, 0)
    if problems:
        raise SpecErrors(problems)
    return node


def _convert(raw: Any, file: str, layer: str, problems: list[SpecProblem], seen: set[int], depth: int) -> Node:
    place = Place(file, raw.start_mark.line + 1, raw.start_mark.column + 1)
    if id(raw) in seen:
        problems.append(SpecProblem(place, "", "aliases (*name) are not allowed in a spec; write it out"))
        return Node(None, place, layer)
    if depth > MAX_DEPTH:
        problems.append(SpecProblem(place, "", f"nested deeper than {MAX_DEPTH} levels"))
        return Node(None, place, layer)
    seen.add(id(raw))
    if not _is_core(raw):
        written = str(raw.tag).replace("tag:yaml.org,2002:", "!!")
        problems.append(SpecProblem(place, "", f"a tag ({written}) is not allowed in a spec"))
        return Node(None, place, layer)
    if isinstance(raw, MappingNode):
        return _convert_mapping(raw, place, file, layer, problems, seen, depth)
    if isinstance(raw, SequenceNode):
        return Node([_convert(v, file, layer, problems, seen, depth + 1) for v in raw.value], place, layer)
    assert isinstance(raw, ScalarNode)
    return Node(_scalar(raw), place, layer)


def _is_core(raw: Any) -> bool:
    return str(raw.tag or "").removeprefix("tag:yaml.org,2002:") in CORE_TAGS


def _convert_mapping(
    raw: Any, place: Place, file: str, layer: str, problems: list[SpecProblem], seen: set[int], depth: int
) -> Node:
    entries: dict[str, Node] = {}
    places: dict[str, Place] = {}
    for key_node, value_node in raw.value:
        where = Place(file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, ScalarNode) or not _is_core(key_node):
            merged = isinstance(key_node, ScalarNode) and key_node.value == "<<"
            told = "merge keys (<<) are not allowed in a spec; write it out" if merged else "a key must be a plain word"
            problems.append(SpecProblem(where, "", told))
            continue
        key = str(key_node.value)
        if key in entries:
            problems.append(SpecProblem(where, "", f"key '{key}' is given twice (first at {places[key]})"))
            continue
        places[key] = where
        entries[key] = _convert(value_node, file, layer, problems, seen, depth + 1)
    return Node(entries, place, layer, places)


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")


def _scalar(raw: Any) -> Scalar:
    """YAML 1.2 core scalars; dates stay text, and so do numbers with leading zeros and those that no number holds."""
    text = str(raw.value)
    if raw.style in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "false", "False"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text) and len(text) <= MOST_DIGITS:
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text
