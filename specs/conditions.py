"""The conditions of a spec (``where``, ``if``, ``when``): parsed text, a vectorised mask, an English sentence.

::

    CMTRT is not missing and AESER = 'Y'                 AESEV in ('MILD', "MODERATE") or AETOXGR >= 3
    not (RSTESTCD = 'OVRLRESP')                           EXSTDTC on or after ADSL.TRTSDTC
    AESTDTC before '2025-03-01'                           `IT AE (x)` starts with 'HEAD'

Keywords are written in any case, texts in single or double quotes (the quote itself doubled), names that are more
than letters, digits, underscores and dots in backquotes.

What a condition means (design, section 3 rule 2):

* A comparison with a missing value is false, also for ``!=``, ``not in``, ``before`` and ``contains``; only
  ``is missing`` and ``is not missing`` speak of missing values. ``not (...)`` is the plain complement, so
  ``not (A = 'x')`` holds where A is missing and ``A != 'x'`` does not.
* Against a text, values are compared exactly, by case and code point. Against a number, and in a number column,
  they are read as numbers, and what is not a number counts as missing.
* Of two names, ``=`` and ``!=`` compare exact texts (numbers if one of the columns holds numbers); ``<`` and its kin
  compare numbers where both values are numbers and texts elsewhere.
* ``before``, ``after``, ``on or before``, ``on or after`` compare ISO 8601 texts at the precision that both have. Where
  that does not decide (``2025-03`` and ``2025-03-15``) they are false; dates that agree to the day are "on".

Nothing is evaluated as Python; length and nesting of a text are limited.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from specs.condition_tree import (
    Both,
    Compare,
    ConditionError,
    Get,
    Given,
    Labels,
    Member,
    Missing,
    Moment,
    Name,
    Node,
    Not,
    Part,
    Term,
    iso_parts,
)
from transforms.columns import Mask

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

LONGEST = 10_000
DEEPEST = 50


@dataclass(frozen=True)
class Condition:
    """A parsed condition; two conditions are equal when their texts are."""

    text: str
    names: tuple[str, ...] = field(compare=False)
    """The names it refers to, each once, in the order of the text."""
    tree: Node = field(compare=False, repr=False)

    def mask(self, get: Get, size: int) -> Mask:
        """Where the condition holds, in ``size`` rows; ``get`` gives the column of a name.

        Raises ``ConditionError`` when ``before`` or ``after`` meets a number column where a date text is needed, and
        ``ValueError`` when a column has another number of rows.
        """
        result = self.tree.mask(get)
        if len(result) != size:
            raise ValueError(f"condition {self.text!r}: {size} rows expected, the columns have {len(result)}")
        return result

    @property
    def compared(self) -> set[str]:
        """The names whose values decide; of the others only whether they have one does."""
        return _compared(self.tree)

    def english(self, labels: Labels | None = None) -> str:
        """The condition as a sentence without a full stop, with labels in place of the names that have one."""
        return self.tree.english(labels or {})

    def terms(self) -> tuple[Term, ...] | None:
        """Its simple comparisons when it is a plain conjunction of ``=``, ``in`` and ``is not missing``, else None."""
        parts = self.tree.parts if isinstance(self.tree, Both) and self.tree.word == "and" else (self.tree,)
        terms = [part.term() for part in parts if isinstance(part, Compare | Member | Missing)]
        found = tuple(term for term in terms if term is not None)
        return found if len(found) == len(parts) else None


def _compared(node: Node) -> set[str]:
    if isinstance(node, Both):
        return {name for part in node.parts for name in _compared(part)}
    if isinstance(node, Not):
        return _compared(node.part)
    if isinstance(node, Missing):
        return set()
    sides = (node.left, node.right) if isinstance(node, Compare) else (node.name, getattr(node, "other", None))
    return {side.name for side in sides if isinstance(side, Name)}


# ------------------------------------------------------------------------------------------------------ from the text

GRAMMAR = r"""
?start: either
?either: both (_OR both)*
?both: factor (_AND factor)*
?factor: _NOT primary -> negation
    | primary
?primary: _LPAR either _RPAR
    | test
?test: operand SIGN operand -> compare
    | name _IN _LPAR literal (_COMMA literal)* _RPAR -> inside
    | name _NOT _IN _LPAR literal (_COMMA literal)* _RPAR -> outside
    | name _IS _MISSING -> empty
    | name _IS _NOT _MISSING -> filled
    | name _BEFORE moment -> before
    | name _AFTER moment -> after
    | name _ON _OR _BEFORE moment -> on_or_before
    | name _ON _OR _AFTER moment -> on_or_after
    | name _STARTS _WITH text -> starts_with
    | name _CONTAINS text -> contains
?operand: name | literal
?literal: text | number
?moment: name | TEXT -> date
name: NAME | QUOTED_NAME
text: TEXT
number: NUMBER

SIGN: "<=" | ">=" | "!=" | "<>" | "=" | "<" | ">"
_AND: /and(?![\w.])/i
_OR: /or(?![\w.])/i
_NOT: /not(?![\w.])/i
_IN: /in(?![\w.])/i
_IS: /is(?![\w.])/i
_MISSING: /missing(?![\w.])/i
_BEFORE: /before(?![\w.])/i
_AFTER: /after(?![\w.])/i
_ON: /on(?![\w.])/i
_STARTS: /starts(?![\w.])/i
_WITH: /with(?![\w.])/i
_CONTAINS: /contains(?![\w.])/i
NAME: /(?!(?:and|or|not|in|is|missing|before|after|on|starts|with|contains)(?![\w.]))[^\W\d]\w*(?:\.\w+)*/i
QUOTED_NAME: /`[^`\n]+`/
TEXT: /'(?:[^']|'')*'|"(?:[^"]|"")*"/
NUMBER: /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?(?![\w.])/i
_LPAR: "("
_RPAR: ")"
_COMMA: ","
%ignore /\s+/
"""

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Builder:
    """Makes the tree while the text is parsed; each method bears the name of a rule of the grammar."""

    def name(self, found: Sequence[Token]) -> Name:
        return Name(found[0].strip("`"), _column(found[0]))

    def text(self, found: Sequence[Token]) -> Given:
        quote = found[0][0]
        if len(found[0]) == 2:
            raise ConditionError("an empty text is a missing value", _column(found[0]), "is missing")
        return Given(found[0][1:-1].replace(quote * 2, quote))

    def number(self, found: Sequence[Token]) -> Given:
        return Given(float(found[0]))

    def date(self, found: Sequence[Token]) -> Given:
        literal = self.text(found)
        if np.isnan(iso_parts(literal.shown)[2]):
            raise ConditionError(f"{found[0]} is not a full date; write it as '2025-03-01'", _column(found[0]))
        return literal

    def compare(self, found: Sequence[Any]) -> Compare:
        left, sign, right = found
        sign_text = "!=" if sign == "<>" else str(sign)
        if isinstance(left, Name):
            return Compare(left, sign_text, right)
        if isinstance(right, Name):
            return Compare(right, _MIRROR.get(sign_text, sign_text), left)
        raise ConditionError("a comparison needs a column name on one side", _column(sign))

    def inside(self, found: Sequence[Any]) -> Member:
        return Member(found[0], tuple(found[1:]), negated=False)

    def outside(self, found: Sequence[Any]) -> Member:
        return Member(found[0], tuple(found[1:]), negated=True)

    def empty(self, found: Sequence[Any]) -> Missing:
        return Missing(found[0], negated=False)

    def filled(self, found: Sequence[Any]) -> Missing:
        return Missing(found[0], negated=True)

    def before(self, found: Sequence[Any]) -> Moment:
        return Moment(found[0], "before", found[1])

    def after(self, found: Sequence[Any]) -> Moment:
        return Moment(found[0], "after", found[1])

    def on_or_before(self, found: Sequence[Any]) -> Moment:
        return Moment(found[0], "on or before", found[1])

    def on_or_after(self, found: Sequence[Any]) -> Moment:
        return Moment(found[0], "on or after", found[1])

    def starts_with(self, found: Sequence[Any]) -> Part:
        return Part(found[0], "starts with", found[1])

    def contains(self, found: Sequence[Any]) -> Part:
        return Part(found[0], "contains", found[1])

    def negation(self, found: Sequence[Any]) -> Not:
        return Not(found[0])

    def both(self, found: Sequence[Any]) -> Both:
        return _joined("and", found)

    def either(self, found: Sequence[Any]) -> Both:
        return _joined("or", found)


def _joined(word: Literal["and", "or"], parts: Sequence[Node]) -> Both:
    flat = [part.parts if isinstance(part, Both) and part.word == word else (part,) for part in parts]
    return Both(word, tuple(part for inner in flat for part in inner))


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark  # late, because most commands parse no condition

    builder: Any = _Builder()
    return Lark(GRAMMAR, parser="lalr", transformer=builder)


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """The condition that a text means; raises ``ConditionError`` with the character where it fails."""
    if not text.strip():
        raise ConditionError("the condition is empty", 1)
    if len(text) > LONGEST:
        raise ConditionError(f"the condition is longer than {LONGEST} characters", LONGEST + 1)
    tree, tokens = _read(text)
    names = dict.fromkeys(str(token).strip("`") for token in tokens if token.type in ("NAME", "QUOTED_NAME"))
    return Condition(text, tuple(names), tree)


def _read(text: str) -> tuple[Node, list[Token]]:
    from lark.exceptions import UnexpectedInput

    parser: Any = _parser().parse_interactive(text)  # lark leaves its methods untyped
    tokens: list[Token] = []
    depth = 0
    try:
        for token in parser.iter_parse():
            tokens.append(token)
            depth += {"_LPAR": 1, "_RPAR": -1}.get(token.type, 0)
            if depth > DEEPEST:
                raise ConditionError(f"more than {DEEPEST} parentheses inside each other", _column(token))
        tree: Node = parser.feed_eof(tokens[-1] if tokens else None)
    except UnexpectedInput as problem:
        raise _explained(text, tokens, parser.accepts(), problem) from None
    return tree, tokens


# ------------------------------------------------------------------------------------------------- errors for people

_OPERATORS = ("is missing", "is not missing", "in", "not in", "before", "after", "on or before", "on or after",
              "starts with", "contains")  # fmt: skip
_MEANT = {
    "==": "=", "===": "=", "eq": "=", "ne": "!=", "!==": "!=", "^=": "!=", "~=": "!=", "lt": "<", "le": "<=",
    "=<": "<=", "gt": ">", "ge": ">=", "=>": ">=", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not",
    "null": "is missing", "empty": "is missing", "blank": "is missing", "na": "is missing", "begins": "starts with",
    "like": "contains", "between": ">= and <=", "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
_EXPECTED = {
    "_IS": "a comparison (=, !=, <, <=, >, >=, in, is missing, before, after, starts with, contains)",
    "SIGN": "a comparison sign", "NAME": "a column name", "TEXT": "a text in quotes", "NUMBER": "a number",
    "_MISSING": "'missing'", "_IN": "'in'", "_BEFORE": "'before'", "_AFTER": "'after'", "_WITH": "'with'",
    "_LPAR": "'('", "_COMMA": "','", "_RPAR": "')'", "_AND": "'and'", "_OR": "'or'", "$END": "the end of the condition",
}  # fmt: skip


def _explained(text: str, tokens: list[Token], accepted: set[str], problem: UnexpectedInput) -> ConditionError:
    at = len(text) if getattr(problem, "token", None) == "" else problem.pos_in_stream or 0
    rest = text[at:]
    if re.match(r"""'(?:[^']|'')*$|"(?:[^"]|"")*$|`[^`]*$""", rest):
        return ConditionError(f"the text that begins here has no closing {rest[0]}", at + 1)
    if "_IS" in accepted:
        accepted = {"_IS"}
    words = [said for terminal, said in _EXPECTED.items() if terminal in accepted]
    expected = " or ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
    word = re.match(r"\w+|[=!<>^~&|]+|.", rest)
    found = f"found {word[0]!r}" if word else "the condition ends here"
    return ConditionError(f"expected {expected}, {found}", at + 1, _meant(text, at, tokens, accepted))


def _meant(text: str, at: int, tokens: list[Token], accepted: set[str]) -> str | None:
    """The nearest thing that the grammar knows, judged from the last name before the place of failure."""
    for piece in (_signs_around(text, at), re.match(r"\w+|[^\w\s]|", text[at:])[0]):  # type: ignore[index]
        if piece.lower() in _MEANT:
            return _MEANT[piece.lower()]
    names = [number for number, token in enumerate(tokens) if token.type in ("NAME", "QUOTED_NAME")]
    since = tokens[names[-1] + 1 :] if names else tokens
    begun = names and since and all(token.type.startswith("_") and token[0].isalpha() for token in since)
    candidates = _OPERATORS if begun or "_IS" in accepted else ("and", "or") if "_AND" in accepted else ()
    words = text[_column(since[0]) - 1 if begun else at :].lower().split()
    written = [" ".join(words[:count]) for count in (1, 2, 3)]
    ratio = {phrase: max(difflib.SequenceMatcher(None, w, phrase).ratio() for w in written) for phrase in candidates}
    best = max(ratio, key=lambda phrase: ratio[phrase], default="")
    return best if 0.65 < ratio.get(best, 0) < 1 else None


def _signs_around(text: str, at: int) -> str:
    before, after = re.search(r"[=!<>^~&|]*$", text[:at]), re.match(r"[=!<>^~&|]*", text[at:])
    return (before[0] if before else "") + (after[0] if after else "")
