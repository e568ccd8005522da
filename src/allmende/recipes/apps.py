# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as a Django application."""

from django.apps import AppConfig


class RecipesConfig(AppConfig):
    """Name and label of the room."""

    name = "allmende.recipes"
    label = "recipes"
    default_auto_field = "django.db.models.BigAutoField"
