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
from transforms.columns import Codes, Column, take, text
from transforms.registry import Edge

MADE = "made:"
"""The source of records that a transform made: no record stands behind them, only their edges."""


def lineage_columns(context: RangeContext, part: Part) -> dict[str, Column | Codes]:
    """The edges of a finished dataset: record, role, variable, of (source or dataset), of_row; in record order."""
    found = [*_own_edges(context, part), *_parameter_edges(context, part)]
    if part.name in context.model.datasets:
        found = [(v, x) for v, e in found for x in _in_place(context, e)]
    edges = found
    roles = text(pd.Series([e.role for _, e in edges], dtype="str"))
    variables = text(pd.Series([v for v, _ in edges], dtype="str"))
    sources = text(pd.Series([e.of for _, e in edges], dtype="str"))
    number = np.repeat(np.arange(len(edges)), [len(e.rows) for _, e in edges]).astype(np.int64)
    empty = np.empty(0, dtype=np.int64)
    record = np.concatenate([e.rows for _, e in edges]) if edges else empty
    of_row = np.concatenate([e.of_rows for _, e in edges]) if edges else empty
    order = np.lexsort([of_row, number, record])
    named = {n: take(c, number[order]) for n, c in (("role", roles), ("variable", variables), ("of", sources))}
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


def _in_place(context: RangeContext, edge: Edge) -> list[Edge]:
    """An edge to where the record is now: in order, in the parameter's dataset, behind what is not written."""
    dataset = context.model.datasets.get(edge.of)
    if dataset is not None and not dataset.is_written and dataset.parameter_of is None:
        return [x for e in _behind(context.parts[edge.of], edge) for x in _in_place(context, e)]
    if dataset is None or edge.of not in context.places:
        return [edge]
    return [replace(edge, of=dataset.parameter_of or edge.of, of_rows=context.places[edge.of][edge.of_rows])]


def _behind(part: Part, edge: Edge) -> list[Edge]:
    """An edge to records that are not written, as edges to what these were made from."""
    found = []
    for i, of in enumerate(part.sources):
        mine = part.source[edge.of_rows] == i
        if not of.startswith(MADE):
            found.append(Edge(edge.role, of, edge.rows[mine], part.source_row[edge.of_rows[mine]]))
            continue
        made = pd.DataFrame({"at": edge.of_rows[mine], "row": edge.rows[mine]})
        for _, other in part.edges:
            both = made.merge(pd.DataFrame({"at": other.rows, "of_row": other.of_rows}), on="at")
            found.append(Edge(edge.role, other.of, both["row"].to_numpy(), both["of_row"].to_numpy()))
    return found
