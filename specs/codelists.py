"""The codelists of a study: those of its standards and terminology, with the terms and words that codelists.yaml adds.

::

    LOC:    {extend: {VERTEX: {decode: Vertex}}}          # terms added to a published, extensible list
    ARM:    {title: Planned arm, terms: {A: {decode: Arm A}}}     # a list of the sponsor
    ACN:    {map: {Infusion stopped: DRUG WITHDRAWN}}     # the forms' own words for terms, or a table with from and to
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

import pandas as pd

from specs.model import CodelistEntry, TermEntry
from specs.nodes import Spot
from specs.problems import Place, SpecProblem, nearest
from specs.terminology import Codelist, TerminologyError, extend, load_codelists
from specs.validation import validate
from transforms.columns import plain

if TYPE_CHECKING:
    from specs.resolve import StudyModel

MAP_COLUMNS = ("from", "to")


def study_codelists(model: StudyModel) -> tuple[Mapping[str, Codelist], list[SpecProblem]]:
    """All codelists, each read when it is asked for, and what is wrong in codelists.yaml of the pack and its layers."""
    problems: list[SpecProblem] = []
    found: ChainMap[str, Codelist] = ChainMap({}, *_published(model, problems))
    for layer in reversed(model.layers):
        for name, node in layer.codelists.mapping.items():
            entry = validate(CodelistEntry, node, f"codelist {name}", problems) or CodelistEntry()
            spot = Spot(layer.codelists, (name,), f"codelist {name}")
            problems += _extend(found, name, entry, spot, layer is model.layers[0])
            if isinstance(entry.map, str):
                problems += table_problems(model, entry.map, spot.down("map"))
            elif entry.map and name in found:
                problems += map_problems(found, entry.map, [name], spot.down("map"))
    return found, problems


def study_words(model: StudyModel, codelist: str) -> dict[str, str]:
    """The study's own words for the terms of a codelist (``map`` in codelists.yaml), nearer layers before farther."""
    found: dict[str, str] = {}
    for layer in reversed(model.layers):
        entry = layer.codelists.get(codelist)
        given = entry.get("map") if entry else None
        if given is not None and isinstance(given.value, str):
            found.update(map_pairs(model.table(given.value)))
        elif given is not None:
            found.update({k: "" if v.value is None else str(v.value) for k, v in given.mapping.items()})
    return found


def map_pairs(table: pd.DataFrame) -> dict[str, str]:
    """A table with the columns ``from`` and ``to`` as words and terms; an empty term means that a word says nothing."""
    words, terms = (plain(table[c]) for c in MAP_COLUMNS)
    return {word: term or "" for word, term in zip(words, terms, strict=True) if word}


def map_problems(
    codelists: Mapping[str, Codelist], words: Mapping[str, str | None], lists: list[str], spot: Spot
) -> Iterator[SpecProblem]:
    """The words that are mapped to what is no term of lists that may not be extended."""
    known = [codelists[n] for n in lists if n in codelists]
    if not known or any(c.extensible for c in known):
        return
    terms = [t.value for c in known for t in c.terms]
    for word, term in words.items():
        if term and term not in terms:
            told = f"'{term}' is not a term of {', '.join(lists)}, which is not extensible{nearest(term, terms)}"
            yield spot.down(word).at_value(told)


def _published(model: StudyModel, problems: list[SpecProblem]) -> list[dict[str, Codelist]]:
    """The lists of the study's own terminology file, then those of the layers, nearest first."""
    spot = Spot(model.head, ("terminology",), "study.yaml")
    paths = [p for layer in model.layers if (p := layer.folder / "codelists.csv").is_file()]
    if model.study.terminology:
        try:
            paths.insert(0, model.find(model.study.terminology))
        except FileNotFoundError:
            problems.append(spot.at_value(f"no file '{model.study.terminology}' in the pack or its layers"))
    found = []
    for path in paths:
        try:
            found.append(cast(dict[str, Codelist], load_codelists(path)))
        except TerminologyError as error:
            place = Place(f"{path.parent.name}/{path.name}", error.line or 1)
            problems.append(SpecProblem(place, "terminology", f"{error.message}; {error.remedy}"))
    return found


def _extend(
    found: ChainMap[str, Codelist], name: str, entry: CodelistEntry, spot: Spot, own: bool
) -> Iterator[SpecProblem]:
    """Add terms to a list, or a list of the sponsor; of layers only what concerns a list that the study has is told."""
    if name not in found and not entry.terms:
        if own:
            hint = nearest(name, found)
            yield spot.at_key(f"no codelist '{name}'{hint}; a list of your own needs `terms:`".replace("?;", "?"))
        if not entry.extend:
            return
    if entry.terms and name in found and not entry.extend:
        yield spot.down("terms").at_key(f"{name} is there already; add to it with `extend:`")
    base = found.get(name) or Codelist(name, "", entry.title or name, True, ())
    for section, terms in (("terms", entry.terms), ("extend", entry.extend)):
        for value, term in terms.items():
            try:
                base = extend(base, {value: _said(term)})
            except TerminologyError as error:
                yield spot.down(section, value).at_key(f"{error.message}; {error.remedy}")
    found[name] = base


def _said(term: TermEntry) -> dict[str, str]:
    return {k: v for k, v in (("decode", term.decode), ("code", term.code)) if v}


def table_problems(model: StudyModel, name: str, spot: Spot) -> Iterator[SpecProblem]:
    """What is wrong with a table of words: it is not there, or has not the columns ``from`` and ``to``."""
    fault = model.table_fault(name)
    if fault is not None:
        yield spot.at_value(fault)
        return
    absent = [c for c in MAP_COLUMNS if c not in model.table(name)]
    if absent:
        yield spot.at_value(
            f"{name} has no column {' and '.join(absent)}; a table of words has the columns from and to"
        )
