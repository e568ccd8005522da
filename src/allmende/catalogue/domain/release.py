# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Release: a data set becomes open data by decision, and stops being it by decision (001 E7, E8, T11)."""

from __future__ import annotations

import msgspec
from django.db import transaction

from allmende.catalogue.domain.datasets import locked, note
from allmende.catalogue.domain.rules import invalid
from allmende.catalogue.terms import LATE_WARNING, Anonymised, DatasetView
from allmende.catalogue.vocabulary import licences
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Class, Subject, Visibility


def release_dataset(actor: Subject, dataset: str, *, reason: str, warning_read: bool = False) -> None:
    """Make a data set open data. Needs RELEASE in its unit.

    Blocked for personal data, for special secrets and for what is not anonymised; whoever releases what was
    anonymised later says so with ``warning_read``, and the warning stays with the data. Needs an open licence and,
    where the licence demands it, the words of attribution.
    """
    if not reason.strip():
        raise invalid("reason", "Bitte die Freigabe begründen.", "Please give the reason for the release.")
    with transaction.atomic():
        row = locked(actor, dataset)
        decision = rights.require(actor, Action.RELEASE, row.tenant_id, str(row.unit_id))
        if row.released_at is not None:
            raise Conflict(Text("Der Datensatz ist schon freigegeben.", "The data set is released already."))
        anonymised = Anonymised(row.anonymised)
        if row.cls == Class.PERSONAL.value or row.secrets or anonymised is Anonymised.NOT:
            raise Forbidden(
                Text(
                    "Personenbezogene Daten und besondere Geheimnisse können nicht freigegeben werden. Veröffentlicht "
                    "werden kann, was bei der Erhebung anonymisiert wurde, oder eine geschützte Auswertungstabelle.",
                    "Personal data and special secrets cannot be released. What can be published is what was "
                    "anonymised at collection, or a protected release table.",
                ),
                missing="anonymised_at_collection",
            )
        if anonymised is Anonymised.LATER and not warning_read:
            raise Forbidden(
                Text(
                    f"{LATE_WARNING.de} Wer trotzdem freigibt, bestätigt, das gelesen zu haben.",
                    f"{LATE_WARNING.en} Whoever releases all the same confirms having read this.",
                ),
                missing="warning_read",
            )
        _check_licence(row.licence, row.attribution)
        row.cls = Class.OPEN.value
        row.visibility = Visibility.PUBLIC.value
        row.visible_to = []
        row.released_at = row.changed_at = now()
        row.released_by_unit = actor.unit
        row.release_reason = reason.strip()
        row.release_warned = anonymised is Anonymised.LATER
        row.version += 1
        row.save()
        note(row, actor, decision, "release", action=Action.RELEASE, reason=reason)


class Check(msgspec.Struct, frozen=True):
    """One thing a release is checked for: whether it stands in the way, or is only to be known, and its words."""

    bad: bool
    note: bool
    text: Text


def release_checks(dataset: DatasetView) -> tuple[Check, ...]:
    """Return what :func:`release_dataset` looks at, for those who decide; the verb looks again."""
    licence = licences().get(dataset.licence)
    personal = dataset.cls is Class.PERSONAL or bool(dataset.secrets) or dataset.anonymised is Anonymised.NOT
    found = []
    if personal:
        found.append(
            Check(
                True,
                False,
                Text(
                    "Daten über Menschen oder unter einem besonderen Geheimnis werden nicht freigegeben. Veröffentlichen "
                    "lässt sich eine geschützte Freigabetabelle.",
                    "Data about persons or under a special secret are not released. What can be published is a protected "
                    "release table.",
                ),
            )
        )
    elif dataset.anonymised is not Anonymised.LATER:
        words = Text("Keine Daten über Menschen, kein besonderes Geheimnis.", "No personal data, no special secret.")
        found.append(Check(False, False, words))
    found.append(
        Check(
            licence is None or not licence.open,
            False,
            Text(f"Offene Lizenz: {licence.title.de}.", f"Open licence: {licence.title.en}.")
            if licence is not None and licence.open
            else Text("Eine offene Lizenz fehlt im Eintrag.", "The entry lacks an open licence."),
        )
    )
    if licence is not None and licence.attribution:
        lacks = not dataset.attribution.strip()
        found.append(
            Check(
                lacks,
                False,
                Text("Die Lizenz verlangt einen Quellenvermerk; er fehlt.", "The licence asks for an attribution.")
                if lacks
                else Text(f"Quellenvermerk: {dataset.attribution}", f"Attribution: {dataset.attribution}"),
            )
        )
    if dataset.anonymised is Anonymised.LATER:
        found.append(Check(False, True, LATE_WARNING))
    if not dataset.limits.de.strip():
        found.append(
            Check(
                False,
                True,
                Text(
                    "Einschränkungen der Aussagekraft sind nicht eingetragen.", "The limits of the data are not said."
                ),
            )
        )
    return tuple(found)


def withdraw_release(actor: Subject, dataset: str, *, reason: str) -> None:
    """Take a release back: the data are internal again. That it exists stays known. Needs RELEASE."""
    if not reason.strip():
        raise invalid("reason", "Bitte begründen.", "Please give a reason.")
    with transaction.atomic():
        row = locked(actor, dataset)
        decision = rights.require(actor, Action.RELEASE, row.tenant_id, str(row.unit_id))
        if row.released_at is None:
            raise Conflict(Text("Der Datensatz ist nicht freigegeben.", "The data set is not released."))
        row.cls = Class.INTERNAL.value
        row.released_at = None
        row.released_by_unit = row.release_reason = ""
        row.release_warned = False
        row.changed_at = now()
        row.version += 1
        row.save()
        note(row, actor, decision, "withdraw_release", action=Action.RELEASE, reason=reason)


def set_release_table(actor: Subject, dataset: str, *, table: str, readers: Visibility) -> None:
    """Say which version of the protected release table is in force and who may read it. Needs RELEASE.

    ``table`` is the version's id in the hub, "" takes it out of force.
    """
    with transaction.atomic():
        row = locked(actor, dataset)
        decision = rights.require(actor, Action.RELEASE, row.tenant_id, str(row.unit_id))
        old = [row.release_table, row.release_table_for]
        row.release_table = table
        row.release_table_for = readers.value
        row.changed_at = now()
        row.version += 1
        row.save()
        changed = {"release_table": [old, [table, readers.value]]}
        note(row, actor, decision, "release_table", action=Action.RELEASE, changed=changed)


def _check_licence(licence: str, attribution: str) -> None:
    known = licences().get(licence)
    if known is None or not known.open:
        raise invalid(
            "licence",
            "Zur Freigabe gehört eine offene Lizenz, zum Beispiel Datenlizenz Deutschland – Zero.",
            "A release needs an open licence, for example Data licence Germany – Zero.",
        )
    if known.attribution and not attribution.strip():
        raise invalid(
            "attribution",
            "Diese Lizenz verlangt einen Quellenvermerk.",
            "This licence asks for an attribution.",
        )
