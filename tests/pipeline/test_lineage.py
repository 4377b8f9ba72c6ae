"""Edges to records that are not written: they go on to what these were made from."""

import numpy as np

from pipeline.lineage import _behind
from pipeline.records import Part
from transforms.columns import Codes
from transforms.registry import Edge


def codes(*values: int) -> Codes:
    return np.array(values, dtype=np.int64)


def part(source: Codes, sources: list[str], rows: Codes, edges: list[tuple[str, Edge]] | None = None) -> Part:
    none = np.zeros(len(rows), dtype=np.int64)
    return Part("WORK", {}, len(rows), none, none, ["rows"], source, sources, rows, edges or [])


def pairs(edges: list[Edge]) -> list[tuple[str, str, list[tuple[int, int]]]]:
    return [(e.role, e.of, list(zip(e.rows.tolist(), e.of_rows.tolist(), strict=True))) for e in edges if len(e.rows)]


def test_records_of_several_sources() -> None:
    work = part(codes(0, 0, 1), ["EX", "source:ec"], codes(7, 8, 3))
    found = _behind(work, Edge("deciding", "WORK", codes(0, 1, 2), codes(1, 2, 0)))
    assert pairs(found) == [("deciding", "EX", [(0, 8), (2, 7)]), ("deciding", "source:ec", [(1, 3)])]


def test_records_that_a_transform_made_lead_to_what_it_used() -> None:
    made_of = Edge("member", "EX", codes(0, 0, 1), codes(4, 5, 6))
    work = part(codes(0, 0), ["made:WORK"], codes(0, 1), [("", made_of)])
    found = _behind(work, Edge("deciding", "WORK", codes(3, 9), codes(1, 0)))
    assert sorted(pairs(found)[0][2]) == [(3, 6), (9, 4), (9, 5)]
    assert {(e.role, e.of) for e in found} == {("deciding", "EX")}
