"""Whether a define.xml says the truth about its datasets: everything that its schema cannot tell."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from define.rules import RULES
from define.rules.data import Submission
from define.rules.document import DefineError
from define.rules.parse import parse_define
from define.rules.rule import DefineFinding


def check_define(define_xml: Path, datasets: Path, awaited: Collection[str] = ()) -> list[DefineFinding]:
    """All faults of a define.xml against itself and the transport files of a folder, in the order of the rules.

    The files are those that the leaves of the datasets name, relative to ``datasets``; the documents beside them are
    looked for relative to the define.xml, and those of ``awaited`` (``acrf.pdf``) may come later. The rules, with
    their ids and sentences: ``define.rules.RULES``. Raises DefineError for a file that is no Define-XML 2.1, and
    OSError for one that cannot be read.
    """
    submission = Submission(parse_define(define_xml), datasets, awaited)
    return [found for rule in RULES for found in rule().check(submission)]


__all__ = ["DefineError", "DefineFinding", "check_define"]
