# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ids and URIs, clock, errors, bilingual text: what every room needs. Knows no Django and no room."""
