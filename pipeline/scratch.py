"""The folder for what a run writes on its way: removed when it ends, and by the next run when it was killed.

It holds data of subjects, so that none of it may stay behind. Whether a run still lives is told by a lock in the
folder, which the system releases when its holder dies.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "cutline-"
LOCK, LOCKING = ".lock", ".locking"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder in the system's place for temporary files, for the time of a ``with`` block."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with (folder / LOCKING).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / LOCKING).rename(folder / LOCK)  # nobody sees it before it is held
            yield folder


def _sweep(place: Path) -> None:
    """Remove the folders of runs that are dead; what belongs to another user, or is being made, is passed over."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            with (folder / LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
