"""The accounting: for each source every row that was read is in exactly one set, or the run fails.

Collected where it happens, in row positions; merged over ranges as sets. Design, sections 1 and 4 (nothing disappears).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.extract import REASONS, Source
from pipeline.records import Part
from transforms.columns import Codes, Mask

COLUMNS = ("level", "source", "dataset", "category", "count", "reason")
SOURCE = "source:"
FILTERED = "filtered by mapping"
CATEGORIES = ("used", "removed by the cut", FILTERED, *REASONS.values(), "rejected")


class AccountingError(Exception):
    """The sets of a source are not disjoint or not complete: a fault of the program, never of the data."""


@dataclass(frozen=True)
class Taken:
    """One kind of row of a dataset took these rows of a source, out of those that it saw; some went with the cut."""

    source: str
    rows_name: str
    """``LB.hematology.HGB``: the dataset and its kind of row."""
    taken: Codes
    seen: Codes
    cut: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    taking: str = ""
    """Which rows it takes, in the words of the spec: the others are filtered for that reason."""
    looked_up: bool = False
    """Whether the rows only gave values to records that are made of others."""


@dataclass
class Read:
    """What the kinds of row read of one source in one range of subjects, as masks over its rows there."""

    passed: Mask
    """The rows that pass the conditions of some kind of row."""
    columns: dict[str, Mask] = field(default_factory=dict)
    """For each column that says something, the rows in which some kind of row reads it."""
    leading: set[str] = field(default_factory=set)
    """The columns of results and topics among them."""


def looked_up(part: Part) -> Iterator[Taken]:
    """The rows of sources that gave a value to a record of a dataset without being the record: they are used, too."""
    rows: dict[str, list[Codes]] = {}
    for _, edge in part.edges:
        if edge.of.startswith(SOURCE):
            rows.setdefault(edge.of.removeprefix(SOURCE), []).append(edge.of_rows)
    for source, found in rows.items():
        taken = np.unique(np.concatenate(found))
        yield Taken(source, part.name, taken, taken, looked_up=True)


def account(sources: dict[str, Source], taken: Iterable[Taken]) -> pd.DataFrame:
    """The accounting as a table: per source the categories that add up to all rows read, then per kind of row.

    What a kind of row filtered has as its reason which rows it takes, and that of a whole source what it says of rows
    that are left.
    Raises AccountingError if a row of a source is in no category or in two.
    """
    by_source: dict[str, list[Taken]] = {name: [] for name in sources}
    for item in taken:
        if item.source in by_source:  # an optional file that is absent has no rows to account for
            by_source[item.source].append(item)
    lines: list[tuple[str, str, str, str, int]] = []
    for name, source in sources.items():
        lines += _source_lines(name, source, by_source[name])
    for name in sources:
        lines += _rows_lines(name, by_source[name])
    reasons = {(n, i.rows_name, FILTERED): i.taking for n, found in by_source.items() for i in found}
    reasons |= {
        (n, "", FILTERED): "; ".join(f"{w}: {why}" for w, why in s.spec.left.items()) for n, s in sources.items()
    }
    return pd.DataFrame([(*line, reasons.get(line[1:4], "")) for line in lines], columns=list(COLUMNS))


def _source_lines(name: str, source: Source, taken: list[Taken]) -> list[tuple[str, str, str, str, int]]:
    category = np.full(source.size, -1, dtype=np.int64)
    for code in REASONS:
        category[source.status == code] = 10 + code
    active = source.status == 0
    category[active] = 2
    cut = np.zeros(source.size, dtype=bool)
    used = np.zeros(source.size, dtype=bool)
    for item in taken:
        cut[item.cut] = True
        kept = np.ones(len(item.taken), dtype=bool)
        kept[np.isin(item.taken, item.cut)] = False
        used[item.taken[kept]] = True
    if (~active & (used | cut)).any() or (category < 0).any():
        raise AccountingError(f"source {name}: rows that were set aside were used; please report this")
    category[cut] = 1
    category[used] = 0
    counts = {0: "used", 1: "removed by the cut", 2: FILTERED, **{10 + k: v for k, v in REASONS.items()}}
    found = [("source", name, "", label, int((category == code).sum())) for code, label in counts.items()]
    found.append(("source", name, "", "rejected", source.rejected))
    if sum(f[4] for f in found) != source.size + source.rejected:
        raise AccountingError(f"source {name}: the categories do not add up to the rows read; please report this")
    return found


def _rows_lines(name: str, taken: list[Taken]) -> list[tuple[str, str, str, str, int]]:
    """Per kind of row (one test of a wide form is one): the cells used, removed by the cut, and left."""
    totals: dict[str, list[int]] = {}
    for item in (t for t in taken if not t.looked_up):
        total = totals.setdefault(item.rows_name, [0, 0, 0])
        removed = len(np.unique(item.cut))
        total[0] += len(item.taken) - removed
        total[1] += removed
        total[2] += len(item.seen) - len(item.taken)
    labels = ("used", "removed by the cut", FILTERED)
    return [
        ("rows", name, rows_name, label, count)
        for rows_name, total in totals.items()
        for label, count in zip(labels, total, strict=True)
    ]
