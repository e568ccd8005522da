# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Source systems, connections, mappings, copies, release tables: what the hub knows about where data stand."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from allmende.catalogue.terms import Mode
from allmende.engine.connection import Source
from allmende.hub.breaker import Breaker
from allmende.hub.terms import read_source
from allmende.kernel.clock import now
from allmende.kernel.ids import new_id


def new_uuid() -> uuid.UUID:
    """Return a new UUID, version 7, as Django's UUIDField wants it."""
    return uuid.UUID(new_id())


class SourceSystem(models.Model):
    """A Fachverfahren or another system that holds data; connected once, to the hub."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    name = models.CharField(max_length=200)
    unit = models.UUIDField()  # the owner
    kind = models.CharField(max_length=100, blank=True)  # what it is, in words: "Melderegister", "Zählstellen"
    product = models.CharField(max_length=200, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    hosting = models.CharField(max_length=200, blank=True)
    contract = models.CharField(max_length=200, blank=True)  # the contract's reference
    contact = models.CharField(max_length=300, blank=True)
    legal_basis = models.TextField(blank=True)  # what the processing in it rests on, from the record of processing
    made_at = models.DateTimeField(default=now)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="hub_source_slug")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "slug"]

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """How a source system is reached. Its secret is sealed and never shown again."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    source = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="connections")
    version = models.CharField(max_length=40, default="1")  # of the connection file it came from
    leads_to = models.JSONField()  # engine.connection.Source
    root = models.CharField(max_length=500, blank=True)  # the folder of files and SQLite files
    secret = models.TextField(blank=True)  # sealed (kernel.sealing), "" if there is none
    enabled = models.BooleanField(default=True)
    connect_timeout_s = models.PositiveSmallIntegerField(default=5)
    statement_timeout_s = models.PositiveSmallIntegerField(default=60)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)
    last_contact = models.DateTimeField(null=True, blank=True)  # the last time it answered
    failed_at = models.DateTimeField(null=True, blank=True)
    error_de = models.TextField(blank=True)  # the last error, kept until the next contact
    error_en = models.TextField(blank=True)
    made_at = models.DateTimeField(default=now)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="hub_connection_slug")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def reached_at(self) -> Source:
        """Where it leads, as a value."""
        return read_source(self.leads_to)

    @property
    def breaker(self) -> Breaker:
        """The breaker as a value."""
        return Breaker(failures=self.failures, open_until=self.open_until)

    @property
    def kind(self) -> str:
        """What stands at the other end: files, http, postgres, mysql or sqlite."""
        return str(self.leads_to["kind"])


class Binding(models.Model):
    """Which connection a data set of the catalogue comes from, and in which mode."""

    dataset = models.UUIDField(primary_key=True)  # id in the catalogue
    tenant = models.CharField(max_length=63)
    name = models.CharField(max_length=63)  # the data set's slug
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="bindings")
    mode = models.CharField(max_length=7, choices=[(m.value, m.value) for m in Mode], default=Mode.DIRECT.value)
    mapping = models.ForeignKey("MappingVersion", on_delete=models.PROTECT, null=True, related_name="+")
    copy = models.ForeignKey("Copy", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    copy_failed_at = models.DateTimeField(null=True, blank=True)
    copy_error_de = models.TextField(blank=True)  # why the last refresh failed; the old copy stays
    copy_error_en = models.TextField(blank=True)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "name"], name="hub_binding_name")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "name"]

    def __str__(self) -> str:
        return f"{self.tenant}.{self.name}"


class MappingVersion(models.Model):
    """A version of a mapping (Zuordnung): never changed, only followed by the next."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    binding = models.ForeignKey(Binding, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()  # TOML of hub.terms.Reading
    report = models.JSONField(default=dict, blank=True)  # of the last reading: rows read, repaired, refused
    read_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)  # id of the subject

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["binding", "number"], name="hub_mapping_number")
        ]
        ordering: ClassVar[list[str]] = ["binding", "-number"]

    def __str__(self) -> str:
        return f"{self.binding_id} {self.number}"


class Copy(models.Model):
    """A stored copy of a data set: an immutable file named by the hash of its content."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    binding = models.ForeignKey(Binding, on_delete=models.CASCADE, related_name="copies")
    path = models.CharField(max_length=300)  # below the data folder's files/
    rows = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    fields = models.JSONField()  # [{name, type, unit}]
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField()  # when the source was read

    class Meta:
        """Constraints and order."""

        ordering: ClassVar[list[str]] = ["binding", "-as_of"]
        verbose_name_plural = "copies"

    def __str__(self) -> str:
        return self.path


class AllowedAddress(models.Model):
    """An internal host, network or folder that connections of a tenant may use; an administrator's decision."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    place = models.CharField(max_length=300)  # a host name, a network in CIDR notation, or a folder
    port = models.PositiveIntegerField(null=True, blank=True)  # None: any; folders have none
    unit = models.UUIDField(null=True, blank=True)  # for whose sources, with all below; None: the town's root
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tenant", "place", "port", "unit"], name="hub_allowed_once", nulls_distinct=False
            )
        ]
        ordering: ClassVar[list[str]] = ["tenant", "place", "port"]
        verbose_name_plural = "allowed addresses"

    def __str__(self) -> str:
        return self.place if self.port is None else f"{self.place}:{self.port}"


class ReleaseVersion(models.Model):
    """Release tables protected together, once: all linked data sets share a version (Freigabetabelle)."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.CharField(max_length=63)
    number = models.PositiveIntegerField()
    declaration = models.JSONField()  # dimensions, measure, minimum count per data set
    report = models.JSONField()  # cells, suppressed, method; what it does not protect against
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant", "number"], name="hub_release_number")
        ]
        ordering: ClassVar[list[str]] = ["tenant", "-number"]

    def __str__(self) -> str:
        return f"{self.tenant} {self.number}"


class ReleaseTable(models.Model):
    """The protected rows of one data set in one version."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    version = models.ForeignKey(ReleaseVersion, on_delete=models.CASCADE, related_name="tables")
    dataset = models.UUIDField()
    name = models.CharField(max_length=63)
    path = models.CharField(max_length=300)  # below the data folder's files/
    fields = models.JSONField()  # [{name, type, unit}]
    rows = models.PositiveBigIntegerField()

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "dataset"], name="hub_release_once")
        ]
        ordering: ClassVar[list[str]] = ["version", "name"]

    def __str__(self) -> str:
        return f"{self.name} {self.version_id}"


class DeliveredList(models.Model):
    """A data set fed by delivered files (Liste): what was decided once and holds for the next file too."""

    binding = models.OneToOneField(Binding, on_delete=models.CASCADE, primary_key=True, related_name="delivered")
    tenant = models.CharField(max_length=63)
    unit = models.UUIDField()  # who answers for it
    decisions = models.JSONField(default=dict)  # engine.lists.model.Decisions
    expected = models.JSONField(default=list)  # [{name, heading, type, unit, personal, values}] of the version in force
    key = models.JSONField(default=list)  # names of the columns that tell rows apart
    coarser = models.JSONField(default=dict)  # column → how it is coarsened before it is stored
    personal = models.JSONField(default=list)  # names of columns somebody said are about people
    districts = models.JSONField(default=dict)  # hub.terms.DistrictRule, {} for none
    every = models.CharField(max_length=10, blank=True)  # month, quarter, year: one file for each; "" for no rhythm
    always_ask = models.BooleanField(default=False)  # whether a person looks at every delivery
    folder = models.CharField(max_length=500, blank=True)  # the drop folder
    seen = models.JSONField(default=dict)  # file of the drop folder → [size, time of change, whether answered]
    made_at = models.DateTimeField(default=now)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["tenant", "binding"]

    def __str__(self) -> str:
        return str(self.binding)


class TownDistricts(models.Model):
    """Where a town keeps its streets and districts: data sets of its own, by which rows are given their district."""

    tenant = models.CharField(max_length=63, primary_key=True)
    streets = models.UUIDField(null=True, blank=True)  # data set of the street list
    street_columns = models.JSONField(default=dict)  # street, district, from, to, side, former
    areas = models.UUIDField(null=True, blank=True)  # data set of the district polygons
    area_columns = models.JSONField(default=dict)  # district, geometry
    changed_at = models.DateTimeField(default=now)

    class Meta:
        """Names."""

        verbose_name_plural = "town districts"

    def __str__(self) -> str:
        return self.tenant


class UploadLink(models.Model):
    """A way for an office without an account to deliver one list: unguessable, with a deadline, revocable."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    feed = models.ForeignKey(DeliveredList, on_delete=models.CASCADE, related_name="links")
    sha256 = models.BinaryField(max_length=32, unique=True)  # of the secret in the address
    secret = models.TextField()  # sealed for the link's id, so that a reminder can name the address
    whom = models.CharField(max_length=200)  # who delivers, in words
    mail = models.CharField(max_length=254, blank=True)  # where reminders go
    deadline = models.DateField()
    closes_at = models.DateTimeField()  # afterwards the address leads nowhere
    reminded = models.JSONField(default=list)  # kinds of reminders sent
    tries = models.PositiveIntegerField(default=0)  # files sent
    hour = models.DateTimeField(null=True, blank=True)  # since when the next are counted
    tries_in_hour = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["-made_at"]

    def __str__(self) -> str:
        return self.whom


class Delivery(models.Model):
    """A file that was delivered, and what became of it. The file itself lies sealed, unchanged, where it was kept."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    feed = models.ForeignKey(DeliveredList, on_delete=models.CASCADE, related_name="deliveries")
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=now)
    way = models.CharField(max_length=10)  # page, link, folder
    by = models.CharField(max_length=64, blank=True)  # id of the person or the link
    by_unit = models.CharField(max_length=36, blank=True)
    link = models.ForeignKey(UploadLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    stand = models.CharField(max_length=10, blank=True)  # as of when: 2026-10-31, 2026-10 or 2026
    state = models.CharField(max_length=10)  # hub.terms.DeliveryState
    reason_de = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    looks_like = models.UUIDField(null=True, blank=True)  # the list it seems to belong to; shown to who may know of it
    path = models.CharField(max_length=300, blank=True)  # of the sealed file below files/; "" where none was kept
    key = models.TextField(blank=True)  # the file's own key, sealed for the delivery's id
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Order."""

        ordering: ClassVar[list[str]] = ["-at", "-id"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return self.file

    @property
    def tenant_of(self) -> str:
        """The town it was delivered to."""
        return self.feed.tenant


class ListVersion(models.Model):
    """A version of a list: the rows a delivery gave. Never changed; which one is in force says the binding's copy."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    feed = models.ForeignKey(DeliveredList, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="version")
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="versions")
    stand = models.CharField(max_length=10, blank=True)
    decisions = models.JSONField(default=dict)
    difference = models.JSONField(default=dict)  # counts and columns of engine.lists.model.Difference; no values
    notes = models.JSONField(default=list)  # rows left out, cells not readable, rules used: [{de, en}]
    made_at = models.DateTimeField(default=now)
    made_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Constraints and order."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["feed", "number"], name="hub_list_version_number")
        ]
        ordering: ClassVar[list[str]] = ["feed", "-number"]

    def __str__(self) -> str:
        return f"{self.feed_id} {self.number}"


class Change(models.Model):
    """One change of the hub's register: append-only; the unit that made it and the subject's id."""

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
