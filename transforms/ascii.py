"""Text in ASCII: one fixed table, so that XPT files can hold what was collected and nothing is replaced by '?'.

Source: design basis 2.3 M9 (characters) and M19 (line ends). What the table does not know stays as it is; the check of
``not_ascii`` then stops a build.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from transforms.columns import Column, Mask, categories_of, on_distinct, raw_codes, text

_GREEK = [
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "u", "nu"),
    *("xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
]
"""Names of U+03B1 to U+03C9 in order; mu is u, as in units (U+03C2 is the final sigma)."""

_TABLE: dict[str, str] = {
    **{chr(0x03B1 + i): name for i, name in enumerate(_GREEK)},
    **{chr(0x0391 + i): name.capitalize() for i, name in enumerate(_GREEK) if i not in (11, 17)},
    "\u03bc": "u",
    "\u039c": "M",
    "\u00b5": "u",
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u02b9\u02bc\u2039\u203a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u300c\u300d\u300e\u300f\u300a\u300b", '"'),
    **dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000", " "),
    **{chr(c): " " for c in range(0x2000, 0x200B)},
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2266": "<=",
    "\u2267": ">=",
    "\u2a7d": "<=",
    "\u2a7e": ">=",
    "\u2260": "!=",
    "\u00b1": "+/-",
    "\u00d7": "x",
    "\u2715": "x",
    "\u00f7": "/",
    "\u2044": "/",
    "\u2215": "/",
    # A middle dot multiplies in units; as a decimal point it would give another number without anyone noticing.
    **dict.fromkeys("\u00b7\u22c5\u2219", "*"),
    "\u2248": "~",
    "\u223c": "~",
    "\u301c": "~",
    "\u00b0": "deg",
    "\u2190": "<-",
    "\u2192": "->",
    "\u2022": "-",
    "\u00a9": "(c)",
    "\u00ae": "(R)",
    "\u3001": ",",
    "\u3002": ".",
    "\u3010": "[",
    "\u3011": "]",
    "\u00df": "ss",
    "\u1e9e": "SS",
    "\u00c6": "AE",
    "\u00e6": "ae",
    "\u0152": "OE",
    "\u0153": "oe",
    "\u00d8": "O",
    "\u00f8": "o",
    "\u0110": "D",
    "\u0111": "d",
    "\u00d0": "D",
    "\u00f0": "d",
    "\u00de": "Th",
    "\u00fe": "th",
    "\u0141": "L",
    "\u0142": "l",
    "\u0131": "i",
}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
_LINE_ENDS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
_RAISED = re.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+")
_RAISED_PLAIN = str.maketrans(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-"
)
_MIXED_FRACTION = re.compile("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e])")
_ACCENT_LEFT = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")
_NOT_PRINTABLE_ASCII = re.compile("[^ -~]")


def transliterate(value: str) -> str:
    """One text in ASCII as far as the fixed table goes; characters without an equivalent stay.

    A run of tabs and line ends becomes one blank. Source: design basis 2.3 M9, M19.
    """
    if value.isascii() and not _LINE_ENDS.search(value):
        return value
    while (result := _one_pass(value)) != value:
        value = result
    return value


def to_ascii(column: Column) -> Column:
    """Every text of a column transliterated; what becomes empty is missing."""
    return on_distinct(column, transliterate)


def not_ascii(column: Column) -> Mask:
    """Where a text holds a character that is not printable ASCII, so that it cannot go into an XPT file."""
    column = text(column)
    bad = np.array([bool(_NOT_PRINTABLE_ASCII.search(v)) for v in categories_of(column)] + [False], dtype=np.bool_)
    return bad[raw_codes(column)]


def _one_pass(value: str) -> str:
    value = unicodedata.normalize("NFC", _INVISIBLE.sub("", _LINE_ENDS.sub(" ", value)))
    value = _RAISED.sub(_lower, _MIXED_FRACTION.sub(" ", value))
    return _ACCENT_LEFT.sub("", "".join(c if c.isascii() else _character(c) for c in value))


def _lower(match: re.Match[str]) -> str:
    """A superscript on the line: 10^9 and s^-1 need the caret, m2 (as the UNIT codelist writes it) and CD4+ do not."""
    raised = match[0].translate(_RAISED_PLAIN)
    before = match.string[: match.start()]
    power = raised.lstrip("+-").isdigit() and (before[-1:].isdigit() or raised[0] in "+-")
    return f"^{raised}" if power else raised


def _character(character: str) -> str:
    if character in _TABLE:
        return _TABLE[character]
    parts = unicodedata.normalize("NFKD", character)
    base = "".join(p for p in parts if not unicodedata.combining(p))
    if len(base) < len(parts) and not base.isalpha():  # a struck-out sign must not become the plain sign
        return character
    plain = "".join(_TABLE.get(p, p) for p in base)
    return plain if plain and plain.isascii() else character
