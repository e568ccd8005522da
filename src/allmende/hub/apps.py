# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room as a Django application."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    """Name and label of the room."""

    name = "allmende.hub"
    label = "hub"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who may send files without being signed in: whoever has an upload link."""
        from allmende.hub.domain.deliveries import LARGEST  # noqa: PLC0415 (models are there only now)
        from allmende.hub.domain.links import may_send  # noqa: PLC0415
        from allmende.webkit.uploads import admit  # noqa: PLC0415

        admit("/liefern/", may_send, largest=LARGEST)
