"""Flags: a constant for the records that a condition chooses."""

from __future__ import annotations

from transforms.columns import Column, constant
from transforms.registry import Records, register


@register("'{value}'", scope="record")
def flag(records: Records, value: str = "Y") -> Column:
    """One value in every record, to be chosen by the conditions of ``when``: ``{if: ..., derive: flag}``.

    ``value:`` says the same of raw rows; this says it of records, so that the conditions read variables of datasets
    (``AESTDTC on or after DM.RFSTDTC``) and the origin is Derived. Source: design 3, rule 2.
    """
    return constant(value, len(records.subject))
