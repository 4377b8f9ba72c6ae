"""Variables against the transport files: presence, order, names, labels, formats, nulls, origins.

Source: Define-XML 2.1, ItemRef, ItemDef and def:Origin; FDA Study Data Technical Conformance Guide section 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from define.rules.data import Submission, Use
from define.rules.datasets import NAME
from define.rules.document import ItemGroup, Origin
from define.rules.rule import DefineFinding, GroupRule, Rule, UseRule
from delivery.xpt import LONGEST_LABEL, LONGEST_VALUE
from specs.origins import SOURCES

_NUMERIC_FORMAT = re.compile(r"\d+\.\d*")
_PREDECESSOR = re.compile(r"(?:([A-Z][A-Z0-9]{1,7})\.)?([A-Z_][A-Z0-9_]{0,7})")


class VariableNotDescribed(GroupRule):
    """A variable of the transport file has an ItemDef."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Variables that the document does not know."""
        table = submission.table(group)
        known = {item.name for _, item in submission.refs(group)}
        for name in table.variables if table is not None else ():
            if name not in known:
                yield f"{group.name}.{name} is in the transport file and not described; add its ItemRef"


class _OfVariable(UseRule):
    """A rule about each variable, not about kinds of values."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """What is wrong with a variable."""
        if use.parent is None:
            yield from self.of_variable(use, submission)

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """What is wrong with a variable."""
        raise NotImplementedError


class VariableNotInData(_OfVariable):
    """A variable that is described is in the transport file."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Variables that the file lacks."""
        if use.stored is None and submission.table(use.group) is not None:
            yield f"{use.group.name}.{use.item.name} is described and not in the transport file; remove it, or write it"


class VariableOrder(GroupRule):
    """Variables are described in the order of the transport file."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another order."""
        table = submission.table(group)
        if table is None:
            return
        refs = [(ref, item) for ref, item in submission.refs(group) if ref.order.isdigit()]
        described = [item.name for _, item in sorted(refs, key=lambda pair: int(pair[0].order))]
        stored = [name for name in table.variables if name in described]
        described = [name for name in described if name in stored]
        for here, there in zip(described, stored, strict=False):
            if here != there:
                yield f"{group.name} describes {here} where its transport file has {there}; give both the same order"
                return


class OrderNumber(GroupRule):
    """The variables of a dataset have order numbers that rise from one to the next."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Numbers that are missing, repeated, or not rising."""
        numbers = [int(ref.order) if ref.order.isdigit() else 0 for ref in group.refs]
        for ref, number, before in zip(group.refs, numbers, [0, *numbers], strict=False):
            if number <= before:
                yield f"{ref.item} has the order number '{ref.order}' after {before} in {group.name}; number from 1"


class VariableName(_OfVariable):
    """The name of a variable has up to 8 bytes, of A-Z, 0-9 and _, no digit first."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Names that a transport file cannot hold."""
        if not NAME.fullmatch(use.item.name):
            yield f"'{use.item.name}' cannot name a variable; use up to 8 of A-Z, 0-9 and _"


class VariableSasName(_OfVariable):
    """SASFieldName is the name of the variable."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Another name."""
        if use.item.sas_name != use.item.name:
            yield f"{use.group.name}.{use.item.name} has the SASFieldName '{use.item.sas_name}'; give the same name"


class LabelMissing(_OfVariable):
    """A variable has a label."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """No label."""
        if not use.item.label.strip():
            yield f"{use.group.name}.{use.item.name} has no label (Description); give one"


class LabelLimit(_OfVariable):
    """The label of a variable has up to 40 bytes of ASCII."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Longer ones, or other characters."""
        size = len(use.item.label.encode())
        if size > LONGEST_LABEL or not use.item.label.isascii():
            what = f"the label '{use.item.label}' of {use.group.name}.{use.item.name} has {size} bytes"
            yield f"{what}; up to {LONGEST_LABEL} of ASCII are allowed"


class LabelDiffers(_OfVariable):
    """The label of a variable is that of the transport file."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Another label."""
        if use.stored is not None and use.stored.label != use.item.label:
            what = f"the label of {use.group.name}.{use.item.name} is '{use.item.label}'"
            yield f"{what}, the file says '{use.stored.label}'; make them one"


class DisplayFormat(_OfVariable):
    """The display format is the format of the transport file; without one there, it is a plain width.decimals."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Another format."""
        if use.stored is None or use.stored.format == use.item.display_format:
            return
        if use.stored.format or not _NUMERIC_FORMAT.fullmatch(use.item.display_format):
            what = f"the display format of {use.group.name}.{use.item.name} is '{use.item.display_format}'"
            yield f"{what}, the file says '{use.stored.format}'; make them one"


class ColumnTooLong(_OfVariable):
    """A text column has up to 200 bytes."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Longer ones."""
        if use.stored is not None and use.stored.type == "Char" and use.stored.length > LONGEST_VALUE:
            yield f"{use.group.name}.{use.item.name} has {use.stored.length} bytes; up to {LONGEST_VALUE} are allowed"


class ColumnTooWide(_OfVariable):
    """A text column is as wide as its longest value."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Wider ones."""
        if use.stored is None or use.values is None or use.stored.type != "Char":
            return
        if use.stored.length > max(use.values.longest, 1):
            what = f"{use.group.name}.{use.item.name} is {use.stored.length} bytes wide"
            yield f"{what}, its longest value has {use.values.longest}; write it as wide as its values"


class NotAscii(_OfVariable):
    """Values are of printable ASCII."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """Other characters."""
        for text in (use.values.texts if use.values is not None else None) or ():
            if not (text.isascii() and text.isprintable()):
                yield f"{use.group.name}.{use.item.name} holds {text!r}; transliterate it"
                return


class HasNoData(UseRule):
    """A variable, or a kind of values, without any value, and no other, is flagged with def:HasNoData."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A flag that is missing, or wrong."""
        if use.values is None or use.group.has_no_data or not use.values.records:
            return
        if use.values.present == use.ref.has_no_data:
            said = "has values; remove def:HasNoData" if use.ref.has_no_data else "has no value; set def:HasNoData"
            yield f"{use.item.oid} of {use.group.name} {said}"


class MandatoryNull(UseRule):
    """A mandatory variable has a value in every record."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Missing values."""
        if use.values is not None and use.ref.mandatory == "Yes" and use.values.nulls:
            what = f"{use.item.oid} of {use.group.name} is mandatory and missing in {use.values.nulls} records"
            yield f"{what}; set Mandatory to No, or give the values"


def origins(use: Use) -> tuple[Origin, ...]:
    """The origins of an ItemDef; a kind of values without any has those of its variable."""
    return use.item.origins or (use.parent.item.origins if use.parent is not None else ())


def _parts(use: Use, submission: Submission) -> list[Use]:
    return submission.parts.get((use.group.oid, use.item.oid), []) if use.parent is None else []


class OriginMissing(_OfVariable):
    """A variable has an origin, or all kinds of its values have one."""

    def of_variable(self, use: Use, submission: Submission) -> Iterator[str]:
        """None."""
        if use.item.origins:
            return
        parts = _parts(use, submission)
        if not parts or not all(p.item.origins for p in parts):
            yield f"{use.group.name}.{use.item.name} has no origin; give it one, or to all kinds of its values"


class OriginSource(UseRule):
    """Collected, Derived, Assigned and Protocol name a source that fits; other origins have none."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """No source, or one that does not fit."""
        for origin in use.item.origins:
            allowed = SOURCES.get(origin.type, ("",))
            if origin.type != "Other" and origin.source not in allowed:
                what = f"{use.item.oid} of {use.group.name} is {origin.type} with the source '{origin.source}'"
                yield f"{what}; it may be {' or '.join(allowed) or 'without source only'}"


class DerivedWithoutMethod(UseRule):
    """What is derived has a method."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """No method, neither its own nor that of the variable."""
        if not any(o.type == "Derived" for o in use.item.origins) or use.ref.method:
            return
        parts = _parts(use, submission)
        inherited = use.parent is not None and use.parent.ref.method
        if not inherited and not (parts and all(p.ref.method for p in parts)):
            yield f"{use.item.oid} of {use.group.name} is derived; say by which method"


class MethodNotDerived(UseRule):
    """What has a method is derived or assigned."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A method of something else."""
        known = [o for u in [use, *_parts(use, submission)] for o in origins(u)]
        if use.ref.method and known and not any(o.type in ("Derived", "Assigned", "Other") for o in known):
            yield f"{use.item.oid} of {use.group.name} is {known[0].type}, not derived; remove its method"


class CollectedWithoutPage(UseRule):
    """What an investigator or a subject gave has a page of the annotated CRF."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """No page."""
        crf = {d.leaf for d in submission.define.crf}
        for origin in use.item.origins:
            if origin.type != "Collected" or origin.source == "Vendor":
                continue
            if not any(d.leaf in crf and d.pages for d in origin.documents):
                yield f"{use.item.oid} of {use.group.name} is collected; name the page of the annotated CRF"


class PredecessorText(UseRule):
    """A predecessor is named."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """No name."""
        for origin in use.item.origins:
            if origin.type == "Predecessor" and not origin.text:
                yield f"{use.item.oid} of {use.group.name} has a predecessor; name it as DATASET.VARIABLE"


class PredecessorUnknown(UseRule):
    """A predecessor within the document is there.

    Not asked of a variable without any value: its predecessor may have been left out for want of values.
    """

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """A name of a described dataset, with a variable that it lacks."""
        for origin in use.item.origins:
            named = _PREDECESSOR.fullmatch(origin.text) if origin.type == "Predecessor" else None
            if named is None or use.ref.has_no_data:
                continue
            dataset = named[1] or use.group.name
            group = next((g for g in submission.define.groups if g.name == dataset), None)
            if group is not None and named[2] not in {item.name for _, item in submission.refs(group)}:
                yield f"{use.item.oid} of {use.group.name} has the predecessor {origin.text}, which {dataset} lacks"


class TextMissing(Rule):
    """A method and a comment say something; a method has a name."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Empty ones."""
        for described in submission.define.methods + submission.define.comments:
            if not described.text:
                yield self.found(f"{described.oid} says nothing; describe it", described.oid)
        for method in submission.define.methods:
            if not method.name:
                yield self.found(f"{method.oid} has no name; give it one", method.oid)


RULES: tuple[type[Rule], ...] = (
    VariableNotDescribed, VariableNotInData, VariableOrder, OrderNumber, VariableName, VariableSasName, LabelMissing,
    LabelLimit, LabelDiffers, DisplayFormat, ColumnTooLong, ColumnTooWide, NotAscii, HasNoData, MandatoryNull,
    OriginMissing, OriginSource, DerivedWithoutMethod, MethodNotDerived, CollectedWithoutPage, PredecessorText,
    PredecessorUnknown, TextMissing,
)  # fmt: skip
