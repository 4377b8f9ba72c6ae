"""Analysis Results Metadata: a display per group, a result per endpoint, and what each really selects."""

from __future__ import annotations

from typing import Any

from define.draft import Draft
from define.model import AnalysisResult
from define.results import Selection, result_displays
from specs.analyses import Endpoint
from tests.define.drafts import draft_of, with_items
from tests.pipeline.one_range import model_of

ITEMS = ("IT.ADSL.SAFFL", "IT.ADRS.PARAMCD", "IT.ADRS.AVALC", "IT.ADRS.AVAL", "IT.ADSL.AGE", "IT.ADSL.TRT01P")
ORR: dict[str, Any] = {
    "label": "Overall response",
    "group": "primary",
    "statistic": "rate",
    "population": "SAFFL = 'Y'",
    "dataset": "ADRS",
    "where": "PARAMCD = 'CBOR'",
    "event": "AVALC in ('CR', 'PR')",
}


def made(**changes: Any) -> tuple[Draft, AnalysisResult]:
    draft = with_items(draft_of(model_of()), *ITEMS)
    selection = Selection("ORR", Endpoint.model_validate({**ORR, **changes}), 20, 18, 17)
    (display,) = result_displays(draft, [selection])
    (result,) = display.results
    return draft, result


def checks(draft: Draft, where: str | None) -> list[tuple[str, str, tuple[str, ...]]] | None:
    if where is None:
        return None
    return [(c.item_oid, c.comparator, c.values) for c in draft.where_clauses[where].checks]


def test_a_result_names_its_population_its_records_and_its_variables() -> None:
    draft, result = made()
    assert (result.oid, result.description, result.purpose) == (
        "AR.ORR",
        "Overall response",
        "PRIMARY OUTCOME MEASURE",
    )
    subjects, records = result.datasets
    assert (subjects.item_group_oid, subjects.variables) == ("IG.ADSL", ("IT.ADSL.SAFFL",))
    assert checks(draft, subjects.where_clause) == [("IT.ADSL.SAFFL", "EQ", ("Y",))]
    assert (records.item_group_oid, records.variables) == (
        "IG.ADRS",
        ("IT.ADRS.AVAL", "IT.ADRS.AVALC", "IT.ADRS.PARAMCD"),
    )
    assert checks(draft, records.where_clause) == [("IT.ADRS.PARAMCD", "EQ", ("CBOR",))]
    assert result.parameter_oid == "IT.ADRS.PARAMCD"
    assert draft.comments["COM.AR.ADRS"].description.startswith("Datasets are joined by STUDYID and USUBJID")


def test_the_text_counts_what_was_selected() -> None:
    _, result = made()
    assert "exact (Clopper-Pearson) 95% confidence limits. Population: " in result.documentation
    assert "(20 subjects). Records: ADRS where " in result.documentation
    assert "18 records of 17 subjects are selected." in result.documentation
    assert "Counted as event: " in result.documentation
    assert "Counted as event" not in made(event=None)[1].documentation


def test_groups_are_named_and_their_variable_is_read() -> None:
    _, result = made(groups="ADSL.TRT01P", total=True)
    assert result.datasets[0].variables == ("IT.ADSL.SAFFL", "IT.ADSL.TRT01P")
    assert result.documentation.endswith("By ADSL.TRT01P, and in total.")
    _, result = made(statistic="survival", groups="ADSL.TRT01P", test="log-rank")
    assert result.documentation.endswith("By ADSL.TRT01P. Groups are compared by a two-sided log-rank test.")


def test_the_code_is_the_line_of_the_specification() -> None:
    assert made()[1].code == (
        "ORR:\n  label: Overall response\n  group: primary\n  statistic: rate\n  population: SAFFL = 'Y'\n"
        "  dataset: ADRS\n  where: PARAMCD = 'CBOR'\n  event: AVALC in ('CR', 'PR')"
    )


def test_each_kind_of_comparison() -> None:
    where = "PARAMCD in ('A', 'B') and AVALC not in ('NE') and AVAL >= 2 and AVAL != 5 and AVALC is not missing"
    draft, result = made(where=where)
    assert checks(draft, result.datasets[1].where_clause) == [
        ("IT.ADRS.PARAMCD", "IN", ("A", "B")),
        ("IT.ADRS.AVALC", "NOTIN", ("NE",)),
        ("IT.ADRS.AVAL", "GE", ("2",)),
        ("IT.ADRS.AVAL", "NE", ("5",)),
        ("IT.ADRS.AVALC", "NE", ("",)),
    ]
    draft, result = made(where="AVALC is missing and AVAL < 1")
    assert checks(draft, result.datasets[1].where_clause) == [
        ("IT.ADRS.AVALC", "EQ", ("",)),
        ("IT.ADRS.AVAL", "LT", ("1",)),
    ]


def test_a_condition_that_no_where_clause_can_say_is_said_by_the_text() -> None:
    for where in ("PARAMCD = 'A' or PARAMCD = 'B'", "PARAMCD starts with 'C'", "AVAL > BASE", "NOWHERE = 'x'"):
        _, result = made(where=where)
        assert result.datasets[1].where_clause is None
        assert "Records: ADRS where " in result.documentation


def test_without_a_condition_all_records_are_meant() -> None:
    _, result = made(where=None)
    assert result.datasets[1].where_clause is None
    assert "Records: ADRS: 18 records" in result.documentation
    assert result.parameter_oid is None


def test_an_endpoint_of_subjects_has_one_dataset_with_both_conditions() -> None:
    draft, result = made(dataset="ADSL", where="AGE >= 65", event=None, value="AGE", by="TRT01P", statistic="summary")
    (only,) = result.datasets
    assert checks(draft, only.where_clause) == [("IT.ADSL.SAFFL", "EQ", ("Y",)), ("IT.ADSL.AGE", "GE", ("65",))]
    assert only.variables == ("IT.ADSL.SAFFL", "IT.ADSL.AGE", "IT.ADSL.TRT01P")
    assert result.datasets_comment is None


def test_displays_are_by_group_the_primary_first() -> None:
    def endpoint(name: str, group: str) -> Selection:
        return Selection(name, Endpoint.model_validate({**ORR, "group": group}), 1, 1, 1)

    given = [endpoint("X", "other"), endpoint("A", "secondary"), endpoint("P", "primary"), endpoint("B", "secondary")]
    displays = result_displays(with_items(draft_of(model_of()), *ITEMS), given)
    assert [(d.oid, d.name, [r.oid for r in d.results]) for d in displays] == [
        ("RD.primary", "Primary endpoints", ["AR.P"]),
        ("RD.secondary", "Secondary endpoints", ["AR.A", "AR.B"]),
        ("RD.other", "Other endpoints", ["AR.X"]),
    ]
    assert [r.purpose for d in displays for r in d.results][1:] == [
        "SECONDARY OUTCOME MEASURE",
        "SECONDARY OUTCOME MEASURE",
        "EXPLORATORY OUTCOME MEASURE",
    ]


def test_the_same_population_is_one_where_clause() -> None:
    draft = with_items(draft_of(model_of()), *ITEMS)
    endpoint = Endpoint.model_validate(ORR)
    (display,) = result_displays(draft, [Selection("A", endpoint, 1, 1, 1), Selection("B", endpoint, 1, 1, 1)])
    assert len(draft.where_clauses) == 2
    assert display.results[0].datasets == display.results[1].datasets


def test_no_endpoints() -> None:
    assert result_displays(draft_of(model_of()), []) == ()
