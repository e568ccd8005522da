# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements: ``script/bench NAME`` runs ``bench/NAME.py``, prints its figures and writes them as JSON."""
