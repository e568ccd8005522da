# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People and the roles they hold."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from allmende.kernel.text import Text
from allmende.organisations.models.units import Tenant, Unit, new_uuid


class People(BaseUserManager["Person"]):
    """Finds people by what they sign in with."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """Return the person with this e-mail address, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """A person with an account. When somebody last signed in is not stored: staff are not watched."""

    id = models.UUIDField(primary_key=True, default=new_uuid, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="people")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="people")
    email = models.EmailField(unique=True)  # lower case always
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, default="de", db_default="de")  # of mails: de or en
    weekly_mail = models.BooleanField(default=True, db_default=True)  # the weekly "Heute"
    created_at = models.DateTimeField()
    last_login = None

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """Order of a list of people."""

        ordering: ClassVar[list[str]] = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the name to show."""
        return self.name

    def get_short_name(self) -> str:
        """Return the name to show."""
        return self.name


class Role(models.Model):
    """A role. The shipped kit has plain slugs; a town's own role is called ``town.slug``, so that none shadows it."""

    slug = models.CharField(primary_key=True, max_length=127)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, related_name="roles")
    title_de = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    description_de = models.TextField()
    description_en = models.TextField()
    level = models.CharField(max_length=20)
    actions = ArrayField(models.CharField(max_length=20), default=list)
    includes = ArrayField(models.CharField(max_length=63), default=list)
    excludes = ArrayField(models.CharField(max_length=63), default=list)
    essential = models.BooleanField(default=False)
    second_factor = models.BooleanField(default=False)
    position = models.IntegerField(default=0)

    class Meta:
        """Order of a list of roles."""

        ordering: ClassVar[list[str]] = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def title(self) -> Text:
        """Return the role's title."""
        return Text(self.title_de, self.title_en)


class HeldRole(models.Model):
    """A role a person holds in a unit: it is valid there and in the units below."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="held")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="held")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="held")
    since = models.DateTimeField()

    class Meta:
        """Constraints."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "role", "unit"], name="organisations_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role_id} @ {self.unit_id}"
