# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recipes (Rezepte): connections that travel between towns, as signed files.

Nouns: recipe, shelf, signature, trusted key, use of a recipe, deviation, proposal. Verbs: take in, try, use, export,
trust, send back, receive, settle.
"""
