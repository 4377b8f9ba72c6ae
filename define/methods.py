"""Method texts for reviewers: the generated sentences, with working variables told in place of their names.

A working variable (``_TRTEDTC``) is in no file, so a text that names it would send a reader nowhere. Design, section 3,
rule 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from define.ways import Way, ways
from specs.resolve import StudyModel
from specs.sentences import sentence_of

WORKING = re.compile(r"\b(?:([A-Z][A-Z0-9]{1,7}(?:\.[A-Z][A-Z0-9]*)?)\.)?_([A-Z][A-Z0-9]*)\b")
DEEPEST = 4
MOST_WAYS = 12
MOST_NAMES = 8
SET_TO = re.compile(r"Set to (.+)\.")
COLLECTED = re.compile(r"([A-Za-z0-9_.]+) as collected\.")


def method_text(model: StudyModel, found: Sequence[Way], keys: Sequence[str] = ()) -> str:
    """How a variable gets its values in some of its ways, in English; kinds of rows that differ are told apart."""
    by_sentence: dict[str, list[str]] = {}
    for way in found:
        by_sentence.setdefault(_sentence(model, way, keys, ()), []).append(way.row)
    if len(by_sentence) == 1:
        return next(iter(by_sentence))
    if len(by_sentence) > MOST_WAYS:
        return _many(list(by_sentence))
    return " ".join(f"For {_names(rows)}: {said}" for said, rows in by_sentence.items())


def _sentence(model: StudyModel, way: Way, keys: Sequence[str], above: tuple[str, ...]) -> str:
    said = way.made or sentence_of(model, way.variable, keys)
    said = _person(model, said)
    told: set[str] = set()

    def in_place(match: re.Match[str]) -> str:
        dataset, name = match[1] or way.dataset, match[2]
        own = match[1] is None
        key = f"{dataset}._{name}"
        if key in told or key in above or len(above) >= DEEPEST:
            return f"that {_words(model, dataset, name)}"
        told.add(key)
        phrase = _phrase(model, dataset, name, way if own else None, (*above, key))
        return f"{_words(model, dataset, name)} ({phrase})" if phrase else _words(model, dataset, name)

    text = WORKING.sub(in_place, said)
    return text[:1].upper() + text[1:] if not WORKING.match(said) else text


def _phrase(model: StudyModel, dataset: str, name: str, way: Way | None, above: tuple[str, ...]) -> str:
    """What a working variable is, without a full stop; for the kind of row at hand, where that is known."""
    if dataset not in model.datasets:
        return ""
    found = ways(model, dataset, f"_{name}")
    if way is not None:
        found = [w for w in found if w.row == way.row and w.dataset == way.dataset] or found
    sentences = list(dict.fromkeys(_sentence(model, w, (), above) for w in found))
    if not sentences:
        return ""
    said = sentences[0] if len(sentences) == 1 else _many(sentences)
    said = said.rstrip(".")
    set_to = SET_TO.fullmatch(said + ".")
    return set_to[1] if set_to else said[:1].lower() + said[1:] if said[1:2].islower() else said


def _many(sentences: list[str]) -> str:
    """Many variants as one sentence: collected columns, or values that are set, are listed; else the first are told."""
    for pattern, form in ((COLLECTED, "{} as collected."), (SET_TO, "Set to {}, by kind of record.")):
        parts = [pattern.fullmatch(s) for s in sentences]
        if all(parts):
            return form.format(_names([p[1] for p in parts if p], " or "))
    shown = "; ".join(s.rstrip(".") for s in sentences[:3])
    return f"By kind of record: {shown}; and {len(sentences) - 3} more alike." if len(sentences) > 3 else f"{shown}."


def _names(names: Sequence[str], last: str = ", ") -> str:
    shown = list(dict.fromkeys(names))
    if len(shown) > MOST_NAMES:
        return f"{', '.join(shown[:MOST_NAMES])} and {len(shown) - MOST_NAMES} more"
    return last.join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _words(model: StudyModel, dataset: str, name: str) -> str:
    spec = model.datasets.get(dataset)
    variable = spec.variables.get(f"_{name}") if spec else None
    return variable.label if variable is not None and variable.label else f"intermediate {name}"


def _person(model: StudyModel, said: str) -> str:
    """The identifiers of a person, which the program makes from the register of subjects."""
    subjects = model.study.subjects
    form = subjects.usubjid if subjects else "{study}-{number}"
    made = f"The unique subject identifier of the person, made as {form}, of the first subject number registered"
    return said.replace("person.USUBJID as collected", made).replace(
        "person.SUBJID as collected", "The subject number in its normal form"
    )
