"""Method texts: working variables are told in place of their names, and kinds of rows that differ are told apart."""

from __future__ import annotations

import pytest

from define.methods import method_text, variants
from define.ways import Ways
from tests.pipeline.one_range import STUDY, model_of

SUBJECTS = STUDY + 'subjects: {register: dm, usubjid: "{study}-{number}"}\n'


def told(dataset: str, variable: str = "V", **others: str) -> str:
    known = Ways(model_of(SUBJECTS, (), XX=dataset, **others))
    return method_text(known, known.of("XX", variable))


def rows(*names: str, of: str = "ae") -> str:
    return "rows: {" + ", ".join(f"{n}: {{from: {of}}}" for n in names) + "}\n"


def different(**methods: str) -> str:
    kinds = ", ".join(f"{n}: {{from: ae, variables: {{V: {{{m}}}}}}}" for n, m in methods.items())
    return f"rows: {{{kinds}}}\nvariables: {{V: {{label: x}}}}"


def test_one_sentence_for_kinds_of_rows_that_are_alike() -> None:
    assert told(rows("a", "b") + "variables: {V: {copy: X}}") == "X as collected."


def test_kinds_of_rows_that_differ_are_told_apart() -> None:
    text = told(different(HGB="copy: X", WBC="copy: Y", PLT="copy: X"))
    assert text == "For HGB, PLT: X as collected. For WBC: Y as collected."


def test_how_many_sentences_there_are() -> None:
    known = Ways(model_of(XX=different(HGB="copy: X", WBC="copy: Y", PLT="copy: X")))
    assert variants(known, known.of("XX", "V")) == 2


def test_many_kinds_of_rows_that_copy_are_one_sentence_with_the_columns() -> None:
    text = told(different(**{f"T{i}": f"copy: C{i}" for i in range(13)}))
    assert text == "C0, C1, C2, C3, C4, C5, C6, C7 and 5 more as collected."


def test_many_kinds_of_rows_that_are_set() -> None:
    text = told(different(**{f"T{i}": f"value: v{i}" for i in range(13)}))
    assert text.startswith("Set to ")
    assert text.endswith(" and 5 more, by kind of record.")


def test_many_kinds_of_rows_of_other_methods_are_told_by_the_first_three() -> None:
    mixed = {f"T{i}": f"copy: C{i}" if i else "value: x" for i in range(14)}
    text = told(different(**mixed))
    assert text.startswith("By kind of record: ")
    assert text.endswith("; C1 as collected; C2 as collected; and 11 more alike.")


def test_what_is_taken_from_another_dataset_was_not_collected_here() -> None:
    assert told(rows("a", of="VS") + "variables: {V: {copy: VSSTRESN}}", VS="variables: {}") == "VSSTRESN of VS."


def test_a_working_variable_is_told_by_its_label_and_what_it_is() -> None:
    dataset = rows("a") + "variables: {_RAW: {copy: X, label: the raw value}, V: {derive: clean, with: {column: _RAW}}}"
    assert "the raw value (X as collected)" in told(dataset)
    assert "_RAW" not in told(dataset)


def test_a_working_variable_without_a_label_is_called_intermediate() -> None:
    dataset = rows("a") + "variables: {_RAW: {copy: X}, V: {derive: clean, with: {column: _RAW}}}"
    assert told(dataset).startswith("Intermediate RAW (X as collected)")


@pytest.mark.parametrize(("column", "method"), [("Ergebnis", "copy"), ("ergebnis", "copy"), ("Wert", "code")])
def test_a_column_keeps_its_letters_wherever_it_stands(column: str, method: str) -> None:
    dataset = rows("a") + f"variables: {{_RAW: {{{method}: {column}}}, V: {{derive: clean, with: {{column: _RAW}}}}}}"
    assert f"Intermediate RAW ({column} " in told(dataset)
    assert told(rows("a") + f"variables: {{V: {{{method}: {column}}}}}").startswith(f"{column} ")


def test_a_working_variable_that_is_looked_up_keeps_the_name_of_the_column() -> None:
    looked_up = "{lookup: {table: tables/units.csv, take: Unit, match: {TEST: TEST}}}"
    dataset = rows("a") + f"variables: {{_U: {looked_up}, V: {{derive: clean, with: {{column: _U}}}}}}"
    assert "Intermediate U (Unit of tables/units.csv where TEST is TEST)" in told(dataset)


def test_a_working_variable_that_is_named_twice_is_explained_once() -> None:
    dataset = (
        rows("a") + "variables: {_RAW: {copy: X, label: the raw value}, "
        "V: {derive: concatenate, with: {of: [_RAW, _RAW], separator: '/'}}}"
    )
    text = told(dataset)
    assert text.count("(X as collected)") == 1
    assert "that the raw value" in text


def test_a_working_variable_of_another_dataset() -> None:
    text = told(rows("a", of="ADSL") + "variables: {V: {predecessor: ADSL._FIRST}}", ADSL=rows("s", of="dm") +
                "variables: {_FIRST: {copy: FIRSTDT, label: the first day}}")  # fmt: skip
    assert "the first day (FIRSTDT as collected)" in text


def test_working_variables_of_working_variables_end() -> None:
    chain = ", ".join(f"_W{i}: {{derive: clean, with: {{column: _W{i + 1}}}, label: step {i}}}" for i in range(9))
    text = told(rows("a") + f"variables: {{{chain}, _W9: {{copy: X}}, V: {{derive: clean, with: {{column: _W0}}}}}}")
    assert "that step 4" in text
    assert "step 5" not in text
    circle = (
        "variables: {_A: {derive: clean, with: {column: _A}, label: itself}, V: {derive: clean, with: {column: _A}}}"
    )
    assert "that itself" in told(rows("a") + circle)


def test_a_parameter_is_a_variable_of_its_dataset() -> None:
    dataset = rows("a", of="ADSL") + "variables: {V: {predecessor: ADRS.PD.ADT}}"
    parameter = "parameter_of: ADRS\nrows: {PD: {from: RS}}\nvariables: {ADT: {copy: D}}"
    assert "ADRS.ADT of PD" in told(dataset, ADRS__PD=parameter, ADSL="variables: {}")


def test_a_working_dataset_is_called_intermediate() -> None:
    dataset = rows("a", of="ADSL") + "variables: {V: {predecessor: DOSES.EXDOSE}}"
    text = told(dataset, DOSES="working: others count these\nvariables: {EXDOSE: {}}", ADSL="variables: {}")
    assert "EXDOSE of the intermediate dataset DOSES" in text


def test_the_rule_of_a_working_dataset_stands_behind_its_name() -> None:
    dataset = rows("a", of="ADSL") + "variables: {V: {predecessor: FIRST.ADT}}"
    made = "rows: {a: {derive: first_occurrence, with: {date: AE.ADT, population: ADSL.X}}}"
    text = told(dataset, FIRST=f"working: others count these\n{made}\nvariables: {{ADT: {{}}}}", ADSL="variables: {}")
    assert text == (
        "Copied from ADT of the intermediate dataset FIRST "
        "(One record per subject of ADSL.X: Y with the first AE.ADT, else N)."
    )


def test_an_optional_parameter_that_this_kind_of_row_does_not_have_is_not_told() -> None:
    """Only the first kind of row has a time; the sentence of the second does not speak of one."""
    given = "with: {value: R, low: L, high: H, lowest: _LLOQ}"
    dataset = f"""
rows: {{a: {{from: lb, variables: {{_LLOQ: {{copy: LLOQ, label: the limit}}}}}}, b: {{from: ae}}}}
variables: {{_LLOQ: {{label: the limit}}, V: {{derive: reference_range_indicator, {given}}}}}
"""
    known = Ways(model_of(XX=dataset))
    first, second = (method_text(known, [w]) for w in known.of("XX", "V"))
    assert "the limit" in first
    assert "the limit" not in second


def test_the_identifiers_of_a_person() -> None:
    assert told(rows("a") + "variables: {V: {copy: person.USUBJID}}") == (
        "The unique subject identifier of the person, in the form study-number, of the first subject number registered."
    )
    assert told(rows("a") + "variables: {V: {copy: person.SUBJID}}") == "The subject number in its normal form."
