"""Deliveries: immutable folders that are complete or absent, and the link ``current`` to the newest.

Everything is written into ``<out>/<study>/<cut>/.building-<content id>-<pid>``, flushed to the disk, and renamed to
``<out>/<study>/<cut>/<content id>``; then ``current`` is replaced in one step. Whoever is killed on the way leaves the
old delivery as it was; a run that delivers nothing leaves its findings, as a file beside the deliveries. One run at a
time works on a study of a target, by a lock that the system releases when its holder dies; so what a new holder finds
half built is nobody's, and is removed. Design, sections 4 and 5.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BUILDING = ".building-"
LINKING = ".current-"
CURRENT = "current"
MANIFEST = "manifest.json"
FAILED = "findings-of-failed-run.csv"
"""Beside the deliveries: what was found by the last run that left none."""
FILE_MODE, FOLDER_MODE = 0o444, 0o755
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DeliveryError(Exception):
    """A delivery cannot be written there: where, what is wrong, and what to do."""


class TargetBusy(DeliveryError):
    """Another run works on this study in this target."""


@dataclass
class Delivery:
    """A delivery in the making: write into ``folder``, then ``commit``."""

    folder: Path
    target: Path
    up_to_date: bool
    """The target exists already, from the same content: nothing is to be written."""

    def commit(self) -> Path:
        """Make the delivery visible, at once and whole, and current. Raises DeliveryError."""
        if not self.up_to_date:
            _seal(self.folder)
            self.folder.rename(self.target)
            _flush(self.target.parent)
        _make_current(self.target)
        (self.target.parent / FAILED).unlink(missing_ok=True)
        return self.target

    def fail(self, findings: Path) -> Path:
        """Put the findings of a run that delivers nothing beside the deliveries, in place of those of an earlier one.

        ``findings`` is a file in ``folder``; the next run that delivers removes what was put there.
        """
        kept = self.target.parent / FAILED
        _flush(findings)
        findings.replace(kept)
        return kept


@contextmanager
def open_delivery(out: Path, study: str, cut: str, content_id: str, wait_seconds: float = 2.0) -> Iterator[Delivery]:
    """A delivery to write into, for the time of a ``with`` block; without ``commit`` nothing of it remains.

    Raises TargetBusy when another run holds the target, and DeliveryError for a target that cannot be written, is
    something else than a folder, or runs full.
    """
    for kind, name in (("study", study), ("cut", cut), ("content id", content_id)):
        if not _PLAIN.fullmatch(name):
            raise DeliveryError(f"the {kind} '{name}' cannot name a folder; use letters, digits, '.', '_' and '-'")
    with _explained(out), _held(out / study, wait_seconds):
        parent = _folder(out / study / cut)
        for other in sorted(p for p in (out / study).iterdir() if p.is_dir() and not p.is_symlink()):
            _sweep(other)
        target = parent / content_id
        _check_free(parent / CURRENT, target)
        building = parent / f"{BUILDING}{content_id}-{os.getpid()}"
        if target.is_dir():
            yield Delivery(target, target, True)
            return
        building.mkdir()
        try:
            yield Delivery(building, target, False)
        finally:
            shutil.rmtree(building, ignore_errors=True)  # gone already when it was committed


def current_delivery(out: Path, study: str, cut: str) -> Path | None:
    """The delivery that ``current`` names, if there is one."""
    link = out / study / cut / CURRENT
    return link.resolve() if link.is_symlink() and link.is_dir() else None


def _check_free(current: Path, target: Path) -> None:
    if current.exists() and not current.is_symlink():
        raise DeliveryError(f"{current} is not a link of ours; move it away, 'current' is for the newest delivery")
    if target.is_symlink() or (target.exists() and not (target / MANIFEST).is_file()):
        raise DeliveryError(f"{target} is not a delivery (it has no {MANIFEST}); move it away")


@contextmanager
def _held(folder: Path, wait_seconds: float) -> Iterator[None]:
    """The exclusive lock of a study in a target."""
    path = _folder(folder) / ".lock"
    with path.open("a+", encoding="utf-8") as lock:
        until = time.monotonic() + wait_seconds
        while not _locked(lock.fileno()):
            if time.monotonic() >= until:
                lock.seek(0)
                holder = lock.read().strip() or "another run"
                raise TargetBusy(f"{folder} is in use by {holder}; wait until it has ended, or give another --out")
            time.sleep(0.05)
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _locked(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(path: Path) -> Path:
    """The folder, made if need be. Raises DeliveryError when something else stands in its place."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError:  # where the system makes the folders, such as /proc
        raise DeliveryError(f"{path} cannot be made there; give another --out") from None
    except (FileExistsError, NotADirectoryError):
        found = next((p for p in (path, *path.parents) if p.exists() and not p.is_dir()), path)
        raise DeliveryError(
            f"{found} is a file where a folder should be; move it away, or give another --out"
        ) from None
    return path


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left half done; we hold the lock, so it is nobody's."""
    for path in folder.iterdir():
        if path.name.startswith(LINKING) and path.is_symlink():
            path.unlink()
        elif path.name.startswith(BUILDING) and path.is_dir():
            shutil.rmtree(path)


def _seal(folder: Path) -> None:
    """Set the modes, and flush every file and folder to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            path.chmod(FOLDER_MODE)
        else:
            path.chmod(FILE_MODE)
        _flush(path)
    folder.chmod(FOLDER_MODE)
    _flush(folder)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _make_current(target: Path) -> None:
    link = target.parent / f"{LINKING}{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(target.parent / CURRENT)
    _flush(target.parent)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    """Faults of the disk and its permissions as sentences; everything else passes."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL or "No space left" in str(error):
            raise DeliveryError(f"the disk of {out} is full; make room and run again, nothing was changed") from error
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            raise DeliveryError(f"{out} is on a disk without file locks; give an --out on a local disk") from error
        if error.errno == errno.EROFS or (isinstance(error, PermissionError) and _concerns(out, error)):
            raise DeliveryError(f"no permission to write {error.filename or out}; give another --out") from error
        raise


def _concerns(out: Path, error: OSError) -> bool:
    """Whether a fault is about something in the target, or about the target itself."""
    if not isinstance(error.filename, str):
        return False
    path, target = Path(error.filename).absolute(), out.absolute()
    return path.is_relative_to(target) or target.is_relative_to(path)
