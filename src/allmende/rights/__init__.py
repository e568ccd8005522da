# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision point: who may do what with which data, for which purpose, under which obligations, and why.

``terms``, ``decide``, ``obligations``, ``snapshot``, ``holder`` and ``journal`` know no Django:
the hot path imports them.
"""
