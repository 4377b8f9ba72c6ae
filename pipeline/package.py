"""Make the package for an agency out of a delivery: tree, documents, programs, parts, index, signature.

The delivery is copied, never changed. A package stands in ``<out>/<study>/<cut>/<id>/``, complete or not at all; its
id follows from the delivery, the agency, the documents that are given and the program: the same package is made once.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from define.results import as_specified
from delivery import ectd
from delivery.acrf import forms
from delivery.acrf_check import page_refs, read_annotated, wrong_pages
from delivery.acrf_pdf import draw_acrf
from delivery.ectd import ADAM, AGENCIES, MISC, PROGRAMS, SDTM, canonical
from delivery.guide_define import has_results
from delivery.guides import write_guides
from delivery.split import split_xpt
from pipeline.commands import resolved
from pipeline.deliver import open_delivery
from pipeline.manifest import program_hash, sha256_of, versions
from pipeline.run import spec_hashes
from pipeline.verify import FINDINGS, accepted_in_findings, verify_delivery
from specs.analyses import load_analyses
from specs.layers import UnknownStudy, find_pack
from specs.resolve import StudyModel
from specs.show import show_whole
from transforms.ascii import transliterate

SHOWN = 20
CRF, DEFINE, ANALYSES = "acrf.pdf", "define.xml", "analyses.txt"
UNSCHEDULED = "UNSCHEDULED"
RAW = "source:"
"""What stands before the name of a raw source in lineage."""


class PackageRefused(Exception):
    """A package cannot be made of this delivery: what is wrong with it, and what to do."""


@dataclass(frozen=True)
class PackageOptions:
    """What ``convert.py package`` was asked for; ``limit`` in bytes stands in for that of the agency."""

    delivery: Path
    agency: str
    out: Path = Path("packages")
    study: str = ""
    acrf: Path | None = None
    csdrg: Path | None = None
    adrg: Path | None = None
    """The annotated CRF and the guides, in place of those that are made."""
    sign: str = ""
    meaning: str = ""
    limit: int | None = None
    trust_code: bool = False


@dataclass(frozen=True)
class Packaged:
    """A package that was made, or was there already."""

    folder: Path
    up_to_date: bool
    files: int
    parts: int
    signature: Path | None = None
    notes: tuple[str, ...] = ()
    """What the agency prefers and the package has not."""


def package(options: PackageOptions, now: datetime | None = None) -> Packaged:
    """Make a package, and sign it if a name is given; ``now`` is the time of the signature.

    Raises NotADelivery, PackageRefused (open errors, changed files, page references, other specs than the run's),
    UnknownStudy, SpecErrors, CrfError, XptError and DeliveryError.
    """
    found = verify_delivery(options.delivery)
    if found.package:
        raise PackageRefused(f"{options.delivery} is a package already; give the delivery that it was made from")
    _refuse("the delivery is not fit to be packaged", [f"{f.file}: {f.rule} {f.message}" for f in found.faults])
    manifest = json.loads((options.delivery / ectd.MANIFEST).read_text(encoding="utf-8"))
    if manifest["options"].get("only"):
        raise PackageRefused(f"{options.delivery} is a preview of some datasets; run without --only")
    _refuse(
        "errors are open; correct them, or accept them in accepted.yaml with a reason", open_errors(options.delivery)
    )
    model = model_of(manifest, options.study, options.trust_code)
    facts = _facts(options)
    identity = hashlib.sha256(canonical(facts)).hexdigest()[: len(str(manifest["content_id"]))]
    with open_delivery(options.out, manifest["study"], manifest["cut"], identity) as target:
        if not target.up_to_date:
            _build(model, options, target.folder, facts)
        folder = target.commit()
    signed = None
    if options.sign:
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        signed = ectd.sign(folder, options.sign, options.meaning, at)
    parts = sum(p.parent.name == "split" for p in folder.rglob("*.xpt"))
    notes = tuple(_preferred(AGENCIES[options.agency], ectd.study_folder(folder)))
    return Packaged(folder, target.up_to_date, len(list(ectd.files_of(folder))), parts, signed, notes)


def _preferred(agency: ectd.Agency, study: Path | None) -> Iterator[str]:
    define = study / ADAM / DEFINE if study else None
    if agency.prefers_results and define and define.is_file() and not has_results(define):
        yield (
            f"{agency.name} prefers analysis results metadata in define.xml of the analysis datasets; there is none: "
            "name the main analyses in analyses.yaml"
        )


def open_errors(delivery: Path) -> list[str]:
    """The errors of a delivery that nobody accepted, as sentences."""
    with (delivery / FINDINGS).open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["severity"] == "error" and not r["accepted"]]
    return [" ".join(t for t in (r["rule"], r["dataset"], r["file"], r["message"]) if t) for r in rows]


def model_of(manifest: dict[str, Any], study: str, trust_code: bool) -> StudyModel:
    """The specs that a delivery was made with. Raises PackageRefused when they are others now."""
    name = study or next((k.split("/")[0] for k in manifest["specs"] if k.endswith("/study.yaml")), "")
    try:
        find_pack(name)
    except UnknownStudy as error:
        raise UnknownStudy(f"{error}; give the study pack of the delivery with --study") from error
    model = resolved(name, trust_code)
    now, then = spec_hashes(model), manifest["specs"]
    changed = sorted(k for k in {*now, *then} if now.get(k) != then.get(k))
    _refuse("the specs are not those of the delivery; run again, or check out those", changed)
    if manifest["options"].get("cut") and model.study.cut:
        cut = model.study.cut.model_copy(update={"date": manifest["cut"]})
        model.study = model.study.model_copy(update={"cut": cut})
    return model


def _facts(options: PackageOptions) -> dict[str, Any]:
    return {
        "agency": options.agency,
        "limit": options.limit or AGENCIES[options.agency].limit,
        "manifest_sha256": sha256_of(options.delivery / ectd.MANIFEST),
        "acrf_sha256": sha256_of(options.acrf) if options.acrf else "",
        "csdrg_sha256": sha256_of(options.csdrg) if options.csdrg else "",
        "adrg_sha256": sha256_of(options.adrg) if options.adrg else "",
        "program": program_hash(),
        "versions": versions(),
    }


def _build(model: StudyModel, options: PackageOptions, folder: Path, facts: dict[str, Any]) -> None:
    shutil.copytree(options.delivery / "m5", folder / "m5", copy_function=shutil.copyfile)
    shutil.copyfile(options.delivery / ectd.MANIFEST, folder / ectd.MANIFEST)
    study = ectd.study_folder(folder)
    assert study is not None  # verified
    _write_programs(model, study)
    if (study / SDTM).is_dir():
        _write_acrf(model, options, study / SDTM)
    for place in (SDTM, ADAM):
        for path in sorted((study / place).glob("*.xpt")):
            split_xpt(path, int(facts["limit"]))
    for path in write_guides(model, options.delivery, study, AGENCIES[options.agency].name):
        given = options.csdrg if path.stem == "csdrg" else options.adrg
        if given:
            shutil.copyfile(given, path)
    manifest = json.loads((folder / ectd.MANIFEST).read_text(encoding="utf-8"))
    accepted = [asdict(fault) for fault in accepted_in_findings(options.delivery)]
    ectd.write_index(folder, {**facts, "study": manifest["study"], "cut": manifest["cut"], "accepted": accepted})


def _write_programs(model: StudyModel, study: Path) -> None:
    """The resolved specs as text: they are the programs. What is only referred to stands with the analysis."""
    analysis = (study / ADAM).is_dir()
    for name, dataset in model.datasets.items():
        if dataset.parameter_of or dataset.stands_for:
            continue
        place = PROGRAMS if analysis and (dataset.standard == "adam" or dataset.working) else MISC
        (study / place).mkdir(parents=True, exist_ok=True)
        _write_text(study / place / f"{name.lower()}.txt", show_whole(model, name))
    analyses = [as_specified(name, endpoint) for name, endpoint in load_analyses(model).ordered]
    if analysis and analyses:
        _write_text(study / PROGRAMS / ANALYSES, "\n\n".join(analyses))


def _write_text(path: Path, said: str) -> None:
    text = "".join(transliterate(line) + "\n" for line in said.split("\n"))
    path.write_bytes(text.rstrip("\n").encode("ascii", errors="backslashreplace") + b"\n")


def _write_acrf(model: StudyModel, options: PackageOptions, place: Path) -> None:
    """The annotated CRF that is given, or one made from the forms; the define's pages are held against it."""
    if options.acrf:
        shutil.copyfile(options.acrf, place / CRF)
    elif listed := forms(model):
        title = model.study.title or model.study.study
        draw_acrf(place / CRF, model.study.study, title, listed, visits_of(options.delivery))
    if (place / CRF).is_file() and (place / DEFINE).is_file():
        refs = page_refs(place / DEFINE, CRF)
        remedy = "give the pages with `page:` in the specs, or another --acrf"
        _refuse(f"define.xml names wrong pages; {remedy}", list(wrong_pages(read_annotated(place / CRF), refs)))


def visits_of(delivery: Path) -> dict[str, list[str]]:
    """For each visit, in order, the sources whose rows became records of it."""
    found: dict[tuple[float, str], set[str]] = {}
    for path in sorted((delivery / "data").glob("*.parquet")):
        names = pq.read_schema(path).names
        edges = delivery / "lineage" / path.name
        if "VISITNUM" not in names or "VISIT" not in names or "PARAMCD" in names or not edges.is_file():
            continue
        lineage = pq.read_table(edges, columns=["record", "of"], filters=[("role", "=", "record")])
        visits = pq.read_table(path, columns=["VISITNUM", "VISIT"]).take(lineage.column("record"))
        pairs = visits.append_column("of", lineage.column("of")).group_by(["VISITNUM", "VISIT", "of"]).aggregate([])
        for row in pairs.to_pylist():
            if row["VISITNUM"] is not None and row["VISIT"] and row["of"].startswith(RAW):
                found.setdefault(_visit(row["VISITNUM"], row["VISIT"]), set()).add(row["of"].removeprefix(RAW))
    return {name: sorted(of) for (_, name), of in sorted(found.items())}


def _visit(number: float, name: str) -> tuple[float, str]:
    """A planned visit by its number; all others together, at the end."""
    return (number, name) if float(number).is_integer() else (float("inf"), UNSCHEDULED)


def _refuse(what: str, reasons: list[str]) -> None:
    if reasons:
        raise PackageRefused("\n".join(_lines(what, reasons)))


def _lines(what: str, reasons: list[str]) -> Iterator[str]:
    yield f"no package: {what}"
    yield from (f"  {reason}" for reason in reasons[:SHOWN])
    if len(reasons) > SHOWN:
        yield f"  and {len(reasons) - SHOWN} more"
