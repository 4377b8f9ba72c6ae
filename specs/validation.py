"""From nodes to typed objects: every error of a file at its place and in plain words, and what is left without them."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from specs.model import Variable
from specs.nodes import Node
from specs.problems import SpecProblem, nearest

M = TypeVar("M", bound=BaseModel)
Path = tuple[Any, ...]

UNKNOWN, MISSING = "extra_forbidden", "missing"
PASSES = 5
KINDS = {
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_too_short": "text that is not empty",
    "too_short": "a list that is not empty",
}


def validate(kind: type[M], node: Node, subject: str, problems: list[SpecProblem]) -> M | None:
    """A node as a typed object, every error reported at its place.

    What is wrong is left out of the object, so that the rest can be checked further; None when nothing is left.
    """
    told: list[Path] = []
    for _ in range(PASSES):
        try:
            return kind.model_validate(node.plain())
        except ValidationError as error:
            found = _sorted_out(kind, node, error)
        fresh = [(p, errors) for p, errors in found if not any(_leads_to(p, t) for t in told)]
        problems += [_told(kind, node, subject, path, errors) for path, errors in fresh]
        told += [path for path, _ in found]
        for path, errors in found:
            node = _without(node, path, errors[0])
    return None


def _sorted_out(kind: type[BaseModel], node: Node, error: ValidationError) -> list[tuple[Path, list[Any]]]:
    """The errors by their path in the file; of several about one value those that say most."""
    grouped: dict[Path, list[Any]] = {}
    for item in error.errors():
        grouped.setdefault(node.follow(item["loc"])[0], []).append(item)
    hinted = {
        (*p[:-1], h)
        for p, items in grouped.items()
        if items[0]["type"] == UNKNOWN and (h := _meant(kind, p)) is not None
    }
    found = []
    for path, items in grouped.items():
        missing = [i for i in items if i["type"] == MISSING]
        if missing and all((*path, i["loc"][-1]) in hinted for i in missing):
            continue  # the key is there, misspelt
        if missing or not any(_leads_to(path, other) and path != other for other in grouped):
            found.append((path, items))
    return found


def _leads_to(path: Path, other: Path) -> bool:
    return other[: len(path)] == path


def _meant(kind: type[BaseModel], path: Path) -> str | None:
    hint = nearest(str(path[-1]), _keys_at(kind, path[:-1]))
    return hint.split("'")[1] if hint else None


def _told(kind: type[BaseModel], node: Node, subject: str, path: Path, errors: list[Any]) -> SpecProblem:
    first = errors[0]
    name = _subject(kind, subject, path, with_last=first["type"] == MISSING)
    if first["type"] == UNKNOWN:
        key = str(path[-1])
        return SpecProblem(node.locate(path), name, f"unknown key '{key}'{nearest(key, _keys_at(kind, path[:-1]))}")
    if all(e["type"] == MISSING for e in errors):
        keys = " or ".join(dict.fromkeys(f"'{e['loc'][-1]}'" for e in errors))
        return SpecProblem(node.locate(path), name, f"key {keys} is missing")
    return SpecProblem(node.locate_value(path), name, _wrong_value(node, path, errors))


def _wrong_value(node: Node, path: Path, errors: list[Any]) -> str:
    key = next((str(s) for s in reversed(path) if not isinstance(s, int)), "the file")
    given = node.follow(path)[1].value
    hint = ""
    wanted = []
    for error in errors:
        if error["type"] == "literal_error":
            wanted.append("one of " + error["ctx"]["expected"].replace(" or ", ", "))
            hint = nearest(
                str(given), [w.strip("'") for w in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            )
        elif error["type"] != MISSING:
            wanted.append(KINDS.get(error["type"]) or _said(error["msg"]))
    shown = "" if isinstance(given, dict | list) else f", not '{given}'" if given is not None else ", but is empty"
    return f"'{key}' must be {' or '.join(dict.fromkeys(wanted))}{shown}{hint}"


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _subject(kind: type[BaseModel], subject: str, path: Path, *, with_last: bool) -> str:
    """What an error concerns, as people name it: ``AE.AELLT``, ``AE rows.events``, ``study.yaml sources.ae``."""
    if kind is Variable:
        return subject
    for section in ("variables", "supplemental"):
        if section in path[:-1]:
            return f"{subject}.{path[path.index(section) + 1]}"
    steps = [str(s) for s in (path if with_last else path[:-1])]
    return f"{subject} {'.'.join(steps)}" if steps else subject


def _without(node: Node, path: Path, error: Any) -> Node:
    """The node without what an error is about; a key that is missing at the top is there, and empty."""
    if not path:
        if error["type"] != MISSING:
            return Node({}, node.place, node.layer)
        entries = {**node.mapping, str(error["loc"][-1]): Node("", node.place, node.layer)}
        return Node(entries, node.place, node.layer, node.key_places)
    return node.without(path) if node.follow(path)[0] == path else node


def _keys_at(kind: type[BaseModel], path: Path) -> list[str]:
    """The keys that the model knows at a path."""
    current: Any = kind
    for step in path:
        fields = getattr(current, "model_fields", {})
        found = next((f for n, f in fields.items() if (f.alias or n) == step), None)
        current = _model_in(found.annotation) if found is not None else current
    return [f.alias or n for n, f in getattr(current, "model_fields", {}).items()]


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
