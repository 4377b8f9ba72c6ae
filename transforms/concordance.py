"""Whether two assessments of one subject agree, as records of an analysis dataset (``transforms.agreement`` counts)."""

from __future__ import annotations

import numpy as np

from transforms.assessments import members
from transforms.columns import Codes, codes_of, missing, stack, take, take_results, text
from transforms.registry import Edge, Made, Problem, Related, register_records


@register_records(
    "One record per subject of {population}: {agree} where {first} and {second} are equal, else {disagree}; none for a "
    "subject that lacks one of them",
    makes=("AVALC", "FIRSTVAL", "SECNDVAL"),
)
def concordance(
    first: Related, second: Related, population: Related, agree: str = "AGREE", disagree: str = "DISAGREE"
) -> Made:
    """Agreement of two assessments, each one record per subject; FIRSTVAL and SECNDVAL are what they say.

    Problem RELATED_SEVERAL (error) for a subject with several records of either: the first counts. Edges: deciding,
    both records. Source: design basis 4.3 (CONC), 5.4.
    """
    subject = members(population)
    one, other = _place(first, subject), _place(second, subject)
    kept = np.flatnonzero((one >= 0) & (other >= 0))
    one, other, subject = one[kept], other[kept], subject[kept]
    values = stack([text(first.values), text(second.values)])
    codes, beside = codes_of(values), len(first.values) + other
    columns = {
        "AVALC": take_results([disagree, agree], (codes[one] == codes[beside]).astype(np.int64)),
        "FIRSTVAL": take(values, one),
        "SECNDVAL": take(values, beside),
    }
    return Made(columns, subject, _several([first, second], subject), [_edge(first, one), _edge(second, other)])


def _place(related: Related, subject: Codes) -> Codes:
    """The first record of each subject that has a value; -1: none."""
    rows = np.flatnonzero((related.subject >= 0) & ~missing(related.values))[::-1]
    found = np.full(int(max(related.subject.max(initial=0), subject.max(initial=0))) + 1, -1, dtype=np.int64)
    found[related.subject[rows]] = rows
    place: Codes = found[subject]
    return place


def _edge(related: Related, place: Codes) -> Edge:
    of = related.name.rpartition(".")[0]
    return Edge("deciding", of, np.arange(len(place), dtype=np.int64), related.rows[place])


def _several(related: list[Related], subject: Codes) -> list[Problem]:
    problems = []
    for one in related:
        counts = np.bincount(one.subject[one.subject >= 0], minlength=int(subject.max(initial=0)) + 1)
        rows = np.flatnonzero(counts[subject] > 1).astype(np.int64)
        if len(rows):
            told = f"the subject has several records of {one.name}, of which the first is compared; give it a condition"
            problems.append(Problem("RELATED_SEVERAL", "error", rows, told))
    return problems
