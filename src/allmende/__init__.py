# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Allmende: an open urban data platform whose registers rule the hub."""

__version__ = "0.1.0"
