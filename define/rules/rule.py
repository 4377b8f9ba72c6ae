"""What a rule is: a small class whose name is its id and whose docstring is its sentence."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from define.rules.data import Submission, Use
from define.rules.document import CodeList, ItemGroup
from transforms.registry import Severity

PREFIX = "DEFINE_"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class DefineFinding:
    """One fault of a define.xml, or between it and its data: what is wrong, at which element, dataset and variable."""

    rule: str
    message: str
    oid: str = ""
    dataset: str = ""
    variable: str = ""
    severity: Severity = "error"


class Rule(ABC):
    """A rule: ``ItemUnused`` has the id DEFINE_ITEM_UNUSED; the first line of its docstring says what must hold."""

    id: ClassVar[str]
    sentence: ClassVar[str]
    severity: ClassVar[Severity] = "error"

    def __init_subclass__(cls) -> None:
        """Take the id from the name of the class and the sentence from its docstring."""
        cls.id = PREFIX + _WORD.sub("_", cls.__name__).upper()
        cls.sentence = (cls.__doc__ or "").strip().partition("\n\n")[0].replace("\n    ", " ")

    @abstractmethod
    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults against this rule."""

    def found(self, message: str, oid: str = "", dataset: str = "", variable: str = "") -> DefineFinding:
        """A finding of this rule."""
        return DefineFinding(self.id, message, oid, dataset, variable, self.severity)


class GroupRule(Rule):
    """A rule about each dataset."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all datasets."""
        for group in submission.define.groups:
            for message in self.of_group(group, submission):
                yield self.found(message, group.oid, group.name)

    @abstractmethod
    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """What is wrong with one dataset."""


class UseRule(Rule):
    """A rule about each variable and each kind of its values."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all of them."""
        for use in submission.uses:
            for message in self.of_use(use, submission):
                yield self.found(message, use.item.oid, use.group.name, use.variable)

    @abstractmethod
    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """What is wrong with one of them."""


class CodeListRule(Rule):
    """A rule about each codelist."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all codelists."""
        for codelist in submission.define.codelists:
            for message in self.of_codelist(codelist, submission):
                yield self.found(message, codelist.oid)

    @abstractmethod
    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """What is wrong with one codelist."""


def some(values: list[str]) -> str:
    """Up to five values in words."""
    shown = ", ".join(f"'{v}'" for v in values[:5])
    return f"{shown} and {len(values) - 5} more" if len(values) > 5 else shown
