"""`convert.py run` killed at some moments: the old delivery stays as it was, none is half made, the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_pack import RAW, write_files, write_pack

ROOT = Path(__file__).parents[1]
CUT = Path("out") / "S-1" / "uncut"


def command(folder: Path, *words: str) -> list[str]:
    given = ["run", str(folder / "pack"), "--extract", str(folder / "raw"), "--out", str(folder / "out"), *words]
    return [sys.executable, str(ROOT / "convert.py"), *given]


def ran(folder: Path, *words: str) -> None:
    done = subprocess.run(command(folder, *words), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def killed(folder: Path, step: str, delay: float, *words: str) -> None:
    """A run that is killed some seconds after it has said that a step begins."""
    run = subprocess.Popen(command(folder, *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert run.stderr is not None
    while (line := run.stderr.readline()) and line.strip() != step:
        pass
    time.sleep(delay)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with a delivery, and raw files that changed since."""
    write_pack(tmp_path)
    write_files(tmp_path / "raw", {**RAW, "ref.csv": "A\n1\n"})
    ran(tmp_path)
    write_files(tmp_path / "raw", {"ae.csv": RAW["ae.csv"] + "01-002,Rash,Rash,2025-03-14\n"})
    return tmp_path


def test_the_old_delivery_stays_and_the_next_run_works(study: Path) -> None:
    cut = study / CUT
    old = (cut / "current").resolve()
    before = files(old)
    for step, delay in (("plan", 0), ("read", 0.05), ("convert", 0), ("write", 0), ("write", 0.2)):
        killed(study, step, delay)
        assert files(old) == before, step
        shown = {p.name for p in cut.iterdir() if not p.name.startswith(".")} - {old.name, "current"}
        if shown:
            break  # it had delivered before it died: the next run, which is up to date, looks whether all is there
        assert (cut / "current").resolve() == old, step
    ran(study)
    new = (cut / "current").resolve()
    assert new != old
    assert files(old) == before
    assert sorted(p.name for p in cut.iterdir()) == sorted([old.name, new.name, "current"])


def test_workers_end_with_a_run_that_is_killed_and_leave_the_target_free(study: Path) -> None:
    """They would wait for work for ever, and hold the lock of the target."""
    killed(study, "convert", 0, "--jobs", "2")
    ran(study, "--jobs", "2")
