"""Numbers within a subject (--SEQ)."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import Codes, text
from transforms.registry import Records
from transforms.sequence import first_of_each, group_numbers, rank_within, sequence_number, sort_order, stable_order


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


KEYS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2**40), st.integers(-1, 2**40)), max_size=20)


def _columns(rows: list[tuple[int, int, int]]) -> list[Codes]:
    return [np.array([row[i] for row in rows], dtype=np.int64) for i in range(3)]


@given(KEYS)
def test_several_keys_sort_as_rows_of_them_do(rows: list[tuple[int, int, int]]) -> None:
    assert [rows[i] for i in sort_order(_columns(rows))] == sorted(rows)


@given(KEYS)
def test_equal_rows_and_only_these_have_one_number(rows: list[tuple[int, int, int]]) -> None:
    numbers, count = group_numbers(_columns(rows))
    assert len(set(numbers.tolist())) == len(set(rows)) == len({*zip(numbers.tolist(), rows, strict=True)})
    assert all(0 <= n < count for n in numbers)


def test_the_first_of_each_group_by_one_key_after_the_other() -> None:
    group = np.array([0, 0, 0, 2, 2, 0])
    first = np.array([1.0, 1.0, np.nan, np.nan, np.nan, 3.0])
    second = np.array([7, 6, 0, 2, 1, 0])
    assert first_of_each(group, 3, [first, second]).tolist() == [1, 4]


def test_rows_are_put_in_order_by_several_numbers() -> None:
    subject, day = np.array([1, 0, 0, 1]), np.array([2.0, 5.0, 3.0, 1.0])
    assert stable_order([subject, day]).tolist() == [2, 1, 3, 0]
    assert stable_order([subject, np.zeros(4)]).tolist() == [1, 2, 0, 3]
    assert stable_order([np.array([0, 0, 1]), np.array([1.0, 1.0, 0.5])]).tolist() == [0, 1, 2]
    assert stable_order([np.empty(0)]).tolist() == []
