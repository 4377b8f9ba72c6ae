"""Analysis results: their datasets, variables and parameters, and that their where-clauses select records.

Source: Analysis Results Metadata 1.0 for Define-XML 2.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from define.rules.data import Submission
from define.rules.document import AnalysisDataset, AnalysisResult, ItemGroup, WhereClause
from define.rules.rule import DefineFinding, Rule, some

REASONS = ("SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY")
PURPOSES = ("PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE")


class _OfResult(Rule):
    """A rule about each analysis result."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """The faults of all results."""
        for display in submission.define.displays:
            for result in display.results:
                for message in self.of_result(result, submission):
                    yield self.found(message, result.oid)

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """What is wrong with one."""
        raise NotImplementedError


def _datasets(result: AnalysisResult, submission: Submission) -> list[tuple[AnalysisDataset, ItemGroup]]:
    known = submission.define.group
    return [(d, known[d.group]) for d in result.datasets if d.group in known]


class DisplayDuplicate(Rule):
    """The name of a display occurs once."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Names that occur twice."""
        for name, times in Counter(d.name for d in submission.define.displays).items():
            if times > 1:
                yield self.found(f"{times} displays are named '{name}'; tell them apart", name)


class AnalysisText(Rule):
    """A display and a result are described."""

    def check(self, submission: Submission) -> Iterator[DefineFinding]:
        """Empty descriptions."""
        for display in submission.define.displays:
            texts = {display.oid: display.text, **{r.oid: r.text for r in display.results}}
            for oid, text in texts.items():
                if not text:
                    yield self.found(f"{oid} has no description; say what is shown", oid)


class AnalysisOnTabulations(_OfResult):
    """An analysis is one of analysis datasets."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Analyses of tabulation datasets."""
        for _, group in _datasets(result, submission):
            if not submission.define.is_analysis(group):
                yield f"{result.oid} analyses {group.name}, which is no analysis dataset; refer to one"


class AnalysisReason(_OfResult):
    """Reason and purpose of an analysis are terms of the controlled terminology."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Other words."""
        if result.reason not in REASONS:
            yield f"{result.oid} has the reason '{result.reason}'; use one of {', '.join(REASONS)}"
        if result.purpose not in PURPOSES:
            yield f"{result.oid} has the purpose '{result.purpose}'; use one of {', '.join(PURPOSES)}"


class AnalysisVariable(_OfResult):
    """A variable that is analysed is one of its dataset, and each dataset has one."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """No variable, or one of another dataset."""
        for analysed, group in _datasets(result, submission):
            own = {ref.item for ref in group.refs}
            for item in analysed.variables:
                if item in submission.define.item and item not in own:
                    yield f"{result.oid} analyses {item}, which is not a variable of {group.name}; correct it"
        if not any(d.variables for d in result.datasets):
            yield f"{result.oid} names no analysis variable; name them"


class AnalysisParameter(_OfResult):
    """The parameter of an analysis is PARAMCD or PARAM of one of its datasets, and a dataset of parameters has one."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """No parameter, or another variable."""
        allowed = [
            item.oid
            for _, group in _datasets(result, submission)
            for _, item in submission.refs(group)
            if item.name in ("PARAMCD", "PARAM")
        ]
        if result.parameter in submission.define.item and result.parameter not in allowed:
            yield f"{result.oid} has the parameter {result.parameter}; it must be PARAMCD of one of its datasets"
        elif allowed and not result.parameter:
            yield f"{result.oid} analyses a parameter and has no ParameterOID; name PARAMCD"


class AnalysisClauseElsewhere(_OfResult):
    """The clause of an analysis compares variables of its own dataset."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Variables of another."""
        for analysed, group in _datasets(result, submission):
            clause = submission.define.clause.get(analysed.clause)
            own = {ref.item for ref in group.refs}
            for check in clause.checks if clause is not None else ():
                if check.item in submission.define.item and check.item not in own:
                    yield f"{result.oid}: {analysed.clause} compares {check.item}, not a variable of {group.name}"


class AnalysisNeverSelects(_OfResult):
    """The clause of an analysis can select records: it compares with terms, and not one variable with two of them."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Clauses that select none, whatever the data."""
        for analysed, group in _datasets(result, submission):
            why = _never(submission.define.clause.get(analysed.clause), submission)
            if why:
                yield f"{result.oid}: {analysed.clause} can never select a record of {group.name}: {why}; correct it"


def _never(clause: WhereClause | None, submission: Submission) -> str:
    """Why no record can meet a clause; empty where one may."""
    left: dict[str, set[str]] = {}
    for check in clause.checks if clause is not None else ():
        item = submission.define.item.get(check.item)
        if item is None or check.comparator not in ("EQ", "IN"):
            continue
        codelist = submission.define.codelist.get(item.codelist)
        terms = {t.value for t in codelist.terms} if codelist is not None and not codelist.is_external else None
        if terms is not None and not terms & {*check.values} and any(check.values):
            return f"{item.name} is none of {some(list(check.values))}, which are not in {item.codelist}"
        if not left.setdefault(check.item, {*check.values}) & {*check.values}:
            return f"{item.name} cannot be {some(sorted(left[check.item]))} and {some(list(check.values))}"
        left[check.item] &= {*check.values}
    return ""


class AnalysisSelectsNothing(_OfResult):
    """The clause of an analysis selects records; at an early cut there may be none yet."""

    severity = "warning"

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Clauses that select none, and could."""
        for analysed, group in _datasets(result, submission):
            selected = submission.selected(group, [analysed.clause]) if analysed.clause else None
            never = _never(submission.define.clause.get(analysed.clause), submission)
            if selected is not None and not selected.any() and not never:
                yield (
                    f"{result.oid}: {analysed.clause} selects no record of {group.name} at this cut; if some are due "
                    "by now, correct `where` of the analysis, else nothing is to be done"
                )


class AnalysisJoin(_OfResult):
    """An analysis of several datasets says in a comment how they are joined."""

    def of_result(self, result: AnalysisResult, submission: Submission) -> Iterator[str]:
        """Joins that nobody explains."""
        if len(result.datasets) > 1 and not result.comment:
            yield f"{result.oid} analyses {len(result.datasets)} datasets; say in a comment how they are joined"


RULES: tuple[type[Rule], ...] = (
    DisplayDuplicate, AnalysisText, AnalysisOnTabulations, AnalysisReason, AnalysisVariable, AnalysisParameter,
    AnalysisClauseElsewhere, AnalysisNeverSelects, AnalysisSelectsNothing, AnalysisJoin,
)  # fmt: skip
