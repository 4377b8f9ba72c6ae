"""What a registration says: sentences with their parameters, and those of each kind of records that are made."""

from __future__ import annotations

from tests.transforms.test_kinetics import BASE, parameters
from transforms.columns import plain
from transforms.library import REGISTRY

BLOOD = "PCSPEC is 'BLOOD'"
GIVEN = {
    "value": {"of": "PC.PCSTRESN", "where": BLOOD}, "time": {"of": "PC.AFRLT", "where": BLOOD},
    "below": {"of": "PC.BELOW", "where": BLOOD}, "group": {"of": "PC.PCGRPID", "where": BLOOD},
    "until": 28, "earliest_end": 25,
}  # fmt: skip


def test_which_records_are_meant_is_said_once_of_several_parameters() -> None:
    assert REGISTRY["kinetic_parameters"].describe(GIVEN, ("CMAX",)) == (
        "Per subject and PC.PCGRPID where PCSPEC is 'BLOOD', from PC.PCSTRESN of those records at PC.AFRLT of those "
        "records (below quantitation where PC.BELOW of those records is Y; replicates averaged): the maximum."
    )


def test_other_records_are_told_apart() -> None:
    urine = {**GIVEN, "value": {"of": "PC.PCSTRESN", "where": "PCSPEC is 'URINE'"}}
    assert "from PC.PCSTRESN where PCSPEC is 'URINE' at PC.AFRLT of those" in REGISTRY["kinetic_parameters"].describe(
        urine, ("CMAX",)
    )


def test_each_kind_of_records_has_its_sentence() -> None:
    made = parameters(BASE).columns["STATISTIC"]
    assert sorted(REGISTRY["kinetic_parameters"].each) == sorted(set(plain(made)))
