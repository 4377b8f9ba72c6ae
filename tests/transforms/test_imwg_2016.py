"""Computed response of myeloma and of plasma cell leukemia: the scenarios of groups G and H, row by row."""

import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.imwg_2016 import imwg_2016_response
from transforms.registry import Made, Related

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
