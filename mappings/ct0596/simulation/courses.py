"""The 24 subject numbers of the default study (design basis, section 2.4), as courses that larger studies repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SCREEN_FAILURE: Final = "SCREEN FAILURE"
MANUFACTURING: Final = "MANUFACTURING FAILURE"
LD_ONLY: Final = "LD WITHOUT INFUSION"
INFUSED: Final = "INFUSED"


@dataclass(frozen=True)
class Course:
    """What happens to one subject number; site 0, 1, 2 is the first, second, third site of its block of three.

    measure: S serum, U urine, F free light chains. pd_at, end_at: folder of the visit. end: how participation ends.
    """

    site: int
    role: str
    disease: str
    level: int
    start: str
    measure: str = "S"
    cohort: str = "ESCALATION"
    best: str = ""
    pd_at: str = ""
    basis: str = ""
    crs: int = 0
    icans: int = 0
    new_therapy: bool = False
    reinfused: bool = False
    bridging: bool = False
    end: str = ""
    end_at: str = ""
    rescreen_of: int = -1


COURSES: Final = (
    Course(0, INFUSED, "RRMM", 1, "2024-08-20", best="CR", crs=1),
    Course(1, INFUSED, "RRMM", 1, "2024-09-11", best="PR", pd_at="M6", basis="SERUM", crs=1, new_therapy=True,
           bridging=True, end="DEATH_PD"),
    Course(2, INFUSED, "RRMM", 1, "2024-10-08", best="VGPR", crs=0, end="COMPLETED", end_at="M12"),
    Course(1, INFUSED, "SPCL", 2, "2024-11-12", best="sCR", crs=2, bridging=True),
    Course(0, INFUSED, "RRMM", 2, "2024-12-03", best="VGPR", pd_at="M9", basis="SERUM;URINE", crs=2,
           new_therapy=True),
    Course(2, SCREEN_FAILURE, "RRMM", 2, "2025-01-20"),
    Course(0, INFUSED, "RRMM", 2, "2025-01-14", best="SD", pd_at="M3", basis="IMAGING", crs=1, reinfused=True),
    Course(0, SCREEN_FAILURE, "RRMM", 2, "2025-03-04"),
    Course(1, SCREEN_FAILURE, "RRMM", 2, "2025-03-12"),
    Course(2, INFUSED, "RRMM", 2, "2025-02-11", best="sCR", crs=1, icans=1),
    Course(1, INFUSED, "PPCL", 2, "2025-03-10", best="PR", pd_at="M3", basis="MARROW;CLINICAL", crs=3, icans=2,
           new_therapy=True, bridging=True),
    Course(0, MANUFACTURING, "RRMM", 2, "2025-03-25", new_therapy=True),
    Course(0, INFUSED, "RRMM", 2, "2025-04-15", best="CR", crs=2, end="LTFU", end_at="M6"),
    Course(2, INFUSED, "RRMM", 3, "2025-05-20", best="VGPR", crs=3, icans=3),
    Course(1, INFUSED, "RRMM", 3, "2025-06-17", best="PR", crs=2, end="DEATH_AE"),
    Course(0, SCREEN_FAILURE, "PPCL", 3, "2025-07-08"),
    Course(0, INFUSED, "RRMM", 3, "2025-07-22", best="CR", crs=1, end="WITHDRAW", end_at="M3"),
    Course(1, LD_ONLY, "RRMM", 2, "2025-09-02", cohort="EXPANSION", end="DEATH_LD"),
    Course(2, INFUSED, "RRMM", 2, "2025-09-16", measure="F", cohort="EXPANSION", best="sCR", crs=1),
    Course(0, INFUSED, "PPCL", 2, "2025-10-14", cohort="EXPANSION", best="CR", crs=2, icans=1, bridging=True),
    Course(1, INFUSED, "RRMM", 2, "2025-10-28", measure="U", cohort="EXPANSION", best="VGPR", crs=1),
    Course(0, INFUSED, "RRMM", 2, "2025-11-04", cohort="EXPANSION", best="MR", crs=0, end="LTFU", end_at="M2"),
    Course(2, INFUSED, "RRMM", 2, "2026-01-06", cohort="EXPANSION", best="PR", crs=1),
    Course(0, INFUSED, "RRMM", 2, "2026-02-12", cohort="EXPANSION", best="VGPR", crs=2, rescreen_of=7),
)  # fmt: skip
