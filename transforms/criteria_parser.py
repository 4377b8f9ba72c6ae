"""How conditions of grading tables are written: ``v<0.5 or (v<L and pchg<=-75)``, ``not BH: v>20U; BH: v>20B``.

Variables and flags are those that the table's transform names; a number before a variable multiplies it.
``guard: condition`` holds where both hold, ``;`` separates alternatives. Nothing is evaluated as code.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from transforms.criteria_language import Combined, Comparison, Condition, Flag, Side

_GRAMMAR = r"""
    ?start: alternatives
    alternatives: rule (";" rule)*
    ?rule: any_of ":" any_of -> all_of
         | any_of
    ?any_of: all_of_ ("or" all_of_)*       -> any_of
    ?all_of_: negated ("and" negated)*     -> all_of
    ?negated: "not" negated                -> none_of
            | "(" any_of ")"
            | side OPERATOR side           -> comparison
            | NAME                         -> flag
    side: SIGN? term (SIGN term)*
    term: NUMBER "*"? NAME | NUMBER | NAME
    OPERATOR: "<=" | ">=" | "<" | ">"
    SIGN: "+" | "-"
    NUMBER: /\d+(\.\d+)?|\.\d+/
    NAME: /(?!(?:or|and|not)\b)[A-Za-z]+/
    %ignore /[ \t]+/
"""


def parse_criterion(written: str, variables: tuple[str, ...], flags: tuple[str, ...]) -> Condition:
    """The condition that a cell of a grading table holds.

    Raises ValueError, with the place in the text, for what is no condition and for a name that is not known.
    """
    try:
        condition: Condition = _Builder(variables, flags).transform(_parser().parse(written))
    except LarkError as error:
        cause = error.__context__ if isinstance(error.__context__, ValueError) else error
        reason = str(getattr(error, "orig_exc", cause)).splitlines()[0]
        raise ValueError(f"'{written}' is no condition: {reason}") from error
    return condition


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Builder(Transformer[Token, Condition]):
    """Conditions from the parsed text."""

    def __init__(self, variables: tuple[str, ...], flags: tuple[str, ...]) -> None:
        super().__init__()
        self._variables, self._flags = variables, flags

    def alternatives(self, parts: list[Condition]) -> Condition:
        return _combined("any", parts)

    def any_of(self, parts: list[Condition]) -> Condition:
        return _combined("any", parts)

    def all_of(self, parts: list[Condition]) -> Condition:
        return _combined("all", parts)

    def none_of(self, parts: list[Condition]) -> Condition:
        return Combined("none", tuple(parts))

    def flag(self, names: list[Token]) -> Condition:
        return Flag(self._known(names[0], self._flags, "flag"))

    def comparison(self, parts: list[Any]) -> Condition:
        return Comparison(parts[0], str(parts[1]), parts[2])

    def side(self, parts: list[Any]) -> Side:
        terms, sign = [], 1
        for part in parts:
            if isinstance(part, Token):
                sign = -1 if part == "-" else 1
            else:
                terms.append((sign * part[0], part[1]))
        return Side(tuple(terms))

    def term(self, parts: list[Token]) -> tuple[Decimal, str | None]:
        factor = Decimal(parts[0]) if parts[0].type == "NUMBER" else Decimal(1)
        named = parts[-1].type == "NAME"
        return factor, self._known(parts[-1], self._variables, "variable") if named else None

    def _known(self, name: Token, known: tuple[str, ...], kind: str) -> str:
        if name not in known:
            raise ValueError(f"no {kind} '{name}'; there are {', '.join(known)}")
        return str(name)


def _combined(how: str, parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else Combined(how, tuple(parts))
