"""Method texts for reviewers: the generated sentences, with working variables told in place of their names.

A working variable (``_TRTEDTC``) is in no file, so a text that names it would send a reader nowhere. Design, section 3,
rule 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from define.ways import Way, Ways
from specs.made import record_rule, told_of_record
from specs.phrases import inside
from specs.sentences import named, sentence_of
from transforms.library import REGISTRY

WORKING = re.compile(r"\b(?:([A-Z][A-Z0-9]{1,7}(?:\.[A-Z][A-Z0-9]*)?)\.)?_([A-Z][A-Z0-9]*)\b")
PARAMETER = re.compile(r"\b([A-Z][A-Z0-9]{1,7}(?:\.[A-Z][A-Z0-9]*)?)\.([A-Z][A-Z0-9]*)\b")
INTERMEDIATE = "intermediate"
DEEPEST = 4
MOST_WAYS = 12
MOST_NAMES = 8
SET_TO = re.compile(r"Set to (.+)\.")
TAKEN = re.compile(r"\b((?!_)[A-Z][A-Z0-9_]*) as collected")
"""What is taken from another dataset was not collected here."""
COLLECTED = re.compile(r"([A-Za-z0-9_.]+) as collected\.")


def method_text(known: Ways, found: Sequence[Way], keys: Sequence[str] = ()) -> str:
    """How a variable gets its values in some of its ways, in English; kinds of rows that differ are told apart."""
    by_sentence: dict[str, list[str]] = {}
    for way in found:
        by_sentence.setdefault(_sentence(known, _pruned(known, way), keys, ()), []).append(way.row)
    if len(by_sentence) == 1:
        return next(iter(by_sentence))
    if len(by_sentence) > MOST_WAYS:
        return _many(list(by_sentence))
    return " ".join(f"For {_names(rows)}: {said}" for said, rows in by_sentence.items())


def variants(known: Ways, found: Sequence[Way], keys: Sequence[str] = ()) -> int:
    """How many different sentences the ways of a variable have."""
    return len({_sentence(known, _pruned(known, w), keys, ()) for w in found})


def _pruned(known: Ways, way: Way) -> Way:
    """A way without the optional parameters whose working variables this kind of row does not have."""
    transform = REGISTRY.get(way.variable.derive or "")
    if transform is None or not way.variable.with_:
        return way

    def absent(name: str, given: object) -> bool:
        parameter = transform.parameters.get(name)
        is_working = isinstance(given, str) and given.startswith("_")
        return is_working and parameter is not None and not parameter.required and not known.in_row(way, str(given))

    kept = {n: v for n, v in way.variable.with_.items() if not absent(n, v)}
    return replace(way, variable=way.variable.model_copy(update={"with_": kept}))


def _sentence(known: Ways, way: Way, keys: Sequence[str], above: tuple[str, ...]) -> str:
    said = way.made or _told(known, way, keys, whole=not above)
    said = _person(known, said)
    if way.source in known.model.datasets:
        said = TAKEN.sub(rf"\1 of {way.source}", said)
    told: set[str] = set()

    def in_place(match: re.Match[str]) -> str:
        dataset, name = match[1] or way.dataset, match[2]
        own = match[1] is None
        key = f"{dataset}._{name}"
        if key in told or key in above or len(above) >= DEEPEST:
            return f"that {_words(known, dataset, name)}"
        told.add(key)
        phrase = _phrase(known, dataset, name, way if own else None, (*above, key))
        return f"{_words(known, dataset, name)} ({phrase})" if phrase else _words(known, dataset, name)

    told_text = WORKING.sub(in_place, said)
    told_text = PARAMETER.sub(lambda m: _of_part(known, m) + _rule(known, m, told, above), told_text)
    return told_text[:1].upper() + told_text[1:] if told_text.startswith(INTERMEDIATE) else told_text


def _told(known: Ways, way: Way, keys: Sequence[str], *, whole: bool) -> str:
    """The sentence of a method in the kind of row at hand; ``whole``: with the rule of the record it takes from."""
    said = sentence_of(known.model, way.variable, keys)
    row = known.model.datasets[way.dataset].rows.get(way.row)
    told = told_of_record(row, said) if row is not None else said
    return f"{told} {record_rule(known.model, row, keys)}" if row is not None and whole and told != said else told


def _of_part(known: Ways, match: re.Match[str]) -> str:
    """``ADRS.PD.ADT`` as a reviewer finds it: a variable of ADRS where PARAMCD is PD; a working dataset by its name."""
    whole, dataset, variable = match[0], match[1], match[2]
    spec = known.model.datasets.get(dataset)
    if spec is None or spec.is_written or spec.stands_for:
        return whole
    if spec.parameter_of:
        return f"{spec.parameter_of}.{variable} of {dataset.rpartition('.')[2]}"
    return f"{variable} of the {INTERMEDIATE} dataset {dataset}"


def _rule(known: Ways, match: re.Match[str], told: set[str], above: tuple[str, ...]) -> str:
    """The rule by which the records of a working dataset are made, behind the first mention of the dataset."""
    dataset = match[1]
    spec = known.model.datasets.get(dataset)
    if spec is None or not spec.working or dataset in told or dataset in above:
        return ""
    found = [w for w in known.of(dataset, match[2]) if w.made]
    told.add(dataset)
    rules = list(dict.fromkeys(_sentence(known, w, spec.keys, (*above, dataset)).rstrip(".") for w in found))
    return f" ({'; '.join(rules)})" if rules else ""


def _phrase(known: Ways, dataset: str, name: str, way: Way | None, above: tuple[str, ...]) -> str:
    """What a working variable is, without a full stop; for the kind of row at hand, where that is known."""
    if dataset not in known.model.datasets:
        return ""
    found = known.of(dataset, f"_{name}")
    if way is not None:
        found = known.in_row(way, f"_{name}")
    sentences = list(dict.fromkeys(_sentence(known, w, (), above) for w in found))
    if not sentences:
        return ""
    said = sentences[0] if len(sentences) == 1 else _many(sentences)
    set_to = SET_TO.fullmatch(f"{said.rstrip('.')}.")
    return set_to[1] if set_to else inside(said, {n for w in found for n in named(w.variable)})


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


def _words(known: Ways, dataset: str, name: str) -> str:
    spec = known.model.datasets.get(dataset)
    variable = spec.variables.get(f"_{name}") if spec else None
    return variable.label if variable is not None and variable.label else f"{INTERMEDIATE} {name}"


def _person(known: Ways, said: str) -> str:
    """The identifiers of a person, which the program makes from the register of subjects."""
    subjects = known.model.study.subjects
    form = subjects.usubjid if subjects else "{study}-{number}"
    form = form.replace("{", "").replace("}", "")
    made = f"The unique subject identifier of the person, in the form {form}, of the first subject number registered"
    return said.replace("person.USUBJID as collected", made).replace(
        "person.SUBJID as collected", "The subject number in its normal form"
    )
