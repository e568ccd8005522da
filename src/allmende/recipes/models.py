# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recipes a town took in, its uses of them, the keys it trusts, the deviations other towns sent."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from allmende.kernel.clock import now
from allmende.kernel.ids import new_id


def new_uuid() -> uuid.UUID:
    """Return a new UUID, version 7, as Django's UUIDField wants it."""
    return uuid.UUID(new_id())


class KeptRecipe(models.Model):
    """A recipe file that came from elsewhere, or was made here; its text is never changed."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    digest = models.CharField(max_length=64)  # of the signed text: the same recipe, whoever signed it
    text = models.TextField()  # with its signature
    unsigned_because = models.CharField(max_length=300, blank=True)  # why it was taken without a signature
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)  # id of the subject

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "digest"], name="recipes_kept_once")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "-made_at"]

    def __str__(self) -> str:
        return f"{self.tenant} {self.digest[:12]}"


class Use(models.Model):
    """A connection that was made with a recipe, and in what it deviates."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    connection = models.UUIDField(unique=True)  # id in the hub
    unit = models.UUIDField()  # the owner
    digest = models.CharField(max_length=64)
    body = models.TextField()  # the recipe as it was used, without signature
    names = models.JSONField(default=dict)  # data set of the recipe → its short name here
    deviations = models.JSONField(default=list)  # engine.recipes.Deviation
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["tenant", "-made_at"]

    def __str__(self) -> str:
        return f"{self.tenant} {self.connection}"


class Trial(models.Model):
    """A recipe being used, between the question what differs and the decision; forgotten after some days."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    person = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    given: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()  # recipes.terms.Given
    choices: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)  # by data set
    secret = models.TextField(blank=True)  # sealed for the id
    made_at = models.DateTimeField(default=now)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.tenant} {self.digest[:12]}"


class TrustedKey(models.Model):
    """A key the town trusts, under the name it gave it."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    key = models.CharField(max_length=64)  # public key, hex
    name = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "key"], name="recipes_trusted_once")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "name"]

    def __str__(self) -> str:
        return self.name


class Proposal(models.Model):
    """Deviations another town sent back: a proposal for the next version, until somebody settled it."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    recipe = models.CharField(max_length=63)  # its name
    digest = models.CharField(max_length=64)  # of the deviation file's signed text
    text = models.TextField()  # with its signature
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled = models.CharField(max_length=300, blank=True)  # what became of it

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "digest"], name="recipes_proposal_once")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "recipe", "-made_at"]

    def __str__(self) -> str:
        return f"{self.tenant} {self.recipe}"


class Change(models.Model):
    """One change of the room's registers: append-only; the unit that made it and the subject's id."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    at = models.DateTimeField(default=now)
    tenant = models.CharField(max_length=63)
    actor_kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=36, blank=True)
    actor_unit = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=40)
    about = models.CharField(max_length=127)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.about}"
