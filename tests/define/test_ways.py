"""The ways in which a variable gets its values, by kind of row, and the origin that each has."""

from __future__ import annotations

import pytest

from define.methods import method_text
from define.ways import Ways, fields, lists_of, origins
from specs.resolve import StudyModel
from tests.pipeline.one_range import NY, STUDY, model_of

VENDOR = STUDY.replace("lb: {file: lb.csv", "lb: {kind: vendor, file: lb.csv")


def of(dataset: str, variable: str = "V", **others: str) -> tuple[Ways, list[str]]:
    known = Ways(model_of(VENDOR, (NY,), XX=dataset, **others))
    return known, [f"{w.dataset}.{w.row} from {w.source}" for w in known.of("XX", variable)]


def told(dataset: str, variable: str = "V", **others: str) -> list[tuple[str, str | None, str | None]]:
    known, _ = of(dataset, variable, **others)
    return [(o.type, o.source, o.description) for w in known.of("XX", variable) for o in origins(known, w)]


def test_one_way_for_each_kind_of_row_that_has_a_method() -> None:
    rows = "rows: {a: {from: ae}, b: {from: lb, variables: {V: {value: x}}}, c: {from: tables/t.csv}}\n"
    assert of(rows + "variables: {V: {copy: X}}")[1] == [
        "XX.a from source:ae",
        "XX.b from source:lb",
        "XX.c from tables/t.csv",
    ]
    assert of(rows + "variables: {V: {label: x}}")[1] == ["XX.b from source:lb"]
    assert of(rows + "supplemental: {V: {copy: X}}")[1][0] == "XX.a from source:ae"


def test_a_row_that_stacks_a_parameter_stands_for_the_ways_of_the_parameter() -> None:
    rows = "rows: {PD: {from: XX.PD, variables: {V: {copy: AVALC}}}}\nvariables: {V: {label: x}}"
    parameter = "parameter_of: XX\nrows: {PD: {from: RS}}\nvariables: {AVALC: {copy: RSORRES}}"
    assert of(rows, XX__PD=parameter, RS="variables: {}")[1] == ["XX.PD.PD from RS"]


def test_datasets_that_stack_each_other_end() -> None:
    one = "working: for others\nrows: {a: {from: YY, variables: {V: {copy: V}}}}\nvariables: {V: {}}"
    two = "working: for others\nrows: {a: {from: XX, variables: {V: {copy: V}}}}\nvariables: {V: {}}"
    assert of(one, YY=two)[1] == []


@pytest.mark.parametrize(
    ("method", "origin"),
    [
        ("copy: X", ("Collected", "Investigator", None)),
        ("code: X", ("Collected", "Investigator", None)),
        ("datetime: X", ("Collected", "Investigator", None)),
        ("copy: person.USUBJID", ("Derived", "Sponsor", None)),
        ("value: X", ("Assigned", "Sponsor", None)),
        ("copy: X, dictionary: MedDRA", ("Assigned", "Sponsor", None)),
        ("copy: X, origin: Protocol", ("Protocol", "Sponsor", None)),
        ("predecessor: DM.ARM", ("Predecessor", None, "DM.ARM")),
        ("predecessor: DM._RAW", ("Derived", "Sponsor", None)),
        ("predecessor: WORK.V", ("Derived", "Sponsor", None)),
        ("derive: study_day, with: {date: V, reference: DM.RFSTDTC}", ("Derived", "Sponsor", None)),
        ("lookup: {table: t.csv, match: {}, take: X}", ("Protocol", "Sponsor", None)),
        ("lookup: {source: lb, match: {}, take: X}", ("Collected", "Vendor", None)),
        ("copy: j.X", ("Collected", "Vendor", None)),
    ],
)
def test_the_origin_of_one_way(method: str, origin: tuple[str, str | None, str | None]) -> None:
    dataset = f"rows: {{a: {{from: ae, join: {{j: {{source: lb}}}}}}}}\nvariables: {{V: {{{method}}}}}"
    assert told(dataset, DM="variables: {}", WORK="working: x\nvariables: {}") == [origin]


def test_rows_of_a_vendor_a_table_or_a_dataset() -> None:
    assert told("rows: {a: {from: lb}}\nvariables: {V: {copy: X}}") == [("Collected", "Vendor", None)]
    assert told("rows: {a: {from: tables/t.csv}}\nvariables: {V: {copy: X}}") == [("Protocol", "Sponsor", None)]
    rows = "rows: {a: {from: AE}}\n"
    assert told(rows + "variables: {V: {copy: X}}", AE="variables: {}") == [("Predecessor", None, "AE.X")]
    assert told(rows + "variables: {V: {code: X}}", AE="variables: {}") == [("Derived", "Sponsor", None)]


def test_of_several_branches_the_origin_that_says_most() -> None:
    when = "when: [{if: \"X = 'a'\", value: N}, {else: {copy: X}}]"
    assert told(f"rows: {{a: {{from: ae}}}}\nvariables: {{V: {{{when}}}}}") == [("Collected", "Investigator", None)]


def test_a_transform_that_keeps_what_was_collected_has_the_origin_of_its_working_variables() -> None:
    clean = "V: {derive: clean, with: {column: _RAW}}"
    raw = "rows: {a: {from: lb}}\nvariables: {_RAW: {copy: X}, " + clean + "}"
    assert told(raw) == [("Collected", "Vendor", None)]
    fixed = "rows: {a: {from: lb}}\nvariables: {_RAW: {value: x}, " + clean + "}"
    assert told(fixed) == [("Collected", "Vendor", None)]


def test_what_a_record_maker_makes_is_derived() -> None:
    given = "{population: ADSL.X, date: AE.ADT}"
    made = f"rows: {{first: {{derive: first_occurrence, with: {given}}}}}\nvariables: {{ADT: {{label: d}}}}"
    known, _ = of(made, "ADT")
    (way,) = known.of("XX", "ADT")
    assert way.made != ""
    assert told(made, "ADT") == [("Derived", "Sponsor", None)]
    assert of(made, "OTHER")[1] == []


ENDPOINT = """
parameter_of: ADTTE
rows:
  OS:
    time_to_event:
      population: {of: ADSL.USUBJID, where: "SAFFL = 'Y'"}
      start: ADSL.TRTSDT
      events: [{date: ADSL.DTHDT, reason: DEATH}]
      censor: [{cnsr: 1, reason: ALIVE, at: {last: ADSL.LSTALVDT}}]
variables:
  AVAL: {copy: AVAL}
  V: {when: [{if: CNSR = 0, copy: AVAL}]}
"""


def test_a_copy_of_what_is_made_is_made_with_the_record_and_derived() -> None:
    stacked = "rows: {OS: {from: ADTTE.OS, variables: {AVAL: {copy: AVAL}}}}"
    known, ways = of(stacked, "AVAL", ADTTE__OS=ENDPOINT)
    assert ways == ["ADTTE.OS.OS from "]
    assert known.of("XX", "AVAL")[0].made.startswith("One record per subject of ADSL where SAFFL is 'Y'.")
    assert told(stacked, "AVAL", ADTTE__OS=ENDPOINT) == [("Derived", "Sponsor", None)]


def test_what_is_made_and_taken_under_a_condition_is_derived_and_nothing_was_collected() -> None:
    known, _ = of("rows: {a: {from: ae}}\nvariables: {}", ADTTE__OS=ENDPOINT)
    (way,) = known.of("ADTTE.OS", "V")
    assert [(o.type, o.source) for o in origins(known, way)] == [("Derived", "Sponsor")]
    assert method_text(known, [way]).startswith("If CNSR is 0: AVAL of the record that is made. One record per")


WORKING = """
rows: {a: {from: ae, join: {j: {source: lb}}, variables: {_RAW: {copy: [X, j.Y]}}}, b: {from: dm}}
variables:
  _RAW: {label: the raw value}
  V: {derive: clean, with: {column: _RAW}}
  W: {datetime: {date: D, time: T}}
  L: {lookup: {source: lb, match: {K: K}, take: HIGH}}
"""


def test_the_raw_fields_behind_a_variable_also_through_working_variables() -> None:
    known, _ = of(WORKING)
    assert fields(known, known.of("XX", "V")[0]) == [("ae", "X"), ("lb", "Y")]
    assert fields(known, known.of("XX", "W")[0]) == [("ae", "D"), ("ae", "T")]
    assert fields(known, known.of("XX", "L")[0]) == [("lb", "HIGH")]


def test_a_kind_of_row_without_the_working_variable_gives_no_value() -> None:
    known, _ = of(WORKING)
    assert [w.row for w in known.giving("XX", "V")] == ["a"]
    assert [w.row for w in known.giving("XX", "W")] == ["a", "b"]


RANGES = """
rows:
  local: {from: ae, variables: {_LOW: {lookup: {source: lb, match: {TEST: TEST}, take: LO}}}}
  other: {from: dm, variables: {_DECIMAL: {value: ","}}}
variables:
  _LOW: {label: the lower limit}
  V: {derive: original_limit, with: {limit: _LOW, bound: low, decimal: _DECIMAL}}
"""


def test_what_one_kind_of_row_looks_up_has_the_origin_of_that_source_alone() -> None:
    known, _ = of(RANGES)
    assert [w.row for w in known.giving("XX", "V")] == ["local"]
    assert [(o.type, o.source) for o in origins(known, known.giving("XX", "V")[0])] == [("Collected", "Vendor")]
    branch = "_LOW: {when: [{if: \"TEST = 'a'\", lookup: {source: lb, match: {TEST: TEST}, take: LO}}]}"
    rows = f"rows: {{a: {{from: ae, variables: {{{branch}}}}}}}\n"
    assert told(rows + "variables: {V: {derive: original_limit, with: {limit: _LOW, bound: low}}}") == [
        ("Collected", "Vendor", None)
    ]


def test_a_branch_that_no_working_variable_feeds_says_nothing() -> None:
    when = "when: [{if: \"X = 'a'\", derive: clean, with: {column: _RAW}}, {else: {value: N}}]"
    assert told(f"rows: {{a: {{from: ae}}}}\nvariables: {{_RAW: {{}}, V: {{{when}}}}}") == [
        ("Assigned", "Sponsor", None)
    ]


def test_what_a_transform_keeps_from_a_table_or_a_dataset_was_not_collected() -> None:
    table = "rows: {a: {from: ae}}\nvariables: {_T: {lookup: {table: t.csv, match: {K: K}, take: X}}, "
    assert told(table + "V: {derive: clean, with: {column: _T}}}") == [("Protocol", "Sponsor", None)]
    assert told(
        "rows: {a: {from: AE}}\nvariables: {V: {derive: clean, with: {column: DM.ARM}}}", AE="variables: {}"
    ) == [("Derived", "Sponsor", None)]


@pytest.mark.parametrize(
    ("method", "origin"),
    [
        ("copy: X, source: Subject", ("Collected", "Subject", None)),
        ("copy: X, dictionary: MedDRA, source: Vendor", ("Assigned", "Vendor", None)),
        ("value: X, source: Subject", ("Assigned", "Sponsor", None)),
        ("copy: X, origin: Derived, source: Vendor", ("Derived", "Vendor", None)),
        ("predecessor: DM.ARM, source: Vendor", ("Predecessor", None, "DM.ARM")),
    ],
)
def test_who_gave_the_value_may_be_said_where_it_fits_the_origin(
    method: str, origin: tuple[str, str | None, str | None]
) -> None:
    assert told(f"rows: {{a: {{from: ae}}}}\nvariables: {{V: {{{method}}}}}") == [origin]


def test_the_codelists_that_a_way_names() -> None:
    model: StudyModel = model_of(
        XX="rows: {a: {from: ae}}\n"
        "variables: {A: {codelist: NY, code: X}, B: {code: {column: X, codelist: ND}}, C: {copy: X}}"
    )
    known = Ways(model)
    assert [lists_of(known.of("XX", v)[0]) for v in "ABC"] == [["NY"], ["ND"], []]


def test_a_row_says_its_method_and_the_dataset_what_the_variable_is() -> None:
    known, _ = of(
        "rows: {a: {from: ae, variables: {V: {copy: X}}}}\nvariables: {V: {codelist: NY, dictionary: MedDRA}}"
    )
    (way,) = known.of("XX", "V")
    assert (way.variable.codelist, way.variable.dictionary) == ("NY", "MedDRA")
