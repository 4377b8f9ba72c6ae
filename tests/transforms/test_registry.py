"""What a registration says: sentences with their parameters, and those of each kind of records that are made."""

from __future__ import annotations

import pytest

from tests.transforms.test_kinetics import BASE, parameters
from transforms.columns import plain
from transforms.library import REGISTRY
from transforms.registry import Transform

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


@pytest.mark.parametrize("transform", REGISTRY.values(), ids=lambda t: t.name)
@pytest.mark.parametrize("every", [True, False])
def test_a_sentence_is_whole_with_all_parameters_and_with_the_required_ones(transform: Transform, every: bool) -> None:
    given = {n: n.upper() for n, p in transform.parameters.items() if every or p.required}
    for said in [transform.describe(given), *(transform.describe(given, (kind,)) for kind in transform.each)]:
        assert said.count("(") == said.count(")"), said
        assert not set("[]{}") & set(said), said


def test_a_limit_by_one_rule_or_by_that_of_each_record() -> None:
    start = "LLOQ or HALFLLOQ where the value of PCSTRESC stands for one below quantitation (the rule is "
    end = "HALFLLOQ), ULOQ above it; missing where it is the result itself, or taken as 0"
    limit_type = REGISTRY["limit_type"]
    assert limit_type.describe({"result": "PCSTRESC"}) == start + end
    assert limit_type.describe({"result": "PCSTRESC", "below": "_BELOW"}) == f"{start}_BELOW, else {end}"


def test_imputation_of_nothing_says_so() -> None:
    date, moment = REGISTRY["convert_dtc_to_dt"], REGISTRY["convert_dtc_to_dtm"]
    nothing = "AESTDTC as a date; nothing is imputed, so it is missing unless AESTDTC is a complete date"
    assert date.describe({"dtc": "AESTDTC"}) == nothing
    assert date.describe({"dtc": "AESTDTC", "highest_imputation": "n"}) == nothing
    assert date.describe({"dtc": "AESTDTC", "highest_imputation": "M"}) == (
        "AESTDTC as a date; missing parts up to M (D day, M month, Y year) become the first that is possible"
    )
    assert moment.describe({"dtc": "AESTDTC", "highest_imputation": "n"}) == (
        "AESTDTC as a datetime; nothing is imputed, so it is missing unless AESTDTC is complete to the second"
    )
    assert "; missing parts up to h (s second, " in moment.describe({"dtc": "AESTDTC"})


def test_one_day_is_no_days() -> None:
    after = REGISTRY["date_after"]
    rest = "RFXENDTC, without time; missing unless RFXENDTC is a complete date"
    assert after.describe({"date": "RFXENDTC", "days": 1}) == f"1 day after {rest}"
    assert after.describe({"date": "RFXENDTC", "days": 21}) == f"21 days after {rest}"
