"""Value-level metadata: each clause makes sense, selects records, and none is selected twice or left out.

Source: Define-XML 2.1, def:ValueListDef, def:WhereClauseDef and RangeCheck.
"""

from __future__ import annotations

from collections.abc import Iterator

from define.rules.data import Submission, Use, is_decimal
from define.rules.document import RangeCheck, WhereClause
from define.rules.rule import DefineFinding, Rule, UseRule, some

ONE_VALUE = ("EQ", "NE", "LT", "LE", "GT", "GE")


class ValueWithoutClause(Rule):
    """A kind of values says by a where-clause which values it is about."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """ItemRefs of value lists without a clause."""
        for values in submission.define.value_lists:
            for ref in values.refs:
                if not ref.clauses:
                    yield self.found(f"{ref.item} of {values.oid} has no where-clause; add it", values.oid)


class ClauseOfVariable(Rule):
    """A variable of a dataset has no where-clause; it belongs to the items of a value list."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """ItemRefs of datasets with a clause."""
        for group in submission.define.groups:
            for ref in group.refs:
                if ref.clauses:
                    yield self.found(f"{ref.item} has a where-clause in {group.name}; remove it", group.oid, group.name)


class ValueOrder(Rule):
    """The items of a value list have order numbers that rise from one to the next."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Numbers that are missing, repeated, or not rising."""
        for values in submission.define.value_lists:
            numbers = [int(r.order) if r.order.isdigit() else 0 for r in values.refs]
            for ref, number, before in zip(values.refs, numbers, [0, *numbers], strict=False):
                if number <= before:
                    message = f"{ref.item} has the order number '{ref.order}' after {before} in {values.oid}"
                    yield self.found(f"{message}; number from 1", values.oid)


class _OfCheck(Rule):
    """A rule about each comparison of each where-clause."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all comparisons."""
        for clause in submission.define.clauses:
            for check in clause.checks:
                if (message := self.wrong(clause, check, submission)) is not None:
                    yield self.found(message, clause.oid)

    def wrong(self, clause: WhereClause, check: RangeCheck, submission: Submission) -> str | None:
        """What is wrong with one."""
        raise NotImplementedError


class ClauseSoft(_OfCheck):
    """The comparison of a where-clause is Soft."""

    def wrong(self, clause: WhereClause, check: RangeCheck, submission: Submission) -> str | None:
        """Hard ones."""
        return None if check.soft_hard == "Soft" else f"{clause.oid} is {check.soft_hard}; set SoftHard to Soft"


class ClauseValues(_OfCheck):
    """IN and NOTIN have one value or more, each once; every other comparison has one."""

    def wrong(self, clause: WhereClause, check: RangeCheck, submission: Submission) -> str | None:
        """No value, too many, or one twice."""
        count = len(check.values)
        if count != len(set(check.values)) or not count or (check.comparator in ONE_VALUE and count > 1):
            return f"{clause.oid} compares by {check.comparator} with {count} values; correct them"
        return None


class ClauseValueType(_OfCheck):
    """A number is compared with numbers."""

    def wrong(self, clause: WhereClause, check: RangeCheck, submission: Submission) -> str | None:
        """Texts beside a number."""
        item = submission.define.item.get(check.item)
        wrong = [v for v in check.values if v and not is_decimal(v)]
        if item is None or item.type not in ("integer", "float") or not wrong:
            return None
        return f"{clause.oid} compares {item.name}, which is {item.type}, with {some(wrong)}; give numbers"


class ClauseValueNotInCodelist(_OfCheck):
    """A clause compares with terms of the codelist of its variable."""

    def wrong(self, clause: WhereClause, check: RangeCheck, submission: Submission) -> str | None:
        """Values that the variable cannot have."""
        item = submission.define.item.get(check.item)
        codelist = submission.define.codelist.get(item.codelist) if item is not None else None
        if codelist is None or codelist.is_external or check.comparator not in ("EQ", "NE", "IN", "NOTIN"):
            return None
        terms = {t.value for t in codelist.terms}
        wrong = [v for v in check.values if v and v not in terms]
        return f"{clause.oid} compares with {some(wrong)}, not in {codelist.oid}; correct it" if wrong else None


class ClauseElsewhere(UseRule):
    """A clause compares a variable of its own dataset; one of another needs a comment that explains the join."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Joins that nobody explains."""
        own = {ref.item for ref in use.group.refs}
        for oid in use.ref.clauses if use.parent is not None else ():
            clause = submission.define.clause.get(oid)
            elsewhere = [c.item for c in clause.checks if c.item not in own] if clause is not None else []
            known = [i for i in elsewhere if i in submission.define.item]
            if clause is not None and known and not clause.comment:
                yield f"{oid} compares {some(known)}, not of {use.group.name}; say in a comment how they are joined"


class ClauseDead(UseRule):
    """A where-clause selects records; one that selects none is flagged with def:HasNoData."""

    def of_use(self, use: Use, submission: Submission) -> Iterator[str]:
        """Clauses that select nothing."""
        if use.parent is None or use.values is None or use.group.has_no_data:
            return
        if not use.values.records and not use.ref.has_no_data:
            yield f"{use.item.oid}: {', '.join(use.ref.clauses)} selects no record of {use.group.name}; remove it"


class ClauseOverlap(Rule):
    """No record is selected by the clauses of two items of a value list."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Records that are selected twice."""
        for c in submission.coverages:
            if c.overlapping:
                message = f"{c.overlapping} records of {c.use.group.name} are selected by {' and by '.join(c.between)}"
                yield self.found(
                    f"{message}; make the clauses of {c.use.item.value_list} disjoint",
                    c.use.item.value_list, c.use.group.name, c.use.item.name,
                )  # fmt: skip


class ClauseUncovered(Rule):
    """Every record with a value is selected by a clause of the value list."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Records that none selects."""
        for c in submission.coverages:
            if c.uncovered:
                message = f"{c.uncovered} records of {c.use.group.name} with {c.use.item.name}, as '{c.example}',"
                yield self.found(
                    f"{message} are selected by no clause of {c.use.item.value_list}; add an item for them",
                    c.use.item.value_list, c.use.group.name, c.use.item.name,
                )  # fmt: skip


RULES: tuple[type[Rule], ...] = (
    ValueWithoutClause, ClauseOfVariable, ValueOrder, ClauseSoft, ClauseValues, ClauseValueType,
    ClauseValueNotInCodelist, ClauseElsewhere, ClauseDead, ClauseOverlap, ClauseUncovered,
)  # fmt: skip
