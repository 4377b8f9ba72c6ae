"""Components of myeloma in records as they are in SDTM LB and TR, also lesion by lesion."""

import pandas as pd
import pytest

from transforms.columns import plain, text
from transforms.imwg_2016 import imwg_2016_response
from transforms.registry import Made, Related

REFERENCE = "2025-03-05"

SDTM = pd.DataFrame(
    [
        ("SPEP", "MCPROT", "SERUM", "ELECTROPHORESIS", ""),
        ("SIFE", "MCPROT", "SERUM", "IMMUNOFIXATION ELECTROPHORESIS", ""),
        ("UIFE", "MCPROT", "URINE", "IMMUNOFIXATION ELECTROPHORESIS", ""),
        ("UPEP", "MPROTEXR", "URINE", "", ""),
        ("MARROW", "PLSTCECE", "BONE MARROW", "LIGHT MICROSCOPY", ""),
        ("PBCOUNT", "PLSTCE", "BLOOD", "", "1000"),
        ("LESION_LENGTH", "LDIAM", "", "", ""),
        ("LESION_WIDTH", "LPERP", "", "", ""),
        ("LESION_STATE", "TUMSTATE", "", "", ""),
    ],
    columns=["component", "test", "specimen", "method", "factor"],
    dtype="str",
)


def _related(name: str, subject: list[int], values: list[str]) -> Related:
    codes = pd.Series(subject, dtype="int64").to_numpy()
    return Related(name, text(values), codes, pd.RangeIndex(len(subject)).to_numpy())


def _table(made: Made, *names: str) -> list[tuple[object, ...]]:
    return list(zip(*(plain(made.columns[n]) for n in names), strict=True))


def _sdtm(lab: list[tuple[str, ...]], imaging: list[tuple[str, ...]]) -> Made:
    lb, tr = [0] * len(lab), [0] * len(imaging)
    return imwg_2016_response(
        test=[_related("LB.LBTESTCD", lb, [r[0] for r in lab]), _related("TR.TRTESTCD", tr, [r[0] for r in imaging])],
        date=[_related("LB.LBDTC", lb, [r[3] for r in lab]), _related("TR.TRDTC", tr, [r[2] for r in imaging])],
        result=[_related("LB.LBSTRESC", lb, [r[4] for r in lab]), _related("TR.TRSTRESC", tr, [r[3] for r in imaging])],
        components=SDTM,
        reference=[_related("ADSL.LDSDT", [0], [REFERENCE])],
        specimen=[_related("LB.LBSPEC", lb, [r[1] for r in lab])],
        method=[_related("LB.LBMETHOD", lb, [r[2] for r in lab])],
        lesion=[_related("TR.TRLNKID", tr, [r[1] for r in imaging])],
    )


LAB = [
    ("MCPROT", "SERUM", "ELECTROPHORESIS", "2025-02-28", "40"),
    ("MPROTEXR", "URINE", "ELECTROPHORESIS", "2025-02-28", "0"),
    ("MCPROT", "SERUM", "ELECTROPHORESIS", "2025-04-07T09:30", "0.4"),
    ("MCPROT", "SERUM", "IMMUNOFIXATION ELECTROPHORESIS", "2025-04-07", "NEGATIVE"),
    ("MCPROT", "URINE", "IMMUNOFIXATION ELECTROPHORESIS", "2025-04-07", "NEGATIVE"),
    ("MPROTEXR", "URINE", "ELECTROPHORESIS", "2025-04-06", "0"),
    ("PLSTCECE", "BONE MARROW", "LIGHT MICROSCOPY", "2025-04-07", "2"),
    ("PLSTCECE", "BONE MARROW", "LIGHT MICROSCOPY", "2025-04-07", "6"),
    ("PLSTCE", "BLOOD", "LIGHT MICROSCOPY", "2025-04-07", "0.25"),
]


def test_records_as_they_are_in_sdtm() -> None:
    made = _sdtm(LAB, [("TUMSTATE", "P01", "2025-04-07", "ABSENT")])
    # marrow: the higher of aspirate and biopsy; blood in 10^9/L times 1000
    assert _table(made, "AVALC", "SIFE", "UIFE", "MARROW", "PBCOUNT") == [("VGPR", "NEGATIVE", "NEGATIVE", 6.0, 250.0)]


LESIONS = [
    ("LDIAM", "P01", "2025-02-28", "20"),
    ("LPERP", "P01", "2025-02-28", "15.5"),
    ("LDIAM", "P02", "2025-02-28", "10"),
    ("LPERP", "P02", "2025-02-28", "9"),
]


@pytest.mark.parametrize(
    ("later", "level", "basis", "spd", "ldinc", "newles"),
    [
        ([("LDIAM", "P01", "10"), ("LPERP", "P01", "10"), ("TUMSTATE", "P02", "ABSENT")],
         "VGPR", None, 100.0, "N", "N"),
        ([("LDIAM", "P01", "10"), ("LPERP", "P01", "10"), ("TUMSTATE", "P02", "NE")], "SD", None, None, "N", "N"),
        ([("LDIAM", "P01", "30"), ("LPERP", "P01", "10"), ("TUMSTATE", "P02", "ABSENT")],
         "PD", "LDINC", 300.0, "Y", "N"),
        ([("LDIAM", "P02", "15"), ("LPERP", "P02", "9"), ("TUMSTATE", "P01", "ABSENT")], "VGPR", None, 135.0, "N", "N"),
        ([("LDIAM", "P03", "5"), ("LPERP", "P03", "5"), ("TUMSTATE", "P03", "NEW")], "PD", "NEWLESION", None, "N", "Y"),
        ([("LDIAM", "P01", "30"), ("LPERP", "P01", "20"), ("LDIAM", "P02", "10"), ("LPERP", "P02", "9")],
         "PD", "SPD, LDINC", 690.0, "Y", "N"),
    ],
)  # fmt: skip
def test_imaging_lesion_by_lesion(
    later: list[tuple[str, str, str]], level: str, basis: str | None, spd: float | None, ldinc: str, newles: str
) -> None:
    made = _sdtm(LAB, LESIONS + [(test, lesion, "2025-04-07", result) for test, lesion, result in later])
    assert _table(made, "AVALC", "PDBASIS", "SPD", "LDINC", "NEWLES") == [(level, basis, spd, ldinc, newles)]


def test_a_lesion_of_the_baseline_that_was_not_measured_leaves_the_sum_unknown() -> None:
    made = _sdtm(LAB, [*LESIONS, ("LDIAM", "P01", "2025-04-07", "10"), ("LPERP", "P01", "2025-04-07", "10")])
    assert _table(made, "AVALC", "DECRULE", "MISSITEM", "SPD") == [("SD", "PLASMACYTOMA NOT ASSESSED", "SPD", None)]


def test_all_records_of_the_imaging_are_behind_its_sum() -> None:
    later = [("LDIAM", "P01", "10"), ("LPERP", "P01", "10"), ("TUMSTATE", "P02", "ABSENT")]
    made = _sdtm(LAB, LESIONS + [(test, lesion, "2025-04-07", result) for test, lesion, result in later])
    found = {(edge.role, edge.of): edge.of_rows.tolist() for edge in made.edges}
    assert found["member", "TR"] == [4, 5, 6]
    assert found["lookup", "TR"] == [0, 1, 2, 3]


def test_results_by_lesion_need_the_lesion() -> None:
    with pytest.raises(ValueError, match="results by lesion need the parameter lesion"):
        imwg_2016_response(
            [_related("TR.TRTESTCD", [0], ["LDIAM"])], [_related("TR.TRDTC", [0], ["2025-04-07"])],
            [_related("TR.TRSTRESC", [0], ["1"])], SDTM, [_related("ADSL.LDSDT", [0], [REFERENCE])],
        )  # fmt: skip
