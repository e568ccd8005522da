# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's tables. Tenants, units, persons and data sets are named by their ids: no foreign keys upward.

The tables of the decision log are written in plain SQL (``journal.py``, ``chain.py``) and made by the first migration;
Django only reads them (``managed = False``), and its ``flush`` leaves them alone.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from allmende.kernel.ids import new_id
from allmende.rights.terms import Effect, GranteeKind


def _choices(values: type[Effect | GranteeKind]) -> list[tuple[str, str]]:
    return [(value.value, value.value) for value in values]


class Purpose(models.Model):
    """A purpose for which a town uses data (Zweck)."""

    tenant = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    title_de = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    concept = models.URLField(max_length=300)  # of the W3C Data Privacy Vocabulary

    class Meta:
        """One slug in a tenant."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "slug"], name="rights_purpose_slug")]

    def __str__(self) -> str:
        return f"{self.tenant}.{self.slug}"


class Grant(models.Model):
    """A permission or denial somebody wrote down (Nutzungserlaubnis, Untersagung). Withdrawn, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.CharField(max_length=63)
    resource = models.CharField(max_length=64, db_index=True)
    effect = models.CharField(max_length=5, choices=_choices(Effect))
    grantee_kind = models.CharField(max_length=6, choices=_choices(GranteeKind))
    grantee = models.CharField(max_length=64, blank=True)
    actions = ArrayField(models.CharField(max_length=32))
    purposes = ArrayField(models.CharField(max_length=63), default=list, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    obligations = models.JSONField(default=list, blank=True)  # of terms.Obligation, checked by the verb
    legal_basis = models.TextField(blank=True)
    note = models.TextField(blank=True)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=64)  # id of the person answerable; "" is the command line
    given_unit = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )  # that person's unit at that time
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Unveiling(models.Model):
    """The wish to see the name behind a pseudonym of the decision log, and its two approvals."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.CharField(max_length=63)
    entry = models.UUIDField()
    reason = models.TextField()
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    protection_by = models.CharField(max_length=64, blank=True)
    protection_at = models.DateTimeField(null=True, blank=True)
    council_by = models.CharField(max_length=64, blank=True)
    council_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class RegisterVersion(models.Model):
    """One row: the version of the registers."""

    version = models.BigIntegerField()

    class Meta:
        """Made by the first migration."""

        managed = False
        db_table = "rights_registerversion"

    def __str__(self) -> str:
        return str(self.version)


class LogEntry(models.Model):
    """One entry of the decision log (Nachweis der Zugriffe)."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    tenant = models.TextField()  # of the one who asked; for nobody signed in, of what was asked
    about = ArrayField(models.TextField())  # tenants of what was asked
    unit = models.TextField()
    kind = models.TextField()
    pseudonym = models.TextField()
    month = models.TextField()  # of the pseudonym's key
    action = models.TextField()
    resources = ArrayField(models.TextField())
    purpose = models.TextField()
    outcome = models.TextField()
    rules = ArrayField(models.TextField())  # one for each resource
    grants = ArrayField(models.TextField())
    statement = models.TextField()  # SQL without literals, or the verb
    registers = models.BigIntegerField()  # the version decided on
    seq = models.BigIntegerField(null=True)
    hash = models.BinaryField(null=True)

    class Meta:
        """Made by the first migration."""

        managed = False
        db_table = "rights_logentry"

    def __str__(self) -> str:
        return str(self.id)


class OpenUse(models.Model):
    """How often an open data set was read on a day; nothing else is kept of it."""

    pk = models.CompositePrimaryKey("resource", "day")
    resource = models.TextField()
    day = models.DateField()
    tenant = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        """Made by the first migration."""

        managed = False
        db_table = "rights_openuse"

    def __str__(self) -> str:
        return f"{self.resource} {self.day}: {self.count}"


class PseudonymKey(models.Model):
    """The key of a month's pseudonyms, sealed; destroyed after a set time."""

    month = models.TextField(primary_key=True)
    sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """Made by the first migration."""

        managed = False
        db_table = "rights_pseudonymkey"

    def __str__(self) -> str:
        return self.month


class AnchorSending(models.Model):
    """One try to send an anchor out of reach, and what came of it."""

    at = models.DateTimeField()
    seq = models.BigIntegerField()  # of the anchor
    failure = models.TextField(blank=True)  # "" where every way that is set took it

    class Meta:
        """Made by the second migration."""

        managed = False
        db_table = "rights_anchorsending"

    def __str__(self) -> str:
        return f"{self.seq} {self.at} {self.failure}"


class Anchor(models.Model):
    """A signed head of the decision log, as it was sent out of reach."""

    at = models.DateTimeField()
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    statement = models.TextField()  # the signed text

    class Meta:
        """Made by the first migration."""

        managed = False
        db_table = "rights_anchor"

    def __str__(self) -> str:
        return f"{self.seq} {self.at}"
