"""The datasets beside a define.xml, and what a where-clause selects in them.

The values of a variable, or of the part of it that a clause selects, are kept as their distinct values: what the rules
ask of them does not depend on how often a value occurs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from define.rules.document import Document, ItemDef, ItemGroup, ItemRef, RangeCheck, WhereClause
from delivery.decimals import digits_and_decimals
from delivery.xpt_layout import XptError
from delivery.xpt_reader import ReadVariable, XptMeta, read_xpt

Mask = npt.NDArray[np.bool_]
SUBJECT = "USUBJID"


@dataclass(frozen=True)
class Values:
    """What occurs: the distinct texts of a Char column or the distinct numbers of a Num one, without missing."""

    records: int
    nulls: int
    texts: tuple[str, ...] | None
    numbers: npt.NDArray[np.float64] | None

    @property
    def present(self) -> bool:
        """Whether there is any value."""
        return self.nulls < self.records

    @cached_property
    def longest(self) -> int:
        """Bytes of the longest text; 0 without any."""
        return max((len(t.encode()) for t in self.texts or ()), default=0)

    @cached_property
    def digits(self) -> tuple[int, int] | None:
        """Most digits and most decimals of the numbers, those of texts as they are written; None without any."""
        if self.numbers is not None:
            return digits_and_decimals(self.numbers) if len(self.numbers) else None
        written = [t.lstrip("+-").partition(".") for t in self.texts or () if is_decimal(t)]
        if not written:
            return None
        decimals = max(len(after) for _, _, after in written)
        return max(len(before.lstrip("0")) + len(after) for before, _, after in written), decimals


def is_decimal(text: str) -> bool:
    """Whether a text is a plain decimal number, as 12, -0.5 or +3.0."""
    before, _, after = text[text[:1] in "+-" :].partition(".") if text else ("", "", "")
    return (before + after).isascii() and (before + after).isdigit() and text[-1] != "."


def values_of(column: pd.Series[Any], selected: Mask | None = None) -> Values:
    """The distinct values of a column, or of its selected records."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        codes = codes if selected is None else codes[selected]
        counts = np.bincount(codes.astype(np.int64) + 1, minlength=len(column.cat.categories) + 1)
        every = column.cat.categories.tolist()
        return Values(len(codes), int(counts[0]), tuple(every[i] for i in np.flatnonzero(counts[1:])), None)
    numbers = column.to_numpy(dtype=np.float64)
    numbers = numbers if selected is None else numbers[selected]
    nulls = int(np.isnan(numbers).sum())
    distinct = np.sort(pd.unique(numbers))  # NaN comes last
    return Values(len(numbers), nulls, None, distinct[: len(distinct) - (nulls > 0)])


@dataclass(frozen=True)
class Table:
    """A dataset as its transport file holds it."""

    meta: XptMeta
    frame: pd.DataFrame

    @cached_property
    def variables(self) -> dict[str, ReadVariable]:
        """The variables by name."""
        return {v.name: v for v in self.meta["variables"]}


@dataclass(frozen=True)
class Use:
    """An ItemRef with its ItemDef: a variable of a dataset, or a kind of its values (``parent`` is then the variable).

    ``values`` is None where there are no data to look at: no file, no such column, or a clause that cannot be followed.
    """

    group: ItemGroup
    ref: ItemRef
    item: ItemDef
    parent: Use | None
    stored: ReadVariable | None
    values: Values | None

    @property
    def variable(self) -> str:
        """The name of the variable."""
        return self.parent.item.name if self.parent is not None else self.item.name


@dataclass(frozen=True)
class Coverage:
    """How the clauses of a value list meet the records of a variable."""

    use: Use
    overlapping: int
    """Records that more than one clause selects."""
    between: tuple[str, ...]
    """The ItemDefs whose clauses meet in the first such record."""
    uncovered: int
    """Records with a value that no clause selects."""
    example: str


class Submission:
    """A define.xml and the transport files in a folder; files are read when they are first asked for."""

    def __init__(self, define: Document, folder: Path, awaited: Collection[str] = ()) -> None:
        self.define, self.folder, self.awaited = define, folder, awaited
        self.unreadable: dict[str, str] = {}
        self._tables: dict[str, Table | None] = {}

    def file(self, group: ItemGroup) -> Path | None:
        """The transport file of a dataset, if it is there."""
        if group.leaf is None or not group.leaf.href:
            return None
        path = self.folder / group.leaf.href
        return path if path.is_file() else None

    def table(self, group: ItemGroup) -> Table | None:
        """The data of a dataset; None without a file that can be read."""
        if group.oid not in self._tables:
            self._tables[group.oid] = self._read(group)
        return self._tables[group.oid]

    def _read(self, group: ItemGroup) -> Table | None:
        path = self.file(group)
        if path is None:
            return None
        try:
            return Table(*read_xpt(path))
        except XptError as error:
            self.unreadable[group.oid] = str(error)
            return None

    def refs(self, group: ItemGroup) -> Iterator[tuple[ItemRef, ItemDef]]:
        """The ItemRefs of a dataset that lead to an ItemDef."""
        for ref in group.refs:
            if (item := self.define.item.get(ref.item)) is not None:
                yield ref, item

    def name_of(self, group: ItemGroup, item: str) -> str | None:
        """The name of an ItemDef where the dataset refers to it, else None."""
        return next((i.name for r, i in self.refs(group) if r.item == item), None)

    @cached_property
    def uses(self) -> list[Use]:
        """All variables of all datasets, each followed by its kinds of values."""
        return [use for group in self.define.groups for use in self._uses(group)]

    @cached_property
    def variables(self) -> list[Use]:
        """The variables alone."""
        return [u for u in self.uses if u.parent is None]

    @cached_property
    def parts(self) -> dict[tuple[str, str], list[Use]]:
        """The kinds of values of each variable that has a value list, by the OIDs of dataset and ItemDef."""
        found: dict[tuple[str, str], list[Use]] = {}
        for use in self.uses:
            if use.parent is not None:
                found.setdefault((use.group.oid, use.parent.item.oid), []).append(use)
        return found

    @cached_property
    def coverages(self) -> list[Coverage]:
        """For each variable with a value list and data, how the clauses cover it."""
        found = (self._coverage(u) for u in self.variables if u.item.value_list and u.values is not None)
        return [c for c in found if c is not None]

    def _uses(self, group: ItemGroup) -> Iterator[Use]:
        table = self.table(group)
        for ref, item in self.refs(group):
            stored = table.variables.get(item.name) if table is not None else None
            values = values_of(table.frame[item.name]) if table is not None and stored is not None else None
            variable = Use(group, ref, item, None, stored, values)
            yield variable
            for part in self._parts(variable):
                own = self.define.item[part.item]
                selected = self.selected(group, part.clauses) if values is not None and part.clauses else None
                if table is None or selected is None:
                    yield Use(group, part, own, variable, stored, None)
                else:
                    yield Use(group, part, own, variable, stored, values_of(table.frame[item.name], selected))

    def _parts(self, variable: Use) -> list[ItemRef]:
        """The ItemRefs of the value list of a variable that lead to an ItemDef."""
        found = self.define.value_list.get(variable.item.value_list)
        return [r for r in found.refs if r.item in self.define.item] if found is not None else []

    def _coverage(self, variable: Use) -> Coverage | None:
        table = self.table(variable.group)
        parts = [(p, m) for p in self._parts(variable) if (m := self.selected(variable.group, p.clauses)) is not None]
        if table is None or not parts:
            return None
        times = np.zeros(len(table.frame), dtype=np.int32)
        for _, mask in parts:
            times += mask
        column = table.frame[variable.item.name]
        overlapping, uncovered = times > 1, (times == 0) & column.notna().to_numpy()
        first = int(overlapping.argmax())
        between = tuple(p.item for p, mask in parts if mask[first]) if overlapping.any() else ()
        example = str(column.iloc[int(uncovered.argmax())]) if uncovered.any() else ""
        return Coverage(variable, int(overlapping.sum()), between, int(uncovered.sum()), example)

    def selected(self, group: ItemGroup, clauses: Sequence[str]) -> Mask | None:
        """The records of a dataset that any of the clauses selects; None if that cannot be told."""
        table = self.table(group)
        found = [self.define.clause.get(c) for c in clauses]
        if table is None or not found:
            return None
        result: Mask = np.zeros(len(table.frame), dtype=np.bool_)
        for clause in found:
            mask = self._clause(group, clause) if clause is not None else None
            if mask is None:
                return None
            result |= mask
        return result

    def _clause(self, group: ItemGroup, clause: WhereClause) -> Mask | None:
        table = self.table(group)
        if table is None:
            return None
        result: Mask = np.ones(len(table.frame), dtype=np.bool_)
        for check in clause.checks:
            mask = self._check(group, table, check)
            if mask is None:
                return None
            result &= mask
        return result

    def _check(self, group: ItemGroup, table: Table, check: RangeCheck) -> Mask | None:
        """The records for which one comparison holds.

        A comparison with a variable of another dataset holds for the records of the subjects for whom it holds there.
        """
        name = self.name_of(group, check.item)
        if name is not None:
            return compare(table.frame[name], check) if name in table.frame else None
        for other in self.define.groups:
            name, there = self.name_of(other, check.item), self.table(other)
            if name is None or there is None or name not in there.frame:
                continue
            if SUBJECT not in there.frame or SUBJECT not in table.frame:
                return None
            mask = compare(there.frame[name], check)
            if mask is None:
                return None
            subjects = there.frame[SUBJECT][mask].unique()
            return table.frame[SUBJECT].isin(subjects).to_numpy()
        return None


def compare(column: pd.Series[Any], check: RangeCheck) -> Mask | None:
    """The records of which a comparison is true; None if the comparison makes no sense.

    An empty CheckValue stands for missing. A missing value is not equal to any other, and not before or after one.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = np.array(["", *column.cat.categories.tolist()], dtype=np.str_)
        verdict = _compare(texts, np.array(check.values, dtype=np.str_), check.comparator, texts == "")
        return None if verdict is None else verdict[column.cat.codes.to_numpy() + 1]
    try:
        wanted = np.array([float(v) if v.strip() else np.nan for v in check.values], dtype=np.float64)
    except ValueError:
        return None
    numbers = column.to_numpy(dtype=np.float64)
    return _compare(numbers, wanted, check.comparator, np.isnan(numbers))


def _compare(
    values: npt.NDArray[Any], wanted: npt.NDArray[Any], comparator: Literal["EQ"] | str, missing: Mask
) -> Mask | None:
    if not len(wanted):
        return None
    if comparator in ("EQ", "IN", "NE", "NOTIN"):
        equal: Mask = np.isin(values, wanted)
        if wanted.dtype.kind == "f" and np.isnan(wanted).any():
            equal = equal | missing
        return equal if comparator in ("EQ", "IN") else ~equal
    verdicts = {"LT": np.less, "LE": np.less_equal, "GT": np.greater, "GE": np.greater_equal}
    if comparator not in verdicts:
        return None
    result: Mask = verdicts[comparator](values, wanted[0]) & ~missing
    return result
