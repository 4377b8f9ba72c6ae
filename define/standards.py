"""The standards that a define names: the implementation guide and the terminology packages of its lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from define.model import Standard
from specs.layers import Layer
from specs.resolve import StudyModel

ANALYSIS = ("ADaM",)
"""How the names of guides for analysis datasets begin."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class _Published:
    """A layer that was made from a standard, and the names of the codelists in its file."""

    name: str
    version: str
    set: str
    date: str
    codelists: frozenset[str]


@dataclass
class Standards:
    """The standards of one define (``analysis``: of ADaM), and which package a codelist is of."""

    published: list[_Published]
    analysis: bool
    _used: set[str] = field(default_factory=set)

    @property
    def guide(self) -> str | None:
        """The OID of the implementation guide."""
        own = self._own()
        return f"STD.{own.name}" if own else None

    def of_codelist(self, name: str) -> str | None:
        """The OID of the package that publishes a codelist: of several, the one that the others took it from."""
        found = next((p for p in reversed(self.published) if name in p.codelists), None)
        if found is None or not found.set:
            return None
        self._used.add(found.set)
        return f"STD.CT.{found.set}"

    def all(self) -> Iterator[Standard]:
        """The guide, its own package, and every other package that a list is of."""
        own = self._own()
        if own is None:
            return
        yield Standard(f"STD.{own.name}", own.name, "IG", own.version)
        for package in self.published:
            if package.set and (package is own or package.set in self._used):
                yield Standard(f"STD.CT.{package.set}", "CDISC/NCI", "CT", package.date, publishing_set=package.set)

    def _own(self) -> _Published | None:
        return next((p for p in self.published if p.name.startswith(ANALYSIS) == self.analysis), None)


def standards(model: StudyModel, *, analysis: bool) -> Standards:
    """The standards of the layers that a study builds on, nearest first."""
    found = [_published(model, layer) for layer in model.layers if layer.is_standard]
    return Standards(found, analysis)


def _published(model: StudyModel, layer: Layer) -> _Published:
    head = layer.head.mapping["standard"].plain()
    terminology = head.get("terminology") or {}
    date = str(terminology.get("date", ""))
    published_set = str(terminology.get("package", "")).removesuffix(" CT")
    file = model.study.terminology or ""
    own = DATE.search(file) if published_set.lower() in file.lower() else None
    path = layer.folder / "codelists.csv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.is_file() else []
    names = frozenset(line.partition(",")[0].strip('"') for line in lines)
    return _Published(str(head["name"]), str(head["version"]), published_set, own[0] if own else date, names)
