"""Endpoints from literal analysis datasets, as people read them (design basis 4.8, 4.9; scenarios group M)."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.endpoints import FILE, NoEndpoints, Row, endpoints, read_endpoints, write_endpoints
from specs.analyses import Analyses, Endpoint
from transforms.columns import text


def _frame(columns: str, *rows: tuple[str | float | None, ...]) -> pd.DataFrame:
    """A dataset in the column contract: texts are categoricals, numbers float64."""
    made: dict[str, pd.Series] = {}
    for i, name in enumerate(columns.split()):
        values = [row[i] for row in rows]
        if any(isinstance(v, str) for v in values):
            made[name] = text([v if isinstance(v, str) else None for v in values])
        else:
            made[name] = pd.Series([np.nan if v is None else float(v) for v in values], dtype="float64")
    return pd.DataFrame(made)


def _subjects(n: int, **flags: str) -> pd.DataFrame:
    columns = "USUBJID " + " ".join(flags)
    return _frame(columns, *((f"S{i:02d}", *flags.values()) for i in range(n)))


def _one(given: Mapping[str, object], **datasets: pd.DataFrame) -> Row:
    endpoint = Endpoint.model_validate({"label": "L", "population": "USUBJID is not missing", **given})
    [row] = endpoints(Analyses(endpoints={"E": endpoint}), lambda name: datasets[name])
    return row


RATE = {"statistic": "rate", "dataset": "ADRS", "where": "PARAMCD = 'RSP'", "event": "AVALC = 'Y'"}


def _responses(responders: int, total: int) -> pd.DataFrame:
    return _frame(
        "USUBJID PARAMCD AVALC",
        *((f"S{i:02d}", "RSP", "Y" if i < responders else "N") for i in range(total)),
        ("S00", "PD", "Y"),
    )


@pytest.mark.parametrize(
    ("responders", "total", "expected"),
    [
        pytest.param(12, 18, "12 / 18, 66.7% (41.0, 86.7)", id="M01"),
        pytest.param(18, 18, "18 / 18, 100.0% (81.5, 100.0)", id="M02"),
        pytest.param(0, 3, "0 / 3, 0.0% (0.0, 70.8)", id="M03"),
        pytest.param(9, 14, "9 / 14, 64.3% (35.1, 87.2)", id="M05"),
        pytest.param(1, 16, "1 / 16, 6.3% (0.2, 30.2)", id="6.25 is rounded up"),
    ],
)
def test_rates(responders: int, total: int, expected: str) -> None:
    row = _one(RATE, ADSL=_subjects(total), ADRS=_responses(responders, total))
    assert row.text == expected
    assert (row.n, row.N) == (responders, total)
    assert row.subjects == [f"S{i:02d}" for i in range(responders)]


def test_m07_nobody_in_the_population() -> None:
    given = {**RATE, "population": "SAFFL = 'Y'"}
    row = _one(given, ADSL=_subjects(3, SAFFL="N"), ADRS=_responses(2, 3))
    assert (row.n, row.N, row.estimate, row.text, row.subjects) == (0, 0, None, "0 / 0, NE", [])


def test_subjects_without_a_record_count_in_the_denominator() -> None:
    assert _one(RATE, ADSL=_subjects(20), ADRS=_responses(14, 18)).text == "14 / 20, 70.0% (45.7, 88.1)"


def test_the_denominator_may_be_those_with_a_record() -> None:
    records = _frame(
        "USUBJID PARAMCD AVALC ANL01FL", ("S00", "RSP", "Y", "Y"), ("S01", "RSP", "N", "Y"), ("S02", "RSP", "N", None)
    )
    given = {**RATE, "where": "PARAMCD = 'RSP' and ANL01FL = 'Y'", "denominator": "records"}
    assert _one(given, ADSL=_subjects(3), ADRS=records).text == "1 / 2, 50.0% (1.3, 98.7)"


SURVIVAL = {"statistic": "survival", "dataset": "ADTTE", "event": "CNSR = 0", "unit": "days"}
M06 = [(57, 0), (78, 1), (89, 0), (119, 1), (119, 0), (121, 0), (209, 1), (299, 0), (389, 8), (389, 1)]


def _times(times: Sequence[tuple[float, float]]) -> pd.DataFrame:
    return _frame("USUBJID AVAL CNSR", *((f"S{i:02d}", *t) for i, t in enumerate(times)))


def test_m06_kaplan_meier() -> None:
    row = _one({**SURVIVAL, "landmarks": [3, 4]}, ADSL=_subjects(10), ADTTE=_times(M06))
    assert (row.median, row.median_lower, row.median_upper) == (299, 57, None)
    assert row.text == (
        "5 events / 10, median 299 (57, NE) days; at 3 months 78.8% (38.1, 94.3); at 4 months 54.0% (18.1, 80.1)"
    )
    assert {k: round(v, 4) for k, v in row.detail[0].items()} == {
        "months": 3, "estimate": 0.7875, "lower": 0.3809, "upper": 0.9426,
    }  # fmt: skip
    assert row.subjects == ["S00", "S02", "S04", "S05", "S07"]


def test_m09_days_are_shown_as_months_and_kept_as_days() -> None:
    row = _one({**SURVIVAL, "shown_in": "months"}, ADSL=_subjects(10), ADTTE=_times(M06))
    assert row.text == "5 events / 10, median 9.8 (1.9, NE) months"
    assert row.median == 299
    given = {"statistic": "summary", "dataset": "ADTTE", "unit": "days", "shown_in": "months"}
    row = _one(given, ADSL=_subjects(1), ADTTE=_times([(119, 0)]))
    assert row.text == "1 / 1, mean 3.9 (SD NE), median 3.9 (3.9, 3.9) months"


def test_a_landmark_after_the_last_time_cannot_be_estimated() -> None:
    """All are followed for 62 days at most: two months are 60.9 days, three months 91.3."""
    row = _one({**SURVIVAL, "landmarks": [2, 3]}, ADSL=_subjects(2), ADTTE=_times([(62, 1), (40, 1)]))
    assert row.text == "0 events / 2, median NE (NE, NE) days; at 2 months 100.0%; at 3 months NE"
    assert row.detail[1] == {"months": 3, "estimate": None, "lower": None, "upper": None}


@pytest.mark.parametrize(("convention", "shown"), [("first time", "215"), ("midpoint", "224.5")])
def test_median_where_survival_is_exactly_half(convention: str, shown: str) -> None:
    given = {**SURVIVAL, "median": convention}
    row = _one(given, ADSL=_subjects(4), ADTTE=_times([(62, 0), (215, 0), (234, 0), (300, 1)]))
    assert row.text.startswith(f"3 events / 4, median {shown} (")


def test_follow_up_exchanges_events_and_censorings() -> None:
    row = _one(SURVIVAL, ADSL=_subjects(4), ADTTE=_times([(10, 0), (20, 1), (30, 1), (40, 1)]))
    assert row.detail == [{"follow_up": {"estimate": 30, "lower": 20, "upper": None}}]


def test_nobody_has_responded() -> None:
    row = _one(SURVIVAL, ADSL=_subjects(2), ADTTE=pd.DataFrame())
    assert row.text == "0 events / 0, median NE (NE, NE) days"


def test_summary() -> None:
    days = _frame("USUBJID AVAL", ("S00", 57), ("S01", 89), ("S02", 119), ("S03", None))
    given = {"statistic": "summary", "dataset": "ADTTE", "unit": "days"}
    row = _one(given, ADSL=_subjects(4), ADTTE=days)
    assert row.text == "3 / 4, mean 88.3 (SD 31.0), median 89 (57, 119) days"
    assert (row.n, row.N, row.estimate, row.median) == (3, 4, 88.333333, 89)
    assert row.subjects == ["S00", "S01", "S02"]


def test_amounts_are_shown_with_as_many_decimals_as_asked_for() -> None:
    row = _one({**SURVIVAL, "shown_in": "months", "decimals": 2}, ADSL=_subjects(10), ADTTE=_times(M06))
    assert row.text == "5 events / 10, median 9.82 (1.87, NE) months"
    days = _frame("USUBJID AVAL", ("S00", 57), ("S01", 1089.25), ("S02", 119))
    given = {"statistic": "summary", "dataset": "ADTTE", "unit": "days", "decimals": 2}
    row = _one(given, ADSL=_subjects(3), ADTTE=days)
    assert row.text == "3 / 3, mean 421.75 (SD 578.90), median 119.00 (57.00, 1089.25) days"
    row = _one({**given, "decimals": 0}, ADSL=_subjects(3), ADTTE=days)
    assert row.text == "3 / 3, mean 422 (SD 579), median 119 (57, 1089) days"


def test_summary_by_group_in_its_order_and_geometric() -> None:
    peaks = _frame(
        "USUBJID PARAMCD PARAMN AVAL",
        ("S00", "TMAX", 2, 7), ("S00", "CMAX", 1, 1000), ("S01", "CMAX", 1, 10000), ("S01", "TMAX", 2, 10),
    )  # fmt: skip
    given = {"statistic": "summary", "dataset": "ADPP", "by": "PARAMCD", "order": "PARAMN", "geometric": True}
    row = _one(given, ADSL=_subjects(2), ADPP=peaks)
    assert row.text == (
        "2 / 2, CMAX: geometric mean 3162 (CV 362.9%), median 5500 (1000, 10000); "
        "TMAX: geometric mean 8.4 (CV 25.6%), median 8.5 (7, 10)"
    )
    assert [d["level"] for d in row.detail] == ["CMAX", "TMAX"]


ARMS = _frame(
    "USUBJID TRT01P TRT01PN SAFFL",
    ("S00", "Placebo", 1, "Y"), ("S01", "Placebo", 1, "Y"), ("S02", "Active", 2, "Y"), ("S03", "Active", 2, "Y"),
    ("S04", "Active", 2, "Y"), ("S05", "Open label", 3, "N"),
)  # fmt: skip
"""Two arms in the order of their numbers; nobody of the third is in the population."""
BY_ARM = {"population": "SAFFL = 'Y'", "groups": "ADSL.TRT01P"}


def _by_arm(given: Mapping[str, object], **datasets: pd.DataFrame) -> list[tuple[str, str]]:
    endpoint = Endpoint.model_validate({"label": "L", **BY_ARM, **given})
    rows = endpoints(Analyses(endpoints={"E": endpoint}), lambda name: {"ADSL": ARMS, **datasets}[name])
    return [(row.level, row.text) for row in rows]


def test_a_rate_by_arm_and_in_total() -> None:
    assert _by_arm({**RATE, "total": True}, ADRS=_responses(3, 6)) == [
        ("Placebo", "2 / 2, 100.0% (15.8, 100.0)"),
        ("Active", "1 / 3, 33.3% (0.8, 90.6)"),
        ("Total", "3 / 5, 60.0% (14.7, 94.7)"),
    ]


def test_groups_without_a_number_are_in_alphabetical_order_and_nobody_is_lost() -> None:
    subjects = _frame("USUBJID SEX SAFFL", ("S00", "M", "Y"), ("S01", "F", "Y"), ("S02", None, "Y"))
    found = _by_arm({**RATE, "groups": "ADSL.SEX"}, ADSL=subjects, ADRS=_responses(1, 3))
    assert found == [
        ("F", "0 / 1, 0.0% (0.0, 97.5)"),
        ("M", "1 / 1, 100.0% (2.5, 100.0)"),
        ("(no group)", "0 / 1, 0.0% (0.0, 97.5)"),
    ]


def test_a_summary_and_worst_grades_by_arm() -> None:
    values = _frame("USUBJID AVAL", ("S00", 1), ("S01", 3), ("S02", 5), ("S05", 100))
    assert _by_arm({"statistic": "summary", "dataset": "ADLB"}, ADLB=values) == [
        ("Placebo", "2 / 2, mean 2 (SD 1.4), median 2 (1, 3)"),
        ("Active", "1 / 3, mean 5 (SD NE), median 5 (5, 5)"),
    ]
    assert _by_arm({"statistic": "worst", "dataset": "ADLB"}, ADLB=values)[1] == (
        "Active",
        "1 / 3, 33.3% (0.8, 90.6); grade 5: 1 (33.3%)",
    )


def _remission() -> dict[str, pd.DataFrame]:
    """Freireich et al. 1963, in weeks: 6-MP (9 ended of 21) and placebo (all 21 ended)."""
    drug = [(6, 0), (6, 0), (6, 0), (7, 0), (10, 0), (13, 0), (16, 0), (22, 0), (23, 0)]
    drug += [(t, 1) for t in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)]
    placebo = [(t, 0) for t in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]
    arms = [("6-MP", 1)] * 21 + [("Placebo", 2)] * 21
    subjects = _frame("USUBJID TRT01P TRT01PN SAFFL", *((f"S{i:02d}", *a, "Y") for i, a in enumerate(arms)))
    return {"ADSL": subjects, "ADTTE": _times([*drug, *placebo])}


def test_survival_by_arm_with_the_log_rank_test() -> None:
    given = {**SURVIVAL, "unit": "weeks", "test": "log-rank"}
    assert _by_arm(given, **_remission()) == [
        ("6-MP", "9 events / 21, median 23 (13, NE) weeks"),
        ("Placebo", "21 events / 21, median 8 (4, 11) weeks"),
        ("6-MP vs Placebo", "log-rank p < 0.0001"),
    ]


def test_the_log_rank_test_compares_two_groups() -> None:
    datasets = _remission()
    one = {"ADSL": datasets["ADSL"].iloc[:21], "ADTTE": datasets["ADTTE"]}
    found = _by_arm({**SURVIVAL, "test": "log-rank"}, **one)
    assert found[-1] == ("6-MP", "log-rank NE: it compares two groups, here are 1")


def test_rows_of_groups_in_the_files(tmp_path: Path) -> None:
    endpoint = Endpoint.model_validate({"label": "L", **BY_ARM, **SURVIVAL, "test": "log-rank"})
    rows = endpoints(Analyses(endpoints={"E": endpoint}), lambda name: _remission()[name])
    write_endpoints(rows, tmp_path)
    lines = list(csv.DictReader((tmp_path / "endpoints.csv").open(newline="")))
    assert [(line["level"], line["statistic"], line["n"], line["N"], line["p_value"]) for line in lines] == [
        ("6-MP", "survival", "9", "21", ""), ("Placebo", "survival", "21", "21", ""),
        ("6-MP vs Placebo", "log-rank", "30", "42", "4.2e-05"),
    ]  # fmt: skip
    told = json.loads((tmp_path / "endpoints.json").read_text())
    assert told[2]["detail"] == [{"chi_square": 16.792941, "p_value": 4.2e-05}]


def test_worst_grade_counts_a_subject_once() -> None:
    events = _frame(
        "USUBJID TRTEMFL ATOXGRN",
        ("S00", "Y", 2), ("S00", "Y", 3), ("S01", "Y", 1), ("S01", None, 4), ("S02", "Y", None), ("S03", "Y", 4),
    )  # fmt: skip
    given = {"statistic": "worst", "dataset": "ADAE", "where": "TRTEMFL = 'Y'", "value": "ATOXGRN", "at_least": 3}
    row = _one(given, ADSL=_subjects(5), ADAE=events)
    assert row.text == (
        "4 / 5, 80.0% (28.4, 99.5); grade 1: 1 (20.0%); grade 3: 1 (20.0%); grade 4: 1 (20.0%); grade >= 3: 2 (40.0%)"
    )
    assert row.subjects == ["S00", "S01", "S02", "S03"]  # S02 has no grade and counts among any


def test_no_events_in_nobody() -> None:
    given = {"statistic": "worst", "dataset": "ADAE", "value": "ATOXGRN", "at_least": 3, "population": "SAFFL = 'Y'"}
    assert _one(given, ADSL=_subjects(2, SAFFL="N"), ADAE=pd.DataFrame()).text == "0 / 0, NE; grade >= 3: 0"


ESCALATION = {
    "statistic": "escalation", "dataset": "ADSL", "population": "DLTEVLFL = 'Y'", "event": "DLTFL = 'Y'",
    "by": "TRT01A", "order": "TRT01AN", "replace": "DLTEVLFL = 'N'",
}  # fmt: skip


def test_e14_e15_escalation_by_level_in_the_order_of_doses() -> None:
    levels = [("90", 1, 6, 1), ("150", 2, 3, 1), ("300", 3, 2, 0)]
    rows = [
        (f"{level}-{i}", level, number, "Y", "Y" if i < toxic else "N")
        for level, number, evaluable, toxic in levels
        for i in range(evaluable)
    ]
    subjects = _frame("USUBJID TRT01A TRT01AN DLTEVLFL DLTFL", *rows, ("300-9", "300", 3, "N", "N"))
    row = _one(ESCALATION, ADSL=subjects)
    assert row.text == (
        "90 1/6 16.7% (0.4, 64.1) ESCALATE; 150 1/3 33.3% (0.8, 90.6) EXPAND TO 6; 300 0/2 0.0% (0.0, 84.2) CONTINUE; "
        "to be replaced 1; MTD 90"
    )
    assert (row.n, row.N, row.subjects) == (2, 11, ["150-0", "90-0"])
    assert row.detail[-1] == {"replace": ["300-9"]}


def test_files_of_the_report(tmp_path: Path) -> None:
    row = _one(RATE, ADSL=_subjects(18), ADRS=_responses(12, 18))
    (tmp_path / "report").mkdir()
    write_endpoints([row], tmp_path / "report")
    [line] = csv.DictReader((tmp_path / "report" / "endpoints.csv").open(newline=""))
    assert [line[k] for k in ("endpoint", "n", "N", "estimate", "lower", "upper", "text")] == [
        "E", "12", "18", "0.666667", "0.409925", "0.866573", "12 / 18, 66.7% (41.0, 86.7)",
    ]  # fmt: skip
    assert line["subjects"].split(";")[:2] == ["S00", "S01"]
    assert json.loads((tmp_path / FILE).read_text())[0]["text"] == row.text
    assert read_endpoints(tmp_path)[0]["n"] == 12


def test_a_folder_without_endpoints(tmp_path: Path) -> None:
    with pytest.raises(NoEndpoints, match="is no delivery; give the folder that `run` printed"):
        read_endpoints(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(NoEndpoints, match=r"has no endpoints: its study has no analyses\.yaml"):
        read_endpoints(tmp_path)


AGREEMENT = {
    "statistic": "agreement",
    "dataset": "ADRS",
    "where": "PARAMCD in ('OVR', 'OVRD')",
    "value": "AVALC",
    "pairs": {
        "second": "PARAMCD = 'OVRD'",
        "within_days": 7,
        "levels": ["CR", "VGPR", "PR", "SD"],
        "unordered": ["NE"],
        "responders": ["CR", "VGPR", "PR"],
        "listing": "differ.csv",
        "columns": ["RULE", "SPEP", "SEENDT"],
    },
}
"""Dates are days from 1960-01-01: 23,838 is 2025-04-07."""


def _assessed(*rows: tuple[str | float | None, ...]) -> pd.DataFrame:
    return _frame("USUBJID PARAMCD ADT AVALC RULE SPEP SEENDT", *rows)


def test_agreement_of_assessments_of_one_time(tmp_path: Path) -> None:
    """Counted by hand: of nine records of the first, seven have one of the second within seven days."""
    records = _assessed(
        ("S00", "OVR", 23838, "PR", None, None, None),  # same day, same level
        ("S00", "OVRD", 23838, "PR", "SERUM", 16, 23838),
        ("S00", "OVR", 23870, "VGPR", None, None, None),  # seven days later, one level lower
        ("S00", "OVRD", 23877, "PR", "SERUM", 4.1, 23877),
        ("S01", "OVR", 23838, "CR", None, None, None),  # two levels lower
        ("S01", "OVRD", 23836, "PR", "MARROW", None, None),
        ("S01", "OVR", 23900, "SD", None, None, None),  # eight days: no pair
        ("S01", "OVRD", 23908, "SD", "SERUM", 36, 23908),
        ("S02", "OVR", 23838, "SD", None, None, None),  # stable for one, response for the other
        ("S02", "OVRD", 23838, "PR", "SERUM", 20, 23838),
        ("S02", "OVR", 23870, "NE", None, None, None),  # not evaluable, for both
        ("S02", "OVRD", 23870, "NE", "NOT ASSESSED", None, None),
        ("S03", "OVR", 23838, "SD", None, None, None),  # not evaluable for one
        ("S03", "OVRD", 23839, "NE", "NOT ASSESSED", None, None),
        ("S03", "OVR", None, "SD", None, None, None),  # without date
        ("S03", "OVR", 23870, "SD", None, None, None),
        ("S03", "OVRD", 23870, "SD", "SERUM", 38, 23870),
        ("S09", "OVR", 23838, "PR", None, None, None),  # not of the population
        ("S09", "OVRD", 23838, "PR", "SERUM", 16, 23838),
    )
    row = _one(AGREEMENT, ADSL=_subjects(5), ADRS=records)
    assert (row.n, row.N, row.estimate) == (3, 7, 0.428571)
    assert row.subjects == ["S00", "S01", "S02", "S03"]
    assert row.text == (
        "exact 3 / 7, 42.9%; within one level 5 / 7, 71.4%; responder or not 6 / 7, 85.7%; weighted kappa 0.23; "
        "CR-PR 1, VGPR-PR 1, PR-PR 1, SD-PR 1, SD-SD 1, SD-NE 1, NE-NE 1"
    )
    *table, measures = row.detail
    assert table[3] == {"first": "SD", "CR": 0, "VGPR": 0, "PR": 1, "SD": 1, "NE": 1}
    assert [line["first"] for line in table] == ["CR", "VGPR", "PR", "SD", "NE"]
    # of the five ordered pairs: observed distance (2+1+0+1+0)/5 = 4/5; by chance, firsts CR VGPR PR SD SD against
    # seconds PR x4, SD x1: (4x2+3 + 4x1+2 + 0+1 + 2x(4x1+0))/25 = 26/25; kappa 1 - 20/26 = 0.230769
    assert measures == {"pairs": 7, "exact": 3, "within_one": 5, "responders": 6, "kappa": 0.230769,
                        "unpaired_first": 1, "unpaired_second": 1}  # fmt: skip
    write_endpoints([row], tmp_path)
    assert (tmp_path / "differ.csv").read_text(encoding="utf-8") == (
        "USUBJID,FIRSTDT,FIRST,SECONDDT,SECOND,RULE,SPEP,SEENDT\n"
        "S00,2025-05-09,VGPR,2025-05-16,PR,SERUM,4.1,2025-05-16\n"
        "S01,2025-04-07,CR,2025-04-05,PR,MARROW,,\n"
        "S02,2025-04-07,SD,2025-04-07,PR,SERUM,20,2025-04-07\n"
        "S03,2025-04-07,SD,2025-04-08,NE,NOT ASSESSED,,\n"
    )


def test_agreement_of_nothing(tmp_path: Path) -> None:
    row = _one(AGREEMENT, ADSL=_subjects(1), ADRS=pd.DataFrame())
    assert (row.n, row.N, row.estimate, row.text, row.subjects) == (0, 0, None, "0 / 0, NE", [])
    write_endpoints([row], tmp_path)
    assert (tmp_path / "differ.csv").read_text(encoding="utf-8").count("\n") == 1
