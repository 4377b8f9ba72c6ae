"""Python of packs: loaded by path, under a module name of its own, and of foreign packs only when they are trusted."""

from __future__ import annotations

import importlib.util
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from specs.layers import MAPPINGS


class PackCodeError(Exception):
    """The Python of a pack fails while it is loaded, or lacks what is asked of it."""


class UntrustedCode(PackCodeError):
    """A pack from outside has Python, and the user did not say that it may run."""


def load_pack_code(pack: Path, trusted: bool) -> bool:
    """Register the transforms of a pack; true if code of a foreign pack was run.

    Raises UntrustedCode for a foreign pack with a ``transforms.py`` that is not trusted, PackCodeError when it fails.
    """
    path = pack / "transforms.py"
    if not path.is_file():
        return False
    _load(path, pack, trusted)
    return not _is_own(pack)


def load_simulator(pack: Path, trusted: bool) -> Callable[[int, int, Path], Any]:
    """The function ``simulate(subjects, seed, out)`` of a pack's ``simulate.py``.

    Raises PackCodeError when the pack has none, UntrustedCode when it is foreign and not trusted.
    """
    path = pack / "simulate.py"
    if not path.is_file():
        raise PackCodeError(f"the pack {pack.name} has no simulate.py, so there is no extract to write")
    function = getattr(_load(path, pack, trusted), "simulate", None)
    if not callable(function):
        raise PackCodeError(f"{pack.name}/simulate.py has no function simulate(subjects, seed, out)")
    found: Callable[[int, int, Path], Any] = function
    return found


def _is_own(pack: Path) -> bool:
    return pack.resolve().is_relative_to(MAPPINGS)


def _load(path: Path, pack: Path, trusted: bool) -> ModuleType:
    if not (trusted or _is_own(pack)):
        raise UntrustedCode(
            f"{path} is Python from outside the program's own mappings; read it, and give --trust-code to let it run"
        )
    name = f"_pack_{re.sub('[^A-Za-z0-9]', '_', pack.name)}_{path.stem}_{zlib.crc32(str(path.resolve()).encode()):08x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise PackCodeError(f"{pack.name}/{path.name} cannot be loaded: {type(error).__name__}: {error}") from error
    return module
