"""Nothing that a run writes on its way stays behind, even if the run was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.scratch import scratch_folder

ROOT = Path(__file__).parents[2]
HELD = """
import sys
from pipeline.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "ae.arrow").write_text("data")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_it_is_there_for_the_time_of_a_run(place: Path) -> None:
    with scratch_folder() as folder:
        (folder / "ae.arrow").write_text("data")
        assert folder.parent == place
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_uses_stays(place: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(
        [sys.executable, "-c", HELD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert run.stdout is not None
    theirs = Path(run.stdout.readline().strip())
    with scratch_folder():
        assert (theirs / "ae.arrow").read_text() == "data"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    with scratch_folder() as ours:
        assert list(place.iterdir()) == [ours]


def test_a_folder_of_somebody_else_is_left_alone(place: Path) -> None:
    (place / "cutline-notes").mkdir()
    with scratch_folder():
        pass
    assert [p.name for p in place.iterdir()] == ["cutline-notes"]
