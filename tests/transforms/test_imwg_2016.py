"""Computed response of myeloma and of plasma cell leukemia: the scenarios of groups G and H, row by row."""

from pathlib import Path

import pandas as pd
import pytest

from transforms.columns import numbers, plain, text
from transforms.imwg_2016 import imwg_2016_baseline, imwg_2016_response
from transforms.registry import Made, Related
from transforms.results import standard_result

SHORT = {
    "sm": "SPEP", "um": "UPEP", "sife": "SIFE", "uife": "UIFE", "kap": "KAPPA", "lam": "LAMBDA", "bm": "MARROW",
    "clonal": "CLONAL", "spd": "SPD", "newles": "NEWLES", "ldinc": "LDINC", "pb": "PB", "count": "PBCOUNT",
    "siso": "SISO", "interf": "INTERF", "lesions": "LESIONS",
}  # fmt: skip
WORDS = {"NEG": "NEGATIVE", "POS": "POSITIVE"}
TABLE = pd.DataFrame({"component": list(SHORT.values()), "test": list(SHORT.values())}, dtype="str")
REFERENCE = "2025-03-05"

B1 = "sm 40, um 0, uife NEG, kap 20, lam 15, bm 40"
FLC = "sm 2, um 50, kap 400, lam 10, bm 15"
MARROW_ONLY = "sm 2, um 50, kap 90, lam 10, bm 40"
TUMOR = "sm 40, um 0, uife NEG, bm 40, spd 800"
G01 = "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 2, clonal ABSENT"
P1 = "sm 40, um 0, uife NEG, bm 60, pb 30"

G = [
    ("G01", B1, "", G01, "sCR", None),
    ("G02", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 30, lam 10, bm 2, clonal ABSENT", "CR", None),
    ("G03", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 2", "CR", None),
    ("G05", B1, "", "sm 0, um 0, sife NEG, kap 10, lam 10, bm 2, clonal ABSENT", "VGPR", None),
    ("G06", B1, "", "sm 0, um 0, sife POS, uife NEG, bm 2", "VGPR", None),
    ("G07", B1, "", "sm 0, um 0, sife NEG, uife NEG, kap 10, lam 10, bm 5, clonal ABSENT", "VGPR", None),
    ("G09", B1, "", "sm 4.1, um 0", "PR", None),
    ("G10", B1, "", "sm 20.0, um 0", "PR", None),
    ("G11", B1, "", "sm 20.1, um 0", "MR", None),
    ("G13", B1, "", "sm 30.1, um 0", "SD", None),
    ("G14", B1, "sm 4", "sm 9.0", "PD", "SERUM"),
    ("G15", B1, "sm 4", "sm 8.9, um 0", "PR", None),
    ("G17", "sm 60, um 0, bm 50", "sm 52", "sm 61.9, um 0", "SD", None),
    ("G18", B1, "sm 0", "sm 5.0, um 0", "PD", "SERUM"),
    ("G19", B1, "sm 30", "sm 36, um 0", "SD", None),
    ("G21", "sm 5, um 1000, bm 20", "um 100", "um 299, sm 0", "MR", None),
    ("G22", "sm 5, um 1500", "", "um 150, sm 0", "PR", None),
    ("G23", "sm 5, um 1500", "", "um 90, sm 0, sife NEG, uife POS", "VGPR", None),
    ("G25", "sm 40, um 1000", "", "sm 2", "NE", None),
    ("G26", B1, "", "um 0", "NE", None),
    ("G27", FLC, "", "kap 48.9, lam 10", "VGPR", None),
    ("G29", FLC, "", "sife NEG, uife NEG, bm 2, kap 22, lam 10", "VGPR", None),
    ("G30", FLC, "", "sife NEG, uife NEG, bm 2, kap 15, lam 10", "CR", None),
    ("G31", FLC, "kap 30, lam 10", "kap 130, lam 10", "PR", None),
    ("G33", MARROW_ONLY, "", "bm 20", "PR", None),
    ("G34", "sm 2, um 50, kap 90, lam 10, bm 25", "", "bm 5", "NE", None),
    ("G35", TUMOR, "", "sm 2, um 0, spd 400", "VGPR", None),
    ("G37", TUMOR, "", "sm 2, um 0", "SD", None),
    ("G38", TUMOR, "sm 2, spd 200", "sm 2, um 0, spd 300", "PD", "SPD"),
    ("G39", B1, "sm 0", "sm 0, sife NEG, uife NEG, bm 1, newles Y", "PD", "NEWLESION"),
    ("G41", "sm 40, um 30, uife POS, bm 20", "", "sm 2", "PR", None),
    ("G42", B1, "", "sm 4.0, um 150", "PR", None),
    # the same rules at their other bounds
    ("12 of 48 is 25 percent", "sm 48, um 0", "", "sm 36, um 0", "MR", None),
    ("90 percent of serum", B1, "", "sm 4.0, um 0", "VGPR", None),
    ("nadir 50, +10 but 20 percent", "sm 60, um 0", "sm 50", "sm 60, um 0", "PD", "SERUM"),
    ("25 percent but only 4 g/L", B1, "sm 16", "sm 20, um 0", "PR", None),
    ("serum below quantitation", B1, "", "sm <0.5, um 0", "VGPR", None),
    ("urine +200 and 25 percent", "sm 5, um 1000", "um 800", "um 1000, sm 0", "PD", "URINE"),
    ("urine +200 but 24.9 percent", "sm 5, um 3000", "um 804", "um 1004, sm 0", "MR", None),
    ("urine 199 is below 200", "sm 5, um 250", "", "um 199, sm 0", "PR", None),
    ("urine 200 of 390 is no half", "sm 5, um 390", "", "um 200, sm 0", "SD", None),
    ("urine 200 beside serum", B1, "", "sm 2, um 200", "SD", None),
    ("urine not done, none at baseline", B1, "", "sm 2", "VGPR", None),
    ("chains exactly 90 percent", FLC, "", "kap 49, lam 10", "PR", None),
    ("chains have no MR", FLC, "", "kap 300, lam 10", "SD", None),
    ("chains +100.1", FLC, "kap 30, lam 10", "kap 130.1, lam 10", "PD", "DFLC"),
    ("lambda involved, in tenths", "sm 2, um 50, kap 10.1, lam 400.1, bm 15", "", "kap 10.1, lam 49.1", "PR", None),
    ("chains do not count beside serum", B1, "sm 10, kap 20, lam 15", "sm 10, um 0, kap 900, lam 15", "PR", None),
    ("one chain missing", FLC, "", "kap 30", "NE", None),
    ("marrow +10 and 25 percent", MARROW_ONLY, "bm 10", "bm 20", "PD", "MARROW"),
    ("marrow +9.9", MARROW_ONLY, "bm 10", "bm 19.9", "PR", None),
    ("marrow does not count beside serum", B1, "sm 2, bm 5", "sm 2, um 0, bm 40", "VGPR", None),
    ("spd +49.9 percent", TUMOR, "sm 2, spd 200", "sm 2, um 0, spd 299.8", "VGPR", None),
    ("spd of one lesion alone", TUMOR, "sm 2, spd 200", "sm 2, um 0, spd 300, lesions 1", "VGPR", None),
    ("one lesion longer by half", TUMOR, "sm 2, spd 200", "sm 2, um 0, spd 210, ldinc Y", "PD", "LDINC"),
    ("plasmacytoma gone", TUMOR, "", "sm 0, um 0, sife NEG, uife NEG, bm 1, spd 0", "CR", None),
    ("plasmacytoma there: no CR", TUMOR, "", "sm 0, um 0, sife NEG, uife NEG, bm 1, spd 100", "VGPR", None),
    ("plasmacytoma less than half smaller", TUMOR, "", "sm 2, um 0, spd 401", "SD", None),
    ("several bases", B1, "sm 4", "sm 9, newles Y", "PD", "SERUM, NEWLESION"),
    ("not measurable but new lesion", "sm 2, um 50, bm 25", "", "newles Y, bm 5", "PD", "NEWLESION"),
    ("cells the only measure", "sm 2, pb 2, count 150", "pb 2, count 150", "pb 3, count 225", "PD", "CIRCPC"),
    ("cells below 200", "sm 2, pb 1, count 100", "", "pb 2, count 199", "NE", None),
    ("cells beside serum", "sm 40, um 0, uife NEG, pb 2, count 150", "", "sm 2, pb 3, count 400", "VGPR", None),
]  # fmt: skip

CONSENSUS = [
    ("H01", P1, "", "sm 16, um 0, bm 10, pb 3", "PR", None),
    ("H02", P1, "", "sm 16, um 0, bm 10, pb 8", "SD", None),
    ("H03", P1, "", "sm 3, um 0, bm 3, pb 0", "VGPR", None),
    ("H06", P1, "", "sm 16, um 0, bm 10, pb 4", "PR", None),
    ("H07", P1, "sm 3, um 0, bm 3, pb 0", "sm 3, um 0, bm 4, pb 6", "PD", "CIRCPC"),
    ("H09", P1, "", "sm 16, um 0, bm 30, pb 2", "SD", None),
    ("H10", P1, "", "sm 28, um 0, bm 20, pb 4", "SD", None),
    ("blood not done", P1, "", "sm 3, um 0, bm 3", "NE", None),
    ("marrow not done", P1, "", "sm 3, um 0, pb 0", "PR", None),
    ("marrow 5", P1, "", "sm 3, um 0, bm 5, pb 0", "PR", None),
    ("blood 5, marrow 25", P1, "", "sm 16, um 0, bm 25, pb 5", "PR", None),
    ("complete", P1, "", "sm 0, um 0, sife NEG, uife NEG, bm 3, pb 0, kap 10, lam 10, clonal ABSENT", "sCR", None),
    ("+5 points is not more than 5", P1, "sm 3, um 0, bm 3, pb 0", "sm 3, um 0, bm 4, pb 5", "PR", None),
    ("marrow +10 points", P1, "sm 3, um 0, bm 3, pb 0", "sm 3, um 0, bm 13, pb 0", "PD", "MARROW"),
    ("relapse by immunofixation", P1, "sm 0, um 0, sife NEG, uife NEG, bm 3, pb 0", "sm 0, um 0, sife POS, pb 0",
     "PD", "SERUM"),
    ("relapse by blood", P1, "sm 0, um 0, sife NEG, uife NEG, bm 3, pb 0", "sm 0, um 0, pb 0.5", "PD", "CIRCPC"),
    ("no relapse without CR", P1, "sm 3, um 0, bm 3, pb 0", "sm 3, um 0, sife POS, pb 0.5", "PR", None),
]  # fmt: skip

EUROPEAN = [
    ("H05", P1, "", "sm 16, um 0, bm 10, pb 4", "SD", None),
    ("H11", P1, "", "sm 16, um 0, bm 10, pb 3", "PR", None),
    ("blood present", P1, "", "sm 3, um 0, bm 3, pb 1", "PR", None),
    ("90 percent but above 5", "sm 40, um 0, uife NEG, bm 60, pb 60", "", "sm 16, um 0, bm 10, pb 5.1", "SD", None),
    ("marrow 5 in CR", P1, "", "sm 0, um 0, sife NEG, uife NEG, bm 5, pb 0", "CR", None),
]

MYELOMA_WITH_BLOOD = [("H13", B1, "", G01 + ", pb 1", "sCR", None)]


def _related(name: str, subject: list[int], values: list[str | None]) -> Related:
    codes = pd.Series(subject, dtype="int64").to_numpy()
    return Related(name, text(values), codes, pd.RangeIndex(len(subject)).to_numpy())


def respond(subjects: list[dict[str, str]], visits: list[list[str]] | None = None, **options: object) -> Made:
    """The response of subjects, each given as what was found on which date."""
    rows = [
        (number, day, SHORT[pair.split()[0]], WORDS.get(pair.split()[1], pair.split()[1]))
        for number, found in enumerate(subjects) for day, said in found.items() for pair in said.split(", ") if pair
    ]  # fmt: skip
    subject, day, test, result = (list(column) for column in zip(*rows, strict=True))
    people = list(range(len(subjects)))
    extra: dict[str, object] = {}
    if visits is not None:
        flat = [(number, day) for number, days in enumerate(visits) for day in days]
        extra["visit"] = _related("RS.RSDTC", [n for n, _ in flat], [d for _, d in flat])
    return imwg_2016_response(
        [_related("LB.LBTESTCD", subject, test)], [_related("LB.LBDTC", subject, day)],
        [_related("LB.LBSTRESC", subject, result)], TABLE,
        [_related("ADSL.LDSDT", people, [REFERENCE] * len(people))], **extra, **options,
    )  # fmt: skip


def _last_of(rows: list[tuple[str, str, str, str, str, str | None]], **options: object) -> list[tuple[str, str | None]]:
    found = [
        {"2025-02-28": base} | ({"2025-04-07": earlier} if earlier else {}) | {"2025-05-09": visit}
        for _, base, earlier, visit, _, _ in rows
    ]
    made = respond(found, **options)
    levels = dict(zip(made.subject.tolist(), plain(made.columns["AVALC"]), strict=True))
    bases = dict(zip(made.subject.tolist(), plain(made.columns["PDBASIS"]), strict=True))
    return [(levels[n], bases[n]) for n in range(len(rows))]


def _with_disease(
    rows: list[tuple[str, str, str, str, str, str | None]], criteria: str
) -> list[tuple[str, str | None]]:
    people = list(range(len(rows)))
    disease = _related("ADSL.DISTYPE", people, ["PCL"] * len(rows))
    return _last_of(rows, disease=disease, leukemia_criteria=criteria)


def _expected(rows: list[tuple[str, str, str, str, str, str | None]]) -> dict[str, tuple[str, str | None]]:
    return {row[0]: (row[4], row[5]) for row in rows}


@pytest.fixture(scope="module")
def computed() -> dict[str, tuple[str, str | None]]:
    found = dict(zip([r[0] for r in G], _last_of(G), strict=True))
    found |= zip([r[0] for r in CONSENSUS], _with_disease(CONSENSUS, "consensus 2013"), strict=True)
    found |= zip([r[0] for r in EUROPEAN], _with_disease(EUROPEAN, "european"), strict=True)
    found |= zip([r[0] for r in MYELOMA_WITH_BLOOD], _last_of(MYELOMA_WITH_BLOOD), strict=True)
    return found


@pytest.mark.parametrize("row", [*G, *CONSENSUS, *EUROPEAN, *MYELOMA_WITH_BLOOD], ids=lambda row: row[0])
def test_scenario(row: tuple[str, str, str, str, str, str | None], computed: dict[str, tuple[str, str | None]]) -> None:
    assert computed[row[0]] == (row[4], row[5])


def _table(made: Made, *names: str) -> list[tuple[object, ...]]:
    columns = [plain(_iso(made.columns[n]) if n.endswith("DT") else made.columns[n]) for n in names]
    return list(zip(*columns, strict=True))


def _iso(days: pd.Series) -> pd.Series:
    return text([d.strftime("%Y-%m-%d") for d in pd.Timestamp("1960-01-01") + pd.to_timedelta(days, unit="D")])


def _base(**later: str) -> dict[str, str]:
    return {"2025-02-28": B1} | {day.removeprefix("d").replace("_", "-"): said for day, said in later.items()}


def test_rules_and_missing_items_are_named() -> None:
    made = respond([
        _base(d2025_04_07="sm 0, um 0, sife NEG, kap 10, lam 10, bm 2"),
        _base(d2025_04_07="sm 0, um 0, sife NEG, uife NEG, bm 2"),
        _base(d2025_04_07="um 0"),
        _base(d2025_04_07="sm 20, um 0"),
        {"2025-02-28": "sm 40, um 30"} | {"2025-04-07": "sm 2"},
        {"2025-02-28": TUMOR} | {"2025-04-07": "sm 2, um 0"},
        {"2025-02-28": "sm 2"} | {"2025-04-07": "sm 2"},
        _base(d2025_04_07=G01),
    ])  # fmt: skip
    assert _table(made, "AVALC", "DECRULE", "MISSITEM", "MEASURE") == [
        ("VGPR", "SERUM M-PROTEIN", "UIFE", "SERUM"),
        ("CR", "COMPLETE RESPONSE", "KAPPA, LAMBDA, CLONAL", "SERUM"),
        ("NE", "MEASURABLE COMPONENT NOT ASSESSED", "SPEP", "SERUM"),
        ("PR", "SERUM M-PROTEIN", None, "SERUM"),
        ("PR", "URINE NOT COLLECTED", "UPEP", "SERUM"),
        ("SD", "PLASMACYTOMA NOT ASSESSED", "SPD", "SERUM"),
        ("NE", "NO MEASURABLE DISEASE", None, "NONE"),
        ("sCR", "STRINGENT COMPLETE RESPONSE", None, "SERUM"),
    ]


def test_inputs_are_shown_as_they_were_used() -> None:
    made = respond([_base(d2025_04_07="sm <0.5, um 12.5, sife POS, kap 30.1, lam <2, newles N")])
    assert _table(made, "SPEP", "UPEP", "SIFE", "UIFE", "KAPPA", "LAMBDA", "NEWLES", "MARROW", "CRITSET") == [
        (0.0, 12.5, "POSITIVE", None, 30.1, 2.0, "N", None, "IMWG 2016")
    ]


def test_results_belong_to_the_nearest_visit_within_seven_days() -> None:
    visits = [["2025-04-07", "2025-04-17"]]
    found = _base(d2025_03_31="um 0", d2025_04_12="sm 2", d2025_04_13="sm 3", d2025_04_24="um 0", d2025_04_25="sm 1")
    made = respond([found], visits)
    # 04-12 lies five days from both and goes to the earlier; 04-25 is eight days from the visit, a date of its own, and
    # 04-24 is nearer to it than to the visit
    assert _table(made, "ANCHORDT", "ADT", "AVALC", "SPEP", "UPEP") == [
        ("2025-04-07", "2025-04-12", "VGPR", 2.0, 0.0),
        ("2025-04-17", "2025-04-13", "VGPR", 3.0, None),
        ("2025-04-25", "2025-04-25", "VGPR", 1.0, 0.0),
    ]


def test_a_laboratory_date_without_a_visit_serves_the_days_after_it() -> None:
    made = respond([_base(d2025_04_07="sm 2", d2025_04_08="um 0", d2025_04_15="sm 1")], [["2025-06-01"]])
    assert _table(made, "ANCHORDT", "ADT", "AVALC") == [
        ("2025-04-07", "2025-04-08", "VGPR"),
        ("2025-04-15", "2025-04-15", "VGPR"),
        ("2025-06-01", "2025-06-01", "NE"),
    ]


def test_the_date_is_that_of_the_last_component_used() -> None:
    made = respond([
        _base(d2025_04_07="sm 16, um 0", d2025_04_10="bm 3"),
        _base(d2025_04_07="sm 0, um 0, sife NEG, uife NEG", d2025_04_10="bm 3"),
        _base(d2025_04_07="sm 50, um 0", d2025_04_05="newles Y"),
    ], [["2025-04-07"]] * 3)  # fmt: skip
    assert _table(made, "ADT", "AVALC", "PDBASIS") == [
        ("2025-04-07", "PR", None),
        ("2025-04-10", "CR", None),
        ("2025-04-05", "PD", "SERUM, NEWLESION"),
    ]


def test_marrow_and_imaging_stay_valid_until_replaced() -> None:
    negative = "sm 0, um 0, sife NEG, uife NEG"
    later = {"2025-04-07": negative, "2025-06-07": negative, "2025-08-07": f"{negative}, bm 6"}
    made = respond([{"2025-02-28": TUMOR, "2025-03-25": "bm 3, spd 0"} | later])
    assert _table(made, "ANCHORDT", "AVALC", "MARROW", "SPD") == [
        ("2025-03-25", "NE", 3.0, 0.0),
        ("2025-04-07", "CR", 3.0, 0.0),
        ("2025-06-07", "CR", 3.0, 0.0),
        ("2025-08-07", "VGPR", 6.0, 0.0),
    ]


@pytest.mark.parametrize(("marrow", "level", "missing"), [("2025-05-10", "CR", "KAPPA, LAMBDA, CLONAL"),
                                                          ("2025-05-09", "VGPR", "MARROW")])  # fmt: skip
def test_marrow_of_a_complete_response_is_at_most_28_days_before_the_first_negative_immunofixations(
    marrow: str, level: str, missing: str
) -> None:
    found = _base() | {marrow: "bm 3", "2025-06-07": "sm 0, um 0, sife NEG, uife NEG"}
    assert _table(respond([found]), "AVALC", "MISSITEM")[-1] == (level, missing)


def test_how_old_the_marrow_of_a_complete_response_may_be_is_a_choice() -> None:
    found = _base() | {"2025-05-09": "bm 3", "2025-06-07": "sm 0, um 0, sife NEG, uife NEG"}
    assert _table(respond([found], marrow_days=29), "AVALC")[-1] == ("CR",)


def test_the_result_that_decided_is_the_source() -> None:
    subject, tests = [0, 0, 0], ["SPEP", "UPEP", "SPEP"]
    made = imwg_2016_response(
        [_related("LB.LBTESTCD", subject, tests)],
        [_related("LB.LBDTC", subject, ["2025-02-28", "2025-04-07", "2025-04-07"])],
        [_related("LB.LBSTRESC", subject, ["40", "0", "16"])], TABLE, [_related("ADSL.LDSDT", [0], [REFERENCE])],
        visit=_related("RS.RSDTC", [0], ["2025-06-01"]), sequence=[_related("LB.LBSEQ", subject, ["7", "8", "9"])],
    )  # fmt: skip
    assert _table(made, "AVALC", "SRCDOM", "SRCVAR", "SRCSEQ") == [
        ("PR", "LB", "LBSTRESC", 9.0),
        ("NE", None, None, None),
    ]


def test_imaging_after_the_last_visit_is_an_assessment_of_its_own() -> None:
    made = respond([_base(d2025_04_07="sm 2, um 0", d2025_05_01="newles Y")])
    assert _table(made, "ADT", "AVALC") == [("2025-04-07", "VGPR"), ("2025-05-01", "PD")]


def test_imaging_between_visits_counts_at_the_next_from_its_own_date() -> None:
    made = respond([_base(d2025_04_07="sm 2, um 0", d2025_04_20="newles Y", d2025_05_09="sm 2, um 0")])
    assert _table(made, "ANCHORDT", "ADT", "AVALC") == [
        ("2025-04-07", "2025-04-07", "VGPR"),
        ("2025-05-09", "2025-04-20", "PD"),
    ]


def test_baseline_is_the_last_on_or_before_the_reference_date() -> None:
    subjects = [{"2025-02-01": "sm 20, um 0, uife NEG", "2025-03-05": "sm 40", "2025-04-07": "sm 20, um 0"}]
    assert _table(respond(subjects), "AVALC") == [("PR",)]


def test_the_first_reference_that_a_subject_has() -> None:
    subject, day, result = [0, 0, 1, 1], ["2025-02-10", "2025-04-07"] * 2, ["40", "20"] * 2
    made = imwg_2016_baseline(
        [_related("LB.LBTESTCD", subject, ["SPEP"] * 4)], [_related("LB.LBDTC", subject, day)],
        [_related("LB.LBSTRESC", subject, result)], TABLE,
        [_related("ADSL.LDSDT", [0], ["2025-04-10"]), _related("ADSL.APHDT", [0, 1], ["2025-02-15"] * 2)],
    )  # fmt: skip
    assert _table(made, "ADT", "AVALC", "SPEP") == [("2025-04-10", "SERUM", 20.0), ("2025-02-15", "SERUM", 40.0)]


@pytest.mark.parametrize(
    ("baseline", "measure"),
    [
        ("sm 10, um 200", "SERUM, URINE"),
        ("sm 9.9999, um 199, kap 99.9, lam 1, bm 30", "MARROW"),
        ("sm 9.9, um 199, kap 100, lam 60.6", "FREE LIGHT CHAINS"),
        ("sm 9.9, um 199, kap 165, lam 100, bm 29", "NONE"),
        ("sm 9.9, um 199, kap 26, lam 100.1, bm 29", "FREE LIGHT CHAINS"),
        ("sm 9.9, um 199, kap 26, lam 100, bm 29", "NONE"),
        ("sm 12, kap 400, lam 1, bm 60", "SERUM"),
    ],
)
def test_measurable_disease(baseline: str, measure: str) -> None:
    made = respond([{"2025-02-28": baseline, "2025-04-07": "sm 1"}])
    assert _table(made, "MEASURE") == [(measure,)]


def test_a_lower_limit_of_measurable_serum() -> None:
    subjects = [{"2025-02-28": "sm 5, um 0, uife NEG", "2025-04-07": "sm 2.5, um 0"}]
    assert _table(respond(subjects), "AVALC") == [("NE",)]
    assert _table(respond(subjects, measurable_serum=5), "AVALC") == [("PR",)]


def test_the_confirmed_nadir_needs_two_values() -> None:
    subjects = [_base(d2025_04_07="sm 12, um 0", d2025_05_09="sm 4, um 0", d2025_06_09="sm 10, um 0")]
    assert [row[0] for row in _table(respond(subjects), "AVALC")] == ["PR", "VGPR", "PD"]
    assert [row[0] for row in _table(respond(subjects, nadir_mode="confirmed"), "AVALC")] == ["PR", "VGPR", "PR"]


def test_a_plasmacytoma_may_have_to_shrink_by_90_percent() -> None:
    subjects = [{"2025-02-28": TUMOR, "2025-04-07": f"sm 2, um 0, spd {spd}"} for spd in (400, 81, 80)]
    assert _table(respond(subjects, plasmacytoma_vgpr=90), "AVALC") == [("PR",), ("PR",), ("VGPR",)]


def test_interference_of_an_antibody_with_immunofixation() -> None:
    visit = "sm 0, um 0, sife POS, uife NEG, bm 2"
    subjects = [
        _base(d2025_04_07=visit + more) for more in (", siso IGG_KAPPA, interf Y", ", siso IGG_LAMBDA, interf Y")
    ]
    subjects = [{day: said.replace("_", " ") for day, said in one.items()} for one in subjects]
    rows = [(n, d, pair) for n, one in enumerate(subjects) for d, said in one.items() for pair in said.split(", ")]
    subject = [n for n, _, _ in rows]
    test = [SHORT[pair.split()[0]] for _, _, pair in rows]
    result = [pair.partition(" ")[2] for _, _, pair in rows]
    result = [WORDS.get(r, r) for r in result]
    columns = (
        [_related("LB.LBTESTCD", subject, test)], [_related("LB.LBDTC", subject, [d for _, d, _ in rows])],
        [_related("LB.LBSTRESC", subject, result)], TABLE, [_related("ADSL.LDSDT", [0, 1], [REFERENCE] * 2)],
    )  # fmt: skip
    assert _table(imwg_2016_response(*columns), "AVALC") == [("VGPR",), ("VGPR",)]
    assert _table(imwg_2016_response(*columns, ife_interference=True), "AVALC") == [("CR",), ("VGPR",)]


def test_plasma_cell_leukemia_may_have_to_be_maintained_for_six_weeks() -> None:
    leukemia = {"2025-02-28": P1}
    subjects = [
        leukemia | {"2025-04-07": "sm 3, um 0, bm 3, pb 0", "2025-05-19": "sm 7, um 0, bm 3, pb 0"},
        leukemia | {"2025-04-07": "sm 3, um 0, bm 3, pb 0", "2025-05-18": "sm 3, um 0, bm 3, pb 0"},
        leukemia | {"2025-04-07": "sm 3, um 0, bm 3, pb 0", "2025-05-01": "sm 30, um 0, bm 3, pb 0",
                    "2025-06-01": "sm 30, um 0, bm 3, pb 0"},
    ]  # fmt: skip
    disease = _related("ADSL.DISTYPE", [0, 1, 2], ["PCL"] * 3)
    made = respond(subjects, disease=disease, pcl_maintain_weeks=6)
    assert _table(made, "AVALC", "DECRULE") == [
        ("PR", "NOT MAINTAINED"), ("SD", "NOT MAINTAINED"),
        ("SD", "NOT MAINTAINED"), ("SD", "NOT MAINTAINED"),
        ("SD", "NOT MAINTAINED"), ("PD", "PROGRESSION"), ("PD", "PROGRESSION"),
    ]  # fmt: skip


def test_marrow_of_leukemia_risen_by_more_than_25_percent_is_an_option() -> None:
    visits = [
        {"2025-04-07": "sm 3, um 0, bm 4, pb 0", "2025-05-09": "sm 3, um 0, bm 5, pb 0"},  # 25 percent is not more
        {"2025-04-07": "sm 3, um 0, bm 4, pb 0", "2025-05-09": "sm 3, um 0, bm 5.1, pb 0"},
        {"2025-04-07": "sm 3, um 0, bm 0, pb 0", "2025-05-09": "sm 3, um 0, bm 0, pb 0"},
        {"2025-04-07": "sm 3, um 0, bm 0, pb 0", "2025-05-09": "sm 3, um 0, bm 0.1, pb 0"},  # from 0 any rise is more
        {"2025-04-07": "sm 3, um 0, bm 40, pb 0", "2025-05-09": "sm 3, um 0, bm 50, pb 0"},  # ten points are enough
    ]
    subjects = [{"2025-02-28": P1} | later for later in visits]
    disease = _related("ADSL.DISTYPE", list(range(5)), ["PCL"] * 5)
    for option, expected in ((False, ["PR", "PR", "VGPR", "VGPR", "PD"]), (True, ["PR", "PD", "VGPR", "PD", "PD"])):
        made = respond(subjects, disease=disease, pcl_relative_marrow=option)
        assert [level for (level,) in _table(made, "AVALC")][1::2] == expected
    myeloma = respond(subjects[1:2], pcl_relative_marrow=True)
    assert [level for (level,) in _table(myeloma, "AVALC")] == ["VGPR", "VGPR"]


def test_imwg_2016_for_all() -> None:
    disease = _related("ADSL.DISTYPE", [0], ["PCL"])
    made = respond([{"2025-02-28": P1, "2025-04-07": "sm 28, um 0"}], disease=disease, leukemia_criteria="imwg 2016")
    assert _table(made, "AVALC", "CRITSET") == [("MR", "IMWG 2016")]


def test_lineage_names_what_decided_what_was_used_and_its_baseline() -> None:
    made = respond([{"2025-02-28": "sm 40, um 0", "2025-04-07": "sm 2, um 150, kap 9"}])
    rows = {edge.role: (edge.of, edge.rows.tolist(), edge.of_rows.tolist()) for edge in made.edges}
    assert rows == {
        "deciding": ("LB", [0], [3]),
        "member": ("LB", [0], [2]),
        "lookup": ("LB", [0, 0], [0, 1]),
    }


def test_a_result_that_says_nothing_is_a_finding() -> None:
    made = respond([_base(d2025_04_07="sm hemolyzed, um 0")])
    assert _table(made, "AVALC") == [("NE",)]
    (problem,) = made.problems
    assert (problem.rule, problem.rows.tolist()) == ("RESULT_UNREADABLE", [0])


def test_g43_in_us_units() -> None:
    general = Path(__file__).parents[2] / "mappings" / "general" / "tables"
    tables = [pd.read_csv(general / f"{n}.csv", dtype=str, keep_default_na=False) for n in
              ("unit_conversions", "result_texts")]  # fmt: skip
    results, units = ["4.0", "2.0", "1.5", "0.4", "0.9"], ["g/dL", "mg/dL", "mg/dL", "g/dL", "g/dL"]
    tests = text(["MCPROT", "KLCFR", "LLCFR", "MCPROT", "MCPROT"])
    standard = standard_result(
        text(results), tests, *tables, unit=text(units), standard_unit=text(["g/L", "mg/L", "mg/L", "g/L", "g/L"])
    )
    assert numbers(standard.values).tolist() == [40, 20, 15, 4, 9]
    subject, days = [0] * 5, ["2025-02-28"] * 3 + ["2025-04-07", "2025-05-09"]
    table = pd.DataFrame({"component": ["SPEP", "KAPPA", "LAMBDA"], "test": ["MCPROT", "KLCFR", "LLCFR"]}, dtype="str")
    made = imwg_2016_response(
        [_related("LB.LBTESTCD", subject, plain(tests))], [_related("LB.LBDTC", subject, days)],
        [_related("LB.LBSTRESC", subject, plain(standard.values))], table,
        [_related("ADSL.LDSDT", [0], [REFERENCE])],
    )  # fmt: skip
    assert _table(made, "AVALC", "PDBASIS")[-1] == ("PD", "SERUM")


def test_a_faulty_table_of_components() -> None:
    with pytest.raises(ValueError, match="no component 'SPEEP'"):
        respond_with(pd.DataFrame({"component": ["SPEEP"], "test": ["X"]}, dtype="str"))
    with pytest.raises(ValueError, match="MCPROT is SPEP and SIFE; give specimen or method"):
        respond_with(pd.DataFrame({"component": ["SPEP", "SIFE"], "test": ["MCPROT"] * 2}, dtype="str"))


def test_columns_that_are_not_of_the_same_records() -> None:
    with pytest.raises(ValueError, match=r"LB\.LBTESTCD and LB\.LBDTC are not columns of the same records"):
        imwg_2016_response(
            [_related("LB.LBTESTCD", [0], ["MCPROT"])], [_related("LB.LBDTC", [], [])],
            [_related("LB.LBSTRESC", [0], ["1"])], TABLE, [_related("ADSL.LDSDT", [0], [REFERENCE])],
        )  # fmt: skip


def respond_with(table: pd.DataFrame) -> Made:
    return imwg_2016_response(
        [_related("LB.LBTESTCD", [0], ["MCPROT"])], [_related("LB.LBDTC", [0], ["2025-04-07"])],
        [_related("LB.LBSTRESC", [0], ["1"])], table, [_related("ADSL.LDSDT", [0], [REFERENCE])],
    )  # fmt: skip


def test_no_records_at_all() -> None:
    none = _related("LB.LBTESTCD", [], [])
    made = imwg_2016_response([none], [none], [none], TABLE, [_related("ADSL.LDSDT", [], [])])
    assert len(made.subject) == 0
    assert all(len(column) == 0 for column in made.columns.values())
