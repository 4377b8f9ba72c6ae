"""The head of the document, the standards it names, and the documents beside it.

Source: Define-XML 2.1, ODM, GlobalVariables, def:Standards and def:leaf; Define-XML Controlled Terminology.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from define.rules.data import Submission
from define.rules.document import DocumentRef, ItemGroup, Leaf, Standard
from define.rules.rule import DefineFinding, GroupRule, Rule

STUDY = "STUDYID"
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]|.*\\")


class Header(Rule):
    """The file says that it is a Snapshot of ODM 1.3.2, with a FileOID and the time of its creation."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """What the head lacks."""
        head = submission.define.header
        for name, wanted in (("FileType", "Snapshot"), ("ODMVersion", "1.3.2")):
            if head.get(name) != wanted:
                yield self.found(f"{name} is '{head.get(name, '')}'; it must be '{wanted}'", "ODM")
        for name in ("FileOID", "CreationDateTime"):
            if not head.get(name):
                yield self.found(f"{name} is missing; give it", "ODM")


class Stylesheet(Rule):
    """The file names a stylesheet that lies beside it."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """No stylesheet, or one that is not there."""
        name = submission.define.stylesheet
        if not name:
            yield self.found("no xml-stylesheet is named; name define2-1.xsl", "ODM")
        elif not (submission.define.path.parent / name).is_file():
            yield self.found(f"the stylesheet {name} is not beside the define.xml; put it there", "ODM")


class StudyText(Rule):
    """Name, description and protocol name of the study are given."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Texts that are missing."""
        define = submission.define
        texts = {
            "StudyName": define.study_name,
            "StudyDescription": define.study_description,
            "ProtocolName": define.protocol_name,
        }
        for name, text in texts.items():
            if not text:
                yield self.found(f"{name} is empty; give it", "GlobalVariables")


class StudyDiffers(GroupRule):
    """STUDYID in the data is the StudyName of the document."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Other values of STUDYID."""
        table = submission.table(group)
        if table is None or STUDY not in table.frame:
            return
        for value in table.frame[STUDY].dropna().unique().tolist():
            if value != submission.define.study_name:
                yield f"STUDYID is '{value}' in {group.name}, not '{submission.define.study_name}'; correct StudyName"


class _OfStandard(Rule):
    """A rule about each standard."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all standards."""
        for standard in submission.define.standards:
            if (message := self.wrong(standard)) is not None:
                yield self.found(message, standard.oid)

    def wrong(self, standard: Standard) -> str | None:
        """What is wrong with one."""
        raise NotImplementedError


class StandardType(_OfStandard):
    """CDISC/NCI is the name of terminology, and of nothing else."""

    def wrong(self, standard: Standard) -> str | None:
        """A name that does not go with the type."""
        if (standard.type == "CT") == (standard.name == "CDISC/NCI"):
            return None
        return f"{standard.oid} has the name {standard.name} and the type {standard.type}; terminology is CDISC/NCI, CT"


class StandardPublishingSet(_OfStandard):
    """Terminology names its publishing set, and an implementation guide has none."""

    def wrong(self, standard: Standard) -> str | None:
        """A set that is missing, or one too many."""
        if (standard.type == "CT") == bool(standard.publishing_set):
            return None
        return f"{standard.oid} ({standard.name}) has the publishing set '{standard.publishing_set}'; only CT has one"


class StandardVersion(_OfStandard):
    """The version of terminology is the date of its package; that of a guide is a number."""

    def wrong(self, standard: Standard) -> str | None:
        """A version that is neither."""
        if standard.type == "CT":
            try:
                right = date.fromisoformat(standard.version).isoformat() == standard.version
            except ValueError:
                right = False
            return (
                None if right else f"{standard.oid} has the version '{standard.version}'; give the date of the package"
            )
        right = re.fullmatch(r"\d+(\.\d+)*", standard.version) is not None
        return None if right else f"{standard.oid} has the version '{standard.version}'; give a number as 3.4"


class StandardDuplicate(Rule):
    """A standard is named once."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The same standard twice."""
        known = Counter((s.name, s.publishing_set, s.version) for s in submission.define.standards)
        for (name, published, version), times in known.items():
            if times > 1:
                yield self.found(f"{name} {published} {version} is named {times} times; name it once", name)


class GuideMissing(Rule):
    """The implementation guide is among the standards."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """A document without one."""
        if not any(s.type == "IG" for s in submission.define.standards):
            yield self.found("no implementation guide is among the standards; name it", "def:Standards")


class GroupStandard(GroupRule):
    """A dataset names its implementation guide, or says that it follows none."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Neither, both, or a standard that is no guide."""
        standard = submission.define.standard.get(group.standard)
        if bool(group.standard) == group.is_non_standard:
            yield f"{group.name} must have either def:StandardOID or def:IsNonStandard='Yes'"
        elif standard is not None and standard.type != "IG":
            yield f"{group.name} refers to {standard.oid}, which is no implementation guide; refer to one"


def _document_leaves(submission: Submission) -> list[Leaf]:
    return list(submission.define.leaves)


class HrefNotRelative(Rule):
    """A file is named relative to the define.xml, with '/' between folders."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Addresses and absolute paths."""
        of_groups = [g.leaf for g in submission.define.groups if g.leaf is not None]
        for leaf in [*_document_leaves(submission), *of_groups]:
            if not leaf.href or _PLACE.match(leaf.href):
                yield self.found(
                    f"{leaf.oid} has the place '{leaf.href}'; name it relative to the define.xml", leaf.oid
                )


class DocumentMissing(Rule):
    """A document that is named is there, or is to be added later."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Documents that are not there."""
        for leaf in _document_leaves(submission):
            file = leaf.href.partition("#")[0]
            if (
                file
                and file not in submission.awaited
                and not _PLACE.match(file)
                and not (submission.define.path.parent / file).is_file()
            ):
                yield self.found(
                    f"the document {leaf.href} ({leaf.oid}) is not there; add it, or remove its leaf", leaf.oid
                )


class LeafTitle(Rule):
    """A file has a title."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Leaves without."""
        of_groups = [g.leaf for g in submission.define.groups if g.leaf is not None]
        for leaf in [*_document_leaves(submission), *of_groups]:
            if not leaf.title:
                yield self.found(f"{leaf.oid} ({leaf.href}) has no title; give it one", leaf.oid)


class PageRange(Rule):
    """Pages of a PDF are numbers from 1, as a list or from first to last; never both."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """References to no page."""
        for oid, document in self._documents(submission):
            for page in document.pages:
                whole = page.pages or f"{page.first}-{page.last}"
                if page.type == "PhysicalRef" and not _right(page.pages, page.first, page.last):
                    yield self.found(f"{oid} refers to the pages '{whole}' of {document.leaf}; correct them", oid)
                elif page.type == "NamedDestination" and not page.pages:
                    yield self.found(f"{oid} names no destination in {document.leaf}; name it in PageRefs", oid)

    def _documents(self, submission: Submission) -> Iterator[tuple[str, DocumentRef]]:
        define = submission.define
        for item in define.items:
            yield from ((item.oid, d) for origin in item.origins for d in origin.documents)
        for described in define.methods + define.comments:
            yield from ((described.oid, d) for d in described.documents)
        for display in define.displays:
            yield from ((display.oid, d) for d in display.documents)
            yield from ((r.oid, d) for r in display.results for d in r.documents)


def _right(pages: str, first: str, last: str) -> bool:
    numbers = pages.split() if pages else [first, last]
    if bool(pages) == bool(first or last) or not all(n.isdigit() and int(n) > 0 for n in numbers):
        return False
    return bool(pages) or int(first) <= int(last)


RULES: tuple[type[Rule], ...] = (
    Header, Stylesheet, StudyText, StudyDiffers, StandardType, StandardPublishingSet, StandardVersion,
    StandardDuplicate, GuideMissing, GroupStandard, HrefNotRelative, DocumentMissing, LeafTitle, PageRange,
)  # fmt: skip
