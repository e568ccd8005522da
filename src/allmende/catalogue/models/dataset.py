# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Data sets, their fields, and the history of their entries."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Q
from django.db.models.sql.compiler import SQLCompiler

from allmende.catalogue.terms import Anonymised, Mode
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.organisations.models import Person, Tenant, Unit
from allmende.rights.terms import Class, Visibility


@models.UUIDField.register_lookup
class AnyOf(Lookup):
    """``id__any_of``: like ``in`` with one array for a parameter, so that ten thousand ids are no long statement."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Return the condition."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", [*params, sorted(self.rhs)]


def new_uuid() -> uuid.UUID:
    """Return a new UUID, version 7, as Django's UUIDField wants it."""
    return uuid.UUID(new_id())


class Dataset(models.Model):
    """A data set (dcat:Dataset). Its tenant and slug are its name and its URI: they never change."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    slug = models.CharField(max_length=63)
    title_de = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    description_de = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.CharField(max_length=300, blank=True)

    cls = models.CharField(max_length=20, db_column="class")
    secrets = ArrayField(models.CharField(max_length=20), default=list)
    visibility = models.CharField(max_length=20)
    visible_to = ArrayField(models.CharField(max_length=36), default=list)
    legal_basis = models.TextField(blank=True)
    purposes = ArrayField(models.CharField(max_length=63), default=list)
    licence = models.CharField(max_length=63, blank=True)
    attribution = models.CharField(max_length=500, blank=True)
    obligations: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    shared_with = ArrayField(models.CharField(max_length=63), default=list)
    anonymised = models.CharField(max_length=20, default=Anonymised.NOT_APPLICABLE.value)

    rhythm = models.CharField(max_length=20, default="UNKNOWN")
    rhythm_promised = models.BooleanField(default=False)
    limits_de = models.TextField(blank=True)
    limits_en = models.TextField(blank=True)
    source_de = models.TextField(blank=True)
    source_en = models.TextField(blank=True)
    source_system = models.CharField(max_length=36, blank=True)
    bbox = ArrayField(models.FloatField(), size=4, null=True)
    place = models.CharField(max_length=300, blank=True)
    covers_from = models.DateField(null=True)
    covers_until = models.DateField(null=True)
    mode = models.CharField(max_length=20, default=Mode.DIRECT.value)
    as_of = models.DateTimeField(null=True)

    released_at = models.DateTimeField(null=True)
    released_by_unit = models.CharField(max_length=36, blank=True)
    release_reason = models.TextField(blank=True)
    release_warned = models.BooleanField(default=False)
    release_table = models.CharField(max_length=63, blank=True)
    release_table_for = models.CharField(max_length=20, default=Visibility.ADMINISTRATION.value)

    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    sort_de = models.CharField(max_length=300)
    sort_en = models.CharField(max_length=300)
    search_text = models.TextField()  # folded, for parts of compounds
    search_vector = SearchVectorField(null=True)  # stemmed, German and English

    class Meta:
        """Constraints: what no verb may let through."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="catalogue_dataset_slug"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True)
                | Q(cls=Class.OPEN.value, secrets=[]) & ~Q(anonymised=Anonymised.NOT.value),
                name="catalogue_released_is_open",
            ),
            models.CheckConstraint(
                condition=~Q(anonymised=Anonymised.NOT.value) | Q(cls=Class.PERSONAL.value),
                name="catalogue_not_anonymised_is_personal",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["search_vector"], name="catalogue_search"),
            models.Index(fields=["unit"], name="catalogue_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}.{self.slug}"

    @property
    def title(self) -> Text:
        """Return the title."""
        return Text(self.title_de, self.title_en)


class Field(models.Model):
    """A field (column) of a data set."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="fields")
    position = models.IntegerField()
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    unit = models.CharField(max_length=50, blank=True)
    title_de = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    meaning_de = models.TextField(blank=True)
    meaning_en = models.TextField(blank=True)
    personal = models.BooleanField(default=False)

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["dataset", "name"], name="catalogue_field_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One change of a catalogue entry: append-only; the unit that made it, not the person."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="history")
    number = models.IntegerField()
    at = models.DateTimeField()
    unit = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=40)
    changed: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    class Meta:
        """Order and constraints."""

        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["dataset", "number"], name="catalogue_entry_number"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.number}"
