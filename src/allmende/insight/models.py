# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Saved questions, and who changed them. A question holds no data: only names of data sets, fields and conditions."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from allmende.insight.terms import Visibility
from allmende.kernel.clock import now
from allmende.kernel.ids import new_id


def new_uuid() -> uuid.UUID:
    """Return a new UUID, version 7, as Django's UUIDField wants it."""
    return uuid.UUID(new_id())


class SavedQuestion(models.Model):
    """A question somebody kept (gespeicherte Frage)."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    unit = models.UUIDField()  # the owner's unit when it was saved; it keeps the question
    owner = models.CharField(max_length=36, blank=True)  # id of the person; "" is the command line
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    purpose = models.CharField(max_length=63, blank=True)  # proposed to whoever opens it; they state their own
    visibility = models.CharField(max_length=14, choices=[(v.value, v.value) for v in Visibility])
    question = models.JSONField()  # terms.Question
    datasets = ArrayField(models.CharField(max_length=127))  # the names it reads: who may not know of one sees nothing
    made_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        """Order and the index of lists."""

        ordering: ClassVar[list[str]] = ["tenant", "title", "id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["tenant", "visibility"], name="insight_visible")]

    def __str__(self) -> str:
        return self.title


class Change(models.Model):
    """One change of a saved question: append-only; the unit that made it and the subject's id."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    at = models.DateTimeField(default=now)
    tenant = models.CharField(max_length=63)
    actor_kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=36, blank=True)
    actor_unit = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=40)
    about = models.CharField(max_length=36)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.about}"
