"""The rules R-01 to R-13 (design basis 4.3, 4.4) in plain words, for one subject: what the transforms must agree with.

Loops and conditions as the text has them, and nothing of the program: an independent reading of the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

LEVELS = ["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD"]
TARGETS = [28, 60, 90, 180, 270, 360, 450, 540, 630, 720]
WIDTHS = [3, 7, 7, 14, 14, 14, 28, 28, 28, 28]
DISPOSITION = {
    "ONGOING": (1, "ONGOING AT DATA CUT"),
    "LTFU": (2, "LOST TO FOLLOW-UP"),
    "WITHDRAWN": (3, "WITHDREW"),
    "COMPLETED": (8, "COMPLETED STUDY"),
}


@dataclass(frozen=True)
class Subject:
    """What is known of a subject at the cut: days since 1960, None unknown; assessments as (day, level, basis)."""

    assessments: tuple[tuple[int, str, str], ...]
    aphdt: int
    trtsdt: int | None
    cut: int
    nactdt: int | None = None
    reinfdt: int | None = None
    dthdt: int | None = None
    by_disease: bool = False
    eos: str = "ONGOING"
    lstalvdt: int | None = None

    @property
    def limit(self) -> int | None:
        return min((d for d in (self.nactdt, self.reinfdt) if d is not None), default=None)


def expected_of(s: Subject) -> dict[str, Any]:
    """Every expected value of one subject, straight from the text of R-01 to R-13."""
    start = s.aphdt if s.trtsdt is None else s.trtsdt
    lim = s.limit
    seen = _evaluable(s, start)
    confirmed = [_pd_confirmed(s, seen, i, lim) for i in range(len(seen))]
    pd_dates = [seen[i][0] for i in range(len(seen)) if confirmed[i]]
    any_pd = [d for d, level, _ in seen if level == "PD" and (lim is None or d <= lim)]
    evaluable = [d for d, _, _ in seen if lim is None or d <= lim]
    adequate = [a[0] for a, c in zip(seen, confirmed, strict=True) if (a[1] != "PD" or c) and a[0] in evaluable]
    out: dict[str, Any] = {"PD": pd_dates[0] if pd_dates else None, "PDU": any_pd[0] if any_pd else None}
    out["LSTA"] = adequate[-1] if adequate else None
    if s.trtsdt is not None:
        out |= _expected_response(seen, confirmed, lim, out["PD"])
    out["PFS"] = _expected_pfs(s, s.aphdt, out["PD"], evaluable, adequate)
    if s.trtsdt is not None:
        out["PFSINF"] = _expected_pfs(s, s.trtsdt, out["PD"], evaluable, adequate)
    out["PFSSTR"] = _expected_strict(s)
    out["OS"] = _expected_os(s)
    if out.get("RSP") is not None:
        out["DOR"] = (out["RSP"], out["PFS"][1], out["PFS"][2], out["PFS"][1] - out["RSP"] + 1)
        out["TTRESP"] = out["RSP"] - s.aphdt + 1
    return out


def _evaluable(s: Subject, start: int) -> list[tuple[int, str, bool]]:
    """R-01, R-02: one (day, worst level, whether certain) per evaluable date."""
    result = []
    for day in sorted({d for d, _, _ in s.assessments}):
        levels = [level for d, level, _ in s.assessments if d == day and level in LEVELS]
        if not levels or day <= start or day > s.cut:
            continue
        bases = ";".join(b for d, level, b in s.assessments if d == day and level == "PD")
        sure = any(word in bases for word in ("IMAGING", "MARROW", "CLINICAL"))
        result.append((day, max(levels, key=LEVELS.index), sure))
    return result


def _pd_confirmed(s: Subject, seen: list[tuple[int, str, bool]], i: int, lim: int | None) -> bool:
    """R-05."""
    day, level, sure = seen[i]
    if level != "PD" or (lim is not None and day > lim):
        return False
    if sure:
        return True
    if i + 1 < len(seen) and seen[i + 1][1] == "PD":
        return True
    if s.dthdt is None or not s.by_disease or s.dthdt > s.cut or s.dthdt < day:
        return False
    return not any(day < d <= s.dthdt for d, _, _ in seen)


def _expected_response(
    seen: list[tuple[int, str, bool]], pd_confirmed: list[bool], lim: int | None, first_pd: int | None
) -> dict[str, Any]:
    """R-04, R-06, R-07: COVR as (day, level) pairs, BOR, CBOR and the first dates of responses."""
    order = [*LEVELS, "NE"]
    covr: list[tuple[int, str]] = []
    levels: list[tuple[int, str]] = []
    reported: list[tuple[int, str]] = []
    for i, (day, level, _) in enumerate(seen):
        if (lim is not None and day > lim) or (first_pd is not None and day > first_pd):
            break
        if level == "PD":
            mine = "PD" if pd_confirmed[i] else "NE"
        elif level == "SD":
            mine = "SD"
        else:
            mine = "SD"
            if i + 1 < len(seen) and (lim is None or seen[i + 1][0] <= lim) and seen[i + 1][1] != "PD":
                mine = max(level, seen[i + 1][1], key=order.index)
        levels.append((day, mine))
        reported.append((day, level))
        best = min((name for _, name in levels), key=order.index)
        covr.append((day, "PD" if mine == "PD" else best))
    out: dict[str, Any] = {"COVR": covr, "CBOR": _best(covr), "BOR": _best(reported)}
    for name, least in (("RSP", "PR"), ("CBRSP", "MR")):
        enough = [d for d, level in levels if order.index(level) <= order.index(least)]
        out[name] = enough[0] if enough else None
    return out


def _best(reached: list[tuple[int, str]]) -> tuple[str, int | None]:
    for level in LEVELS:
        for day, name in reached:
            if name == level:
                return level, day
    return "NE", None


def _expected_pfs(s: Subject, start: int, pd_day: int | None, evaluable: list[int], adequate: list[int]) -> Any:
    """R-09, R-10."""
    lim = s.limit
    candidates = [] if pd_day is None else [(pd_day, 0, "DISEASE PROGRESSION")]
    if s.dthdt is not None and s.dthdt <= s.cut and (lim is None or s.dthdt <= lim):
        candidates.append((s.dthdt, 1, "DEATH"))
    if candidates:
        day, _, reason = min(candidates)
        earlier = [d for d in evaluable if d < day]
        last = earlier[-1] if earlier else start
        if s.trtsdt is None:
            too_many = day - last > 182
        else:
            windows = [(s.trtsdt + t - w, s.trtsdt + t + w) for t, w in zip(TARGETS, WIDTHS, strict=True)]
            too_many = sum(1 for opens, closes in windows if opens > last and closes < day) >= 2
        if not too_many:
            return start, day, 0, reason
        before = [d for d in adequate if d < day]
        return start, before[-1] if before else start, 5, None
    if lim is not None:
        return start, adequate[-1] if adequate else start, 7 if lim == s.reinfdt else 4, None
    if not adequate:
        return start, start, 6, None
    return start, adequate[-1], DISPOSITION[s.eos][0], None


def _expected_strict(s: Subject) -> Any:
    """PFSSTR: all assessments after the start, no limit, no missed visits."""
    free = replace(s, nactdt=None, reinfdt=None)
    seen = _evaluable(free, s.aphdt)
    confirmed = [_pd_confirmed(free, seen, i, None) for i in range(len(seen))]
    events = [(seen[i][0], 0, "DISEASE PROGRESSION") for i in range(len(seen)) if confirmed[i]][:1]
    if s.dthdt is not None and s.dthdt <= s.cut:
        events.append((s.dthdt, 1, "DEATH"))
    if events:
        return s.aphdt, min(events)[0], 0, min(events)[2]
    adequate = [seen[i][0] for i in range(len(seen)) if seen[i][1] != "PD" or confirmed[i]]
    if not adequate:
        return s.aphdt, s.aphdt, 6, None
    return s.aphdt, adequate[-1], DISPOSITION[s.eos][0], None


def _expected_os(s: Subject) -> tuple[int, int]:
    """R-11: ADT and CNSR."""
    if s.dthdt is not None and s.dthdt <= s.cut:
        return s.dthdt, 0
    if s.dthdt is not None:
        return s.cut, 1
    code = {8: 1}.get(DISPOSITION[s.eos][0], DISPOSITION[s.eos][0])
    return (s.aphdt if s.lstalvdt is None else min(s.lstalvdt, s.cut)), code
