# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the editors of steps share: what a form gave for one step, and the mapping on its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, Unpivot
from allmende.engine.mapping.steps import AnyStep
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: The first choice where nothing need be chosen.
NONE = ("", _("keine"))


@dataclass(frozen=True)
class Given:
    """What was given for one step: the form's values under its prefix."""

    prefix: str
    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        """Whether the form asked for it."""
        return self.prefix + name in self.values

    def __getitem__(self, name: str) -> Any:
        """Return what was given."""
        return self.values[self.prefix + name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return what was given, ``otherwise`` where the form did not ask."""
        return self.values.get(self.prefix + name, otherwise)

    def wrong(self, name: str, what: Text) -> Invalid:
        """Return the error at a field."""
        return Invalid(what, field=self.prefix + name)


@dataclass
class State:
    """The mapping on its way: steps so far, fields as they are then, the source's columns."""

    steps: list[AnyStep]
    fields: list[Field]
    source: Sequence[str]

    def free(self, name: str) -> str:
        """Return the name, with a number where a column or field is called so already."""
        taken = {f.name for f in self.fields} | {f.source for f in self.fields} | set(self.source)
        taken |= {made for step in self.steps for made in step.makes()}
        made, number = name, 2
        while made in taken:
            made, number = f"{name}_{number}", number + 1
        return made


@dataclass(frozen=True)
class Added:
    """A new step with the fields it makes."""

    step: AnyStep
    fields: list[Field]


def columns_after(source: Sequence[str], steps: Sequence[AnyStep]) -> list[str]:
    """Return the columns there are after the steps."""
    columns = dict.fromkeys(source)
    for step in steps:
        if isinstance(step, Unpivot):
            columns = dict.fromkeys(name for name in columns if name in step.keep)
        columns |= dict.fromkeys(step.makes())
    return list(columns)


def with_present(choices: Sequence[tuple[Any, Any]], now: Any) -> list[tuple[Any, Any]]:
    """Return the choices, and what the mapping has now where it is another."""
    known = {value for value, _title in choices}
    return [*choices, *([(now, str(now))] if now and now not in known else [])]


def column_choices(columns: Iterable[str], now: str, *, may_be_none: bool) -> list[tuple[Any, Any]]:
    """Return columns to choose from, the present one among them."""
    listed = [(name, name) for name in columns]
    return with_present([NONE, *listed] if may_be_none else listed, now)
