"""What the records of a subject must be together: one record per visit, elements in the order of the arm.

Source: SDTMIG 3.4, 5.3 (SE: TAETORD is the order of the element within the arm) and 5.5 (SV: one record per actual or
planned visit per subject).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.check import CheckFailure
from pipeline.records import Part
from transforms.columns import Mask, missing, take, text
from transforms.elements import against_order, places
from transforms.partial_dates import spans

TWICE = (
    "a subject has several records of visit {value}, and SV is one record per visit; where the visit was repeated, say "
    "`repeat:` of visit_number, else have the visit corrected"
)
DISORDER = (
    "an element starts on {value}, against the order of the arm (TAETORD): an element that goes before it starts "
    "later, or one that follows starts earlier; have the dates corrected, or TAETORD"
)


def check_across(part: Part) -> Iterator[CheckFailure]:
    """What is wrong between the records of a subject: VISIT_REPEATED in SV, ELEMENT_ORDER in SE (warnings)."""
    if part.name == "SV" and "VISITNUM" in part.columns:
        visit = part.columns["VISITNUM"]
        several = pd.DataFrame({"subject": part.subject, "visit": text(visit)}).duplicated(keep=False).to_numpy()
        several = several & ~missing(visit) & (part.subject >= 0)
        yield from _failure("VISIT_REPEATED", part, "VISITNUM", TWICE, several)
    if part.name == "SE" and {"SESTDTC", "TAETORD"} <= part.columns.keys():
        starts = spans(part.columns["SESTDTC"])
        wrong = against_order(part.subject, starts, places(part.columns["TAETORD"], part.size)) & (part.subject >= 0)
        yield from _failure("ELEMENT_ORDER", part, "SESTDTC", DISORDER, wrong)


def _failure(rule: str, part: Part, variable: str, message: str, wrong: Mask) -> Iterator[CheckFailure]:
    records = np.flatnonzero(wrong).astype(np.int64)
    if len(records):
        values = take(text(part.columns[variable]), records)
        yield CheckFailure(rule, "warning", part.name, variable, message, records, values)
