"""All registered transforms: importing this module imports every other of the package, which fills the registry."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from transforms.registry import REGISTRY

for _module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if _module.name != "library":
        importlib.import_module(f"transforms.{_module.name}")

__all__ = ["REGISTRY"]
