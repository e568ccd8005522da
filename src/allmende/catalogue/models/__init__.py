# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The room's tables."""

from allmende.catalogue.models.dataset import Dataset, Entry, Field

__all__ = ["Dataset", "Entry", "Field"]
