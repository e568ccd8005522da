# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as a Django application."""

from django.apps import AppConfig

from allmende.webkit import converters


class WebkitConfig(AppConfig):
    """Name and label of the room."""

    name = "allmende.webkit"
    label = "webkit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the room's own kinds of address parts known."""
        converters.register()
