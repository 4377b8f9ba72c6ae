"""Values of other records of a subject that agree with a record in some variables, such as two tests of one sample.

Source: design basis 4.5 (corrected calcium, free light chains); as admiral's ``derive_vars_joined``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.assessments import parallel
from transforms.columns import Codes, Column, codes_of, distinct_rows, missing, pick, stack
from transforms.registry import Edge, Outcome, Records, Related, register


@register("{of} of the subject's last record[ in the order of {order}] with the same {match} as {by}")
def value_of_match(
    of: Related, match: list[Related], by: list[Column], records: Records, order: list[Related] | None = None
) -> Outcome:
    """The value of the related record that has the same values in ``match`` as ours in ``by``, which go in pairs.

    Records without a value of ``of`` do not count, nor does a missing value of the first pair match anything; in the
    other pairs missing equals missing. Raises ValueError for lists of unequal length. Source: design basis 4.5.
    """
    if len(match) != len(by):
        raise ValueError(f"value_of_match: match and by go in pairs; they have {len(match)} and {len(by)}")
    usable = np.flatnonzero((of.subject >= 0) & ~missing(of.values) & ~missing(parallel(of, match[0]).values))
    ranked = [codes_of(parallel(of, o).values)[usable] for o in reversed(order or [])]
    usable = usable[np.lexsort([usable, *ranked])].astype(np.int64)
    theirs = [_owner(of.subject[usable]), *(parallel(of, m).values.iloc[usable].reset_index(drop=True) for m in match)]
    ours = [_owner(records.subject), *by]
    _, group = distinct_rows([stack([a, b]) for a, b in zip(theirs, ours, strict=True)])
    last = np.full(int(group.max(initial=-1)) + 1, -1, dtype=np.int64)
    last[group[: len(usable)]] = usable
    position: Codes = np.where(missing(by[0]), -1, last[group[len(usable) :]])
    found = np.flatnonzero(position >= 0).astype(np.int64)
    dataset = of.name.rpartition(".")[0]
    return Outcome(pick(of.values, position), edges=[Edge("lookup", dataset, found, of.rows[position[found]])])


def _owner(subject: Codes) -> Column:
    return pd.Series(subject.astype(np.float64))
