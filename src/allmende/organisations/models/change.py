# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What changed in the register of organisations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from allmende.organisations.models.units import new_uuid


class Change(models.Model):
    """One change of the register, told in full; append-only. Whose hand it was stands in the decision log, veiled.

    No foreign keys: the entry outlives what it speaks of.
    """

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    at = models.DateTimeField()
    tenant = models.CharField(max_length=63)
    actor_kind = models.CharField(max_length=20)
    actor_unit = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=40)
    about = models.CharField(max_length=127)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["tenant", "-at"], name="organisations_change_at")]

    def __str__(self) -> str:
        return f"{self.verb} {self.about}"
