# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the room: values only, no I/O, no Django."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from allmende.engine.connection import Source
from allmende.engine.recipes import Choice, Deviation, Fitted, Outcome, Recipe
from allmende.engine.recipes.model import Decision, Personal, Procedure, Question
from allmende.kernel.text import Text


class Standing(StrEnum):
    """Who stands behind a recipe, as this town sees it."""

    SHIPPED = "shipped"  # part of the program
    OWN = "own"  # signed by this installation
    TRUSTED = "trusted"  # signed with a key the town trusts
    UNKNOWN = "unknown"  # signed, with a key the town does not know
    UNSIGNED = "unsigned"


STANDINGS: dict[Standing, Text] = {
    Standing.SHIPPED: Text("Teil des Programms", "part of the program"),
    Standing.OWN: Text("auf dieser Anlage unterschrieben", "signed on this installation"),
    Standing.TRUSTED: Text("unterschrieben, Schlüssel bekannt", "signed, key known"),
    Standing.UNKNOWN: Text("unterschrieben, Schlüssel unbekannt", "signed, key unknown"),
    Standing.UNSIGNED: Text("ohne Unterschrift", "not signed"),
}


class OnShelf(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe one can use, and who stands behind it."""

    digest: str
    body: str  # the text as it is signed, without the signature
    recipe: Recipe
    standing: Standing
    signer: str = ""  # the name this town gave the key, else what the signature says of itself
    fingerprint: str = ""
    key: str = ""
    signed_at: str = ""
    unsigned_because: str = ""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What differs in this town: all that using a recipe asks for."""

    digest: str
    unit: str  # id of the owner
    source: Source
    root: str = ""  # folder of the files
    files: dict[str, str] = {}  # by data set: pattern below the folder
    uploads: tuple[str, ...] = ()  # ids of files sent for this
    contact: str = ""
    purposes: tuple[str, ...] = ()
    legal_basis: str = ""
    names: dict[str, str] = {}  # by data set: another short name
    classes: dict[str, str] = {}  # by data set: another class
    connection: str = ""  # short name of the connection, if not the recipe's


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the town's own file showed: deviations to decide on, and whether the checks hold."""

    fitted: dict[str, Fitted]
    outcomes: dict[str, tuple[Outcome, ...]]  # empty while columns are missing that are needed
    deviations: tuple[Deviation, ...]
    blocked: tuple[str, ...]  # columns without which nothing goes, "data set: column"

    @property
    def failed(self) -> tuple[Deviation, ...]:
        """The checks that do not hold."""
        return tuple(d for d in self.deviations if d.kind == "check")


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What using a recipe made."""

    connection: str
    datasets: dict[str, str]  # data set of the recipe → id in the catalogue
    names: dict[str, str]  # data set of the recipe → short name here
    deviations: tuple[Deviation, ...]
    questions: tuple[Question, ...] = ()  # with the town's names filled in
    kept: int = 0  # so many of them are saved questions of the actor's unit now


class UseView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection made with a recipe."""

    connection: str
    unit: str
    digest: str
    recipe: Recipe
    names: dict[str, str]
    deviations: tuple[Deviation, ...]
    made_at: datetime


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What only its author can say of a recipe made from a connection. Empty parts come from the recipe it was made
    with, if there is one."""

    name: str
    version: str
    title: Text
    text: Text
    procedure: Procedure
    licence: str
    release: Decision
    why: dict[str, Text] = {}  # by data set: why this class
    fields: dict[str, tuple[Personal, ...]] = {}
    keep: tuple[str, ...] = ()  # data sets, if not all


class TrustedView(msgspec.Struct, frozen=True, kw_only=True):
    """A key the town trusts."""

    id: str
    name: str
    key: str
    fingerprint: str
    made_at: datetime


class Referred(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which recipe a deviation file speaks of."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    version: Annotated[str, msgspec.Meta(max_length=40)]
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class DeviationFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What travels back: in what a town's file differed from the recipe, and what was decided. No values."""

    abweichung: Literal[1] = 1
    town: Annotated[str, msgspec.Meta(max_length=200)]
    recipe: Referred
    deviations: Annotated[tuple[Deviation, ...], msgspec.Meta(max_length=2000)] = ()


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """Deviations another town sent."""

    id: str
    town: str
    version: str
    deviations: tuple[Deviation, ...]
    standing: Standing
    signer: str
    fingerprint: str
    made_at: datetime
    settled_at: datetime | None
    settled: str


__all__ = [
    "STANDINGS",
    "About",
    "Choice",
    "Deviation",
    "DeviationFile",
    "Fitted",
    "Given",
    "OnShelf",
    "Outcome",
    "ProposalView",
    "Recipe",
    "Referred",
    "Standing",
    "Tried",
    "TrustedView",
    "UseView",
    "Used",
]  # fmt: skip
