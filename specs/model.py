"""The typed model of a study: what the YAML of a pack may say.

Every class forbids unknown keys, so a misspelt one is an error with its place. The classes are also the source of the
JSON Schema for editors (``convert.py schema``). Design, section 3.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from specs.base import Model, Name, Names, Setting, Text
from specs.endpoint_model import TimeToEvent


def _short(key: str) -> BeforeValidator:
    """``copy: CMTRT`` is short for ``copy: {column: CMTRT}``."""
    return BeforeValidator(lambda v: v if isinstance(v, dict) or v is None else {key: v})


class Codes(Model):
    """The codelist of a variable in place of a name: ``{codelist: --TESTCD}``."""

    codelist: str


class Copy(Model):
    """Take a collected value as it is, cleaned to ASCII and trimmed.

    ``column`` may be a list: the first that has a value. ``part`` takes a piece between separators, ``pattern`` the
    first group of a regular expression, ``case`` changes the case.
    """

    column: Name | Names
    case: Literal["upper", "lower"] | None = None
    separator: str | list[str] | None = None
    part: int | None = None
    pattern: str | None = None


class Code(Model):
    """Recode a collected value to controlled terminology; what has no code is a finding and is not passed on.

    ``map`` adds the study's own words (inline, or a CSV with the columns ``from`` and ``to``); ``codelist`` names
    another list than the variable's; ``part`` and ``separator`` take a piece of the collected value first. ``display``
    is the column with the text that was shown for the code: a text without its code is a finding, never taken instead.
    """

    column: Name | Names
    map: dict[str, Text | None] | str | None = None
    codelist: str | None = None
    display: str | None = None
    separator: str | list[str] | None = None
    part: int | None = None


class DateTime(Model):
    """Make an ISO 8601 date or date-time from collected parts, in a declared format; precision stays as collected.

    ``inherited``: the date was collected for another sample of the form and is taken for this one, which is noted.
    """

    date: Name
    time: Name | None = None
    format: Name | Names | None = None
    time_format: str | None = None
    inherited: bool = False


class AsOf(Model):
    """Which row of a table is valid on a date: ``from`` <= date < ``to``; an empty end is open.

    ``inclusive``: the day in ``to`` is the last on which the row is still valid. ``format`` is that of ``date``, and of
    ``from`` and ``to`` where they have no ``from_format``; these may always be ISO 8601 as well.
    """

    date: Name
    format: Name | Names | None = None
    from_format: Name | Names | None = None
    from_: Name = Field(alias="from")
    to: Name
    inclusive: bool = False


class Lookup(Model):
    """Take a value from a table of the pack, from another source, or from another dataset, by matching columns.

    ``match`` pairs a column of the table with a column here, with a literal ``{value: X}``, or with a text made of
    columns ``{text: "L{SITE}"}``. An empty cell in a column of ``any_if_empty`` holds for every value, and a row that
    names the value goes before it. More than one match is a finding; no match is one unless ``optional``. ``recode``
    brings what was taken through the variable's codelist, as ``code`` does.
    """

    table: str | None = None
    source: str | None = None
    match: dict[str, str | int | dict[str, Any]]
    take: Name
    as_of: AsOf | None = None
    any_if_empty: list[str] = []
    optional: bool = False
    recode: bool = False


class Branch(Model):
    """One branch of ``when``: a condition (or ``else``), and a method."""

    if_: str | None = Field(None, alias="if")
    else_: Branch | None = Field(None, alias="else")
    copy_: Annotated[Copy | None, _short("column")] = Field(None, alias="copy")
    value: Text | float | Setting | None = None
    code: Annotated[Code | None, _short("column")] = None
    datetime: Annotated[DateTime | None, _short("date")] = None
    lookup: Lookup | None = None
    derive: str | None = None
    with_: dict[str, Any] | None = Field(None, alias="with")
    predecessor: str | None = None


METHODS = ("copy", "value", "code", "datetime", "lookup", "derive", "predecessor", "when")


class Variable(Model):
    """One variable: how it gets its values (exactly one method), and what is said of it.

    Label, type, role, core, codelist and order come from the standard's layer; overriding one there needs ``because``.
    """

    copy_: Annotated[Copy | None, _short("column")] = Field(None, alias="copy")
    value: Text | float | Setting | None = None
    code: Annotated[Code | None, _short("column")] = None
    datetime: Annotated[DateTime | None, _short("date")] = None
    lookup: Lookup | None = None
    derive: str | None = None
    with_: dict[str, Any] | None = Field(None, alias="with")
    predecessor: str | None = None
    when: list[Branch] | None = None

    label: str | None = None
    type: Literal["Char", "Num"] | None = None
    role: str | None = None
    core: Literal["Req", "Exp", "Perm", "Cond"] | None = None
    codelist: str | list[str] | None = None
    values: list[Text] | None = None
    format: str | None = None
    display: str | None = None
    dictionary: str | None = None
    origin: Literal["Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available"] | None = None
    source: Literal["Investigator", "Vendor", "Sponsor", "Subject"] | None = None
    """Who gave the value (def:Origin/@Source)."""
    evaluator: str | None = None
    page: Text | list[int] | None = None
    split_to: str | None = None
    omit: str | None = None
    because: str | None = None
    describe: str | None = None
    comment: str | None = None


class Join(Model):
    """Bring another source beside the rows: its columns are then named ``alias.COLUMN``.

    ``by`` is ``subject``, ``person``, or pairs of our column and theirs. ``many: error`` (the default) makes a second
    matching row a finding and takes none; ``orphans`` says what a row of theirs without one of ours is.
    """

    source: str
    by: Literal["subject", "person"] | dict[str, str] = "subject"
    where: Name | None = None
    many: Literal["error", "first", "last"] = "error"
    order: Name | None = None
    orphans: Literal["finding", "allow"] = "finding"


class Exists(Model):
    """Whether a person (or, by ``subject``, a subject number) has rows in another source.

    For records made from absence or presence.
    """

    source: str
    where: Name | None = None
    by: Literal["subject", "person"] = "person"


class Rows(Model):
    """One kind of row of a dataset: where it comes from, which rows, and the values particular to it.

    Rows come ``from`` a source, a table, a dataset or a parameter; or a transform that makes records is named by
    ``derive``; or they are subjects with a time to an event (``time_to_event``).
    """

    from_: str = Field("", alias="from")
    derive: str | None = None
    with_: dict[str, Any] | None = Field(None, alias="with")
    time_to_event: TimeToEvent | None = None
    where: Name | None = None
    join: dict[str, Join] = {}
    only_if: Exists | list[Exists] | None = None
    """All of them."""
    unless: Exists | list[Exists] | None = None
    """None of them."""
    first: Name | None = None
    last: Name | None = None
    distinct: Names | None = None
    variables: dict[str, Variable] = {}

    @property
    def presence(self) -> list[tuple[Exists, bool]]:
        """What must be there (True) and what must not (False) in other sources."""
        return [(e, True) for e in _listed(self.only_if)] + [(e, False) for e in _listed(self.unless)]


def _listed(given: Exists | list[Exists] | None) -> list[Exists]:
    return [given] if isinstance(given, Exists) else given or []


class RelatedBy(Model):
    """``equals`` is a variable here, ``equals_their`` that of the other dataset (the same name if not given).

    ``split`` is a variable of the other dataset that holds several values, ``separator`` what stands between them.
    """

    equals: str
    equals_their: str | None = None
    split: str | None = None
    separator: str = ","


class Relationship(Model):
    """A RELREC relationship: records of this dataset to records of another, by equal values within a subject.

    ``orphans`` says what a value of theirs is that none of our records of the subject has.
    """

    to: str
    by: RelatedBy
    orphans: Literal["finding", "allow"] = "finding"


class Dataset(Model):
    """One dataset of the study."""

    dataset: str
    class_: str = Field("", alias="class")
    label: str = ""
    structure: str = ""
    standard: str = ""
    keys: list[str] = []
    rows: dict[str, Rows] = {}
    table: str | None = None
    predecessors: dict[str, list[str]] = {}
    """For each dataset, the variables that are taken from it as they are."""
    variables: dict[str, Variable] = {}
    supplemental: dict[str, Variable] = {}
    relationships: dict[str, Relationship] = {}
    empty: dict[str, str] = {}
    """Variables that are emptied where a condition over variables of the dataset holds."""
    omit: str | None = None
    because: str | None = None
    comment: str | None = None
    parameter_of: str | None = None

    @property
    def is_trial(self) -> bool:
        """Whether this is about the trial, not its subjects: made once, after all of them."""
        return "USUBJID" not in self.variables and self.parameter_of is None

    stands_for: str | None = None
    """The source that this dataset is, unchanged (``specs.inputs``): it is not written."""
    working: str | None = None
    """Why this dataset is made only for others to refer to: it is not written, and needs no labels."""

    @property
    def is_written(self) -> bool:
        """Whether the delivery has this dataset; a parameter stands in its dataset."""
        return self.parameter_of is None and self.stands_for is None and self.working is None

    @property
    def sort_keys(self) -> list[str]:
        """The keys that order records: all but a number that is itself given in the order of the keys."""
        numbered = [k for k, v in self.variables.items() if "keys" in (v.with_ or {}).values()]
        return [k for k in self.keys if k not in numbered]


class SourceSpec(Model):
    """One raw file of the extract, or a dataset of an earlier step (kind sdtm).

    ``ignore``, ``may_lack`` and the keys of ``unused`` may be patterns: ``*_YYYY`` stands for every column that ends
    so. A column that the file ``may_lack`` and the mappings use is empty where it is not there. ``qualifiers`` of
    ``suppae`` (kind sdtm) names the QNAM that are read as variables of AE.
    """

    file: str
    kind: Literal["edc", "vendor", "sdtm"] = "edc"
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: int = 1
    subject: Name | None = None
    record: Name | None = None
    where: Name | None = None
    duplicates: Literal["keep", "drop exact"] = "keep"
    key: list[str] = []
    ignore: list[str] = []
    may_lack: list[str] = []
    rename: dict[str, str] = {}
    unused: dict[str, str] | str = {}
    left: dict[str, str] = {}
    """Conditions of rows that no kind of row takes on purpose, each with its reason."""
    optional: bool = False
    missing: list[str] = []
    qualifiers: list[str] = []


class Subjects(Model):
    """How subjects are recognised across sources, and which numbers belong to one person.

    ``pattern`` recognises a number (after trimming and upper-casing), ``number`` writes its normal form from the
    groups, ``usubjid`` the unique identifier. ``register`` is the source that lists the subjects of the study;
    ``previous`` its column with the person's earlier number.
    """

    register_: str = Field(alias="register")
    pattern: str | None = None
    number: str | None = None
    usubjid: str = "{study}-{number}"
    previous: Name | None = None


class CutRule(Model):
    """The cut of one dataset: rows that start after the cut go; ends after it are removed and set to ongoing.

    ``ongoing`` gives the new value of other variables then (``{cut_date}``: the cut), for all or by old value
    (``AESDTH: {Y: N}``). ``values``: a date, and what is removed with it when it is after the cut. ``alive``: whether
    what goes shows that the person lived at the cut, or the condition under which it does. ``keep`` alone: why nothing
    of the dataset is cut.
    """

    keep: Text | None = None
    start: Name | None = None
    end: Name | None = None
    after_end: Literal["ongoing", "keep"] | None = None
    ongoing: dict[str, Text | dict[Text, Text]] = {}
    values: dict[str, list[str]] = {}
    alive: str | bool = False


class Cut(Model):
    """The data cut: the date, and the rule of each dataset; a dataset without a rule is not cut."""

    date: str
    description: str | None = None
    datasets: dict[str, CutRule] = {}


class Compare(Model):
    """What a compared column is set against: a column of the other side, after our words are put in its words."""

    column: str
    map: dict[str, Text] = {}


class Check(Model):
    """A check of records: each by itself (``forbid``), or of one source or dataset ``against`` another.

    ``forbid``: a record for which the condition holds is a finding. Of the variables in ``may_lack`` one is enough, and
    the others count as missing. ``rows`` may be a class or ``all`` (every SDTM dataset), with ``--`` for the letters of
    each dataset that has the variables.

    ``against``: rows of ours without a match, and values that differ. ``match`` pairs our columns with theirs; rows are
    always of one person. With ``compare`` rows are paired one to one, by all of ``match`` and then by all but the last
    of it, and so on, and both sides must have a partner; without it, every row of ours needs some row of theirs.
    ``against`` may be about no subject (TA, TE, TV): then it holds for everybody.

    Nothing is changed by either. ``optional``: passed over where a dataset or variable that it names is not in the
    study. ``omit``: why a check of a layer is not done.
    """

    rows: str
    where: Name | None = None
    forbid: Name | None = None
    may_lack: list[str] = []
    against: str = ""
    against_where: Name | None = None
    match: dict[str, str] = {}
    compare: dict[str, str | Compare] = {}
    severity: Literal["error", "warning", "note"] = "warning"
    optional: bool = False
    omit: str | None = None

    @property
    def sides(self) -> list[tuple[str, list[str], list[str]]]:
        """Each side: the source or dataset, its conditions, and the columns that the check names beside them."""
        ours = [c for c in (self.where, self.forbid) if c]
        if not self.against:
            return [(self.rows, ours, [])]
        theirs = [c if isinstance(c, str) else c.column for c in self.compare.values()]
        return [
            (self.rows, ours, [*self.match, *self.compare]),
            (self.against, [self.against_where] if self.against_where else [], [*self.match.values(), *theirs]),
        ]


class Study(Model):
    """study.yaml of a pack."""

    study: str
    title: str | None = None
    description: str | None = None
    extends: list[str] = []
    settings: dict[str, Any] = {}
    source_defaults: dict[Literal["edc", "vendor", "sdtm"], dict[str, Any]] = {}
    """What holds for every source of a kind, unless the source says otherwise."""
    sources: dict[str, SourceSpec] = {}
    unused_files: dict[str, str] = {}
    subjects: Subjects | None = None
    cut: Cut | None = None
    checks: dict[str, Check] = {}
    timestamp: str = "1970-01-01T00:00:00"
    range_size: int = Field(500, gt=0)
    terminology: str | None = None


class TermEntry(Model):
    """A term that a study adds to a codelist: what it means, and the code that its owner gave it."""

    decode: Text | None = None
    code: Text | None = None


class CodelistEntry(Model):
    """What codelists.yaml says of a codelist: the forms' words for terms, terms added to it, or a list of one's own."""

    title: str | None = None
    map: dict[str, Text | None] | str | None = None
    extend: dict[str, TermEntry] = {}
    terms: dict[str, TermEntry] = {}


class RowKey(Model):
    """A short key of rows: the variable that it sets, and how.

    ``needed``: a raw row in which the columns of all such keys are empty is no record; ``beside``: the key counts where
    another one is needed. ``absent`` is the value in a row that has a needed key, and says nothing of this one.
    """

    variable: str
    method: Literal["copy", "value", "code", "datetime", "lookup"]
    needed: bool | Literal["beside"] = False
    absent: Text | None = None


class TableRule(Model):
    """A table to which every layer may add rows: of rows with the same ``key`` that of the nearest layer counts.

    ``any_case``: keys are compared in any case. ``columns`` must be there, ``optional`` may.
    """

    key: list[str]
    columns: list[str]
    optional: list[str] = []
    any_case: bool = False


class General(Model):
    """general.yaml: what holds for datasets of a class, of a name, or for ``all``."""

    defaults: dict[str, dict[str, Variable]] = {}
    keys: dict[str, list[str]] = {}
    row_keys: dict[str, dict[str, RowKey]] = {}
    empty: dict[str, dict[str, str]] = {}
    """Variables of a class or dataset that are emptied where a condition over its variables holds."""
    tables: dict[str, TableRule] = {}
    structures: dict[str, dict[str, Any]] = {}


class Accepted(Model):
    """One accepted finding: the rule, what it is limited to, why, and who accepted it."""

    rule: str
    scope: dict[str, Text] = {}
    reason: str
    who: str


class AcceptedFile(Model):
    """accepted.yaml of a pack."""

    accepted: list[Accepted] = []
