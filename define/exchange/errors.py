"""What can be wrong with metadata that is brought in or out; every message says where, what, and what to do."""

from __future__ import annotations


class ExchangeError(Exception):
    """A file of metadata that cannot be used: a fault of the data (exit code 1)."""


class ExchangeUsage(Exception):
    """A file that is not there, or a target that cannot be written: wrong usage (exit code 2)."""
