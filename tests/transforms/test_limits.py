"""Values that stand for results beyond a limit of quantitation."""

import pytest

from transforms.columns import plain, text
from transforms.limits import limit_type, text_result, value_at_limit

RESULTS = text(["3.2", "<5", "<5", "<5", ">5000", "3-5", "POSITIVE", None])
RULES = text([None, None, "LLOQ", "ZERO", None, None, None, None])


def test_j18_j22_the_value_at_a_limit() -> None:
    assert plain(value_at_limit(RESULTS, RULES)) == [3.2, 2.5, 5, 0, 5000, None, None, None]


def test_what_the_value_is() -> None:
    assert plain(limit_type(RESULTS, RULES)) == [None, "HALFLLOQ", "LLOQ", None, "ULOQ", None, None, None]


def test_without_rules_one_holds_for_all() -> None:
    assert plain(value_at_limit(text(["<5", "<=8"]), otherwise="LLOQ")) == [5, 8]
    assert plain(limit_type(text(["<5", ">=8"]), otherwise="LLOQ")) == ["LLOQ", "ULOQ"]


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="HALFLLOQ, LLOQ, ZERO, not HALF"):
        value_at_limit(text(["<5"]), text(["HALF"]))


def test_texts_are_results_that_a_number_does_not_tell() -> None:
    assert plain(text_result(RESULTS)) == [None, "<5", "<5", "<5", ">5000", "3-5", "POSITIVE", None]
    assert plain(text_result(text(["3.20", "-4", "1+"]))) == [None, None, "1+"]


def test_a_word_for_nothing_is_zero_where_the_rule_says_so() -> None:
    results, rules = text(["NOT DETECTED", "NOT DETECTED", "<0.5"]), text(["ZERO", None, "ZERO"])
    assert plain(value_at_limit(results, rules, absent=["NOT DETECTED"])) == [0, None, 0]
