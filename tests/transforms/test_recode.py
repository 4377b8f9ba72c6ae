"""Recoding through codelists (J15, L10; design 4)."""

from transforms.columns import plain, text
from transforms.recode import Terms, decode, recode

UNIT = Terms(
    name="UNIT",
    values=("g/L", "10^9/L", "10^6/L", "mg/dL", "ng/L"),
    decodes={"ng/L": "Nanogram per Liter"},
    synonyms={"G/L": "10^9/L", "10^3/uL": "10^9/L", "/mm3": "10^6/L", "pg/mL": "ng/L"},
    ambiguous=frozenset({"mu"}),
)
SEX = Terms(name="SEX", values=("F", "M", "U"), decodes={"F": "Female", "M": "Male"})


def test_j15_units_by_synonym_and_exact_case_first() -> None:
    outcome = recode(text(["G/L", "g/L", "g/l", "/mm3", "pg/mL", "PG/ML", "MG/DL"]), {}, UNIT)
    assert plain(outcome.values) == ["10^9/L", "g/L", "g/L", "10^6/L", "ng/L", "ng/L", "mg/dL"]
    assert outcome.problems == []


def test_j15_the_pack_s_own_mapping_comes_first() -> None:
    outcome = recode(text(["x10(3)/\u00b5L", "X10(3)/uL", "G/L"]), {"x10(3)/uL": "10^9/L", "G/L": "g/L"}, UNIT)
    assert plain(outcome.values) == ["10^9/L", "10^9/L", "g/L"]


def test_decode_text_and_blanks() -> None:
    assert plain(recode(text(["Male ", "FEMALE", "u", None]), {}, SEX).values) == ["M", "F", "U", None]


def test_unmapped_is_missing_and_a_finding_with_its_rows() -> None:
    outcome = recode(text(["Male", "X", "Y", None, "X"]), {}, SEX)
    assert plain(outcome.values) == ["M", None, None, None, None]
    (problem,) = outcome.problems
    assert (problem.rule, problem.severity, problem.rows.tolist()) == ("CODE_UNMAPPED", "error", [1, 2, 4])
    assert problem.values is not None
    assert plain(problem.values) == ["X", "Y", "X"]
    assert "SEX" in problem.message


def test_ambiguous_synonym() -> None:
    (problem,) = recode(text(["mu", "MU"]), {}, UNIT).problems
    assert (problem.rule, problem.rows.tolist()) == ("CODE_AMBIGUOUS", [0, 1])


def test_two_values_in_another_case_are_ambiguous() -> None:
    outcome = recode(text(["MU/L", "mU/L"]), {}, Terms("UNIT", ("mU/L", "Mu/L")))
    assert plain(outcome.values) == [None, "mU/L"]
    assert [p.rule for p in outcome.problems] == ["CODE_AMBIGUOUS"]


def test_text_that_stands_for_nothing() -> None:
    outcome = recode(text(["UNK", "M"]), {"UNK": ""}, SEX)
    assert plain(outcome.values) == [None, "M"]
    assert outcome.problems == []


def test_decode() -> None:
    tests = Terms("LBTESTCD", ("HGB", "ALT"), {"HGB": "Hemoglobin", "ALT": "Alanine Aminotransferase"})
    assert plain(decode(text(["ALT", "HGB", None, "XX"]), tests)) == [
        "Alanine Aminotransferase",
        "Hemoglobin",
        None,
        None,
    ]
