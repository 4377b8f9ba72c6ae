"""The table of persons: which subject numbers there are, how they were written, and which belong to one person.

Subject numbers are recognised by the study's pattern and written in one normal form; every other spelling is logged
(design basis, M12). A person who was screened again keeps one USUBJID, that of the last participation (M10, E02).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.findings import Findings, by_value
from specs.model import Subjects
from transforms.columns import Codes, Column, categories_of, missing, on_distinct, plain, raw_codes, take, text
from transforms.registry import Severity

GROUP = re.compile(r"\{(\d)(?::0?(\d+))?\}")


@dataclass(frozen=True)
class Persons:
    """All persons of the study in the order of USUBJID, and the person of every normal subject number."""

    usubjid: tuple[str, ...]
    subjid: tuple[str, ...]
    of_number: dict[str, int]

    def __len__(self) -> int:
        return len(self.usubjid)


def normal_number(value: str, subjects: Subjects) -> str | None:
    """A subject number in its normal form, or None when the pattern does not recognise it."""
    cleaned = _visible(value).strip().upper()
    if subjects.pattern is None:
        return cleaned or None
    match = re.fullmatch(subjects.pattern, cleaned)
    if match is None:
        return None
    if subjects.number is None:
        return cleaned

    def group(found: re.Match[str]) -> str:
        piece = match[int(found[1])] or ""
        return piece.zfill(int(found[2])) if found[2] else piece

    return GROUP.sub(group, subjects.number)


def _visible(value: str) -> str:
    """Without characters that nobody sees (zero-width, byte order mark) and with plain digits: one number, one form."""
    if value.isascii():
        return value
    return "".join(c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Cf")


def make_persons(study: str, subjects: Subjects, register: pd.DataFrame, column: str) -> Persons:
    """The persons of the register (active rows): one per number, or per chain of numbers linked by ``previous``."""
    numbers = normalised(register[column], subjects)
    listed = sorted(set(numbers.dropna()))
    following: dict[str, str] = {}
    if subjects.previous and subjects.previous in register:
        earlier = normalised(register[subjects.previous], subjects)
        linked = ~(missing(earlier) | missing(numbers))
        following = dict(zip(earlier[linked].astype(str), numbers[linked].astype(str), strict=True))
    last = {n: _follow(n, following) for n in listed}
    final = sorted(set(last.values()), key=lambda n: _usubjid(study, subjects, n))
    place = {n: i for i, n in enumerate(final)}
    return Persons(
        tuple(_usubjid(study, subjects, n) for n in final),
        tuple(final),
        {n: place[last[n]] for n in listed},
    )


def check_previous(
    column: Column, earlier: Column, rows: Codes, file: str, subjects: Subjects, persons: Persons, findings: Findings
) -> None:
    """Tell of the register's earlier numbers that link no two numbers to one person: SUBJECT_PREVIOUS (errors)."""
    own, named = normalised(column, subjects), normalised(earlier, subjects)
    person, of_named = (on_distinct(c, lambda n: str(persons.of_number.get(n, "")) or None) for c in (own, named))
    given = ~missing(text(earlier))
    linked = (person.astype("str") == of_named.astype("str")).to_numpy(dtype=np.bool_)
    itself = (own.astype("str") == named.astype("str")).to_numpy(dtype=np.bool_)
    unknown = given & missing(of_named)
    wrong = given & ~unknown & (~linked | itself)
    place = {"file": file, "column": str(earlier.name or "")}
    for where, told in ((unknown, _NO_SUBJECT), (wrong, _NO_LINK)):
        at = np.flatnonzero(where)
        if len(at):
            whose = [persons.usubjid[int(p)] if p else "" for p in plain(take(person, at))]
            values = [str(v) for v in plain(take(text(earlier), at))]
            findings.extend(by_value("SUBJECT_PREVIOUS", "error", told, values, rows[at].tolist(), whose, **place))


_NO_SUBJECT = "'{value}', the earlier number of a subject, is not in the register: the two stay two persons; correct it"
_NO_LINK = (
    "'{value}' cannot be the earlier number of this subject: it is its own, leads back to it, or is that of another "
    "subject as well; correct it"
)


def _follow(number: str, following: dict[str, str]) -> str:
    seen = {number}
    while number in following and following[number] not in seen:
        number = following[number]
        seen.add(number)
    return number


def _usubjid(study: str, subjects: Subjects, number: str) -> str:
    return subjects.usubjid.replace("{study}", study).replace("{number}", number)


def normalised(column: Column, subjects: Subjects) -> Column:
    """A column of subject numbers in normal form; what is not recognised is missing."""
    return on_distinct(column, lambda v: normal_number(v, subjects))


def person_codes(
    column: Column, numbers: Codes, file: str, subjects: Subjects, persons: Persons, findings: Findings
) -> Codes:
    """For each row of a source, the number of its person; -1 (with a finding) where there is none."""
    column = text(column)
    raw = categories_of(column)
    codes = raw_codes(column)
    normal = [normal_number(v, subjects) for v in raw]
    person = np.array([persons.of_number.get(n, -1) if n else -1 for n in normal] + [-1], dtype=np.int64)
    _log_variants(raw, normal, codes, numbers, file, str(column.name or ""), persons, findings)
    return person[codes]


def _log_variants(
    raw: list[str], normal: list[str | None], codes: Codes, numbers: Codes, file: str, name: str, persons: Persons,
    findings: Findings,
) -> None:  # fmt: skip
    empty = codes < 0
    if empty.any():
        rows = tuple(int(r) for r in numbers[empty])
        text_ = "row has no subject number and is not converted; add the subject, or filter the row with `where`"
        findings.add("SUBJECT_MISSING", "error", text_, file=file, column=name, rows=rows, count=len(rows))
    order = np.argsort(codes, kind="stable")
    rows_of = np.split(numbers[order], np.searchsorted(codes[order], np.arange(len(raw))))[1:]
    for value, number, written in zip(raw, normal, rows_of, strict=True):
        place = persons.of_number.get(number or "")
        if not len(written) or (place is not None and number == value):
            continue
        whose = "" if place is None else persons.usubjid[place]
        rule, severity, message = _variant(value, number) if place is not None else _unknown(value, number)
        many = len(written)
        findings.extend(
            by_value(rule, severity, message, [value] * many, written.tolist(), [whose] * many, file=file, column=name)
        )


def _variant(value: str, number: str | None) -> tuple[str, Severity, str]:
    return "SUBJECT_VARIANT", "note", f"subject number '{value}' is read as {number}"


def _unknown(value: str, number: str | None) -> tuple[str, Severity, str]:
    known = "is not in the register of subjects" if number else "does not have the form of a subject number"
    told = f"subject '{value}' {known}; its rows are not converted (reconcile with the sender)"
    return "SUBJECT_UNKNOWN", "error", told
