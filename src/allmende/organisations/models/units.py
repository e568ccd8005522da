# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Towns and their units."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.organisations.terms import LegalForm, SecondFactor, UnitKind


def new_uuid() -> uuid.UUID:
    """Return a new UUID, version 7, as Django's UUIDField wants it."""
    return uuid.UUID(new_id())


class Tenant(models.Model):
    """A municipality on this installation (Kommune). Its slug is its key everywhere: it never changes."""

    slug = models.CharField(primary_key=True, max_length=63)
    name = models.CharField(max_length=200)
    ags = models.CharField(max_length=8, blank=True)
    land = models.CharField(max_length=2, blank=True)
    inhabitants = models.PositiveIntegerField(null=True)
    colour = models.CharField(max_length=7, blank=True)
    practice = models.BooleanField(default=False)
    profile = models.CharField(max_length=63)
    second_factor = models.CharField(max_length=20, default=SecondFactor.ROLES.value)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class Unit(models.Model):
    """An office, Eigenbetrieb, company, partner, club or committee; each town has exactly one root."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    slug = models.CharField(max_length=63)
    name_de = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    legal_form = models.CharField(max_length=20, blank=True, default=LegalForm.NONE.value)
    share = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    contact = models.CharField(max_length=300, blank=True)
    technical = models.BooleanField(default=False)  # an IT unit: strategic roles do not belong here (001 D3)
    active = models.BooleanField(default=True)

    class Meta:
        """Constraints."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="organisations_unit_slug"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(parent__isnull=True), name="organisations_unit_one_root"
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gte=0, share__lte=100), name="organisations_unit_share"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="organisations_unit_not_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, kind=UnitKind.TOWN.value)
                | Q(parent__isnull=False) & ~Q(kind=UnitKind.TOWN.value),
                name="organisations_unit_root_is_town",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.slug}"

    @property
    def name(self) -> Text:
        """Return the unit's name."""
        return Text(self.name_de, self.name_en)
