# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as a Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrganisationsConfig(AppConfig):
    """Name and label of the room; the role kit follows each migration."""

    name = "allmende.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """See that the shipped roles are in the database."""
        from allmende.organisations.domain.kit import ensure_kit  # noqa: PLC0415 (models exist only now)

        post_migrate.connect(ensure_kit, sender=self, dispatch_uid="organisations.kit")
