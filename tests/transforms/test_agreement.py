"""Agreement of two responses: scenario M10, matching by date, and weighted kappa."""

import numpy as np
import pytest

from transforms.agreement import agreement, linear_kappa, matched
from transforms.columns import text

ORDER = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD"]
RESPONSE = ["sCR", "CR", "VGPR", "PR"]


def test_m10() -> None:
    investigator = text(["PR"] * 4 + ["VGPR"] * 3 + ["CR"] + ["SD"] * 2)
    computed = text(["PR"] * 4 + ["VGPR"] * 4 + ["SD"] * 2)
    found = agreement(investigator, computed, ORDER, RESPONSE, ["NE"])
    assert (found.pairs, found.exact, found.within_one, found.responders) == (10, 9, 10, 10)
    assert found.table[ORDER.index("CR"), ORDER.index("VGPR")] == 1
    # observed distance 1; by chance (4x(4x1+2x2) + 3x(4x1+2x3) + 1x(4x1+4x2+2x4) + 2x(4x3+4x2))/10 = 12.2
    assert found.kappa == pytest.approx(1 - 1 / 12.2)


def test_not_evaluable_agrees_exactly_or_not_at_all() -> None:
    found = agreement(text(["PD", "NE", "NE", None]), text(["NE", "NE", "PR", "PR"]), ORDER, RESPONSE, ["NE"])
    assert (found.pairs, found.exact, found.within_one, found.responders) == (3, 1, 1, 2)
    assert np.isnan(found.kappa)


def test_kappa_of_a_published_table() -> None:
    # two raters, three levels: agreement 20+10+5 of 50, weighted 1 and 1/2
    table = np.array([[20, 5, 0], [5, 10, 2], [0, 3, 5]])
    # observed distance 15/50; by chance (25x(18+2x7) + 17x(25+7) + 8x(18+2x25))/2500 = 1888/2500
    assert linear_kappa(table) == pytest.approx(1 - (15 / 50) / (1888 / 2500))


def test_perfect_agreement_on_one_level_has_no_kappa() -> None:
    assert np.isnan(linear_kappa(np.array([[5, 0], [0, 0]])))


def test_a_level_that_is_not_named() -> None:
    with pytest.raises(ValueError, match="no level CRi; the levels are sCR, CR"):
        agreement(text(["CRi"]), text(["CR"]), ORDER, RESPONSE)


def test_dates_match_within_seven_days_the_nearest_first() -> None:
    subject, day = np.array([0, 0, 1, 1]), np.array([100, 130, 50, 60])
    other_subject, other_day = np.array([1, 0, 0, 1]), np.array([55, 107, 138, 61])
    first, second = matched(subject, day, other_subject, other_day)
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 1), (2, 0), (3, 3)]


def test_one_date_takes_part_in_one_pair() -> None:
    first, second = matched(np.array([0, 0]), np.array([100, 104]), np.array([0]), np.array([103]))
    assert (first.tolist(), second.tolist()) == ([1], [0])


def test_of_two_equally_near_the_earlier() -> None:
    first, second = matched(np.array([0]), np.array([100]), np.array([0, 0]), np.array([103, 97]))
    assert (first.tolist(), second.tolist()) == ([0], [1])


def test_nothing_to_match() -> None:
    none = np.empty(0, dtype=np.int64)
    assert [len(part) for part in matched(np.array([0]), np.array([1]), none, none)] == [0, 0]
