# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on towns and units."""

from __future__ import annotations

import re
from decimal import Decimal

from django.db import transaction

from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid
from allmende.kernel.ids import check_slug
from allmende.kernel.text import Text
from allmende.organisations.domain.changes import note
from allmende.organisations.domain.taken import unless_taken
from allmende.organisations.kit import shipped
from allmende.organisations.models import Tenant, Unit
from allmende.organisations.queries.units import Tree, tenant_view, tree
from allmende.organisations.terms import (
    ADMINISTRATION,
    LegalForm,
    SecondFactor,
    TenantDraft,
    TenantView,
    UnitDraft,
    UnitKind,
    UnitView,
)
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind

_FORMLESS = frozenset({UnitKind.OFFICE, UnitKind.EIGENBETRIEB, UnitKind.COUNCIL})

_AGS = re.compile(r"(\d{8})?\Z")
_COLOUR = re.compile(r"(#[0-9a-f]{6})?\Z")

#: The Länder by the first two digits of the municipality's key (AGS), as ISO 3166-2:DE codes.
LAND_BY_AGS = {
    "01": "SH", "02": "HH", "03": "NI", "04": "HB", "05": "NW", "06": "HE", "07": "RP", "08": "BW",
    "09": "BY", "10": "SL", "11": "BE", "12": "BB", "13": "MV", "14": "SN", "15": "ST", "16": "TH",
}  # fmt: skip


def land_of(ags: str) -> str:
    """Return the Land a municipality's key begins with, "" if none does."""
    return LAND_BY_AGS.get(ags[:2], "")


def only_operator(actor: Subject) -> None:
    """Raise Forbidden unless the command line on the machine acts."""
    if actor.kind is not SubjectKind.OPERATOR:
        raise Forbidden(
            Text(
                "Das geht nur auf der Befehlszeile des Rechners, auf dem Allmende läuft.",
                "Only the command line on the machine that runs Allmende may do this.",
            ),
            missing="operator",
        )


def words(text: str, what: Text, *, most: int = 200) -> str:
    """Return ``text`` without outer blanks; raises Invalid when empty or longer than ``most`` characters."""
    text = text.strip()
    if not text or len(text) > most or "\0" in text:
        raise Invalid(
            Text(
                f"{what.de}: bitte 1 bis {most} Zeichen angeben.",
                f"{what.en}: please give 1 to {most} characters.",
            )
        )
    return text


def note_of(text: str, *, most: int = 10_000) -> str:
    """Return ``text`` without outer blanks; raises Invalid when it is longer or holds what no text holds."""
    text = text.strip()
    if len(text) > most or "\0" in text:
        raise Invalid(
            Text(
                f"Der Text ist zu lang (höchstens {most} Zeichen) oder enthält ein unzulässiges Zeichen.",
                f"The text is too long (at most {most} characters) or holds a character that is not allowed.",
            )
        )
    return text


def create_tenant(actor: Subject, draft: TenantDraft) -> TenantView:
    """Set up a town with its root unit. Only the operator of the installation does that."""
    only_operator(actor)
    slug = check_slug(draft.slug)
    name = words(draft.name, Text("Name der Kommune", "Name of the town"))
    colour = draft.colour.lower()
    if not _AGS.match(draft.ags):
        raise Invalid(Text("Der Gemeindeschlüssel hat acht Ziffern.", "A municipality's key (AGS) has eight digits."))
    if not _COLOUR.match(colour):
        raise Invalid(Text("Die Farbe ist wie #1a2b3c anzugeben.", "The colour is to be given like #1a2b3c."))
    land = draft.land or LAND_BY_AGS.get(draft.ags[:2], "")
    if land and land not in LAND_BY_AGS.values():
        raise Invalid(Text(f"Ein Land „{land}“ gibt es nicht.", f"There is no Land “{land}”."))
    if draft.profile not in shipped().profiles():
        raise Invalid(Text(f"Ein Profil „{draft.profile}“ gibt es nicht.", f"There is no profile “{draft.profile}”."))
    if draft.second_factor is SecondFactor.NOBODY and not draft.practice:
        raise Invalid(
            Text(
                "Auf den zweiten Faktor kann nur eine Übungsstadt verzichten.",
                "Only a practice town can do without a second factor.",
            )
        )
    with transaction.atomic():
        tenant = Tenant(
            slug=slug,
            name=name,
            ags=draft.ags,
            land=land,
            inhabitants=draft.inhabitants,
            colour=colour,
            practice=draft.practice,
            profile=draft.profile,
            second_factor=draft.second_factor.value,
            created_at=now(),
        )
        with unless_taken(
            Text(f"Die Kommune „{slug}“ gibt es schon.", f"There is a town “{slug}” already."), field="slug"
        ):
            tenant.save(force_insert=True)
        root = Unit.objects.create(
            tenant=tenant, parent=None, slug=slug, name_de=name, name_en=name, kind=UnitKind.TOWN.value
        )
        decision = rights.require(actor, Action.ADMINISTER, slug)
        note(actor, "create_tenant", slug, tenant=slug, decision=decision, action=Action.ADMINISTER)
        for purpose in shipped().purpose:
            rights.define_purpose(actor, slug, slug=purpose.slug, title=purpose.title, concept=purpose.concept)
    return tenant_view(tenant, str(root.id))


def create_unit(actor: Subject, draft: UnitDraft, *, tenant: str) -> UnitView:
    """Set up a unit below another one of the town. Needs ORGANISE in the unit above."""
    with transaction.atomic():
        units = _locked(tenant)
        parent = units.view(draft.parent or units.root)
        decision = rights.require(actor, Action.ORGANISE, tenant, parent.id)
        _check_form(draft.kind, draft.legal_form, draft.share)
        _check_place(draft.kind, parent)
        slug = check_slug(draft.slug)
        unit = Unit(
            tenant_id=tenant,
            parent_id=parent.id,
            slug=slug,
            name_de=words(draft.name.de, Text("Name der Stelle", "Name of the unit")),
            name_en=words(draft.name.en or draft.name.de, Text("Englischer Name", "English name")),
            kind=draft.kind.value,
            legal_form=draft.legal_form.value,
            share=draft.share,
            contact=note_of(draft.contact, most=300),
            technical=draft.technical,
        )
        with unless_taken(
            Text(f"Eine Stelle „{slug}“ gibt es schon.", f"There is a unit “{slug}” already."), field="slug"
        ):
            unit.save(force_insert=True)
        note(actor, "create_unit", str(unit.id), tenant=tenant, decision=decision, slug=slug, parent=parent.id)
        return tree(tenant).view(str(unit.id))


def move_unit(actor: Subject, *, tenant: str, unit: str, parent: str) -> UnitView:
    """Put a unit, with everything below it, under another one. Needs ORGANISE in its old and its new place."""
    with transaction.atomic():
        units = _locked(tenant)
        moved, target = units.view(unit), units.view(parent)
        if not moved.parent:
            raise Invalid(Text("Die Kommune selbst hat keine Stelle über sich.", "The town itself has no unit above."))
        decision = rights.require(actor, Action.ORGANISE, tenant, moved.parent)
        rights.require(actor, Action.ORGANISE, tenant, target.id)
        if target.id in units.below(moved.id):
            raise Invalid(
                Text("Eine Stelle kann nicht unter sich selbst liegen.", "A unit cannot be below itself."),
                field="parent",
            )
        _check_place(moved.kind, target)
        Unit.objects.filter(id=moved.id).update(parent_id=target.id)
        note(actor, "move_unit", moved.id, tenant=tenant, decision=decision, old=moved.parent, new=target.id)
        return tree(tenant).view(moved.id)


def _locked(tenant: str) -> Tree:
    """Return the town's units, locked against another change of the tree until the transaction ends."""
    return Tree(Unit.objects.filter(tenant_id=tenant).select_for_update())


def _check_form(kind: UnitKind, form: LegalForm, share: Decimal | None) -> None:
    if kind is UnitKind.TOWN:
        raise Invalid(Text("Eine Kommune hat nur eine Wurzel.", "A town has only one root."), field="kind")
    if kind is UnitKind.COMPANY and form is LegalForm.NONE:
        raise Invalid(
            Text("Bei einer Beteiligung fehlt die Rechtsform.", "A municipal company needs its legal form."),
            field="legal_form",
        )
    if kind in _FORMLESS and form is not LegalForm.NONE:
        raise Invalid(
            Text(
                "Ämter, Eigenbetriebe und Ausschüsse haben keine eigene Rechtsform.",
                "Offices, Eigenbetriebe and committees have no legal form of their own.",
            ),
            field="legal_form",
        )
    if share is not None and (kind is not UnitKind.COMPANY or not 0 <= share <= 100):
        raise Invalid(
            Text(
                "Der Anteil der Stadt steht nur bei Beteiligungen und liegt zwischen 0 und 100 Prozent.",
                "The town's share is given for companies only and is between 0 and 100 per cent.",
            ),
            field="share",
        )


def _check_place(kind: UnitKind, parent: UnitView) -> None:
    """A company below an office would share in what the office may read: who owns data shares with all below."""
    outside = kind not in ADMINISTRATION
    if outside and parent.kind is not UnitKind.TOWN and parent.administration:
        raise Invalid(
            Text(
                "Beteiligungen, Partner, Vereine und Gremien stehen neben der Verwaltung, nicht unter einem Amt.",
                "Companies, partners, associations and committees stand beside the administration, not below.",
            ),
            field="parent",
        )
