# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences and update rhythms: lists of others, shipped as data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from allmende.kernel.text import Text


class Licence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A licence of the DCAT-AP.de list. ``text`` is the address of its wording."""

    id: str
    title: Text
    uri: str
    text: str
    open: bool
    attribution: bool  # the source must be named


class Rhythm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An update rhythm of the EU's vocabulary."""

    id: str
    title: Text
    days: int

    @property
    def uri(self) -> str:
        """Return the rhythm's URI."""
        return f"http://publications.europa.eu/resource/authority/frequency/{self.id}"


class _Licences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    licence: tuple[Licence, ...]


class _Rhythms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rhythm: tuple[Rhythm, ...]


@cache
def licences() -> dict[str, Licence]:
    """Return the licences by id, in the order to offer them."""
    return {one.id: one for one in msgspec.toml.decode(_file("licences.toml"), type=_Licences).licence}


@cache
def rhythms() -> dict[str, Rhythm]:
    """Return the rhythms by id, most frequent first."""
    return {one.id: one for one in msgspec.toml.decode(_file("rhythms.toml"), type=_Rhythms).rhythm}


def _file(name: str) -> bytes:
    return files("allmende.catalogue").joinpath("vocabularies", name).read_bytes()
