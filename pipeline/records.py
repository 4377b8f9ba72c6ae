"""The records of a dataset while it is being made: columns, where each record came from, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from specs.model import Variable
from transforms.columns import Codes, Column, constant, take
from transforms.registry import Edge, Records


@dataclass
class Part:
    """The records of one dataset for one range of subjects.

    ``subject`` numbers the persons of the range in the order of USUBJID (-1: none). ``template`` is the number of the
    spec row that made a record. ``source`` and ``source_row`` say from which raw row (0-based position in the source
    as read), or from which record of another dataset, it was made. ``edges`` holds further lineage.
    """

    name: str
    columns: dict[str, Column]
    size: int
    subject: Codes
    template: Codes
    templates: list[str]
    source: Codes
    sources: list[str]
    source_row: Codes
    edges: list[tuple[str, Edge]] = field(default_factory=list)
    """(variable, edge): which other records had a part in the values of a variable."""
    overflow: dict[str, Variable] = field(default_factory=dict)
    """The supplemental qualifiers that long values were continued in."""

    @classmethod
    def empty(cls, name: str) -> Part:
        """A dataset without records."""
        none = np.empty(0, dtype=np.int64)
        return cls(name, {}, 0, none, none, [], none, [], none)

    def column(self, variable: str) -> Column:
        """A variable's values; missing in every row when it has none."""
        found = self.columns.get(variable)
        return found if found is not None else constant(None, self.size)

    def take(self, rows: Codes) -> Part:
        """The records at these positions, in this order, edges included."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        edges = []
        for variable, edge in self.edges:
            kept = place[edge.rows] >= 0
            edges.append((variable, Edge(edge.role, edge.of, place[edge.rows[kept]], edge.of_rows[kept])))
        return Part(
            self.name,
            {n: take(c, rows) for n, c in self.columns.items()},
            len(rows),
            self.subject[rows],
            self.template[rows],
            self.templates,
            self.source[rows],
            self.sources,
            self.source_row[rows],
            edges,
            self.overflow,
        )

    @property
    def records(self) -> Records:
        """What transforms see of the records themselves: whose they are, and the order they came in."""
        order = np.lexsort([self.template, self.source_row, self.source])
        identity = np.empty(self.size, dtype=np.int64)
        identity[order] = np.arange(self.size)
        return Records(self.subject, identity)

    def frame(self, names: Iterable[str]) -> pd.DataFrame:
        """Some variables as a frame."""
        return pd.DataFrame({n: self.column(n) for n in names}, index=pd.RangeIndex(self.size), copy=False)
