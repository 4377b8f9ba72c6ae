"""Levels, bases and the collapsed history behind response parameters (design basis 4.3, R-01, R-02)."""

import numpy as np
import pytest

from tests.transforms.related import related
from transforms.columns import constant, plain, text
from transforms.response_history import Assessments, Criteria, History, level_column, ranks, with_basis

LEVELS = ["CR", "PR", "SD", "PD"]


def test_ranks_are_places_in_the_order_of_levels() -> None:
    assert ranks(text(["PD", "CR", "NE", None, "cr"]), LEVELS).tolist() == [3, 0, -1, -1, -1]
    assert ranks(constant(None, 2), LEVELS).tolist() == [-1, -1]


def test_a_basis_is_a_whole_word_of_the_list() -> None:
    bases = text(["SERUM; IMAGING", "IMAGING,SERUM", "MARROW", "IMAGINGS", None])
    assert with_basis(bases, ["IMAGING", "MARROW"]).tolist() == [True, True, True, False, False]
    assert with_basis(bases, []).tolist() == [False] * 5


def test_levels_as_text_and_number() -> None:
    avalc, aval = level_column(np.array([0, 3, 4]), LEVELS, "NE")
    assert (plain(avalc), plain(aval)) == (["CR", "PD", "NE"], [1.0, 4.0, 5.0])
    avalc, aval = level_column(np.array([4]), LEVELS, None)
    assert (plain(avalc), plain(aval)) == ([None], [None])


def test_progression_must_be_a_level() -> None:
    with pytest.raises(ValueError, match="progression: RELAPSE is not one of the levels CR, PR, SD, PD"):
        Criteria(LEVELS, "RELAPSE")


def test_records_of_a_date_collapse_to_the_worst_whatever_their_order() -> None:
    subject = [1, 0, 1, 1, 0, -1]
    dates = ["2025-05-09", "2025-04-07", "2025-04-07", "2025-04-07", None, "2025-04-07"]
    levels = ["CR", "SD", "PD", "PR", "PD", "CR"]
    given = Assessments(
        related("RS.ADT", dates, subject),
        related("RS.AVALC", levels, subject),
        start=related("ADSL.TRTSDT", ["2025-03-10"] * 2),
        basis=[related("RS.BASIS", ["MARROW", None, "SERUM", "MARROW", None, None], subject)],
    )
    history = History.of(given, Criteria(LEVELS, "PD", "SD", ["MARROW"]))
    assert history.subject.tolist() == [0, 1, 1]
    assert history.reported.tolist() == [2, 3, 0]
    assert history.source.tolist() == [1, 2, 0]
    assert history.immediate.tolist() == [False, False, False]  # marrow is the basis of the PR, not of the PD
    assert history.following.tolist() == [-1, 2, -1]
    assert history.record.tolist() == [1, 2, 3, 0]
    assert history.entry.tolist() == [0, 1, 1, 2]
