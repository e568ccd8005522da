# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entrance for other rooms: verbs and reads of recipes. Values out, never models."""

from __future__ import annotations

from allmende.recipes.domain.exporting import export_deviations, export_recipe, export_shelf
from allmende.recipes.domain.keeping import Unsigned, decoded, distrust_key, take_in, take_off, trust_key
from allmende.recipes.domain.receiving import receive_deviations, settle_proposal
from allmende.recipes.domain.using import make_release, try_recipe, use_recipe
from allmende.recipes.queries.shelf import (
    by_name,
    on_shelf,
    proposals,
    shelf,
    shipped,
    standing_of,
    trusted_keys,
    use,
    uses,
)
from allmende.recipes.terms import About, DeviationFile, Given, OnShelf, Standing, Tried, Used, UseView

__all__ = [
    "About",
    "DeviationFile",
    "Given",
    "OnShelf",
    "Standing",
    "Tried",
    "Unsigned",
    "UseView",
    "Used",
    "by_name",
    "decoded",
    "distrust_key",
    "export_deviations",
    "export_recipe",
    "export_shelf",
    "make_release",
    "on_shelf",
    "proposals",
    "receive_deviations",
    "settle_proposal",
    "shelf",
    "shipped",
    "standing_of",
    "take_in",
    "take_off",
    "trust_key",
    "trusted_keys",
    "try_recipe",
    "use",
    "use_recipe",
    "uses",
]
