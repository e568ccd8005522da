# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Recipes (Rezepte): a connection with its mapping, checks, questions and words as one signed file that travels.

:mod:`.model` is what the file says, :mod:`.seal` who signed it, :mod:`.checks` what must hold of the rows, :mod:`.fit`
how another town's file deviates, :mod:`.leaks` what such a file must never carry.
"""

from allmende.engine.recipes.checks import Outcome, judge, select
from allmende.engine.recipes.fit import Choice, Deviation, Fitted, Kind, fit
from allmende.engine.recipes.leaks import leaks
from allmende.engine.recipes.model import BadRecipe, Recipe, dump, load
from allmende.engine.recipes.seal import Altered, Sealed, digest, fingerprint, opened, public_key, signed

__all__ = [
    "Altered",
    "BadRecipe",
    "Choice",
    "Deviation",
    "Fitted",
    "Kind",
    "Outcome",
    "Recipe",
    "Sealed",
    "digest",
    "dump",
    "fingerprint",
    "fit",
    "judge",
    "leaks",
    "load",
    "opened",
    "public_key",
    "select",
    "signed",
]
