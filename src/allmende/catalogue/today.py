# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What waits in the catalogue: grants that run out, and grants given this week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from allmende.catalogue.models import Dataset
from allmende.kernel.text import Text
from allmende.kernel.waiting import Waiting
from allmende.rights import door as rights
from allmende.rights.door import GrantView
from allmende.rights.terms import Effect, GranteeKind, Subject

#: A grant is told of so long before its end, and so long after it was given.
BEFORE = timedelta(days=30)
SINCE = timedelta(days=7)


def waiting(asker: Subject, moment: datetime) -> Iterator[Waiting]:
    """Tell those who may give grants of what runs out and what others gave; those who have one, of its end."""
    known = rights.known(asker)
    giving = {resource for resource in rights.may_grant_on(asker) if resource in known}
    views = [view for view in rights.grants_in_motion(known, ends_before=moment + BEFORE, given_since=moment - SINCE)
             if view.grant.effect is Effect.ALLOW]  # fmt: skip
    ids = {view.grant.resource for view in views}
    named = {str(row.id): row for row in Dataset.objects.filter(id__in=ids)} if ids else {}
    for view in views:
        row = named.get(view.grant.resource)
        if row is None:
            continue
        mine, gives = _reaches(view, asker), view.grant.resource in giving
        address = reverse("dataset", args=[row.tenant_id, row.slug])
        title = Text(row.title_de, row.title_en or row.title_de)
        end = view.grant.valid_until
        if end is not None and moment <= end < moment + BEFORE and (mine or gives):
            yield _ending(title, end, address, gives=gives)
        elif view.given_at >= moment - SINCE and gives and view.given_by != asker.id:
            yield Waiting(
                kind="catalogue.given",
                title=Text(f"„{title.de}“: Nutzungserlaubnis erteilt", f"“{title.en}”: a grant was given"),
                detail=Text(
                    "In Ihrem Bereich, in den letzten sieben Tagen.",
                    "In what you are responsible for, within seven days.",
                ),
                action=Text("Ansehen", "Look"),
                address=address,
            )


def _ending(title: Text, end: datetime, address: str, *, gives: bool) -> Waiting:
    what = (
        Text(f"„{title.de}“: Eine Nutzungserlaubnis läuft ab", f"“{title.en}”: a grant runs out")
        if gives
        else Text(f"Ihre Nutzungserlaubnis für „{title.de}“ läuft ab", f"Your grant for “{title.en}” runs out")
    )
    return Waiting(
        kind="catalogue.ending",
        title=what,
        action=Text("Entscheiden", "Decide") if gives else Text("Ansprechperson finden", "Find whom to ask"),
        address=address if gives else f"{address}#fragen",
        due=end,
    )


def _reaches(view: GrantView, asker: Subject) -> bool:
    grant = view.grant
    return (
        (grant.grantee_kind is GranteeKind.PERSON and grant.grantee == asker.id)
        or (grant.grantee_kind is GranteeKind.UNIT and grant.grantee in asker.units)
        or (grant.grantee_kind is GranteeKind.ROLE and grant.grantee in {held.role for held in asker.roles})
    )
