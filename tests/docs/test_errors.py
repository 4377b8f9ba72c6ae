"""docs/errors.md names every rule that a finding can have, and none that the program does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from define.rules import RULES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
SEVERITIES = ("error", "warning", "note")
PACKAGES = ("transforms", "specs", "pipeline", "delivery", "define")
RULE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
TELLING = {
    "Problem", "ReadProblem", "Finding", "CheckFailure", "add", "by_value", "raw_rows", "_whole", "_told", "_check",
    "_on_distinct", "_problem", "_failure",
}  # fmt: skip
"""Functions whose first argument is the rule of a finding; ``_tell`` takes it later."""
TABLES = {"RULES", "_RULES", "MESSAGES", "_PROBLEMS"}
"""Tables whose keys, or first columns, are rules (or rules of criteria, which have no severity and no sentence)."""


def texts(node: ast.AST) -> Iterator[str]:
    """The texts in an expression that look like a rule."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and RULE.fullmatch(part.value):
            yield part.value


def firsts(table: ast.expr | None) -> Iterator[ast.expr]:
    """The keys of a dictionary of sentences or of (severity, sentence), or the first members of the rows of a tuple."""
    if isinstance(table, ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            told = next(iter(value.elts), None) if isinstance(value, ast.Tuple) else value
            sentence = isinstance(told, ast.Constant) and (told.value in SEVERITIES or " " in str(told.value))
            if key is not None and sentence:
                yield key
    elif isinstance(table, ast.Tuple):
        yield from (row.elts[0] for row in table.elts if isinstance(row, ast.Tuple))


def rules_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in TELLING and isinstance(node.args[0], ast.Constant | ast.IfExp):
                yield from texts(node.args[0])
            elif name == "_tell":
                yield from (t for given in node.args if isinstance(given, ast.Constant) for t in texts(given))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if TABLES & {getattr(t, "id", "") for t in targets}:
                yield from (t for first in firsts(node.value) for t in texts(first))


def rules_of_the_program() -> set[str]:
    files = [p for package in PACKAGES for p in (ROOT / package).rglob("*.py")]
    return {rule for path in files for rule in rules_of(ast.parse(path.read_text(encoding="utf-8")))}


def documented() -> dict[str, str]:
    """Each rule of the page with the rest of its line."""
    lines = re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == len({rule for rule, _ in lines}), "a rule is on the page twice"
    return dict(lines)


def test_every_rule_is_on_the_page() -> None:
    assert sorted(rules_of_the_program() - set(documented())) == []


def test_no_rule_is_invented() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
    assert [rule for rule in documented() if f'"{rule}"' not in code] == []


def test_every_rule_says_what_it_means_and_what_to_do() -> None:
    for rule, rest in documented().items():
        severity, meaning, remedy = (cell.strip() for cell in rest.split(" | "))
        assert severity in SEVERITIES, rule
        assert meaning, rule
        assert remedy, rule


def test_every_rule_of_a_define_is_listed_with_its_sentence() -> None:
    lines = re.findall(
        r"^\| (\w+) \| `(DEFINE_[A-Z0-9_]+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert lines == [(r.severity, r.id, r.sentence) for r in sorted(RULES, key=lambda rule: rule.id)]


def test_the_collector_finds_rules_where_the_program_tells_them() -> None:
    source = """
findings.add("FILE_UNDECLARED", "warning", "text")
Problem("NO_ROWS" if empty else "TYPE", "note", rows, "text")
RULES: dict[str, str] = {"DATE_AMBIGUOUS": ("error", "ambiguous"), "CYCLE": "in a circle"}
_RULES = {"PROGRESSION": ("SIFE", "UIFE")}
_PROBLEMS = (("TTE_NO_START", "text"),)
other("LATER")
"""
    found = {"FILE_UNDECLARED", "NO_ROWS", "TYPE", "DATE_AMBIGUOUS", "CYCLE", "TTE_NO_START"}
    assert set(rules_of(ast.parse(source))) == found
