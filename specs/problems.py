"""What is wrong in a spec: collected, sorted by place, and told with the nearest right name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a spec file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class SpecProblem:
    """One thing wrong in the specs, with its place and what to do."""

    place: Place
    subject: str
    """What is concerned: ``AE.AESTDY``, ``study.yaml sources.ae``."""
    message: str
    rule: str = "SPEC"
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        kind = "" if self.severity == "error" else f"{self.severity} {self.rule}: "
        subject = f"{self.subject}: " if self.subject else ""
        return f"{self.place} {subject}{kind}{self.message}"

    def as_dict(self) -> dict[str, str | int]:
        """For ``--format json``."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "subject": self.subject,
            "message": self.message,
            "rule": self.rule,
            "severity": self.severity,
        }


class SpecErrors(Exception):
    """All problems of a pack at once."""

    def __init__(self, problems: Iterable[SpecProblem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[SpecErrors], tuple[list[SpecProblem]]]:
        """Errors of a task in another process arrive whole."""
        return type(self), (self.problems,)


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known name, or an empty string."""
    candidates = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(name.casefold(), list(candidates), n=1, cutoff=0.6)
    return f"; did you mean '{candidates[found[0]]}'?" if found else ""
