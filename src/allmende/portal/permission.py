# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may use a data set for what, in words: for the one who looks, and in general."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from allmende.catalogue.terms import DatasetView
from allmende.kernel.clock import now
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights import words
from allmende.rights.door import purpose_titles
from allmende.rights.terms import (
    Action,
    Class,
    Decision,
    Effect,
    Grant,
    GranteeKind,
    Outcome,
    Subject,
    SubjectKind,
    Visibility,
)


class Verdict(msgspec.Struct, frozen=True):
    """What the decision point says to one asker, for the purposes it says the same for."""

    may: bool
    purposes: tuple[Text, ...]  # empty: for any, or for none at all
    reason: Text
    missing: Text | None
    obligations: tuple[Text, ...]
    rule: str
    slugs: tuple[str, ...] = ()
    every: bool = False  # the same for every purpose the town knows


class Permit(msgspec.Struct, frozen=True):
    """A grant as it may be shown to the administration: single people are not named."""

    allows: bool
    whom: Text
    what: Text
    purposes: tuple[Text, ...]
    since: datetime | None
    until: datetime | None
    obligations: tuple[Text, ...]
    legal_basis: str
    id: str = ""
    note: str = ""  # shown to those who give
    reads: bool = True  # else it is only about knowing of it


def yours(subject: Subject, dataset: DatasetView) -> list[Verdict]:
    """Return what the asker may do with the rows: one verdict for all purposes that get the same answer."""
    without = rights.explain(subject, dataset.id)
    if without.outcome is Outcome.ALLOW or subject.kind is not SubjectKind.PERSON:
        return [_verdict(without, ())]
    grouped: dict[Decision, list[tuple[str, Text]]] = {}
    for slug, title in purpose_titles(subject.tenant):
        decision = rights.explain(subject, dataset.id, slug)
        # what is missing names the purpose: leave that out of the comparison
        alike = msgspec.structs.replace(decision, missing=None)
        grouped.setdefault(alike, []).append((slug, title))
    found = [_verdict(decision, tuple(titles)) for decision, titles in grouped.items()]
    if len(found) == 1:
        found = [msgspec.structs.replace(found[0], every=True)]
    return sorted(found, key=lambda verdict: not verdict.may) or [_verdict(without, ())]


def _verdict(decision: Decision, listed: tuple[tuple[str, Text], ...]) -> Verdict:
    return Verdict(
        may=decision.outcome is Outcome.ALLOW,
        purposes=tuple(title for _, title in listed),
        reason=decision.reason,
        missing=decision.missing,
        obligations=tuple(words.obligation(obligation) for obligation in decision.obligations),
        rule=decision.rule,
        slugs=tuple(slug for slug, _ in listed),
    )


def titles_of(tenant: str, slugs: frozenset[str]) -> tuple[Text, ...]:
    """Return the purposes' titles, in the order of the town's list."""
    known = dict(purpose_titles(tenant))
    listed = [title for slug, title in known.items() if slug in slugs]
    return tuple(listed + [Text(slug, slug) for slug in sorted(slugs - known.keys())])


def in_general(dataset: DatasetView) -> list[Text]:
    """Return, by class and register, who may read the data set; without naming anybody."""
    laid_down = titles_of(dataset.tenant, dataset.purposes)
    own = ", ".join(title.de for title in laid_down)
    own_en = ", ".join(title.en for title in laid_down)
    found: list[Text] = []
    if dataset.cls is Class.PERSONAL or dataset.secrets:
        found.append(
            Text(
                "Niemand liest die Zeilen ohne eine Nutzungserlaubnis, die eine Rechtsgrundlage nennt. Davon befreit "
                "keine Rolle, keine Zuständigkeit und keine Weisung.",
                "Nobody reads the rows without a grant that names a legal basis. No role, no ownership and no "
                "instruction frees from that.",
            )
        )
    elif dataset.released:
        found.append(
            Text("Alle dürfen die Daten nutzen, zu jedem Zweck.", "Everybody may use the data, for any purpose.")
        )
    elif not laid_down:
        found.append(
            Text(
                "Zwecke sind noch nicht festgelegt. Wer die Daten nutzen will, braucht eine Nutzungserlaubnis.",
                "No purposes are laid down yet. Whoever wants to use the data needs a grant.",
            )
        )
    elif dataset.cls is Class.RESTRICTED:
        found.append(
            Text(
                f"Die datenverantwortliche Stelle, für: {own}. Alle anderen brauchen eine Nutzungserlaubnis.",
                f"The responsible unit, for: {own_en}. Everybody else needs a grant.",
            )
        )
    else:
        found.append(
            Text(
                f"Die Verwaltung der Stadt, für: {own}. Für andere Zwecke und alle anderen "
                "braucht es eine Nutzungserlaubnis.",
                f"The town’s administration, for: {own_en}. Other purposes and everybody else need a grant.",
            )
        )
    if dataset.release_table:
        whom = {
            Visibility.PUBLIC: Text("Alle", "Everybody"),
            Visibility.ADMINISTRATION: Text("Die Verwaltung", "The administration"),
            Visibility.UNITS: Text("Benannte Stellen", "Named units"),
        }[dataset.release_table_for]
        may = "darf" if dataset.release_table_for is Visibility.ADMINISTRATION else "dürfen"
        purposes = Text(f", für: {own}", f", for: {own_en}")
        if dataset.release_table_for is Visibility.PUBLIC:
            purposes = Text(", zu jedem Zweck", ", for any purpose")
        elif not laid_down:
            purposes = Text(", sobald Zwecke festgelegt sind", ", once purposes are laid down")
        found.append(
            Text(
                f"{whom.de} {may} die geschützte Freigabetabelle auswerten{purposes.de}. Darin stehen Zahlen ohne Bezug "
                "zu Personen, kleine sind unterdrückt.",
                f"{whom.en} may evaluate the protected release table{purposes.en}. It holds figures without reference to "
                "persons, small ones are suppressed.",
            )
        )
    return found


def _grants(dataset: DatasetView, *, know: bool = False) -> list[Grant]:
    """Return the grants in force or still to come that concern reading, allowing ones first; with ``know`` also those
    that only let one know of the data set, or not."""
    moment = now()
    found = [
        grant
        for listed in rights.snapshot().grants.get(dataset.id, {}).values()
        for grant in listed
        if (know or Action.READ in grant.actions) and (grant.valid_until is None or moment < grant.valid_until)
    ]
    return sorted(found, key=lambda grant: (grant.effect is Effect.DENY, grant.grantee_kind.value, grant.id))


def used_for(dataset: DatasetView) -> tuple[Text, ...]:
    """Return what the data are used for, in summary: the purposes laid down and those of all grants."""
    granted = frozenset(
        purpose for grant in _grants(dataset) if grant.effect is Effect.ALLOW for purpose in grant.purposes
    )
    return titles_of(dataset.tenant, dataset.purposes | granted)


def grants(dataset: DatasetView, *, named: bool = False) -> list[Permit]:
    """Return the grants in force, for the administration; with ``named`` for those who give and withdraw them."""
    return [permit(dataset, grant, named=named) for grant in _grants(dataset, know=named)]


def permit(dataset: DatasetView, grant: Grant, *, named: bool = False) -> Permit:
    """Return one grant in words."""
    units = {unit.id: unit.name for unit in organisations.units(dataset.tenant)}
    roles = {role.slug: role.title for role in organisations.roles(dataset.tenant)}
    whom = words.grantee(
        grant,
        lambda id_: units.get(id_, Text("eine Stelle", "a unit")),
        lambda slug: roles.get(slug, Text(slug, slug)),
    )
    if named and grant.grantee_kind in (GranteeKind.PERSON, GranteeKind.SYSTEM):
        accounts = {one.id: one.name for one in organisations.people(dataset.tenant)}
        accounts |= {one.id: one.name for one in organisations.systems(dataset.tenant)}
        name = accounts.get(grant.grantee, "")
        whom = Text(name, name) if name else whom
    elif grant.grantee_kind is GranteeKind.TENANT:
        towns = {town.slug: town.name for town in organisations.tenants()}
        name = towns.get(grant.grantee, grant.grantee)
        whom = Text(f"die Verwaltung von {name}", f"the administration of {name}")
    reads = Action.READ in grant.actions
    return Permit(
        allows=grant.effect is Effect.ALLOW,
        whom=whom,
        what=Text("die Zeilen lesen", "read the rows") if reads else Text("davon wissen", "know of it"),
        purposes=titles_of(dataset.tenant, grant.purposes),
        since=grant.valid_from,
        until=grant.valid_until - timedelta(microseconds=1) if grant.valid_until else None,  # the last day it holds
        obligations=tuple(words.obligation(obligation) for obligation in grant.obligations),
        legal_basis=grant.legal_basis,
        id=grant.id,
        note=grant.note if named else "",
        reads=reads,
    )
