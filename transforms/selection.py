"""Transforms that pick one related record of a subject and take a value from it."""

from __future__ import annotations

import numpy as np

from transforms.columns import pick
from transforms.registry import Edge, Outcome, Records, Related, register
from transforms.timing import earliest


@register("{of} of the subject's record with the earliest {by}")
def first_value(of: Related, by: Related, records: Records) -> Outcome:
    """A value of the related record with the earliest date, by the order of ``earliest``.

    ``of`` and ``by`` are columns of the same records. Missing where the subject has no dated record. The record that
    decided is in the lineage. Source: design basis 3.2 (the dose received at the first infusion).
    """
    decided = earliest([by], records)
    edge = decided.edges[0]
    positions = np.full(len(records.subject), -1, dtype=np.int64)
    positions[edge.rows] = np.searchsorted(by.rows, edge.of_rows)  # related rows are in ascending order
    return Outcome(pick(of.values, positions), edges=[Edge("deciding", edge.of, edge.rows, edge.of_rows)])
