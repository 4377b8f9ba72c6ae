"""What a dataset is made of, through its parameters and working datasets."""

from __future__ import annotations

from specs.dependencies import needs, records_from
from tests.pipeline.one_range import NY, STUDY, model_of

WORK = "working: for others\nrows: {a: {from: LB}}\nvariables: {V: {predecessor: DM.ARM}}"
PROFILE = """
working: the parameters of a profile
rows:
  profile:
    derive: kinetic_parameters
    with: {value: PC.PCSTRESN, time: PC.AFRLT, below: PC.BELOW, group: PC.PCGRPID, until: 28, earliest_end: 25}
variables: {AVAL: {type: Num}}
"""
ADXX = """
rows: {one: {from: WORK}, two: {from: ADXX.TWO}, three: {from: PROFILE}, four: {from: ae}, five: {from: tables/t.csv}}
variables:
  V: {predecessor: ADSL.V}
  C: {predecessor: CUT.ALIVEFL}
  W: {derive: elapsed_days, with: {date: ADT, reference: DM.RFSTDTC}}
"""
TWO = "parameter_of: ADXX\nrows: {a: {from: RS}}\nvariables: {V: {predecessor: EX.EXDOSE}}"


def test_records_come_through_what_is_not_written_and_values_from_what_is_named() -> None:
    plain = dict.fromkeys(("LB", "PC", "RS", "EX", "DM", "ADSL"), "variables: {}")
    made = model_of(STUDY, (NY,), ADXX=ADXX, ADXX__TWO=TWO, WORK=WORK, PROFILE=PROFILE, **plain)
    assert records_from(made, "ADXX") == ["ae", "tables/t.csv", "LB", "RS", "PC"]
    assert needs(made, "ADXX") == ["ADSL", "DM", "EX", "PROFILE", "RS", "WORK"]
