"""Two datasets cell by cell: what is equal, what an explanation covers, and what is left.

An explanation is a rule over the two whole frames, never a list of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyreadstat

Mask: TypeAlias = npt.NDArray[np.bool_]
Rule: TypeAlias = Callable[[pd.DataFrame, pd.DataFrame], "pd.Series[bool]"]
Kind: TypeAlias = Literal["not in the forms", "not as published", "rule"]


@dataclass(frozen=True)
class Explanation:
    """Why cells of a column differ: ``covers`` says of each record whether its difference follows the rule.

    ``not in the forms`` and ``not as published`` speak of the column as a whole: it cannot be expected to agree.
    A ``rule`` speaks of some records of a column that otherwise agrees.
    """

    column: str
    kind: Kind
    reason: str
    covers: Rule


@dataclass
class Column:
    """The cells of one column, counted."""

    dataset: str
    name: str
    cells: int
    equal: int
    explained: int = 0
    whole: bool = False
    """Whether an explanation speaks of the column as a whole."""
    reasons: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    """Explanations that explain nothing."""
    examples: str = ""

    @property
    def unexplained(self) -> int:
        return self.cells - self.equal - self.explained


def read_published(path: Path) -> pd.DataFrame:
    """A published CSV, every cell as text."""
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def read_delivered(path: Path) -> pd.DataFrame:
    """An XPT file as SAS users would see it, every cell as text: numbers as their shortest decimal, missing as ''."""
    frame, _ = pyreadstat.read_xport(str(path))
    texts = {}
    for name in frame:
        if pd.api.types.is_numeric_dtype(frame[name]):
            texts[name] = frame[name].map(lambda v: "" if pd.isna(v) else f"{v:g}" if v != int(v) else str(int(v)))
        else:
            texts[name] = frame[name].fillna("")
    return pd.DataFrame(texts).astype("str")


def compare(
    dataset: str, ours: pd.DataFrame, published: pd.DataFrame, explanations: Sequence[Explanation] = ()
) -> list[Column]:
    """Every column of either frame; records are matched by position. A column that only one has is empty in the other.

    A column whose name starts with ``_`` stands beside the records for the rules and is not compared. Raises
    AssertionError when the numbers of records differ.
    """
    assert len(ours) == len(published), f"{dataset}: {len(ours)} records, {len(published)} published"
    names = [*published.columns, *(c for c in ours.columns if c not in published.columns)]
    ours, published = (f.reset_index(drop=True).reindex(columns=names, fill_value="") for f in (ours, published))
    compared = [n for n in names if not n.startswith("_")]
    return [_column(dataset, n, ours, published, [e for e in explanations if e.column == n]) for n in compared]


def _column(
    dataset: str, name: str, ours: pd.DataFrame, published: pd.DataFrame, explanations: Sequence[Explanation]
) -> Column:
    differs = (ours[name] != published[name]).to_numpy(dtype=bool)
    found = Column(dataset, name, len(differs), int((~differs).sum()))
    for explanation in explanations:
        covered = differs & explanation.covers(ours, published).to_numpy(dtype=bool)
        found.explained += int(covered.sum())
        found.whole |= explanation.kind != "rule"
        found.reasons.append(f"{explanation.kind}: {explanation.reason}")
        if not covered.any():
            found.idle.append(f"{dataset}.{name}: {explanation.reason}")
        differs = differs & ~covered
    rows = np.flatnonzero(differs)[:5]
    found.examples = "; ".join(f"record {r}: {ours[name][r]!r}, published {published[name][r]!r}" for r in rows)
    return found


def report(columns: Sequence[Column]) -> str:
    """The counts as a table: one line for each column that is not all equal, then the sums."""
    lines = [f"{'':16}{'cells':>8}{'equal':>8}{'explained':>11}{'unexplained':>13}"]
    for c in columns:
        if c.equal < c.cells:
            lines.append(_line(f"{c.dataset}.{c.name}", [c]) + f"  {'; '.join(c.reasons)} {c.examples}".rstrip())
    for dataset in dict.fromkeys(c.dataset for c in columns):
        lines.append(_line(dataset, [c for c in columns if c.dataset == dataset]))
    lines.append(_line("all", columns))
    return "\n".join(lines)


def _line(name: str, columns: Sequence[Column]) -> str:
    sums = [sum(getattr(c, k) for c in columns) for k in ("cells", "equal", "explained", "unexplained")]
    return f"{name:16}{sums[0]:8,}{sums[1]:8,}{sums[2]:11,}{sums[3]:13,}"
