"""Which kinds of rows can make the records of a parameter, and that its method names no other."""

from __future__ import annotations

from define.methods import method_text
from define.possible import rows_of_value
from define.ways import Ways
from specs.resolve import StudyModel
from tests.pipeline.one_range import NY, STUDY, model_of

AREAS = """
working: the parameters of a profile
rows:
  profile:
    derive: kinetic_parameters
    with: {value: PC.PCSTRESN, time: PC.AFRLT, below: PC.BELOW, group: PC.PCGRPID, until: 28, earliest_end: 25}
    variables: {STATISTIC: {copy: STATISTIC}, AVAL: {copy: AVAL}}
  month_3:
    derive: quantifiable_at
    with: {time: PC.NFRLT, below: PC.BELOW, group: PC.PCGRPID, at: 90}
    variables: {STATISTIC: {value: PERS3}, AVAL: {copy: AVAL}}
variables: {STATISTIC: {}, AVAL: {type: Num}}
"""
ADPP = """
rows:
  all: {from: AREAS}
  hours:
    from: AREAS
    where: "STATISTIC = 'AUCINT'"
    variables: {_CODE: {value: AUCH}, AVAL: {derive: scaled, with: {value: AREAS.AVAL, factor: 24}}}
  other: {from: AE, where: "AETERM = 'x'", variables: {PARAMCD: {copy: AETERM}}}
variables:
  _CODE:   {when: [{if: "STATISTIC in ('AUCINT')", value: AUC}, {else: {copy: STATISTIC}}]}
  _SUFFIX: {when: [{if: "ASSAY = 'second'", value: D}]}
  PARAMCD: {derive: concatenate, with: {of: [_CODE, _SUFFIX], separator: ""}}
  AVAL:    {predecessor: AREAS.AVAL}
"""


def model() -> StudyModel:
    return model_of(STUDY, (NY,), ADPP=ADPP, AREAS=AREAS, PC="variables: {}", AE="variables: {AETERM: {copy: T}}")


def rows(value: str) -> list[str]:
    found = rows_of_value(model(), "ADPP", "PARAMCD", value)
    return [f"{d}.{r} {'/'.join(kinds)}".strip() for (d, r), kinds in found.items()]


def test_a_kind_of_row_is_left_out_where_its_specs_rule_the_value_out() -> None:
    assert rows("CMAXD") == ["ADPP.all", "AREAS.profile CMAX", "ADPP.other"]
    assert rows("PERS3") == ["ADPP.all", "AREAS.month_3", "ADPP.other"]
    assert rows("AUCH") == ["ADPP.hours", "AREAS.profile AUCINT", "ADPP.other"]


def test_what_comes_from_raw_data_may_be_anything() -> None:
    assert rows("HGB") == ["ADPP.other"]


def test_the_method_of_a_parameter_names_only_what_makes_it() -> None:
    known = Ways(model())

    def told(value: str) -> str:
        narrowed = known.of_value("ADPP", "PARAMCD", value)
        return method_text(narrowed, [w for w in narrowed.giving("ADPP", "AVAL") if w.row != "other"])

    profile = "Per subject and PC.PCGRPID, from PC.PCSTRESN at PC.AFRLT (below quantitation where PC.BELOW is Y; "
    assert told("CMAX") == (
        f"Copied from AVAL of the intermediate dataset AREAS ({profile}replicates averaged): the maximum)."
    )
    assert told("AUCH") == (
        f"AVAL of the intermediate dataset AREAS ({profile}replicates averaged): the area by linear trapezoids from "
        "time 0 to day 28, interpolated there; to a last sample from day 25 on, else not reported) times 24."
    )
    assert "Y per subject" in told("PERS3") and "trapezoids" not in told("PERS3")
