"""What a package holds, checked: names, transport files, define against files, and the technical rejection criteria."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from delivery.ectd import ADAM, ADDED, AGENCIES, INDEX, MANIFEST, SDTM, study_folder
from delivery.split import FOLDER as SPLIT
from delivery.split import parts_of
from delivery.verify_define import dead_links, link_faults, read_links
from delivery.xpt_layout import XptError
from delivery.xpt_reader import XptMeta, read_xpt
from transforms.columns import categories_of, plain

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)?")
DATASET = re.compile(r"[a-z][a-z0-9]{0,7}\.xpt")
LONGEST_FILE, LONGEST_PATH = 64, 150
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T.*)?")
DEFINE = "define.xml"
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file: the rule, the file (from the folder), and a sentence with what to do."""

    rule: str
    file: str
    message: str


@dataclass(frozen=True)
class Transport:
    """A transport file that could be read: what it says of itself, and its values."""

    file: str
    meta: XptMeta
    frame: pd.DataFrame


def check_content(folder: Path, *, package: bool, limit: int | None = None) -> Iterator[Fault]:
    """The faults of everything under ``m5``; a bare delivery may lack what packaging adds."""
    study = study_folder(folder)
    if study is None:
        yield Fault(
            "TRC_1789", "m5/datasets", "the datasets of one study stand in one folder of its name; there is none"
        )
        return
    yield from _name_faults(folder)
    for part in (SDTM, ADAM):
        place = study / part
        if not place.is_dir():
            continue
        found: list[Transport] = []
        for path in sorted(p for p in place.glob("*.xpt") if p.is_file()):
            yield from _transport(folder, path, found)
        yield from _split_faults(folder, place, found, limit or _limit(folder))
        if (place / DEFINE).is_file():
            yield from _link_faults(folder, place / DEFINE, package=package)
        for path in sorted(p for p in place.glob("*.html") if p.is_file()):
            yield from _page_faults(folder, path, package=package)
    yield from _rejection_faults(folder, study)


def _limit(folder: Path) -> int:
    """The limit of the agency that a package is for; of a delivery, the smallest of all."""
    try:
        agency = json.loads((folder / INDEX).read_text(encoding="utf-8")).get("agency")
    except (OSError, ValueError, AttributeError):
        agency = None
    return AGENCIES[agency].limit if agency in AGENCIES else min(a.limit for a in AGENCIES.values())


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _name_faults(folder: Path) -> Iterator[Fault]:
    for path in sorted((folder / "m5").rglob("*")):
        name = _name(folder, path)
        if not NAME.fullmatch(path.name):
            yield Fault("FILE_NAME", name, "a name has small letters, digits, '-' and '_', and one point; rename it")
        if len(path.name) > LONGEST_FILE or len(name) > LONGEST_PATH:
            what = f"a name has up to {LONGEST_FILE} characters, a path {LONGEST_PATH}; shorten it"
            yield Fault("FILE_NAME", name, what)
        if path.suffix == ".xpt" and not DATASET.fullmatch(path.name):
            yield Fault("FILE_NAME", name, "a dataset has up to 8 letters and digits, a letter first; rename it")


def _transport(folder: Path, path: Path, found: list[Transport]) -> Iterator[Fault]:
    name = _name(folder, path)
    try:
        meta, frame = read_xpt(path, "ascii")
    except XptError as error:
        yield Fault("XPT_UNREADABLE", name, str(error))
        return
    found.append(Transport(name, meta, frame))
    if meta["name"] != path.stem.upper():
        yield Fault("XPT_NAME", name, f"it holds the dataset {meta['name']}; file and dataset have one name")
    told = [meta["label"], *(t for v in meta["variables"] for t in (v.name, v.label))]
    texts = (t for v in meta["variables"] if v.type == "Char" for t in categories_of(frame[v.name]))
    if not all(t.isascii() and t.isprintable() for t in (*told, *texts)) or any(UNREADABLE in t for t in told):
        yield Fault("XPT_NOT_ASCII", name, "it holds characters outside printable ASCII; correct the data or the specs")


def _split_faults(folder: Path, place: Path, found: list[Transport], limit: int) -> Iterator[Fault]:
    """A file over the limit has parts that together are the file."""
    for whole in found:
        path = folder / whole.file
        parts = parts_of(path)
        if path.stat().st_size > limit and not parts:
            yield Fault("FILE_SIZE", whole.file, f"it is over {limit:,} bytes and has no parts in {SPLIT}/; package it")
        read: list[Transport] = []
        for part in parts:
            yield from _transport(folder, part, read)
            if part.stat().st_size > limit:
                yield Fault("FILE_SIZE", _name(folder, part), f"it is over {limit:,} bytes; package with this limit")
        if read and sum(len(r.frame) for r in read) != len(whole.frame):
            yield Fault("SPLIT_INCOMPLETE", whole.file, f"its parts in {SPLIT}/ are not the whole; package it again")


def _link_faults(folder: Path, define: Path, *, package: bool) -> Iterator[Fault]:
    file = _name(folder, define)
    try:
        links = read_links(define)
    except ValueError as error:
        yield Fault("DEFINE_UNREADABLE", file, f"{error}; make it again with the run")
        return
    for rule, message in link_faults(links, define.parent, () if package else ADDED):
        yield Fault(rule, file, message)


def _page_faults(folder: Path, page: Path, *, package: bool) -> Iterator[Fault]:
    try:
        yield from (Fault("LINK_DEAD", _name(folder, page), m) for m in dead_links(page, () if package else ADDED))
    except ValueError as error:
        yield Fault("PAGE_UNREADABLE", _name(folder, page), f"{error}; make it again with the run")


def _rejection_faults(folder: Path, study: Path) -> Iterator[Fault]:
    """Technical rejection criteria 1734, 1735, 1736 and 1789, as far as files can answer them."""
    name = _manifest(folder).get("study", "")
    ts = study / SDTM / "ts.xpt"
    place = _name(folder, ts)
    if not ts.is_file():
        yield Fault("TRC_1734", place, "there is no TS; every study needs one, with its start date (SSTDTC)")
    else:
        yield from (Fault("TRC_1734", place, message) for message in _start_faults(ts, str(name)))
    for section, needed in ((SDTM, "dm.xpt"), (ADAM, "adsl.xpt")):
        if section == ADAM and not (study / ADAM).is_dir():
            continue
        for file in (needed, DEFINE):
            if not (study / section / file).is_file():
                missing = _name(folder, study / section / file)
                yield Fault("TRC_1736", missing, f"{section.as_posix()} needs {needed} and {DEFINE}; convert them too")
    for path in sorted(study.rglob("*.xpt")):
        where = path.parent.relative_to(study)
        if where not in (SDTM, SDTM / SPLIT, ADAM, ADAM / SPLIT):
            what = "its folder has no file tag for datasets; move it to tabulations/sdtm or analysis/adam/datasets"
            yield Fault("TRC_1735", _name(folder, path), what)
    if study.name != str(name).lower():
        what = f"the folder of the study is {study.name}, the study is {name}; the study file must name one study"
        yield Fault("TRC_1789", _name(folder, study), what)


def _start_faults(path: Path, study: str) -> Iterator[str]:
    try:
        _, frame = read_xpt(path)
    except XptError:
        return  # reported as unreadable
    values = {c: plain(frame[c]) for c in ("STUDYID", "TSPARMCD", "TSVAL") if c in frame}
    if len(values) < 3:
        yield "TS lacks STUDYID, TSPARMCD or TSVAL; convert it again"
        return
    if set(values["STUDYID"]) != {study}:
        yield f"STUDYID of TS is not {study}"
    starts = [v for p, v in zip(values["TSPARMCD"], values["TSVAL"], strict=True) if p == "SSTDTC"]
    if not starts or not all(DATE.fullmatch(str(s or "")) for s in starts):
        yield "TS has no study start date: a record SSTDTC whose TSVAL is a whole ISO 8601 date"


def _manifest(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
