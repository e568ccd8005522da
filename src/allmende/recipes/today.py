# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits among recipes: deviations another town sent, until somebody says what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count
from django.urls import reverse

from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.kernel.waiting import Waiting
from allmende.recipes.models import Proposal
from allmende.recipes.queries.shelf import by_name
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def waiting(asker: Subject, moment: datetime) -> Iterator[Waiting]:
    """Tell those who connect sources, who alone may settle them; once for each recipe."""
    if not rights.somewhere(asker, Action.CONNECT):
        return
    rows = Proposal.objects.filter(tenant=asker.tenant, settled_at=None, made_at__lte=moment)
    for name, count in rows.order_by("recipe").values_list("recipe").annotate(Count("id")):
        try:
            one = by_name(asker, name, tenant=asker.tenant)
        except NotFound:  # taken off the shelf meanwhile
            continue
        title = one.recipe.title
        yield Waiting(
            kind="recipes.proposal",
            title=Text(
                f"Rezept „{title.de}“: Abweichungen aus anderen Kommunen sind zu entscheiden",
                f"Recipe “{title.en or title.de}”: deviations from other towns wait for a decision",
            ),
            detail=Text(f"Offen: {count}.", f"Open: {count}."),
            action=Text("Ansehen", "Look"),
            address=reverse("recipe", args=[one.digest]),
        )
