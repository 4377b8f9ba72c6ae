"""What texts stand for in a result: not done, below quantitation, a standard character result, a translation.

The table has the columns text, context, status, reason, standard and translation. A text is compared in ASCII, in any
case and with single blanks. A context (``kinetics``, or a test code) goes before the rows without one, because ND is
"not done" in a local laboratory and "not detected" in kinetics. Source: design basis 2.3 M5; scenarios J19, J21, K13.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from transforms.ascii import transliterate
from transforms.registry import Table
from transforms.tables import rows_of


@dataclass(frozen=True)
class ResultText:
    """What one text stands for."""

    status: str
    """NOT DONE, or empty."""
    reason: str
    standard: str
    """The standard result; ``<LLOQ`` and ``>ULOQ`` stand for the limits of quantitation of the record."""
    translation: str
    """What the original result shows for a text in another language."""


class ResultTexts:
    """A table of result texts; raises ValueError for a text that is there twice in one context."""

    def __init__(self, table: Table) -> None:
        self._rows: dict[tuple[str, str], ResultText] = {}
        for row in rows_of(table, ["text", "context", "status", "reason", "standard"], ["translation"]):
            key = (_key(row["context"]), _key(row["text"]))
            if key in self._rows:
                raise ValueError(
                    f"result texts: '{row['text']}' is there twice in context '{row['context']}'; keep one"
                )
            self._rows[key] = ResultText(row["status"], row["reason"], row["standard"], row["translation"])

    def find(self, value: str | None, *contexts: str | None) -> ResultText | None:
        """What a text stands for in the first context that knows it, and else in none."""
        if not value:
            return None
        rows = (self._rows.get((_key(context), _key(value))) for context in (*filter(None, contexts), ""))
        return next((row for row in rows if row is not None), None)


@lru_cache(maxsize=1 << 16)
def _key(value: str) -> str:
    return " ".join(transliterate(value).split()).casefold()
