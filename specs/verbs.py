"""The program's own transforms, loaded: importing their modules is what registers them."""

from __future__ import annotations

import importlib
import pkgutil

import transforms


def load_transforms() -> None:
    """Import every module of the package ``transforms``, so that the registry knows all its verbs."""
    for module in pkgutil.iter_modules(transforms.__path__):
        importlib.import_module(f"transforms.{module.name}")
