"""Numbers within a subject (--SEQ)."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import text
from transforms.registry import Records
from transforms.sequence import rank_within, sequence_number


def _records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def test_each_subject_starts_at_one_and_missing_comes_first() -> None:
    term = text(["FEVER", None, "COUGH", "FEVER", "COUGH"])
    date = text(["2025-03", "2025-01-01", "2025-02-01", "2025-03-01", "2025-01-05"])
    assert sequence_number([term, date], _records(0, 0, 0, 1, 0)).tolist() == [4, 1, 3, 1, 2]


def test_numbers_are_ordered_as_numbers_and_text_as_text() -> None:
    assert sequence_number([pd.Series([110.0, 20.0, np.nan])], _records(0, 0, 0)).tolist() == [3, 2, 1]
    assert sequence_number([text(["110", "20"])], _records(0, 0)).tolist() == [1, 2]


def test_equal_keys_keep_the_order_of_delivery() -> None:
    records = Records(np.array([0, 0, 0]), np.array([2, 0, 1]))
    assert sequence_number([text(["A", "A", "A"])], records).tolist() == [3, 1, 2]


def test_no_records() -> None:
    assert sequence_number([text([])], _records()).tolist() == []


def test_rank_within_a_group_of_the_subject() -> None:
    test = text(["ALT", "HGB", "ALT", "ALT"])
    date = text(["2025-03-02", "2025-03-01", "2025-03-01", "2025-03-01"])
    assert rank_within([test], [date], _records(0, 0, 0, 1)).tolist() == [2, 1, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["A", "B", "C", ""])), max_size=40))
def test_every_subject_has_one_to_n_in_key_order(rows: list[tuple[int, str]]) -> None:
    numbers = sequence_number([text([key for _, key in rows])], _records(*(subject for subject, _ in rows))).tolist()
    for subject in {subject for subject, _ in rows}:
        own = sorted((n, key) for n, (s, key) in zip(numbers, rows, strict=True) if s == subject)
        assert [n for n, _ in own] == list(range(1, len(own) + 1))
        assert [key for _, key in own] == sorted(key for _, key in own)
