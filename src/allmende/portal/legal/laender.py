# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Suggestions for forms by the town's Land: what its laws and bodies are called (``laender.toml``, dated)."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import msgspec


class Land(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one Land calls its laws and bodies; "" where it is not written down."""

    data_protection: str
    authority: str
    accessibility: str = ""
    enforcement: str = ""


class _File(msgspec.Struct, frozen=True):
    as_of: date
    laender: dict[str, Land]


@cache
def _file() -> _File:
    text = (Path(__file__).parent / "laender.toml").read_text(encoding="utf-8")
    given = msgspec.toml.decode(text)
    as_of = given.pop("as_of")
    return _File(as_of, msgspec.convert(given, dict[str, Land]))


def laender() -> dict[str, Land]:
    """Return all Länder by their ISO 3166-2:DE codes without ``DE-``."""
    return _file().laender


def as_of() -> date:
    """Return when the suggestions were written down."""
    return _file().as_of


def suggestions(land: str) -> dict[str, dict[str, str]]:
    """Return suggested answers by statement and question; empty where the Land is not known."""
    found = laender().get(land)
    if found is None:
        return {}
    privacy = {"law": found.data_protection, "authority": found.authority}
    accessibility = {"law": found.accessibility, "enforcement": found.enforcement}
    return {
        "privacy": {name: said for name, said in privacy.items() if said},
        "accessibility": {name: said for name, said in accessibility.items() if said},
    }
