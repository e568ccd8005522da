# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Programs and tokens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from allmende.organisations.models.people import Person
from allmende.organisations.models.units import Tenant, Unit, new_uuid


class SystemAccount(models.Model):
    """A program. Its keeper alone issues its tokens: whoever sets up accounts gains no way to data by that."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="systems")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="systems")
    slug = models.CharField(max_length=63)
    name = models.CharField(max_length=200)
    keeper = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="keeps")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        """Constraints."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="organisations_system_slug")
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.slug}"


class Token(models.Model):
    """A bearer token. Only the SHA-256 of its 256 random bits is stored; when it was used is not stored."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="tokens")
    sha256 = models.BinaryField(max_length=32, unique=True)
    ending = models.CharField(max_length=4)
    label = models.CharField(max_length=200)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="tokens")
    system = models.ForeignKey(SystemAccount, on_delete=models.CASCADE, null=True, related_name="tokens")
    purposes = ArrayField(models.CharField(max_length=63), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints."""

        ordering: ClassVar[list[str]] = ["-created_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, system__isnull=True) | Q(person__isnull=True, system__isnull=False),
                name="organisations_token_bound",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} (…{self.ending})"
