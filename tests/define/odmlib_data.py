"""The test defines of odmlib: they are in its source distribution only, which is fetched once and kept out of git."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "requirements" / "development.txt"


def odmlib_defines() -> Path:
    """The folder of odmlib's test data; the test is skipped where its source distribution cannot be had."""
    name = f"odmlib-{version('odmlib')}"
    kept = ROOT / ".pytest_cache" / "sources" / name
    if not kept.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            content = _download(name, Path(folder))
            if f"sha256:{hashlib.sha256(content.read_bytes()).hexdigest()}" not in LOCKED.read_text(encoding="utf-8"):
                pytest.skip(f"{content.name} is not the one that requirements/development.txt locks")
            with tarfile.open(content) as packed:
                packed.extractall(folder, filter="data")
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.is_dir():
                (Path(folder) / name).rename(kept)
    return kept / "tests" / "data"


def _download(name: str, folder: Path) -> Path:
    wanted = name.replace("-", "==")
    words = ["pip", "download", "--quiet", "--no-binary", "odmlib", "--no-deps", wanted, "-d", str(folder)]
    try:
        done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, timeout=180)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"no source distribution of odmlib: {error}")
    found = next(iter(folder.glob("*.tar.gz")), None)
    if found is None:
        pytest.skip(f"no source distribution of odmlib: {done.stderr.strip().splitlines()[-1:] or 'pip gave no file'}")
    return found
