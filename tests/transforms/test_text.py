"""Text verbs (M12, M15, M19, I18)."""

import pytest

from transforms.columns import Column, plain, text
from transforms.text import change_case, clean, concatenate, extract, part_of, split_long, split_values, with_unit


def test_m12_m19_clean() -> None:
    assert plain(clean(text([" 01-001 ", "a\r\nb", "\u00a0", None]))) == ["01-001", "a b", None, None]


@pytest.mark.parametrize(
    ("case", "expected"),
    [("upper", "LEFT ARM"), ("lower", "left arm"), ("title", "Left Arm"), ("sentence", "Left arm")],
)
def test_change_case(case: str, expected: str) -> None:
    assert plain(change_case(text(["left ARM"]), case)) == [expected]


def test_change_case_names_the_cases() -> None:
    with pytest.raises(ValueError, match="upper, lower, title, sentence"):
        change_case(text(["a"]), "UPPER")


def test_part_of_from_either_end() -> None:
    column = text(["CT0596-01-001", "01", None])
    assert plain(part_of(column, "-", 1)) == ["CT0596", "01", None]
    assert plain(part_of(column, "-", 3)) == ["001", None, None]
    assert plain(part_of(column, "-", -1)) == ["001", "01", None]
    with pytest.raises(ValueError, match="from 1"):
        part_of(column, "-", 0)


def test_m15_multi_select() -> None:
    parts = split_values(text(["SERUM, URINE", "FLC", None, "MARROW,,IMAGING,CLINICAL"]), ",")
    assert [plain(p) for p in parts] == [
        ["SERUM", "FLC", None, "MARROW"],
        ["URINE", None, None, "IMAGING"],
        [None, None, None, "CLINICAL"],
    ]


def test_m15_nothing_selected_anywhere() -> None:
    assert [plain(p) for p in split_values(text([None, None]), ",")] == [[None, None]]


def test_i18_verbatim_of_260_bytes() -> None:
    words = "abcdefghi " * 26
    first, second = split_long(text([words, "short"]))
    assert plain(first) == [("abcdefghi " * 20).strip(), "short"]
    assert plain(second) == [("abcdefghi " * 6).strip(), None]


def test_i18_exactly_the_limit_is_not_split() -> None:
    assert len(split_long(text(["x" * 200]))) == 1


def test_i18_bytes_are_counted_not_characters() -> None:
    assert _pieces(split_long(text(["\u53d1\u70ed\u53d1\u70ed"]), 7)) == ["\u53d1\u70ed", "\u53d1\u70ed"]


def test_i18_a_word_longer_than_the_limit_is_cut() -> None:
    assert _pieces(split_long(text(["aa bbbbbbb c"]), 4)) == ["aa", "bbbb", "bbb", "c"]


def test_extract_first_group_or_all() -> None:
    column = text(["Cycle 0 D-5", "Day 28", None])
    assert plain(extract(column, r"D(?:ay )?(-?\d+)")) == ["-5", "28", None]
    assert plain(extract(column, r"Cycle \d+")) == ["Cycle 0", None, None]
    with pytest.raises(ValueError, match="not a regular expression"):
        extract(column, "(")


def test_concatenate_leaves_out_what_is_missing() -> None:
    joined = concatenate([text(["A", "A", None, None]), text(["1", None, "2", None])], "; ")
    assert plain(joined) == ["A; 1", "A", "2", None]


def _pieces(columns: list[Column]) -> list[str | None]:
    return [plain(c)[0] for c in columns]


def test_m15_part_of_with_several_separators() -> None:
    column = text(["SERUM;URINE", "SERUM, URINE", "MARROW", None])
    assert plain(part_of(column, [";", ","], 1)) == ["SERUM", "SERUM", "MARROW", None]
    assert plain(part_of(column, [";", ","], 2)) == ["URINE", "URINE", None, None]


def test_a_name_with_its_unit() -> None:
    assert plain(with_unit(text(["Hemoglobin", "Isotype", None]), text(["g/L", None, "g/L"]))) == [
        "Hemoglobin (g/L)",
        "Isotype",
        None,
    ]
