"""The data cut: what started after it goes, what ended after it is made open again, before anything is derived.

Rule R-16 of the design basis: a record whose start (or earliest possible start) lies after the cut is removed; an end
after the cut is removed and the record set to ongoing. What went is kept in the cut report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.context import RangeContext
from pipeline.records import Part
from specs.conditions import parse_condition
from specs.model import CutRule
from transforms.columns import Codes, Column, Mask, choose, constant, text
from transforms.partial_dates import earliest_day

FACTS = "CUT"
REPORT_COLUMNS = ("dataset", "USUBJID", "file", "row", "action", "variable", "value", "replaced_by")


def cut(context: RangeContext, part: Part, rule: CutRule) -> Part:
    """The part as it was known at the cut; what went is added to the context's report and accounting."""
    date = context.model.study.cut.date if context.model.study.cut else ""
    limit = float(earliest_day(text([date])).iloc[0])
    if rule.start:
        after = _after(part.column(rule.start), limit)
        _report(context, part, np.flatnonzero(after), "record removed", rule.start, part.column(rule.start), "")
        _note_alive(context, part, rule, after)
        _account(context, part, after)
        part = part.take(np.flatnonzero(~after))
    if rule.end and rule.end in part.columns:
        after = _after(part.column(rule.end), limit)
        _replace(context, part, after, {rule.end: ""} | (rule.ongoing if rule.after_end == "ongoing" else {}), date)
        _note_alive(context, part, rule, after)
    for dated, cleared in rule.values.items():
        after = _after(part.column(dated), limit)
        _note_alive(context, part, rule, after)
        _replace(context, part, after, dict.fromkeys(cleared, ""), date)
    return part


def _after(column: Column, limit: float) -> Mask:
    result: Mask = earliest_day(text(column)).to_numpy() > limit
    return result


def _replace(
    context: RangeContext, part: Part, where: Mask, new: Mapping[str, str | dict[str, str]], date: str
) -> None:
    """New values in the chosen rows: one for all, or one for each old value that is named."""
    if not where.any():
        return
    for variable, given in new.items():
        old = text(part.column(variable))
        for known, value in given.items() if isinstance(given, dict) else [(None, given)]:
            value = date if value == "{cut_date}" else value
            here = where & (old.notna() if value == "" else ~(old == value)).to_numpy(dtype=np.bool_)
            here = here if known is None else here & (old == known).to_numpy(dtype=np.bool_)
            action = "value replaced" if value else "value removed"
            _report(context, part, np.flatnonzero(here), action, variable, old, value)
            part.columns[variable] = choose(part.column(variable), here, constant(value, part.size))


def _report(
    context: RangeContext, part: Part, rows: Codes, action: str, variable: str, values: Column, replaced_by: str
) -> None:
    if not len(rows):
        return
    files = np.array(part.sources, dtype=np.str_)[part.source[rows]]
    numbers = np.zeros(len(rows), dtype=np.int64)
    for i, name in enumerate(part.sources):
        if name.startswith("source:"):
            source, mine = context.source(name.removeprefix("source:")), part.source[rows] == i
            files = np.where(mine, source.file, files)
            numbers[mine] = source.numbers[np.searchsorted(source.rows, part.source_row[rows[mine]])]
    context.cut_report.append(
        pd.DataFrame(
            {
                "dataset": part.name,
                "USUBJID": context.person_column("USUBJID", part.subject[rows]).astype("str").fillna("").tolist(),
                "file": files,
                "row": numbers,
                "action": action,
                "variable": variable,
                "value": text(values).iloc[rows].astype("str").fillna("").tolist(),
                "replaced_by": replaced_by,
            },
            columns=list(REPORT_COLUMNS),
        )
    )


def _note_alive(context: RangeContext, part: Part, rule: CutRule, after: Mask) -> None:
    """A contact or a death after the cut shows that the person was alive at the cut: the one fact that is kept."""
    if not rule.alive:
        return
    shows = after
    if isinstance(rule.alive, str):
        shows = after & parse_condition(rule.alive).mask(part.column, part.size)
    people = np.unique(part.subject[shows])
    people = people[people >= 0]
    if not len(people):
        return
    found = pd.DataFrame({"USUBJID": [context.usubjid[p] for p in people], "dataset": part.name})
    facts = found if context.facts is None else pd.concat([context.facts, found])
    context.facts = facts.drop_duplicates(ignore_index=True)


def _account(context: RangeContext, part: Part, after: Mask) -> None:
    rows = np.flatnonzero(after)
    for i, template in enumerate(part.templates):
        of_template = rows[part.template[rows] == i]
        if not len(of_template):
            continue
        name = f"{part.name}.{template}"
        for j, item in enumerate(context.taken):
            if item.rows_name == name:
                gone = np.unique(part.source_row[of_template])
                context.taken[j] = replace(item, cut=gone)


def facts_of(context: RangeContext) -> Part:
    """What the cut keeps of the rows that it removed, as a dataset that others may refer to: ``CUT.ALIVEFL``."""
    people = sorted(set(context.facts["USUBJID"])) if context.facts is not None else []
    place = {u: i for i, u in enumerate(context.usubjid)}
    subject = np.array([place[u] for u in people], dtype=np.int64)
    none = np.zeros(len(people), dtype=np.int64)
    columns = {"ALIVEFL": constant("Y", len(people))}
    return Part(FACTS, columns, len(people), subject, none, [""], none, [f"made:{FACTS}"], none)
