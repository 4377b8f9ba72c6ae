"""Benchmark of a whole run: simulate a study of many subjects, convert it, and relate the cost to reading the files.

    python benchmarks/run.py [--study ct0596] [--subjects 5000] [--extract DIR]

Prints, per dataset, the records, the seconds of processor time and the records per second; the peak memory; and the
ratio of the whole run to ``pandas.read_csv(dtype=str, keep_default_na=False)`` of the same files in the same process.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd

from pipeline.commands import simulate_extract
from pipeline.run import RunOptions, RunResult, load_model, run

MOST = 20
"""Steps that are shown."""


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="ct0596")
    parser.add_argument("--subjects", type=int, default=5000)
    parser.add_argument("--extract", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cutline-bench-") as scratch:
        extract = given.extract or Path(scratch) / "extract"
        if given.extract is None:
            simulate_extract(given.study, given.subjects, 1, extract, False)
        peer = read_everything(given.study, extract)
        start = time.process_time()
        result = run(RunOptions(given.study, extract, out=Path(scratch) / "out"))
        report(result, time.process_time() - start, peer)


def read_everything(study: str, extract: Path) -> float:
    """Seconds of processor time to read every declared file as text with pandas alone."""
    sources = load_model(study, False, None).study.sources.values()
    start = time.process_time()
    for source in sources:
        path = extract / source.file
        if path.suffix == ".csv" and path.is_file():
            pd.read_csv(path, dtype=str, keep_default_na=False, encoding=source.encoding)
    return time.process_time() - start


def report(result: RunResult, cpu: float, peer: float) -> None:
    """Print what the run took."""
    print(f"{'step':<16}{'records':>12}{'CPU s':>9}{'records/s':>12}")
    records = {d["name"]: d["records"] for d in result.datasets}
    for name, seconds in sorted(result.cpu.items(), key=lambda item: -item[1])[:MOST]:
        count = records.get(name, 0)
        rate = f"{count / seconds:,.0f}" if count and seconds else ""
        print(f"{name:<16}{count or '':>12}{seconds:>9.2f}{rate:>12}")
    rows = sum(s["rows"] for s in result.sources)
    laboratory = records.get("LB", 0)
    print(f"\nraw rows {rows:,}; run {cpu:.1f} s of CPU ({rows / cpu:,.0f} rows/s)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    print(f"ratio to reading the same files as text with pandas ({peer:.1f} s): {cpu / peer:.1f}")
    if laboratory:
        own = sum(result.cpu.get(n, 0.0) for n in ("LB", "SUPPLB"))
        share = laboratory / max(sum(records.values()), 1)
        shared = sum(share * result.cpu.get(n, 0.0) for n in ("write XPT", "write lineage"))
        reading = result.cpu.get("read", 0.0)
        total = (own + shared + reading) / laboratory * 1e6
        print(
            f"LB from raw forms to XPT: {total:.1f} s of CPU for 1,000,000 of {laboratory:,} records: "
            f"reading all files {reading:.1f} s, mapping and checks {own:.1f} s, "
            f"XPT and lineage by share {shared:.1f} s"
        )


if __name__ == "__main__":
    main()
