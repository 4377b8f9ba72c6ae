"""Collecting: the records of a dataset from raw rows (or from records of other datasets), with their collected values.

Each kind of row says where it comes from and which rows it takes; what it leaves is kept for the accounting.
Design, section 4 (collect) and section 3 rule 7 (joins state their cardinality).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.accounting import Taken
from pipeline.context import RangeContext, RangeSource
from pipeline.methods import Raw, evaluate
from pipeline.needs import NUMBER, PERSON, raw_columns, row_variables
from pipeline.ranges import SUBJECT
from pipeline.records import Part
from pipeline.refer import UnfitParameter, call, column
from pipeline.time_to_event import make_time_to_event
from pipeline.untaken import note_read
from specs.conditions import parse_condition
from specs.model import Dataset, Join, Rows, Variable
from specs.uses import Derivation, cases, is_collected
from transforms.columns import (
    Codes,
    Column,
    Mask,
    codes_of,
    distinct_rows,
    lay,
    missing,
    numbers,
    order_of,
    pick,
    stack,
    take,
    text,
)
from transforms.registry import Edge, Made, Outcome, Problem
from transforms.sequence import run_starts


@dataclass
class Block:
    """The records that one kind of row made, before they are stacked."""

    columns: dict[str, Column]
    subject: Codes
    source_row: Codes
    source: str
    edges: list[tuple[str, Edge]] = field(default_factory=list)


@dataclass
class Frame:
    """What rows come from: raw rows of a source, or records of another dataset."""

    name: str
    get: Callable[[str], Column]
    size: int
    subject: Codes
    rows: Codes
    """Raw row positions of a source, record positions of a dataset."""


def collect(context: RangeContext, name: str) -> Part:
    """The records of a dataset with every collected variable. Problems and accounting go to the context."""
    dataset = context.model.datasets[name]
    blocks = [_collect_rows(context, name, dataset, row_name, row) for row_name, row in dataset.rows.items()]
    names = [*dataset.variables, *dataset.supplemental]
    names += [v for row in dataset.rows.values() for v in row.variables if v not in names]
    part = _stack(name, list(dict.fromkeys(names)), list(dataset.rows), blocks)
    for variable in part.columns:
        part.columns[variable] = _typed(context, part, variable, dataset.variables.get(variable))
    return part


def _typed(context: RangeContext, part: Part, variable: str, typed: Variable | None) -> Column:
    """A collected column as its declared type; text where a number is declared is a finding and becomes missing."""
    values = part.columns[variable]
    if typed is None or typed.type != "Num" or not isinstance(values.dtype, pd.CategoricalDtype):
        return values
    made = numbers(values)
    lost = np.flatnonzero(missing(made) & ~missing(values)).astype(np.int64)
    if len(lost):
        told = f"{part.name}.{variable} is numeric, and '{{value}}' is not a number; it is left empty"
        problem = Problem("NOT_A_NUMBER", "error", lost, told, take(values, lost))
        context.part_problem(problem, part, variable)
    return made


def _collect_rows(context: RangeContext, name: str, dataset: Dataset, row_name: str, row: Rows) -> Block:
    frame, made = _made(context, name, row) if row.derive or row.time_to_event else (_frame(context, row.from_), None)
    beside = f"{row.from_}|{row.join!r}" if row.join else row.from_
    joins = _joins(context, name, row, frame, beside)

    def get(column: str) -> Column:
        alias, _, rest = column.partition(".")
        if alias in joins and rest:
            return joins[alias].column(rest)
        if column == NUMBER:
            return frame.get(SUBJECT)
        if column.startswith(PERSON):
            return context.person_column(rest, frame.subject)
        return frame.get(column)

    passing = _passing(context, row, frame, get)
    chosen = _chosen(context, row, frame, get, passing, f"{name}.{row_name}")
    if made is None and row.from_ in context.model.study.sources:
        note_read(context, dataset, row, get, passing)
    if made is None and row.from_ in context.parts and frame.name == row.from_ and not joins:
        frame = _narrowed(frame, chosen)  # `get` reads this frame from here on
        chosen = np.arange(frame.size, dtype=np.int64)
    memo = context.memo(row.from_, beside) if row.from_ else {}
    stands_for = frame.name in context.parts and context.model.datasets[frame.name].stands_for
    collected = frame.name.startswith(("source:", "table:")) or bool(stands_for)
    raw = Raw(get, frame.size, context.model, name, context.source_columns, context.reference_problem, collected, memo)
    every = len(chosen) == frame.size
    place = np.full(frame.size, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    block = Block({}, frame.subject[chosen], frame.rows[chosen], frame.name)
    for variable, typed in row_variables(dataset, row).items():
        if not is_collected(typed) or not cases(typed):
            continue
        outcome = evaluate(typed, f"{name}.{variable}", raw)
        block.columns[variable] = outcome.values if every else take(outcome.values, chosen)
        for problem in outcome.problems:
            some = problem.within(np.flatnonzero(place[problem.rows] >= 0))
            columns = raw_columns(dataset, row, variable) if len(some.rows) else []
            context.raw_problem(some, name, variable, frame.name, frame.rows, frame.subject, columns)
        for edge in outcome.edges:
            kept = place[edge.rows] >= 0
            block.edges.append((variable, Edge(edge.role, edge.of, place[edge.rows[kept]], edge.of_rows[kept])))
    for joined in joins.values():
        block.edges += joined.edges(place)
    if made is not None:
        block.columns = {**made.columns, **block.columns}
        block.edges += [("", edge) for edge in made.edges]
    return block


def _narrowed(frame: Frame, chosen: Codes) -> Frame:
    """The chosen records of another dataset; the rest of it need not be read (raw rows are read once for all)."""
    if len(chosen) == frame.size:
        return frame
    return Frame(
        frame.name, lambda c: take(frame.get(c), chosen), len(chosen), frame.subject[chosen], frame.rows[chosen]
    )


def _made(context: RangeContext, name: str, row: Rows) -> tuple[Frame, Made]:
    """The records that a transform makes, as a frame that the other variables of the row can read."""
    if row.time_to_event:
        try:
            made: Outcome | Made = make_time_to_event(context, row.time_to_event)
        except ValueError as error:
            raise UnfitParameter("time_to_event", str(error)) from error
    else:
        made = call(context, Part.empty(name), Derivation(row.derive or "", dict(row.with_ or {})))
    assert isinstance(made, Made)  # rules.check keeps other transforms from rows
    size = len(made.subject)
    rows = np.arange(size, dtype=np.int64)
    for problem in made.problems:
        context.raw_problem(problem, name, "", f"made:{name}", rows, made.subject)
    return Frame(f"made:{name}", lambda c: made.columns[c], size, made.subject, rows), made


def _frame(context: RangeContext, source: str) -> Frame:
    if source.endswith(".csv"):
        table = context.model.table(source)
        size = len(table)
        none = np.full(size, -1, dtype=np.int64)
        return Frame(f"table:{source}", lambda c: text(table[c]), size, none, np.arange(size, dtype=np.int64))
    if source in context.model.study.sources:
        found = context.source(source)
        return Frame(f"source:{source}", found.get, found.size, found.subject, found.rows)
    part = context.parts[source]
    return Frame(
        source, lambda c: column(context, part, c), part.size, part.subject, np.arange(part.size, dtype=np.int64)
    )


def _passing(context: RangeContext, row: Rows, frame: Frame, get: Callable[[str], Column]) -> Mask:
    """Where the conditions of this kind of row hold."""
    kept: Mask = np.ones(frame.size, dtype=bool)
    if row.where:
        kept &= parse_condition(row.where).mask(get, frame.size)
    for exists, wanted in row.presence:
        by_number = exists.by == "subject" and frame.name.startswith("source:")
        kept &= context.has_rows(exists, frame.subject, frame.get(SUBJECT) if by_number else None) == wanted
    return kept


def _chosen(
    context: RangeContext, row: Rows, frame: Frame, get: Callable[[str], Column], passing: Mask, name: str
) -> Codes:
    """The positions of the rows that this kind of row takes, of those that pass its conditions."""
    positions = np.flatnonzero(passing)
    distinct = [get(c) for c in row.distinct or []]
    if row.first or row.last:
        values = get(row.first or row.last or "")
        positions = _extreme(values, frame.subject, positions, distinct, last=row.last is not None)
    elif distinct:
        positions = _first_of_each(distinct, frame.subject, positions)
    if frame.name.startswith("source:"):
        source = frame.name.removeprefix("source:")
        context.taken.append(Taken(source, name, frame.rows[positions], frame.rows, taking=_taking(row)))
    return positions.astype(np.int64)


def _taking(row: Rows) -> str:
    """Which rows a kind of row takes, in the words of the spec."""
    said = [f"where {row.where}"] if row.where else []
    said += [f"{'only if' if wanted else 'unless'} {e.source}" for e, wanted in row.presence]
    said += [f"{word} {given}" for word, given in (("first", row.first), ("last", row.last)) if given]
    said += [f"distinct {', '.join(row.distinct)}"] if row.distinct else []
    return "; ".join(said)


def _extreme(values: Column, subject: Codes, positions: Codes, distinct: list[Column], *, last: bool) -> Codes:
    """Per subject (and distinct values) the row with the first or last value.

    Missing values never win; ties keep the earlier row.
    """
    positions = positions[~missing(values)[positions]]
    codes = codes_of(values)[positions]
    groups = [codes_of(c)[positions] for c in distinct]
    order = np.lexsort([positions if not last else -positions, codes, *groups, subject[positions]])
    starts = run_starts([subject[positions][order], *(g[order] for g in groups)])
    edge = np.append(starts[1:], True)[: len(starts)] if last else starts
    chosen: Codes = np.sort(positions[order[edge]])
    return chosen


def _first_of_each(columns: list[Column], subject: Codes, positions: Codes) -> Codes:
    stacked = np.column_stack([subject[positions], *[codes_of(c)[positions] for c in columns]])
    again: Mask = pd.DataFrame(stacked).duplicated().to_numpy()
    kept: Codes = positions[~again]
    return kept


@dataclass
class Joined:
    """Another source beside our rows: for each of ours the position of theirs, or -1."""

    source: str
    get: Callable[[str], Column]
    rows: Codes
    match: Codes

    def column(self, name: str) -> Column:
        """Their column, aligned to our rows."""
        return pick(text(self.get(name)), self.match)

    def edges(self, place: Codes) -> list[tuple[str, Edge]]:
        """Which of their rows stand beside which of our records."""
        found = np.flatnonzero((self.match >= 0) & (place >= 0))
        return [("", Edge("lookup", f"source:{self.source}", place[found], self.rows[self.match[found]]))]


def _joins(context: RangeContext, name: str, row: Rows, frame: Frame, beside: str) -> dict[str, Joined]:
    """The joins of a row; rows of one source with the same joins (a wide form's tests) share them."""
    if not row.join or row.from_ not in context.model.study.sources:
        return {alias: _joined(context, name, alias, join, frame) for alias, join in row.join.items()}
    if beside not in context.joins:
        context.joins[beside] = {a: _joined(context, name, a, join, frame) for a, join in row.join.items()}
    found: dict[str, Joined] = context.joins[beside]
    return found


def _joined(context: RangeContext, dataset: str, alias: str, join: Join, frame: Frame) -> Joined:
    """Their row for each of ours. Rows are ranked by ``order``; ``many`` says which counts, or that none does."""
    theirs = context.source(join.source)
    kept = np.arange(theirs.size, dtype=np.int64)
    if join.where:
        kept = np.flatnonzero(parse_condition(join.where).mask(theirs.get, theirs.size)).astype(np.int64)
    if join.order:
        kept = kept[order_of([take(text(theirs.get(join.order)), kept)])]
    ours_keys, their_keys = _join_keys(join, frame, theirs)
    both = [stack([take(b, kept), a]) for a, b in zip(ours_keys, their_keys, strict=True)]
    blank = np.logical_or.reduce([missing(b) for b in both])
    first, group = distinct_rows(both)
    their_group, our_group = group[: len(kept)], group[len(kept) :]
    winner = np.full(len(first), -1, dtype=np.int64)
    ranked = np.arange(len(kept))[:: -1 if join.many == "first" else 1]
    winner[their_group[ranked]] = kept[ranked]
    number = np.bincount(their_group, minlength=len(first))
    if join.many == "error":
        repeated = kept[(number[their_group] > 1) & ~blank[: len(kept)]]
        told = f"{dataset}: join {alias} allows one row of {join.source}, but there are several; none is taken"
        context.raw_rows("JOIN_DUPLICATE", "error", told, dataset, join.source, repeated, theirs.rows, theirs.subject)
        winner[number > 1] = -1
    if join.orphans == "finding":
        orphan = kept[~np.isin(their_group, our_group)]
        told = f"{dataset}: row of {join.source} belongs to no row (join {alias})"
        context.raw_rows("JOIN_ORPHAN", "warning", told, dataset, join.source, orphan, theirs.rows, theirs.subject)
    match = np.where(blank[len(kept) :], -1, winner[our_group])
    return Joined(join.source, theirs.get, theirs.rows, match)


def _join_keys(join: Join, frame: Frame, theirs: RangeSource) -> tuple[list[Column], list[Column]]:
    """The columns to be equal, ours and theirs; ``subject`` and ``person`` are the columns beside the raw ones."""
    pairs = join.by if isinstance(join.by, dict) else {join.by: join.by}
    ours, other = [], []
    for mine, their in pairs.items():
        if mine == "person" or (mine == "subject" and not frame.name.startswith("source:")):
            ours.append(pd.Series(np.where(frame.subject < 0, np.nan, frame.subject)))
            other.append(pd.Series(np.where(theirs.subject < 0, np.nan, theirs.subject)))
        else:
            ours.append(text(frame.get(SUBJECT if mine == "subject" else mine)))
            other.append(text(theirs.get(SUBJECT if their == "subject" else their)))
    return ours, other


def _stack(name: str, variables: list[str], templates: list[str], blocks: list[Block]) -> Part:
    sizes = [len(b.subject) for b in blocks]
    sources = list(dict.fromkeys(b.source for b in blocks))
    columns: dict[str, Column] = {}
    for variable in variables:
        if any(variable in b.columns for b in blocks):
            columns[variable] = lay([b.columns.get(variable) for b in blocks], sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    edges = [
        (v, Edge(e.role, e.of, e.rows + start, e.of_rows))
        for b, start in zip(blocks, starts[:-1], strict=True)
        for v, e in b.edges
    ]
    empty = np.empty(0, dtype=np.int64)
    return Part(
        name,
        columns,
        int(starts[-1]),
        np.concatenate([b.subject for b in blocks]) if blocks else empty,
        np.repeat(np.arange(len(blocks)), sizes).astype(np.int64),
        templates,
        np.concatenate([np.full(n, sources.index(b.source)) for b, n in zip(blocks, sizes, strict=True)]).astype(
            np.int64
        )
        if blocks
        else empty,
        sources,
        np.concatenate([b.source_row for b in blocks]) if blocks else empty,
        edges,
    )
