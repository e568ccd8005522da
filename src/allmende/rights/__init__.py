# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The decision point: who may do what with which data, for which purpose, under which obligations, and why.

``terms``, ``rules``, ``decide``, ``obligations``, ``snapshot``, ``holder``, ``journal``, ``pseudonyms``, ``chain``,
``anchors`` and ``verify`` know no Django: the hot path and the command line import them. ``door`` is the entrance for
other rooms' Django halves.
"""
