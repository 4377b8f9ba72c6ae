"""Which kinds of rows can make the records of a parameter, and that its method names no other."""

from __future__ import annotations

import pytest

from define.methods import method_text
from define.ways import Ways
from specs.possible import Possible
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
  other: {from: AE, where: "AESER = 'Y'", variables: {PARAMCD: {copy: AETERM}}}
variables:
  _CODE:   {when: [{if: "STATISTIC in ('AUCINT')", value: AUC}, {else: {copy: STATISTIC}}]}
  _SUFFIX: {when: [{if: "ASSAY = 'second'", value: D}]}
  PARAMCD: {derive: concatenate, with: {of: [_CODE, _SUFFIX], separator: ""}}
  AVAL:    {predecessor: AREAS.AVAL}
"""


def model() -> StudyModel:
    return model_of(STUDY, (NY,), ADPP=ADPP, AREAS=AREAS, PC="variables: {}", AE="variables: {AETERM: {copy: T}}")


def rows(value: str) -> list[str]:
    found = Possible(model()).rows_of_value("ADPP", "PARAMCD", value)
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


ADVS = """
rows:
  sys: {from: VS, where: "VSTESTCD = 'SYSBP'", variables: {PARAMCD: {copy: VSTESTCD}, PARAM: {value: Systolic}}}
  sum: {from: VS, variables: {PARAMCD: {value: SUM}, PARAM: {value: Sum}}}
variables:
  PARAMCD: {type: Char}
  PARAM: {type: Char}
  AVAL: {type: Num, copy: VSSTRESN}
  ANL01FL: {derive: flag, values: ["Y"]}
  RESPFL: {copy: VSREASND, codelist: NY}
  NOTE: {copy: VSSPID}
"""
VS = """
rows: {a: {from: vs, variables: {VSTESTCD: {value: SYSBP}}}, b: {from: vs, variables: {VSTESTCD: {value: TEMP}}}}
variables: {VSTESTCD: {}, VSSTRESN: {type: Num}, VSREASND: {copy: REASON}, VSSPID: {copy: ID}}
"""


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("PARAMCD = 'SYSBP' and AVAL > 5", None),
        ("PARAMCD in ('SUM', 'OTHER')", None),
        ("PARAMCD = 'SYSP'", "PARAMCD of ADVS can never be 'SYSP'; did you mean 'SYSBP'?"),
        ("PARAMCD = 'X'", "PARAMCD of ADVS can never be 'X'; it can be 'SUM', 'SYSBP'"),
        ("PARAMCD = 'SUM' and PARAM = 'Systolic'", "no kind of row of ADVS can have all of it"),
        ("ANL01FL = 'N'", "ANL01FL of ADVS can never be 'N'; it can be 'Y'"),
        ("RESPFL = 'YES'", "RESPFL of ADVS can never be 'YES'; it can be 'N', 'Y'"),
        ("NOTE = 'anything'", None),
        ("AVAL = '5'", None),
        ("PARAMCD != 'X' or PARAMCD = 'X'", None),
    ],
)
def test_a_condition_that_can_never_hold_is_told_from_one_that_may(condition: str, why: str | None) -> None:
    made = model_of(STUDY, (NY,), ADVS=ADVS, VS=VS)
    assert Possible(made).never("ADVS", condition) == why


def test_the_name_of_a_parameter() -> None:
    known = Possible(model_of(STUDY, (NY,), ADVS=ADVS, VS=VS))
    assert known.beside("ADVS", "PARAMCD", "SUM", "PARAM") == "Sum"
    assert known.beside("ADVS", "PARAMCD", "NONE", "PARAM") is None
