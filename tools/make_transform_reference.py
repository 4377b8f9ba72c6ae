"""Write docs/transforms.md: every registered transform with its sentence and its parameters.

The text is made from the registry alone, so that the page cannot disagree with the program; a test keeps it current.
Run it after a transform was added or changed: ``python tools/make_transform_reference.py``.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from transforms.library import REGISTRY
from transforms.recode import Terms
from transforms.registry import Column, Parameter, Related, Table, Transform

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "transforms.md"
HEAD = """\
# Transforms

Made by `tools/make_transform_reference.py` from the program itself; do not edit.

A transform is what `derive:` names in a spec. Its sentence becomes the method text of define.xml, with what the spec
gives in place of `{name}`; a part in square brackets is left out when nothing is given for it, and
`[name=value: part]` (`!=`) is there only where the parameter has (has not) the value. How to give each kind of
parameter is told in [spec_language.md](spec_language.md#derive).

| kind | what a spec gives |
|---|---|
| variable | one of the same dataset (`AESTDTC`), of one with one record per subject (`DM.RFSTDTC`), or `{value: X}` |
| records | those of another dataset: `EX.EXSTDTC`, `{of: EX.EXSTDTC, where: "EXTRT = 'A'"}`, or `{every: [--STDTC]}` |
| table | a CSV file of the pack or a layer: `tables/visits.csv` |
| codelist | the name of a codelist, or `{codelist: VARIABLE}` for the codelist of a variable |
| text, number, whole number, true or false | the value itself, or `{setting: NAME}` |

"sees" says how much a transform must be given at once: one record, all records of a subject, or the whole study (then
the extract is not split into ranges).

"""
KINDS: dict[Any, str] = {
    Column: "variable",
    Related: "records",
    Table: "table",
    Terms: "codelist",
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true or false",
    dict: "keys and values",
}
SCOPES = {"record": "one record", "subject": "all records of a subject", "study": "the whole study"}


def reference() -> str:
    """The whole page."""
    own = [t for t in REGISTRY.values() if t.function.__module__.startswith("transforms.")]
    by_module: dict[str, list[Transform]] = {}
    for transform in sorted(own, key=lambda t: (t.function.__module__, t.name)):
        by_module.setdefault(transform.function.__module__, []).append(transform)
    sections = [_section(module, found) for module, found in by_module.items()]
    return HEAD + _index(own) + "\n" + "\n".join(sections)


def _index(found: list[Transform]) -> str:
    lines = [f"| [{t.name}](#{t.name}) | {_first_sentence(t)} |" for t in sorted(found, key=lambda t: t.name)]
    return "\n".join(["| transform | what it gives |", "|---|---|", *lines]) + "\n"


def _section(module: str, found: list[Transform]) -> str:
    about = _flat(sys.modules[module].__doc__ or "").partition(". ")[0].rstrip(".")
    path = module.replace(".", "/") + ".py"
    head = f"## {module.rpartition('.')[2].replace('_', ' ')}\n\n{about}. Source: [{path}](../{path})\n"
    return "\n".join([head, *(_transform(t) for t in found)])


def _transform(transform: Transform) -> str:
    lines = [f"### {transform.name}", "", *_paragraphs(transform), f"> {_cell(transform.sentence)}", ""]
    facts = f"Origin {transform.origin}; sees {SCOPES[transform.scope]}."
    if transform.makes:
        facts += f" It makes records, with {', '.join(transform.makes)}."
    if transform.carries:
        facts += f" They have the variables that {' and '.join(f'`{c}`' for c in transform.carries)} name, too."
    lines += [facts, ""]
    if transform.parameters:
        lines += ["| parameter | kind | default |", "|---|---|---|"]
        lines += [f"| {p.name} | {_kind(p.kind)} | {_default(p)} |" for p in transform.parameters.values()]
        lines.append("")
    return "\n".join(lines)


def _paragraphs(transform: Transform) -> Iterator[str]:
    for paragraph in (inspect.getdoc(transform.function) or "").split("\n\n"):
        yield from (_escaped(_flat(paragraph)), "")


def _first_sentence(transform: Transform) -> str:
    first = (inspect.getdoc(transform.function) or "").split("\n\n")[0]
    return _cell(_escaped(_flat(first)))


def _kind(kind: Any) -> str:
    """A kind of parameter in words."""
    if kind in KINDS:
        return KINDS[kind]
    origin, arguments = get_origin(kind), [a for a in get_args(kind) if a is not type(None)]
    if origin is Literal:
        return "one of " + ", ".join(f"`{a}`" for a in arguments)
    if origin is dict:
        return "keys and values"
    if origin is list:
        return f"list of {_kind(arguments[0])}"
    if not arguments:
        raise TypeError(f"no words for a parameter of kind {kind}; add them to KINDS")
    return " or ".join(_kind(a) for a in arguments)


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default == "":
        return "none"
    shown = str(parameter.default)
    return f"`{shown.lower() if isinstance(parameter.default, bool) else shown}`"


def _flat(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _escaped(text: str) -> str:
    """Less-than signs outside code, which Markdown would take for tags."""
    return re.sub(r"<(?=[^`]*(?:`[^`]*`[^`]*)*$)", "&lt;", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the page."""
    TARGET.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
