"""YAML in which every scalar is a text: written plainly, on few lines, and read back letter by letter.

``Length: 40``, ``Repeating: No`` and ``Version: 1.10`` stay what they are in the XML: texts.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from define.exchange.errors import ExchangeError

WIDTH = 120
LONG_KEY = 500
"""A longer key is marked as one; YAML looks no farther than 1,024 characters for a colon."""
STEP = "  "
PLAIN = re.compile(r"[^\W](?:[^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff,\[\]{}#:'\"&*!|>%@`]|:(?=[\w./+-]))*(?<![ :])")
"""Texts that need no quotes, inside and outside of brackets: a letter or digit, then nothing that YAML would read."""
CORE = re.compile(r"[-+.\d].*|true|false|null|yes|no|on|off|y|n|~", re.IGNORECASE)
BLOCK = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")
ODD = re.compile(r"[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def dump(data: dict[str, Any], head: str = "", *, core: bool = False) -> str:
    """A mapping of texts, lists and mappings as YAML; ``head`` is written above, as comments.

    ``core``: for readers that know numbers and booleans, texts that look like one stand in quotes.
    """
    comment = "".join(f"# {line}\n" for line in head.splitlines())
    return comment + ("\n".join(_Writer(core).mapping(data, "")) + "\n" if data else "{}\n")


class _Writer:
    def __init__(self, core: bool) -> None:
        self.core = core

    def mapping(self, data: dict[str, Any], indent: str) -> list[str]:
        lines = []
        for key, value in data.items():
            if len(key) > LONG_KEY:
                lines += [f"{indent}? {self.scalar(key)}", *self.entry(f"{indent}:", value, indent + STEP)]
            else:
                lines += self.entry(f"{indent}{self.scalar(key)}:", value, indent + STEP)
        return lines

    def entry(self, head: str, value: Any, indent: str) -> list[str]:
        """A key (or a dash) with its value: on one line where it fits, else below."""
        if isinstance(value, str):
            return self.text(head, value, indent)
        flow = f"{head} {self.flow(value)}"
        if not value or isinstance(value, bool) or (len(flow) <= WIDTH and "\n" not in flow and _is_flat(value)):
            return [flow]
        if isinstance(value, dict):
            return [head, *self.mapping(value, indent)]
        lines = [head]
        for member in value:
            inner = self.entry(f"{indent}-", member, indent + STEP)
            if isinstance(member, dict) and len(inner) > 1:  # the first key stands beside the dash
                inner = [f"{indent}- {inner[1].lstrip()}", *inner[2:]]
            lines += inner
        return lines

    def text(self, head: str, value: str, indent: str) -> list[str]:
        if "\n" not in value or not BLOCK.fullmatch(value) or not value.strip() or value.lstrip("\n")[0] == " ":
            return [f"{head} {self.scalar(value)}"]
        ends = len(value) - len(value.rstrip("\n"))
        chomp = "-" if ends == 0 else "" if ends == 1 else "+"
        lines = [indent + line if line else "" for line in (value[:-1] if ends else value).split("\n")]
        return [f"{head} |{chomp}", *lines]

    def flow(self, value: Any) -> str:
        if isinstance(value, str | bool):
            return self.scalar(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.scalar(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        return "[" + ", ".join(self.flow(v) for v in value) + "]"

    def scalar(self, text: str | bool) -> str:
        if isinstance(text, bool):
            return "true" if text else "false"
        if PLAIN.fullmatch(text) and not (self.core and CORE.fullmatch(text)):
            return text
        return ODD.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False))


def _is_flat(value: Any) -> bool:
    """Whether a value is easily read on one line: not deeper than a mapping in a mapping."""
    members = list(value.values()) if isinstance(value, dict) else value
    inner = [m for m in members if not isinstance(m, str | bool)]
    return all(isinstance(x, str | bool) for m in inner for x in (m.values() if isinstance(m, dict) else m))


def load(path: Path, shown: str) -> dict[str, Any]:
    """A file as a mapping of texts, lists and mappings. Raises ExchangeError with the place of what is wrong."""
    try:
        root = YAML(typ="safe", pure=True).compose(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ExchangeError(f"{shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{shown}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ExchangeError(f"{shown}{place}: not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, RecursionError) as error:
        raise ExchangeError(f"{shown}: not valid YAML: {error}") from None
    data = {} if root is None else _plain(root, shown, set())
    if not isinstance(data, dict):
        raise ExchangeError(f"{shown}: the file must hold keys and values")
    return data


def _plain(node: Any, shown: str, seen: set[int]) -> Any:
    place = f"{shown}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
    if id(node) in seen:
        raise ExchangeError(f"{place}: aliases (*name) are not allowed; write it out")
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode):
        return [_plain(v, shown, seen) for v in node.value]
    assert isinstance(node, MappingNode)
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or str(key.value) in found:
            what = f"key '{key.value}' is given twice" if isinstance(key, ScalarNode) else "a key must be a plain word"
            raise ExchangeError(f"{shown}:{key.start_mark.line + 1}:{key.start_mark.column + 1}: {what}")
        found[str(key.value)] = _plain(value, shown, seen)
    return found
