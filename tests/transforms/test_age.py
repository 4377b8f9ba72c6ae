"""Age in completed years."""

import pytest

from transforms.age import compute_age
from transforms.columns import plain, text


@pytest.mark.parametrize(
    ("birth", "reference", "age"),
    [
        ("1961-02-14", "2025-02-13", 63),
        ("1961-02-14", "2025-02-14", 64),
        ("1961-02-14", "2025-02-14T09:30", 64),
        ("1960-02-29", "2025-02-28", 64),
        ("1960-02-29", "2025-03-01", 65),
        ("2025-02-14", "2025-02-14", 0),
        ("1961-02", "2025-03-01", 64),  # every day of February is before
        ("1961-02", "2025-01-31", 63),
        ("1961-02-14", "2025-03", 64),
        ("1961", "2025-12-31", 64),  # the last day of the year: everybody has had a birthday
        (None, "2025-02-14", None),
        ("1961-02-14", None, None),
    ],
)
def test_completed_years(birth: str | None, reference: str | None, age: int | None) -> None:
    found = compute_age(text([birth]), text([reference]))
    assert plain(found.values) == [age]
    assert found.problems == []


def test_a_partial_birth_date_is_not_guessed() -> None:
    found = compute_age(text(["1961", "1961-02", "1961-02-14"]), text(["2025-02-14", "2025-02-14", "2025-02"]))
    assert plain(found.values) == [None, None, None]
    (problem,) = found.problems
    assert (problem.rule, problem.severity, problem.rows.tolist()) == ("AGE_UNCERTAIN", "warning", [0, 1, 2])
    assert problem.values is not None
    assert plain(problem.values) == ["1961 to 2025-02-14", "1961-02 to 2025-02-14", "1961-02-14 to 2025-02"]


def test_by_the_parts_that_are_known_where_the_study_says_so() -> None:
    births, references = ["1961", "1961-02", "1961-03"], ["2025-02-14", "2025-02-14", "2025-02-14"]
    found = compute_age(text(births), text(references), partial="known parts")
    assert plain(found.values) == [64, 64, 63]
    assert found.problems == []


def test_born_after_the_reference() -> None:
    found = compute_age(text(["2025-03-01", "2026"]), text(["2025-02-14", "2025-02-14"]), partial="known parts")
    assert plain(found.values) == [None, None]
    assert [(p.rule, p.severity, p.rows.tolist()) for p in found.problems] == [("AGE_IMPOSSIBLE", "error", [0, 1])]
