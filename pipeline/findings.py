"""Findings: what is wrong or doubtful in data or specs, each with its place and an id that stays the same.

Findings of one rule about one value of one column are one finding with all its rows. The id is made of rule, place and
value, never of row numbers, so that the next cut gives the same finding the same id. Design, sections 1 and 4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from specs.model import Accepted
from transforms.registry import Severity

SEVERITIES = ("error", "warning", "note")
SHOWN_ROWS = 20
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
COLUMNS = (
    "id", "severity", "rule", "dataset", "variable", "file", "column", "value", "subject", "rows", "count", "message",
    "accepted",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One finding. ``rows`` are row numbers of ``file`` as people count them, or records of ``dataset``.

    ``column`` is the raw column, or those that the value was made of, with a semicolon between them.
    """

    rule: str
    severity: Severity
    message: str
    dataset: str = ""
    variable: str = ""
    file: str = ""
    column: str = ""
    value: str = ""
    rows: tuple[int, ...] = ()
    subjects: tuple[str, ...] = ()
    count: int = 1
    accepted: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two findings the same."""
        return (self.rule, self.dataset, self.variable, self.file, self.column, self.value, self.message)

    @property
    def id(self) -> str:
        """Ten hexadecimal digits of the key."""
        return hashlib.sha256("\x1f".join(self.key).encode()).hexdigest()[:10]

    def place(self, most: int) -> str:
        """Where it is, for people: file, column and rows; of records that no raw row is behind, whose they are."""
        rows, people = _some(self.rows, most), _some(self.subjects, most)
        where = f"row {rows}" if rows else f"subject {people}" if people else ""
        return " ".join(part for part in (self.file, self.column, where) if part)

    def row(self) -> dict[str, Any]:
        """The finding as a line of findings.csv."""
        shown = ";".join(map(str, self.rows[:SHOWN_ROWS])) + (";..." if len(self.rows) > SHOWN_ROWS else "")
        subject = ";".join(self.subjects[:SHOWN_ROWS]) + (";..." if len(self.subjects) > SHOWN_ROWS else "")
        return {
            **{c: getattr(self, c) for c in COLUMNS if c not in ("rows", "subject")},
            "rows": shown,
            "subject": subject,
        }


def _some(items: Sequence[object], most: int) -> str:
    return ", ".join(map(str, items[:most])) + (", ..." if len(items) > most else "")


@dataclass
class Findings:
    """A collector; ``all`` gives the findings merged and in order."""

    found: list[Finding] = field(default_factory=list)

    def add(self, rule: str, severity: Severity, message: str, **place: Any) -> None:
        """Note one finding."""
        self.found.append(Finding(rule, severity, message, **place))

    def extend(self, others: Iterable[Finding]) -> None:
        """Take over findings made elsewhere."""
        self.found.extend(others)

    def all(self) -> list[Finding]:
        """One finding per key, with the rows and subjects of all, errors first."""
        merged: dict[tuple[str, ...], list[Finding]] = {}
        for finding in self.found:
            merged.setdefault(finding.key, []).append(finding)
        return sorted((_merge(group) for group in merged.values()), key=lambda f: (SEVERITIES.index(f.severity), f.key))


def _merge(group: Sequence[Finding]) -> Finding:
    """One of all. What every range says alike of rows that are nobody's (a reference) is said once."""
    group = [f for i, f in enumerate(group) if f.subjects or not f.rows or f not in group[:i]]
    if len(group) == 1:
        return group[0]
    rows = tuple(sorted({r for f in group for r in f.rows}))
    subjects = tuple(sorted({s for f in group for s in f.subjects}))
    return replace(group[0], rows=rows, subjects=subjects, count=sum(f.count for f in group))


def by_value(
    rule: str, severity: Severity, message: str, values: Sequence[str], rows: Sequence[int], subjects: Sequence[str],
    **place: Any,
) -> list[Finding]:  # fmt: skip
    """One finding per distinct value; ``{value}`` in the message shows it. The three sequences are parallel.

    Control characters, which nobody sees and a terminal obeys, are shown by their code.
    """
    numbers = np.asarray(rows, dtype=np.int64)
    distinct = {value: i for i, value in enumerate(sorted(set(values)))}
    codes = np.fromiter(map(distinct.__getitem__, values), dtype=np.int64, count=len(numbers))
    order = np.lexsort([numbers, codes])
    groups = np.split(order, np.searchsorted(codes[order], np.arange(1, len(distinct))))
    return [
        Finding(
            rule,
            severity,
            visible(message.replace("{value}", value)),
            value=visible(value),
            rows=tuple(numbers[group][numbers[group] > 0].tolist()),
            subjects=tuple(sorted({subjects[i] for i in group.tolist()} - {""})),
            count=len(group),
            **place,
        )
        for value, group in zip(distinct, groups, strict=False)  # without rows there is one empty group
    ]


def visible(value: str) -> str:
    """The text with every control character but blanks and line ends as its code: ``<U+0007>``."""
    return value if value.isprintable() else _CONTROL.sub(lambda found: f"<U+{ord(found[0]):04X}>", value)


def accept(findings: Sequence[Finding], entries: Sequence[Accepted]) -> list[Finding]:
    """Findings with what ``accepted.yaml`` says of them; an entry that matches nothing is itself a finding."""
    used: set[int] = set()
    result = []
    for finding in findings:
        match = next((i for i, e in enumerate(entries) if _matches(finding, e)), None)
        if match is not None:
            used.add(match)
            entry = entries[match]
            finding = replace(finding, accepted=f"{entry.reason} ({entry.who})")
        result.append(finding)
    for i, entry in enumerate(entries):
        if i not in used:
            scope = ", ".join(f"{k} {v}" for k, v in entry.scope.items())
            text = (
                f"accepted.yaml accepts {entry.rule} ({scope or 'any'}), but there is no such finding; remove the entry"
            )
            result.append(Finding("ACCEPTED_UNUSED", "warning", text, file="accepted.yaml", value=entry.rule))
    return result


def _matches(finding: Finding, entry: Accepted) -> bool:
    if finding.rule != entry.rule:
        return False
    for key, wanted in entry.scope.items():
        if key == "subject":
            if set(finding.subjects) - {wanted} or not finding.subjects:
                return False
        elif key == "column" and wanted in finding.column.split(";"):
            continue
        elif str(getattr(finding, key, None)) != wanted:
            return False
    return True


def to_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """findings.csv as a frame."""
    return pd.DataFrame([f.row() for f in findings], columns=list(COLUMNS))
