"""What every class of the spec language is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Text = Annotated[
    str, BeforeValidator(lambda v: str(v) if isinstance(v, int | float) and not isinstance(v, bool) else v)
]
"""A string; a bare number in YAML is taken as its text."""
Name = Annotated[str, Field(min_length=1)]
"""A name, format or condition: nothing at all is said by leaving out the key, never by empty text."""
Names = Annotated[list[Name], Field(min_length=1)]


class Model(BaseModel):
    """Base of all: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Setting(Model):
    """A named setting of study.yaml in place of a literal: ``{setting: NAME}``."""

    setting: str
