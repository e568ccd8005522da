# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as a Django application."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Name and label of the room."""

    name = "allmende.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"
