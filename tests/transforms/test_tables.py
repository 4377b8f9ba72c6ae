"""Tables that specs name, as plain texts."""

import pandas as pd
import pytest

from transforms.tables import rows_of


def test_texts_trimmed_and_empty_where_missing() -> None:
    table = pd.DataFrame({"unit": pd.Categorical([" g/L", None]), "low": ["1", ""]})
    assert rows_of(table, ["unit", "low"], ["high"]) == [
        {"unit": "g/L", "low": "1", "high": ""},
        {"unit": "", "low": "", "high": ""},
    ]


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(ValueError, match="no column low; it has unit"):
        rows_of(pd.DataFrame({"unit": ["g/L"]}), ["unit", "low"])


def test_no_rows() -> None:
    assert rows_of(pd.DataFrame({"unit": pd.Series([], dtype="str")}), ["unit"]) == []
