"""Codes of columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.columns import choose, codes_of, plain, stack, text

NUMBERS = st.one_of(st.none(), st.integers(-5, 5).map(float), st.floats(-1e12, 1e12))


@given(st.lists(NUMBERS, max_size=20))
def test_codes_of_numbers_order_as_the_numbers_do(values: list[float | None]) -> None:
    codes = codes_of(pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)).tolist()
    pairs = [(v, c) for v, c in zip(values, codes, strict=True) if v is not None]
    assert all((a < b) == (c < d) and (a == b) == (c == d) for a, c in pairs for b, d in pairs)
    assert [c for v, c in zip(values, codes, strict=True) if v is None] == [-1] * values.count(None)


@pytest.mark.parametrize("values", [["b", None, "a", "b"], [None, None]])
def test_codes_of_texts_order_as_the_texts_do(values: list[str | None]) -> None:
    codes = codes_of(text(values)).tolist()
    assert [c == -1 for c in codes] == [v is None for v in values]
    assert sorted(c for c in codes if c >= 0) == [codes[values.index(v)] for v in sorted(v for v in values if v)]


def test_numbers_stay_numbers_beside_a_text_column_without_values() -> None:
    numbers, nothing = pd.Series([0.1, np.nan]), text([None, None])
    assert stack([numbers, nothing]).dtype == "float64"
    assert plain(choose(nothing, np.array([True, False]), numbers)) == [0.1, None]
    assert plain(stack([numbers, text(["x"])])) == ["0.1", None, "x"]
