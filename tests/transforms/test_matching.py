"""Values of records that agree with a record, such as the albumin of a calcium's sample."""

import numpy as np
import pandas as pd
import pytest

from tests.transforms.related import related
from transforms.columns import plain, text
from transforms.matching import value_of_match
from transforms.registry import Records

ALBUMIN = related("LBR.AVAL", [25.0, 40.0, 41.0, None, 30.0], [0, 0, 0, 0, 1])
SAMPLE = related("LBR.LBDTC", ["T1 ", "T2 ", "T2 ", "T3 ", "T1 "], [0, 0, 0, 0, 1])
LABORATORY = related("LBR.LBNAM", ["L1", None, None, "L1", "L1"], [0, 0, 0, 0, 1])
SEQUENCE = related("LBR.LBSEQ", [1.0, 9.0, 2.0, 3.0, 1.0], [0, 0, 0, 0, 1])


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def test_the_record_of_the_same_sample() -> None:
    sample, laboratory = text(["T1 ", "T1 ", "T2 ", "T3 ", None, "T1 "]), text(["L1", "L2", None, "L1", "L1", "L1"])
    made = value_of_match(ALBUMIN, [SAMPLE, LABORATORY], [sample, laboratory], records(0, 0, 0, 0, 0, 1))
    assert plain(made.values) == [25, None, 41, None, None, 30]
    (edge,) = made.edges
    assert (edge.of, edge.rows.tolist(), edge.of_rows.tolist()) == ("LBR", [0, 2, 5], [0, 2, 4])


def test_of_several_the_last_in_an_order() -> None:
    made = value_of_match(ALBUMIN, [SAMPLE], [text(["T2 "])], records(0), order=[SEQUENCE])
    assert plain(made.values) == [40]


def test_no_records_at_all() -> None:
    empty = related("LBR.AVAL", [], [])
    assert plain(value_of_match(empty, [empty], [pd.Series([1.0])], records(0)).values) == [None]


def test_pairs_must_fit() -> None:
    with pytest.raises(ValueError, match="they have 1 and 2"):
        value_of_match(ALBUMIN, [SAMPLE], [text(["T2 "]), text(["L1"])], records(0))
