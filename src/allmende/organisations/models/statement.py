# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a town says of itself on its pages: imprint, privacy, accessibility."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from allmende.organisations.models.units import Tenant, new_uuid


class TownStatement(models.Model):
    """One version of a statement; append-only, so that what stood there on which day can be shown."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    answers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()

    class Meta:
        """Constraints."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "kind", "version"], name="organisations_statement_version"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.kind} {self.version}"
