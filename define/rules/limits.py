"""Codes and names within the data: what a transposed dataset will use as variable names and labels.

Source: SDTMIG 3.4 sections 4.1.5 and 8.4 (--TESTCD, --TEST, QNAM, QLABEL); ADaMIG 1.3 section 3.3.4 (PARAMCD).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from define.rules.data import Submission, Use
from define.rules.datasets import NAME
from define.rules.document import ItemGroup
from define.rules.rule import GroupRule, Rule, UseRule, some
from delivery.xpt import LONGEST_LABEL

CODES = ("TESTCD", "PARMCD", "PARAMCD", "QNAM")
DECODES = {"TESTCD": "TEST", "PARMCD": "PARM", "PARAMCD": "PARAM", "QNAM": "QLABEL"}
LABELS = ("TEST", "TSPARM", "QLABEL")
"""Endings of variables that hold labels; PARAM may be longer."""


class CodeLimit(UseRule):
    """A test code, a parameter code and the name of a qualifier can name a variable: up to 8 of A-Z, 0-9 and _."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Codes that cannot."""
        if use.parent is not None or use.values is None or not use.item.name.endswith(CODES):
            return
        wrong = [t for t in use.values.texts or () if not NAME.fullmatch(t)]
        if wrong:
            yield f"{use.group.name}.{use.item.name} holds {some(wrong)}; use up to 8 of A-Z, 0-9 and _"


class NameLimit(UseRule):
    """The name of a test and the label of a qualifier have up to 40 bytes."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Longer ones."""
        if use.parent is not None or use.values is None or not use.item.name.endswith(LABELS):
            return
        wrong = [t for t in use.values.texts or () if len(t.encode()) > LONGEST_LABEL]
        # The text of a criterion (IETEST) and of an inclusion list may be as long as a value: SDTMIG 3.4, IE and TI.
        if wrong and use.item.name != "IETEST":
            yield f"{use.group.name}.{use.item.name} holds {some(wrong)}, longer than {LONGEST_LABEL} bytes; shorten"


@dataclass(frozen=True)
class Pair:
    """A code and its decode as they occur together."""

    code: str
    decode: str


def pairs(group: ItemGroup, submission: Submission) -> Iterator[tuple[str, str, list[Pair]]]:
    """For each variable with codes whose decode is a variable too: both names and the pairs that occur."""
    table = submission.table(group)
    if table is None:
        return
    for _, item in submission.refs(group):
        ending = next((e for e in CODES if item.name.endswith(e)), None)
        other = item.name.removesuffix(ending) + DECODES[ending] if ending else ""
        if not other or item.name not in table.frame or other not in table.frame:
            continue
        codes, decodes = table.frame[item.name], table.frame[other]
        if not (hasattr(codes, "cat") and hasattr(decodes, "cat")):
            continue
        first, second = codes.cat.codes.to_numpy(np.int64), decodes.cat.codes.to_numpy(np.int64)
        both = np.unique((first * (len(decodes.cat.categories) + 1) + second)[(first >= 0) & (second >= 0)])
        at, to = np.divmod(both, len(decodes.cat.categories) + 1)
        found = zip(codes.cat.categories[at].tolist(), decodes.cat.categories[to].tolist(), strict=True)
        yield item.name, other, [Pair(*pair) for pair in found]


class CodeAmbiguous(GroupRule):
    """A code has one decode in the data, and a decode one code (--TESTCD and --TEST, PARAMCD and PARAM)."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Codes with several decodes, and the reverse."""
        for code, decode, found in pairs(group, submission):
            seen: dict[tuple[str, str], str] = {}
            clashes = []
            for pair in found:
                for key, value in (((code, pair.code), pair.decode), ((decode, pair.decode), pair.code)):
                    if seen.setdefault(key, value) != value:
                        clashes.append(f"{key[0]} '{key[1]}' goes with '{seen[key]}' and with '{value}'")
            yield from (f"{c} in {group.name}; make them one" for c in islice(clashes, 5))


class DecodeDiffers(GroupRule):
    """Where a code and its decode are two variables, the codelist of the code decodes as the data do."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Decodes that differ."""
        named = {item.name: item for _, item in submission.refs(group)}
        for code, decode, found in pairs(group, submission):
            codelist = submission.define.codelist.get(named[code].codelist)
            decodes = {t.value: t.decode for t in codelist.terms} if codelist is not None else {}
            for pair in found:
                said = decodes.get(pair.code)
                if codelist is not None and said is not None and said != pair.decode:
                    what = f"{codelist.oid} decodes '{pair.code}' to '{said}'"
                    yield f"{what}, {group.name}.{decode} says '{pair.decode}'; make them one"


RULES: tuple[type[Rule], ...] = (CodeLimit, NameLimit, CodeAmbiguous, DecodeDiffers)
