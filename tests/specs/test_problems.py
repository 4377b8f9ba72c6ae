"""What is wrong in a spec, as people and programs read it."""

from __future__ import annotations

from specs.problems import Place, SpecErrors, SpecProblem, nearest


def test_a_problem_says_where_what_and_what_to_do() -> None:
    problem = SpecProblem(Place("sdtm/AE.yaml", 8, 22), "AE.AESTDY", "no transform 'study_dy'")
    assert str(problem) == "sdtm/AE.yaml:8:22 AE.AESTDY: no transform 'study_dy'"
    assert str(SpecProblem(Place("study.yaml", 1, 1), "", "not valid YAML")) == "study.yaml:1:1 not valid YAML"


def test_a_problem_for_programs() -> None:
    assert SpecProblem(Place("sdtm/AE.yaml", 8, 22), "AE.AESTDY", "wrong", "CYCLE").as_dict() == {
        "file": "sdtm/AE.yaml",
        "line": 8,
        "column": 22,
        "subject": "AE.AESTDY",
        "message": "wrong",
        "rule": "CYCLE",
        "severity": "error",
    }


def test_problems_come_once_each_and_by_place() -> None:
    early, late = SpecProblem(Place("a.yaml", 2, 9), "", "x"), SpecProblem(Place("a.yaml", 10, 1), "", "y")
    assert SpecErrors([late, early, late]).problems == [early, late]


def test_the_nearest_name() -> None:
    assert nearest("study_dy", ["study_day", "epoch"]) == "; did you mean 'study_day'?"
    assert nearest("aeterm", ["AETERM"]) == "; did you mean 'AETERM'?"
    assert nearest("something else", ["AETERM"]) == ""
