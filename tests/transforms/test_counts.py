"""Counts over the whole study (design basis 1.8: ACTSUB)."""

import numpy as np

from transforms.columns import plain, text
from transforms.counts import count_distinct
from transforms.registry import REGISTRY, Records, Related


def test_distinct_values_are_counted_once() -> None:
    subjects = Related("DM.USUBJID", text(["01", "02", "02", None, "03"]), np.full(5, -1), np.arange(5))
    found = count_distinct(subjects, Records(np.array([-1, -1]), np.arange(2)))
    assert plain(found) == ["3", "3"]
    assert REGISTRY["count_distinct"].scope == "study"
