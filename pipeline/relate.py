"""RELREC: the records of two datasets that the specs relate, by equal values within a subject.

A relationship may split the other side's value first (``CMAENO`` = ``3,5`` names two events). All records related to
one record of ours share a RELID. Source: SDTMIG 3.4, section 8.2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.context import RangeContext
from pipeline.records import Part
from specs.model import Relationship
from transforms.columns import Codes, Column, constant, stack, take_results, text
from transforms.registry import Edge, Problem
from transforms.text import split_values

RELREC = "RELREC"
RELREC_COLUMNS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE", "RELID")


def relate(context: RangeContext, finished: list[str]) -> None:
    """Add RELREC to the parts, from the relationships of the finished datasets; nothing where there are none."""
    found: list[pd.DataFrame] = []
    for name in finished:
        for label, relationship in context.model.datasets[name].relationships.items():
            if relationship.to in finished:
                found.append(_related(context, name, label, relationship))
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    if len(rows):
        context.parts[RELREC] = _part(context, rows)


def _related(context: RangeContext, name: str, label: str, relationship: Relationship) -> pd.DataFrame:
    """One line per related record: dataset, position, subject, relationship, and the position of ours it belongs to."""
    ours, theirs = context.parts[name], context.parts[relationship.to]
    mine = pd.DataFrame({"subject": ours.subject, "value": text(ours.column(relationship.by.equals)).astype("str")})
    mine["ours"] = np.arange(ours.size)
    variable = relationship.by.split or relationship.by.equals_their or relationship.by.equals
    values = text(theirs.column(variable))
    pieces = split_values(values, relationship.by.separator) if relationship.by.split else [values]
    other = pd.concat(
        [
            pd.DataFrame({"subject": theirs.subject, "value": p.astype("str"), "theirs": np.arange(theirs.size)})
            for p in pieces
        ],
        ignore_index=True,
    )
    named = mine.dropna().merge(other.dropna(), on=["subject", "value"], how="right")
    if relationship.orphans == "finding":
        alone = named[named["ours"].isna()]
        told = (
            f"{{value}} of {theirs.name}.{variable} is no {relationship.by.equals} of {name} ({label}); not in RELREC"
        )
        problem = Problem("RELATED_MISSING", "warning", alone["theirs"].to_numpy(np.int64), told, text(alone["value"]))
        context.part_problem(problem, theirs, variable)
    pairs = named.dropna(subset="ours").astype({"ours": np.int64}).drop_duplicates(["ours", "theirs"])
    first = pd.DataFrame({"dataset": ours.name, "row": pairs["ours"], "ours": pairs["ours"]}).drop_duplicates()
    second = pd.DataFrame({"dataset": theirs.name, "row": pairs["theirs"], "ours": pairs["ours"]})
    both = pd.concat([first, second], ignore_index=True)
    both["subject"] = ours.subject[both["ours"].to_numpy()]
    both["label"] = label.upper()
    return both.sort_values(["ours"], kind="stable", ignore_index=True)


def _part(context: RangeContext, rows: pd.DataFrame) -> Part:
    rows = rows.sort_values(["subject", "label", "ours", "dataset", "row"], kind="stable", ignore_index=True)
    number = _number(rows)
    size = len(rows)
    subject = rows["subject"].to_numpy(dtype=np.int64)
    names = sorted(set(rows["dataset"]))
    codes: Codes = np.array([names.index(n) for n in rows["dataset"]], dtype=np.int64)
    at = rows["row"].to_numpy(dtype=np.int64)
    columns: dict[str, Column] = {
        "STUDYID": constant(context.model.study.study, size),
        "RDOMAIN": take_results([n[:2] for n in names], codes),
        "USUBJID": context.person_column("USUBJID", subject),
        "IDVAR": take_results([f"{n[:2]}SEQ" for n in names], codes),
        "IDVARVAL": _sequence(context, names, codes, at),
        "RELTYPE": constant(None, size),
        "RELID": text(rows["label"].astype("str") + number.astype("str")),
    }
    edges = [
        ("", Edge("record", n, np.flatnonzero(codes == i).astype(np.int64), at[codes == i]))
        for i, n in enumerate(names)
    ]
    none = np.zeros(size, dtype=np.int64)
    return Part(RELREC, columns, size, subject, none, [""], none, ["made:RELREC"], none, edges)


def _number(rows: pd.DataFrame) -> Codes:
    """1, 2, ... for each record of ours within its subject and relationship; the rows are in that order."""
    group = pd.factorize(rows["subject"].astype("str") + "/" + rows["label"])[0]
    new_group = np.diff(group, prepend=-1) != 0
    new_record = new_group | (np.diff(rows["ours"].to_numpy(), prepend=-1) != 0)
    count = np.cumsum(new_record)
    before: Codes = np.maximum.accumulate(np.where(new_group, count - 1, 0))
    return count - before


def _sequence(context: RangeContext, names: list[str], codes: Codes, at: Codes) -> Column:
    """--SEQ of each related record, as text."""
    sequences = [text(context.parts[n].column(f"{n[:2]}SEQ")) for n in names]
    starts = np.cumsum([0, *[context.parts[n].size for n in names]])[:-1]
    return stack(sequences).iloc[starts[codes] + at].reset_index(drop=True)
