"""Datasets: names, labels, class, purpose, structure, keys, and whether there are records.

Source: Define-XML 2.1, ItemGroupDef; SDTM (the topic variable of each general observation class); ADaMIG 1.3 section 2;
FDA Study Data Technical Conformance Guide section 3.3 (names and labels).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from define.rules.data import SUBJECT, Submission, Table
from define.rules.document import ItemGroup
from define.rules.rule import DefineFinding, GroupRule, Rule, some
from delivery.xpt import LONGEST_LABEL

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
SPECIAL = {
    "SPECIAL PURPOSE": ("CO", "DM", "SE", "SM", "SV"),
    "TRIAL DESIGN": ("TA", "TD", "TE", "TI", "TM", "TS", "TT", "TV", "TX"),
    "RELATIONSHIP": ("RELREC", "RELSPEC", "RELSUB", "RELREF", "POOLDEF"),
    "STUDY REFERENCE": ("DI", "OI"),
}
"""Domains outside the general observation classes."""
PARENT = {
    "ADVERSE EVENT": "OCCURRENCE DATA STRUCTURE",
    "TIME-TO-EVENT": "BASIC DATA STRUCTURE",
    "NON-COMPARTMENTAL ANALYSIS": "BASIC DATA STRUCTURE",
    "POPULATION PHARMACOKINETIC ANALYSIS": "BASIC DATA STRUCTURE",
    "MEDICAL DEVICE TIME-TO-EVENT": "MEDICAL DEVICE BASIC DATA STRUCTURE",
}
"""The class of each subclass."""


def names(group: ItemGroup, submission: Submission) -> set[str]:
    """The variables of a dataset."""
    return {item.name for _, item in submission.refs(group)}


class DatasetName(GroupRule):
    """The name of a dataset has up to 8 bytes, of A-Z, 0-9 and _, no digit first."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Names that a transport file cannot hold."""
        if not NAME.fullmatch(group.name):
            yield f"'{group.name}' cannot name a dataset; use up to 8 of A-Z, 0-9 and _"


class DatasetSasName(GroupRule):
    """SASDatasetName is the name of the dataset."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another name."""
        if group.sas_name != group.name:
            yield f"{group.name} has the SASDatasetName '{group.sas_name}'; give the same name"


class DatasetNameDiffers(GroupRule):
    """The transport file holds the dataset under its name."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """A file with another dataset."""
        table = submission.table(group)
        if table is not None and table.meta["name"] != group.name:
            yield f"{group.name} is {table.meta['name']} in its transport file; correct the leaf, or the file"


class DatasetFileName(GroupRule):
    """The transport file of a dataset is named after it, in small letters."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another name."""
        if group.leaf is not None and group.leaf.href.rpartition("/")[2] != f"{group.name.lower()}.xpt":
            yield f"{group.name} is in the file '{group.leaf.href}'; it must be {group.name.lower()}.xpt"


class DatasetFileMissing(GroupRule):
    """The transport file of a dataset is there, and can be read."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Files that are not there, or damaged."""
        if group.leaf is None or submission.table(group) is not None:
            return
        if group.oid in submission.unreadable:
            yield f"{group.leaf.href} cannot be read: {submission.unreadable[group.oid]}"
        elif not group.has_no_data:
            yield f"{group.leaf.href} is not there; write it, or flag {group.name} with def:HasNoData"


class FileNotDescribed(Rule):
    """A transport file in the folder belongs to a dataset of the define.xml."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Files that no dataset names."""
        known = {g.leaf.href for g in submission.define.groups if g.leaf is not None}
        for path in sorted(submission.folder.glob("*.xpt")):
            if path.name not in known:
                message = f"{path.name} is not described; add its ItemGroupDef, or take the file away"
                yield self.found(message, path.name, path.stem.upper())


class DatasetLabelMissing(GroupRule):
    """A dataset has a label."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """No label."""
        if not group.label.strip():
            yield f"{group.name} has no label (Description); give one"


class DatasetLabelLimit(GroupRule):
    """The label of a dataset has up to 40 bytes of ASCII."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Longer ones, or other characters."""
        size = len(group.label.encode())
        if size > LONGEST_LABEL or not group.label.isascii():
            yield f"the label '{group.label}' of {group.name} has {size} bytes; use up to {LONGEST_LABEL} of ASCII"


class DatasetLabelDiffers(GroupRule):
    """The label of a dataset is that of its transport file."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another label."""
        table = submission.table(group)
        if table is not None and table.meta["label"] != group.label:
            yield f"the label of {group.name} is '{group.label}', its file says '{table.meta['label']}'; make them one"


class StructureMissing(GroupRule):
    """A dataset says what a record is (def:Structure)."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Nothing said."""
        if not group.structure.strip():
            yield f"{group.name} has no def:Structure; say what one record is"


class Purpose(GroupRule):
    """The purpose is Tabulation for SDTM and Analysis for ADaM."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another purpose."""
        wanted = "Analysis" if submission.define.is_analysis(group) else "Tabulation"
        if group.purpose != wanted:
            yield f"{group.name} has the purpose '{group.purpose}'; its standard says {wanted}"


class ClassMissing(GroupRule):
    """A dataset has a class."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """No class."""
        if not group.class_name:
            yield f"{group.name} has no def:Class; name it"


class ClassWrong(GroupRule):
    """The class of a dataset is the one that its variables make it."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Another class."""
        analysis = submission.define.is_analysis(group)
        wanted = _analysis_class(group, submission) if analysis else _tabulation_class(group, submission)
        if group.class_name and wanted and group.class_name not in wanted:
            yield f"{group.name} has the class {group.class_name}, its variables are those of {' or '.join(wanted)}"


def _tabulation_class(group: ItemGroup, submission: Submission) -> tuple[str, ...]:
    if group.name.startswith(("SUPP", "SQ")):
        return ("RELATIONSHIP",)
    for class_name, domains in SPECIAL.items():
        if group.domain in domains or group.name in domains:
            return (class_name,)
    has = names(group, submission)
    topics = (("OBJ", "FINDINGS ABOUT"), ("TESTCD", "FINDINGS"), ("TERM", "EVENTS"), ("TRT", "INTERVENTIONS"))
    return next(((c,) for suffix, c in topics if group.domain[:2] + suffix in has), ())


def _analysis_class(group: ItemGroup, submission: Submission) -> tuple[str, ...]:
    if group.name == "ADSL":
        return ("SUBJECT LEVEL ANALYSIS DATASET",)
    if {"PARAMCD", "PARAM"} <= names(group, submission):
        return ("BASIC DATA STRUCTURE", "MEDICAL DEVICE BASIC DATA STRUCTURE", "ADAM OTHER", "REFERENCE DATA STRUCTURE")
    others = ("OCCURRENCE DATA STRUCTURE", "MEDICAL DEVICE OCCURRENCE DATA STRUCTURE", "ADAM OTHER")
    return (*others, "DEVICE LEVEL ANALYSIS DATASET", "REFERENCE DATA STRUCTURE")


class SubclassWrong(GroupRule):
    """A subclass belongs to the class of the dataset; a time-to-event dataset has CNSR."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Subclasses of another class, or without their variables."""
        for name, parent in group.subclasses:
            if group.class_name != PARENT.get(name, group.class_name) or (parent and parent != group.class_name):
                yield f"{group.name} has the subclass {name}, which is not one of {group.class_name}"
            elif name.endswith("TIME-TO-EVENT") and "CNSR" not in names(group, submission):
                yield f"{group.name} has the subclass {name} and no CNSR"


class TimeToEvent(GroupRule):
    """An analysis dataset of parameters with CNSR has the subclass TIME-TO-EVENT."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """The subclass is missing."""
        subclasses = [name for name, _ in group.subclasses]
        if {"PARAMCD", "CNSR"} <= names(group, submission) and not any("TIME-TO-EVENT" in s for s in subclasses):
            yield f"{group.name} has CNSR; add the subclass TIME-TO-EVENT"


class Domain(GroupRule):
    """A tabulation dataset has the domain that its records name (DOMAIN, or RDOMAIN of a supplemental dataset)."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """No domain, or another."""
        if submission.define.is_analysis(group):
            return
        if not group.domain:
            yield f"{group.name} has no Domain; give it"
            return
        table = submission.table(group)
        column = "RDOMAIN" if group.name.startswith(("SUPP", "SQ")) else "DOMAIN"
        if table is None or column not in table.frame:
            return
        for value in table.frame[column].dropna().unique().tolist():
            if value != group.domain:
                yield f"{group.name} has the Domain {group.domain}, {column} is '{value}' in the data; make them one"


class Repeating(GroupRule):
    """Repeating is No exactly when a subject has one record at most, or there are no subjects in the dataset."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """A subject-level dataset that repeats, and the reverse."""
        table = submission.table(group)
        if table is None or SUBJECT not in table.frame or not len(table.frame):
            return
        if group.repeating == "No" and table.frame[SUBJECT].dropna().duplicated().any():
            many = table.frame.loc[table.frame[SUBJECT].duplicated(keep=False), SUBJECT].dropna().unique().tolist()
            yield (
                f"{group.name} has several records of the subjects {some(sorted(many))}; make it one record per "
                "subject, or, if it is not at subject level, Repeating must be Yes"
            )
        elif group.repeating == "Yes" and group.structure.strip().lower() in ("one record per subject",):
            yield f"{group.name} has {group.structure.lower()}; Repeating must be No"


class ReferenceData(GroupRule):
    """IsReferenceData is Yes exactly for a dataset without subjects."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """The contrary."""
        about_subjects = bool({SUBJECT, "POOLID", "RDOMAIN", "SPDEVID"} & names(group, submission))
        if about_subjects == (group.reference_data == "Yes"):
            said = group.reference_data or "not given"
            yield f"{group.name} is {'' if about_subjects else 'not '}about subjects; IsReferenceData is {said}"


class DatasetHasNoData(GroupRule):
    """A dataset without records, and no other, is flagged with def:HasNoData and a comment that says why."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """A flag that is missing, or wrong, or not explained."""
        table = submission.table(group)
        if table is not None and group.has_no_data == bool(len(table.frame)):
            todo = "remove" if group.has_no_data else "set"
            yield f"{group.name} has {len(table.frame)} records; {todo} def:HasNoData"
        elif group.has_no_data and not group.comment:
            yield f"{group.name} has no data; say why in a comment"


class KeyMissing(GroupRule):
    """A dataset has key variables."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """None at all."""
        if not any(ref.key for ref in group.refs):
            yield f"{group.name} has no KeySequence; name the variables that make a record unique"


class KeySequence(GroupRule):
    """Key variables are numbered 1, 2, 3 and so on."""

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Numbers that are missing or occur twice."""
        given = [ref.key for ref in group.refs if ref.key]
        if given and sorted(given, key=_number) != [str(i) for i in range(1, len(given) + 1)]:
            yield f"the keys of {group.name} are numbered {', '.join(sorted(given, key=_number))}; number them from 1"


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1


class KeyNotUnique(GroupRule):
    """The key variables tell the records apart.

    A warning, as the same finding of the records themselves (KEY_DUPLICATE) is: it is the data that repeat.
    """

    severity = "warning"

    def of_group(self, group: ItemGroup, submission: Submission) -> Iterator[str]:
        """Records that share their keys."""
        table = submission.table(group)
        keys = [item.name for ref, item in submission.refs(group) if ref.key]
        if table is None or not keys or not set(keys) <= set(table.frame.columns):
            return
        same = _repeated(table, keys)
        if same.any():
            first = [str(table.frame[key].iloc[int(same.argmax())]) for key in keys]
            yield f"{int(same.sum())} records of {group.name} share their keys ({', '.join(keys)}), as {some(first)}"


def _repeated(table: Table, keys: list[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Records whose keys occurred before, by codes: much faster than comparing texts."""
    number = np.zeros(len(table.frame), dtype=np.int64)
    for key in keys:
        column = table.frame[key]
        codes = np.asarray(pd.factorize(column)[0], dtype=np.int64)
        number = number * (int(codes.max(initial=0)) + 2) + codes + 1
        number = np.unique(number, return_inverse=True)[1].astype(np.int64)
    seen = np.ones(len(number), dtype=np.bool_)
    seen[np.unique(number, return_index=True)[1]] = False
    return seen


RULES: tuple[type[Rule], ...] = (
    DatasetName, DatasetSasName, DatasetNameDiffers, DatasetFileName, DatasetFileMissing, FileNotDescribed,
    DatasetLabelMissing, DatasetLabelLimit, DatasetLabelDiffers, StructureMissing, Purpose, ClassMissing, ClassWrong,
    SubclassWrong, TimeToEvent, Domain, Repeating, ReferenceData, DatasetHasNoData, KeyMissing, KeySequence,
    KeyNotUnique,
)  # fmt: skip
