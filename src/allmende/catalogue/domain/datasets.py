# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on catalogue entries."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value

from allmende.catalogue import rows
from allmende.catalogue.domain.rules import check, check_purposes, invalid
from allmende.catalogue.models import Dataset, Entry, Field
from allmende.catalogue.terms import CLOSEDNESS, Anonymised, DatasetDraft, Mode
from allmende.catalogue.words import folded
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Forbidden, NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import UnitKind
from allmende.rights import door as rights
from allmende.rights.terms import Action, Class, Decision, Secret, Subject, Visibility

NO_SUCH = Text("Einen solchen Datensatz gibt es hier nicht.", "There is no such data set here.")

_WIDTH = {Visibility.UNITS: 0, Visibility.ADMINISTRATION: 1, Visibility.PUBLIC: 2}
_SAFETY = {Anonymised.NOT: 0, Anonymised.LATER: 1, Anonymised.AT_COLLECTION: 2, Anonymised.NOT_APPLICABLE: 3}


def register_dataset(actor: Subject, draft: DatasetDraft) -> str:
    """Register a data set and return its id. Needs DESCRIBE in the owner unit.

    Raises Invalid naming the field at fault, Conflict where the name is taken in the town (retired names stay taken:
    a URI never comes to mean something else).
    """
    check(draft)
    _check_places(draft)
    decision = rights.require(actor, Action.DESCRIBE, draft.tenant, draft.unit)
    moment = now()
    with transaction.atomic():
        row = Dataset(tenant_id=draft.tenant, slug=draft.slug, created_at=moment, changed_at=moment, **_prepared(draft))
        said = Text(
            f"Der Kurzname „{draft.slug}“ ist schon vergeben oder war es einmal.",
            f"The short name “{draft.slug}” is taken, or was once.",
        )
        with organisations.unless_taken(said, field="slug"):
            row.save(force_insert=True)
        Field.objects.bulk_create(rows.field_rows(row, draft))
        _index(row, draft)
        note(row, actor, decision, "register")
    return str(row.id)


def change_dataset(
    actor: Subject, dataset: str, draft: DatasetDraft, *, version: int | None = None, reason: str = ""
) -> int:
    """Write the whole entry anew and return its version. Needs DESCRIBE in the owner unit, old and new.

    What opens data needs more: another purpose, a wider circle who may know, one obligation less need GRANT; a more
    open class, a secret less, a safer statement on anonymisation, knowledge for everybody need RELEASE. Raises Conflict
    when ``version`` is not the present one: somebody else was faster.
    """
    check(draft)
    _check_places(draft)
    with transaction.atomic():
        row = locked(actor, dataset)
        fields = list(row.fields.all())
        old = rows.draft_of(row, fields)
        decision = rights.require(actor, Action.DESCRIBE, row.tenant_id, old.unit)
        if (draft.tenant, draft.slug) != (old.tenant, old.slug):
            raise invalid(
                "slug",
                "Kommune und Kurzname bleiben: die Adresse des Datensatzes hängt daran.",
                "Town and short name stay: the data set's address depends on them.",
            )
        if version is not None and version != row.version:
            raise Conflict(
                Text(
                    "Inzwischen hat jemand den Eintrag geändert. Bitte neu laden.",
                    "Somebody changed the entry meanwhile. Please reload.",
                ),
                field="version",
            )
        for action in _needed(old, draft):
            rights.require(actor, action, row.tenant_id, old.unit)
        if draft.unit != old.unit:
            rights.require(actor, Action.DESCRIBE, row.tenant_id, draft.unit)
        _check_release_stays(row, draft)
        changed = _differences(old, draft)
        if not changed:
            return row.version
        for name, value in _prepared(draft).items():
            setattr(row, name, value)
        row.version += 1
        row.changed_at = now()
        row.save()
        if "fields" in changed:
            row.fields.all().delete()
            Field.objects.bulk_create(rows.field_rows(row, draft))
        _index(row, draft)
        note(row, actor, decision, "change", changed=changed, reason=reason)
    return row.version


def set_class(
    actor: Subject,
    dataset: str,
    *,
    cls: Class,
    secrets: frozenset[Secret] = frozenset(),
    anonymised: Anonymised | None = None,
    legal_basis: str | None = None,
    reason: str,
) -> int:
    """Set class and secrets and return the entry's version. Needs DESCRIBE; to lower protection RELEASE too."""
    if not reason.strip():
        raise invalid("reason", "Bitte begründen.", "Please give a reason.")
    with transaction.atomic():
        row = locked(actor, dataset)
        old = rows.draft_of(row, row.fields.all())
        draft = msgspec.structs.replace(
            old,
            cls=cls,
            secrets=secrets,
            anonymised=anonymised or old.anonymised,
            legal_basis=old.legal_basis if legal_basis is None else legal_basis,
        )
        return change_dataset(actor, dataset, draft, reason=reason)


def retire_dataset(actor: Subject, dataset: str, *, reason: str) -> None:
    """Take a data set out of use: nobody can know or read it any more, its name stays taken. Needs DESCRIBE."""
    with transaction.atomic():
        row = locked(actor, dataset)
        decision = rights.require(actor, Action.DESCRIBE, row.tenant_id, str(row.unit_id))
        if row.released_at is not None:
            rights.require(actor, Action.RELEASE, row.tenant_id, str(row.unit_id))
        row.retired_at = row.changed_at = now()
        row.version += 1
        row.save()
        note(row, actor, decision, "retire", reason=reason)


def share_with_tenant(actor: Subject, dataset: str, *, tenant: str, shared: bool = True) -> None:
    """Let another town's administration know of the data set, or no longer. Needs GRANT.

    Reading still takes a grant to that town. Personal data and special secrets are not shared so.
    """
    with transaction.atomic():
        row = locked(actor, dataset)
        decision = rights.require(actor, Action.GRANT, row.tenant_id, str(row.unit_id))
        towns_practice = organisations.practice_towns()
        other = organisations.tenant(tenant).slug
        if shared and (other in towns_practice) != (row.tenant_id in towns_practice):
            raise Forbidden(
                Text(
                    "Zwischen der Übungsstadt und einer echten Kommune wird nichts geteilt.",
                    "Nothing is shared between the practice town and a real one.",
                ),
                missing="real_town",
            )
        if other == row.tenant_id:
            raise invalid("tenant", "Das ist die eigene Kommune.", "This is the town itself.")
        if shared and (row.cls == Class.PERSONAL.value or row.secrets):
            raise Forbidden(
                Text(
                    "Personenbezogene Daten und besondere Geheimnisse werden nicht mit anderen Kommunen geteilt.",
                    "Personal data and special secrets are not shared with other towns.",
                ),
                missing="legal_basis",
            )
        towns = set(row.shared_with)
        wanted = towns | {other} if shared else towns - {other}
        if wanted == towns:
            return
        row.shared_with = sorted(wanted)
        row.version += 1
        row.changed_at = now()
        row.save()
        verb = "share" if shared else "unshare"
        note(row, actor, decision, verb, action=Action.GRANT, changed={"shared_with": [sorted(towns), sorted(wanted)]})


@transaction.atomic
def share_with_tenants(actor: Subject, dataset: str, *, tenants: frozenset[str]) -> None:
    """Share the data set with exactly these other towns: all or, where one is refused, none."""
    now_shared = frozenset(locked(actor, dataset).shared_with)
    for town in sorted(tenants ^ now_shared):
        share_with_tenant(actor, dataset, tenant=town, shared=town in tenants)


def mark_copied(dataset: str, *, mode: Mode, as_of: Any) -> None:
    """Write down how rows are held and of when they are: the hub calls this after each export, no person does."""
    Dataset.objects.filter(id=dataset).update(mode=mode.value, as_of=as_of)


def locked(actor: Subject, dataset: str) -> Dataset:
    """Return the row, locked until the transaction ends.

    Raises NotFound, alike for what does not exist, what was retired and what the actor may not know of.
    """
    wanted = rights.known(actor) & {dataset}
    row = Dataset.objects.select_for_update().filter(id__in=wanted, retired_at=None).first()
    if row is None:
        raise NotFound(NO_SUCH)
    return row


def note(
    row: Dataset,
    actor: Subject,
    decision: Decision,
    verb: str,
    *,
    action: Action = Action.DESCRIBE,
    changed: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one entry of the data set's history (the unit that acted, not the person) and one of the decision log."""
    Entry.objects.create(
        dataset=row,
        number=row.version,
        at=row.changed_at,
        unit=actor.unit,
        verb=verb,
        changed=changed or {},
        reason=reason.strip(),
    )
    rights.log(actor, action, row.tenant_id, decision, what=f"{verb}_dataset", about=(str(row.id),))


def _check_places(draft: DatasetDraft) -> None:
    """Units and the owner person belong to the town; the town as a whole owns nothing."""
    known = {unit.id: unit for unit in organisations.units(draft.tenant)}
    if draft.unit not in known or not known[draft.unit].active:
        raise invalid("unit", "Diese Stelle gibt es hier nicht.", "There is no such unit here.")
    if known[draft.unit].kind is UnitKind.TOWN:
        raise invalid(
            "unit",
            "Datenverantwortlich ist eine Stelle der Kommune, nicht die Kommune als Ganzes.",
            "A unit of the town answers for data, not the town as a whole.",
        )
    if not draft.visible_to <= known.keys():
        raise invalid("visible_to", "Eine der Stellen gibt es hier nicht.", "One of the units does not exist here.")
    if draft.owner:
        organisations.person(draft.tenant, draft.owner)
    check_purposes(draft.tenant, draft.purposes)


def _needed(old: DatasetDraft, new: DatasetDraft) -> list[Action]:
    """Return what a change needs beyond DESCRIBE."""
    personal = {field.name for field in new.fields if field.personal}
    lowers = (
        CLOSEDNESS[new.cls] < CLOSEDNESS[old.cls]
        or not old.secrets <= new.secrets
        or _SAFETY[new.anonymised] > _SAFETY[old.anonymised]
        or (new.visibility is Visibility.PUBLIC and old.visibility is not Visibility.PUBLIC)
        or any(field.personal and field.name not in personal for field in old.fields)
    )
    widens = (
        not new.purposes <= old.purposes
        or _WIDTH[new.visibility] > _WIDTH[old.visibility]
        or (new.visibility is old.visibility is Visibility.UNITS and not new.visible_to <= old.visible_to)
        or not set(old.obligations) <= set(new.obligations)
    )
    return [action for action, needed in ((Action.RELEASE, lowers), (Action.GRANT, widens)) if needed]


def _check_release_stays(row: Dataset, draft: DatasetDraft) -> None:
    """A data set that is public stays what it was released as until the release is withdrawn."""
    if row.released_at is None:
        return
    if draft.cls is not Class.OPEN or draft.secrets or draft.visibility is not Visibility.PUBLIC:
        raise Conflict(
            Text(
                "Dieser Datensatz ist freigegeben. Bitte zuerst die Freigabe zurücknehmen.",
                "This data set is released. Please withdraw the release first.",
            ),
            field="cls",
        )


def _differences(old: DatasetDraft, new: DatasetDraft) -> dict[str, Any]:
    return {
        name: [msgspec.to_builtins(getattr(old, name)), msgspec.to_builtins(getattr(new, name))]
        for name in DatasetDraft.__struct_fields__
        if getattr(old, name) != getattr(new, name)
    }


def _prepared(draft: DatasetDraft) -> dict[str, Any]:
    """Return the row's columns with what is derived for order and search."""
    texts = [draft.slug.replace("_", " "), draft.place]
    for text in (draft.title, draft.description, draft.source):
        texts += [text.de, text.en]
    for field in draft.fields:
        texts += [field.name, field.title.de, field.title.en, field.meaning.de, field.meaning.en]
    return rows.columns(draft) | {
        "sort_de": organisations.sort_key(draft.title.de.strip()),
        "sort_en": organisations.sort_key((draft.title.en or draft.title.de).strip()),
        "search_text": folded(texts),
    }


def _index(row: Dataset, draft: DatasetDraft) -> None:
    """Let PostgreSQL stem the words too: it knows more of English and of endings than folding does."""
    german = " ".join((draft.title.de, draft.description.de, *(field.title.de for field in draft.fields)))
    english = " ".join((draft.title.en, draft.description.en, *(field.title.en for field in draft.fields)))
    Dataset.objects.filter(id=row.id).update(
        search_vector=SearchVector(Value(german), config="german") + SearchVector(Value(english), config="english")
    )
