"""Transforms that count over the whole study."""

from __future__ import annotations

from transforms.columns import Column, constant
from transforms.registry import Records, Related, register


@register("the number of distinct {of}", scope="study")
def count_distinct(of: Related, records: Records) -> Column:
    """How many different values there are among all related records, the same in every record.

    ``{of: DM.USUBJID, where: "ARMCD is not missing"}`` counts subjects. Source: design basis 1.8 (ACTSUB).
    """
    return constant(str(of.values.nunique()), len(records.subject))
