# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shipped roles, profiles and purposes, read from ``kit.toml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from allmende.kernel.text import Text
from allmende.organisations.terms import Level
from allmende.rights.terms import Action


class KitRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role of the kit as the file says it."""

    slug: str
    title: Text
    description: Text
    level: Level
    actions: frozenset[Action]
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    essential: bool = False
    second_factor: bool = False


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice of roles a town starts with."""

    slug: str
    title: Text
    description: Text
    roles: tuple[str, ...]


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purpose a town starts with; ``concept`` is its nearest in the W3C Data Privacy Vocabulary."""

    slug: str
    title: Text
    concept: str


class Kit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roles in their order, profiles over them, and the purposes every town starts with."""

    role: tuple[KitRole, ...]
    profile: tuple[Profile, ...]
    purpose: tuple[Purpose, ...]

    def actions_of(self, slug: str) -> frozenset[Action]:
        """Return what the role gives: its own actions and those of the roles it includes."""
        role = self.by_slug()[slug]
        return role.actions.union(*(self.actions_of(included) for included in role.includes))

    def by_slug(self) -> dict[str, KitRole]:
        """Return the roles by slug."""
        return {role.slug: role for role in self.role}

    def profiles(self) -> dict[str, Profile]:
        """Return the profiles by slug."""
        return {profile.slug: profile for profile in self.profile}


@cache
def shipped() -> Kit:
    """Return the kit this version ships."""
    text = files("allmende.organisations").joinpath("kit.toml").read_bytes()
    return msgspec.toml.decode(text, type=Kit)
