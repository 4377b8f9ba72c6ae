"""Response of multiple myeloma computed from source results by the criteria of IMWG 2016, and of plasma cell leukemia.

Source: Kumar et al., Lancet Oncol 2016;17:e328-46; Fernandez de Larrea et al., Leukemia 2013;27:780-91; design basis 5.
The computed result never replaces the investigator's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from transforms.columns import Codes, Column, Mask, take_results, text
from transforms.exact import Exact, fraction
from transforms.imwg_anchors import Panel, People, Reading, anchors_of, baseline, readings
from transforms.imwg_case import Case, Measure, Options, joined_names
from transforms.imwg_components import (
    COMPONENTS,
    Evidence,
    Sources,
    days_of,
    read,
    together,
    unreadable_problems,
)
from transforms.imwg_lesions import Beside, with_lesions
from transforms.imwg_leukemia import limit_by_leukemia, only_maintained
from transforms.imwg_levels import CR, NE, PD, RULES, SCR, Ruling, response
from transforms.imwg_progression import BASES, Sign, signs_of_leukemia, signs_of_progression
from transforms.registry import Edge, Made, Related, Table, register_records
from transforms.subject_days import distinct

Role = Literal["deciding", "member", "lookup"]
Criteria = Literal["consensus 2013", "european", "imwg 2016"]
_SHOWN = ("SPEP", "UPEP", "KAPPA", "LAMBDA", "MARROW", "SPD", "PB", "PBCOUNT")
_WORDS = {
    "SIFE": ("NEGATIVE", "POSITIVE"),
    "UIFE": ("NEGATIVE", "POSITIVE"),
    "CLONAL": ("ABSENT", "PRESENT"),
    "NEWLES": ("N", "Y"),
    "LDINC": ("N", "Y"),
}
_INPUTS = (*_SHOWN, "DFLC", *_WORDS)
_SOURCE = ("SRCDOM", "SRCVAR", "SRCSEQ")


@register_records(
    "Response by IMWG 2016 at each investigator's visit[ ({visit})] and each laboratory date with none within "
    "{anchor_window} days, from {result} of {test}[, {specimen}][, {method}][, lesion {lesion}] on {date}, which are "
    "components by {components}; baseline is the last on or before the first of {reference}; serum measurable from "
    "{measurable_serum} g/L; nadir {nadir_mode}; normal ratio {ratio_low} to {ratio_high}; plasmacytoma reduced by "
    "{plasmacytoma_vgpr} percent for VGPR; marrow of a complete response at most {marrow_days} days before the first "
    "negative immunofixations[; immunofixation positive for IgG kappa with documented interference "
    "counts as negative: {ife_interference}][; where {disease} is {leukemia}, plasma cell leukemia by "
    "{leukemia_criteria}, response maintained for {pcl_maintain_weeks} weeks, marrow risen by more than 25 percent "
    "is progression: {pcl_relative_marrow}].[ SRCSEQ is {sequence} of the result that decided.]",
    makes=("ADT", "ANCHORDT", "AVALC", "DECRULE", "MISSITEM", "PDBASIS", "MEASURE", "CRITSET", *_SOURCE, *_INPUTS),
)
def imwg_2016_response(
    test: list[Related],
    date: list[Related],
    result: list[Related],
    components: Table,
    reference: list[Related],
    visit: Related | None = None,
    specimen: list[Related] | None = None,
    method: list[Related] | None = None,
    lesion: list[Related] | None = None,
    disease: Related | None = None,
    leukemia: str = "PCL",
    leukemia_criteria: Criteria = "consensus 2013",
    measurable_serum: float = 10,
    nadir_mode: Literal["lowest", "confirmed"] = "lowest",
    plasmacytoma_vgpr: int = 50,
    ife_interference: bool = False,
    ratio_low: float = 0.26,
    ratio_high: float = 1.65,
    pcl_maintain_weeks: int = 0,
    pcl_relative_marrow: bool = False,
    anchor_window: int = 7,
    marrow_days: int = 28,
    sequence: list[Related] | None = None,
) -> Made:
    """One record per assessment after baseline: level, deciding rule, missing items, basis of progression, and inputs.

    ``test``, ``date`` and ``result`` (and where there are any ``specimen``, ``method``, ``lesion``) name the columns of
    each dataset that holds results, in one order, such as ``[LB.LBTESTCD, TR.TRTESTCD]``; ``components`` says which
    test is which component: columns component, test, specimen, method (blank: any), factor. Results are standard texts
    in g/L (SPEP), mg/day (UPEP), mg/L (KAPPA, LAMBDA), percent (MARROW, PB), 10^6/L (PBCOUNT), mm2 (SPD). ``reference``
    are one date per subject (lymphodepletion, else apheresis), ``leukemia`` the value of ``disease`` for which the
    criteria of plasma cell leukemia apply. Dates are ISO 8601 or days since 1960-01-01.

    ADT is the day of the last component used, for PD of the first that shows it; deciding edges are the results that
    set the level, member edges the others used, lookup edges their baseline. SRCDOM, SRCVAR and SRCSEQ name the first
    of the results that set the level, else of those used. Problem RESULT_UNREADABLE (warning).
    Raises ValueError for lists that do not fit together, and for a faulty table. Source: design basis 5.1 to 5.5.
    """
    options = Options(
        fraction(measurable_serum), fraction(ratio_low), fraction(ratio_high), Fraction(plasmacytoma_vgpr),
        nadir_mode == "confirmed", ife_interference, leukemia_criteria == "european", 7 * pcl_maintain_weeks,
        marrow_days, pcl_relative_marrow,
    )  # fmt: skip
    people, evidence = _read(test, date, result, components, reference, specimen, method, lesion, sequence)
    results, beside = with_lesions(evidence, people)
    base = baseline(people, results)
    anchors = anchors_of(people, _dates(visit), results, anchor_window)
    ill = _has_leukemia(people, disease, leukemia) & (leukemia_criteria != "imwg 2016")
    case = Case(
        anchors,
        _without_interference(readings(people, anchors, results, anchor_window), options),
        {name: reading.at(anchors.person) for name, reading in base.items()},
        Measure.of(base, options).at(anchors.person),
        ill[anchors.person],
        options,
    )
    return _made(_decided(case), evidence, beside, leukemia_criteria)


@register_records(
    "Measurable disease by IMWG 2016 and the components at baseline, the last on or before the first of {reference}: "
    "{result} of {test}[, {specimen}][, {method}][, lesion {lesion}] on {date}, which are components by {components}; "
    "serum measurable from {measurable_serum} g/L.",
    makes=("ADT", "AVALC", *_INPUTS),
)
def imwg_2016_baseline(
    test: list[Related],
    date: list[Related],
    result: list[Related],
    components: Table,
    reference: list[Related],
    specimen: list[Related] | None = None,
    method: list[Related] | None = None,
    lesion: list[Related] | None = None,
    measurable_serum: float = 10,
) -> Made:
    """One record per subject with a reference date: what can be measured (``SERUM, URINE``, ``NONE``) and from what.

    ADT is the reference date; parameters and units as in ``imwg_2016_response``. Source: design basis 5.2.
    """
    people, evidence = _read(test, date, result, components, reference, specimen, method, lesion)
    results, beside = with_lesions(evidence, people)
    base = baseline(people, results)
    options = Options(
        fraction(measurable_serum), Fraction(0), Fraction(0), Fraction(0), False, False, False, 0, 0, False
    )
    measure = Measure.of(base, options)
    columns = {"ADT": _days(people.reference), "AVALC": measure.names(), **_inputs(base, measure)}
    edges = _edges(
        "member", evidence.sources, beside, [(np.arange(len(people.subject)), r.source) for r in base.values()]
    )
    return Made(columns, people.subject, unreadable_problems(evidence, people.subject), edges)


@dataclass(frozen=True)
class _Decision:
    """The case, its ruling, and the signs of progression."""

    case: Case
    ruling: Ruling
    signs: list[Sign]


def _decided(case: Case) -> _Decision:
    """Step 1 overrides the rest; relapse from complete response looks at the levels before."""
    signs = signs_of_progression(case)
    ruling = limit_by_leukemia(case, response(case))
    shown = np.logical_or.reduce([s.shown for s in signs])
    signs += signs_of_leukemia(case, (ruling.level <= CR) & ~shown)
    progressed = np.logical_or.reduce([s.shown for s in signs])
    ruling = ruling.decide(progressed, PD, "PROGRESSION").without_items(progressed)
    return _Decision(case, only_maintained(case, ruling), signs)


def _read(
    test: list[Related],
    date: list[Related],
    result: list[Related],
    components: Table,
    reference: list[Related],
    specimen: list[Related] | None,
    method: list[Related] | None,
    lesion: list[Related] | None,
    sequence: list[Related] | None = None,
) -> tuple[People, Evidence]:
    people = People.of([_dates(r) for r in reference])
    return people, read(together(test, date, result, specimen, method, lesion, sequence), components)


def _dates(related: Related | None) -> tuple[Codes, Codes]:
    if related is None:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return related.subject, days_of(related.values)


def _has_leukemia(people: People, disease: Related | None, value: str) -> Mask:
    found = np.zeros(len(people.subject), dtype=np.bool_)
    if disease is not None:
        place = people.place(disease.subject[(text(disease.values) == value).to_numpy(dtype=np.bool_)])
        found[place[place >= 0]] = True
    return found


def _without_interference(now: Panel, options: Options) -> Panel:
    """Immunofixation positive for IgG kappa counts as negative where interference of an antibody is documented."""
    if not options.ife_interference:
        return now
    documented = now["INTERF"].value.above(0)
    changed = dict(now)
    for name, isotype in (("SIFE", "SISO"), ("UIFE", "UISO")):
        value = now[name].value
        apparent = documented & now[isotype].value.at_most(0) & value.known
        changed[name] = replace(now[name], value=Exact(np.where(apparent, 0, value.units), value.known))
    return changed


def _made(decision: _Decision, evidence: Evidence, beside: Beside, criteria: str) -> Made:
    case, ruling = decision.case, decision.ruling
    used, deciding = _used(decision), _deciding(decision)
    shown = {b: np.logical_or.reduce([s.shown for s in decision.signs if s.basis == b]) for b in BASES}
    columns = {
        "ADT": _days(_assessment_day(decision, used)),
        "ANCHORDT": _days(case.anchors.day),
        "AVALC": ruling.levels(),
        "DECRULE": ruling.rules(),
        "MISSITEM": ruling.items(),
        "PDBASIS": joined_names(list(shown.items())),
        "MEASURE": case.measure.names(),
        "CRITSET": take_results(["IMWG 2016", f"PCL {criteria.upper()}"], case.leukemia.astype(np.int64)),
        **evidence.sources.named(_first_source(case, [deciding, used])),
        **_inputs(case.now, case.measure),
    }
    rows = np.arange(len(case.anchors.day))
    edges: list[Edge] = []
    roles: list[tuple[Role, Panel, dict[str, Mask]]] = [
        ("deciding", case.now, deciding),
        ("member", case.now, {n: used[n] & ~deciding[n] for n in used}),
        ("lookup", case.base, {n: used[n] | deciding[n] for n in used}),
    ]
    for role, panel, masks in roles:
        pairs = [(rows[mask], panel[name].source[mask]) for name, mask in masks.items()]
        edges += _edges(role, evidence.sources, beside, pairs)
    return Made(columns, case.anchors.subject, unreadable_problems(evidence, case.anchors.subject), edges)


def _used(decision: _Decision) -> dict[str, Mask]:
    """The components that each assessment rests on: those measured, and for better levels those of their lists."""
    case, level = decision.case, decision.ruling.level
    measure = case.measure
    no = np.zeros(len(level), dtype=np.bool_)
    complete, stringent = level <= CR, level == SCR
    asked = {
        "SPEP": measure.serum,
        "UPEP": measure.serum | measure.urine,
        "KAPPA": measure.chains | stringent,
        "LAMBDA": measure.chains | stringent,
        "MARROW": measure.marrow | case.leukemia | complete,
        "SPD": case.plasmacytoma,
        "PB": case.leukemia,
        "SIFE": complete,
        "UIFE": complete,
        "CLONAL": stringent,
    }
    asked = {name: np.where(level == NE, True, asked.get(name, no)) for name in COMPONENTS}
    shown: dict[str, Mask] = dict.fromkeys(COMPONENTS, no)
    for sign in decision.signs:
        shown |= {name: shown[name] | sign.shown for name in sign.components}
    return {n: np.where(level == PD, shown[n], asked[n]) & case.value(n).known for n in COMPONENTS}


def _deciding(decision: _Decision) -> dict[str, Mask]:
    """The components whose values set the level."""
    ruling, none = decision.ruling, np.zeros(len(decision.ruling.level), dtype=np.bool_)
    found: dict[str, Mask] = dict.fromkeys(COMPONENTS, none)
    for rule, names in RULES.items():
        found |= {name: found[name] | ruling.rule_is(rule) for name in names}
    for sign in decision.signs:
        found |= {name: found[name] | sign.shown for name in sign.components}
    return {name: mask & decision.case.value(name).known for name, mask in found.items()}


def _first_source(case: Case, chosen: list[dict[str, Mask]]) -> Codes:
    """The place of the record that each assessment names: of the first component chosen, in order; -1: none."""
    place = np.full(len(case.anchors.day), -1, dtype=np.int64)
    for masks in chosen:
        for name, mask in masks.items():
            place = np.where((place < 0) & mask, case.now[name].source, place)
    return place


def _assessment_day(decision: _Decision, used: dict[str, Mask]) -> Codes:
    """The day of the last component used, for PD of the first sign; else of the last new result, else of the visit.

    Only results that are new at the assessment count, so that no two assessments have one date.
    """
    case, never = decision.case, 1 << 40
    last = np.full(len(case.anchors.day), -1 << 40, dtype=np.int64)
    any_last = last.copy()
    for name, reading in case.now.items():
        last = np.where(used[name] & reading.fresh, np.maximum(last, reading.day), last)
        any_last = np.where(reading.fresh, np.maximum(any_last, reading.day), any_last)
    first = np.full(len(last), never, dtype=np.int64)
    for sign in decision.signs:
        day = _sign_day(case, sign)
        first = np.where(sign.shown, np.minimum(first, day), first)
    day = np.where(last > -never, last, np.where(any_last > -never, any_last, case.anchors.day))
    return np.where((decision.ruling.level == PD) & (first < never), first, day).astype(np.int64)


def _sign_day(case: Case, sign: Sign) -> Codes:
    """The day on which the last component of a sign was known; far in the future where none is new."""
    day = np.full(len(sign.shown), -1 << 40, dtype=np.int64)
    for name in sign.components:
        reading: Reading = case.now[name]
        day = np.where(reading.fresh, np.maximum(day, reading.day), day)
    return np.where(day > -1 << 40, day, 1 << 40).astype(np.int64)


def _days(days: Codes) -> Column:
    return pd.Series(days.astype(np.float64))


def _inputs(panel: Panel, measure: Measure) -> dict[str, Column]:
    """The components as columns: numbers, and findings in words."""
    amounts = {name: panel[name].value.numbers() for name in _SHOWN}
    amounts["DFLC"] = measure.difference(panel).numbers()
    words = {}
    for name, terms in _WORDS.items():
        value = panel[name].value
        words[name] = take_results(terms, np.where(value.known, value.above(0).astype(np.int64), -1))
    return amounts | words


def _edges(
    role: Role,
    sources: Sources,
    beside: Beside,
    pairs: list[tuple[Codes, Codes]],
) -> list[Edge]:
    """Edges from pairs of made records and places among all records, apart by dataset, each once."""
    rows = np.concatenate([r for r, _ in pairs])
    places = np.concatenate([p for _, p in pairs])
    rows, places = beside.expand(rows[places >= 0], places[places >= 0])
    edges = []
    for name in dict.fromkeys(sources.names):
        numbers = [number for number, other in enumerate(sources.names) if other == name]
        mine = np.isin(sources.number[places], numbers)
        of_rows = sources.rows[places[mine]]
        width = int(of_rows.max(initial=0)) + 1
        pair = distinct(rows[mine] * width + of_rows)
        edges.append(Edge(role, name, pair // width, pair % width))
    return [edge for edge in edges if len(edge.rows)]
