"""One run: from a study and an extract to a delivery. Design, section 4."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from delivery.verify import require_intact
from pipeline import assemble
from pipeline.accounting import account
from pipeline.deliver import Delivery, open_delivery
from pipeline.describe import describe
from pipeline.endpoints import endpoints, write_endpoints
from pipeline.extract import Extract, read_extract
from pipeline.findings import Finding, Findings, accept
from pipeline.manifest import content_id, sha256_of, write_manifest
from pipeline.needs import needed_columns
from pipeline.part import RangeResult, run_range
from pipeline.plan import Plan, plan
from pipeline.ranges import Range, split
from pipeline.scratch import scratch_folder
from pipeline.stopwatch import Stopwatch
from pipeline.trial import counted, run_trial
from pipeline.trust import load_pack_code
from pipeline.untaken import untaken_findings
from specs.analyses import analysis_problems, load_analyses
from specs.literal_columns import RULE, literal_columns
from specs.model import Accepted
from specs.nodes import load_yaml
from specs.problems import SpecErrors, SpecProblem, nearest
from specs.resolve import StudyModel, resolve
from specs.validation import validate

Progress = Callable[[str, int, int], None]


class ExtractMissing(Exception):
    """The folder with the raw files is not there."""


class WrongOption(Exception):
    """An option of the command line that does not go with the study."""


@dataclass(frozen=True)
class RunOptions:
    """What ``convert.py run`` was asked for."""

    study: str
    extract: Path | None = None
    cut: str | None = None
    out: Path = Path("deliveries")
    profile: str = "development"
    only: tuple[str, ...] = ()
    jobs: int = 1
    trust_code: bool = False


@dataclass
class RunResult:
    """What a run left behind, for people and programs."""

    delivery: Path | None
    up_to_date: bool = False
    preview: bool = False
    stopped: bool = False
    failed: Path | None = None
    """Where the findings of a run are that was stopped."""
    sources: list[dict[str, Any]] = field(default_factory=list)
    datasets: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of processor time: ``read``, ``write``, and per dataset; for people, never in a delivery."""


def run(options: RunOptions, progress: Progress = lambda *_: None) -> RunResult:
    """Convert the extract of a study. Raises UnknownStudy, SpecErrors, SourceErrors, ExtractMissing, DeliveryError."""
    progress("plan", 0, 1)
    load_model.cache_clear()  # the specs may have changed since an earlier run of this process
    model = load_model(options.study, options.trust_code, options.cut)
    _check_only(model, options.only)
    order = plan(model)
    counted(model, order)
    extract_folder = options.extract or model.pack / "extract"
    if not extract_folder.is_dir():
        raise ExtractMissing(f"no folder {extract_folder} with the raw files; give it with --extract")
    inputs = _inputs(model, extract_folder)
    specs = spec_hashes(model)
    identity = content_id(inputs, specs, _option_facts(options))
    cut_date = model.study.cut.date if model.study.cut else "uncut"
    place = f"{cut_date}-preview" if options.only else cut_date
    with open_delivery(options.out, model.study.study, place, identity) as delivery:
        if delivery.up_to_date:
            require_intact(delivery.folder)
            return _earlier(delivery.commit(), preview=bool(options.only))
        try:
            with scratch_folder() as scratch:
                result = _convert(model, order, options, extract_folder, scratch, delivery.folder, progress)
        except assemble.WriteErrors as error:
            raise assemble.WriteErrors(error.problems, error.findings, _kept(delivery, error.findings)) from None
        if result.stopped:
            result.failed = _kept(delivery, result.findings)
            return result
        write_manifest(
            delivery.folder,
            content=identity,
            study=model.study.study,
            cut=cut_date,
            profile=options.profile,
            trusted_code=options.trust_code,
            inputs=inputs,
            specs=specs,
            options=_option_facts(options),
        )
        result.delivery = delivery.commit()
        result.preview = bool(options.only)
    return result


def _kept(delivery: Delivery, findings: list[Finding]) -> Path:
    """The file with the findings of a run that delivers nothing."""
    assemble.write_findings(findings, delivery.folder)
    return delivery.fail(delivery.folder / assemble.FINDINGS)


@lru_cache(maxsize=4)
def load_model(study: str, trust_code: bool, cut: str | None) -> StudyModel:
    """The resolved study, with the cut date of the command line in place of its own; once per process."""
    model = resolve(study, before_check=lambda m: load_pack_code(m.pack, trust_code), and_check=analysis_problems)
    if cut is not None:
        if model.study.cut is None:
            message = f"study.yaml has no `cut:` that says what {cut} does to each dataset; add it, or leave out --cut"
            raise WrongOption(f"--cut: {message}")
        model.study = model.study.model_copy(update={"cut": model.study.cut.model_copy(update={"date": cut})})
    return model


def _check_only(model: StudyModel, only: tuple[str, ...]) -> None:
    unknown = [d for d in only if d not in model.datasets]
    if unknown:
        named = ", ".join(f"{d}{nearest(d, model.datasets)}" for d in unknown)
        raise WrongOption(f"--only: this study has no dataset {named}")


def _convert(
    model: StudyModel, order: Plan, options: RunOptions, folder: Path, scratch: Path, building: Path, progress: Progress
) -> RunResult:
    progress("read", 0, 1)
    stopwatch = Stopwatch()
    with stopwatch.on("read"):
        needed = needed_columns(model)
        extract = read_extract(model, folder, needed)
        size = max(len(extract.persons), 1) if order.whole_study else model.study.range_size
        ranges = split(extract, size, scratch, needed)
    _add_literal_columns(model, extract)
    results: list[RangeResult] = []
    with _settled(), _executor(options.jobs) as executor:
        task = partial(_task, options.study, options.trust_code, options.cut, str(scratch))
        for done in executor.map(task, ranges):
            results.append(done)
            progress("convert", len(results), len(ranges))
    results.append(run_trial(model, order, results, scratch))
    progress("write", 0, 1)
    found, accepted = _findings(extract, results), _accepted(model)
    found.extend(untaken_findings(model, extract, [u for r in results for u in r.untaken], len(ranges)))
    findings = accept(found.all(), accepted)
    accounting = account(extract.sources, [t for r in results for t in r.taken])
    sources = assemble.source_rows(extract, accounting)
    if _stops(options, findings):
        return RunResult(None, stopped=True, sources=sources, findings=findings)
    written = assemble.write_all(model, results, findings, accounting, building, options.only, stopwatch)
    with stopwatch.on("define"):
        faults = describe(model, building, written, preview=bool(options.only))
    if faults:
        found.extend(faults)
        findings = accept(found.all(), accepted)
        if _stops(options, findings):
            return RunResult(None, stopped=True, sources=sources, findings=findings)
        assemble.write_findings(findings, building)
    for result in results:
        for name, seconds in result.cpu.items():
            stopwatch.seconds[name] += seconds
    with stopwatch.on("endpoints"):
        analysed = _endpoints(model, results, building)
    assemble.write_summary(
        building,
        {"sources": sources, "datasets": written, "findings": [asdict(f) for f in findings], "endpoints": analysed},
    )
    return RunResult(
        None, sources=sources, datasets=written, findings=findings, endpoints=analysed, cpu=dict(stopwatch.seconds)
    )


def _stops(options: RunOptions, findings: list[Finding]) -> bool:
    """Whether a release run must not leave a delivery."""
    return options.profile == "release" and any(f.severity == "error" and not f.accepted for f in findings)


def _endpoints(model: StudyModel, results: list[RangeResult], building: Path) -> list[dict[str, Any]]:
    """The endpoints of the study, computed from the datasets of all subjects and written under ``report/``."""
    analyses = load_analyses(model)
    if not analyses.endpoints:
        return []
    rows = endpoints(analyses, lambda name: assemble.whole(name, results))
    write_endpoints(rows, building / "report")
    return [asdict(r) for r in rows]


def _earlier(delivery: Path, *, preview: bool) -> RunResult:
    found = assemble.read_summary(delivery)
    findings = [Finding(**{**f, "rows": tuple(f["rows"]), "subjects": tuple(f["subjects"])}) for f in found["findings"]]
    return RunResult(
        delivery,
        up_to_date=True,
        preview=preview,
        sources=found["sources"],
        datasets=found["datasets"],
        findings=findings,
        endpoints=found.get("endpoints", []),
    )


def _task(study: str, trust_code: bool, cut: str | None, scratch: str, part: Range) -> RangeResult:
    model = load_model(study, trust_code, cut)
    return run_range(model, plan(model), part, Path(scratch))


class _Serial(Executor):
    """Tasks one after the other, in this process."""

    def map(self, fn: Callable[..., Any], *iterables: Any, **_: Any) -> Iterator[Any]:
        """Lazily, so that progress shows."""
        return map(fn, *iterables)


def _add_literal_columns(model: StudyModel, extract: Extract) -> None:
    """Constants of the specs that are names of columns, now that the columns of all files are known."""
    columns = {name: list(source.frame.columns) for name, source in extract.sources.items()}
    for found in literal_columns(model, columns):
        file = model.study.sources[found.source].file
        place = {"dataset": found.dataset, "variable": found.variable, "file": file, "column": found.column}
        extract.findings.add(RULE, "warning", found.problem.message, **place)


@contextmanager
def _settled() -> Iterator[None]:
    """What is there before the ranges (specs, modules) stays: the garbage collector need not look at it time and again.

    Processes that are forked inherit this.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _executor(jobs: int) -> Iterator[Executor]:
    if jobs <= 1:
        yield _Serial()
        return
    with ProcessPoolExecutor(max_workers=jobs, initializer=_end_with_parent) as pool:
        yield pool


def _end_with_parent() -> None:
    """Let this worker end when the run is killed: it would wait for work for ever, and hold the lock of the target."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _findings(extract: Extract, results: list[RangeResult]) -> Findings:
    everything = extract.findings
    for result in results:
        everything.extend(result.findings)
    return everything


def _accepted(model: StudyModel) -> list[Accepted]:
    path = model.pack / "accepted.yaml"
    if not path.is_file():
        return []
    problems: list[SpecProblem] = []
    node = load_yaml(path, "accepted.yaml", model.name)
    listed = node.get("accepted")
    entries = [validate(Accepted, n, "accepted", problems) for n in (listed.items if listed else [])]
    if problems:
        raise SpecErrors(problems)
    return [e for e in entries if e is not None]


def _inputs(model: StudyModel, folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of the extract, and of every source in a folder of it."""
    names = {p.name for p in folder.iterdir() if not p.name.startswith(".")}
    names |= {source.file for source in model.study.sources.values()}
    return {name: sha256_of(folder / name) for name in sorted(names) if (folder / name).is_file()}


def spec_hashes(model: StudyModel) -> dict[str, str]:
    """The SHA-256 of every file of the specs, by layer and path: what a delivery says it was made with."""
    found = {}
    for path in [*model.files, *model.pack.glob("*.py"), model.pack / "accepted.yaml"]:
        if path.is_file():
            layer = next((x for x in model.layers if path.is_relative_to(x.folder)), model.layers[0])
            found[f"{layer.name}/{path.relative_to(layer.folder).as_posix()}"] = sha256_of(path)
    return dict(sorted(found.items()))


def _option_facts(options: RunOptions) -> dict[str, Any]:
    return {
        "cut": options.cut or "",
        "only": list(options.only),
        "profile": options.profile,
        "trust_code": options.trust_code,
    }
