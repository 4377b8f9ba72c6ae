"""From the model of a study and what a run wrote to a define: one of the tabulations, one of the analysis datasets.

What is intent (origin, method, codelist, keys) comes from the model; what is fact (length, decimals, types, terms in
use, presence of values) is measured from what was written. Define-XML Specification 2.1; design, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from define.codelists import Codelists, Kind, external
from define.draft import CRF, Draft, display_format
from define.methods import method_text, variants
from define.model import (
    Define,
    DocumentRef,
    ItemDef,
    ItemGroupDef,
    ItemRef,
    Leaf,
    MetaDataVersion,
    Origin,
    ResultDisplay,
)
from define.results import Selection, result_displays
from define.standards import standards
from define.value_level import ANALYSIS, SHARED_METHOD, add_value_lists
from define.ways import Way, Ways, lists_of
from define.written import RESULT_NUMBER, Measured, WrittenDataset, WrittenVariable, measure, used
from specs.dependencies import needs, records_from
from specs.model import Variable
from specs.resolve import StudyModel
from specs.uses import Derivation, cases
from transforms.columns import distinct_rows

CLASSES = {
    "ADSL": "SUBJECT LEVEL ANALYSIS DATASET",
    "BDS": "BASIC DATA STRUCTURE",
    "OCCDS": "OCCURRENCE DATA STRUCTURE",
    "SPECIAL-PURPOSE": "SPECIAL PURPOSE",
}
GENERAL_CLASSES = (
    "EVENTS", "FINDINGS", "FINDINGS ABOUT", "INTERVENTIONS", "RELATIONSHIP", "SPECIAL PURPOSE", "STUDY REFERENCE",
    "TRIAL DESIGN", "DEVICE LEVEL ANALYSIS DATASET", "REFERENCE DATA STRUCTURE",
)  # fmt: skip
SUPP_KEYS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")
RELREC_KEYS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELID")
MADE_WITH = "Set with the record, as described at value level of {variable} for each parameter."
SUBJECT = ("STUDYID", "USUBJID")
PARAMETER, PARAMETER_NAME = "PARAMCD", "PARAM"
RESULT = "Result Qualifier"
ORDER_OF_PLACES = "code_number"
"""The transform that gives a text its place in an order."""


@dataclass(frozen=True)
class Documents:
    """The files beside a define: the annotated CRF, and others (reviewer's guides), as leaf ID, file and title."""

    annotated_crf: Leaf | None = None
    others: tuple[Leaf, ...] = ()
    pages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """For each raw field (source, column), its page in the annotated CRF."""


def build(
    model: StudyModel,
    written: Sequence[WrittenDataset],
    *,
    analysis: bool,
    documents: Documents = Documents(),
    selections: Sequence[Selection] = (),
) -> Define:
    """The define of the tabulations, or of the analysis datasets, of a run.

    ``written`` holds the datasets of that standard in the order of the define; ``selections`` the analyses.
    """
    named = standards(model, analysis=analysis)
    pages = documents.pages if documents.annotated_crf else {}
    draft = Draft(Ways(model), named, Codelists(model, named), pages)
    groups = [_group(draft, d, analysis=analysis) for d in written]
    displays = result_displays(draft, selections) if analysis else ()
    study = model.study
    kind = "ADaM" if analysis else "SDTM"
    return Define(
        file_oid=f"{study.study}.{kind}.define",
        creation=study.timestamp,
        study_oid=f"{study.study}",
        study_name=study.study,
        study_description=study.title or study.description or study.study,
        protocol_name=study.study,
        metadata=_metadata(draft, groups, displays, documents, f"MDV.{study.study}.{kind}", kind),
    )


def _metadata(
    draft: Draft,
    groups: Sequence[ItemGroupDef],
    displays: Sequence[ResultDisplay],
    documents: Documents,
    oid: str,
    kind: str,
) -> MetaDataVersion:
    study = draft.model.study
    code_lists = tuple(draft.codelists.all())
    crf = documents.annotated_crf
    return MetaDataVersion(
        oid=oid,
        name=f"Study {study.study}, {kind} data definitions",
        description=f"Data definitions of the {kind} datasets of study {study.study}",
        standards=tuple(draft.standards.all()),
        item_groups=tuple(groups),
        items=tuple(draft.items.values()),
        value_lists=tuple(draft.value_lists.values()),
        where_clauses=tuple(draft.where_clauses.values()),
        code_lists=code_lists,
        methods=tuple(draft.methods.values()),
        comments=tuple(draft.comments.values()),
        leaves=(*([replace(crf, id=CRF)] if crf else []), *documents.others),
        annotated_crf=(DocumentRef(CRF),) if crf else (),
        supplemental_docs=tuple(DocumentRef(leaf.id) for leaf in documents.others),
        result_displays=tuple(displays),
    )


def _group(draft: Draft, written: WrittenDataset, *, analysis: bool) -> ItemGroupDef:
    spec, name = written.spec, written.name
    keys = _keys(written)
    lists = add_value_lists(draft, written)
    refs = []
    for number, facts in enumerate(written.variables, start=1):
        refs.append(_variable(draft, written, facts, number, keys, lists.get(facts.name)))
    trial = "USUBJID" not in spec.variables
    comment = spec.comment or (_made_of(draft.model, name) if analysis else None)
    if not written.records:
        comment = " ".join(filter(None, [comment, "No records at this cut of the data; the dataset is not submitted."]))
    class_name, sub_class = _classes(draft.model, written, analysis=analysis)
    known = analysis or _is_standard(draft.model, name)
    leaf = Leaf(f"LF.{name}", written.file, written.file) if written.records else None
    return ItemGroupDef(
        oid=f"IG.{name}",
        name=name,
        label=spec.label,
        structure=spec.structure or f"One record per {', '.join(k for k in keys if k != 'STUDYID')}",
        class_name=class_name,
        purpose="Analysis" if analysis else "Tabulation",
        repeating=not trial and tuple(keys) != SUBJECT and keys != ["USUBJID"],
        is_reference_data=trial,
        item_refs=tuple(refs),
        domain=None if analysis else name.removeprefix("SUPP"),
        sub_class=sub_class,
        standard_oid=draft.standards.guide if known else None,
        is_non_standard=not known,
        has_no_data=not written.records,
        leaf=leaf,
        comment_oid=draft.comment(f"COM.{name}", comment),
    )


def _made_of(model: StudyModel, name: str) -> str:
    """What the records of an analysis dataset come from, and what else it takes values from."""
    of = records_from(model, name)
    also = [d for d in needs(model, name) if d not in of and model.datasets[d].is_written]
    told = f"Records are made from {', '.join(of)}." if of else ""
    return " ".join(filter(None, [told, f"Values are also taken from {', '.join(also)}." if also else ""]))


def _keys(written: WrittenDataset) -> list[str]:
    """The keys that the file has; where they do not tell records apart, the sequence number completes them."""
    general = SUPP_KEYS if "QNAM" in written.names else RELREC_KEYS if "RELID" in written.names else written.spec.keys
    keys = [k for k in general if k in written.names]
    number = next((n for n in (f"{written.name[:2]}SEQ", "ASEQ") if n in written.names and n not in keys), None)
    if number is None or not keys or not written.records:
        return keys
    first, _ = distinct_rows([written.column(k) for k in keys])
    return keys if len(first) == written.records else [*keys, number]


def _is_standard(model: StudyModel, name: str) -> bool:
    general = "SUPPQUAL" if name.startswith("SUPP") else name
    return any(layer.is_standard and general in layer.datasets for layer in model.layers)


def _classes(model: StudyModel, written: WrittenDataset, *, analysis: bool) -> tuple[str, str | None]:
    """The class and subclass of a dataset (Define-XML terminology C103329, C165635)."""
    spec = written.spec
    upper = spec.class_.upper()
    found = CLASSES.get(upper, upper if upper in GENERAL_CLASSES else "ADAM OTHER" if analysis else "SPECIAL PURPOSE")
    if not analysis:
        return found, None
    rows = [r for d in model.datasets.values() if spec.dataset in (d.dataset, d.parameter_of) for r in d.rows.values()]
    if any(r.time_to_event for r in rows):
        return found, "TIME-TO-EVENT"
    return found, "ADVERSE EVENT" if upper == "OCCDS" and "AEDECOD" in written.names else None


def _variable(
    draft: Draft,
    written: WrittenDataset,
    facts: WrittenVariable,
    number: int,
    keys: Sequence[str],
    value_list: str | None,
) -> ItemRef:
    """Add the item of a variable; gives the reference of its dataset."""
    dataset, name = written.name, facts.name
    spec = written.spec.variables.get(name) or Variable()
    found = _ways(draft, written, name)
    measured = _measured(written, facts, spec)
    origins = _origins(draft, written, name, found)
    method = None
    if any(o.type == "Derived" for o in origins):
        text = _method(draft, written, found, value_list)
        method = draft.method(f"MT.{dataset}.{name}", f"Algorithm to derive {dataset}.{name}", text)
    oid = f"IT.{dataset}.{name}"
    draft.items[oid] = ItemDef(
        oid,
        name,
        measured.data_type,
        facts.label,
        measured.length if measured.data_type in ("text", "integer", "float") else None,
        measured.significant_digits,
        display_format(facts, measured),
        sas_field_name=name,
        code_list=_codelist(draft, written, facts, spec, found, measured, value_list),
        origins=origins,
        value_list=value_list,
        comment_oid=draft.comment(f"COM.{dataset}.{name}", spec.comment),
    )
    return ItemRef(
        oid,
        number,
        mandatory=spec.core == "Req" and not facts.nulls,
        key_sequence=keys.index(name) + 1 if name in keys else None,
        method_oid=method,
        role=None if written.spec.standard == "adam" else spec.role,
        has_no_data=facts.empty,
    )


def _method(draft: Draft, written: WrittenDataset, found: Sequence[Way], value_list: str | None) -> str:
    """The method of a variable; what differs by value, and what makes a whole record, is told at value level."""
    keys = written.spec.keys
    if value_list is not None and variants(draft.ways, found, keys) > 1:
        return SHARED_METHOD
    described = next((v for v in ANALYSIS if f"VL.{written.name}.{v}" in draft.value_lists), None)
    if value_list is None and described:
        made = MADE_WITH.format(variable=described)
        found = [replace(w, made=made) if w.made else w for w in found]
    return method_text(draft.ways, found, keys)


def _ways(draft: Draft, written: WrittenDataset, name: str) -> list[Way]:
    """The ways of a variable in the kinds of rows that made records."""
    dataset = written.name
    if dataset not in draft.model.datasets:
        parent = dataset.removeprefix("SUPP")
        shared = name in SUBJECT and parent in draft.model.datasets
        return draft.ways.giving(parent, name) if shared else []
    found = draft.ways.giving(dataset, name)
    sources = written.sources()
    live = [w for w in found if sources is None or not w.source.startswith("source:") or w.source in sources]
    return live or found


def _origins(draft: Draft, written: WrittenDataset, name: str, found: Sequence[Way]) -> tuple[Origin, ...]:
    if name == "QVAL":
        return ()
    if not found:
        return (Origin("Assigned", "Sponsor"),)
    subjects = "ADSL"
    of_subject = written.spec.standard == "adam" and name in SUBJECT and written.name != subjects
    if of_subject and subjects in draft.model.datasets:
        return (Origin("Predecessor", None, f"{subjects}.{name}"),)
    return draft.origins(found)


def _measured(written: WrittenDataset, facts: WrittenVariable, spec: Variable) -> Measured:
    iso = facts.type == "Char" and bool(spec.format and spec.format.startswith("ISO 8601"))
    if iso:
        return measure(used(written.column(facts.name)), numeric=False, iso=True)
    if facts.type == "Char":
        return Measured("text", facts.length)
    if facts.empty or facts.digits is None:
        return Measured("integer", 1)
    if not facts.decimals:
        return Measured("integer", facts.digits)
    return measure(used(written.column(facts.name)), numeric=True)


def _codelist(
    draft: Draft,
    written: WrittenDataset,
    facts: WrittenVariable,
    spec: Variable,
    found: Sequence[Way],
    measured: Measured,
    value_list: str | None,
) -> str | None:
    """The list of a variable; what value-level metadata describes has its lists there."""
    dataset, name = written.name, facts.name
    kind: Kind = measured.data_type if measured.data_type in ("integer", "float") else "text"
    if value_list is not None:
        return None
    orders = [o for w in found for c in cases(w.variable) if (o := _order(c.method))]
    if orders and facts.type == "Num" and not spec.codelist:
        return draft.codelists.ordered(dataset, name, facts.label, orders[0])
    told = spec if spec.codelist or spec.values or external(spec) else _told(found)
    if (told is None or not (told.codelist or told.values)) and name == PARAMETER and PARAMETER_NAME in written.names:
        return draft.codelists.decoded(dataset, name, facts.label, _meanings(written))
    if told is None:
        return None
    values = [] if external(told) else used(written.column(name))
    if told.role == RESULT and any(RESULT_NUMBER.fullmatch(v) for v in values):
        return None  # results that are numbers are no terms
    return draft.codelists.of_variable(dataset, name, told, kind, values)


def _meanings(written: WrittenDataset) -> dict[str, str]:
    """The parameters of an analysis dataset in use, with their names."""
    columns = [written.column(c) for c in (PARAMETER, PARAMETER_NAME)]
    first, _ = distinct_rows(columns)
    codes, names = (c.astype("str").iloc[first].tolist() for c in columns)
    return dict(sorted(zip(codes, names, strict=True)))


def _told(found: Sequence[Way]) -> Variable | None:
    """What the kinds of rows say of the codelist, where all of them say the same."""
    said = {str(lists_of(w) or external(w.variable)): w for w in found}
    if len(said) != 1:
        return None
    way = next(iter(said.values()))
    return way.variable.model_copy(update={"codelist": lists_of(way) or None})


def _order(method: object) -> list[str] | None:
    if isinstance(method, Derivation) and method.function == ORDER_OF_PLACES:
        order = method.given.get("order")
        return [str(o) for o in order] if isinstance(order, list) else None
    return None
