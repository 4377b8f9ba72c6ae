"""Benchmark of the analysis datasets alone: many subjects made by replicating those of a simulated study.

    python benchmarks/adam.py [--only ADLB|ADAE|ADRS] [--records 100000] [--range-size 500] [--profile]

The SDTM datasets of 24 simulated subjects are made once (that, imports and reading the specs are start-up, not
counted); those of the infused ones are replicated in memory, and the run's own steps make the analysis datasets:
records, variables, order, checks and lineage, range by range. Each measurement is a process of its own, so that its
peak memory is its own. ``--records`` scales the largest measurement down, the others in proportion. The peer is
admiral 1.4 with the templates of ADLB and ADAE, and its responses of myeloma, on a comparable machine of two cores.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import multiprocessing
import pstats
import resource
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from pipeline.collect import collect
from pipeline.commands import simulate_extract
from pipeline.context import RangeContext
from pipeline.cut import FACTS, cut, facts_of
from pipeline.derive import derive
from pipeline.extract import read_extract
from pipeline.needs import needed_columns
from pipeline.part import finish_range, open_range
from pipeline.plan import Plan, plan
from pipeline.ranges import split
from pipeline.records import Part
from pipeline.run import load_model
from pipeline.stopwatch import Stopwatch
from specs.resolve import StudyModel
from transforms.columns import Column, take, text
from transforms.registry import Edge

STUDY, SUBJECTS, SEED = "ct0596", 24, 596
ENOUGH = ("DM", "DS", "EX", "PR", "SS", "DD")
"""What every subject has, whatever is measured."""


@dataclass(frozen=True)
class Measurement:
    """One measurement: which records are counted, from which datasets, what is made of them, and a peer's figures."""

    name: str
    counted: str
    """The SDTM dataset whose records (``subjects``: subjects) are counted."""
    size: int
    inputs: tuple[str, ...]
    made: tuple[str, ...]
    """The datasets whose time counts; those beside (ADSL) are made, too, and shown."""
    range_size: int
    """Subjects worked on at a time, which is a setting of a study: large ranges cost memory, small ones time."""
    peer_cpu: float
    peer_memory: float | None
    parameters: tuple[str, ...] = ()
    """Those of the made parameters that the peer makes as well, where we make more."""


MEASUREMENTS = {
    "ADLB": Measurement(
        "1,000,000 LB records to ADLB", "LB", 1_000_000, (*ENOUGH, "LB", "TR", "TU"),
        ("LBRESULT", "LBDERIVE", "LBBASE", "ADLB"), 500, 226, 4.4,
    ),
    "ADAE": Measurement(
        "100,000 AE records to ADAE", "AE", 100_000, (*ENOUGH, "AE", "FA", "CM"), ("ADAE",), 5_000, 201, 9.4
    ),
    "ADRS": Measurement(
        "47,000 subjects' responses to ADRS and ADTTE", "subjects", 47_000, (*ENOUGH, "RS", "CM"),
        ("ADRS", "ADTTE"), 24_000, 28, None,
        ("OVR", "PD", "COVR", "BOR", "CBOR", "RSP", "CRRSP", "VGPRRSP", "CBRSP", "DCRSP", "LSTA", "DEATH"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What a measurement took: seconds of processor time by dataset, deriving and finishing; memory in GB."""

    records: int
    subjects: int
    derive: dict[str, float]
    finish: dict[str, float]
    made: dict[str, int]
    memory: float
    profile: str
    of_parameters: float
    """Seconds of deriving the peer's parameters, with their share, by records, of laying all one below the other."""


@dataclass(frozen=True)
class Prototype:
    """The SDTM datasets of the simulated subjects that were infused."""

    model: StudyModel
    order: Plan
    context: RangeContext
    parts: dict[str, Part]
    persons: int


def main() -> None:
    """Run the measurements and print them beside the peer's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=list(MEASUREMENTS))
    parser.add_argument("--records", type=int, default=1_000_000, help="LB records; the others in proportion")
    parser.add_argument("--range-size", type=int, help="subjects worked on at a time, for all measurements")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    given = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    for name in [given.only] if given.only else MEASUREMENTS:
        whole = MEASUREMENTS[name]
        scaled = replace(whole, size=max(1, whole.size * given.records // 1_000_000))
        scaled = replace(scaled, range_size=given.range_size or whole.range_size)
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            report(scaled, pool.submit(measure, scaled, given.profile).result())


def report(what: Measurement, found: Figures) -> None:
    """Print one measurement."""
    print(f"\n{what.name}: {found.records:,} {what.counted} replicated, {found.subjects:,} subjects")
    print(f"{'dataset':<10}{'records':>12}{'derive s':>10}{'finish s':>10}")
    for name in sorted(found.derive.keys() | found.finish.keys()):
        counts = "*" if name in what.made else ""
        derived, finished = found.derive.get(name, 0.0), found.finish.get(name, 0.0)
        print(f"{name + counts:<10}{found.made.get(name, 0) or '':>12}{derived:>10.2f}{finished:>10.2f}")
    derived, finished = (sum(t.get(n, 0.0) for n in what.made) for t in (found.derive, found.finish))
    scale = MEASUREMENTS[next(k for k, m in MEASUREMENTS.items() if m.made == what.made)].size / what.size
    told = f"{derived:.2f} s deriving + {finished:.2f} s ordering, checks, lineage (*)"
    if what.parameters:
        ratio_of_these = what.peer_cpu / (found.of_parameters * scale)
        these = f"{len(what.parameters)} parameters that the peer makes as well"
        print(f"ours   {found.of_parameters:.2f} s deriving the {these}: ratio {ratio_of_these:.0f}")
    print(f"ours   {told}, peak memory {found.memory:.2f} GB")
    peer_memory = f", {what.peer_memory} GB" if what.peer_memory else ""
    ratio = what.peer_cpu / (derived * scale), what.peer_cpu / ((derived + finished) * scale)
    print(f"peer   {what.peer_cpu / scale:.1f} s{peer_memory}; ratio {ratio[0]:.0f} deriving, {ratio[1]:.0f} with all")
    print(found.profile)


def measure(what: Measurement, profiled: bool) -> Figures:
    """One measurement in this process."""
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as scratch:
        prototype = _prototype(Path(scratch))
        per_copy = prototype.persons if what.counted == "subjects" else prototype.parts[what.counted].size
        copies = -(-what.size // per_copy)
        at_a_time = max(1, what.range_size // prototype.persons)
        warm = (Stopwatch(), Stopwatch())
        _analyse(prototype, _replicated(prototype, what.inputs, 0, 1), 0, Path(scratch), warm)  # imports are start-up
        gc.freeze()  # as a run does before its ranges
        derive_time, finish_time, made = Stopwatch(), Stopwatch(), defaultdict[str, int](int)
        profile = cProfile.Profile(time.process_time) if profiled else None
        for number, first in enumerate(range(0, copies, at_a_time)):
            context = _replicated(prototype, what.inputs, first, min(at_a_time, copies - first))
            if profile:
                profile.enable()
            _analyse(prototype, context, number, Path(scratch), (derive_time, finish_time))
            if profile:
                profile.disable()
            for name, part in context.parts.items():
                made[name] += part.size
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return Figures(
        per_copy * copies, prototype.persons * copies, _by_dataset(derive_time), _by_dataset(finish_time), dict(made),
        memory, _hot_spots(profile) if profile else "", _of_parameters(what, derive_time, made),
    )  # fmt: skip


def _prototype(scratch: Path) -> Prototype:
    """The SDTM datasets of the simulated subjects, by the run's own steps."""
    extract_folder = scratch / "extract"
    simulate_extract(STUDY, SUBJECTS, SEED, extract_folder, False)
    model = load_model(STUDY, False, None)
    order = plan(model)
    needed = needed_columns(model)
    extract = read_extract(model, extract_folder, needed)
    [part] = split(extract, len(extract.persons), scratch, needed)
    context = open_range(model, part)
    rules = model.study.cut.datasets if model.study.cut else {}
    for name in order.collected:
        made = collect(context, name)
        context.parts[name] = cut(context, made, rules[name]) if name in rules else made
    context.parts[FACTS] = facts_of(context)
    for step in order.steps:
        if model.datasets[step[0]].standard != "adam":
            derive(context, step)
    kept = np.unique(context.parts["EX"].subject[(context.parts["EX"].column("EXTRT") == "CT0596").to_numpy()])
    place = np.full(len(context.usubjid) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    parts = {}
    for name, made in context.parts.items():
        some = made.take(np.flatnonzero(place[made.subject] >= 0).astype(np.int64))
        parts[name] = replace(some, subject=place[some.subject], edges=[])
    return Prototype(model, order, context, parts, len(kept))


def _replicated(prototype: Prototype, inputs: tuple[str, ...], first: int, copies: int) -> RangeContext:
    """A range with copies of the subjects, each with an identifier of its own."""
    people = [f"CT0596-101-{first + c:06}-{p:02}" for c in range(copies) for p in range(prototype.persons)]
    context = RangeContext(prototype.model, prototype.context.sources, people, people)
    usubjid = text(people)
    for name, part in prototype.parts.items():
        if name == FACTS or name in inputs:
            context.parts[name] = _copied(part, copies, prototype.persons, usubjid)
        else:
            context.parts[name] = Part.empty(name)
    return context


def _copied(part: Part, copies: int, persons: int, usubjid: Column) -> Part:
    subject = (np.tile(part.subject, copies) + np.repeat(np.arange(copies) * persons, part.size)).astype(np.int64)
    rows = np.tile(np.arange(part.size), copies)
    columns = {name: take(column, rows) for name, column in part.columns.items()}
    if "USUBJID" in columns:
        columns["USUBJID"] = take(usubjid, subject)
    none: list[tuple[str, Edge]] = []
    return Part(
        part.name, columns, part.size * copies, subject, np.tile(part.template, copies), part.templates,
        np.tile(part.source, copies), part.sources, np.tile(part.source_row, copies), none,
    )  # fmt: skip


def _analyse(
    prototype: Prototype, context: RangeContext, number: int, folder: Path, watches: tuple[Stopwatch, Stopwatch]
) -> None:
    """The analysis datasets of a range, as a run makes them."""
    datasets = prototype.model.datasets
    context.stopwatch = watches[0]
    for step in prototype.order.steps:
        if datasets[step[0]].standard == "adam":
            with context.stopwatch.on(step[0]):
                derive(context, step)
    context.stopwatch = watches[1]
    names = [n for n, d in datasets.items() if d.standard == "adam" and d.is_written]
    finish_range(context, number, names, folder)


def _of_parameters(what: Measurement, watch: Stopwatch, made: dict[str, int]) -> float:
    """Seconds for the parameters that the peer makes as well."""
    whole = what.made[0]
    names = [f"{whole}.{p}" for p in what.parameters]
    share = sum(made[n] for n in names) / max(made[whole], 1)
    return sum(watch.seconds[n] for n in names) + share * watch.seconds[whole]


def _by_dataset(watch: Stopwatch) -> dict[str, float]:
    """Seconds by dataset, those of parameters in their dataset."""
    found: dict[str, float] = defaultdict(float)
    for name, seconds in watch.seconds.items():
        found[name.partition(".")[0]] += seconds
    return dict(found)


def _hot_spots(profile: cProfile.Profile) -> str:
    """The functions with the most time of their own, and of their callees."""
    lines = []
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for title, place in (("own time", 2), ("with callees", 3)):
        lines.append(f"{title:<60}{'calls':>10}{'s':>8}")
        ranked = sorted(stats.items(), key=lambda item: -item[1][place])[:25]
        for (file, line, function), numbers in ranked:
            where = f"{Path(file).parent.name}/{Path(file).name}:{line} {function}"
            lines.append(f"{where[-60:]:<60}{numbers[1]:>10}{numbers[place]:>8.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
