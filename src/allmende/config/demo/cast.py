# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who there is in the practice town, and what was agreed: the content of ``registers.toml``."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec

from allmende.insight.terms import Question, Visibility
from allmende.kernel.text import Text
from allmende.organisations.terms import LegalForm, UnitKind
from allmende.rights.terms import Obligation


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file."""


class Town(_Part, frozen=True):
    """A town."""

    slug: str
    name: str
    ags: str
    colour: str
    profile: str


class Purpose(_Part, frozen=True):
    """A purpose; every town has it."""

    slug: str
    title: Text
    concept: str


class Unit(_Part, frozen=True):
    """A unit right below the town."""

    town: str
    slug: str
    name: Text
    kind: UnitKind = UnitKind.OFFICE
    legal_form: LegalForm = LegalForm.NONE
    share: Decimal | None = None


class Persona(_Part, frozen=True):
    """Somebody with an account and a token."""

    key: str
    town: str
    unit: str
    name: str
    roles: tuple[str, ...]
    purposes: tuple[str, ...]

    @property
    def email(self) -> str:
        """What the persona signs in with."""
        return f"{self.key}@{self.town}.example"


class Program(_Part, frozen=True):
    """A program with a token."""

    key: str
    town: str
    unit: str
    slug: str
    name: str
    purposes: tuple[str, ...]


class Permission(_Part, frozen=True):
    """A grant to a unit, or to another town."""

    key: str
    dataset: str
    purposes: tuple[str, ...]
    legal_basis: str
    unit: str = ""
    other_town: str = ""
    obligations: tuple[Obligation, ...] = ()


class Open(_Part, frozen=True):
    """Data sets of a town that are released by one decision."""

    town: str
    datasets: tuple[str, ...]
    reason: str


class Kept(_Part, frozen=True):
    """A saved question."""

    town: str
    unit: str
    title: str
    note: str
    purpose: str
    visibility: Visibility
    question: Question


class Cast(_Part, frozen=True):
    """The file."""

    towns: tuple[Town, ...]
    purposes: tuple[Purpose, ...]
    units: tuple[Unit, ...]
    people: tuple[Persona, ...]
    systems: tuple[Program, ...]
    grants: tuple[Permission, ...]
    open: tuple[Open, ...]
    questions: tuple[Kept, ...]


@cache
def cast() -> Cast:
    """Return what is to be entered."""
    return msgspec.toml.decode((Path(__file__).parent / "registers.toml").read_bytes(), type=Cast)
