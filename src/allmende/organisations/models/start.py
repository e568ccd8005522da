# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start, a town's arms, and the official directory of municipalities."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from allmende.organisations.models.units import Tenant


class Start(models.Model):
    """The one row of the guided start: its code's random part, what was answered so far, the town it led to."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    nonce = models.CharField(max_length=64)  # hexadecimal; the code follows from it and the installation's key
    draft: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    tenant = models.CharField(max_length=63, blank=True)  # "" until the first administrator is there
    done = models.JSONField(default=list)  # steps that were answered
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="organisations_start_one")
        ]

    def __str__(self) -> str:
        return self.tenant or "–"


class Arms(models.Model):
    """A town's arms, cleaned when they came in (``domain.pictures``)."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="arms")
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()
    mark = models.CharField(max_length=16)  # of the content: part of its address

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.mark}"


class Municipality(models.Model):
    """A line of the official directory GV100AD, as the operator brought it in."""

    ags = models.CharField(primary_key=True, max_length=8)
    name = models.CharField(max_length=60)
    inhabitants = models.PositiveIntegerField()
    as_of = models.DateField()  # Gebietsstand

    def __str__(self) -> str:
        return f"{self.ags} {self.name}"
