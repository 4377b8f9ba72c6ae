"""Corrected calcium, free light chains, recovery of counts."""

import numpy as np
import pandas as pd

from transforms.blood_chemistry import (
    corrected_calcium,
    decimal_difference,
    decimal_ratio,
    involved_light_chain,
    recovery_flag,
)
from transforms.columns import Column, plain, text
from transforms.registry import Records


def numbers(*values: float | None) -> Column:
    return pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)


def records(*subjects: int) -> Records:
    return Records(np.array(subjects, dtype=np.int64), np.arange(len(subjects), dtype=np.int64))


def test_j10_j11_calcium_corrected_for_albumin() -> None:
    made = corrected_calcium(numbers(2.61975, 2.0, 2.0, None), numbers(25, 25, None, 40))
    assert plain(made) == [2.91975, 2.3, None, None]


def test_decimal_arithmetic_has_no_noise() -> None:
    assert plain(decimal_difference(numbers(0.3, 450, 1), numbers(0.1, 5, None))) == [0.2, 445, None]
    assert plain(decimal_ratio(numbers(450, 110.1, 1), numbers(5, 36.7, 0))) == [90, 3, None]


def test_the_involved_chain_lies_beyond_the_normal_ratio() -> None:
    kappa, lambda_ = numbers(450, 16.5, 16.6, 2.6, 2.5, 10, None), numbers(5, 10, 10, 10, 10, None, 10)
    assert plain(involved_light_chain(kappa, lambda_)) == ["KAPPA", None, "KAPPA", None, "LAMBDA", None, None]


def test_the_recovery_of_a_count_is_not_one_that_falls_again() -> None:
    value = numbers(2.0, 0.3, 0.6, 0.4, 0.5, 0.9, 0.7, 0.2, 0.1)
    date = numbers(1, 4, 7, 10, 14, 21, 1, 4, 7)
    made = recovery_flag(value, date, 0.5, records(0, 0, 0, 0, 0, 0, 1, 1, 1))
    assert plain(made) == [None, None, None, None, "Y", None, None, None, None]


def test_a_count_that_never_fell_does_not_recover() -> None:
    assert plain(recovery_flag(numbers(0.9, 0.5), numbers(1, 4), 0.5, records(0, 0))) == [None, None]


def test_recovery_among_the_records_of_a_test() -> None:
    value, test = numbers(0.3, 0.1, 0.6, 0.8), text(["NEUT", "WBC", "NEUT", "WBC"])
    made = recovery_flag(value, numbers(1, 2, 3, 4), 0.5, records(0, 0, 0, 0), [test], [text(["Y", "N", "Y", "N"])])
    assert plain(made) == [None, None, "Y", None]
