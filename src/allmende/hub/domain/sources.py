# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on source systems."""

from __future__ import annotations

from django.db import transaction

from allmende.hub.domain.changes import note
from allmende.hub.models import SourceSystem
from allmende.hub.terms import SourceDraft
from allmende.kernel.errors import Conflict, Invalid, NotFound
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject

_MOST = {"kind": 100, "contact": 300, "legal_basis": 10_000}
_WORDS = ("name", "kind", "product", "vendor", "hosting", "contract", "contact", "legal_basis")


def register_source(actor: Subject, draft: SourceDraft, *, tenant: str) -> str:
    """Register a source system and return its id. Needs CONNECT in the owner unit."""
    check_slug(draft.slug)
    _check(draft)
    organisations.unit(tenant, draft.unit)
    rights.require(actor, Action.CONNECT, tenant, draft.unit)
    with transaction.atomic():
        if SourceSystem.objects.filter(tenant=tenant, slug=draft.slug).exists():
            raise Conflict(
                Text(f"Die Datenquelle „{draft.slug}“ gibt es schon.", f"There is a source “{draft.slug}” already."),
                field="slug",
            )
        row = SourceSystem.objects.create(tenant=tenant, slug=draft.slug, unit=draft.unit, **_words(draft))
        note(actor, "register_source", str(row.id), tenant=tenant, slug=draft.slug, unit=draft.unit)
    return str(row.id)


def change_source(actor: Subject, source: str, draft: SourceDraft, *, tenant: str) -> None:
    """Change what is written of a source system; its slug stays. Needs CONNECT in the old and the new owner unit."""
    _check(draft)
    with transaction.atomic():
        row = source_row(tenant, source)
        rights.require(actor, Action.CONNECT, tenant, str(row.unit))
        if draft.unit != str(row.unit):
            organisations.unit(tenant, draft.unit)
            rights.require(actor, Action.CONNECT, tenant, draft.unit)
        SourceSystem.objects.filter(id=row.id).update(unit=draft.unit, **_words(draft))
        note(actor, "change_source", source, tenant=tenant, unit=draft.unit)


def source_row(tenant: str, source: str) -> SourceSystem:
    """Return the town's source system, locked; raises NotFound."""
    row = SourceSystem.objects.select_for_update().filter(tenant=tenant, id=source).first()
    if row is None:
        raise NotFound(Text("Diese Datenquelle gibt es nicht.", "There is no such source system."))
    return row


def _words(draft: SourceDraft) -> dict[str, str]:
    return {name: getattr(draft, name).strip() for name in _WORDS}


def _check(draft: SourceDraft) -> None:
    if not draft.name.strip():
        raise Invalid(Text("Der Name fehlt.", "The name is missing."), field="name")
    for name in _WORDS:
        most = _MOST.get(name, 200)
        if len(getattr(draft, name)) > most:
            raise Invalid(Text(f"Höchstens {most} Zeichen.", f"At most {most} characters."), field=name)
