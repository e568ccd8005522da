# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Interfaces for programs; ``POST /api/query`` itself is :mod:`allmende.hub.hot`."""
