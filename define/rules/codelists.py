"""Codelists: their terms, their codes, and the values that the data have.

Source: Define-XML 2.1, CodeList, CodeListItem, EnumeratedItem, ExternalCodeList, def:ExtendedValue and Alias with the
context nci:ExtCodeID.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from define.rules.data import Submission, Use, is_decimal
from define.rules.document import CodeList
from define.rules.rule import CodeListRule, Rule, UseRule, some

_CODE = re.compile(r"C\d+")


class ValueNotInCodelist(UseRule):
    """A value is a term of the codelist of its variable, or of its kind of values."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Values outside the list."""
        codelist = submission.define.codelist.get(use.item.codelist)
        if codelist is None or codelist.is_external or use.values is None:
            return
        if use.values.texts is not None:
            terms = {t.value for t in codelist.terms}
            wrong = [t for t in use.values.texts if t not in terms]
        else:
            known = np.array([float(t.value) for t in codelist.terms if is_decimal(t.value)], dtype=np.float64)
            numbers = use.values.numbers if use.values.numbers is not None else np.empty(0)
            wrong = [f"{n:g}" for n in numbers[~np.isin(numbers, known)].tolist()]
        if wrong:
            yield f"{use.item.oid} of {use.group.name} holds {some(wrong)}, not in {codelist.oid}; add or recode"


class CodelistType(UseRule):
    """A codelist has the data type of the items that use it: text, or number."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Another type."""
        codelist = submission.define.codelist.get(use.item.codelist)
        if codelist is None or codelist.is_external:
            return
        numeric = [t in ("integer", "float") for t in (codelist.type, use.item.type)]
        if numeric[0] != numeric[1]:
            yield f"{use.item.oid} is {use.item.type}, its codelist {codelist.oid} is {codelist.type}; make them one"


class CodelistEmpty(CodeListRule):
    """A codelist has terms, or names a dictionary."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Neither."""
        if not codelist.terms and not codelist.is_external:
            yield f"{codelist.oid} has no term; add those that are used, or remove it"


class TermType(CodeListRule):
    """A term has a value, of the type of its codelist and up to 200 bytes."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Values that are missing, too long, or not numbers."""
        for term in codelist.terms:
            wrong = codelist.type in ("integer", "float") and not is_decimal(term.value)
            if not term.value or wrong or len(term.value.encode()) > 200:
                yield f"{codelist.oid} is {codelist.type} and has the term '{term.value}'; correct it"


class TermDuplicate(CodeListRule):
    """A term occurs once in a codelist."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Terms that occur twice."""
        for value in _repeated(t.value for t in codelist.terms):
            yield f"{codelist.oid} has the term '{value}' twice; keep one"


class DecodeDuplicate(CodeListRule):
    """A decode stands for one term of a codelist."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Decodes of several terms."""
        for decode in _repeated(t.decode for t in codelist.terms if t.decode):
            values = [t.value for t in codelist.terms if t.decode == decode]
            yield f"{codelist.oid} decodes {some(values)} all to '{decode}'; tell them apart"


class DecodeMissing(CodeListRule):
    """A coded term has a decode."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Empty decodes."""
        for term in codelist.terms:
            if term.decode is not None and not term.decode.strip():
                yield f"{codelist.oid} gives '{term.value}' no decode; give it one"


class RankDuplicate(CodeListRule):
    """A rank stands for one term, and either all terms have one or none has."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Ranks that are repeated, or given to some terms only."""
        ranks = [t.rank for t in codelist.terms if t.rank]
        for rank in _repeated(ranks):
            yield f"{codelist.oid} has the Rank {rank} twice; rank each term"
        if ranks and len(ranks) < len(codelist.terms):
            yield f"{codelist.oid} ranks {len(ranks)} of {len(codelist.terms)} terms; rank all or none"


class TermOrderDuplicate(CodeListRule):
    """An order number stands for one term."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Numbers that are repeated."""
        for order in _repeated(t.order for t in codelist.terms if t.order):
            yield f"{codelist.oid} has the OrderNumber {order} twice; number each term"


class CodelistStandard(CodeListRule):
    """A codelist names the terminology that it is from, or says that it is from none."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Neither, both, or a standard that is no terminology."""
        if codelist.is_external:
            return
        standard = submission.define.standard.get(codelist.standard)
        if bool(codelist.standard) == codelist.is_non_standard:
            yield f"{codelist.oid} must have either def:StandardOID or def:IsNonStandard='Yes'"
        elif standard is not None and standard.type != "CT":
            yield f"{codelist.oid} refers to {standard.oid}, which is no terminology; refer to its CT package"


class CodelistCode(CodeListRule):
    """A published codelist has its C-code, and no other has one.

    One that joins several published lists has no code of its own; a comment then names them.
    """

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """A code that is missing, malformed, or out of place."""
        if codelist.is_external:
            return
        if codelist.is_non_standard and codelist.code:
            yield f"{codelist.oid} has the code {codelist.code} and is non-standard; remove one of the two"
        elif not (
            codelist.is_non_standard or _CODE.fullmatch(codelist.code) or (codelist.comment and not codelist.code)
        ):
            yield f"{codelist.oid} has the code '{codelist.code}'; give its C-code (Alias nci:ExtCodeID)"


class TermCode(CodeListRule):
    """A published term has its C-code; a term that extends a list has none."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Codes that are missing, malformed, or out of place."""
        for term in codelist.terms:
            if term.extended or codelist.is_non_standard:
                if term.code:
                    yield f"{codelist.oid} gives '{term.value}' the code {term.code}, which is not published; remove it"
            elif not _CODE.fullmatch(term.code):
                what = f"{codelist.oid} gives '{term.value}' the code '{term.code}'"
                yield f"{what}; give its C-code, or flag it with def:ExtendedValue"


class TermCodeDuplicate(CodeListRule):
    """A C-code stands for one term of a codelist."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Codes of several terms."""
        for code in _repeated(t.code for t in codelist.terms if t.code):
            yield f"{codelist.oid} has the code {code} twice; correct one"


class ExtendedNotPublished(CodeListRule):
    """Only a term of a published list can extend it."""

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """Extensions of a list of one's own."""
        extended = [t.value for t in codelist.terms if t.extended]
        if codelist.is_non_standard and extended:
            yield f"{codelist.oid} is non-standard and flags {some(extended)} with def:ExtendedValue; remove the flags"


class DictionaryVersion(CodeListRule):
    """A dictionary has a name, and a version unless it is an ISO standard.

    A warning: the schema lets the version be absent, and only the study can give it.
    """

    severity = "warning"

    def of_codelist(self, codelist: CodeList, submission: Submission) -> Iterator[str]:
        """No name or no version; of several lists of a dictionary, the first is told."""
        lists = (c for c in submission.define.codelists if c.is_external and c.dictionary == codelist.dictionary)
        if codelist.is_external and not codelist.dictionary:
            yield f"{codelist.oid} names no dictionary; name it"
        elif next((c for c in lists if not c.version), None) == codelist and not codelist.dictionary.startswith("ISO"):
            yield f"{codelist.oid} names {codelist.dictionary} without version; give it"


def _repeated(values: Iterable[str | None]) -> list[str]:
    return [v for v, times in Counter(values).items() if times > 1 and v is not None]


RULES: tuple[type[Rule], ...] = (
    ValueNotInCodelist, CodelistType, CodelistEmpty, TermType, TermDuplicate, DecodeDuplicate, DecodeMissing,
    RankDuplicate, TermOrderDuplicate, CodelistStandard, CodelistCode, TermCode, TermCodeDuplicate,
    ExtendedNotPublished, DictionaryVersion,
)  # fmt: skip
