# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The law package: which rules on data hold in a Land, as dated configuration with sources (``laws/*.toml``).

Text only. No right follows from it: what is allowed stands in ``rights``. What the sources do not say is marked unknown
and shown so; nothing is concluded.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from allmende.kernel.text import Text
from allmende.organisations.statements import Statement


class Kind(StrEnum):
    """What a rule is about."""

    TRANSPARENCY = "transparency"
    INFORMATION_FREEDOM = "information_freedom"
    OPEN_DATA = "open_data"
    E_GOVERNMENT = "e_government"
    DATA_USE = "data_use"
    DATA_PROTECTION = "data_protection"
    GEODATA = "geodata"

    @property
    def label(self) -> Text:
        """Return the kind's name."""
        return _KINDS[self]


_KINDS = {
    Kind.TRANSPARENCY: Text("Transparenz", "Transparency"),
    Kind.INFORMATION_FREEDOM: Text("Informationsfreiheit", "Freedom of information"),
    Kind.OPEN_DATA: Text("Offene Daten", "Open data"),
    Kind.E_GOVERNMENT: Text("Elektronische Verwaltung", "E-government"),
    Kind.DATA_USE: Text("Nutzung von Daten", "Use of data"),
    Kind.DATA_PROTECTION: Text("Datenschutz", "Data protection"),
    Kind.GEODATA: Text("Geodaten", "Geodata"),
}


class Duty(StrEnum):
    """What a rule asks of those who hold data."""

    PUBLISH = "publish"  # without being asked
    REQUEST = "request"  # access on request
    HOW = "how"  # how data are to be published, not whether
    PROTECT = "protect"
    NONE = "none"  # the source says that there is no such rule
    MAY = "may"  # the town may bind itself
    UNKNOWN = "unknown"  # our sources do not say

    @property
    def label(self) -> Text:
        """Return what the duty is, in a few words."""
        return _DUTIES[self]


_DUTIES = {
    Duty.PUBLISH: Text("Pflicht zu veröffentlichen", "duty to publish"),
    Duty.REQUEST: Text("Zugang auf Antrag", "access on request"),
    Duty.HOW: Text("regelt, wie Daten bereitgestellt werden", "says how data are to be provided"),
    Duty.PROTECT: Text("setzt Grenzen", "sets limits"),
    Duty.NONE: Text("keine Regelung", "no rule"),
    Duty.MAY: Text("die Kommune kann sich selbst binden", "the town may bind itself"),
    Duty.UNKNOWN: Text("nicht bekannt", "not known"),
}


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it stands, and of when that is."""

    title: str
    place: str = ""  # table, page, address
    as_of: date | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, or the word that there is none, or that we do not know. ``valid_until`` is its last day."""

    kind: Kind
    duty: Duty
    name: Text | None = None
    short: str = ""
    effect: Text | None = None
    valid_from: date | None = None  # None: not known since when
    valid_until: date | None = None
    source: Source | None = None

    def holds(self, day: date) -> bool:
        """Return whether the rule is to be shown for the day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


class Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data protection authority for public bodies of the Land."""

    name: str
    address: str = ""
    telephone: str = ""
    email: str = ""
    web: str = ""
    source: Source


class Enforcement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who enforces accessibility in the Land (Directive (EU) 2016/2102, Art. 9), under which law ("" if not known)."""

    name: str
    law: str = ""
    source: Source


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one file says: the European Union, the federation, a Land, or every municipality."""

    title: Text
    authority: Authority | None = None
    enforcement: Enforcement | None = None  # None: not known
    rule: tuple[Rule, ...] = ()


class Law(msgspec.Struct, frozen=True):
    """The law for a town on a day: its Land first, then what holds everywhere."""

    land: Package
    everywhere: tuple[Package, ...]  # municipality, federation, European Union

    @property
    def duty(self) -> Duty:
        """Return the strictest known duty to publish in the Land: publish, request, none; else unknown."""
        told = {rule.duty for rule in self.land.rule if rule.kind in {Kind.TRANSPARENCY, Kind.INFORMATION_FREEDOM}}
        return next((duty for duty in (Duty.PUBLISH, Duty.REQUEST, Duty.NONE) if duty in told), Duty.UNKNOWN)

    def on_release(self) -> Text:
        """Return what the Land's law means for a decision to release, in a sentence."""
        return Text(
            _RELEASE[self.duty].de.format(self.land.title.de), _RELEASE[self.duty].en.format(self.land.title.en)
        )


_RELEASE = {
    Duty.PUBLISH: Text(
        "{}: Nach unserer Quelle besteht eine Pflicht, zentrale Daten von sich aus zu veröffentlichen. Prüfen Sie, ob der "
        "Datensatz darunter fällt.",
        "{}: our source says that there is a duty to publish central data without being asked. See whether this data "
        "set falls under it.",
    ),
    Duty.REQUEST: Text(
        "{}: Nach unserer Quelle gibt es Zugang auf Antrag, aber keine Pflicht zu veröffentlichen. Die Freigabe ist "
        "freiwillig.",
        "{}: our source says that there is access on request but no duty to publish. The release is voluntary.",
    ),
    Duty.NONE: Text(
        "{}: Nach unserer Quelle regelt kein Gesetz, ob Daten zu veröffentlichen sind. Die Freigabe ist freiwillig.",
        "{}: our source says that no law rules whether data are to be published. The release is voluntary.",
    ),
    Duty.UNKNOWN: Text(
        "{}: Ob eine Pflicht zu veröffentlichen besteht, sagen unsere Quellen nicht. Bitte klären Sie es.",
        "{}: our sources do not say whether there is a duty to publish. Please find out.",
    ),
}

#: Nothing is known: of a town without a Land, and of practice towns.
NOWHERE = Package(title=Text("Land nicht angegeben", "No Land given"))


def law(land: str, day: date) -> Law:
    """Return the law for a town in ``land`` (ISO 3166-2:DE without ``DE-``, "" if unknown) on ``day``."""
    known = packages()
    return Law(
        land=_on(known.get(land.lower(), NOWHERE), day),
        everywhere=tuple(_on(known[name], day) for name in ("kommune", "bund", "eu")),
    )


def suggested(land: str, day: date) -> dict[Statement, dict[str, str]]:
    """Return what the package knows of the answers to a town's statements, by statement and question; to be checked."""
    there = law(land, day).land
    privacy = {
        "law": next((rule.short for rule in there.rule if rule.kind is Kind.DATA_PROTECTION), ""),
        "authority": there.authority.name if there.authority else "",
    }
    enforced = there.enforcement
    accessibility = {"law": enforced.law, "enforcement": enforced.name} if enforced else {}
    return {
        Statement.PRIVACY: {name: said for name, said in privacy.items() if said},
        Statement.ACCESSIBILITY: {name: said for name, said in accessibility.items() if said},
    }


def _on(package: Package, day: date) -> Package:
    return msgspec.structs.replace(package, rule=tuple(rule for rule in package.rule if rule.holds(day)))


@cache
def packages() -> dict[str, Package]:
    """Return what this version ships, by the files' names: the Länder's codes, ``bund``, ``eu``, ``kommune``."""
    folder = files("allmende.organisations").joinpath("laws")
    return {
        entry.name.removesuffix(".toml"): msgspec.toml.decode(entry.read_bytes(), type=Package)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
