"""Deliveries are complete or absent, whoever is killed and whenever."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.deliver import DeliveryError, TargetBusy, current_delivery, open_delivery

ROOT = Path(__file__).parents[2]


def deliver(out: Path, content: str, text: str = "data") -> Path:
    with open_delivery(out, "S-1", "2026-03-31", content) as delivery:
        if not delivery.up_to_date:
            write(delivery.folder, text)
        return delivery.commit()


def write(folder: Path, text: str) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "ae.xpt").write_text(text)
    (folder / "manifest.json").write_text("{}")


def tree(out: Path) -> list[str]:
    """Everything below the cut, hidden files too."""
    cut = out / "S-1" / "2026-03-31"
    return sorted(p.relative_to(cut).as_posix() for p in cut.rglob("*"))


WHOLE = ["aaa", "aaa/manifest.json", "aaa/sub", "aaa/sub/ae.xpt", "current"]


def test_a_delivery_is_a_folder_and_a_relative_link(tmp_path: Path) -> None:
    target = deliver(tmp_path, "aaa")
    assert target == tmp_path / "S-1" / "2026-03-31" / "aaa"
    assert tree(tmp_path) == WHOLE
    assert (target.parent / "current").readlink() == Path("aaa")
    assert current_delivery(tmp_path, "S-1", "2026-03-31") == target.resolve()


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        target = deliver(tmp_path, "aaa")
    finally:
        os.umask(before)
    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in [target, *target.rglob("*")]}
    assert modes == {"aaa": "0o755", "sub": "0o755", "ae.xpt": "0o444", "manifest.json": "0o444"}


def test_the_next_delivery_leaves_the_last_one_as_it_was(tmp_path: Path) -> None:
    first = deliver(tmp_path, "aaa", "old")
    second = deliver(tmp_path, "bbb", "new")
    assert (first / "sub" / "ae.xpt").read_text() == "old"
    assert current_delivery(tmp_path, "S-1", "2026-03-31") == second.resolve()


def test_what_exists_is_up_to_date_and_becomes_current_again(tmp_path: Path) -> None:
    first = deliver(tmp_path, "aaa", "old")
    deliver(tmp_path, "bbb", "new")
    before = (first / "sub" / "ae.xpt").stat().st_mtime_ns
    with open_delivery(tmp_path, "S-1", "2026-03-31", "aaa") as delivery:
        assert delivery.up_to_date
        assert delivery.commit() == first
    assert (first / "sub" / "ae.xpt").stat().st_mtime_ns == before
    assert current_delivery(tmp_path, "S-1", "2026-03-31") == first.resolve()


def test_without_commit_nothing_remains(tmp_path: Path) -> None:
    deliver(tmp_path, "aaa")
    with open_delivery(tmp_path, "S-1", "2026-03-31", "bbb") as delivery:
        write(delivery.folder, "stopped")
    assert tree(tmp_path) == WHOLE


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, "aaa")
    with pytest.raises(ZeroDivisionError), open_delivery(tmp_path, "S-1", "2026-03-31", "bbb") as delivery:
        write(delivery.folder, "half")
        raise ZeroDivisionError
    assert tree(tmp_path) == WHOLE


CHILD = """
import sys, time
from pathlib import Path
from pipeline import deliver

def stop(*_):
    print("here", flush=True)
    time.sleep(60)

out, point = Path(sys.argv[1]), sys.argv[2]
if point in ("_seal", "_make_current"):
    setattr(deliver, point, stop)
if point == "replace":
    Path.replace = stop
with deliver.open_delivery(out, "S-1", "2026-03-31", "bbb") as delivery:
    (delivery.folder / "half.xpt").write_text("half")
    if point == "writing":
        stop()
    (delivery.folder / "manifest.json").write_text("{}")
    delivery.commit()
"""


def child(out: Path, point: str) -> subprocess.Popen[str]:
    """Another process that stops at a point of its delivery and says so."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(out), point], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "here\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("point", ["writing", "_seal", "_make_current", "replace"])
def test_a_run_that_is_killed_changes_nothing(tmp_path: Path, point: str) -> None:
    first = deliver(tmp_path, "aaa", "old")
    kill(child(tmp_path, point))
    assert current_delivery(tmp_path, "S-1", "2026-03-31") == first.resolve()
    assert (first / "sub" / "ae.xpt").read_text() == "old"
    visible = [p.name for p in (tmp_path / "S-1" / "2026-03-31").iterdir() if not p.name.startswith(".")]
    complete = ["aaa", "bbb", "current"] if point in ("_make_current", "replace") else ["aaa", "current"]
    assert sorted(visible) == complete


@pytest.mark.parametrize("point", ["writing", "_seal", "_make_current", "replace"])
def test_the_next_run_sweeps_what_a_killed_one_left(tmp_path: Path, point: str) -> None:
    kill(child(tmp_path, point))
    target = deliver(tmp_path, "bbb", "again")
    assert current_delivery(tmp_path, "S-1", "2026-03-31") == target.resolve()
    assert [n for n in tree(tmp_path) if n.startswith(".")] == []


def test_two_runs_on_one_target_cannot_mix(tmp_path: Path) -> None:
    process = child(tmp_path, "writing")
    try:
        with (
            pytest.raises(TargetBusy, match=rf"in use by process {process.pid} on "),
            open_delivery(tmp_path, "S-1", "2026-03-31", "ccc", wait_seconds=0.2),
        ):
            pass
        assert [n for n in tree(tmp_path) if n.endswith("half.xpt")] != []
    finally:
        kill(process)


def test_the_findings_of_a_failed_run_stand_beside_the_deliveries_until_the_next_one(tmp_path: Path) -> None:
    deliver(tmp_path, "aaa")
    for text in ("first", "second"):
        with open_delivery(tmp_path, "S-1", "2026-03-31", "bbb") as delivery:
            (delivery.folder / "findings.csv").write_text(text)
            kept = delivery.fail(delivery.folder / "findings.csv")
        assert (kept.read_text(), tree(tmp_path)) == (text, [*WHOLE, "findings-of-failed-run.csv"])
    deliver(tmp_path, "aaa")
    assert tree(tmp_path) == WHOLE


def test_another_study_is_not_locked_out(tmp_path: Path) -> None:
    with open_delivery(tmp_path, "S-1", "2026-03-31", "aaa"), open_delivery(tmp_path, "S-2", "2026-03-31", "aaa"):
        pass


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DeliveryError, match=r"out is a file where a folder should be"):
        deliver(tmp_path / "out", "aaa")


def test_current_is_a_real_folder(tmp_path: Path) -> None:
    (tmp_path / "S-1" / "2026-03-31" / "current").mkdir(parents=True)
    with pytest.raises(DeliveryError, match="is not a link of ours"):
        deliver(tmp_path, "aaa")


def test_a_folder_of_somebody_else_in_the_place_of_the_delivery(tmp_path: Path) -> None:
    (tmp_path / "S-1" / "2026-03-31" / "aaa").mkdir(parents=True)
    with pytest.raises(DeliveryError, match="is not a delivery"):
        deliver(tmp_path, "aaa")


@pytest.mark.parametrize("cut", ["../x", "a/b", "", ".hidden", ".."])
def test_names_cannot_leave_the_target(tmp_path: Path, cut: str) -> None:
    with pytest.raises(DeliveryError, match="cannot name a folder"), open_delivery(tmp_path, "S-1", cut, "aaa"):
        pass


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    deliver(tmp_path, "aaa")
    with (
        pytest.raises(DeliveryError, match="is full"),
        open_delivery(tmp_path, "S-1", "2026-03-31", "bbb") as delivery,
    ):
        write(delivery.folder, "half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert tree(tmp_path) == WHOLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_target_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(DeliveryError, match="no permission"):
            deliver(tmp_path, "aaa")
    finally:
        tmp_path.chmod(0o755)


def test_a_permission_refused_in_the_target_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(DeliveryError, match="no permission to write"),
        open_delivery(tmp_path, "S-1", "2026-03-31", "aaa") as delivery,
    ):
        raise PermissionError(errno.EACCES, "Permission denied", str(delivery.folder / "x"))


def test_other_faults_keep_their_name(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        open_delivery(tmp_path, "S-1", "2026-03-31", "aaa"),
    ):
        raise FileNotFoundError("an input")
