"""Lineage: which raw rows and which records of other datasets a record was made from, each with its role.

Integer columns and small dictionaries, never an object per cell. The records of a parameter stand in their dataset, so
an edge to ``ADRS.PD`` becomes an edge to the record of ADRS. Design, section 4 (lineage has roles).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.context import RangeContext
from pipeline.records import Part
from transforms.columns import Codes, Column, text
from transforms.registry import Edge

MADE = "made:"
"""The source of records that a transform made: no record stands behind them, only their edges."""


def lineage_columns(context: RangeContext, part: Part) -> dict[str, Column | Codes]:
    """The edges of a finished dataset: record, role, variable, of (source or dataset), of_row; in record order."""
    found = [*_own_edges(context, part), *_parameter_edges(context, part)]
    edges = [(v, _in_place(context, e) if part.name in context.model.datasets else e) for v, e in found]
    roles = text(pd.Series([e.role for _, e in edges], dtype="str"))
    variables = text(pd.Series([v for v, _ in edges], dtype="str"))
    sources = text(pd.Series([e.of for _, e in edges], dtype="str"))
    number = np.repeat(np.arange(len(edges)), [len(e.rows) for _, e in edges]).astype(np.int64)
    empty = np.empty(0, dtype=np.int64)
    record = np.concatenate([e.rows for _, e in edges]) if edges else empty
    of_row = np.concatenate([e.of_rows for _, e in edges]) if edges else empty
    order = np.lexsort([of_row, number, record])
    named = {n: c.iloc[number[order]] for n, c in (("role", roles), ("variable", variables), ("of", sources))}
    return {"record": record[order], **named, "of_row": of_row[order]}


def _own_edges(context: RangeContext, part: Part) -> list[tuple[str, Edge]]:
    found = []
    for i, of in enumerate(part.sources):
        rows = np.flatnonzero(part.source == i).astype(np.int64)
        if not of.startswith(MADE) and not _is_parameter(context, of):
            found.append(("", Edge("record", of, rows, part.source_row[rows])))
    return [*found, *part.edges]


def _parameter_edges(context: RangeContext, part: Part) -> list[tuple[str, Edge]]:
    """The edges of the parameters of a dataset, as edges of the dataset's own records."""
    found = []
    for name, place in context.places.items():
        if _is_parameter(context, name) and context.model.datasets[name].parameter_of == part.name:
            own = _own_edges(context, context.parts[name])
            found += [(v, replace(e, rows=place[e.rows])) for v, e in own]
    return found


def _is_parameter(context: RangeContext, name: str) -> bool:
    dataset = context.model.datasets.get(name)
    return dataset is not None and dataset.parameter_of is not None


def _in_place(context: RangeContext, edge: Edge) -> Edge:
    """An edge to where the record is now: in order, a parameter's record in its dataset, an input's in its source."""
    of = context.model.datasets.get(edge.of)
    if of is not None and of.stands_for:
        return replace(edge, of=f"source:{of.stands_for}", of_rows=context.parts[edge.of].source_row[edge.of_rows])
    if edge.of not in context.places:
        return edge
    dataset = context.model.datasets[edge.of]
    return replace(edge, of=dataset.parameter_of or edge.of, of_rows=context.places[edge.of][edge.of_rows])
